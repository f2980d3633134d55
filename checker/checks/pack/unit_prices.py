"""Unit prices: is everything that is counted priced, whatever its volume, and can it be laid beside another bid?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from checker.checks.assured import Given
from checker.checks.pack.few import few_of_a_kind
from checker.checks.pack.figures import decimal, in_digits
from checker.checks.pack.given import of_section
from checker.checks.pack.price_model import UNCOUNTED, graduated, paid, price_at
from checker.checks.pack.said import by_key, lacking, off
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_BOUND = Decimal("0.01")


@check(
    "prices.every-metric-is-priced",
    needs=lambda p, settings: [of_section("pricing")],
    source="docs/policy.md#everything-that-is-counted-has-a-price",
)
@few_of_a_kind
def every_metric_is_priced(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every metric has a unit price or tiers without a gap, what more costs is said, and lines charge that price.

    Tiers may meet in one figure (to 1000, from 1000) or follow on each other (to 999, from 1000). More than was agreed
    is priced where the last tier has no end, or by ``overage``. What is fixed or paid by the day does not
    grow by itself.

    Good: to 999 96.00, from 1000 84.00, overage 84.00. Bad: tiers to 999 and from 1100; users without overage.
    """
    found = by_key(ev, "pricing", "lines", "metrics")
    if isinstance(found, Undecided):
        yield found
        return
    metrics = {one["id"]: one for one in found.facts["metrics"]}
    if not metrics:
        yield found.undecided("the section 'pricing' has no metric")
        return
    for one in metrics.values():
        yield from _priced(found, one)
    for line in paid(found.facts["lines"]):
        name, place = line.get("metric"), f"pricing lines {line['id']}"
        if name is None:
            continue
        if name not in metrics:
            yield found.finding("The metric of a line has no price list.", "one of pricing metrics", name, place)
        elif "unit-price" in line and "quantity" in line:
            yield from _as_listed(found, metrics[name], line, place)
    yield Examined(what="metrics of the price list", evidence=found.evidence, count=len(metrics))


def _as_listed(found: Given, metric: Mapping[str, Any], line: Mapping[str, Any], place: str) -> Iterator[Statement]:
    """What a line charges, held against the list: by the tier of its quantity, or part by part where that is so."""
    quantity = decimal(line["quantity"])
    message = "A line charges another price than the list has for its quantity."
    if metric.get("tier-mode") == "graduated":
        summed = graduated(metric, quantity)
        if summed is not None:
            yield from off(found, line["total"], summed, _BOUND, message, place)
        return
    listed = price_at(metric, quantity)
    if listed is not None and listed != decimal(line["unit-price"]):
        yield found.finding(message, in_digits(listed), line["unit-price"], place)
    elif listed is None and metric.get("tiers") and quantity != 0:
        unknown = f"{place}: no tier of {metric['id']} holds its quantity, so its price is for a person"
        yield found.undecided(unknown, Reason.HUMAN)


def _priced(found: Given, one: Mapping[str, Any]) -> Iterator[Finding]:
    place, tiers = f"pricing metrics {one['id']}", one.get("tiers") or []
    if not tiers and "unit-price" not in one:
        yield found.finding("What is counted has no price.", "a unit price or tiers", "none", place)
    if tiers:
        yield from lacking(found, one, ("tier-mode",), place)
        yield from _without_gap(found, tiers, place)
    open_end = bool(tiers) and "to" not in tiers[-1]
    if one["unit"] not in UNCOUNTED and not open_end and "unit-price" not in one.get("overage", {}):
        yield found.finding("What more than agreed costs is not said.", "the unit price of overage", "none", place)


def _without_gap(found: Given, tiers: list[Mapping[str, str]], place: str) -> Iterator[Finding]:
    if decimal(tiers[0]["from"]) > 1:
        yield found.finding("The tiers do not begin at the beginning.", "from 0 or 1", tiers[0]["from"], place)
    for before, after in pairwise(tiers):
        if "to" not in before:
            message = "A tier without an end stands before another."
            yield found.finding(message, "an end", f"from {before['from']}", place)
        elif decimal(after["from"]) - decimal(before["to"]) not in (0, 1):
            said = f"to {before['to']}, from {after['from']}"
            yield found.finding("The tiers leave a gap, or overlap.", "each begins where the last ends", said, place)
    for tier in tiers:
        if "to" in tier and decimal(tier["to"]) < decimal(tier["from"]):
            said = f"from {tier['from']} to {tier['to']}"
            yield found.finding("A tier ends before it begins.", "from below to", said, place)


@check(
    "prices.can-be-laid-side-by-side",
    needs=lambda p, settings: [of_section("pricing")],
    source="docs/policy.md#prices-can-be-laid-side-by-side",
)
@few_of_a_kind
def can_be_laid_side_by_side(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The list of unit prices can be laid beside that of another bid.

    Each metric says what one of it is, for which time, in prices of which year, without VAT or with, and what is in the
    price; VAT and year are the same throughout; no price rises with the quantity unless it says why; and every line of
    more than one piece names its metric, so that no unit price stands outside the list.

    Good: user, a year, without VAT, prices of 2026. Bad: half of the list with VAT; 84.00 below 1000 and 96.00 above.
    """
    found = by_key(ev, "pricing", "lines", "metrics")
    if isinstance(found, Undecided):
        yield found
        return
    metrics = found.facts["metrics"]
    if not metrics:
        yield found.undecided("the section 'pricing' has no metric")
        return
    for one in metrics:
        place = f"pricing metrics {one['id']}"
        yield from lacking(found, one, ("what", "per", "vat", "price-year", "includes"), place)
        yield from _monotone(found, one, place)
    for name, words in (("vat", "VAT"), ("price-year", "the year of the prices")):
        said = sorted({one[name] for one in metrics if name in one})
        if len(said) > 1:
            message = f"The list is not of one kind: {words} is not the same throughout."
            yield found.finding(message, "one", ", ".join(said), f"pricing metrics {name}")
    for line in paid(found.facts["lines"]):
        if "metric" not in line and "unit-price" in line and decimal(line.get("quantity", "0")) > 1:
            message = "A line of several pieces names no metric, so its unit price is not in the list."
            yield found.finding(message, "a metric", "none", f"pricing lines {line['id']}")
    yield Examined(what="metrics, for comparison", evidence=found.evidence, count=len(metrics))


def _monotone(found: Given, one: Mapping[str, Any], place: str) -> Iterator[Finding]:
    prices: list[Decimal] = [decimal(tier["unit-price"]) for tier in one.get("tiers") or []]
    if any(later > before for before, later in pairwise(prices)) and not one.get("rises-because"):
        said = ", ".join(map(in_digits, prices[:6]))
        yield found.finding("One costs more where more is bought.", "falling prices, or why not", said, place)
