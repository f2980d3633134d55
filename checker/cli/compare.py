"""``checker compare``: suppliers side by side, under one list of requirements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from checker.render.comparison import Comparison


@click.command("compare", epilog="Example: checker compare acme.json birch.json -o html:side-by-side.html")
@click.argument("reports", metavar="REPORT.JSON...", nargs=-1, required=True, type=click.Path())
@click.option("--output", "-o", multiple=True, metavar="FORMAT:PATH", help="console, csv or html; '-' is stdout.")
def command(reports: tuple[str, ...], output: tuple[str, ...]) -> int:
    """Put JSON reports of several suppliers side by side.

    Reports under different lists of requirements (by their digest), or of different scopes, are refused with exit
    code 2: a table of unlike things would be read as one of like things. Exit code 0 says only that they were compared.
    """
    from checker.cli.outputs import destination
    from checker.cli.report_file import read_report
    from checker.errors import UsageFault
    from checker.render.comparison import compare, page, table, text, why_not

    writers: Mapping[str, Callable[[Comparison], bytes]] = {
        "console": lambda found: text(found).encode(),
        "csv": table,
        "html": page,
    }
    wanted = [one.partition(":")[::2] for one in output or ("console:-",)]
    for name, path in wanted:
        if name not in writers or not path:
            raise UsageFault(
                f"This is no output of a comparison: {name}:{path}.",
                where="--output",
                next_step="Write console:-, csv:PATH or html:PATH.",
            )
    found = [read_report(path) for path in reports]
    if why := why_not(found):
        next_step = (
            "Judge each supplier's recording by the same profile, with the same scope: checker judge -p PROFILE."
        )
        raise UsageFault(f"These cannot be compared: {why}.", where="compare", next_step=next_step)
    compared = compare(found)
    for name, path in wanted:
        with destination(path) as write:
            write(writers[name](compared))
    return 0
