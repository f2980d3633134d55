"""Equality, equivalence and order of items and collections, with three-valued results.

Source: FHIRPath N1 §6.1 (equality), §6.2 (comparison)
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from checker.fhir.fhirpath import units
from checker.fhir.fhirpath.conversion import (
    PRIMITIVES,
    QUANTITIES,
    Collection,
    describe,
    is_number,
    number,
    single,
    value_of,
)
from checker.fhir.fhirpath.errors import FHIRPathError
from checker.fhir.fhirpath.temporal import Temporal, Time, compare, span
from checker.fhir.fhirpath.values import Quantity
from checker.fhir.instance import Node


def equal_collections(left: Collection, right: Collection) -> bool | None:
    """``=``: None when one side is empty, or when it cannot be decided."""
    if not left or not right:
        return None
    if len(left) != len(right):
        return False
    found = [equal(one, other) for one, other in zip(left, right, strict=True)]
    return False if False in found else None if None in found else True


def equal(left: Any, right: Any) -> bool | None:
    """Whether two items are equal."""
    one, other = value_of(left), value_of(right)
    if one is None or other is None:
        return _same_json(left, right) if one is None and other is None else False
    if isinstance(one, bool) or isinstance(other, bool) or isinstance(one, str) or isinstance(other, str):
        return type(one) is type(other) and bool(one == other)
    if isinstance(one, Temporal) and isinstance(other, Temporal):
        if isinstance(one, Time) != isinstance(other, Time):
            return False
        order = compare(one, other)
        return None if order is None else order == 0
    if is_number(one) and is_number(other):
        return bool(one == other)
    pair = _as_quantities(one, other)
    if pair is not None:
        values = units.common(*pair)
        return values if values is None or isinstance(values, bool) else values[0] == values[1]
    return type(one) is type(other) and bool(one == other)


def _as_quantities(one: Any, other: Any) -> tuple[Quantity, Quantity] | None:
    """Both as quantities, when at least one is and the other is one or a number."""
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        return one, other
    if isinstance(one, Quantity) and is_number(other):
        return one, Quantity(Decimal(other), "1")
    if isinstance(other, Quantity) and is_number(one):
        return Quantity(Decimal(one), "1"), other
    return None


def _same_json(left: Any, right: Any) -> bool:
    return (
        isinstance(left, Node)
        and isinstance(right, Node)
        and (left is right or canonical((left.value, left.extra)) == canonical((right.value, right.extra)))
    )


def canonical(value: Any) -> Any:
    """A hashable form of a JSON value in which equal values are equal: decimals by value, objects by content."""
    if isinstance(value, dict):
        return frozenset((key, canonical(one)) for key, one in value.items())
    if isinstance(value, list | tuple):
        return tuple(canonical(one) for one in value)
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return (type(value).__name__, value)
    return number(value)


def bucket(item: Any) -> Any:
    """A hash key: items that are equal have the same."""
    value = value_of(item)
    if value is None:
        return ("json", canonical((item.value, item.extra))) if isinstance(item, Node) else None
    if isinstance(value, bool | str):
        return (type(value).__name__, value)
    if is_number(value):
        return "number", Decimal(value)
    if isinstance(value, Temporal):
        return isinstance(value, Time), len(value.parts), span(value)[0]
    return _quantity_bucket(value) if isinstance(value, Quantity) else type(value)


_SHARED = {(("s", 1),): "second", (("K", 1),): "kelvin"}
"""Calendar durations and degrees are not equal by their factor alone: all of a kind share a bucket."""


def _quantity_bucket(value: Quantity) -> Any:
    scale = units.measure(units.ucum_unit(value))
    if scale is None:
        return "kelvin" if units.is_temperature(value.unit) else ("unit", value.unit)
    if scale[1] in _SHARED:
        return _SHARED[scale[1]]
    measured = Fraction(value.value) * scale[0]
    return ("quantity", scale[1], measured) if scale[1] else ("number", units.decimal(measured))


class Seen:
    """A set of items under equality: membership in near constant time."""

    __slots__ = ("buckets",)

    def __init__(self, items: Iterable[Any] = ()) -> None:
        self.buckets: dict[Any, list[Any]] = {}
        for item in items:
            self.add(item)

    def add(self, item: Any) -> bool:
        """Take an item in; False when an equal one is there already."""
        held = self.buckets.setdefault(bucket(item), [])
        if any(equal(item, one) for one in held):
            return False
        held.append(item)
        return True

    def __contains__(self, item: Any) -> bool:
        return any(equal(item, one) for one in self.buckets.get(bucket(item), ()))


def distinct(items: Iterable[Any]) -> Collection:
    """The items without those that equal an earlier one."""
    seen = Seen()
    return [item for item in items if seen.add(item)]


# ---- equivalence


def equivalent_collections(left: Collection, right: Collection) -> bool:
    """``~``: never undecided; the order does not count."""
    if len(left) != len(right):
        return False
    rest = list(right)
    for item in left:
        for index, other in enumerate(rest):
            if equivalent(item, other):
                del rest[index]
                break
        else:
            return False
    return True


def equivalent(left: Any, right: Any) -> bool:
    """Whether two items are equivalent."""
    one, other = value_of(left), value_of(right)
    if one is None or other is None:
        return one is None and other is None and _equivalent_nodes(left, right)
    if isinstance(one, str) and isinstance(other, str):
        return _folded(one) == _folded(other)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if is_number(one) and is_number(other):
        return _rounded_equal(Decimal(one), Decimal(other))
    pair = _as_quantities(one, other)
    if pair is not None:
        return _equivalent_quantities(*pair)
    return equal(one, other) is True


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _rounded_equal(one: Decimal, other: Decimal) -> bool:
    step = Decimal(1).scaleb(-min(_decimals(one), _decimals(other), 20))
    if max(abs(one), abs(other)) > Decimal(10) ** 15:
        return one == other
    return one.quantize(step, ROUND_HALF_UP) == other.quantize(step, ROUND_HALF_UP)


def _equivalent_quantities(one: Quantity, other: Quantity) -> bool:
    values = units.common(one, other, nominal=True)
    if values is None or isinstance(values, bool):
        return False
    if one.unit == other.unit and bool(one.calendar) == bool(other.calendar):
        return _rounded_equal(one.value, other.value)
    if values[0] == values[1]:
        return True
    # Compare in the coarser unit, so that a conversion adds no precision.
    scale = values[0] / Fraction(one.value) if one.value else Fraction(0)
    other_scale = values[1] / Fraction(other.value) if other.value else Fraction(0)
    coarse = max(abs(scale), abs(other_scale))
    if not coarse:
        return False
    return _rounded_equal(units.decimal(values[0] / coarse), units.decimal(values[1] / coarse))


def _equivalent_nodes(left: Any, right: Any) -> bool:
    if not isinstance(left, Node) or not isinstance(right, Node):
        return False
    if left is right:
        return True
    one, other = list(left.all_children()), list(right.all_children())
    names = [node.name for node in one]
    if not one or sorted(names) != sorted(node.name for node in other):
        return _same_json(left, right)
    return all(equivalent_collections(left.children(name), right.children(name)) for name in dict.fromkeys(names))


# ---- order


def order(left: Collection, right: Collection, operator: str) -> int | None:
    """-1, 0 or 1 of two single items; None when one is empty or it cannot be decided."""
    one, other = single(left, operator), single(right, operator)
    if one is None or other is None:
        return None
    return order_items(one, other, operator)


def order_items(left: Any, right: Any, operator: str) -> int | None:
    """The order of two items. Raises :class:`FHIRPathError` for types that have none."""
    one, other = value_of(left), value_of(right)
    if isinstance(one, str) and isinstance(other, str):
        return (one > other) - (one < other)
    if is_number(one) and is_number(other):
        return int(one > other) - int(one < other)
    if isinstance(one, Temporal) and isinstance(other, Temporal) and isinstance(one, Time) == isinstance(other, Time):
        return compare(one, other, assume_utc=True)
    pair = _as_quantities(one, other)
    if pair is not None:
        values = units.common(*pair)
        if values is None or isinstance(values, bool):
            return None
        return (values[0] > values[1]) - (values[0] < values[1])
    if (one is None and _valueless(left)) or (other is None and _valueless(right)):
        return None
    raise FHIRPathError(f"{operator} cannot compare {describe(left)} with {describe(right)}")


def _valueless(item: Any) -> bool:
    """A primitive or quantity that has no value: its comparison is empty."""
    return isinstance(item, Node) and (item.type in PRIMITIVES or item.type in QUANTITIES)
