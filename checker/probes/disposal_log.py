"""The disposal log: what was destroyed, how many, how, when and on whose word, one line for each disposal.

The artefact of kind ``disposal-log`` is CSV in UTF-8. Its header names ``class``, ``count``, ``method``, ``date`` and
``authorised-by`` in any order; other columns are passed over. The facts hold counts, line numbers and digests of
classes: no name of who authorised what, and no text of a line.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from datetime import date
from typing import Any

from checker.model.need import Budget
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Safety
from checker.model.value import NoParams

KIND = "disposal-log"
COLUMNS = ("class", "count", "method", "date", "authorised-by")
_MOST_BYTES = 32 * 1024 * 1024
_MOST_PLACES = 10
_COUNT = re.compile(r"[0-9]{1,12}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def class_digest(name: str) -> str:
    """What stands for a class in the facts: spaces and case aside.

    >>> class_digest("Letters") == class_digest(" letters ")
    True
    """
    return hashlib.sha256(" ".join(name.casefold().split()).encode("utf-8", "surrogatepass")).hexdigest()[:32]


class DisposalLog:
    """Reads the log. What is no such log is named in ``unread``, file by file, without quoting it."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._size = 0
        self._entries = 0
        self._gone: dict[str, int] = {}
        self._lacking: dict[str, int] = {}
        self._lines: dict[str, list[int]] = {}
        self._last = ""
        self._unread: list[str] = []

    def feed(self, chunk: bytes) -> None:
        """The next bytes; what is too long is not kept."""
        self._size += len(chunk)
        if self._size <= _MOST_BYTES:
            self._held += chunk

    def end(self) -> None:
        """The file ends."""
        fault = f"it is longer than {_MOST_BYTES} bytes" if self._size > _MOST_BYTES else self._read()
        if fault:
            self._unread.append(fault)
        self._held, self._size = bytearray(), 0

    def facts(self) -> dict[str, Any]:
        """``entries``, ``gone`` by digest of class, ``last`` day, ``lacking`` by column with ``lines``, ``unread``."""
        return {
            "entries": self._entries,
            "gone": {name: self._gone[name] for name in sorted(self._gone)},
            "last": self._last,
            "lacking": {name: self._lacking[name] for name in COLUMNS if name in self._lacking},
            "lines": {name: self._lines[name] for name in COLUMNS if name in self._lines},
            "unread": sorted(set(self._unread)),
        }

    def _read(self) -> str:
        try:
            reader = csv.reader(io.StringIO(self._held.decode("utf-8-sig"), newline=""), strict=True)
            header = [cell.strip().lower() for cell in next(reader, [])]
            if any(header.count(name) != 1 for name in COLUMNS):
                return f"its header does not name {', '.join(COLUMNS)} once each"
            for row in reader:
                if not any(cell.strip() for cell in row):
                    continue
                if len(row) != len(header):
                    return f"line {reader.line_num} has not as many cells as the header"
                self._entry(reader.line_num, {name: row[header.index(name)].strip() for name in COLUMNS})
        except UnicodeDecodeError:
            return "it is not UTF-8"
        except csv.Error:
            return "it is not CSV"
        return ""

    def _entry(self, line: int, said: dict[str, str]) -> None:
        self._entries += 1
        wrong = {name for name, text in said.items() if not text}
        if _COUNT.fullmatch(said["count"]):
            key = class_digest(said["class"])
            self._gone[key] = self._gone.get(key, 0) + int(said["count"])
        else:
            wrong.add("count")
        if _is_day(said["date"]):
            self._last = max(self._last, said["date"])
        else:
            wrong.add("date")
        for name in wrong:
            self._lacking[name] = self._lacking.get(name, 0) + 1
            places = self._lines.setdefault(name, [])
            if len(places) < _MOST_PLACES:
                places.append(line)


def _is_day(text: str) -> bool:
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


@probe("disposals.log", "1", budget=lambda p: Budget(artefacts=1), safety=Safety.S0)
async def disposal_log(s: Session, p: NoParams) -> None:
    """Read the disposal log, where one was submitted; the register may hold the disposals instead."""
    if s.supplier.artefacts_of(KIND):
        await s.artefacts(KIND, "log", KIND)
