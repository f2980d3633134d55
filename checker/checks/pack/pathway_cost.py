"""What a whole pathway costs, today and with the product."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from checker.checks.assured import Given
from checker.checks.pack.few import few_of_a_kind
from checker.checks.pack.figures import decimal
from checker.checks.pack.given import of_section
from checker.checks.pack.said import by_key, if_said, lacking, off
from checker.model.registry import check
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_SIDES = ("baseline", "proposed")


class PathwayParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``tolerance``: so much may an amount differ."""

    tolerance: str = "0.01"


@check(
    "cost.of-the-whole-pathway",
    params=PathwayParams,
    needs=lambda p, settings: [of_section("value"), of_section("pricing")],
    source="https://www.gov.uk/government/publications/value-based-procurement-for-medical-technology",
)
@few_of_a_kind
def of_the_whole_pathway(ev: EvidenceView, p: PathwayParams) -> Iterator[Statement]:
    """Both pathways are priced step by step, alike, and the saving is what lies between them.

    Each step has volume, unit cost, price year and source. Both are of the same population, in prices of one year and
    in one currency. A saving of zero, or below, is one.

    Good: 1452600.00 less 1309100.00 = 143500.00. Bad: today's steps in prices of 2023, the others of 2026.
    """
    found = by_key(ev, "value", "pathway")
    if isinstance(found, Undecided):
        yield found
        return
    pathway, bound = found.facts["pathway"], Decimal(p.tolerance)
    if not all(pathway[side] for side in _SIDES):
        yield found.undecided("one of the pathways has no step")
        return
    yield from lacking(found, pathway, ("population", "baseline-total", "proposed-total", "saving"), "value pathway")
    if pathway.get("proposed-population", pathway.get("population")) != pathway.get("population"):
        message = "The pathways are not of the same population."
        yield found.finding(message, pathway.get("population", ""), pathway["proposed-population"], "value pathway")
    currency = if_said(ev, "pricing", "currency", "")
    if isinstance(currency, Undecided):
        yield currency
        return
    yield from _alike(found, pathway, currency)
    sums = {}
    for side in _SIDES:
        sums[side] = sum((decimal(one["volume"]) * decimal(one["unit-cost"]) for one in pathway[side]), Decimal(0))
        if f"{side}-total" in pathway:
            message = "The steps do not make the total of the pathway."
            yield from off(found, pathway[f"{side}-total"], sums[side], bound, message, f"value pathway {side}-total")
    if "saving" in pathway:
        real = sums["baseline"] - sums["proposed"]
        message = "The saving is not what lies between the two."
        yield from off(found, pathway["saving"], real, bound, message, "value pathway saving")
    count = sum(len(pathway[side]) for side in _SIDES)
    yield Examined(what="steps of both pathways", evidence=found.evidence, count=count)


def _alike(found: Given, pathway: Mapping[str, Any], currency: str) -> Iterator[Finding]:
    years, currencies = set(), {currency} - {""}
    for side in _SIDES:
        for one in pathway[side]:
            yield from lacking(found, one, ("price-year", "source"), f"value pathway {side} {one['id']}")
            years |= {one["price-year"]} if "price-year" in one else set()
            currencies |= {one["currency"]} if "currency" in one else set()
    for name, said in (("price years", years), ("currencies", currencies)):
        if len(said) > 1:
            message = f"The steps are in several {name}, and cannot be added."
            yield found.finding(message, "one", ", ".join(sorted(said)), "value pathway")
