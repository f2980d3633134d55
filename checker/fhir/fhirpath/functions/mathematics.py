"""Mathematical functions. What is out of range or undefined is empty.

Source: FHIRPath N1 §5.7
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from typing import TYPE_CHECKING, Any

from checker.fhir.fhirpath.arithmetic import in_range, limited
from checker.fhir.fhirpath.ast import Function
from checker.fhir.fhirpath.conversion import INTEGERS, Collection, describe, is_number, single, value_of
from checker.fhir.fhirpath.errors import FHIRPathError
from checker.fhir.fhirpath.values import Quantity
from checker.fhir.instance import Node

if TYPE_CHECKING:
    from checker.fhir.fhirpath.interpreter import Scope


def _number(collection: Collection, what: str) -> Any:
    item = single(collection, what)
    if item is None:
        return None
    value = value_of(item)
    if is_number(value):
        return value
    if value is None and isinstance(item, Node) and item.type in INTEGERS | {"decimal"}:
        return None
    raise FHIRPathError(f"{what} takes a number, not {describe(item)}")


def _of_number(function: Callable[[Any], Any]) -> Callable[[Function, Collection, Scope], Collection]:
    def call(call: Function, focus: Collection, scope: Scope) -> Collection:
        value = _number(focus, f"{call.name}()")
        return [] if value is None else _guarded(function, value)

    return call


def _with_number(function: Callable[[Any, Any], Any]) -> Callable[[Function, Collection, Scope], Collection]:
    def call(call: Function, focus: Collection, scope: Scope) -> Collection:
        value = _number(focus, f"{call.name}()")
        other = _number(scope.argument(call.arguments[0]), f"{call.name}()")
        return [] if value is None or other is None else _guarded(function, value, other)

    return call


def _guarded(function: Callable[..., Any], *values: Any) -> Collection:
    try:
        result = function(*values)
    except (DecimalException, OverflowError):
        return []
    result = None if result is None else in_range(result)
    return [] if result is None else [result]


def _abs(call: Function, focus: Collection, scope: Scope) -> Collection:
    item = single(focus, "abs()")
    value = value_of(item)
    if isinstance(value, Quantity):
        return [Quantity(abs(value.value), value.unit, calendar=value.calendar)]
    number = _number(focus, "abs()")
    return [] if number is None else [abs(number)]


def _ceiling(value: Any) -> int:
    return int(Decimal(value).to_integral_value("ROUND_CEILING"))


def _floor(value: Any) -> int:
    return int(Decimal(value).to_integral_value("ROUND_FLOOR"))


def _round(call: Function, focus: Collection, scope: Scope) -> Collection:
    value = _number(focus, "round()")
    places = scope.number(call.arguments[0], "round()") if call.arguments else 0
    if value is None or places is None:
        return []
    if places < 0:
        raise FHIRPathError("round() takes no negative precision")
    if places > 28 or isinstance(value, int):
        return [Decimal(value)]
    return _guarded(lambda: Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def _exp(value: Any) -> Decimal | None:
    return limited(Decimal(value).exp()) if value < 100 else None


def _ln(value: Any) -> Decimal | None:
    return limited(Decimal(value).ln()) if value > 0 else None


def _log(value: Any, base: Any) -> Decimal | None:
    if value <= 0 or base <= 0 or base == 1:
        return None
    return limited(Decimal(value).ln() / Decimal(base).ln())


def _sqrt(value: Any) -> Decimal | None:
    return limited(Decimal(value).sqrt()) if value >= 0 else None


def _power(value: Any, exponent: Any) -> Any:
    if isinstance(value, int) and isinstance(exponent, int) and exponent >= 0:
        if abs(value) > 1 and exponent > 128:
            return None
        return value ** (exponent if abs(value) > 1 else min(exponent, 2 + exponent % 2))
    if value < 0 and exponent != int(exponent):
        return None
    if value == 0 and exponent < 0:
        return None
    return limited(Decimal(value) ** Decimal(exponent))


FUNCTIONS = {
    "abs": (_abs, 0, 0),
    "ceiling": (_of_number(_ceiling), 0, 0),
    "floor": (_of_number(_floor), 0, 0),
    "truncate": (_of_number(int), 0, 0),
    "round": (_round, 0, 1),
    "exp": (_of_number(_exp), 0, 0),
    "ln": (_of_number(_ln), 0, 0),
    "log": (_with_number(_log), 1, 1),
    "sqrt": (_of_number(_sqrt), 0, 0),
    "power": (_with_number(_power), 1, 1),
}
