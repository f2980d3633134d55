"""How prices change over the term, and what the costs are worth today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from checker.checks.assured import Given
from checker.checks.pack.few import few_of_a_kind
from checker.checks.pack.figures import decimal, in_digits, rounded
from checker.checks.pack.given import of_section
from checker.checks.pack.price_model import net, net_of_year, paid, years_of
from checker.checks.pack.said import by_key, lacking
from checker.model.registry import check
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_STAYS = "none"


class ChangeParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``tolerance``: so much may an amount differ."""

    tolerance: str = "0.01"


@check(
    "prices.change-within-a-cap",
    params=ChangeParams,
    needs=lambda p, settings: [of_section("pricing")],
    source="docs/policy.md#prices-change-within-a-cap",
)
@few_of_a_kind
def change_within_a_cap(ev: EvidenceView, p: ChangeParams) -> Iterator[Statement]:
    """Indexation has a formula, a cap and a notice, and the total in the worst case is shown, and right.

    The worst case: from ``from-year`` on prices of the categories that ``applies-to`` names rise by the cap each year.
    Each year, or only the sum, may be rounded to the penny. Where prices stay (``index: none``), it is the total.

    Good: CPI, at most 4 % a year, 60 days before. Bad: RPI without a cap.
    """
    found = by_key(ev, "pricing", "term", "lines", "indexation")
    if isinstance(found, Undecided):
        yield found
        return
    if not found.facts["lines"]:
        yield found.undecided("the price model has no line")
        return
    rule, place = found.facts["indexation"], "pricing indexation"
    if rule["index"] == _STAYS:
        yield from lacking(found, rule, ("worst-case",), place)
        real = net(paid(found.facts["lines"]))
        yield from _worst(found, rule, (real, real), Decimal(p.tolerance))
        yield Examined(what="prices that stay", evidence=found.evidence)
        return
    yield from lacking(found, rule, ("formula", "cap-percent", "notice-days", "from-year", "worst-case"), place)
    if "cap-percent" in rule and "from-year" in rule:
        yield from _worst(found, rule, _at_the_cap(found.facts, rule), Decimal(p.tolerance))
    yield Examined(what="indexation", evidence=found.evidence)


def _at_the_cap(model: Mapping[str, Any], rule: Mapping[str, Any]) -> tuple[Decimal, Decimal]:
    """The total if prices rise by the cap: each year rounded, and the sum alone."""
    growth = 1 + decimal(rule["cap-percent"]) / 100
    start, named = int(rule["from-year"]), rule.get("applies-to")
    by_year, exact = Decimal(0), Decimal(0)
    for year in years_of(model["term"]):
        lines = [one for one in paid(model["lines"]) if int(one["year"]) == year]
        rising = [one for one in lines if not named or one["category"] in named]
        factor = growth ** max(0, year - start + 1)
        real = net(lines) - net(rising) + net(rising) * factor
        by_year, exact = by_year + rounded(real), exact + real
    return by_year, rounded(exact)


def _worst(found: Given, rule: Mapping[str, Any], real: tuple[Decimal, Decimal], bound: Decimal) -> Iterator[Finding]:
    if "worst-case" in rule and all(abs(decimal(rule["worst-case"]) - one) > bound for one in real):
        message = "The total in the worst case is another."
        yield found.finding(message, in_digits(rounded(real[0])), rule["worst-case"], "pricing indexation worst-case")


class RateParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``rates``: percent a year that need no reason. ``tolerance``: so much may an amount differ."""

    rates: tuple[str, ...] = ("3.5", "1.5")
    tolerance: str = "0.01"


@check(
    "cost.present-value-reproduces",
    params=RateParams,
    needs=lambda p, settings: [of_section("pricing")],
    source="https://www.gov.uk/government/publications/the-green-book-appraisal-and-evaluation-in-central-government",
)
@few_of_a_kind
def present_value_reproduces(ev: EvidenceView, p: RateParams) -> Iterator[Statement]:
    """The present value of the costs follows from the declared rate and the base year.

    The net sum of each year over (1 + rate) to the years since the base year. Each year, or only the sum, may be
    rounded. A rate that is not one of ``rates`` has a reason.

    Good: 3.5 %, year 1 not discounted. Bad: a present value that is the plain sum.
    """
    found = by_key(ev, "pricing", "term", "lines", "discounting")
    if isinstance(found, Undecided):
        yield found
        return
    rule, place = found.facts["discounting"], "pricing discounting"
    rate, base = decimal(rule["rate-percent"]), int(rule["base-year"])
    if rate not in [Decimal(one) for one in p.rates] and not rule.get("rate-reason"):
        message = "The rate is another than that of the Green Book, and why is not said."
        yield found.finding(message, " or ".join(p.rates), rule["rate-percent"], place)
    if base not in (0, 1):
        yield found.finding("The base year is neither 0 nor 1.", "0 or 1", rule["base-year"], place)
        return
    if not found.facts["lines"]:
        yield found.undecided("the price model has no line")
        return
    by_year, exact = Decimal(0), Decimal(0)
    for year in years_of(found.facts["term"]):
        real = net_of_year(found.facts["lines"], year) / (1 + rate / 100) ** (year - base)
        by_year, exact = by_year + rounded(real), exact + real
    said = decimal(rule["present-value"])
    if all(abs(said - one) > Decimal(p.tolerance) for one in (by_year, rounded(exact))):
        yield found.finding("The present value is another.", in_digits(by_year), rule["present-value"], place)
    yield Examined(what="present value", evidence=found.evidence)
