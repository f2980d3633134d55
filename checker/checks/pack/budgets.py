"""Contracts that run against their forecast, and money that is set aside for digital work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from checker.checks.assured import Given
from checker.checks.pack.few import few_of_a_kind
from checker.checks.pack.figures import decimal
from checker.checks.pack.given import of_section
from checker.checks.pack.said import by_key, differs, lacking, listed, off, on
from checker.model.registry import check
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView


class OverrunParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``overrun_percent``: what costs more than so much above its forecast needs a decision."""

    overrun_percent: str = "10"


@check(
    "milestones.overruns-were-decided",
    params=OverrunParams,
    needs=lambda p, settings: [of_section("pricing")],
    source="docs/policy.md#overruns-are-decided-on",
)
@few_of_a_kind
def overruns_were_decided(ev: EvidenceView, p: OverrunParams) -> Iterator[Statement]:
    """Each milestone has forecast, actual and variance, the variance follows, and an overrun has a decision.

    Variance: actual over forecast, less one, in percent, to the places that it is written with. What is not due yet
    needs no actual. An overrun of ``overrun_percent`` exactly needs no decision.

    Good: 60000.00, 68400.00, 14.0 %, decided on 2026-07-02. Bad: the same without a decision.
    """
    found = listed(ev, "pricing", "milestones")
    if isinstance(found, Undecided):
        yield found
        return
    for one in found.facts:
        place = f"pricing milestones {one['id']}"
        yield from lacking(found, one, ("due",), place)
        if "actual" in one:
            yield from _reached(found, one, place, Decimal(p.overrun_percent))
        elif "due" in one and on(one["due"]) < found.on and not one.get("decision"):
            message = "A milestone was due, and neither an actual sum nor a decision is told."
            yield found.finding(message, "an actual sum, or a decision", f"due {one['due']}", place)
    yield Examined(what="milestones", evidence=found.evidence, count=len(found.facts))


def _reached(found: Given, one: Mapping[str, Any], place: str, bound: Decimal) -> Iterator[Finding]:
    yield from lacking(found, one, ("done", "variance-percent"), place)
    forecast, actual = decimal(one["forecast"]), decimal(one["actual"])
    if forecast > 0:
        variance = (actual / forecast - 1) * 100
        if "variance-percent" in one:
            message = "The variance does not follow from forecast and actual."
            yield from differs(found, one["variance-percent"], variance, message, f"{place} variance-percent")
        over = variance > bound
    else:
        over = actual > forecast
    if over and not one.get("decision"):
        said = f"{one['actual']} of {one['forecast']}"
        yield found.finding("An overrun has no decision.", f"a decision above {bound} %", said, place)
    if over and one.get("decision") and on(one["decision"]["on"]) > found.on:
        yield found.finding("The decision lies in the future.", found.on.isoformat(), one["decision"]["on"], place)


class FundingParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``tolerance``: so much may the sum differ."""

    tolerance: str = "0.01"


@check(
    "funding.adds-up-to-its-allocation",
    params=FundingParams,
    needs=lambda p, settings: [of_section("pricing")],
    source="docs/policy.md#money-for-digital-work-stays-visible",
)
@few_of_a_kind
def adds_up_to_its_allocation(ev: EvidenceView, p: FundingParams) -> Iterator[Statement]:
    """The lines that are tagged digital add up to what was set aside, and what was taken away says where it went.

    Good: 420000.00 + 110000.00 - 30000.00 = 500000.00, the last to cabling. Bad: 30000.00 that went nowhere.
    """
    found = by_key(ev, "pricing", "funding")
    if isinstance(found, Undecided):
        yield found
        return
    funding = found.facts["funding"]
    tagged = [one for one in funding["lines"] if one["tag"] == "digital"]
    if not tagged:
        yield found.undecided("no line of funding is tagged digital")
        return
    real = sum((decimal(one["amount"]) for one in tagged), Decimal(0))
    message = "The lines for digital work do not make what was set aside."
    yield from off(found, funding["allocation"], real, Decimal(p.tolerance), message, "pricing funding allocation")
    for one in tagged:
        if decimal(one["amount"]) < 0:
            yield from lacking(found, one, ("reallocated-to", "decided-on"), f"pricing funding {one['id']}")
    yield Examined(what="lines of funding for digital work", evidence=found.evidence, count=len(tagged))
