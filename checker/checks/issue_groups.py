"""The issues of many resources, brought together: one group for each rule and element, however often it is broken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from checker.model.scan import Smallest
from checker.model.value import canonical
from checker.model.verdict import Finding

MOST_GROUPS = 400
"""So many are kept: the smallest keys, so that neither order nor partition shows."""
MOST_SHOWN = 40


class Told(NamedTuple):
    """What a group says. Of several, the smallest is kept. Masked: no value of a resource."""

    message: str
    expected: str
    actual: str
    fix: str


@dataclass
class Group:
    """Like issues: how many, the smallest of their places, and the smallest of what was told."""

    told: Told
    count: int = 0
    places: Smallest = field(default_factory=Smallest)


@dataclass
class Conformance:
    """How many resources were examined, the groups of issues, and counts by name."""

    examined: int = 0
    groups: dict[str, Group] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    """Of what could not be verified, by what it was; and whatever else a scan counts."""
    waiting: dict[tuple[tuple[str, int], ...], int] = field(default_factory=dict, compare=False, repr=False)
    """What is not yet added: what each of many resources counts → how many they are."""

    def examine(self, counts: tuple[tuple[str, int], ...], times: int = 1) -> None:
        """So many resources more, without an issue, that count so each."""
        self.waiting[counts] = self.waiting.get(counts, 0) + times
        if len(self.waiting) > 2 * MOST_GROUPS:
            self.settle()

    def settle(self) -> None:
        """Add what waits."""
        for counts, times in self.waiting.items():
            self.examined += times
            for name, by in counts:
                self.count(name, by * times)
        self.waiting.clear()

    def count(self, name: str, by: int = 1) -> None:
        """So many more of that name."""
        self.counts[name] = self.counts.get(name, 0) + by
        if len(self.counts) > 2 * MOST_GROUPS:
            self.counts = fewest(self.counts)

    def add(self, key: tuple[str, ...], told: Told, place: str) -> None:
        """One issue more."""
        name = canonical(list(key)).decode()
        group = self.groups.get(name)
        if group is None:
            group = self.groups[name] = Group(told)
            if len(self.groups) > 2 * MOST_GROUPS:
                self.groups = _smallest(self.groups)
        group.told = min(group.told, told)
        group.count += 1
        group.places.add(place)


def merged(one: Conformance, other: Conformance) -> Conformance:
    """Both together."""
    one.settle()
    other.settle()
    groups: dict[str, Group] = {}
    for name in one.groups.keys() | other.groups.keys():
        both = [state.groups[name] for state in (one, other) if name in state.groups]
        places = both[0].places.merged(both[-1].places)
        groups[name] = Group(min(group.told for group in both), sum(group.count for group in both), places)
    counts = {name: one.counts.get(name, 0) + other.counts.get(name, 0) for name in one.counts | other.counts}
    return Conformance(one.examined + other.examined, _smallest(groups), fewest(counts))


def dumped(state: Conformance) -> dict[str, Any]:
    """Plain values, sorted."""
    state.settle()
    groups = _smallest(state.groups)
    return {
        "examined": state.examined,
        "groups": {
            name: {"told": list(group.told), "count": group.count, "places": list(group.places.items)}
            for name, group in groups.items()
        },
        "counts": fewest(state.counts),
    }


def loaded(plain: Mapping[str, Any]) -> Conformance:
    """The state back."""
    return Conformance(
        examined=plain["examined"],
        groups={
            name: Group(Told(*group["told"]), group["count"], Smallest(items=tuple(group["places"])))
            for name, group in plain["groups"].items()
        },
        counts=dict(plain["counts"]),
    )


def findings(state: Conformance) -> list[Finding]:
    """One for each group, the most frequent first; of very many, those."""
    ordered = sorted(state.groups.items(), key=lambda one: (-one[1].count, one[0]))
    found = [
        Finding(
            message=group.told.message,
            expected=group.told.expected,
            actual=group.told.actual,
            fix=group.told.fix,
            place=group.places.items[0],
            count=group.count,
            examples=tuple(group.places.items),
        )
        for _, group in ordered[:MOST_SHOWN]
    ]
    if len(ordered) > MOST_SHOWN:
        rest = [group for _, group in ordered[MOST_SHOWN:]]
        places = tuple(sorted(group.places.items[0] for group in rest)[:5])
        found.append(
            Finding(
                message=f"There are {len(rest)} more kinds of issues",
                expected="none",
                actual="see 'checker validate' over the same files for all of them",
                place=places[0],
                count=sum(group.count for group in rest),
                examples=places,
            )
        )
    return found


def fewest(counts: Mapping[str, int]) -> dict[str, int]:
    """The counts of the smallest names, sorted: what is kept of very many."""
    return {name: counts[name] for name in sorted(counts)[:MOST_GROUPS]}


def _smallest(groups: Mapping[str, Group]) -> dict[str, Group]:
    return {name: groups[name] for name in sorted(groups)[:MOST_GROUPS]}
