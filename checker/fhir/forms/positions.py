"""Where the values of a resource stand in its text: a tree of places beside the tree of values."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, NamedTuple

from checker.fhir.instance import Key

_LINE_END = re.compile(r"\r\n|\n|\r")


class Position(NamedTuple):
    """Line and column, 1-based; columns are counted in characters."""

    line: int
    column: int


class Place:
    """The place of one value: its ``mark``, and the places of its members or items in ``below``.

    The mark of JSON is an offset in the text, for :class:`Lines`; that of XML is a :class:`Position`.
    """

    __slots__ = ("below", "mark")

    def __init__(self, mark: Any) -> None:
        self.mark = mark
        self.below: dict[Key, Place] | None = None


def find(root: Place, path: Sequence[Key]) -> Place:
    """The place of the value at the path, or of the nearest ancestor that has one."""
    place = root
    for key in path:
        if place.below is None:
            break
        further = place.below.get(key)
        if further is None and isinstance(key, str):
            further = place.below.get(key[1:] if key.startswith("_") else "_" + key)
        if further is None:
            break
        place = further
    return place


class Lines:
    """Positions from offsets in a text. A line ends with LF, CR LF or CR."""

    __slots__ = ("_starts", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts: list[int] | None = None

    def position(self, offset: int) -> Position:
        """The position of the character at that offset."""
        if self._starts is None:
            self._starts = [0, *(found.end() for found in _LINE_END.finditer(self._text))]
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)
