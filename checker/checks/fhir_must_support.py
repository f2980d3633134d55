"""Must-support: how often each element that UK Core wants supported was filled, over all resources seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import msgspec

from checker.checks.fhir_judging import UK_CORE, judged, packages, uk_core_of
from checker.model.scan import Fold, Look, Seen, Smallest
from checker.model.supplier import Supplier
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement

_MOST_LISTED = 12


class MustSupportParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``types``: resource types; none is all that UK Core has. ``absent``: element ids whose data is never held.

    Name in ``absent`` only what the product has no data for, whoever uses it: what is held must be exported.
    ``packages``: what it is judged by; filled in by the plan.
    """

    types: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


@dataclass
class Population:
    """Resources seen, and for each element: filled in how many of how many places."""

    resources: int = 0
    filled: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Element id → present, of."""
    places: dict[str, Smallest] = field(default_factory=dict)
    """Element id → the smallest place of a resource that lacks it."""


class MustSupportPopulated(Fold[MustSupportParams, Population]):
    """Every must-support element of the UK Core StructureDefinitions in use is filled somewhere in what was given.

    Counted is, over all resources, how often each must-support element stood where it could stand: present in n of N.
    An element below another one counts only where that one is. One that was never filled is a finding: either the
    data set is not rich enough to tell, or the element is not mapped. A server need not hold data for every
    element, so a profile of your own may name those it has none for (``absent``).

    Good: one Patient of many has ``managingOrganization``. Bad: none of 500 has, although practices are known.
    """

    id: ClassVar[str] = "fhir.must-support"
    params_type: ClassVar[type[Params]] = MustSupportParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "http://hl7.org/fhir/R4/conformance-rules.html#mustSupport"
    absences: ClassVar[bool] = True

    def bound(self, params: MustSupportParams, supplier: Supplier) -> MustSupportParams:
        """With the packages that everything is judged by."""
        return msgspec.structs.replace(params, packages=packages())

    def start(self, params: MustSupportParams, side: str) -> Population:
        """Nothing seen."""
        return Population()

    def step(self, state: Population, seen: Seen, params: MustSupportParams) -> Population:
        """Count the elements of one resource."""
        if params.types and seen.resource_type not in params.types:
            return state
        asked = uk_core_of(seen.node)
        if not asked:
            return state
        state.resources += 1
        here: dict[str, tuple[int, int]] = {}
        for row in judged(seen, asked).must_support:
            # Several StructureDefinitions may ask for one element: it counts once.
            if row.definition.startswith(UK_CORE):
                present, of = here.get(row.element, (0, 0))
                here[row.element] = (max(present, row.present), max(of, row.of))
        for element, (present, of) in here.items():
            before = state.filled.get(element, (0, 0))
            state.filled[element] = (before[0] + present, before[1] + of)
            if present < of:
                state.places.setdefault(element, Smallest(1)).add(seen.place)
        return state

    def merge(self, one: Population, other: Population) -> Population:
        """Counts added."""
        filled = dict(one.filled)
        for key, (present, of) in other.filled.items():
            mine = filled.get(key, (0, 0))
            filled[key] = (mine[0] + present, mine[1] + of)
        places = {
            key: one.places.get(key, Smallest(1)).merged(other.places.get(key, Smallest(1)))
            for key in one.places.keys() | other.places.keys()
        }
        return Population(one.resources + other.resources, filled, places)

    def dump(self, state: Population) -> Any:
        """Plain values, sorted."""
        return {
            "resources": state.resources,
            "filled": {key: list(state.filled[key]) for key in sorted(state.filled)},
            "places": {key: list(state.places[key].items) for key in sorted(state.places)},
        }

    def load(self, dumped: Any) -> Population:
        """The state back."""
        return Population(
            resources=dumped["resources"],
            filled={key: (present, of) for key, (present, of) in dumped["filled"].items()},
            places={key: Smallest(1, tuple(places)) for key, places in dumped["places"].items()},
        )

    def finish(self, state: Population, params: MustSupportParams) -> Iterator[Statement]:
        """How well elements are filled, the rarest first; and a finding for each resource type with gaps."""
        if not state.resources:
            return
        known = {element: counts for element, counts in state.filled.items() if element not in params.absent}
        rare = sorted(known.items(), key=lambda one: (one[1][0] / one[1][1], one[0]))
        shown = ", ".join(f"{element} {present} of {of}" for element, (present, of) in rare[:_MOST_LISTED])
        what = f"resources for {len(known)} must-support elements of {' and '.join(params.packages)}; rarest: {shown}"
        yield Examined(what=what, count=state.resources)
        gaps: dict[str, list[str]] = {}
        for element, (present, _) in known.items():
            if not present:
                gaps.setdefault(element.partition(".")[0], []).append(element)
        for kind in sorted(gaps):
            elements = sorted(gaps[kind])
            places = sorted({place for element in elements for place in state.places[element].items})[:5]
            yield Finding(
                message=f"Never filled in any {kind}: {', '.join(elements)}",
                expected="each must-support element filled in at least one resource",
                actual=f"{len(elements)} elements in none of the places where they could stand",
                place=places[0],
                count=len(elements),
                examples=tuple(places),
            )


MUST_SUPPORT_POPULATED = MustSupportPopulated()
