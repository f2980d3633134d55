"""One module per output format: report in, bytes out.

The table names the modules; each is imported when its format is asked for, so that a command
which renders nothing pays for nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from checker.model.report import Report

FORMATS: dict[str, str] = {
    "console": "checker.render.console",
    "csv": "checker.render.csv_",
    "dtac-csv": "checker.render.dtac_csv",
    "html": "checker.render.html",
    "json": "checker.render.json_",
    "junit": "checker.render.junit",
    "quality-csv": "checker.render.quality_csv",
    "shopping-list": "checker.render.shopping_list",
}
"""Format name → module that has ``render(report, **options) -> bytes``."""


def render(report: Report, format: str, **options: Any) -> bytes:
    """The report in that format.

    Raises ``UsageFault`` for an unknown format, and ``CheckerFault`` for a report that
    contradicts itself: no format shows as green what the rows do not carry.
    """
    from checker.errors import UsageFault
    from checker.render.coherence import demand_coherent

    if format not in FORMATS:
        raise UsageFault(
            f"There is no report format {format!r}.",
            where="report format",
            next_step="Use one of: " + ", ".join(sorted(FORMATS)) + ".",
        )
    demand_coherent(report)
    rendered: bytes = import_module(FORMATS[format]).render(report, **options)
    return rendered
