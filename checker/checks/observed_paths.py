"""Which elements an export holds: their paths, never their values."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from checker.model.scan import Fold, Look, Seen
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement

_MOST_PATHS = 20_000
_LONGEST = 300
_DEEPEST = 40
_OF_ITSELF = frozenset({"resourceType", "id", "meta", "implicitRules", "language"})
"""What says nothing about a person, and belongs to every resource."""
_EXTENSIONS = ("extension", "modifierExtension")


@dataclass
class Paths:
    """Path → in how many resources. Of more than 20,000 the smallest are kept, so that order cannot show."""

    resources: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    left_out: bool = False

    def trim(self, most: int = _MOST_PATHS) -> Paths:
        """Keep the smallest; their counts are exact, since no smaller one was ever dropped."""
        if len(self.counts) > most:
            self.counts = {path: self.counts[path] for path in heapq.nsmallest(most, self.counts)}
            self.left_out = True
        return self


class ObservedPaths(Fold[NoParams, Paths]):
    """The paths of all elements that hold something, with the number of resources that have them.

    Written as in FHIR, without indices: ``Patient.name.family``. An extension has its url in brackets:
    ``Patient.extension(https://…)``; a contained resource stands under its own type. ``id``, ``meta`` and language
    are left out.
    """

    id: ClassVar[str] = "data.paths"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "https://www.legislation.gov.uk/eur/2016/679/article/5"

    def start(self, params: NoParams, side: str) -> Paths:
        """Nothing observed."""
        return Paths()

    def step(self, state: Paths, seen: Seen, params: NoParams) -> Paths:
        """Take one resource in."""
        if isinstance(seen.node, dict) and seen.resource_type:
            found: set[str] = set()
            _walk(seen.node, seen.resource_type, found, 0, top=True)
            state.resources += 1
            for path in found:
                state.counts[path] = state.counts.get(path, 0) + 1
            if len(state.counts) > 2 * _MOST_PATHS:
                state.trim()
        return state

    def merge(self, one: Paths, other: Paths) -> Paths:
        """Counts added."""
        counts = dict(one.counts)
        for path, count in other.counts.items():
            counts[path] = counts.get(path, 0) + count
        return Paths(one.resources + other.resources, counts, one.left_out or other.left_out).trim()

    def dump(self, state: Paths) -> Any:
        """Plain values, sorted."""
        state.trim()
        counts = {path: state.counts[path] for path in sorted(state.counts)}
        return {"resources": state.resources, "counts": counts, "left_out": state.left_out}

    def load(self, dumped: Any) -> Paths:
        """The state back."""
        return Paths(dumped["resources"], dict(dumped["counts"]), dumped["left_out"])

    def finish(self, state: Paths, params: NoParams) -> Iterator[Statement]:
        """How many resources were looked at."""
        if state.resources:
            yield Examined(what="resources whose elements were listed", count=state.resources)


def _walk(node: dict[str, Any], path: str, found: set[str], depth: int, *, top: bool = False) -> None:
    if depth > _DEEPEST:
        found.add(path)
        return
    for name, value in node.items():
        if top and name in _OF_ITSELF:
            continue
        below = f"{path}.{name.removeprefix('_')}"[:_LONGEST]
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, dict):
                if name in _EXTENSIONS:
                    url = item.get("url")
                    inner = f"{below}({url})"[:_LONGEST] if isinstance(url, str) else below
                    found.add(inner)
                    _walk({key: one for key, one in item.items() if key != "url"}, inner, found, depth + 1)
                elif name in ("contained", "resource") and isinstance(item.get("resourceType"), str):
                    _walk(item, str(item["resourceType"])[:_LONGEST], found, depth + 1, top=True)
                else:
                    _walk(item, below, found, depth + 1)
            elif item is not None and item != "":
                found.add(below)


OBSERVED_PATHS = ObservedPaths()
