"""What definitions ask of one child of an object, put together: its base element and the StructureDefinitions on top.

The counterpart of ``walk.asked`` and ``walk.judge`` in the explaining tier, worked out once for all instances.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from checker.fhir.definitions.ir import Binding, Constraint, Element, ElementType, Structure
from checker.fhir.fast.build import Build
from checker.fhir.fast.clean import Dirty
from checker.fhir.validation.types import is_base


class Asks:
    """All elements that ask something of a node of one type.

    - ``elements``: the base element first, then those of StructureDefinitions; ``walkers``: those that go on below.
    - Raises ``Dirty`` where a node can't be clean at all, or what is asked is not compiled.
    """

    __slots__ = ("build", "declared", "elements", "kind", "walkers")

    def __init__(self, build: Build, declared: Element | None, kind: str, further: Iterable[Element] = ()) -> None:
        self.build = build
        self.declared = declared
        self.kind = kind
        self.elements: list[Element] = []
        self.walkers: list[Element] = []
        if declared is not None:
            self.elements.append(declared)
            self._profiles(declared)
        for element in further:
            self.add(element)

    def add(self, element: Element) -> None:
        """Take in what a further element asks, and what the StructureDefinitions of its type ask."""
        if any(element is one for one in self.elements):
            return
        declared, kind, is_a = self.declared, self.kind, self.build.is_a
        self.elements.append(element)
        narrowed = declared is None or element.types != declared.types
        if element.types and kind and not any(is_a(kind, one.code) for one in element.types):
            raise Dirty(f"{element.id}: type {kind}")
        if element.children:
            self.walkers.append(element)
        if element.types and narrowed:
            self._profiles(element)

    def add_structure(self, structure: Structure) -> None:
        """Take in what a StructureDefinition asks of the node."""
        if not self.build.is_a(self.kind, structure.type):
            raise Dirty(f"{structure.canonical}: type {self.kind}")
        if is_base(structure):
            return
        if structure.problems:
            raise Dirty(f"{structure.canonical}: has problems")
        self.add(structure.root)

    def _profiles(self, element: Element) -> None:
        kinds = [one for one in element.types if self.build.is_a(self.kind, one.code)]
        if not kinds or any(not one.profiles for one in kinds):
            return
        canonicals = list(dict.fromkeys(profile for one in kinds for profile in one.profiles))
        structure = self.build.structure(canonicals[0])
        if len(canonicals) != 1 or structure is None:
            raise Dirty(f"{element.id}: a choice of StructureDefinitions")
        self.add_structure(structure)

    # ---- values

    def bindings(self) -> tuple[Element, ...]:
        """The elements whose bindings are judged, one for each binding."""
        base = self.declared.binding if self.declared is not None else None
        found: dict[Binding, Element] = {}
        for element in self.elements:
            bound = element.binding
            if bound is None or bound.value_set is None or bound.strength == "example":
                continue
            if element is self.declared or self.declared is None or bound != base:
                found.setdefault(bound, element)
        return tuple(found.values())

    def exact(self) -> Iterator[tuple[Any, bool]]:
        """Fixed (True) and pattern values to compare with."""
        base = self.declared
        for element in self.elements:
            own = element is base or base is None
            if element.fixed is not None and (own or element.fixed != base.fixed):  # type: ignore[union-attr]
                yield element.fixed.value, True
            if element.pattern is not None and (own or element.pattern != base.pattern):  # type: ignore[union-attr]
                yield element.pattern.value, False

    def limited(self) -> bool:
        """Whether a least or greatest value, or a limit by extension, is asked: left to the explaining tier."""
        return any((one.min_value, one.max_value, one.limits) != (None, None, None) for one in self.elements)

    def max_length(self) -> int | None:
        """The greatest length allowed."""
        lengths = [one.max_length for one in self.elements if one.max_length]
        return min(lengths) if lengths else None

    def constraints(self) -> tuple[tuple[Constraint, Element], ...]:
        """The invariants that are evaluated on the node, those of its type first, each once, with who states them."""
        structure = self.build.definitions.type(self.kind) if self.kind else None
        sources = [structure.root] if structure is not None else []
        found: dict[tuple[str, str], tuple[Constraint, Element]] = {}
        for element in [*sources, *self.elements]:
            for one in element.constraints:
                if self.build.evaluated(one):
                    found.setdefault((one.key, one.expression), (one, element))
        return tuple(found.values())

    def targets(self, code: str) -> tuple[Element, ...]:
        """The elements that say where a Reference or canonical may lead."""
        return tuple(one for one in self.elements if any(kind.code == code for kind in one.types))


def below(walkers: Iterable[Element], shape: Element, name: str, declared: Element, kind: ElementType) -> list[Element]:
    """The elements of StructureDefinitions that speak of a child of that name and type."""
    found: list[Element] = []
    for walker in walkers:
        for child in walker.children.values():
            if child.plain_name == name:
                found.append(child)
            elif not child.choice and child.name not in shape.members:
                entry = shape.keys.get(child.name)
                if entry is not None and entry[0] is declared and entry[1].code == kind.code:
                    found.append(child)
    return found
