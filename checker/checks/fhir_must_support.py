"""Must-support: what UK Core wants supported, and what of it any of the resources shows.

An element that nobody shows is not an element that nobody can show: it is left open (no data). What is a fault is
an element of which the supplier itself says that the system cannot hold it (data-absent-reason ``unsupported``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from checker.checks.fhir_judging import UK_CORE, asked_of, current, is_lost, looked, packages, structure
from checker.checks.fhir_looked import Looked
from checker.checks.must_support_shown import Open, Shows, left_out, parts, wanted_by_all
from checker.model.scan import Fold, Look, Seen, Smallest
from checker.model.supplier import Supplier
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement, Undecided

if TYPE_CHECKING:
    from checker.fhir.validator import Result

_MOST_LISTED = 12
_MOST_ALIKE = 2_000
_MOST_WANTED = 1_000


class MustSupportParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``types``: resource types; none is all that UK Core has. ``absent``: elements whose data is never held.

    Each by its element id, or with ``as`` and a type of a choice, or ``to`` and the target of a reference.

    Name in ``absent`` only what the product has no data for, whoever uses it: what is held must be exported.
    ``packages``: what it is judged by; filled in by the plan.
    """

    types: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


class _Alike:
    """Resources that show the same: what each of them counts, and how many there were."""

    __slots__ = ("count", "filled")

    def __init__(self, filled: dict[str, tuple[int, int]]) -> None:
        self.filled = filled
        self.count = 0


