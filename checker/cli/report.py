"""``checker report``: render an old JSON report again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from checker.cli import options as given


@click.command("report", epilog="Example: checker report report.json -o html:report.html")
@click.argument("report_path", metavar="REPORT.JSON", type=click.Path())
@given.OUTPUT
def command(report_path: str, **options: Any) -> int:
    """Render a JSON report in other formats. Ends with the exit code that the report holds."""
    import msgspec

    from checker.cli.outputs import parse_outputs
    from checker.errors import UsageFault
    from checker.model.report import REPORT_FORMAT, Report

    outputs = parse_outputs(options["output"], "report")
    try:
        data = Path(report_path).read_bytes()
        head = msgspec.json.decode(data)
        found = head.get("format") if isinstance(head, dict) else None
        if isinstance(found, int) and found > REPORT_FORMAT:
            raise UsageFault(
                f"The report has format {found}; this version reads up to {REPORT_FORMAT}.",
                where=report_path,
                next_step="Upgrade the checker: pip install --upgrade nhs-standards-checker.",
            )
        report = Report.from_json(data)
    except OSError as error:
        raise UsageFault(
            f"The report cannot be read: {error.strerror or error}.",
            where=report_path,
            next_step="Give a file that '-o json:PATH' wrote.",
        ) from None
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UsageFault(
            f"This is not a JSON report: {error}.",
            where=report_path,
            next_step="Give a file that '-o json:PATH' wrote, unchanged.",
        ) from None
    outputs.profile = report.profile.id
    outputs.write(report)
    return report.exit_code
