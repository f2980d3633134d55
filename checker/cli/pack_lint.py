"""``checker pack lint``: all that is wrong with an evidence pack."""

from __future__ import annotations

from pathlib import Path

import click

EXIT_FAULTS = 1


@click.command("lint", epilog="Example: checker pack lint my-pack")
@click.argument("folder", type=click.Path(path_type=Path))
def command(folder: Path) -> int:
    r"""Name each fault of a pack by file and JSON pointer: what does not fit, is missing, changed, left over or unread.

    \b
    Exit code 0: nothing is wrong.
              1: something is wrong, or still to be filled in.
              2: it is no evidence pack.

    It judges no requirement: 'checker run --pack' does.
    """
    from checker.cli.compose import registry
    from checker.cli.tables import table
    from checker.cli.words import counted, plain_line
    from checker.engine.pack_lint import lint, tables_of

    found = lint(folder, tables_of(registry()))
    wrong = [one for one in found if one.sort != "remark"]
    if found:
        rows = [
            (plain_line(one.file), plain_line(one.place or "-"), plain_line(f"{_word(one.sort)}{one.what}"))
            for one in found
        ]
        click.echo(table([("file", "place", "what"), *rows]))
        click.echo()
    open_ones = sum(one.sort == "to do" for one in wrong)
    if not wrong:
        click.echo(f"{folder}: nothing is wrong with its form.")
        return 0
    click.echo(
        f"{folder}: {counted(len(wrong) - open_ones, 'fault')}, {counted(open_ones, 'place')} still to be filled in."
    )
    return EXIT_FAULTS


def _word(sort: str) -> str:
    return "(no fault) " if sort == "remark" else ""
