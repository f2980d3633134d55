"""``checker collect``: all the I/O, into a sealed recording."""

from __future__ import annotations

from typing import Any

import click

from checker.cli import options as given

EXIT_COMPLETE = 0
EXIT_INCOMPLETE = 3
EXIT_INTERRUPTED = 130


@click.command("collect", epilog="Example: checker collect --supplier supplier.toml --recording acme.zip")
@given.PROFILE
@given.ONLY
@given.SUPPLIER
@given.NETWORK
@given.DEFINITIONS
@given.RECORDING
@given.ENGINE
@click.option("--resume", is_flag=True, help="Finish the collection that --recording was begun with.")
@click.option(
    "--addendum",
    type=click.Path(dir_okay=False),
    metavar="RECORDING",
    help="Ask nobody: add the files of --artefact to this recording, and seal them into --recording beside it.",
)
@given.QUIET
def command(**options: Any) -> int:
    """Gather the evidence that a profile needs, and seal it into a recording.

    Exit code 0 when all was gathered, 3 when something is missing ('--resume' goes on after trouble
    on the network), 130 when interrupted. It says nothing about conformity: 'checker judge' does.
    """
    from checker.cli.gathering import gather
    from checker.cli.run import incomplete, resume_line

    if options["addendum"]:
        return _addendum(options)
    collected = gather(options, resume=options["resume"]).collected
    click.echo(f"{collected.path}: {collected.requests} requests, sealed as {collected.digest}")
    if collected.interrupted:
        click.echo(f"checker: interrupted; go on with: {resume_line(options)}", err=True)
        return EXIT_INTERRUPTED
    if not collected.complete:
        click.echo(incomplete(options), err=True)
        return EXIT_INCOMPLETE
    return EXIT_COMPLETE


def _addendum(options: dict[str, Any]) -> int:
    """Files that came after the collection, sealed into a recording that names the first one."""
    from checker.cli.adding import add_files

    added = add_files(options)
    click.echo(f"{added.path}: sealed as {added.digest}")
    click.echo(f"checker: judge both: checker judge {options['addendum']} {added.path}", err=True)
    return EXIT_COMPLETE
