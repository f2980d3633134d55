"""Parts of resources, and how a client's wish about unknown parameters is met."""

from __future__ import annotations

from collections.abc import Iterator

from checker.fhir.search.asking import Answer, Answers, Broken, Family, Group, Kept, Query, Said, query
from checker.fhir.search.facts import Facts
from checker.fhir.search.families.oracle import is_subset
from checker.fhir.search.families.paged import sized
from checker.model.asked import UNKNOWN_PARAMETER

_ALWAYS = frozenset({"resourceType", "id", "meta", "implicitRules"})
_ASKED = ("identifier", "status", "code", "name")
"""Of these elements the first is asked for that most of a type have."""


def _parts(facts: Facts) -> Iterator[Group]:
    kinds = sized(facts)
    for kind in [*[one for one in kinds if one == "Patient"], *kinds][:1]:
        rows = facts.held[kind].values()
        element = next((name for name in _ASKED if sum(name in row for row in rows) * 2 > len(rows)), "")
        if element:
            pair = ("_elements", element)
            yield Group(f"the search for {kind} with _elements={element}", (query(kind, pair),), {"kept": element})
        for said in ("true", "text", "data", "false"):
            data = {"without": "text" if said == "data" else "", "whole": said == "false"}
            yield Group(f"the search for {kind} with _summary={said}", (query(kind, ("_summary", said)),), data)


def _told(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    """What is left out is said to be; what is asked for is there."""
    (answer,) = answers
    name = answer.query.pairs[0][0]
    kind = answer.query.type
    what = f"{group.about[:1].upper()}{group.about[1:]}"
    held = facts.held[kind]
    cut = [id for id, row in answer.found.items() if id in held and held[id].keys() - row.keys() - _ALWAYS]
    silent = [id for id in cut if not is_subset(answer.found[id])]
    for id in silent[:3]:
        message = f"{what} leaves elements out and does not say so."
        yield Broken(message, "meta.tag SUBSETTED", "no such tag", 0, f"{kind}/{id}")
    element = group.data.get("kept", "")
    lost = [id for id in answer.ids & held.keys() if element in held[id] and element not in answer.found[id]]
    if group.data.get("whole"):
        lost += cut
    for id in sorted(lost)[:3]:
        yield Broken(
            f"{what} leaves out what was asked for.", "what was asked for", "it is not there", 0, f"{kind}/{id}"
        )
    without = group.data.get("without")
    if without and answer.used(name) and any(without in row for row in answer.found.values()):
        yield Broken(f"{what} gives {without}.", f"no {without}", without)
    elif (cut or group.data.get("whole")) and not silent and not lost:
        yield Kept(f"{what} says what it leaves out.")


def _handling(facts: Facts) -> Iterator[Group]:
    for kind in sized(facts)[:1]:
        pairs = ((UNKNOWN_PARAMETER, "1"), ("_count", "2"))
        for wish in ("strict", "lenient"):
            asked = Query(kind, pairs, prefer=f"handling={wish}", pages=1)
            control = Query(kind, pairs[1:], pages=1)
            about = f"the search for {kind} by an unknown parameter with handling={wish}"
            yield Group(about, (control, asked), {"wish": wish})


def _honoured(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    control, asked = answers
    if control.status != 200 or not control.order:
        return
    what = f"{group.about[:1].upper()}{group.about[1:]}"
    if asked.broke:
        yield Broken(f"{what} is answered with {asked.status}.", "200 or 400", str(asked.status), 1)
    elif group.data["wish"] == "strict":
        yield from _met(asked.refused, asked, what, "400 with an OperationOutcome")
    else:
        yield from _met(not asked.refused, asked, what, "200, the parameter ignored")


def _refused_or_not(facts: Facts, group: Group, answers: Answers) -> Iterator[Said]:
    """The same for an API that refuses unknown parameters to everybody: lenient handling is free."""
    if group.data["wish"] == "strict":
        yield from _honoured(facts, group, answers)


def _met(is_right: bool, asked: Answer, what: str, expected: str) -> Iterator[Said]:
    if is_right:
        yield Kept(f"{what} is answered with {asked.status}.", 1)
    else:
        yield Broken(f"{what} is answered with {asked.status}.", expected, str(asked.status), 1)


FAMILIES = {
    "parts": Family(_parts, {"told": _told}, most=6, optional=True),
    "handling": Family(_handling, {"honoured": _honoured, "strict-alone": _refused_or_not}, most=3, refusals=True),
}
