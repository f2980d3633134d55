"""What a section of an evidence pack says, what it leaves out, and which artefacts it may name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from checker.checks.assured import Given
from checker.checks.pack.figures import agree, decimal, in_digits, places, rounded
from checker.checks.pack.given import part, section, whole
from checker.checks.register import day
from checker.model.terms import Reason
from checker.model.verdict import Finding, Statement, Undecided
from checker.model.view import EvidenceView

Part = Mapping[str, Any]


def parts(ev: EvidenceView, name: str, *keys: str) -> tuple[Given, ...] | Undecided:
    """Several top-level keys of a section, in this order; or why one of them is not there."""
    found: list[Given] = []
    for key in keys:
        one = part(ev, name, key)
        if isinstance(one, Undecided):
            return one
        found.append(one)
    return tuple(found)


def by_key(ev: EvidenceView, name: str, *keys: str) -> Given | Undecided:
    """Several top-level keys of a section, each of which must be there, by key; or why one is not."""
    whole_of = section(ev, name)
    if isinstance(whole_of, Undecided):
        return whole_of
    found = parts(ev, name, *keys)
    if isinstance(found, Undecided):
        return found
    return whole_of._replace(facts={key: one.facts for key, one in zip(keys, found, strict=True)})


def listed(ev: EvidenceView, name: str, key: str) -> Given | Undecided:
    """A list of a section with something in it, or why there is none."""
    found = part(ev, name, key)
    if not isinstance(found, Undecided) and not found.facts:
        return found.undecided(f"the section {name!r} has nothing in {key!r}")
    return found


def if_said(ev: EvidenceView, name: str, key: str, without: Any) -> Any | Undecided:
    """A part that may be left out, or ``without`` where it is; Undecided where it is there and cannot be read.

    What does not fit its schema is not the same as what is not there.
    """
    found = part(ev, name, key)
    if isinstance(found, Undecided):
        return without if found.reason is Reason.NO_DATA else found
    return found.facts


def unsaid(one: Part, *names: str) -> list[str]:
    """Which of these keys are not there, or hold nothing.

    >>> unsaid({"role": "nurse", "override": " "}, "role", "override", "marking")
    ['override', 'marking']
    """
    return [name for name in names if not _holds(one.get(name))]


def _holds(found: object) -> bool:
    return bool(found.strip()) if isinstance(found, str) else bool(found)


def incomplete(found: Given, message: str, one: Part, place: str, *names: str) -> Iterator[Finding]:
    """One finding, in the words of the check, that names what is missing there; none where nothing is."""
    if missing := unsaid(one, *names):
        yield found.finding(message, ", ".join(missing), "missing", place, len(missing))


def lacking(found: Given, one: Part, names: Iterable[str], place: str) -> Iterator[Finding]:
    """One finding for all that is not said in a part of a section, beside what had to be."""
    wanted = tuple(names)
    if missing := unsaid(one, *wanted):
        message = "What is needed to judge it is not said."
        yield found.finding(message, ", ".join(wanted), f"missing: {', '.join(missing)}", place)


def differs(found: Given, declared: str, real: Decimal, message: str, place: str) -> Iterator[Finding]:
    """A finding where a declared figure is not the one that was found, to the places that it is written with."""
    if not agree(declared, real):
        yield found.finding(message, in_digits(rounded(real, places(declared))), declared, place)


def off(found: Given, declared: str, real: Decimal, tolerance: Decimal, message: str, place: str) -> Iterator[Finding]:
    """A finding where a declared amount is further from the one that was found than is borne with."""
    if abs(decimal(declared) - real) > tolerance:
        yield found.finding(message, in_digits(rounded(real)), declared, place)


def after(found: Given, one: Part, key: str, place: str) -> Iterator[Finding]:
    """A finding where a day that has to be past is not."""
    said = day(one.get(key))
    if said is not None and said > found.on:
        message = "A day that should have passed is yet to come."
        yield found.finding(message, f"by {found.on}", str(said), f"{place} {key}")


def on(text: str) -> date:
    """A day that its schema has let through."""
    return date.fromisoformat(text)


def grouped(rows: Iterable[dict[str, Any]], column: str) -> dict[str, list[dict[str, Any]]]:
    """Lines of a table, or entries of a list, by what they say under a key, in one pass.

    >>> grouped([{"study": "a"}, {"study": "b"}, {"study": "a"}], "study")
    {'a': [{'study': 'a'}, {'study': 'a'}], 'b': [{'study': 'b'}]}
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found


def shown(text: str, most: int = 80) -> str:
    """What people wrote, in one line and short enough for a report.

    >>> shown("a  b" + chr(10) + "c"), len(shown("x" * 200))
    ('a b c', 80)
    """
    plain = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def artefacts(ev: EvidenceView) -> Mapping[str, Part] | Undecided:
    """What the root names, by ``section NAME`` and ``artefact ID``: kind, path, digests, problem."""
    found = whole(ev)
    return found if isinstance(found, Undecided) else {one["what"]: one for one in found.facts["named"]}


def not_held(ev: EvidenceView, ids: Iterable[str]) -> list[str]:
    """Those of some ids, in order, under which the pack holds no file that can be read.

    None where the pack as a whole was not read: the row then stays open for that.
    """
    pack = whole(ev)
    if isinstance(pack, Undecided):
        return []
    there = {one["what"] for one in pack.facts["named"] if not one["problem"]}
    named = pack.facts["content"].get("artefacts", [])
    held = {one["id"] for one in named if f"artefact {one['id']}" in there}
    return sorted(set(ids) - held)


def not_in_pack(
    found: Given, named: Mapping[str, Part] | Undecided, ids: Iterable[str], place: str
) -> Iterator[Statement]:
    """A finding for each id of an artefact that the root does not name, or whose file is not there."""
    for one in ids:
        if isinstance(named, Undecided):
            yield found.undecided(named.message, named.reason or Reason.PREREQUISITE)
            return
        entry = named.get(f"artefact {one}")
        if entry is None or entry["problem"]:
            message = "A file that is named as evidence is not in the pack."
            yield found.finding(message, "an artefact that the root names", one, place)
