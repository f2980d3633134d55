"""Plain searches: each declared parameter, by a value that some resource holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from checker.fhir.search.asking import Answers, Broken, Family, Group, Kept, Query, Said, query
from checker.fhir.search.facts import Facts
from checker.fhir.search.families.oracle import both, precision, recall
from checker.fhir.search.parameters import Parameter, parameter
from checker.fhir.search.spans import Span
from checker.fhir.search.values import values

ALL_KINDS = ("token", "string", "date", "reference", "quantity", "number", "uri")
MOST = 32
"""The most plain searches."""


def plain(facts: Facts, kind: str, known: Parameter) -> tuple[tuple[str, str], ...]:
    """The criteria of a plain search by a parameter; none where no value can be worded."""
    words = facts.wordings(kind, known)
    if words and words[0]:
        return ((known.name, words[0]),)
    if known.kind == "date":
        return window(facts, kind, known)
    return next((((known.name, word),) for word in words if word), ())


def window(facts: Facts, kind: str, known: Parameter) -> tuple[tuple[str, str], ...]:
    """From the day before to the day after the earliest instant that is held: right in every zone."""
    spans = [
        one
        for resource in facts.held.get(kind, {}).values()
        for one in values(known, resource, facts.base).found
        if isinstance(one, Span) and one.zoned and one.end - one.start < timedelta(days=400)
    ]
    if not spans:
        return ()
    first = min(spans, key=lambda one: (one.start, one.end))
    try:
        low, high = first.start - timedelta(days=1), first.end + timedelta(days=1)
    except OverflowError:
        return ()
    return (known.name, f"ge{low.date().isoformat()}"), (known.name, f"le{high.date().isoformat()}")


def _declared(facts: Facts) -> Iterator[Group]:
    made = (
        Group(f"the search for {kind} by {known.name}", (query(kind, *pairs),))
        for kind, known in facts.each(*ALL_KINDS)
        if (pairs := plain(facts, kind, known))
    )
    yield from islice(made, MOST)


def _standing(facts: Facts) -> Iterator[Group]:
    for kind in facts.types:
        id = facts.wordings(kind, parameter(kind, "_id") or Parameter("_id", "token", ()))[0]
        yield Group(f"the search for {kind} by _id", (query(kind, ("_id", id)),))
        updated = parameter(kind, "_lastUpdated")
        pairs = window(facts, kind, updated) if updated else ()
        if pairs:
            yield Group(f"the search for {kind} by _lastUpdated", (query(kind, *pairs),))


def _both_or_refused(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    for at, answer in enumerate(answers):
        if answer.refused and answer.query.type in facts.by_patient:
            return  # nothing is given of this type without a patient
        if answer.refused or answer.broke:
            message = f"{group.about[:1].upper()}{group.about[1:]} is answered with {answer.status}."
            yield Broken(message, "an answer to the search", str(answer.status), at)
            return
    yield from both(facts, group, answers)


def _again(facts: Facts) -> Iterator[Group]:
    for kind in sorted(facts.types, key=lambda one: -len(facts.held[one]))[:2]:
        queries = tuple(Query(kind, query(kind).pairs, again=number) for number in (1, 2))
        yield Group(f"the search for all {kind}, repeated", queries)
    for kind, known in islice(facts.each("token", "reference"), 1):
        if pairs := plain(facts, kind, known):
            queries = tuple(Query(kind, query(kind, *pairs).pairs, again=number) for number in (1, 2))
            yield Group(f"the search for {kind} by {known.name}, repeated", queries)


def _stable(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    one, other = answers
    kind = one.query.type
    different = sorted((one.ids ^ other.ids) & facts.held[kind].keys())
    if not (one.whole and other.whole):
        return
    for id in different[:5]:
        message = f"{group.about[:1].upper()}{group.about[1:]} gives one {kind} once, and not the other time."
        yield Broken(message, "the same matches", "another set of matches", 1, f"{kind}/{id}")
    if one.ids and not different:
        yield Kept(f"The same {kind} were found both times.", 1)


FAMILIES = {
    "declared": Family(_declared, {"recall": recall, "precision": precision}, most=MOST + 2),
    "standing": Family(_standing, {"both": _both_or_refused}, most=24, refusals=True),
    "again": Family(_again, {"stable": _stable}, most=6),
}
