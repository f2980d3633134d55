"""References followed: included resources, chained searches, compartments."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from checker.fhir.search.asking import Answers, Broken, Family, Group, Kept, Query, Said, query
from checker.fhir.search.facts import Facts, Resource
from checker.fhir.search.parameters import Parameter, parameter
from checker.fhir.search.values import Target, values

Include = tuple[str, str, Parameter, str]
"""Type, the value of ``_include``, its parameter, and the type of target that it is limited to ("" is any)."""


def declared_includes(facts: Facts) -> Iterator[Include]:
    """The declared values of ``_include`` whose parameter the oracle knows; the types take turns."""
    listed = [(kind, name) for kind in facts.types for name in facts.includes(kind, "searchInclude")]
    listed.sort(key=lambda one: facts.includes(one[0], "searchInclude").index(one[1]))
    for kind, name in listed:
        source, by, target = _split(name)
        known = parameter(kind, by)
        if source == kind and known is not None and known.kind == "reference":
            yield kind, name, known, target


def declared_revincludes(facts: Facts) -> Iterator[Include]:
    """Likewise of ``_revinclude``; the type is that of the matches."""
    listed = [(kind, name) for kind in facts.types for name in facts.includes(kind, "searchRevInclude")]
    for kind, name in listed:
        source, by, target = _split(name)
        known = parameter(source, by)
        if known is not None and known.kind == "reference" and facts.held.get(source) and target in ("", kind):
            yield kind, name, known, source


def _split(name: str) -> tuple[str, str, str]:
    source, by, *target = name.split(":")
    return source, by, target[0] if target else ""


def targets(facts: Facts, known: Parameter, resource: Resource, limit: str = "") -> set[str]:
    """``Type/id`` of what a resource refers to on this server."""
    held = values(known, resource, facts.base).found
    return {
        f"{one.type}/{one.id}" for one in held if isinstance(one, Target) and not one.base and limit in ("", one.type)
    }


def _known(facts: Facts, key: str) -> bool:
    kind, _, id = key.partition("/")
    return id in facts.held.get(kind, {})


def _include(facts: Facts) -> Iterator[Group]:
    able = (
        (one, wanted)
        for one in declared_includes(facts)
        if (wanted := [key for row in facts.held[one[0]].values() for key in targets(facts, one[2], row, one[3])])
        and any(_known(facts, key) for key in wanted)
    )
    for (kind, name, known, limit), _ in islice(able, 6):
        data = {"known": known, "limit": limit}
        yield Group(f"the search for {kind} with _include={name}", (query(kind, ("_include", name)),), data)


def _revinclude(facts: Facts) -> Iterator[Group]:
    able = (
        one
        for one in declared_revincludes(facts)
        if any(
            _known(facts, key) and key.startswith(f"{one[0]}/")
            for row in facts.held[one[3]].values()
            for key in targets(facts, one[2], row)
        )
    )
    for kind, name, known, source in islice(able, 5):
        data = {"known": known, "source": source}
        yield Group(f"the search for {kind} with _revinclude={name}", (query(kind, ("_revinclude", name)),), data)


def _modes(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    """Matches have the mode match, what comes with them has include, and something does come."""
    (answer,) = answers
    kind = answer.query.type
    strangers = [mode for mode, key, _ in answer.entries if _is_data(key) and not key.startswith(f"{kind}/")]
    wrong = sum(1 for mode in strangers if mode != "include")
    what = f"{group.about[:1].upper()}{group.about[1:]}"
    if wrong:
        yield Broken(f"{what} marks what is included as a match.", "search.mode include", f"{wrong} are not so marked")
    elif strangers and not answer.order:
        yield Broken(f"{what} marks no match as one.", "search.mode match", "no match")
    elif strangers:
        yield Kept(f"{what} marks matches and what is included.")
    elif not any(mode == "include" for mode, _, _ in answer.entries):
        missing = sorted(_wanted(facts, group, answers))
        for key in missing[:1]:
            yield Broken(f"{what} includes nothing.", "the resources that are referred to", "none", 0, key)


def _is_data(key: str) -> bool:
    return not key.startswith("OperationOutcome/")


def _wanted(facts: Facts, group: Group, answers: Answers) -> set[str]:
    """``Type/id`` of what must come with the matches, as far as it was shown."""
    (answer,) = answers
    known: Parameter = group.data["known"]
    if "source" in group.data:
        source, matches = group.data["source"], {f"{answer.query.type}/{id}" for id in answer.ids}
        rows = facts.held[source].items()
        return {f"{source}/{id}" for id, row in rows if targets(facts, known, row) & matches}
    found = {key for row in answer.found.values() for key in targets(facts, known, row, group.data["limit"])}
    return {key for key in found if _known(facts, key)}


def _exactly(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    """All that is referred to, and nothing else."""
    (answer,) = answers
    known: Parameter = group.data["known"]
    there = {key for _, key, _ in answer.entries}
    what = f"{group.about[:1].upper()}{group.about[1:]}"
    lost = sorted(_wanted(facts, group, answers) - there)
    for key in lost[:5]:
        yield Broken(f"{what} leaves out what belongs to a match.", "each of them", "one is missing", 0, key)
    included = {key: row for mode, key, row in answer.entries if mode == "include" and _is_data(key)}
    if "source" in group.data:
        matches = {f"{answer.query.type}/{id}" for id in answer.ids}
        strange = [key for key, row in included.items() if not targets(facts, known, row) & matches]
    else:
        found = {key for row in answer.found.values() for key in targets(facts, known, row)}
        strange = [key for key in included if key not in found]
    if strange:
        yield Broken(f"{what} includes what no match is linked with.", "nothing else", f"{len(strange)} more")
    if included and not lost and not strange:
        yield Kept(f"{what} brings the {len(included)} that belong to the matches, and nothing else.")


def _iterate(facts: Facts) -> Iterator[Group]:
    first = [one for one in declared_includes(facts) if _reached(facts, one[0], one[2])]
    able = (
        (kind, name, known, further, by)
        for kind, name, known, limit in first
        for target, further, by, _ in first
        if target != kind and limit in ("", target)
        if _second(facts, kind, known, by, target)
    )
    for kind, name, known, further, by in islice(able, 1):
        pairs = (("_include", name), ("_include:iterate", further))
        data = {"known": known, "by": by, "target": further.partition(":")[0]}
        yield Group(f"the search for {kind} with _include={name} and _include:iterate", (query(kind, *pairs),), data)


def _reached(facts: Facts, kind: str, known: Parameter) -> bool:
    """Does one of a type refer by the parameter to what was shown?"""
    return any(_known(facts, key) for row in facts.held[kind].values() for key in targets(facts, known, row))


def _second(facts: Facts, kind: str, known: Parameter, by: Parameter, target: str) -> set[str]:
    """What is two steps away, as far as it was shown."""
    near = {key for row in facts.held[kind].values() for key in targets(facts, known, row, target)}
    rows = [facts.held[target][key.partition("/")[2]] for key in near if _known(facts, key)]
    return {key for row in rows for key in targets(facts, by, row) if _known(facts, key)} - near


def _two_steps(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    (answer,) = answers
    if not answer.used("_include:iterate") or not answer.whole:
        return
    wanted = _second(facts, answer.query.type, group.data["known"], group.data["by"], group.data["target"])
    there = {key for _, key, _ in answer.entries}
    for key in sorted(wanted - there)[:5]:
        message = f"{group.about[:1].upper()}{group.about[1:]} leaves out what an included resource refers to."
        yield Broken(message, "each of them", "one is missing", 0, key)
    if wanted and wanted <= there:
        yield Kept(f"_include:iterate brings the {len(wanted)} that are two steps away.")


def _chained(facts: Facts) -> Iterator[Group]:
    given: set[str] = set()
    for kind, known in facts.each("reference"):
        reached = {key for row in facts.held[kind].values() for key in targets(facts, known, row) if _known(facts, key)}
        kinds = {key.partition("/")[0] for key in reached}
        if len(kinds) != 1 or kind in given or len(given) == 3:
            continue
        (target,) = kinds
        inner = _inner(facts, target, {key.partition("/")[2] for key in reached})
        if inner:
            given.add(kind)
            name = f"{known.name}:{target}.{inner[0]}"
            data = {"known": known, "target": target, "ids": facts.matches(target, *inner)}
            yield Group(f"the search for {kind} by {known.name}.{inner[0]}", (query(kind, (name, inner[1])),), data)


def _inner(facts: Facts, target: str, among: set[str]) -> tuple[str, str] | None:
    """A criterion of the target type that some of those that are referred to match, and not all."""
    for _, known in facts.each("token", "string", types=(target,)):
        for word in facts.wordings(target, known):
            if word and among & facts.matches(target, known.name, word):
                return known.name, word
    return None


def _reverse(facts: Facts) -> Iterator[Group]:
    given = 0
    for source, known in facts.each("reference"):
        kinds = {key.partition("/")[0] for row in facts.held[source].values() for key in targets(facts, known, row)}
        inner = _inner(facts, source, set(facts.held[source])) if kinds == {"Patient"} else None
        if inner and facts.held.get("Patient") and given < 2:
            given += 1
            name = f"_has:{source}:{known.name}:{inner[0]}"
            rows = [facts.held[source][id] for id in facts.matches(source, *inner)]
            ids = frozenset(key.partition("/")[2] for row in rows for key in targets(facts, known, row))
            about = f"the search for Patient by _has:{source}:{known.name}:{inner[0]}"
            yield Group(about, (query("Patient", (name, inner[1])),), {"ids": ids, "source": source, "known": known})


def _linked(facts: Facts) -> Iterator[Group]:
    yield from _chained(facts)
    yield from _reverse(facts)


def _follows(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    """What is found is what the references lead to."""
    (answer,) = answers
    kind, ids = answer.query.type, group.data["ids"]
    if not answer.used(answer.query.pairs[0][0]):
        return
    known: Parameter = group.data["known"]
    what = f"{group.about[:1].upper()}{group.about[1:]}"
    if "target" in group.data:
        good = {f"{group.data['target']}/{id}" for id in ids}
        must = {id for id, row in facts.held[kind].items() if targets(facts, known, row) & good}
        surely_not = {id for id, row in facts.held[kind].items() if _all_known(facts, known, row)} - must
    else:
        must = {id for id in ids if id in facts.held[kind]}
        surely_not = set(facts.held[kind]) - must if group.data["source"] in facts.whole else set()
    lost, strange = (sorted(must - answer.ids) if answer.whole else []), sorted(answer.ids & surely_not)
    for wrong, said in ((lost, "leaves out one match"), (strange, "gives what does not match")):
        for id in wrong[:5]:
            yield Broken(f"{what} {said}.", "the matches of the inner search, followed", said, 0, f"{kind}/{id}")
    if must and not lost and not strange:
        yield Kept(f"{what} gives what the references lead to.")


def _all_known(facts: Facts, known: Parameter, row: Resource) -> bool:
    held = values(known, row, facts.base)
    return not held.open and all(_known(facts, key) for key in targets(facts, known, row))


def _compartment(facts: Facts) -> Iterator[Group]:
    given = 0
    for kind in facts.types:
        known = next((one for one in facts.declared(kind) if one.name == "patient"), None)
        words = [word for word in facts.wordings(kind, known) if word] if known and kind != "Patient" else []
        if words and given < 3:
            given += 1
            id = words[-1].partition("/")[2]  # whom most is held of
            inside = Query(kind, query(kind).pairs, path=f"Patient/{id}/{kind}")
            data = {"id": id}
            about = f"the search for {kind} in the compartment of a patient"
            yield Group(about, (query(kind, ("patient", words[-1])), inside), data)


def _same_records(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    """All that a search by patient gives, and else only what refers to that patient."""
    outside, inside = answers
    kind = outside.query.type
    what = f"{group.about[:1].upper()}{group.about[1:]}"
    lost = sorted((outside.ids - inside.ids) & facts.held[kind].keys()) if inside.whole else []
    for id in lost[:5]:
        message = f"{what} leaves out one {kind} that a search by patient gives."
        yield Broken(message, "what a search by patient gives", "one is missing", 1, f"{kind}/{id}")
    wanted = f"Patient/{group.data['id']}"
    strange = [row for id, row in inside.found.items() if id not in outside.ids and not _mentions(row, wanted)]
    if strange and outside.whole:
        message = f"{what} gives one {kind} that nothing links with that patient."
        yield Broken(message, "only what refers to the patient", f"{len(strange)} do not", 1)
    if outside.ids and inside.ids and not lost and not strange:
        yield Kept(f"{what} gives what a search by patient gives.", 1)


def _mentions(part: object, wanted: str) -> bool:
    if isinstance(part, dict):
        return any(_mentions(one, wanted) for one in part.values())
    if isinstance(part, list):
        return any(_mentions(one, wanted) for one in part)
    return isinstance(part, str) and (part == wanted or part.endswith(f"/{wanted}") or f"{wanted}/_history" in part)


FAMILIES = {
    "include": Family(_include, {"modes": _modes, "exactly": _exactly}, most=8),
    "revinclude": Family(_revinclude, {"modes": _modes, "exactly": _exactly}, most=7),
    "iterate": Family(_iterate, {"two-steps": _two_steps}, most=2, optional=True),
    "chain": Family(_linked, {"follows": _follows}, most=6),
    "compartment": Family(_compartment, {"same": _same_records}, most=7),
}
