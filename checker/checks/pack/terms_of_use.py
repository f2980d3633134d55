"""Who bears what has to be done anyhow, what licences let the buyer do, and how it may buy less."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from checker.checks.pack.few import few_of_a_kind
from checker.checks.pack.figures import decimal
from checker.checks.pack.given import of_section
from checker.checks.pack.price_model import UNCOUNTED, last_day, paid
from checker.checks.pack.said import by_key, if_said, lacking, listed, on
from checker.model.registry import check
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView


class BearerParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``activities``: what the supplier pays for."""

    activities: tuple[str, ...] = (
        *("mandated-standards", "security-patching", "national-api-changes"),
        *("defect-fixes", "clinical-safety-upkeep", "dtac-upkeep"),
    )


@check(
    "cost.upkeep-is-the-suppliers",
    params=BearerParams,
    needs=lambda p, settings: [of_section("pricing")],
    source="docs/policy.md#upkeep-is-paid-by-the-supplier",
)
@few_of_a_kind
def upkeep_is_the_suppliers(ev: EvidenceView, p: BearerParams) -> Iterator[Statement]:
    """The supplier pays for what has to be done anyhow, and none of it stands among the lines of the buyer.

    ``activities`` are asked for in ``cost-bearing``; a line says with ``activity`` that it is for one. A line of the
    buyer at 0.00 is none that it pays.

    Good: security patching, supplier. Bad: "new version of a mandated standard", 4000.00, buyer.
    """
    found = by_key(ev, "pricing", "lines", "cost-bearing")
    if isinstance(found, Undecided):
        yield found
        return
    bearer = {one["activity"]: one["bearer"] for one in found.facts["cost-bearing"]}
    bearer |= {one["activity"]: "buyer" for one in found.facts["cost-bearing"] if one["bearer"] == "buyer"}
    for name in p.activities:
        place = f"pricing cost-bearing {name}"
        if name not in bearer:
            yield found.finding("Who pays for this is not said.", "supplier", "missing", place)
        elif bearer[name] != "supplier":
            yield found.finding("The buyer pays for what has to be done anyhow.", "supplier", bearer[name], place)
    for line in paid(found.facts["lines"]):
        if line.get("activity") in p.activities and decimal(line["total"]) != 0:
            message = f"A line of the buyer is for {line['activity']}, which the supplier bears."
            yield found.finding(message, "0.00, or borne by the supplier", line["total"], f"pricing lines {line['id']}")
    yield Examined(what="what has to be done anyhow", evidence=found.evidence, count=len(p.activities))


_LICENCE = ("covers", "metric", "term-months", "territory", "transferable-on-reorganisation", "affiliates")


