"""Scans that count: how much was examined, and for each fault how often and at which places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from checker.model.scan import P, Scan, Smallest
from checker.model.verdict import Finding

EXAMINED = "examined"


@dataclass
class Tallied:
    """Counts by name, and the faults by name: how many, and the smallest of their places."""

    counts: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    places: dict[str, Smallest] = field(default_factory=dict)

    @property
    def examined(self) -> int:
        """How many were examined."""
        return self.counts.get(EXAMINED, 0)

    def count(self, name: str = EXAMINED, by: int = 1) -> None:
        """One more of that name."""
        self.counts[name] = self.counts.get(name, 0) + by

    def fault(self, name: str, place: str) -> None:
        """One fault more, at that place."""
        self.faults[name] = self.faults.get(name, 0) + 1
        self.places.setdefault(name, Smallest()).add(place)


class Said(NamedTuple):
    """How a fault is reported. Never with a value of the data."""

    message: str
    expected: str
    actual: str


class TalliedScan(Scan[P, Tallied]):
    """What the scans share whose state is :class:`Tallied`; beside it they are a Fold or a Keyed."""

    def start(self, params: P, side: str) -> Tallied:
        """Nothing examined."""
        return Tallied()

    def merge(self, one: Tallied, other: Tallied) -> Tallied:
        """Counts added, the smallest places of both kept."""
        return Tallied(
            counts=_added(one.counts, other.counts),
            faults=_added(one.faults, other.faults),
            places={
                name: one.places.get(name, Smallest()).merged(other.places.get(name, Smallest()))
                for name in one.places.keys() | other.places.keys()
            },
        )

    def dump(self, state: Tallied) -> Any:
        """Plain values, sorted by name."""
        return {
            "counts": {name: state.counts[name] for name in sorted(state.counts)},
            "faults": {
                name: {"count": state.faults[name], "places": list(state.places[name].items)}
                for name in sorted(state.faults)
            },
        }

    def load(self, dumped: Any) -> Tallied:
        """The state back."""
        faults = dumped["faults"]
        return Tallied(
            counts=dict(dumped["counts"]),
            faults={name: found["count"] for name, found in faults.items()},
            places={name: Smallest(items=tuple(found["places"])) for name, found in faults.items()},
        )


def findings(state: Tallied, said: Mapping[str, Said]) -> Iterator[Finding]:
    """One finding for each fault there is, in the order of ``said``."""
    for name, (message, expected, actual) in said.items():
        if count := state.faults.get(name, 0):
            places = tuple(state.places[name].items)
            yield Finding(
                message=message, expected=expected, actual=actual, place=places[0], count=count, examples=places
            )


def _added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in one.keys() | other.keys()}
