"""A file as read: plain values, and the line on which each of them stands."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from checker.model.value import Value


class Document(Value, frozen=True, kw_only=True):
    """Plain values with line marks. ``lines``: JSON pointer → line, counted from 1.

    A pointer of a mapping's value has the line of its key.
    """

    source: str
    """What messages call the file."""
    data: dict[str, Any]
    lines: dict[str, int] = {}

    def __hash__(self) -> int:
        """By the source only: the values may be dicts."""
        return hash(self.source)

    def line(self, pointer: str) -> int:
        """The line of that place, or of the nearest place around it that has one."""
        while pointer and pointer not in self.lines:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer, 1)

    def where(self, pointer: str) -> str:
        """``file:line`` of that place."""
        return f"{self.source}:{self.line(pointer)}"


def step(pointer: str, key: str | int) -> str:
    """The JSON pointer of ``key`` below ``pointer`` (RFC 6901)."""
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name most like ``name``, for messages; None when nothing is like it."""
    close = difflib.get_close_matches(name, sorted(names), n=1, cutoff=0.6)
    return close[0] if close else None


def advice(name: str, names: Iterable[str], sort: str) -> str:
    """What to do about an unknown name: the nearest valid one first, else all of them."""
    known = sorted(names)
    near = nearest(name, known)
    if near is not None:
        return f"Did you mean {near!r}?"
    if not known:
        return f"There is no {sort} to choose from."
    shown = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    return f"Known {sort}s: {shown}."
