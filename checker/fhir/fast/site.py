"""A site: all objects that are judged alike, because the same elements ask the same of them.

For each distinct tuple of property names (a *shape*) a site has one generated function. What hangs on the names alone
is decided when it is made: unknown properties, mandatory and forbidden ones, choices, most invariants. The function
is left with the values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checker.fhir.definitions.ir import Constraint, Element
from checker.fhir.fast.asks import Asks
from checker.fhir.fast.build import Build
from checker.fhir.fast.clean import Clean, Dirty

Check = Callable[[Any, Clean], int]
"""From object and context to the number of property names and texts in it and below; raises ``Dirty``."""

OFTEN = 50
"""How often a shape is met before its function takes in what it holds: that takes a few milliseconds."""
_MOST_KEYS = 200
_MOST_SHAPES = 400
"""How many shapes one site keeps."""


class Site:
    """Objects of one FHIR type or backbone element under one set of elements that ask.

    - ``shape``: the element whose members and keys they have; ``declared``: the base element that declares them.
    - ``walkers``: elements of StructureDefinitions whose children are asked for too.
    - ``constraints``: the invariants evaluated on the object, with the elements that state them.
    - ``parts``: of an extension, the parts that it defines; ``allowed``: the types of its value.
    """

    __slots__ = (
        "allowed",
        "build",
        "constraints",
        "declared",
        "get",
        "is_resource",
        "kind",
        "parts",
        "sample",
        "shape",
        "table",
        "walkers",
    )

    def __init__(
        self,
        build: Build,
        kind: str,
        shape: Element,
        declared: Element | None,
        walkers: tuple[Element, ...],
        constraints: tuple[tuple[Constraint, Element], ...],
        *,
        parts: dict[str, Element] | None = None,
        allowed: frozenset[str] | None = None,
    ) -> None:
        self.build = build
        self.kind = kind
        self.shape = shape
        self.declared = declared
        self.walkers = walkers
        self.constraints = constraints
        self.parts = parts
        self.allowed = allowed
        self.sample: dict[str, Any] = {}
        structure = build.definitions.type(kind)
        self.is_resource = structure is not None and structure.kind == "resource"
        self.table: dict[tuple[str, ...], Check] = {}
        self.get = self.table.get

    def __call__(self, o: Any, c: Clean) -> int:
        """Judge an object."""
        return (self.get(tuple(o)) or self.made(o))(o, c)

    def made(self, o: Any) -> Check:
        """The function for the shape of an object, made now."""
        from checker.fhir.fast.emit import emit

        if o.__class__ is not dict or not o:
            raise Dirty(f"{self.kind}: not an object")
        if len(o) > _MOST_KEYS or len(self.table) >= _MOST_SHAPES:
            raise Dirty("too many shapes")
        check, unfolded = emit(self, o)
        self.build.new_shape()
        self.table[tuple(o)] = self._counted(check) if unfolded else check
        return check

    def _counted(self, check: Check) -> Check:
        """The function, to be replaced by one for a shape that is often met as soon as it is."""
        from checker.fhir.fast.emit import emit

        met = 0

        def counted(o: Any, c: Clean) -> int:
            nonlocal met
            n = check(o, c)
            met += 1
            if met > OFTEN:
                self.table[tuple(o)] = check
                try:
                    made, _ = emit(self, o, often=True)
                    self.build.new_shape()
                except Dirty:
                    return n
                self.table[tuple(o)] = made
            return n

        return counted


def site_of(
    build: Build,
    kind: str,
    shape: Element | None,
    asks: Asks,
    *,
    parts: dict[str, Element] | None = None,
    allowed: frozenset[str] | None = None,
) -> Site:
    """The site for a node of the type that these elements ask for; the same one for the same demands."""
    if shape is None:
        structure = build.definitions.type(kind)
        if structure is None:
            raise Dirty(f"unknown type {kind}")
        shape = structure.root
    constraints = asks.constraints()
    walkers = tuple(asks.walkers)
    declared = shape if shape.path.count(".") else None
    walkers = tuple(one for one in walkers if one is not asks.declared)
    key = (
        kind,
        id(shape),
        tuple(id(one) for one in walkers),
        tuple((one.key, one.expression, id(element)) for one, element in constraints),
        None if parts is None else (tuple(sorted(parts)), tuple(id(one) for one in parts.values())),
        allowed,
    )
    site = build.sites.get(key)
    if site is None:
        site = build.sites[key] = Site(build, kind, shape, declared, walkers, constraints, parts=parts, allowed=allowed)
    return site
