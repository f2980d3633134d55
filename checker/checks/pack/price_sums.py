"""Do the sums of a price model hold: lines, years, total, VAT, and what of it is capital?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from checker.checks.assured import Given
from checker.checks.pack.few import few_of_a_kind
from checker.checks.pack.figures import decimal, rounded
from checker.checks.pack.given import of_section
from checker.checks.pack.price_model import Line, graduated, net, net_of_year, paid, years_of
from checker.checks.pack.said import by_key, if_said, lacking, off
from checker.model.need import Need
from checker.model.registry import check
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView


class SumParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``tolerance``: so much may an amount differ."""

    tolerance: str = "0.01"


def _needs(p: Params, settings: object) -> list[Need]:
    return [of_section("pricing")]


@check("cost.sums-hold", params=SumParams, needs=_needs, source="docs/policy.md#the-sums-of-a-price-model-hold")
@few_of_a_kind
def sums_hold(ev: EvidenceView, p: SumParams) -> Iterator[Statement]:
    """Quantity times unit price is the line, lines make the year, years the total, VAT is as declared; one currency.

    Exact arithmetic with decimals; ``tolerance`` is what an amount may differ. Lines that the supplier bears are not in
    the sums. VAT is made as ``vat`` says: of each line, of each year or of the total, rounded there.

    Good: 1200 x 84.00 = 100800.00. Bad: 1200 x 84.00 = 100080.00; a line in EUR among lines in GBP.
    """
    found = by_key(ev, "pricing", "currency", "term", "lines", "years", "total", "vat")
    if isinstance(found, Undecided):
        yield found
        return
    if not found.facts["lines"]:
        yield found.undecided("the price model has no line")
        return
    bound = Decimal(p.tolerance)
    listed = if_said(ev, "pricing", "metrics", [])
    if isinstance(listed, Undecided):
        yield listed
        return
    metrics = {one["id"]: one for one in listed}
    yield from _one_currency(found, metrics)
    for line in found.facts["lines"]:
        yield from _line(found, line, metrics, bound)
    yield from _years(found, bound)
    yield from _vat(found, bound)
    yield Examined(what="lines of the price model", evidence=found.evidence, count=len(found.facts["lines"]))


def _one_currency(found: Given, metrics: Mapping[str, Any]) -> Iterator[Finding]:
    of_model = found.facts["currency"]
    for kind, held in (("lines", found.facts["lines"]), ("metrics", metrics.values())):
        for one in held:
            if one.get("currency", of_model) != of_model:
                message = "An amount is in another currency than the model, and cannot be added."
                yield found.finding(message, of_model, one["currency"], f"pricing {kind} {one['id']}")


def _line(found: Given, line: Line, metrics: Mapping[str, Any], bound: Decimal) -> Iterator[Statement]:
    place = f"pricing lines {line['id']}"
    yield from lacking(found, line, ("bearer",), place)
    metric = metrics.get(line.get("metric", ""), {})
    if "quantity" in line and "unit-price" in line:
        real = decimal(line["quantity"]) * decimal(line["unit-price"])
        yield from off(found, line["total"], real, bound, "Quantity times unit price is not the line.", place)
    elif "quantity" in line and metric.get("tier-mode") == "graduated":
        summed = graduated(metric, decimal(line["quantity"]))
        if summed is None:
            yield found.finding("No tier holds the quantity.", "a price for it", line["quantity"], place)
        else:
            yield from off(found, line["total"], summed, bound, "The tiers do not make the line.", place)
    else:
        message = "How the line is made is not said."
        yield found.finding(message, "quantity and unit price, or graduated tiers", "a total alone", place)


