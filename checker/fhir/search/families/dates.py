"""Dates: the prefixes around a date that is held, and a split that parts all that is dated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from checker.fhir.search.asking import Answers, Broken, Family, Group, Kept, Said, query
from checker.fhir.search.facts import Facts
from checker.fhir.search.families.oracle import both_if_used
from checker.fhir.search.families.plain import window
from checker.fhir.search.parameters import Parameter
from checker.fhir.search.spans import Span
from checker.fhir.search.values import values

_PREFIXES = ("eq", "ge", "le", "gt", "lt")
_MORE = ("ne", "sa", "eb")
_LIMITS = ("ge", "le")


def _days(facts: Facts, kind: str, known: Parameter) -> list[str]:
    """The days that are held without a time, sorted."""
    return sorted(word for word in facts.wordings(kind, known) if len(word) == 10)


def _prefixed(facts: Facts) -> Iterator[Group]:
    by_day = [(kind, known, days) for kind, known in facts.each("date") if (days := _days(facts, kind, known))]
    for number, (kind, known, days) in enumerate(by_day[:2]):
        day = days[len(days) // 2]
        for prefix in (*_PREFIXES, *_MORE) if number == 0 else _LIMITS:
            about = f"the search for {kind} by {known.name} with {prefix}"
            yield Group(about, (query(kind, (known.name, f"{prefix}{day}")),))
        if number == 0:
            yield Group(f"the search for {kind} by the year of {known.name}", (query(kind, (known.name, day[:4])),))
    timed = ((kind, known) for kind, known in facts.each("date") if not _days(facts, kind, known))
    for kind, known in islice(timed, 1):
        for pair in window(facts, kind, known):
            about = f"the search for {kind} by {known.name} with {pair[1][:2]}"
            yield Group(about, (query(kind, pair),))


def _middle(facts: Facts, kind: str, known: Parameter) -> str:
    starts = sorted(one.start for one in _points(facts, kind, known).values())
    return starts[len(starts) // 2].date().isoformat() if len(starts) > 1 else ""


def _points(facts: Facts, kind: str, known: Parameter) -> dict[str, Span]:
    """Id → the one date that is held, no longer than a day."""
    found = {}
    for id, resource in facts.held.get(kind, {}).items():
        held = values(known, resource, facts.base)
        one = held.found[0] if len(held.found) == 1 and not held.open else None
        if isinstance(one, Span) and one.end - one.start <= timedelta(days=1):
            found[id] = one
    return found


def _split(facts: Facts) -> Iterator[Group]:
    able = ((kind, known, day) for kind, known in facts.each("date") if (day := _middle(facts, kind, known)))
    for kind, known, day in islice(able, 3):
        queries = tuple(query(kind, (known.name, f"{prefix}{day}")) for prefix in ("lt", "ge"))
        dated = tuple(sorted(_points(facts, kind, known)))
        yield Group(f"the searches for {kind} with {known.name} before a day, and from it on", queries, {"ids": dated})


def _parted(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    before, after = answers
    kind = before.query.type
    if not (before.whole and after.whole):
        return
    neither = [id for id in group.data["ids"] if id not in before.ids | after.ids]
    twice = [id for id in group.data["ids"] if id in before.ids & after.ids]
    for ids, said in ((neither, "neither of them"), (twice, "both")):
        for id in ids[:5]:
            message = f"Of {group.about}, {said} give one {kind} that has one date."
            yield Broken(message, "each in one of the two", f"in {said}", 1, f"{kind}/{id}")
    if before.ids and after.ids and not neither and not twice:
        yield Kept(f"The date parts {len(group.data['ids'])} {kind} in two.", 1)


FAMILIES = {
    "prefixes": Family(_prefixed, {"both": both_if_used}, most=14),
    "split": Family(_split, {"parted": _parted}, most=7),
}
