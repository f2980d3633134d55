"""What there is to be shown of a StructureDefinition: must-support elements, slices, choice types, reference targets.

An element that leaves its type open (``value[x]``) is to be shown with each type, or with each that is flagged, and a
reference that may lead to several types of resources with each of them. Of an element with one type, or one target,
its being there is enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from checker.fhir.definitions.ir import Element, Structure

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_ABSENT_CODES = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_TARGET = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?$")
_MOST_CONTAINED = 1_000
_MOST_SHAPES = 1_000


class Open(NamedTuple):
    """A must-support element outside slices: where it stands in JSON, and what it leaves open."""

    id: str
    holders: tuple[str, ...]
    """Property names from the resource to what holds it."""
    names: tuple[tuple[str, str], ...]
    """Property name and type: one, or of a choice one for each type."""
    choice: bool
    kinds: frozenset[str]
    """The types that are to be shown: those with a flag of their own, else all that are left open."""
    targets: frozenset[str]
    """Resource types, where there are several."""


class Wanted(NamedTuple):
    """All that is to be shown of one StructureDefinition."""

    keys: tuple[str, ...]
    opens: tuple[Open, ...]


def as_type(element: str, type_: str) -> str:
    """The key of a choice that has a type: ``Observation.value[x] as Quantity``."""
    return f"{element} as {type_}"


def to_target(element: str, target: str) -> str:
    """The key of a reference that leads to a resource type: ``Observation.performer to Patient``."""
    return f"{element} to {target}"


def parts(key: str) -> tuple[str, str, str]:
    """Element, type and target of a key; "" where it has none.

    >>> parts("Observation.value[x] as Quantity")
    ('Observation.value[x]', 'Quantity', '')
    """
    element, _, target = key.partition(" to ")
    element, _, type_ = element.partition(" as ")
    return element, type_, target


@lru_cache(maxsize=1_000)
def wanted(structure: Structure) -> Wanted:
    """What is to be shown of a StructureDefinition."""
    keys: dict[str, None] = {}
    opens = []
    for element, holders in _supported(structure.root, (), set()):
        keys[element.id] = None
        if holders is None:
            continue
        found = _open(element, holders)
        opens.append(found)
        if found.choice:
            keys.update((as_type(element.id, kind), None) for kind in found.kinds)
        keys.update((to_target(element.id, target), None) for target in found.targets)
    return Wanted(tuple(sorted(keys)), tuple(opens))


@lru_cache(maxsize=1_000)
def wanted_by_all(structures: tuple[Structure, ...]) -> tuple[Mapping[str, str], tuple[Open, ...]]:
    """What several StructureDefinitions want: each thing with the first of them that does."""
    keys: dict[str, str] = {}
    opens: dict[Open, None] = {}
    for one in structures:
        found = wanted(one)
        keys.update((key, one.url) for key in found.keys if key not in keys)
        opens.update(dict.fromkeys(found.opens))
    return MappingProxyType(keys), tuple(opens)


_NOTHING: frozenset[str] = frozenset()


class Shows:
    """What resources show of these elements."""

    def __init__(self, opens: tuple[Open, ...]) -> None:
        told = [one for one in opens if one.choice or one.targets]
        self._own = tuple(one for one in told if not one.holders)
        self._below = tuple(one for one in told if one.holders)
        self._standing: dict[tuple[str, ...], tuple[tuple[Open, str, str], ...]] = {}

    def of(self, resource: Mapping[str, Any]) -> frozenset[str]:
        """The choice types and reference targets that a resource shows, by their keys."""
        found: set[str] = set()
        for one, name, kind in self._standing_in(tuple(resource)):
            value = resource[name]
            if value is not None:
                _show(found, one, kind, value, resource)
        for one in self._below:
            if one.holders[0] in resource:
                for kind, value in _values(resource, one):
                    _show(found, one, kind, value, resource)
        return frozenset(found) if found else _NOTHING

    def _standing_in(self, names: tuple[str, ...]) -> tuple[tuple[Open, str, str], ...]:
        """Which of the elements of a resource itself stand in one of these properties, with name and type."""
        known = self._standing.get(names)
        if known is None:
            if len(self._standing) >= _MOST_SHAPES:
                self._standing.clear()
            held = set(names)
            known = tuple((one, name, kind) for one in self._own for name, kind in one.names if name in held)
            self._standing[names] = known
        return known


def _show(found: set[str], one: Open, kind: str, value: Any, resource: Mapping[str, Any]) -> None:
    if one.choice and kind in one.kinds and not is_only_absent(value):
        found.add(_as_type(one.id, kind))
    if one.targets and kind == "Reference":
        for to in _led_to(value, resource):
            if to in one.targets:
                found.add(_to_target(one.id, to))


_as_type, _to_target = lru_cache(maxsize=10_000)(as_type), lru_cache(maxsize=10_000)(to_target)


def shown(resource: Mapping[str, Any], opens: tuple[Open, ...]) -> frozenset[str]:
    """The choice types and reference targets that one resource shows, by their keys."""
    return Shows(opens).of(resource)


def left_out(resource: Mapping[str, Any], opens: tuple[Open, ...]) -> dict[str, tuple[int, bool]]:
    """Elements of which nothing but a reason for their absence stands: in how many places, and is one `unsupported`?"""
    found: dict[str, tuple[int, bool]] = {}
    for one in opens:
        told: list[Any] = []
        for holder in _holders(resource, one.holders):
            here = [value for name, _ in one.names for value in _standing(holder, name)]
            if here and all(map(is_only_absent, here)):
                told.append(here)
        if told:
            found[one.id] = (len(told), any(_says_unsupported(value) for here in told for value in here))
    return found


def is_only_absent(value: Any) -> bool:
    """Does a value say nothing but why it is not there?"""
    if isinstance(value, list):
        return bool(value) and all(map(is_only_absent, value))
    if not isinstance(value, dict) or _absent_code(value) is None:
        return False
    if set(value) <= {"id", "extension"}:
        return True
    return set(value) <= {"id", "extension", "coding", "text"} and _absent_of(value.get("coding")) is not None


def _says_unsupported(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_says_unsupported, value))
    return isinstance(value, dict) and _absent_code(value) == "unsupported"


def _absent_code(value: dict[str, Any]) -> str | None:
    listed = value.get("extension")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and one.get("url") == ABSENT:
            return str(one.get("valueCode"))
    return _absent_of(value.get("coding"))


def _absent_of(codings: Any) -> str | None:
    if not isinstance(codings, list) or not codings:
        return None
    if not all(isinstance(one, dict) and one.get("system") == _ABSENT_CODES for one in codings):
        return None
    return str(codings[0].get("code"))


def _supported(
    element: Element, holders: tuple[str, ...] | None, seen: set[int]
) -> Iterator[tuple[Element, tuple[str, ...] | None]]:
    """Must-support elements and slices, with where they stand; None where slices have to be told apart for it."""
    if id(element) in seen:
        return
    seen.add(id(element))
    for child in element.children.values():
        if child.max == 0:
            continue
        if child.must_support:
            yield child, holders
        below = None if holders is None or child.choice else (*holders, child.plain_name)
        yield from _supported(child, below, seen)
        for slice_ in child.slices:
            if slice_.max != 0:
                if slice_.must_support:
                    yield slice_, None
                yield from _supported(slice_, None, seen)


def _open(element: Element, holders: tuple[str, ...]) -> Open:
    name = element.plain_name
    if element.choice:
        names = tuple((name + kind.code[:1].upper() + kind.code[1:], kind.code) for kind in element.types)
    else:
        names = ((name, element.types[0].code if element.types else ""),)
    kinds = [kind for kind in element.types if kind.must_support] or element.types
    profiles = [one for kind in kinds if kind.code == "Reference" for one in kind.target_profiles]
    targets = {one.partition("|")[0].rpartition("/")[2] for one in profiles}
    # A target of its own definition (UKCore-Patient) is of a type that its name alone does not say.
    several = len(targets) > 1 and "Resource" not in targets and all(one.isalpha() for one in targets)
    return Open(
        id=element.id,
        holders=holders,
        names=names,
        choice=element.choice and len(names) > 1,
        kinds=frozenset(kind.code for kind in kinds),
        targets=frozenset(targets) if several else frozenset(),
    )


def _holders(resource: Any, names: tuple[str, ...]) -> list[dict[str, Any]]:
    held = [resource]
    for name in names:
        below = [one.get(name) for one in held]
        flat = [one for value in below for one in (value if isinstance(value, list) else (value,))]
        held = [one for one in flat if isinstance(one, dict)]
    return held


def _standing(holder: dict[str, Any], name: str) -> list[Any]:
    """A value and what is said of it besides (``_name``), as one: the latter alone where there is no value."""
    value = holder.get(name)
    if value is not None:
        return [value]
    beside = holder.get(f"_{name}")
    return [beside] if beside is not None else []


def _values(resource: Mapping[str, Any], one: Open) -> Iterator[tuple[str, Any]]:
    for holder in _holders(resource, one.holders):
        for name, kind in one.names:
            value = holder.get(name)
            if value is not None:
                yield kind, value


def _led_to(value: Any, resource: Mapping[str, Any]) -> Iterator[str]:
    for one in value if isinstance(value, list) else (value,):
        if not isinstance(one, dict):
            continue
        address = one.get("reference")
        if isinstance(address, str):
            led = _TARGET.search(address)
            if led is not None:
                yield led[1]
            elif address.startswith("#"):
                yield from _contained(resource, address[1:])
        if isinstance(one.get("type"), str):
            yield one["type"]


def _contained(resource: Mapping[str, Any], name: str) -> Iterator[str]:
    listed = resource.get("contained")
    for one in listed[:_MOST_CONTAINED] if isinstance(listed, list) else ():
        if isinstance(one, dict) and one.get("id") == name and isinstance(one.get("resourceType"), str):
            yield one["resourceType"]
