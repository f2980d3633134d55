"""Counts and totals."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from checker.fhir.search.asking import Answer, Answers, Broken, Family, Group, Kept, Query, Said, query
from checker.fhir.search.facts import Facts
from checker.fhir.search.families.linked import declared_includes
from checker.fhir.search.families.paged import sized, small
from checker.fhir.search.families.plain import plain

_COUNT = ("_summary", "count")


def _empty(facts: Facts) -> Iterator[Group]:
    for kind in sized(facts)[:1]:
        for pair in (("_count", "0"), _COUNT):
            yield Group(f"the search for {kind} with {pair[0]}={pair[1]}", (Query(kind, (pair,)),))


def _only_a_total(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    (answer,) = answers
    if not answer.used(answer.query.pairs[0][0]):
        return  # not supported, and said so
    held = sum(1 for mode, _, _ in answer.entries if mode == "match")
    if held:
        message = f"{group.about[:1].upper()}{group.about[1:]} gives matches."
        yield Broken(message, "a total and no matches", f"{held} matches")
    elif answer.total is None:
        message = f"{group.about[:1].upper()}{group.about[1:]} gives no total."
        yield Broken(message, "a total and no matches", "no total")
    else:
        yield Kept(f"{group.about[:1].upper()}{group.about[1:]} gives a total alone.")


def _counted(facts: Facts) -> Iterator[Group]:
    able = [(kind, ()) for kind in sized(facts)[:1]]
    narrowed = (
        (kind, pairs) for kind, known in facts.each("token", "reference") if (pairs := plain(facts, kind, known))
    )
    for kind, pairs in [*able, *islice(narrowed, 2)]:
        before = Query(kind, (*pairs, _COUNT))
        after = Query(kind, (*pairs, _COUNT), again=1)
        yield Group(f"the count of {kind}", (before, query(kind, *pairs), after))


def _agrees(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    before, walk, after = answers
    if not walk.whole or before.total is None or before.total != after.total:
        return
    kind = walk.query.type
    if before.total != len(walk.ids):
        message = f"{group.about[:1].upper()}{group.about[1:]} is not the number of matches."
        yield Broken(message, f"{len(walk.ids)}, the number of matches on all pages", str(before.total))
    else:
        yield Kept(f"The count of {kind} is {before.total}, as many as there are.")


def _totals(facts: Facts) -> Iterator[Group]:
    included = [(kind, name) for kind, name, _, _ in declared_includes(facts) if len(facts.held[kind]) > 2][:1]
    plain_kinds = [(kind, "") for kind in sized(facts)[:1]]
    for kind, name in [*included, *plain_kinds]:
        walk = small(facts, kind, *([("_include", name)] if name else []))
        again = Query(kind, walk.pairs, pages=1, again=1)
        yield Group(f"the total of {kind}{' with included resources' if name else ''}", (walk, again))
    for kind in sized(facts)[:1]:
        asked = Query(kind, (("_total", "accurate"), ("_count", "2")), pages=1)
        yield Group(f"the search for {kind} with _total=accurate", (asked,))


def _is_the_number(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    walk = answers[0]
    what = f"{group.about[:1].upper()}{group.about[1:]}"
    if len(answers) == 1:
        if walk.used("_total") and walk.total is None:
            yield Broken(f"{what} gives no total, and says that it used _total.", "a total", "no total")
        elif walk.total is not None:
            yield from _is_plausible(facts, walk, what)
        return
    totals = [page["total"] for page in walk.bundles if isinstance(page, dict) and type(page.get("total")) is int]
    if not totals or answers[1].total != totals[0]:
        return  # optional; or the records changed meanwhile
    if len(set(totals)) > 1:
        yield Broken(f"{what} changes from page to page.", "one total on all pages", f"{len(set(totals))} totals")
    elif walk.whole and totals[0] != len(walk.ids):
        yield Broken(f"{what} is not the number of matches.", f"{len(walk.ids)} matches", str(totals[0]))
    elif walk.whole:
        yield Kept(f"{what} is the number of matches, on each page.")


def _is_plausible(facts: Facts, answer: Answer, what: str) -> Iterator[Said]:
    kind = answer.query.type
    if kind in facts.whole and answer.total == len(facts.held[kind]):
        yield Kept(f"{what} gives the number of all that the pages show.")


FAMILIES = {
    "empty": Family(_empty, {"total": _only_a_total}, most=2, optional=True),
    "counted": Family(_counted, {"agrees": _agrees}, most=10),
    "totals": Family(_totals, {"number": _is_the_number}, most=14, optional=True),
}
