"""A table of an evidence pack: CSV in UTF-8 with a header, of which only the columns that a check asks for are kept."""

from __future__ import annotations

import csv
import io
from typing import Any

MOST_BYTES = 32 * 1024 * 1024
MOST_LINES = 50_000
_MOST_CHARACTERS = 2_000
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OPTIONAL = "?"
"""Behind the name of a column that may be left out."""


class PackTable:
    """Reads such a file. What is no such table is named in ``unread``, without quoting it."""

    def __init__(self, wanted: tuple[str, ...]) -> None:
        self._wanted = wanted
        self._held = bytearray()
        self._size = 0
        self._rows: list[dict[str, str]] = []
        self._missing: set[str] = set()
        self._unread: list[str] = []

    def feed(self, chunk: bytes) -> None:
        """The next bytes; what is too long is not kept."""
        self._size += len(chunk)
        if self._size <= MOST_BYTES:
            self._held += chunk

    def end(self) -> None:
        """The file ends."""
        if self._size > MOST_BYTES:
            self._unread.append(f"it is longer than {MOST_BYTES} bytes")
        elif self._held.startswith((b"PK\x03\x04", _OLD_OFFICE)):
            self._unread.append("it is a spreadsheet, and CSV is asked for: save it as CSV (UTF-8)")
        elif self._held.startswith(b"%PDF"):
            self._unread.append("it is a PDF, and CSV is asked for")
        elif fault := self._read():
            self._unread.append(fault)
        self._held, self._size = bytearray(), 0

    def facts(self) -> dict[str, Any]:
        """``rows``: text by column with its ``line``; ``missing`` columns that must be there; ``unread``: why not."""
        return {"rows": self._rows, "missing": sorted(self._missing), "unread": self._unread}

    def _read(self) -> str:
        try:
            reader = csv.reader(io.StringIO(self._held.decode("utf-8-sig"), newline=""), strict=True)
            header = [cell.strip().casefold() for cell in next(reader, [])]
            places: dict[str, int] = {}
            for name in self._wanted:
                plain = name.removesuffix(OPTIONAL)
                if header.count(plain) > 1:
                    return f"its header names {plain!r} twice"
                if plain in header:
                    places[plain] = header.index(plain)
                elif not name.endswith(OPTIONAL):
                    self._missing.add(plain)
            for row in reader:
                if not any(cell.strip() for cell in row):
                    continue
                if len(row) != len(header):
                    return f"line {reader.line_num} has {len(row)} cells, and the header {len(header)}"
                if len(self._rows) >= MOST_LINES:
                    return f"it has more than {MOST_LINES} lines"
                kept = {name: row[place].strip()[:_MOST_CHARACTERS] for name, place in places.items()}
                self._rows.append({"line": str(reader.line_num), **kept})
        except UnicodeDecodeError:
            return "it is not UTF-8"
        except csv.Error:
            return "it is not CSV"
        return ""
