"""The mathematical operators, of numbers, texts, quantities, dates and times.

Source: FHIRPath N1 §6.6 (math), §6.7 (date/time arithmetic)
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from typing import Any

from checker.fhir.fhirpath import units
from checker.fhir.fhirpath.conversion import (
    PRIMITIVES,
    QUANTITIES,
    Collection,
    describe,
    is_number,
    single,
    value_of,
)
from checker.fhir.fhirpath.errors import FHIRPathError
from checker.fhir.fhirpath.temporal import Date, Temporal, Time, add
from checker.fhir.fhirpath.values import CALENDAR, Quantity
from checker.fhir.instance import Node

_LEAST, _GREATEST = -(2**31), 2**31 - 1
_STEP = Decimal("0.00000001")
_UCUM_TIME = {"wk": "week", "d": "day", "h": "hour", "min": "minute", "s": "second", "ms": "millisecond"}


def calculate(operator: str, left: Collection, right: Collection) -> Collection:
    """One of ``+ - * / div mod``: empty when an operand is, or when the result is out of range or undefined."""
    one, other = single(left, operator), single(right, operator)
    if one is None or other is None:
        return []
    first, second = value_of(one), value_of(other)
    if _blank(one, first) or _blank(other, second):
        return []
    try:
        result = _calculate(operator, first, second)
    except (DecimalException, OverflowError):
        return []
    if result is NotImplemented:
        raise FHIRPathError(f"{operator} does not take {describe(one)} and {describe(other)}")
    return [] if result is None else [in_range(result)] if in_range(result) is not None else []


def _blank(item: Any, value: Any) -> bool:
    return value is None and isinstance(item, Node) and (item.type in PRIMITIVES or item.type in QUANTITIES)


def in_range(value: Any) -> Any:
    """The value, or None when it is a number beyond what the system types hold."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if _LEAST <= value <= _GREATEST else None
    if isinstance(value, Decimal):
        return value if value.is_finite() and abs(value) < Decimal(10) ** 28 else None
    return value


def _calculate(operator: str, one: Any, other: Any) -> Any:
    if is_number(one) and is_number(other):
        return _NUMBERS[operator](one, other)
    if isinstance(one, str) and isinstance(other, str) and operator == "+":
        return one + other
    if isinstance(one, Temporal) and operator in "+-":
        return _move(one, other, 1 if operator == "+" else -1) if isinstance(other, Quantity) else NotImplemented
    if isinstance(one, Quantity) and is_number(other):
        other = Quantity(Decimal(other), "1")
    elif isinstance(other, Quantity) and is_number(one):
        one = Quantity(Decimal(one), "1")
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        if operator in "+-":
            return _sum(one, other, 1 if operator == "+" else -1)
        if operator in "*/":
            return _product(one, other, 1 if operator == "*" else -1)
    return NotImplemented


def _divide(one: Any, other: Any) -> Decimal | None:
    return limited(Decimal(one) / Decimal(other)) if other else None


def limited(value: Decimal) -> Decimal:
    """A computed decimal rounded to the eight places that the type has."""
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -8 and abs(value) < Decimal(10) ** 18:
        value = value.quantize(_STEP, ROUND_HALF_UP)
        return value.normalize() if value == value.to_integral_value() and abs(value) < 10**8 else value
    return value


def _whole(one: Any, other: Any) -> int | None:
    if not other:
        return None
    if isinstance(one, int) and isinstance(other, int):
        result = abs(one) // abs(other)
        return result if (one < 0) == (other < 0) else -result
    return int(Decimal(one) / Decimal(other))


def _rest(one: Any, other: Any) -> Any:
    if not other:
        return None
    if isinstance(one, int) and isinstance(other, int):
        rest = abs(one) % abs(other)
        return -rest if one < 0 else rest
    return Decimal(one) % Decimal(other)


_NUMBERS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "/": _divide,
    "div": _whole,
    "mod": _rest,
}


def _sum(one: Quantity, other: Quantity, sign: int) -> Quantity | None:
    """In the finer of the two units."""
    if one.unit == other.unit and bool(one.calendar) == bool(other.calendar):
        return Quantity(one.value + sign * other.value, one.unit, calendar=one.calendar)
    scales = units.common(Quantity(Decimal(1), one.unit, calendar=one.calendar), Quantity(Decimal(1), other.unit,
                          calendar=other.calendar))  # fmt: skip
    if scales is None or isinstance(scales, bool):
        return None
    finer = one if scales[0] <= scales[1] else other
    word = finer.unit if not finer.calendar else finer.unit + "s"
    first, second = units.convert(one, word), units.convert(other, word)
    if first is None or second is None:
        return None
    return Quantity(first.value + sign * second.value, finer.unit, calendar=finer.calendar)


def _product(one: Quantity, other: Quantity, sign: int) -> Quantity | None:
    if sign < 0 and not other.value:
        return None
    value = one.value * other.value if sign > 0 else limited(one.value / other.value)
    if other.unit == "1" and not other.calendar:
        return Quantity(value, one.unit, calendar=one.calendar)
    if one.unit == "1" and sign > 0:
        return Quantity(value, other.unit, calendar=other.calendar)
    if one.unit == other.unit and sign < 0:
        return Quantity(value, "1")
    unit = units.combined(units.ucum_unit(one), units.ucum_unit(other), sign)
    if unit is None:
        return None
    factor = Decimal(unit[0].numerator) / Decimal(unit[0].denominator)
    return Quantity(value * factor if unit[0] != 1 else value, unit[1])


def _move(value: Temporal, amount: Quantity, sign: int) -> Temporal | None:
    unit: str | None
    number = amount.value
    if amount.calendar or amount.unit in CALENDAR:
        unit = CALENDAR.get(amount.unit)
    elif amount.calendar is None:
        unit = {"a": "year", "mo": "month"}.get(amount.unit)
    else:
        unit = _UCUM_TIME.get(amount.unit)
        number = Decimal(int(number))
    if unit is None or (isinstance(value, Time) and unit in ("year", "month", "week", "day")):
        kind = type(value).__name__
        raise FHIRPathError(f"{amount} cannot be added to a {kind}: it is no duration of the calendar that fits")
    if isinstance(value, Date) and unit in ("hour", "minute", "second", "millisecond"):
        number = Decimal(int(number))
    return add(value, sign * number, unit)


def negated(value: Any) -> Any:
    """``-x``; NotImplemented when it is no number or quantity."""
    if is_number(value):
        return -value
    if isinstance(value, Quantity):
        return Quantity(-value.value, value.unit, calendar=value.calendar)
    return NotImplemented
