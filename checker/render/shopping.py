"""The data shopping list as it is shown: by resource type, a line for each thing to load."""

from __future__ import annotations

import json
from itertools import groupby
from typing import NamedTuple

from checker.model.shopping import ShoppingNote, ToLoad


class Line(NamedTuple):
    """One thing to load."""

    said: str
    definition: str
    example: str
    """Indented JSON; "" without any."""


class Group(NamedTuple):
    """What to load of one resource type, and how many resources of it were seen."""

    type: str
    seen: int
    lines: tuple[Line, ...]


def by_type(note: ShoppingNote) -> tuple[Group, ...]:
    """The groups, in the order of the note."""
    return tuple(
        Group(kind, note.seen.get(kind, 0), tuple(map(_line, items)))
        for kind, items in groupby(note.items, key=lambda one: one.type)
    )


def _line(item: ToLoad) -> Line:
    said = f"{item.key} (said to be unsupported)" if item.denied else item.key
    return Line(said, item.definition, json.dumps(json.loads(item.example), indent=2) if item.example else "")
