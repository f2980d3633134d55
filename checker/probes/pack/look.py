"""A first look at a file of an evidence pack: is it of a form that can be read at all?"""

from __future__ import annotations

from pathlib import Path

from checker.probes.pack.pdf import MOST_BYTES as MOST_OF_A_PDF
from checker.probes.pack.pdf import shows_text
from checker.probes.pack.table import MOST_BYTES, PackTable

_ARCHIVE = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SPREADSHEETS = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})
_HEAD_BYTES = 16


def problem_of(path: Path, *, is_table: bool) -> str:
    """What is in the way of reading a file; "" for nothing. ``is_table``: its kind is read as CSV.

    A link is not followed, and a pipe is not opened: see ``paths.why_not_a_file`` first.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
            if path.suffix.lower() == ".csv" or is_table:
                return _of_table(head + stream.read(MOST_BYTES))
            if head.startswith(b"%PDF"):
                return _of_pdf(head + stream.read(MOST_OF_A_PDF))
    except OSError as error:
        return f"it cannot be read: {error.strerror or type(error).__name__}"
    if not head:
        return "it is empty"
    return ""


def remark_on(path: Path) -> str:
    """What is worth saying of a file, though nothing is wrong with it."""
    if path.suffix.lower() not in _SPREADSHEETS:
        return ""
    return "a spreadsheet is kept as it is, and not read: give what shall be judged as CSV (UTF-8)"


def _of_table(data: bytes) -> str:
    if not data:
        return "it is empty"
    reader = PackTable(())
    reader.feed(data)
    reader.end()
    unread: list[str] = reader.facts()["unread"]
    return unread[0] if unread else ""


def _of_pdf(data: bytes) -> str:
    if len(data) > MOST_OF_A_PDF:
        return ""
    if shows_text(data) is False:
        return "it is a PDF without text: an image of a page cannot be read"
    return ""
