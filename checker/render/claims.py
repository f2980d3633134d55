"""Claim × observed as a table: one line for each resource type, one source for page and console."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from checker.model.claims import Claim, ClaimsNote, Seen


class Sign(NamedTuple):
    """How what was seen is shown."""

    symbol: str
    colour: str
    said: str


SIGNS: dict[Seen, Sign] = {
    Seen.WORKS: Sign("✓", "green", "claimed, and works"),
    Seen.IGNORED: Sign("✗", "red", "claimed, and ignored"),
    Seen.MISSING: Sign("✗", "red", "claimed, and not there"),
    Seen.REFUSED: Sign("–", "yellow", "claimed, and refused when asked for alone"),
    Seen.UNCLEAR: Sign("?", "blue", "claimed, and no clear answer"),
    Seen.UNTRIED: Sign("·", "bare", "claimed, and not asked for"),
}
UNCLAIMED = Sign("+", "magenta", "not claimed, and works")
INTERACTIONS = ("search-type", "read", "vread", "history-instance", "history-type")
"""The columns, in order."""
HEADINGS = ("Search", "Read", "Version", "History", "History of the type")


class Cell(NamedTuple):
    """One interaction of a type: its sign, or None where it is neither claimed nor seen."""

    heading: str
    sign: Sign | None
    why: str


class Named(NamedTuple):
    """A search parameter, include, operation or other interaction with its sign."""

    name: str
    sign: Sign
    why: str


class TypeLine(NamedTuple):
    """One resource type as it is shown."""

    type: str
    cells: tuple[Cell, ...]
    parameters: tuple[Named, ...]
    includes: tuple[Named, ...]
    others: tuple[Named, ...]
    """Operations, and interactions that change records."""


def by_type(note: ClaimsNote) -> tuple[TypeLine, ...]:
    """The lines, in the order of the note."""
    return tuple(_line(kind, list(found)) for kind, found in groupby(note.claims, key=lambda one: one.type))


def signs(note: ClaimsNote) -> tuple[tuple[Sign, int], ...]:
    """Each sign that occurs, and how often."""
    found = [sign_of(one) for one in note.claims]
    return tuple((sign, found.count(sign)) for sign in (*SIGNS.values(), UNCLAIMED) if sign in found)


def sign_of(claim: Claim) -> Sign:
    """The sign of one claim."""
    return SIGNS[claim.seen] if claim.claimed else UNCLAIMED


def _line(kind: str, claims: list[Claim]) -> TypeLine:
    interactions = {one.name: one for one in claims if one.kind == "interaction"}
    cells = []
    for code, heading in zip(INTERACTIONS, HEADINGS, strict=True):
        one = interactions.get(code)
        cells.append(Cell(heading, sign_of(one) if one else None, one.why if one else ""))
    return TypeLine(
        type=kind,
        cells=tuple(cells),
        parameters=_named(one for one in claims if one.kind == "search-parameter"),
        includes=_named(one for one in claims if one.kind == "include"),
        others=_named(
            one
            for one in claims
            if one.kind == "operation" or (one.kind == "interaction" and one.name not in INTERACTIONS)
        ),
    )


def _named(claims: Iterable[Claim]) -> tuple[Named, ...]:
    return tuple(Named(one.name, sign_of(one), one.why) for one in claims)
