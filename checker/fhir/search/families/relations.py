"""Relations between searches that hold whatever the records are: or, and, not, missing, GET and POST."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from checker.fhir.search.asking import Answers, Broken, Family, Group, Kept, Said, query
from checker.fhir.search.facts import Facts, Resource
from checker.fhir.search.families.plain import plain
from checker.fhir.search.parameters import Parameter, parameter
from checker.fhir.search.values import values

_OR_KINDS = ("token", "string", "reference")


def _or(facts: Facts) -> Iterator[Group]:
    able = (
        (kind, known, words)
        for kind, known in facts.each(*_OR_KINDS)
        if len(words := [word for word in facts.wordings(kind, known) if word]) > 1
    )
    for kind, known, (one, *others) in islice(able, 3):
        queries = tuple(query(kind, (known.name, value)) for value in (one, others[0], f"{one},{others[0]}"))
        yield Group(f"the search for {kind} by one {known.name} or another", queries)


def _union(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    one, other, joined = answers
    yield from _same(facts, group, one.ids | other.ids, joined.ids, answers)


def _and(facts: Facts) -> Iterator[Group]:
    given = 0
    for kind in facts.types:
        singles = [
            (known.name, word)
            for _, known in facts.each("token", "reference", "string", types=(kind,))
            for word in [*facts.wordings(kind, known)[:1], *facts.wordings(kind, known)[-1:]]
            if word
        ]
        sets = [(pair, facts.matches(kind, *pair)) for pair in dict.fromkeys(singles)]
        pairs = (
            (one, other)
            for one, found in sets
            for other, more in sets
            if one[0] < other[0] and found & more and not found <= more and not more <= found
        )
        for one, other in islice(pairs, 1):
            queries = (query(kind, one), query(kind, other), query(kind, one, other))
            yield Group(f"the search for {kind} by {one[0]} and {other[0]}", queries)
            given += 1
        if given == 3:
            return


def _intersection(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    one, other, joined = answers
    yield from _same(facts, group, one.ids & other.ids, joined.ids, answers)


def _same(facts: Facts, group: Group, wanted: frozenset[str], got: frozenset[str], answers: Answers) -> Iterator[Said]:
    if not all(answer.whole for answer in answers):
        return
    kind, last = answers[0].query.type, len(answers) - 1
    known = facts.held[kind].keys()
    for ids, said in ((wanted - got, "leaves out"), (got - wanted, "adds")):
        for id in sorted(ids & known)[:5]:
            message = f"{group.about[:1].upper()}{group.about[1:]} {said} one {kind}, against the searches one by one."
            yield Broken(message, "what the searches one by one give", f"it {said} one", last, f"{kind}/{id}")
    if wanted and not (wanted ^ got) & known:
        yield Kept(f"{group.about[:1].upper()}{group.about[1:]} agrees with the searches one by one.", last)


def _post(facts: Facts) -> Iterator[Group]:
    for group in [*islice(_and(facts), 1), *islice(_or(facts), 1)]:
        get = group.queries[-1]
        yield Group(f"{group.about}, by GET and by POST", (get, replace(get, post=True, path=f"{get.type}/_search")))
    for kind, known in facts.each("date"):
        pairs = plain(facts, kind, known)
        if pairs:
            get = query(kind, *pairs)
            about = f"the search for {kind} by {known.name}, by GET and by POST"
            yield Group(about, (get, replace(get, post=True, path=f"{kind}/_search")))
            return


def _equal(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    get, post = answers
    yield from _same(facts, group, get.ids, post.ids, (get, post))


def _missing(facts: Facts) -> Iterator[Group]:
    """Where some have the value and some have none comes first; of these, one parameter of each kind, then the rest."""
    able = []
    seen: Counter[tuple[bool, str]] = Counter()
    for kind, known in facts.each("token", "string", "date", "reference", "quantity"):
        empty = [id for id, held in facts.held[kind].items() if not values(known, held, facts.base).found]
        all_alike = not empty or len(empty) == len(facts.held[kind])
        able.append((all_alike, seen[all_alike, known.kind], kind, known))
        seen[all_alike, known.kind] += 1
    for _, _, kind, known in sorted(able, key=lambda one: one[:2])[:5]:
        queries = tuple(query(kind, (f"{known.name}:missing", said)) for said in ("true", "false"))
        held = facts.held[kind]
        data = {
            "name": f"{known.name}:missing",
            "with": frozenset(id for id, row in held.items() if _surely_has(facts, known, row)),
            "without": frozenset(id for id, row in held.items() if _surely_lacks(known, row)),
        }
        yield Group(f"the searches for {kind} with and without {known.name}", queries, data)


def _surely_has(facts: Facts, known: Parameter, row: Resource) -> bool:
    found = values(known, row, facts.base)
    return bool(found.found) and not found.open


def _surely_lacks(known: Parameter, row: Resource) -> bool:
    """Has it nothing at all where the value would be? An element that only says why it is absent counts as there."""
    return not any(name.lstrip("_").startswith(path.steps[0]) for path in known.paths for name in row)


def _sides(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    """The two make the whole, and each resource is on its own side."""
    yield from _whole(facts, group, answers)
    missing, there = answers
    if not all(answer.used(group.data["name"]) for answer in answers):
        return
    kind, name = missing.query.type, group.data["name"].partition(":")[0]
    wrong = (
        (0, missing.ids & group.data["with"], f"who has {name}, as without it", f"none with {name}"),
        (1, there.ids & group.data["without"], f"who has no {name}, as with it", f"only who has {name}"),
    )
    for at, ids, said, expected in wrong:
        for id in sorted(ids)[:3]:
            message = f"A search for {kind} by {group.data['name']} gives one {said}."
            yield Broken(message, expected, f"{len(ids)} of {len(answers[at].ids)}", at, f"{kind}/{id}")


def _not(facts: Facts) -> Iterator[Group]:
    able = (
        (kind, known, word)
        for kind, known in facts.each("token")
        for word in facts.wordings(kind, known)[-1:]
        if word and len(facts.held[kind]) > len(facts.matches(kind, known.name, word))
    )
    for kind, known, word in islice(able, 2):
        single = [id for id, held in facts.held[kind].items() if _is_single(facts, kind, known.name, held)]
        queries = (query(kind, (known.name, word)), query(kind, (f"{known.name}:not", word)))
        data = {"name": f"{known.name}:not", "ids": tuple(sorted(single))}
        yield Group(f"the searches for {kind} with a {known.name} and with :not", queries, data)


def _is_single(facts: Facts, kind: str, name: str, held: object) -> bool:
    known = parameter(kind, name)
    found = values(known, held, facts.base) if known else None
    return found is not None and len(found.found) == 1 and not found.open


def _whole(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    """Each resource is in one of the two answers, and in one only."""
    one, other = answers
    kind, name = one.query.type, group.data["name"]
    asked = [answer for answer in answers if name in dict(answer.query.pairs)]
    if not (one.whole and other.whole) or not all(answer.used(name) for answer in asked):
        return
    ids = group.data.get("ids") or tuple(sorted(facts.held[kind]))
    neither = [id for id in ids if id not in one.ids | other.ids]
    twice = [id for id in ids if id in one.ids & other.ids]
    for wrong, said in ((neither, "neither of them"), (twice, "both")):
        for id in wrong[:5]:
            message = f"Of {group.about}, {said} give the same {kind}."
            yield Broken(message, "each in one of the two", f"in {said}", 1, f"{kind}/{id}")
    if not neither and not twice and ids:
        yield Kept(f"{group.about[:1].upper()}{group.about[1:]} make the whole of {len(ids)}.", 1)


FAMILIES = {
    "or": Family(_or, {"union": _union}, most=10),
    "and": Family(_and, {"intersection": _intersection}, most=10),
    "post": Family(_post, {"equal": _equal}, most=7),
    "missing": Family(_missing, {"whole": _sides}, most=11, optional=True),
    "not": Family(_not, {"whole": _whole}, most=5, optional=True),
}
