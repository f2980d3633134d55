"""A JSON report that was written before, read back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from checker.errors import UsageFault

if TYPE_CHECKING:
    from checker.model.report import Report


def read_report(path: str) -> Report:
    """The report of a file. Raises ``UsageFault`` for what is none, or is of a newer version."""
    import msgspec

    from checker.model.report import REPORT_FORMAT, Report

    try:
        data = Path(path).read_bytes()
        head = msgspec.json.decode(data)
        found = head.get("format") if isinstance(head, dict) else None
        if isinstance(found, int) and found > REPORT_FORMAT:
            raise UsageFault(
                f"The report has format {found}; this version reads up to {REPORT_FORMAT}.",
                where=path,
                next_step="Upgrade the checker: pip install --upgrade nhs-standards-checker.",
            )
        return Report.from_json(data)
    except OSError as error:
        raise UsageFault(
            f"The report cannot be read: {error.strerror or error}.",
            where=path,
            next_step="Give a file that '-o json:PATH' wrote.",
        ) from None
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UsageFault(
            f"This is not a JSON report: {error}.",
            where=path,
            next_step="Give a file that '-o json:PATH' wrote, unchanged.",
        ) from None