@dataclass
class Population:
    """Resources seen, and what of the definitions they were held against they show."""

    types: dict[str, int] = field(default_factory=dict)
    """Resource type → how many were seen."""
    filled: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Element, choice type or reference target → present, of."""
    asked: dict[str, Smallest] = field(default_factory=dict)
    """The same → the first by name of the StructureDefinitions that want it."""
    denied: dict[str, Smallest] = field(default_factory=dict)
    """Element → places where it is said that the system does not support it."""
    lost: frozenset[str] = frozenset()
    """StructureDefinitions that the row asks for and the definitions in force do not have."""
    alike: dict[Any, _Alike] = field(default_factory=dict, compare=False, repr=False)
    """What is not yet added to the counts: resources of the same shapes count the same."""
    met: set[tuple[str, ...]] = field(default_factory=set, compare=False, repr=False)
    """What resources were held against, of which ``asked`` has all."""

    def settle(self) -> None:
        """Add what is not yet added."""
        for one in self.alike.values():
            for element, (present, of) in one.filled.items():
                before = self.filled.get(element, (0, 0))
                self.filled[element] = (before[0] + present * one.count, before[1] + of * one.count)
        self.alike.clear()

    def missing(self, params: MustSupportParams) -> tuple[str, ...]:
        """What none of the resources shows, sorted; without what the row leaves out."""
        spared = set(params.absent)
        return tuple(
            key
            for key in sorted(self.asked)
            if not self.filled.get(key, (0, 0))[0] and not {key, parts(key)[0]} & spared
        )


class MustSupportPopulated(Fold[MustSupportParams, Population]):
    """Everything must-support in the UK Core StructureDefinitions in use is shown at least once in what was given.

    Elements, slices and extensions; of a choice each type, of a reference each resource type that it may lead to. What
    nobody shows is left open, for want of data: that a system cannot show it is not proved by its not being there.
    A fault is what a resource itself says is not supported (data-absent-reason ``unsupported``), where no other shows
    it. A server need not hold data for every element, so a profile of your own may name what it has none for
    (``absent``).

    Good: one Patient of many has ``managingOrganization``. Bad: each says that it is unsupported. Undecided: none has.
    """

    id: ClassVar[str] = "fhir.must-support"
    version: ClassVar[str] = "2"
    params_type: ClassVar[type[Params]] = MustSupportParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "http://hl7.org/fhir/R4/conformance-rules.html#mustSupport"
    by_definitions: ClassVar[bool] = True
    absences: ClassVar[bool] = True
    together: ClassVar[bool] = True

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
        """Count what one resource shows."""
        if params.types and seen.resource_type not in params.types:
            return state
        resource = looked(seen)
        asked = asked_of(resource)
        if params.types and is_lost(UK_CORE + seen.resource_type):
            state.lost |= {f"UKCore-{seen.resource_type}"}
        if not asked:
            return state
        state.types[seen.resource_type] = state.types.get(seen.resource_type, 0) + 1
        keys, opens, shows_of = _wanted_of(asked)
        if asked not in state.met:
            state.met.add(asked)
            for key, name in keys.items():
                state.asked.setdefault(key, Smallest(1)).add(name)
        result = resource.said(asked).result
        shows = shows_of.of(resource.node)
        empty = left_out(resource.node, opens) if _may_leave_out(resource) else {}
        for element, (_, denied) in empty.items():
            if denied:
                state.denied.setdefault(element, Smallest()).add(resource.place)
        same: Any = object() if result.clean is None or empty else (asked, tuple(result.clean.rows), shows)
        alike = state.alike.get(same)
        if alike is None:
            if len(state.alike) >= _MOST_ALIKE:
                state.settle()
            alike = state.alike[same] = _Alike(_filled(result, keys, shows, empty))
        alike.count += 1
        return state

    def merge(self, one: Population, other: Population) -> Population:
        """Counts added."""
        one.settle()
        other.settle()
        filled = dict(one.filled)
        for key, (present, of) in other.filled.items():
            mine = filled.get(key, (0, 0))
            filled[key] = (mine[0] + present, mine[1] + of)
        types = {kind: one.types.get(kind, 0) + other.types.get(kind, 0) for kind in {**one.types, **other.types}}
        asked, denied = _merged(one.asked, other.asked, 1), _merged(one.denied, other.denied, 5)
        return Population(types, filled, asked, denied, one.lost | other.lost)

    def dump(self, state: Population) -> Any:
        """Plain values, sorted."""
        state.settle()
        return {
            "types": {kind: state.types[kind] for kind in sorted(state.types)},
            "filled": {key: list(state.filled[key]) for key in sorted(state.filled)},
            "asked": {key: list(state.asked[key].items) for key in sorted(state.asked)},
            "denied": {key: list(state.denied[key].items) for key in sorted(state.denied)},
            "lost": sorted(state.lost),
        }

    def load(self, dumped: Any) -> Population:
        """The state back."""
        return Population(
            types=dict(dumped["types"]),
            filled={key: (present, of) for key, (present, of) in dumped["filled"].items()},
            asked={key: Smallest(1, tuple(names)) for key, names in dumped["asked"].items()},
            denied={key: Smallest(5, tuple(places)) for key, places in dumped["denied"].items()},
            lost=frozenset(dumped["lost"]),
        )

    def finish(self, state: Population, params: MustSupportParams) -> Iterator[Statement]:
        """What is shown, the rarest first; what is said to be unsupported; and what nobody shows, by resource type."""
        state.settle()
        if state.lost:
            message = f"there is no {', '.join(sorted(state.lost))} in {' and '.join(params.packages)}"
            yield Undecided(reason=Reason.PREREQUISITE, message=message)
        missing = state.missing(params)
        there = sorted(
            (counts[0] / counts[1], key) for key, counts in state.filled.items() if counts[0] and key in state.asked
        )
        if not state.asked:
            return  # nothing to look at: the verdict says so
        rarest = (f"{key} {state.filled[key][0]} of {state.filled[key][1]}" for _, key in there[:_MOST_LISTED])
        what = f"resources for {len(there) + len(missing)} things that must be supported, of"
        what += f" {' and '.join(params.packages)}; rarest: {', '.join(rarest) or 'none is shown'}"
        yield Examined(what=what, count=sum(state.types.values()))
        denied = [key for key in missing if key in state.denied]
        yield from _findings(state, denied)
        yield from _left_open(state, [key for key in missing if parts(key)[0] not in denied])
        for kind in params.types:
            if kind not in state.types and f"UKCore-{kind}" not in state.lost:
                yield Undecided(reason=Reason.NO_DATA, message=f"There is no {kind} to show anything of it")


def _findings(state: Population, denied: list[str]) -> Iterator[Finding]:
    for kind in sorted({key.partition(".")[0] for key in denied}):
        elements = [key for key in denied if key.partition(".")[0] == kind]
        places = sorted({place for element in elements for place in state.denied[element].items})[:5]
        yield Finding(
            message=f"Said to be unsupported, and shown by no {kind}: {', '.join(elements)}",
            expected="each must-support element can be filled",
            actual="data-absent-reason 'unsupported' in its place",
            place=places[0],
            count=len(elements),
            examples=tuple(places),
        )


def _left_open(state: Population, missing: list[str]) -> Iterator[Undecided]:
    for kind in sorted({key.partition(".")[0] for key in missing}):
        keys = [key for key in missing if key.partition(".")[0] == kind]
        more = f" and {len(keys) - _MOST_LISTED} more" if len(keys) > _MOST_LISTED else ""
        message = f"Shown by no {kind} of {state.types.get(kind, 0)}: {', '.join(keys[:_MOST_LISTED])}{more}"
        yield Undecided(reason=Reason.NO_DATA, message=f"{message} (the data shopping list has an example of each)")


def _merged(one: dict[str, Smallest], other: dict[str, Smallest], k: int) -> dict[str, Smallest]:
    return {key: one.get(key, Smallest(k)).merged(other.get(key, Smallest(k))) for key in one.keys() | other.keys()}


def _wanted_of(asked: tuple[str, ...]) -> tuple[Mapping[str, str], tuple[Open, ...], Shows]:
    """What these StructureDefinitions want."""
    known = current().wanted
    found: tuple[Mapping[str, str], tuple[Open, ...], Shows] | None = known.get(asked)
    if found is None:
        held = (structure(canonical) for canonical in sorted(asked))
        keys, opens = wanted_by_all(tuple(one for one in held if one is not None))
        found = keys, opens, Shows(opens)
        if len(known) < _MOST_WANTED:
            known[asked] = found
    return found


def _may_leave_out(resource: Looked) -> bool:
    """May it say why something is not there? Most resources say nothing of the sort, and are spared a walk."""
    text = resource.text
    return text is None or b"data-absent-reason" in text or b"\\u" in text


def _filled(
    result: Result, keys: Mapping[str, str], shows: frozenset[str], empty: dict[str, tuple[int, bool]]
) -> dict[str, tuple[int, int]]:
    """For each thing wanted: shown in how many of how many places. Several StructureDefinitions may ask for one
    element: it counts once. What says nothing but why it is not there does not count as shown.
    """
    here: dict[str, tuple[int, int]] = {}
    for row in result.must_support:
        if row.definition.startswith(UK_CORE) and row.element in keys:
            present, of = here.get(row.element, (0, 0))
            here[row.element] = (max(present, row.present), max(of, row.of))
    for element, (places, _) in empty.items():
        present, of = here.get(element, (0, 0))
        here[element] = (max(0, present - places), of)
    for key in keys:
        if parts(key)[0] != key:
            here[key] = (int(key in shows), 1)
    return here


MUST_SUPPORT_POPULATED = MustSupportPopulated()
