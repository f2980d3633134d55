"""Parts of a section taken together, what is not said in one of them, and figures as they are told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from checker.checks.assured import Given
from checker.checks.pack.figures import agree, decimal, places, rounded
from checker.checks.pack.given import part, section, whole
from checker.model.terms import Reason
from checker.model.verdict import Finding, Statement, Undecided
from checker.model.view import EvidenceView


def parts(ev: EvidenceView, name: str, *keys: str) -> Given | Undecided:
    """Several top-level keys of a section, each of which must be there, by key; or why one is not."""
    whole_of = section(ev, name)
    if isinstance(whole_of, Undecided):
        return whole_of
    held: dict[str, Any] = {}
    for key in keys:
        found = part(ev, name, key)
        if isinstance(found, Undecided):
            return found
        held[key] = found.facts
    return whole_of._replace(facts=held)


def listed(ev: EvidenceView, name: str, key: str) -> Given | Undecided:
    """A list of a section with something in it, or why there is none."""
    found = part(ev, name, key)
    if not isinstance(found, Undecided) and not found.facts:
        return found.undecided(f"the section {name!r} has nothing in {key!r}")
    return found


def lacking(found: Given, one: Mapping[str, Any], keys: Iterable[str], place: str) -> Iterator[Finding]:
    """One finding for all that is not said in a part of a section."""
    wanted = tuple(keys)
    missing = [key for key in wanted if not one.get(key)]
    if missing:
        message = "What is needed to judge it is not said."
        yield found.finding(message, ", ".join(wanted), f"missing: {', '.join(missing)}", place)


def differs(found: Given, declared: str, real: Decimal, message: str, place: str) -> Iterator[Finding]:
    """A finding where a declared figure is not the one that was found, to the places that it is written with."""
    if not agree(declared, real):
        yield found.finding(message, shown(rounded(real, places(declared))), declared, place)


def off(found: Given, declared: str, real: Decimal, tolerance: Decimal, message: str, place: str) -> Iterator[Finding]:
    """A finding where a declared amount is further from the one that was found than is borne with."""
    if abs(decimal(declared) - real) > tolerance:
        yield found.finding(message, shown(rounded(real)), declared, place)


def shown(figure: Decimal) -> str:
    """A figure in plain digits.

    >>> shown(Decimal("1E+3")), shown(Decimal("12.50"))
    ('1000', '12.50')
    """
    return f"{figure:f}"


def on(text: str) -> date:
    """A day that its schema has let through."""
    return date.fromisoformat(text)


def artefacts(ev: EvidenceView) -> Mapping[str, Mapping[str, Any]] | Undecided:
    """What the root names, by ``section NAME`` and ``artefact ID``: kind, path, digests, problem."""
    found = whole(ev)
    return found if isinstance(found, Undecided) else {one["what"]: one for one in found.facts["named"]}


def not_in_pack(
    found: Given, named: Mapping[str, Mapping[str, Any]] | Undecided, ids: Iterable[str], place: str
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
