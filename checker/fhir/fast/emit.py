"""The function for one shape of a site: first what the names decide, then the source for the values."""

from __future__ import annotations

from typing import Any

from checker.fhir.definitions.ir import Element, ElementType
from checker.fhir.fast.asks import below
from checker.fhir.fast.clean import Dirty, Row, new_id
from checker.fhir.fast.invariants import left
from checker.fhir.fast.site import Check, Site
from checker.fhir.fast.values import TEXTUAL, Value
from checker.fhir.fast.writing import Writer


class Property:
    """A property of a shape: its value and its companion, by the names of the variables that hold them."""

    __slots__ = ("companion", "element", "further", "key", "kind", "value")

    def __init__(self, element: Element, kind: ElementType, key: str) -> None:
        self.element = element
        self.kind = kind
        self.key = key
        self.value: str | None = None
        self.companion: str | None = None
        self.further: list[Element] = []


def emit(site: Site, o: dict[str, Any], *, often: bool = False) -> tuple[Check, bool]:
    """Make the function for objects with the same properties in the same order as ``o``.

    ``often``: such objects are met often, so that what they hold is judged within the function, as far as it is alike.
    Gives the function, and whether that would make another one. Raises ``Dirty`` when no object of that shape can be
    clean, or not all that is asked is compiled.
    """
    w = Writer(site.shape.path, often=often)
    variables = {name: f"v{index}" for index, name in enumerate(o)}
    w.add(0, f"{', '.join(variables.values())}{',' if len(variables) == 1 else ''} = o.values()")
    write(site, w, o, variables)
    w.add(0, "return n")
    return w.function("o, c"), w.unfolded


def write(site: Site, w: Writer, o: dict[str, Any], variables: dict[str, str]) -> None:
    """Write the checks of an object like ``o``, whose properties are in ``variables``. Raises ``Dirty``."""
    properties = _properties(site, variables)
    present = {one.element.plain_name: one for one in properties.values()}
    if not site.is_resource and not set(variables) - {"id", "_id"}:
        raise Dirty(f"{site.shape.path}: empty")
    _cardinalities(site, present)
    texts = sum(
        one.value is not None and not one.element.is_list and one.kind.code in TEXTUAL for one in properties.values()
    )
    w.count += len(variables) + texts + site.is_resource
    if site.kind == "Extension":
        _extension(site, present)
    if "id" in variables and not site.is_resource and site.kind != "ElementDefinition":
        w.add(0, f"{w.name(new_id)}({variables['id']}, c)")
    for one in properties.values():
        one.further = below(site.walkers, site.shape, one.element.plain_name, one.element, one.kind)
        Value(site, w, one, o.get(one.key)).write()
    population = _population(site, present)
    if population:
        w.add(0, f"c.rows.append({w.name(population)})")
    node = site.build.detached(o, site.kind, site.declared, site.shape, resource=site.is_resource)
    rest = left(site, frozenset(present), node)
    for told in rest.said:
        w.add(0, f"c.said.append(({w.name(told)}, {w.holder}, '', ()))")
    for test, slow in rest.tests:
        unless = f"if {w.name(test)}({w.holder}, c.outer, c.resource) is not True: " if test is not None else ""
        w.add(0, f"{unless}{w.name(slow)}({w.holder}, c)")


def _properties(site: Site, variables: dict[str, str]) -> dict[str, Property]:
    found: dict[str, Property] = {}
    chosen: dict[str, str] = {}
    for name, variable in variables.items():
        if name == "resourceType" and site.is_resource:
            continue
        key = name[1:] if name[:1] == "_" else name
        entry = site.shape.keys.get(key)
        if entry is None:
            raise Dirty(f"{site.shape.path}: unknown {name}")
        element, kind = entry
        if element.choice and chosen.setdefault(element.name, key) != key:
            raise Dirty(f"{site.shape.path}: several {element.name}")
        one = found.setdefault(key, Property(element, kind, key))
        if key is name:
            one.value = variable
        else:
            if not kind.code[:1].islower() or kind.system or kind.code == "xhtml":
                raise Dirty(f"{site.shape.path}: {name}")
            one.companion = variable
    return found


def _cardinalities(site: Site, present: dict[str, Property]) -> None:
    """What must stand stands, what must not does not: for the base type and all that asks further."""
    for name, element in site.shape.members.items():
        if element.min and name not in present:
            raise Dirty(f"{element.id}: missing")
        if element.max == 0 and name in present:
            raise Dirty(f"{element.id}: forbidden")
    for walker in site.walkers:
        for child in walker.children.values():
            there = _finds(site, child, present)
            if child.min and not there:
                raise Dirty(f"{child.id}: missing")
            if child.max == 0 and there:
                raise Dirty(f"{child.id}: forbidden")
            if not there and any(one.min for one in child.slices):
                raise Dirty(f"{child.id}: slice missing")


def _finds(site: Site, child: Element, present: dict[str, Property]) -> bool:
    if child.plain_name in present:
        return True
    if child.choice or child.name in site.shape.members:
        return False
    entry = site.shape.keys.get(child.name)
    return entry is not None and any(
        one.element is entry[0] and one.kind.code == entry[1].code for one in present.values()
    )


def _population(site: Site, present: dict[str, Property]) -> Row:
    """Which must-support elements stand, and the must-support slices of those that do not."""
    found = []
    for walker in site.walkers:
        for child in walker.children.values():
            there = _finds(site, child, present)
            if child.must_support:
                found.append(((child.structure, child.id), there))
            if not there:
                found += [((one.structure, one.id), False) for one in child.slices if one.must_support]
    return Row(found)


def _extension(site: Site, present: dict[str, Property]) -> None:
    """ext-1, and the type of the value."""
    if ("value" in present) == ("extension" in present):
        raise Dirty("Extension: ext-1")
    if site.allowed is not None:
        if "value" in present and present["value"].kind.code not in site.allowed:
            raise Dirty("Extension: type of value")
        if "value" not in present and site.allowed and not site.parts:
            raise Dirty("Extension: value missing")
