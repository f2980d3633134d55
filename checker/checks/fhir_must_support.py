"""Must-support: how often each element that UK Core wants supported was filled, over all resources seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from checker.checks.fhir_judging import UK_CORE, asked_of, is_lost, looked, packages
from checker.model.scan import Fold, Look, Seen, Smallest
from checker.model.supplier import Supplier
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement, Undecided

if TYPE_CHECKING:
    from checker.fhir.validator import Result

_MOST_LISTED = 12
_MOST_ALIKE = 2_000


class MustSupportParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``types``: resource types; none is all that UK Core has. ``absent``: element ids whose data is never held.

    Name in ``absent`` only what the product has no data for, whoever uses it: what is held must be exported.
    ``packages``: what it is judged by; filled in by the plan.
    """

    types: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


class _Alike:
    """Resources that have and lack the same elements: what each of them counts, and how many there were."""

    __slots__ = ("count", "filled", "place")

    def __init__(self, filled: dict[str, tuple[int, int]], place: str) -> None:
        self.filled = filled
        self.place = place
        self.count = 0


@dataclass
class Population:
    """Resources seen, and for each element: filled in how many of how many places."""

    resources: int = 0
    filled: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Element id → present, of."""
    places: dict[str, Smallest] = field(default_factory=dict)
    """Element id → the smallest place of a resource that lacks it."""
    lost: frozenset[str] = frozenset()
    """StructureDefinitions that the row asks for and the definitions in force do not have."""
    alike: dict[Any, _Alike] = field(default_factory=dict, compare=False, repr=False)
    """What is not yet added to the counts: resources of the same shapes count the same."""

    def settle(self) -> None:
        """Add what is not yet added."""
        for one in self.alike.values():
            self.resources += one.count if one.filled else 0
            for element, (present, of) in one.filled.items():
                before = self.filled.get(element, (0, 0))
                self.filled[element] = (before[0] + present * one.count, before[1] + of * one.count)
                if present < of:
                    self.places.setdefault(element, Smallest(1)).add(one.place)
        self.alike.clear()


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
    by_definitions: ClassVar[bool] = True
    absences: ClassVar[bool] = True

    def bound(self, params: MustSupportParams, supplier: Supplier) -> MustSupportParams:
        """With the packages that everything is judged by."""
        return msgspec.structs.replace(params, packages=packages())

    def looking(self, params: MustSupportParams) -> tuple[Look, ...]:
        """Resources of these types."""
        return (Look(types=params.types),)

    def start(self, params: MustSupportParams, side: str) -> Population:
        """Nothing seen."""
        return Population()

    def step(self, state: Population, seen: Seen, params: MustSupportParams) -> Population:
        """Count the elements of one resource."""
        if params.types and seen.resource_type not in params.types:
            return state
        resource = looked(seen)
        asked = asked_of(resource)
        if params.types and is_lost(UK_CORE + seen.resource_type):
            state.lost |= {f"UKCore-{seen.resource_type}"}
        if not asked:
            return state
        result = resource.said(asked).result
        key = object() if result.clean is None else tuple(result.clean.rows)
        alike = state.alike.get(key)
        if alike is None:
            if len(state.alike) >= _MOST_ALIKE:
                state.settle()
            alike = state.alike[key] = _Alike(_filled(result), resource.place)
        alike.count += 1
        alike.place = min(alike.place, resource.place)
        return state

    def merge(self, one: Population, other: Population) -> Population:
        """Counts added."""
        one.settle()
        other.settle()
        filled = dict(one.filled)
        for key, (present, of) in other.filled.items():
            mine = filled.get(key, (0, 0))
            filled[key] = (mine[0] + present, mine[1] + of)
        places = {
            key: one.places.get(key, Smallest(1)).merged(other.places.get(key, Smallest(1)))
            for key in one.places.keys() | other.places.keys()
        }
        return Population(one.resources + other.resources, filled, places, one.lost | other.lost)

    def dump(self, state: Population) -> Any:
        """Plain values, sorted."""
        state.settle()
        return {
            "resources": state.resources,
            "filled": {key: list(state.filled[key]) for key in sorted(state.filled)},
            "places": {key: list(state.places[key].items) for key in sorted(state.places)},
            "lost": sorted(state.lost),
        }

    def load(self, dumped: Any) -> Population:
        """The state back."""
        return Population(
            resources=dumped["resources"],
            filled={key: (present, of) for key, (present, of) in dumped["filled"].items()},
            places={key: Smallest(1, tuple(places)) for key, places in dumped["places"].items()},
            lost=frozenset(dumped.get("lost", ())),
        )

    def finish(self, state: Population, params: MustSupportParams) -> Iterator[Statement]:
        """How well elements are filled, the rarest first; and a finding for each resource type with gaps."""
        state.settle()
        if state.lost:
            message = f"there is no {', '.join(sorted(state.lost))} in {' and '.join(params.packages)}"
            yield Undecided(reason=Reason.PREREQUISITE, message=message)
        known = {element: counts for element, counts in state.filled.items() if element not in params.absent}
        if not known:
            return
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


def _filled(result: Result) -> dict[str, tuple[int, int]]:
    """For each element: filled in how many of how many places. Several StructureDefinitions may ask for one element:
    it counts once.
    """
    here: dict[str, tuple[int, int]] = {}
    for row in result.must_support:
        if row.definition.startswith(UK_CORE):
            present, of = here.get(row.element, (0, 0))
            here[row.element] = (max(present, row.present), max(of, row.of))
    return here


MUST_SUPPORT_POPULATED = MustSupportPopulated()
