"""From an item of a collection to the system value it stands for, and from a collection to a single value.

Source: FHIRPath N1 §4.5 (singleton evaluation), §5.5 (implicit conversion);
http://hl7.org/fhir/R4/fhirpath.html#types (FHIR types and system types)
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from checker.fhir.fhirpath.errors import FHIRPathError
from checker.fhir.fhirpath.temporal import Date, DateTime, Temporal, Time, parse_date, parse_date_time, parse_time
from checker.fhir.fhirpath.values import Quantity, TypeInfo
from checker.fhir.instance import Node

Collection = list[Any]
"""Nodes and system values, in order."""

UCUM = "http://unitsofmeasure.org"
_MAX_EXPONENT = 400
STRINGS = frozenset(
    {"string", "code", "id", "uri", "url", "canonical", "oid", "uuid", "markdown", "base64Binary", "xhtml"}
)
INTEGERS = frozenset({"integer", "unsignedInt", "positiveInt"})
QUANTITIES = frozenset({"Quantity", "Age", "Count", "Distance", "Duration", "SimpleQuantity", "MoneyQuantity"})
PRIMITIVES = STRINGS | INTEGERS | {"boolean", "decimal", "date", "dateTime", "instant", "time"}


def value_of(item: Any) -> Any:
    """The system value of an item; None for a node that has none (a complex type, or no valid value)."""
    if not isinstance(item, Node):
        return item
    if item.value is None:
        return None
    reader = _READERS.get(item.type)
    return reader(item) if reader is not None else None


def _text(node: Node) -> str | None:
    return node.value if isinstance(node.value, str) else None


def _boolean(node: Node) -> bool | None:
    return node.value if isinstance(node.value, bool) else None


def _integer(node: Node) -> int | None:
    value = node.value
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _decimal(node: Node) -> Decimal | None:
    return number(node.value)


def number(value: Any) -> Decimal | None:
    """A JSON number as a Decimal; None for anything else, and for what no decimal of FHIR can be (1e999999, NaN)."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    found = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return found if found.is_finite() and abs(found.adjusted()) <= _MAX_EXPONENT else None


def _date(node: Node) -> Date | None:
    return parse_date(node.value) if isinstance(node.value, str) else None


def _date_time(node: Node) -> DateTime | None:
    return parse_date_time(node.value) if isinstance(node.value, str) else None


def _time(node: Node) -> Time | None:
    return parse_time(node.value) if isinstance(node.value, str) else None


def _quantity(node: Node) -> Quantity | None:
    holder = node.value
    value = number(holder.get("value")) if isinstance(holder, dict) else None
    if value is None or holder.get("comparator") is not None:
        return None
    code, unit = holder.get("code"), holder.get("unit")
    if holder.get("system") == UCUM and isinstance(code, str):
        return Quantity(value, code, calendar=None if code in ("a", "mo") else False)
    named = code if isinstance(code, str) else unit
    return Quantity(value, named if isinstance(named, str) else "1")


_READERS: dict[str, Callable[[Node], Any]] = {
    **dict.fromkeys(STRINGS, _text),
    **dict.fromkeys(INTEGERS, _integer),
    **dict.fromkeys(QUANTITIES, _quantity),
    "boolean": _boolean,
    "decimal": _decimal,
    "date": _date,
    "dateTime": _date_time,
    "instant": _date_time,
    "time": _time,
}


def has_value(item: Any) -> bool:
    """FHIR's ``hasValue()`` of one item: a primitive with a value, not only extensions."""
    if isinstance(item, Node):
        return item.type in PRIMITIVES and item.value is not None and not isinstance(item.value, dict | list)
    return not isinstance(item, Quantity | TypeInfo)


# ---- single values


def single(collection: Collection, what: str) -> Any:
    """The only item, or None when there is none. Raises :class:`FHIRPathError` for several."""
    if len(collection) > 1:
        raise FHIRPathError(f"{what} takes one item and is given {len(collection)}")
    return collection[0] if collection else None


def boolean(collection: Collection, what: str) -> bool | None:
    """Singleton evaluation as a Boolean: any single item that is no Boolean counts as true."""
    item = single(collection, what)
    if item is None:
        return None
    value = value_of(item)
    return value if isinstance(value, bool) else True


def strict_boolean(item: Any, what: str) -> bool:
    """The Boolean that an item must be."""
    value = value_of(item)
    if not isinstance(value, bool):
        raise FHIRPathError(f"{what} takes Booleans, not {describe(item)}")
    return value


def string(collection: Collection, what: str) -> str | None:
    """A single String, or None when empty."""
    item = single(collection, what)
    if item is None:
        return None
    value = value_of(item)
    if isinstance(value, str):
        return value
    if value is None and isinstance(item, Node) and item.type in STRINGS:
        return None  # only extensions, or a value of a wrong JSON type
    raise FHIRPathError(f"{what} takes a String, not {describe(item)}")


def integer(collection: Collection, what: str) -> int | None:
    """A single Integer, or None when empty."""
    item = single(collection, what)
    if item is None:
        return None
    value = value_of(item)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if value is None and isinstance(item, Node) and item.type in INTEGERS:
        return None
    raise FHIRPathError(f"{what} takes an Integer, not {describe(item)}")


def is_number(value: Any) -> bool:
    """Whether a system value is an Integer or a Decimal."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def describe(item: Any) -> str:
    """An item in words, for messages."""
    if isinstance(item, Node):
        return f"{item.type or 'an element of unknown type'} ({item.path})"
    return f"the {system_type(item)} {str(item)[:60]}"


def system_type(value: Any) -> str:
    """The name of the type of a system value."""
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, str):
        return "String"
    if isinstance(value, int):
        return "Integer"
    if isinstance(value, Decimal):
        return "Decimal"
    if isinstance(value, Temporal | Quantity):
        return type(value).__name__
    return "TypeInfo"
