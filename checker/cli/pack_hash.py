"""``checker pack hash``: digests of the files of an evidence pack, and of the whole."""

from __future__ import annotations

from pathlib import Path

import click

EXIT_FAULTS = 1


@click.command("hash", epilog="Example: checker pack hash my-pack")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--sign", is_flag=True, help="Write the digest of the pack under 'signed' too: the person named there signs."
)
def command(folder: Path, sign: bool) -> int:
    r"""Write the SHA-256 of every file that the root names into it, in place, and print the digest of the pack.

    Comments and order stay. Run it after the last edit.

    \b
    Exit code 0: every file was read.
              1: some file could not be.
              2: it is no evidence pack.
    """
    from checker.cli.words import counted, plain_line
    from checker.engine.pack_hash import write_digests

    found = write_digests(folder, sign=sign)
    for problem in found.problems:
        click.echo(plain_line(f"checker: not hashed: {problem}"), err=True)
    click.echo(f"{counted(found.files, 'file')}, {counted(found.changed, 'digest')} written")
    click.echo(found.digest)
    if found.signed and found.signed != found.digest:
        click.echo("checker: another digest is signed: who answers for the pack signs anew with --sign", err=True)
    return EXIT_FAULTS if found.problems else 0
