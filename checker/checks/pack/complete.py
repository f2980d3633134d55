"""What a part of an evidence pack leaves out, and which artefacts it may name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from checker.checks.assured import Given
from checker.checks.pack.given import part, whole
from checker.checks.register import day
from checker.model.verdict import Finding, Undecided
from checker.model.view import EvidenceView

Part = Mapping[str, Any]
_FIGURE = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?", re.ASCII)


def lacking(one: Part, *names: str) -> list[str]:
    """Which of these keys are not there, or hold nothing.

    >>> lacking({"role": "nurse", "override": " "}, "role", "override", "marking")
    ['override', 'marking']
    """
    return [name for name in names if not _said(one.get(name))]


def _said(found: object) -> bool:
    return bool(found.strip()) if isinstance(found, str) else bool(found)


def incomplete(found: Given, message: str, one: Part, place: str, *names: str) -> Iterator[Finding]:
    """One finding that names what is missing there; none where nothing is."""
    if missing := lacking(one, *names):
        yield found.finding(message, ", ".join(missing), "missing", place, len(missing))


def artefact_ids(ev: EvidenceView) -> frozenset[str]:
    """The ids of the artefacts of the pack that are there to be read."""
    pack = whole(ev)
    if isinstance(pack, Undecided):
        return frozenset()  # a section was read, so that there is a pack
    there = {one["what"] for one in pack.facts["named"] if not one["problem"]}
    listed = pack.facts["content"].get("artefacts", [])
    return frozenset(one["id"] for one in listed if f"artefact {one['id']}" in there)


def grouped(rows: Iterable[dict[str, Any]], column: str) -> dict[str, list[dict[str, Any]]]:
    """Lines of a table, or entries of a list, by what they say under a key, in one pass.

    >>> grouped([{"study": "a"}, {"study": "b"}, {"study": "a"}], "study")
    {'a': [{'study': 'a'}, {'study': 'a'}], 'b': [{'study': 'b'}]}
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found


def parts(ev: EvidenceView, section: str, *keys: str) -> tuple[Given, ...] | Undecided:
    """Several keys of one section, or why one of them is not there."""
    found: list[Given] = []
    for key in keys:
        one = part(ev, section, key)
        if isinstance(one, Undecided):
            return one
        found.append(one)
    return tuple(found)


def by_function(listed: Iterable[Part]) -> dict[str, Part]:
    """The entries of a list by the function that they are about; the first of each."""
    found: dict[str, Part] = {}
    for one in listed:
        found.setdefault(one["function"], one)
    return found


def figure(text: str) -> Decimal | None:
    """The figure in a cell of a table; None for what is none, or has no end.

    >>> figure("1.250"), figure("1e9"), figure("")
    (Decimal('1.250'), None, None)
    """
    return Decimal(text) if _FIGURE.fullmatch(text) else None


def after(found: Given, one: Part, key: str, place: str) -> Iterator[Finding]:
    """A finding where a day that has to be past is not."""
    said = day(one.get(key))
    if said is not None and said > found.on:
        message = "A day that should have passed is yet to come."
        yield found.finding(message, f"by {found.on}", str(said), f"{place} {key}")


def shown(text: str, most: int = 80) -> str:
    """What people wrote, in one line and short enough for a report.

    >>> shown("a  b" + chr(10) + "c"), len(shown("x" * 200))
    ('a b c', 80)
    """
    plain = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return plain if len(plain) <= most else plain[: most - 1] + "…"