def _years(found: Given, bound: Decimal) -> Iterator[Finding]:
    lines, of_term = found.facts["lines"], years_of(found.facts["term"])
    declared = {int(one["year"]): one for one in found.facts["years"]}
    used = {int(one["year"]) for one in lines}
    for year in sorted({*of_term, *used, *declared}):
        place = f"pricing years {year}"
        if year not in of_term:
            yield found.finding("A year lies outside the term.", f"1 to {len(of_term)}", str(year), place)
        elif year not in declared:
            yield found.finding("A year of the term has no sum.", "its net sum", "missing", place)
        else:
            real = net_of_year(lines, year)
            yield from off(found, declared[year]["net"], real, bound, "The lines do not make the year.", place)
    summed = sum((decimal(one["net"]) for one in found.facts["years"]), Decimal(0))
    message = "The years do not make the total."
    yield from off(found, found.facts["total"]["net"], summed, bound, message, "pricing total net")


def _vat(found: Given, bound: Decimal) -> Iterator[Finding]:
    rule, total = found.facts["vat"], found.facts["total"]
    lines = paid(found.facts["lines"])
    exact = {one["id"]: decimal(one["total"]) * _rate(one, rule) / 100 for one in lines}
    if rule["rounded-on"] == "line":
        exact = {name: rounded(one) for name, one in exact.items()}
    for year in found.facts["years"]:
        place = f"pricing years {year['year']}"
        real = sum((exact[one["id"]] for one in lines if int(one["year"]) == int(year["year"])), Decimal(0))
        yield from _with_vat(found, year, rounded(real), bound, place)
    real = sum(exact.values(), Decimal(0))
    if rule["rounded-on"] == "year":
        by_year = [int(one["year"]) for one in lines]
        real = Decimal(0)
        for number in sorted(set(by_year)):
            real += rounded(sum((exact[one["id"]] for one in lines if int(one["year"]) == number), Decimal(0)))
    yield from _with_vat(found, total, rounded(real), bound, "pricing total")


def _rate(line: Line, rule: Mapping[str, Any]) -> Decimal:
    return decimal(line.get("vat-percent", rule["percent"]))


def _with_vat(found: Given, one: Mapping[str, Any], vat: Decimal, bound: Decimal, place: str) -> Iterator[Finding]:
    yield from lacking(found, one, ("vat", "gross"), place)
    if "vat" in one:
        yield from off(found, one["vat"], vat, bound, "VAT is not what was declared.", f"{place} vat")
    if "vat" in one and "gross" in one:
        real = decimal(one["net"]) + decimal(one["vat"])
        yield from off(found, one["gross"], real, bound, "Net and VAT do not make gross.", f"{place} gross")


@check(
    "cost.capital-and-revenue",
    params=SumParams,
    needs=_needs,
    source="docs/policy.md#capital-and-revenue-are-told-apart",
)
@few_of_a_kind
def capital_and_revenue(ev: EvidenceView, p: SumParams) -> Iterator[Statement]:
    """Every line that the buyer pays is capital or revenue, and the two make the total.

    Good: 191000.00 capital and 431970.00 revenue of 622970.00. Bad: a line that says neither.
    """
    found = by_key(ev, "pricing", "lines", "total")
    if isinstance(found, Undecided):
        yield found
        return
    lines, total, bound = paid(found.facts["lines"]), found.facts["total"], Decimal(p.tolerance)
    if not lines:
        yield found.undecided("the price model has no line that the buyer pays")
        return
    for one in lines:
        yield from lacking(found, one, ("spend",), f"pricing lines {one['id']}")
    yield from lacking(found, total, ("capital", "revenue"), "pricing total")
    for name in ("capital", "revenue"):
        if name in total:
            real = net(one for one in lines if one.get("spend") == name)
            message = "The lines of this kind do not make the sum of it."
            yield from off(found, total[name], real, bound, message, f"pricing total {name}")
    if "capital" in total and "revenue" in total:
        real = decimal(total["capital"]) + decimal(total["revenue"])
        message = "Capital and revenue do not make the total."
        yield from off(found, total["net"], real, bound, message, "pricing total")
    yield Examined(what="lines, as capital or revenue", evidence=found.evidence, count=len(lines))
