"""Pages and order: what small pages hold together, and how they are sorted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice, pairwise

from checker.fhir.search.asking import Answer, Answers, Broken, Family, Group, Kept, Query, Said
from checker.fhir.search.facts import Facts
from checker.fhir.search.parameters import Parameter, parameter
from checker.fhir.search.spans import Span
from checker.fhir.search.values import values

_PAGES = 5
_OFFSETS = timedelta(hours=14)


def small(facts: Facts, kind: str, *pairs: tuple[str, str]) -> Query:
    """A search in about four pages."""
    count = max(2, -(-len(facts.held[kind]) // 4))
    return Query(kind, (*pairs, ("_count", str(count))), pages=_PAGES)


def _by_size(facts: Facts) -> list[str]:
    return sorted((kind for kind in facts.types if len(facts.held[kind]) > 2), key=lambda one: -len(facts.held[one]))


def _paged(facts: Facts) -> Iterator[Group]:
    for kind in [one for one in _by_size(facts) if one in facts.whole][:2]:
        yield Group(f"the search for all {kind} in small pages", (small(facts, kind),))


def _concatenated(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    (walk,) = answers
    kind = walk.query.type
    if not walk.whole or len(walk.exchanges) < 2:
        return
    twice = sorted({id for id in walk.order if walk.order.count(id) > 1})
    lost = sorted(facts.held[kind].keys() - walk.ids)
    for ids, said in ((twice, "come twice"), (lost, "are lost")):
        for id in ids[:5]:
            message = f"In small pages, {kind} {said} that came once on a large page."
            yield Broken(message, "each once", f"{len(ids)} of {len(facts.held[kind])} {said}", 0, f"{kind}/{id}")
    if not twice and not lost:
        yield Kept(f"{len(walk.exchanges)} small pages hold the {len(walk.ids)} {kind} of the large one.")


def _sorted(facts: Facts) -> Iterator[Group]:
    able = [(kind, known) for kind, known in facts.each("date") if len(facts.held[kind]) > 2]
    able.sort(key=lambda one: -len(facts.held[one[0]]))
    updated = [(kind, known) for kind in _by_size(facts)[:1] if (known := parameter(kind, "_lastUpdated"))]
    for kind, known in [*able[:1], *([] if able else updated)]:
        queries = tuple(small(facts, kind, ("_sort", f"{sign}{known.name}")) for sign in ("", "-"))
        yield Group(f"the searches for {kind} sorted by {known.name}, up and down", queries, {"name": known.name})


def _ordered(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    if not all(answer.used("_sort") for answer in answers):
        return
    known = parameter(answers[0].query.type, group.data["name"])
    for at, (answer, downwards) in enumerate(zip(answers, (False, True), strict=True)):
        wrong = _disorder(facts, answer, known, downwards=downwards) if known else ""
        if wrong:
            way = "down" if downwards else "up"
            message = f"{answer.query.type} sorted {way} by {group.data['name']} are out of order."
            yield Broken(message, "in order over all pages", "one before another that it follows", at, wrong)
        elif len(answer.exchanges) > 1 and len(answer.ids) > 1:
            yield Kept(f"{len(answer.ids)} {answer.query.type} are in order over {len(answer.exchanges)} pages.", at)


def _disorder(facts: Facts, answer: Answer, known: Parameter, *, downwards: bool) -> str:
    """``Type/id`` of the first that surely stands too late; "" if none does."""
    dated = [(id, found) for id in answer.order if (found := _span(facts, answer, id, known))]
    for (_, one), (id, other) in pairwise(dated):
        earlier, later = (other, one) if downwards else (one, other)
        apart = earlier.start - later.start
        if apart > (_OFFSETS if earlier.zoned != later.zoned else timedelta()) and earlier.end > later.end:
            return f"{answer.query.type}/{id}"
    return ""


def _span(facts: Facts, answer: Answer, id: str, known: Parameter) -> Span | None:
    held = values(known, answer.found[id], facts.base)
    only = held.found[0] if len(held.found) == 1 and not held.open else None
    return only if isinstance(only, Span) else None


def sized(facts: Facts) -> list[str]:
    """The types of which more than two are held, the largest first."""
    return list(islice(_by_size(facts), 12))


FAMILIES = {
    "pages": Family(_paged, {"concatenated": _concatenated}, most=10),
    "sort": Family(_sorted, {"ordered": _ordered}, most=10, optional=True),
}
