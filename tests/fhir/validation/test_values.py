from __future__ import annotations

from decimal import Decimal

import pytest

from checker.fhir.validation.values import fixed_difference, pattern_difference, same


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (Decimal("1.00"), Decimal("1.0"), True),
        (1, Decimal("1.0"), True),
        (0.1, Decimal("0.1"), True),
        (1, 2, False),
        (True, 1, False),
        (False, False, True),
        ("a", "a", True),
        ("1", 1, False),
    ],
)
def test_numbers_are_compared_by_value_and_nothing_else_is_a_number(
    left: object, right: object, expected: bool
) -> None:
    assert same(left, right) is expected


def test_a_fixed_value_allows_nothing_more_and_nothing_less() -> None:
    fixed = {"coding": [{"system": "s", "code": "c"}]}
    assert fixed_difference({"coding": [{"code": "c", "system": "s"}]}, fixed) is None
    more = fixed_difference({"coding": [{"system": "s", "code": "c", "display": "d"}]}, fixed)
    assert more is not None
    assert (more.below, more.expected, more.found) == ("coding[0].display", None, "d")
    less = fixed_difference({"coding": [{"system": "s"}]}, fixed)
    assert less is not None
    assert (less.below, less.expected) == ("coding[0].code", "c")
    assert fixed_difference({"coding": []}, fixed) is not None
    assert fixed_difference("text", fixed) is not None


def test_a_pattern_allows_more_and_its_items_match_any() -> None:
    pattern = {"coding": [{"system": "s", "code": "c"}]}
    value = {"coding": [{"system": "o", "code": "x"}, {"system": "s", "code": "c", "display": "d"}], "text": "t"}
    assert pattern_difference(value, pattern) is None
    miss = pattern_difference({"coding": [{"system": "s", "code": "x"}]}, pattern)
    assert miss is not None
    assert (miss.below, miss.expected, miss.found) == ("coding[0].code", "c", "x")
    assert pattern_difference({"text": "t"}, pattern) is not None
    assert pattern_difference({"coding": "text"}, pattern) is not None


def test_hostile_nesting_ends() -> None:
    deep: dict[str, object] = {}
    for _ in range(500):
        deep = {"a": deep}
    assert fixed_difference(deep, deep) is not None
    assert pattern_difference(deep, deep) is not None
