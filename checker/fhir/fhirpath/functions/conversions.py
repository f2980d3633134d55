"""Conversion functions: ``toX()`` and ``convertsToX()``.

Source: FHIRPath N1 §5.5
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from checker.fhir.fhirpath import units
from checker.fhir.fhirpath.arithmetic import in_range
from checker.fhir.fhirpath.ast import Function
from checker.fhir.fhirpath.conversion import Collection, is_number, single, value_of
from checker.fhir.fhirpath.temporal import (
    Date,
    DateTime,
    Temporal,
    Time,
    parse_date,
    parse_date_time,
    parse_time,
)
from checker.fhir.fhirpath.values import CALENDAR, Quantity

if TYPE_CHECKING:
    from checker.fhir.fhirpath.interpreter import Scope

_INTEGER = re.compile(r"[+-]?\d{1,30}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d{1,40}(?:\.\d{1,40})?", re.ASCII)
_QUANTITY = re.compile(r"([+-]?\d{1,40}(?:\.\d{1,40})?)\s*(?:'([^']+)'|([a-zA-Z]+))?", re.ASCII)
_TRUE = frozenset({"true", "t", "yes", "y", "1", "1.0"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "0.0"})


def to_boolean(value: Any) -> bool | None:
    """A Boolean, or None."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        word = value.lower()
        return True if word in _TRUE else False if word in _FALSE else None
    if is_number(value):
        return True if value == 1 else False if value == 0 else None
    return None


def to_integer(value: Any) -> int | None:
    """An Integer, or None."""
    if isinstance(value, bool | int):
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        found: int | None = in_range(int(value))
        return found
    return None


def to_decimal(value: Any) -> Decimal | None:
    """A Decimal, or None."""
    if isinstance(value, bool):
        return Decimal("1.0") if value else Decimal("0.0")
    if is_number(value):
        return Decimal(value)
    return Decimal(value) if isinstance(value, str) and _DECIMAL.fullmatch(value) else None


def to_string(value: Any) -> str | None:
    """A String, or None."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value) if isinstance(value, str | int | Temporal | Quantity) else None


def to_date(value: Any) -> Date | None:
    """A Date, or None."""
    if isinstance(value, Date):
        return value
    if isinstance(value, DateTime):
        return Date(value.parts[:3])
    return parse_date(value) if isinstance(value, str) else None


def to_date_time(value: Any) -> DateTime | None:
    """A DateTime, or None."""
    if isinstance(value, DateTime):
        return value
    if isinstance(value, Date):
        return DateTime(value.parts)
    return parse_date_time(value) if isinstance(value, str) else None


def to_time(value: Any) -> Time | None:
    """A Time, or None."""
    if isinstance(value, Time):
        return value
    return parse_time(value) if isinstance(value, str) else None


def to_quantity(value: Any) -> Quantity | None:
    """A Quantity, or None."""
    if isinstance(value, Quantity):
        return value
    if isinstance(value, bool):
        return Quantity(Decimal("1.0") if value else Decimal("0.0"), "1")
    if is_number(value):
        return Quantity(Decimal(value), "1")
    match = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    number, unit, word = match.groups()
    if word is not None:
        return Quantity(Decimal(number), CALENDAR[word], calendar=True) if word in CALENDAR else None
    return Quantity(Decimal(number), unit or "1")


_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "Boolean": to_boolean,
    "Integer": to_integer,
    "Decimal": to_decimal,
    "String": to_string,
    "Date": to_date,
    "DateTime": to_date_time,
    "Time": to_time,
}


def _to(call: Function, focus: Collection, scope: Scope) -> Collection:
    item = single(focus, f"{call.name}()")
    found = None if item is None else _CONVERTERS[call.name.removeprefix("to")](value_of(item))
    return [] if found is None else [found]


def _converts(call: Function, focus: Collection, scope: Scope) -> Collection:
    item = single(focus, f"{call.name}()")
    if item is None:
        return []
    return [_CONVERTERS[call.name.removeprefix("convertsTo")](value_of(item)) is not None]


def _quantity(call: Function, focus: Collection, scope: Scope) -> Quantity | None:
    item = single(focus, f"{call.name}()")
    found = None if item is None else to_quantity(value_of(item))
    if found is None or not call.arguments:
        return found
    unit = scope.text(call.arguments[0], f"{call.name}()")
    return None if unit is None else units.convert(found, unit)


def _to_quantity(call: Function, focus: Collection, scope: Scope) -> Collection:
    found = _quantity(call, focus, scope)
    return [] if found is None else [found]


def _converts_to_quantity(call: Function, focus: Collection, scope: Scope) -> Collection:
    found = _quantity(call, focus, scope)
    return [found is not None] if focus else []


FUNCTIONS = {
    **{f"to{name}": (_to, 0, 0) for name in _CONVERTERS},
    **{f"convertsTo{name}": (_converts, 0, 0) for name in _CONVERTERS},
    "toQuantity": (_to_quantity, 0, 1),
    "convertsToQuantity": (_converts_to_quantity, 0, 1),
}
