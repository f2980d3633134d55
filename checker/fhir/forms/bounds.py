"""The limits that an element sets to a value: greatest length, least and greatest value.

Dates are compared as far as both say: 2026-03 is not less than 2026-03-15. A limit that is a duration counts from the
day of validation. Quantities are compared in the same unit, or in units
of UCUM that measure the same.

Source: http://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.minValue_x_
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from checker.fhir.definitions.ir import Element, TypedValue
from checker.fhir.forms.lexical import CHECKS
from checker.fhir.forms.quoted import numeral
from checker.fhir.instance import Node
from checker.fhir.validation.issue import Severity
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run

_ELEMENT = "http://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition."

TOO_LONG = rule(
    "primitive-max-length",
    "error",
    "invalid",
    title="A text is longer than its element allows",
    why="The receiver has room for so many characters: the rest would be cut.",
    fix="Shorten the text.",
    source=_ELEMENT + "maxLength",
)
TOO_SMALL = rule(
    "primitive-minimum",
    "error",
    "invalid",
    title="A value is below the least that is allowed",
    why="The definition rules such a value out: it is wrong, or in the wrong unit.",
    fix="Check the value and its unit.",
    source=_ELEMENT + "minValue_x_",
)
TOO_GREAT = rule(
    "primitive-maximum",
    "error",
    "invalid",
    title="A value is above the greatest that is allowed",
    why="The definition rules such a value out: it is wrong, or in the wrong unit.",
    fix="Check the value and its unit.",
    source=_ELEMENT + "maxValue_x_",
)
OTHER_UNIT = rule(
    "quantity-limit-unit",
    "warning",
    "invalid",
    title="A quantity in another unit than its limit",
    why="Whether it is within the limit cannot be told; where the unit measures something else, it is wrong (error).",
    fix="Give the quantity in the unit of the limit, with system and code.",
    source=_ELEMENT + "minValue_x_",
)

_UNIT = ("system", "code", "currency")
_DIGITS = 400
_UCUM = "http://unitsofmeasure.org"
_DAY = timedelta(days=1)
_MOMENTS = frozenset({"date", "dateTime", "instant"})
_QUANTITIES = frozenset({"Quantity", "Age", "Count", "Distance", "Duration", "Money", "SimpleQuantity"})

Range = tuple[Any, Any]
"""The first and the last value that is meant."""


def check(run: Run, node: Node, element: Element) -> None:
    """Check a primitive or a Quantity against maxLength, minValue and maxValue of the element."""
    value = node.value
    if value is None:
        return
    if element.max_length and isinstance(value, str) and len(value) > element.max_length:
        message = f"The text has {len(value):,} characters; {element.max_length:,} are allowed here"
        size = f"{len(value)} characters"
        run.report(TOO_LONG, node, message, by=element, found=size, allowed=f"at most {element.max_length} characters")
    for limit, sign in ((element.min_value, 1), (element.max_value, -1)):
        if limit is not None:
            _compare(run, node, element, limit, sign)


def _compare(run: Run, node: Node, element: Element, limit: TypedValue, sign: int) -> None:
    if limit.type in _QUANTITIES and isinstance(limit.value, dict):
        if node.type in _MOMENTS:
            _relative(run, node, element, limit.value, sign)
        else:
            _quantity(run, node, element, limit.value, sign)
        return
    mine, other = _range(node.type, node.value), _range(limit.type, limit.value)
    if mine is None or other is None:
        return
    if node.type in _MOMENTS and (_timed(node.value) != _timed(limit.value)):
        mine = (_moved(mine[0], -_DAY), _moved(mine[1], _DAY))  # a day elsewhere in the world
    if type(mine[0]) is type(other[0]):
        _judge(run, node, element, mine, other, sign, numeral(node.value), numeral(limit.value))


def _judge(
    run: Run, node: Node, element: Element, mine: Range, other: Range, sign: int, found: str, limit: str
) -> None:
    if sign > 0 and mine[1] < other[0]:
        said = f"{found} is less than the least allowed, {limit}"
        run.report(TOO_SMALL, node, said, by=element, found=found, allowed=f"at least {limit}")
    elif sign < 0 and mine[0] > other[1]:
        said = f"{found} is more than the greatest allowed, {limit}"
        run.report(TOO_GREAT, node, said, by=element, found=found, allowed=f"at most {limit}")


def _relative(run: Run, node: Node, element: Element, quantity: dict[str, Any], sign: int) -> None:
    today = run.options.today
    mine = _range(node.type, node.value)
    if today is None or mine is None:
        return
    amount, unit = _number(quantity.get("value")), quantity.get("code") or quantity.get("unit")
    edge = _shifted(today, amount, unit, -sign) if amount is not None else None
    if edge is None:
        run.problem(element.structure, f"the limit {amount} {unit} is not understood", element.id)
        return
    moment = datetime(edge.year, edge.month, edge.day)
    _judge(run, node, element, mine, (moment - _DAY, moment + 2 * _DAY), sign, numeral(node.value), edge.isoformat())


def _shifted(day: date, amount: Decimal, unit: Any, sign: int) -> date | None:
    try:
        if unit in ("a", "mo"):
            months = day.year * 12 + day.month - 1 + sign * int(amount * (12 if unit == "a" else 1))
            return date(months // 12, months % 12 + 1, min(day.day, 28))
        days = {"wk": 7, "d": 1}.get(unit) if isinstance(unit, str) else None
        return day + timedelta(days=sign * int(amount * days)) if days is not None else None
    except (ValueError, OverflowError):
        return None


def _quantity(run: Run, node: Node, element: Element, limit: dict[str, Any], sign: int) -> None:
    if not isinstance(node.value, dict):
        return
    mine, other = _number(node.value.get("value")), _number(limit.get("value"))
    if mine is None or other is None:
        return
    said = f"{numeral(other)} {limit.get('unit') or limit.get('code') or ''}".strip()
    found = f"{numeral(mine)} {node.text('unit') or node.text('code') or ''}".strip()
    unit, edge = (tuple(one.get(name) for name in _UNIT) for one in (node.value, limit))
    if unit == edge:
        _judge(run, node, element, (mine, mine), (other, other), sign, found, said)
    elif (
        unit[0] == edge[0] == _UCUM
        and isinstance(unit[1], str)
        and isinstance(edge[1], str)
        and abs(Decimal(mine).adjusted()) < _DIGITS
    ):
        from checker.fhir.terminology.ucum import comparable, converted

        same = converted(Fraction(mine), unit[1], edge[1])
        if same is not None:
            _judge(run, node, element, (same, same), (other, other), sign, found, said)
        else:
            severity: Severity = "error" if comparable(unit[1], edge[1]) is False else "warning"
            _other_unit(run, node, element, found, said, severity)
    else:
        _other_unit(run, node, element, found, said, "warning")


def _other_unit(run: Run, node: Node, element: Element, found: str, limit: str, severity: Severity) -> None:
    message = f"{found} cannot be compared with the limit {limit}: it is in another unit"
    run.report(OTHER_UNIT, node, message, by=element, severity=severity, found=found, allowed=limit)


def _range(kind: str, value: Any) -> Range | None:
    if kind in _MOMENTS:
        good = isinstance(value, str) and CHECKS[kind](value) is None
        return _moments(value) if good else None
    if kind == "time":
        return (value[:8], value) if isinstance(value, str) and CHECKS["time"](value) is None else None
    number = _number(value)
    return (number, number) if number is not None else None


def _moved(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return moment


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    made = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return made if made.is_finite() else None


def _timed(text: Any) -> bool:
    return isinstance(text, str) and "T" in text


def _moments(text: str) -> Range | None:
    """The first and last moment that a well-formed date or dateTime may mean, in UTC where it has a time."""
    try:
        if "T" in text:
            clock = text[:17] + ("59" if text[17:19] == "60" else text[17:19])
            moment = datetime.fromisoformat(clock)
            if text[-6] in "+-":
                offset = timedelta(hours=int(text[-5:-3]), minutes=int(text[-2:]))
                moment = moment - offset if text[-6] == "+" else moment + offset
            return moment, moment.replace(microsecond=999_999)
        year, month = int(text[:4]), int(text[5:7] or 12)
        first = datetime(year, int(text[5:7] or 1), int(text[8:10] or 1))
        last = datetime(year, month, int(text[8:10] or monthrange(year, month)[1]))
        return first, last.replace(hour=23, minute=59, second=59, microsecond=999_999)
    except (ValueError, OverflowError):
        return None
