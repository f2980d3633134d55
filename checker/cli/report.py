"""``checker report``: render an old JSON report again."""

from __future__ import annotations

from typing import Any

import click

from checker.cli import options as given


@click.command("report", epilog="Example: checker report report.json -o html:report.html")
@click.argument("report_path", metavar="REPORT.JSON", type=click.Path())
@given.OUTPUT
def command(report_path: str, **options: Any) -> int:
    """Render a JSON report in other formats. Ends with the exit code that the report holds."""
    from checker.cli.outputs import parse_outputs
    from checker.cli.report_file import read_report

    outputs = parse_outputs(options["output"], "report")
    report = read_report(report_path)
    outputs.profile = report.profile.id
    outputs.write(report)
    return report.exit_code
