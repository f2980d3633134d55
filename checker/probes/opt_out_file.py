"""The file that is submitted to the service that checks for national data opt-outs: its rules are rules of bytes."""

from __future__ import annotations

from typing import Any

from checker.detectors.numbers import passes

_MOST_PLACES = 5
_LONGEST_LINE = 64
"""In bytes: a line has twelve. Of a longer one the rest is not looked at."""
_PAGE_BITS = 1 << 16
_LENGTH = 10
_RULES = ("crlf", "no-comma", "not-a-number", "check-digit", "duplicate", "blank", "no-final-line-end")


class OptOutFile:
    """Reads lines of an NHS number and a comma, each ended by LF. No number is kept: only that it was met.

    Which numbers were met is marked in pages of bits by their first nine digits: at most 125 MB, whatever the file.
    ``facts``: how many lines there are, and for each rule how many lines break it, with the first of them.
    """

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}
        self._rest = b""
        self._line = 0
        self._numbers = 0
        self._faults: dict[str, int] = {}
        self._places: dict[str, list[str]] = {}

    def feed(self, chunk: bytes) -> None:
        """Judge the lines that end in this chunk."""
        *ended, rest = (self._rest + chunk).split(b"\n")
        for line in ended:
            self._judge(line)
        self._rest = rest[:_LONGEST_LINE]

    def end(self) -> None:
        """A last line without its end is a fault of its own. Another file begins with nothing met."""
        if self._rest:
            self._judge(self._rest)
            self._fault("no-final-line-end")
        self._rest = b""
        self._line = 0
        self._pages.clear()

    def facts(self) -> dict[str, Any]:
        """What was found in all files."""
        faults = {
            rule: {"count": self._faults[rule], "places": self._places[rule]} for rule in _RULES if rule in self._faults
        }
        return {"numbers": self._numbers, "faults": faults}

    def _judge(self, line: bytes) -> None:
        self._line += 1
        if line.endswith(b"\r"):
            self._fault("crlf")
            line = line[:-1]
        if not line.strip():
            self._fault("blank")
            return
        if not line.endswith(b","):
            self._fault("no-comma")
        number = line.removesuffix(b",")
        if len(number) != _LENGTH or not number.isdigit():
            self._fault("not-a-number")
            return
        self._numbers += 1
        if not passes(number.decode("ascii")):
            self._fault("check-digit")
        elif self._was_met(int(number[:-1])):
            self._fault("duplicate")

    def _was_met(self, stem: int) -> bool:
        page, bit = divmod(stem, _PAGE_BITS)
        held = self._pages.setdefault(page, bytearray(_PAGE_BITS // 8))
        mask = 1 << (bit & 7)
        met = bool(held[bit >> 3] & mask)
        held[bit >> 3] |= mask
        return met

    def _fault(self, rule: str) -> None:
        self._faults[rule] = self._faults.get(rule, 0) + 1
        places = self._places.setdefault(rule, [])
        if len(places) < _MOST_PLACES:
            places.append(f"line {self._line}")
