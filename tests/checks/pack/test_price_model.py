"""The arithmetic of prices that faults of a pack do not show: borders of tiers, years of a term."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from checker.checks.pack.price_model import first_day, graduated, last_day, net_of_year, price_at, years_of

MET: dict[str, Any] = {
    "tiers": [
        {"from": "1", "to": "100", "unit-price": "3"},
        {"from": "100", "to": "200", "unit-price": "2"},
        {"from": "201", "unit-price": "1"},
    ]
}


@pytest.mark.parametrize(
    ("quantity", "price"),
    [("0.5", "3"), ("1", "3"), ("100", "3"), ("100.5", "2"), ("200", "2"), ("201", "1"), ("1000000", "1")],
)
def test_the_lower_of_two_tiers_holds_their_border(quantity: str, price: str) -> None:
    assert price_at(MET, Decimal(quantity)) == Decimal(price)


def test_between_tiers_there_is_no_price() -> None:
    assert price_at(MET, Decimal("200.5")) is None
    assert price_at({}, Decimal(1)) is None
    assert price_at({"unit-price": "7.00"}, Decimal(1)) == 7


@pytest.mark.parametrize(("quantity", "total"), [("0", 0), ("100", 300), ("101", 302), ("200", 500), ("250", 550)])
def test_each_part_is_charged_at_the_price_of_its_own_tier(quantity: str, total: int) -> None:
    assert graduated(MET, Decimal(quantity)) == total


def test_what_lies_beyond_the_last_tier_is_not_priced() -> None:
    assert graduated({"tiers": MET["tiers"][:2]}, Decimal(201)) is None


def test_a_term_that_begins_on_a_leap_day_has_years() -> None:
    term = {"start": "2028-02-29", "years": "2"}
    assert list(years_of(term)) == [1, 2]
    assert first_day(term, 2) == date(2029, 2, 28)
    assert last_day(term) == date(2030, 2, 27)


def test_what_the_supplier_bears_is_not_in_a_year() -> None:
    lines = [
        {"id": "a", "total": "10.10", "year": "1"},
        {"id": "b", "total": "20.20", "year": "1", "bearer": "supplier"},
        {"id": "c", "total": "-0.10", "year": "01", "bearer": "buyer"},
        {"id": "d", "total": "40.40", "year": "2", "bearer": "buyer"},
    ]
    assert net_of_year(lines, 1) == Decimal("10.00")
