"""The price model of a bid as a whole: its term, its lines by year, what the buyer pays, how a metric is priced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from checker.checks.assured import months_after
from checker.checks.pack.figures import decimal
from checker.checks.pack.said import on

Line = Mapping[str, Any]
UNCOUNTED = frozenset({"fixed", "day"})
"""Units that do not grow with use."""


def paid(lines: Iterable[Line]) -> list[Line]:
    """The lines that the buyer pays; a line that does not say who pays is one."""
    return [one for one in lines if one.get("bearer", "buyer") == "buyer"]


def years_of(term: Mapping[str, Any]) -> range:
    """The years of a term, from 1: at most 50, as its schema has it."""
    return range(1, int(term["years"]) + 1)


def first_day(term: Mapping[str, Any], year: int) -> date:
    """The first day of a year of the term."""
    return months_after(on(term["start"]), 12 * (year - 1))


def last_day(term: Mapping[str, Any]) -> date:
    """The last day of the term."""
    return first_day(term, len(years_of(term)) + 1) - timedelta(days=1)


def net(lines: Iterable[Line]) -> Decimal:
    """The sum of lines."""
    return sum((decimal(one["total"]) for one in lines), Decimal(0))


def net_of_year(lines: Iterable[Line], year: int) -> Decimal:
    """What the buyer pays in a year."""
    return net(one for one in paid(lines) if int(one["year"]) == year)


def price_at(metric: Mapping[str, Any], quantity: Decimal) -> Decimal | None:
    """The price of one at a quantity; None where no tier holds it or nothing is said.

    Of two tiers that meet in one figure, the lower holds it.
    """
    tiers: Sequence[Mapping[str, str]] = metric.get("tiers") or ()
    if not tiers:
        return decimal(metric["unit-price"]) if "unit-price" in metric else None
    for tier in tiers:
        if quantity <= (decimal(tier["to"]) if "to" in tier else quantity) and quantity >= _start(tier):
            return decimal(tier["unit-price"])
    return None


def graduated(metric: Mapping[str, Any], quantity: Decimal) -> Decimal | None:
    """What a quantity costs where each part is charged at the price of its own tier; None where tiers end before."""
    rest, total, start = quantity, Decimal(0), Decimal(0)
    for tier in metric.get("tiers") or ():
        size = min(rest, decimal(tier["to"]) - start) if "to" in tier else rest
        total += max(size, Decimal(0)) * decimal(tier["unit-price"])
        rest -= max(size, Decimal(0))
        start = decimal(tier["to"]) if "to" in tier else start
    return None if rest > 0 else total


def _start(tier: Mapping[str, str]) -> Decimal:
    """From where a tier holds: what begins at 1 holds whatever is above nothing."""
    start = decimal(tier["from"])
    return Decimal(0) if start == 1 else start
