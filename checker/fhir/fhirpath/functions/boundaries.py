"""``lowBoundary``, ``highBoundary``, ``precision`` and ``comparable``.

A precision counts the digits after the point for numbers, and the digits written for dates and times
(8 for a full date, 17 for a date and time with milliseconds).

Source: FHIRPath 2.1, http://hl7.org/fhirpath/#boundary-functions
"""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext
from typing import TYPE_CHECKING, Any

from checker.fhir.fhirpath import units
from checker.fhir.fhirpath.ast import Function
from checker.fhir.fhirpath.conversion import Collection, describe, is_number, single, value_of
from checker.fhir.fhirpath.errors import FHIRPathError
from checker.fhir.fhirpath.temporal import Date, DateTime, Temporal, Time, days_in_month
from checker.fhir.fhirpath.values import Quantity
from checker.fhir.instance import Node

if TYPE_CHECKING:
    from checker.fhir.fhirpath.interpreter import Scope

_MAX_PLACES = 31
_DATE_DIGITS = {4: 1, 6: 2, 8: 3}
_DATE_TIME_DIGITS = {**_DATE_DIGITS, 10: 4, 12: 5, 14: 6, 17: 6}
_TIME_DIGITS = {2: 1, 4: 2, 6: 3, 9: 3}


def _boundary(call: Function, focus: Collection, scope: Scope) -> Collection:
    high = call.name == "highBoundary"
    item = single(focus, f"{call.name}()")
    if item is None:
        return []
    places = None
    if call.arguments:
        places = scope.number(call.arguments[0], f"{call.name}()")
        if places is None:
            return []
    value = value_of(item)
    found: Any = None
    if is_number(value):
        found = decimal_boundary(Decimal(value), places, high)
    elif isinstance(value, Quantity):
        number = decimal_boundary(value.value, places, high)
        found = None if number is None else Quantity(number, value.unit, calendar=value.calendar)
    elif isinstance(value, Temporal):
        found = temporal_boundary(value, places, high)
    elif value is not None or not isinstance(item, Node):
        raise FHIRPathError(f"{call.name}() does not take {describe(item)}")
    return [] if found is None else [found]


def decimal_boundary(value: Decimal, places: int | None, high: bool) -> Decimal | None:
    """The least or greatest number that is written so, to a number of places (8 by default)."""
    places = 8 if places is None else places
    exponent = value.as_tuple().exponent
    if not 0 <= places <= _MAX_PLACES or not isinstance(exponent, int):
        return None
    with localcontext() as context:
        context.prec = 80
        half = Decimal(5).scaleb(min(exponent, 0) - 1)
        away = high != bool(value.is_signed())  # the bound that lies farther from zero
        size = abs(value) + half if away else abs(abs(value) - half)
        if not value:
            size = half
            away = True
            value = Decimal(1 if high else -1)
        if size.adjusted() > 28:
            return None
        step = Decimal(1).scaleb(-places)
        size = size.quantize(step, ROUND_HALF_UP if away else ROUND_DOWN)
        return size.copy_negate() if value.is_signed() else size


def temporal_boundary(value: Temporal, digits: int | None, high: bool) -> Temporal | None:
    """The first or last instant that a partial date or time may mean, to a precision in digits."""
    if isinstance(value, Time):
        digits = 9 if digits is None else digits
        return _time_boundary(value, digits, high) if digits in _TIME_DIGITS else None
    table = _DATE_DIGITS if isinstance(value, Date) else _DATE_TIME_DIGITS
    digits = (8 if isinstance(value, Date) else 17) if digits is None else digits
    if digits not in table:
        return None
    year, month = (*value.parts, 12 if high else 1)[:2]
    day = value.parts[2] if len(value.parts) > 2 else days_in_month(year, month) if high else 1
    if digits <= 8:
        return type(value)((year, month, day)[: table[digits]])
    clock = _clock(value.parts[3:], high)
    offset = value.offset if value.offset is not None else -12 * 60 if high else 14 * 60
    fraction = _milliseconds(value, len(value.parts) > 5, high) if digits == 17 else ""
    return DateTime((year, month, day, *clock)[: table[digits]], fraction, offset)


def _clock(parts: tuple[int, ...], high: bool) -> tuple[int, ...]:
    if len(parts) == 1:  # an hour alone is no FHIR time: it is read as the full hour
        parts = (*parts, 0)
    return (*parts, *((23, 59, 59) if high else (0, 0, 0))[len(parts) :])


def _milliseconds(value: Temporal, stated: bool, high: bool) -> str:
    if stated and value.fraction:
        return value.fraction[:3].ljust(3, "9" if high else "0")
    return "999" if high else "000"


def _time_boundary(value: Time, digits: int, high: bool) -> Time:
    clock = (*value.parts, *((23, 59, 59) if high else (0, 0, 0))[len(value.parts) :])
    fraction = _milliseconds(value, len(value.parts) > 2, high) if digits == 9 else ""
    return Time(clock[: _TIME_DIGITS[digits]], fraction)


def _precision(call: Function, focus: Collection, scope: Scope) -> Collection:
    item = single(focus, "precision()")
    value = value_of(item)
    if value is None:
        return []
    if is_number(value):
        exponent = Decimal(value).as_tuple().exponent
        return [max(0, -exponent)] if isinstance(exponent, int) else []
    if isinstance(value, Time):
        return [2 * len(value.parts) + len(value.fraction)]
    if isinstance(value, Temporal):
        return [2 + 2 * len(value.parts) + len(value.fraction)]
    raise FHIRPathError(f"precision() does not take {describe(item)}")


def _comparable(call: Function, focus: Collection, scope: Scope) -> Collection:
    one = value_of(single(focus, "comparable()"))
    other = value_of(single(scope.argument(call.arguments[0]), "comparable()"))
    if one is None or other is None:
        return []
    if not isinstance(one, Quantity) or not isinstance(other, Quantity):
        raise FHIRPathError("comparable() takes quantities")
    return [isinstance(units.common(one, other), tuple)]


FUNCTIONS = {
    "lowBoundary": (_boundary, 0, 1),
    "highBoundary": (_boundary, 0, 1),
    "precision": (_precision, 0, 0),
    "comparable": (_comparable, 1, 1),
}
