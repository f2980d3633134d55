"""Business identifiers: one identifier, one resource."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, ClassVar

import msgspec

from checker.model.scan import Keyed, Look, Seen, Smallest
from checker.model.value import Params, canonical
from checker.model.verdict import Examined, Finding, Statement

_SHOWN_TOGETHER = 3
"""So many places of one group are named in its example."""


class IdentifierUniqueParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``types``: resource types looked at (none means all). ``systems``: likewise for systems."""

    types: tuple[str, ...] = ("Patient",)
    systems: tuple[str, ...] = ()


@dataclass
class IdentifierUniqueState:
    """Counts of distinct identifiers, and of those that several resources carry."""

    examined: int = 0
    duplicates: int = 0
    carriers: int = 0
    """Resources that carry one of the duplicates."""
    places: Smallest = field(default_factory=Smallest)
    """Of groups, each as JSON: its first places, and how many there are."""


class IdentifierUnique(Keyed[IdentifierUniqueParams, IdentifierUniqueState]):
    """No two different resources of one type carry the same business identifier.

    Compared are the resource's own ``identifier`` elements with a system and a value; those of
    contained resources and of references are about something else. Not a duplicate:

    * the same logical resource met twice (same type and id, also in two versions);
    * an identifier with ``use`` "old": a superseded number may live on elsewhere (FHIR R4,
      Identifier.use: no longer considered valid);
    * a Patient whose ``link`` says ``replaced-by``: it states itself that it was merged into
      another, and keeps its numbers so that it can be found (FHIR R4, Patient.link).

    Of a resource in several versions one of which says so, no version counts.

    Good: two patients, two hospital numbers. Bad: two patient ids that share one NHS number.
    """

    id: ClassVar[str] = "identifier.unique"
    version: ClassVar[str] = "2"
    params_type: ClassVar[type[Params]] = IdentifierUniqueParams
    looks: ClassVar[tuple[Look, ...]] = (Look(member="identifier"),)
    source: ClassVar[str] = "http://hl7.org/fhir/R4/datatypes.html#Identifier"

    def looking(self, params: IdentifierUniqueParams) -> tuple[Look, ...]:
        """The types that are named."""
        return (Look(types=params.types, member="identifier"),)

    def start(self, params: IdentifierUniqueParams, side: str) -> IdentifierUniqueState:
        """Nothing examined."""
        return IdentifierUniqueState()

    def emit(self, seen: Seen, params: IdentifierUniqueParams) -> Iterator[tuple[bytes, bytes]]:
        """Type, system and value → which resource, and where the identifier stands."""
        if params.types and seen.resource_type not in params.types:
            return
        if not isinstance(seen.node, dict):
            return
        replaced = was_replaced(seen.node)
        for step, identifier in _each(seen.node.get("identifier")):
            if not isinstance(identifier, dict):
                continue
            system, value = identifier.get("system"), identifier.get("value")
            if not (isinstance(system, str) and isinstance(value, str) and system and value):
                continue
            if params.systems and system not in params.systems:
                continue
            # Without an id a resource is known only by where it stands.
            who = f"id {seen.resource_id}" if seen.resource_id else f"at {seen.place}"
            place = f"{seen.locator}#{seen.pointer}/identifier{step}"
            set_aside = replaced or identifier.get("use") == "old"
            yield canonical([seen.resource_type, system, value]), canonical([who, place, set_aside])

    def reduce(self, state: IdentifierUniqueState, values: Iterator[bytes], params: IdentifierUniqueParams) -> Any:
        """One identifier with all that carry it; what one of them says of it comes in a row."""
        carriers, places = 0, Smallest(_SHOWN_TOGETHER)
        decoded = (msgspec.json.decode(value, type=tuple[str, str, bool]) for value in values)
        for _, said in itertools.groupby(decoded, key=itemgetter(0)):
            place, set_aside = _of_one(said)
            if not set_aside:
                carriers += 1
                places.add(place)
        state.examined += carriers > 0
        if carriers > 1:
            state.duplicates += 1
            state.carriers += carriers
            state.places.add(canonical([places.items, carriers]).decode())
        return state

    def merge(self, one: IdentifierUniqueState, other: IdentifierUniqueState) -> IdentifierUniqueState:
        """Counts added. Groups are not joined again: what belongs together is reduced together."""
        return IdentifierUniqueState(
            examined=one.examined + other.examined,
            duplicates=one.duplicates + other.duplicates,
            carriers=one.carriers + other.carriers,
            places=one.places.merged(other.places),
        )

    def dump(self, state: IdentifierUniqueState) -> Any:
        """Plain values."""
        return {
            "examined": state.examined,
            "duplicates": state.duplicates,
            "carriers": state.carriers,
            "places": list(state.places.items),
        }

    def load(self, dumped: Any) -> IdentifierUniqueState:
        """The state back."""
        return IdentifierUniqueState(
            examined=dumped["examined"],
            duplicates=dumped["duplicates"],
            carriers=dumped["carriers"],
            places=Smallest(items=tuple(dumped["places"])),
        )

    def finish(self, state: IdentifierUniqueState, params: IdentifierUniqueParams) -> Iterator[Statement]:
        """How many identifiers were examined, and one finding for all duplicates."""
        if not state.examined:
            return
        yield Examined(what=f"business identifiers of {', '.join(params.types) or 'all types'}", count=state.examined)
        if state.duplicates:
            groups = [msgspec.json.decode(group, type=tuple[list[str], int]) for group in state.places.items]
            yield Finding(
                message="The same business identifier is carried by different resources",
                expected="each system and value on one resource of a type only",
                actual=f"{state.duplicates} identifiers on {state.carriers} resources in all",
                place=groups[0][0][0],
                count=state.duplicates,
                examples=tuple(_together(*group) for group in groups),
            )


def _of_one(said: Iterator[tuple[str, str, bool]]) -> tuple[str, bool]:
    """The first place at which one resource carries an identifier, and whether it ever set it aside."""
    _, first_place, set_aside = next(said)
    for _, place, aside in said:
        first_place, set_aside = min(first_place, place), set_aside or aside
    return first_place, set_aside


def was_replaced(resource: dict[str, Any]) -> bool:
    """Does a patient say itself that it was merged into another?"""
    links = resource.get("link")
    return isinstance(links, list) and any(
        isinstance(link, dict) and link.get("type") == "replaced-by" for link in links
    )


def _each(identifiers: Any) -> Iterator[tuple[str, Any]]:
    """Each identifier with the rest of its pointer; in some types there is but one, not a list."""
    if isinstance(identifiers, list):
        for index, identifier in enumerate(identifiers):
            yield f"/{index}", identifier
    else:
        yield "", identifiers


def _together(places: list[str], count: int) -> str:
    more = count - len(places)
    return " and ".join(places) + (f" and {more} more" if more else "")


IDENTIFIER_UNIQUE = IdentifierUnique()
