"""Comparing values of an instance with fixed values and patterns of a definition.

Source: http://hl7.org/fhir/R4/elementdefinition.html#ElementDefinition.fixed_x_ and the clauses after it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

_DEPTH = 50


class Difference(msgspec.Struct, frozen=True):
    """The first place where a value is not what a definition asks: ``below`` the value, what was expected and found."""

    below: str
    expected: Any
    found: Any


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number (true and false are none)."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def same(left: Any, right: Any) -> bool:
    """Whether two JSON scalars are the same value: numbers by value (1.0 is 1.00), the rest by type too."""
    if is_number(left) and is_number(right):
        return _decimal(left) == _decimal(right)
    return type(left) is type(right) and bool(left == right)


def fixed_difference(value: Any, fixed: Any, below: str = "", depth: int = 0) -> Difference | None:
    """Where the value is not exactly the fixed value, with nothing added and nothing left out; None when it is."""
    if depth > _DEPTH:
        return Difference(below, fixed, value)
    if isinstance(fixed, dict):
        if not isinstance(value, dict):
            return Difference(below, fixed, value)
        for key in [*fixed, *(k for k in value if k not in fixed)]:
            place = _join(below, key)
            if key not in value:
                return Difference(place, fixed[key], None)
            if key not in fixed:
                return Difference(place, None, value[key])
            found = fixed_difference(value[key], fixed[key], place, depth + 1)
            if found is not None:
                return found
        return None
    if isinstance(fixed, list):
        if not isinstance(value, list) or len(value) != len(fixed):
            return Difference(below, fixed, value)
        for index, (one, other) in enumerate(zip(value, fixed, strict=True)):
            found = fixed_difference(one, other, f"{below}[{index}]", depth + 1)
            if found is not None:
                return found
        return None
    return None if same(value, fixed) else Difference(below, fixed, value)


def pattern_difference(value: Any, pattern: Any, below: str = "", depth: int = 0) -> Difference | None:
    """Where the value lacks something that the pattern has; None when it holds all of it.

    Objects need the pattern's properties and may have more; each item of a pattern's array must be matched by
    some item of the value's array.
    """
    if depth > _DEPTH:
        return Difference(below, pattern, value)
    if isinstance(pattern, dict):
        if not isinstance(value, dict):
            return Difference(below, pattern, value)
        for key, wanted in pattern.items():
            place = _join(below, key)
            if key not in value:
                return Difference(place, wanted, None)
            found = pattern_difference(value[key], wanted, place, depth + 1)
            if found is not None:
                return found
        return None
    if isinstance(pattern, list):
        if not isinstance(value, list):
            return Difference(below, pattern, value)
        for wanted in pattern:
            misses = [pattern_difference(item, wanted, f"{below}[{i}]", depth + 1) for i, item in enumerate(value)]
            if all(misses):
                # With one item the place inside it helps; with several no item is nearer than another.
                return misses[0] if len(misses) == 1 and misses[0] is not None else Difference(below, wanted, value)
        return None
    return None if same(value, pattern) else Difference(below, pattern, value)


def _decimal(value: int | float | Decimal) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(repr(value) if isinstance(value, float) else value)


def _join(below: str, key: str) -> str:
    return f"{below}.{key}" if below else key
