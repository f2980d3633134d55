"""The supplier's own report on NHS numbers: how many stand on more than one record, and how many records have none.

The artefact of kind ``nhs-number-report`` is CSV with a header ``measure,count`` and the measures
``numbers-on-several-records`` and ``records-without-number``. Counts only: no person is in it.
"""

from __future__ import annotations

import csv
import io
from typing import Any

from checker.model.need import Budget
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Safety
from checker.model.value import NoParams

KIND = "nhs-number-report"
MEASURES = ("numbers-on-several-records", "records-without-number")
_MOST_BYTES = 65_536
_HEADER = ["measure", "count"]


class NumberReport:
    """Reads the counts. What is not such a report is named in ``unread``, file by file, without quoting it."""

    def __init__(self) -> None:
        self._text = b""
        self._size = 0
        self._counts: dict[str, int] = {}
        self._unread: list[str] = []

    def feed(self, chunk: bytes) -> None:
        """The next bytes; what is too long is not kept."""
        self._size += len(chunk)
        if self._size <= _MOST_BYTES:
            self._text += chunk

    def end(self) -> None:
        """The file ends: its counts, or what is wrong with it."""
        fault = "it is too long for a report of counts" if self._size > _MOST_BYTES else self._read()
        if fault:
            self._unread.append(fault)
        self._text, self._size = b"", 0

    def facts(self) -> dict[str, Any]:
        """``counts`` by measure, and ``unread``: what was wrong."""
        return {"counts": dict(sorted(self._counts.items())), "unread": sorted(set(self._unread))}

    def _read(self) -> str:
        try:
            rows = [row for row in csv.reader(io.StringIO(self._text.decode("utf-8-sig")), strict=True) if row]
        except UnicodeDecodeError:
            return "it is not UTF-8"
        except csv.Error:
            return "it is not CSV"
        if not rows or [cell.strip().lower() for cell in rows[0]] != _HEADER:
            return "its header is not 'measure,count'"
        for number, row in enumerate(rows[1:], 2):
            measure, count = (row[0].strip().lower(), row[1].strip()) if len(row) == len(_HEADER) else ("", "")
            if measure not in MEASURES or not (
                count.isascii() and count.isdigit() and len(count) <= len("999999999999")
            ):
                return f"row {number} is not one of the two measures with a whole number"
            if self._counts.setdefault(measure, int(count)) != int(count):
                return f"row {number} gives another count for a measure that was there"
        return ""


@probe("nhs-number.report", "1", budget=lambda p: Budget(artefacts=1), safety=Safety.S0)
async def report(s: Session, p: NoParams) -> None:
    """Read the supplier's own report on NHS numbers, an artefact of kind ``nhs-number-report``."""
    await s.artefacts(KIND, "report", KIND)
