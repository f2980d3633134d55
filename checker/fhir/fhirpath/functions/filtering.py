"""Filtering, projection, types, navigation, aggregation.

Source: FHIRPath N1 §5.2 (filtering), §5.8 (navigation), §6.3 (types), §7 (aggregates)
"""

from __future__ import annotations

from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

from checker.fhir.fhirpath.ast import Function, Part, Polarity, type_name
from checker.fhir.fhirpath.comparison import Seen, order_items
from checker.fhir.fhirpath.conversion import Collection, single
from checker.fhir.fhirpath.errors import FHIRPathError
from checker.fhir.fhirpath.types import is_type, narrows, type_info
from checker.fhir.instance import Node

if TYPE_CHECKING:
    from checker.fhir.fhirpath.interpreter import Scope

MAX_ITEMS = 1_000_000
"""Larger collections are refused: an expression may multiply what it is given."""


def _where(call: Function, focus: Collection, scope: Scope) -> Collection:
    criterion = call.arguments[0]
    return [item for index, item in enumerate(focus) if scope.each(item, index).holds(criterion, "where()")]


def _select(call: Function, focus: Collection, scope: Scope) -> Collection:
    found: Collection = []
    for index, item in enumerate(focus):
        found.extend(scope.each(item, index).evaluate(call.arguments[0]))
        _bounded(found)
    return found


def _bounded(found: Collection) -> None:
    if len(found) > MAX_ITEMS:
        raise FHIRPathError(f"the collection grows beyond {MAX_ITEMS} items")


def _repeat(call: Function, focus: Collection, scope: Scope) -> Collection:
    seen = Seen()
    found: Collection = []
    current = focus
    while current:
        fresh: Collection = []
        for index, item in enumerate(current):
            for one in scope.each(item, index).evaluate(call.arguments[0]):
                if seen.add(one):
                    fresh.append(one)
                    if len(found) + len(fresh) > 100_000:
                        raise FHIRPathError("repeat() finds new items without end")
        found.extend(fresh)
        current = fresh
    return found


def _named_type(call: Function) -> str:
    name = type_name(call.arguments[0])
    if name is None:
        raise FHIRPathError(f"{call.name}() takes the name of a type")
    return name


def _of_type(call: Function, focus: Collection, scope: Scope) -> Collection:
    name, types = _named_type(call), scope.env.types_for(focus)
    is_type(True, name, types)  # an unknown type is an error whatever the data
    return [item for item in focus if narrows(item, name, types)]


def _is(call: Function, focus: Collection, scope: Scope) -> Collection:
    item = single(focus, "is()")
    name, types = _named_type(call), scope.env.types_for(focus)
    return [] if item is None else [is_type(item, name, types)]


def _as(call: Function, focus: Collection, scope: Scope) -> Collection:
    item = single(focus, "as()")
    name, types = _named_type(call), scope.env.types_for(focus)
    is_type(True, name, types)
    return [] if item is None or not narrows(item, name, types) else [item]


def _type(call: Function, focus: Collection, scope: Scope) -> Collection:
    return [type_info(item) for item in focus]


def _children(call: Function, focus: Collection, scope: Scope) -> Collection:
    return [child for item in focus if isinstance(item, Node) for child in item.all_children()]


def _descendants(call: Function, focus: Collection, scope: Scope) -> Collection:
    return [below for item in focus if isinstance(item, Node) for below in item.descendants()]


def _aggregate(call: Function, focus: Collection, scope: Scope) -> Collection:
    total = scope.argument(call.arguments[1]) if len(call.arguments) > 1 else []
    for index, item in enumerate(focus):
        total = scope.each(item, index, total).evaluate(call.arguments[0])
        _bounded(total)
    return total


# ---- sort


def _sort(call: Function, focus: Collection, scope: Scope) -> Collection:
    """Stable; a key written with a minus sorts downwards; items without a key come first."""
    keys = [_sort_key(argument) for argument in call.arguments]
    rows: list[tuple[Any, list[Any]]] = []
    for index, item in enumerate(focus):
        inner = scope.each(item, index)
        values = [single(inner.argument(part), "sort()") for part, _ in keys] if keys else [item]
        rows.append((item, values))
    signs = [sign for _, sign in keys] or [1]

    def compare(left: tuple[Any, list[Any]], right: tuple[Any, list[Any]]) -> int:
        for one, other, sign in zip(left[1], right[1], signs, strict=True):
            if one is None or other is None:
                if one is not other:
                    return -1 if one is None else 1
                continue
            order = order_items(one, other, "sort()")
            if order:
                return order * sign
        return 0

    return [item for item, _ in sorted(rows, key=cmp_to_key(compare))]


def _sort_key(part: Part) -> tuple[Part, int]:
    if isinstance(part, Polarity) and part.sign == "-":
        return part.operand, -1
    return part, 1


FUNCTIONS = {
    "where": (_where, 1, 1),
    "select": (_select, 1, 1),
    "repeat": (_repeat, 1, 1),
    "ofType": (_of_type, 1, 1),
    "is": (_is, 1, 1),
    "as": (_as, 1, 1),
    "type": (_type, 0, 0),
    "children": (_children, 0, 0),
    "descendants": (_descendants, 0, 0),
    "aggregate": (_aggregate, 1, 2),
    "sort": (_sort, 0, 20),
}