@check(
    "licences.move-with-the-nhs",
    needs=lambda p, settings: [of_section("pricing")],
    source="docs/policy.md#licences-move-with-the-nhs",
)
@few_of_a_kind
def move_with_the_nhs(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each licence says by what, how long, where and for whom it is, moves on when trusts merge, and hides no penalty.

    More than is licensed is charged at the price of the contract; an audit is told of a day before or earlier, and
    charges nothing beyond the licences that lacked: nor does the buyer pay for the looking.

    Good: transferable on reorganisation, affiliates, audit with 30 days' notice. Bad: not transferable.
    """
    found = listed(ev, "pricing", "licences")
    if isinstance(found, Undecided):
        yield found
        return
    priced = if_said(ev, "pricing", "metrics", [])
    if isinstance(priced, Undecided):
        yield priced
        return
    metrics = {one["id"] for one in priced}
    for one in found.facts:
        place = f"pricing licences {one['id']}"
        yield from lacking(found, one, (*_LICENCE, "true-up", "audit"), place)
        if "metric" in one and metrics and one["metric"] not in metrics:
            yield found.finding("The metric of a licence is not in the list.", "a metric", one["metric"], place)
        for name in ("transferable-on-reorganisation", "affiliates"):
            if one.get(name) == "no":
                message = (
                    "The licence does not move with the NHS." if "transfer" in name else "Partners may not use it."
                )
                yield found.finding(message, "yes", "no", f"{place} {name}")
        true_up, audit = one.get("true-up", {}), one.get("audit", {})
        if true_up and true_up.get("at-contract-price") != "yes":
            said = true_up.get("at-contract-price", "not said")
            message = "What is used beyond the licence is not at the price of the contract."
            yield found.finding(message, "yes", said, f"{place} true-up")
        if audit:
            yield from lacking(found, audit, ("notice-days", "penalty"), f"{place} audit")
        if int(audit.get("notice-days", "1")) == 0:
            yield found.finding("An audit is not told of before.", "1 or more", audit["notice-days"], f"{place} audit")
        if audit.get("penalty") == "yes":
            yield found.finding("An audit can end in a penalty.", "no", "yes", f"{place} audit")
        if audit.get("cost-to") == "buyer":
            yield found.finding("The buyer pays for being looked into.", "supplier", "buyer", f"{place} audit")
    yield Examined(what="licences", evidence=found.evidence, count=len(found.facts))


class FlexParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``least_percent``: by more than so much volumes may fall."""

    least_percent: str = "0"


@check(
    "contract.can-shrink-and-end",
    params=FlexParams,
    needs=lambda p, settings: [of_section("pricing")],
    source="docs/policy.md#a-buyer-can-buy-less-and-leave",
)
@few_of_a_kind
def can_shrink_and_end(ev: EvidenceView, p: FlexParams) -> Iterator[Statement]:
    """The contract can be ended within its term on days that are said, and volumes can fall without a charge.

    Each break point lies within the term, with notice and charge. Each metric by which the buyer pays month by month or
    year by year may fall by a declared share, from a day within the term, with notice, at 0.00.

    Good: 15 % fewer users each year, 60 days before. Bad: no break point; fewer users for a charge of 5000.00.
    """
    found = by_key(ev, "pricing", "term", "lines", "metrics", "break-points", "flex-down")
    if isinstance(found, Undecided):
        yield found
        return
    start, end = on(found.facts["term"]["start"]), last_day(found.facts["term"])
    breaks, falls = found.facts["break-points"], found.facts["flex-down"]
    if not breaks:
        yield found.finding(
            "The contract cannot be ended before its time.", "a break point", "none", "pricing break-points"
        )
    for one in breaks:
        place = f"pricing break-points {one['id']}"
        yield from lacking(found, one, ("on", "notice-days", "charge"), place)
        if "on" in one and not start < on(one["on"]) < end:
            message = "A break point lies outside the term."
            yield found.finding(message, f"after {start.isoformat()}, before {end.isoformat()}", one["on"], place)
    for one in falls:
        place = f"pricing flex-down {one['id']}"
        yield from lacking(found, one, ("percent", "from", "notice-days", "charge"), place)
        if "percent" in one and decimal(one["percent"]) <= Decimal(p.least_percent):
            message = "Volumes may not fall by anything."
            yield found.finding(message, f"more than {p.least_percent} %", one["percent"], place)
        if "charge" in one and decimal(one["charge"]) != 0:
            yield found.finding("Buying less is charged for.", "0.00", one["charge"], place)
        if "from" in one and on(one["from"]) >= end:
            yield found.finding("Volumes may fall only when the term is over.", "within the term", one["from"], place)
    recurring = {
        one["id"]
        for one in found.facts["metrics"]
        if one.get("per") in ("month", "year") and one["unit"] not in UNCOUNTED | {"other"}
    }
    used = {line["metric"] for line in paid(found.facts["lines"]) if "metric" in line}
    for name in sorted(recurring & used - {one["metric"] for one in falls}):
        message = "The volume of what is paid for year by year cannot fall."
        yield found.finding(message, "a flex-down of it", "none", f"pricing flex-down {name}")
    yield Examined(what="break points and flex-down", evidence=found.evidence, count=max(1, len(breaks) + len(falls)))
