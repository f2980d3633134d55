"""What a supplier does beside its product: social value, emissions, slavery, payment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from checker.checks.assured import Given, months_after
from checker.checks.pack.few import few_of_a_kind
from checker.checks.pack.figures import decimal, in_digits
from checker.checks.pack.given import of_section, part
from checker.checks.pack.said import by_key, differs, lacking, listed, on
from checker.model.registry import check, condition
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_SUPPLIERS = "https://www.england.nhs.uk/greenernhs/get-involved/suppliers/"
_PPN_006 = "https://www.gov.uk/government/publications/ppn-006-taking-account-of-carbon-reduction-plans-in-the-procurement-of-major-government-contracts"

_WEEK = timedelta(days=7)
"""A financial year of 52 or 53 weeks ends so much sooner or later than the one before."""

_FIRST_YEAR = 1000
"""A year is written with four digits."""


class SocialParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``least_percent``: the weight of social value."""

    least_percent: str = "10"


@check(
    "social-value.is-weighed-and-measured",
    params=SocialParams,
    needs=lambda p, settings: [of_section("value"), of_section("social-value")],
    source=_SUPPLIERS,
)
@few_of_a_kind
def is_weighed_and_measured(ev: EvidenceView, p: SocialParams) -> Iterator[Statement]:
    """Social value weighs 10 % or more, and each commitment can be counted: metric, baseline, target, day, owner.

    Good: apprentices in the region, 0 to 4 by 2028-03-31, head of people. Bad: "we support local communities".
    """
    found = listed(ev, "social-value", "commitments")
    weights = listed(ev, "value", "weights")
    if isinstance(found, Undecided):
        yield found
        return
    wanted = ("mission", "outcome", "metric", "unit", "baseline", "target", "due", "owner")
    for one in found.facts:
        yield from lacking(found, one, wanted, f"social-value commitments {one['id']}")
    if isinstance(weights, Undecided):
        yield weights
        return
    weight = sum((decimal(one["percent"]) for one in weights.facts if one["domain"] == "social-value"), Decimal(0))
    if weight < Decimal(p.least_percent):
        expected = f"{p.least_percent} or more"
        yield weights.finding(
            "Social value weighs too little.", expected, in_digits(weight), "value weights social-value"
        )
    evidence = (*found.evidence, *weights.evidence)
    yield Examined(what="commitments on social value", evidence=evidence, count=len(found.facts))


class CarbonParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``months``: a plan may be so old. ``net_zero``: the latest year. ``categories`` of scope 3 that are told."""

    months: int = 12
    net_zero: int = 2050
    categories: tuple[str, ...] = (
        *("upstream-transport", "waste", "business-travel", "commuting", "downstream-transport"),
    )


@check("carbon.plan-adds-up", params=CarbonParams, needs=lambda p, s: [of_section("social-value")], source=_PPN_006)
@few_of_a_kind
def plan_adds_up(ev: EvidenceView, p: CarbonParams) -> Iterator[Statement]:
    """The carbon reduction plan is no older than a year, signed for the board, complete by scope, and adds up.

    Scopes 1 and 2 are told, and of scope 3 the ``categories``; a zero has a reason. Scopes make the total, and the year
    of net zero, with four digits, is 2050 or before.

    Good: 12.4 + 30.1 + 40.3 = 82.8 tonnes. Bad: a plan of March last year; no business travel.
    """
    found = by_key(ev, "social-value", "carbon-plan")
    if isinstance(found, Undecided):
        yield found
        return
    plan, place = found.facts["carbon-plan"], "social-value carbon-plan"
    wanted = (
        "url",
        "reporting-year-end",
        "emissions",
        "scope-1",
        "scope-2",
        "scope-3",
        "total",
        "net-zero-year",
        "signed",
    )
    yield from lacking(found, plan, wanted, place)
    yield from _aged(found, plan["published"], p.months, f"{place} published")
    yield from _net_zero(found, plan, p.net_zero, place)
    if "reporting-year-end" in plan and on(plan["reporting-year-end"]) > found.on:
        message = "The year of its figures is not over."
        said = plan["reporting-year-end"]
        yield found.finding(message, f"by {found.on.isoformat()}", said, f"{place} reporting-year-end")
    yield from _by_scope(found, plan, p, place)
    yield Examined(what="carbon reduction plan", evidence=found.evidence)


def _net_zero(found: Given, one: Mapping[str, Any], latest: int, place: str) -> Iterator[Finding]:
    said = one.get("net-zero-year")
    if said is None:
        return
    if int(said) < _FIRST_YEAR:
        # "45" would come before any year, and is none
        message = "The year of net zero is no year."
        yield found.finding(message, f"a year of four digits, {latest} or before", said, f"{place} net-zero-year")
    elif int(said) > latest:
        yield found.finding("Net zero comes too late.", f"{latest} or before", said, f"{place} net-zero-year")


def _aged(found: Given, published: str, months: int, place: str) -> Iterator[Finding]:
    if on(published) > found.on:
        yield found.finding("It is published in the future.", found.on.isoformat(), published, place)
    elif months_after(on(published), months) < found.on:
        yield found.finding("It is too old.", f"within {months} months", published, place)


def _by_scope(found: Given, plan: Mapping[str, Any], p: CarbonParams, place: str) -> Iterator[Finding]:
    rows = plan.get("emissions", [])
    for one in rows:
        if decimal(one["tonnes"]) == 0 and not one.get("reason"):
            said = f"scope {one['scope']} {one.get('category', '')}".strip()
            yield found.finding("It is zero, and why is not said.", "a reason", said, f"{place} emissions")
    there = {one["scope"] for one in rows}
    for scope in [scope for scope in ("1", "2") if scope not in there and rows]:
        yield found.finding("A scope is not told.", f"scope {scope}", "missing", f"{place} emissions")
    told = {one.get("category") for one in rows if one["scope"] == "3"}
    if rows and (missing := [name for name in p.categories if name not in told]):
        message = "Categories of scope 3 are not told."
        yield found.finding(message, ", ".join(p.categories), f"missing: {', '.join(missing)}", f"{place} emissions")
    for scope in ("1", "2", "3"):
        if rows and f"scope-{scope}" in plan:
            real = sum((decimal(one["tonnes"]) for one in rows if one["scope"] == scope), Decimal(0))
            message = "The figures do not make the sum of the scope."
            yield from differs(found, plan[f"scope-{scope}"], real, message, f"{place} scope-{scope}")
    if {"scope-1", "scope-2", "scope-3", "total"} <= plan.keys():
        real = sum((decimal(plan[f"scope-{scope}"]) for scope in ("1", "2", "3")), Decimal(0))
        yield from differs(found, plan["total"], real, "The scopes do not make the total.", f"{place} total")


class AimParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``level`` of the Evergreen assessment, at least; ``months`` that it and the plan may be old; ``net_zero``."""

    level: int = 1
    months: int = 12
    net_zero: int = 2050


@check(
    "sustainability.is-assessed",
    params=AimParams,
    needs=lambda p, settings: [of_section("value"), of_section("social-value")],
    source=_SUPPLIERS,
)
@few_of_a_kind
def is_assessed(ev: EvidenceView, p: AimParams) -> Iterator[Statement]:
    """The supplier has an Evergreen assessment of a level and a day, an aim for net zero, and a plan that is in date.

    Good: level 1 on 2026-05-20, net zero by 2045. Bad: an assessment of 2023.
    """
    found = by_key(ev, "value", "sustainability")
    if isinstance(found, Undecided):
        yield found
        return
    one, place = found.facts["sustainability"], "value sustainability"
    yield from lacking(found, one, ("evergreen-level", "evergreen-on", "net-zero-year"), place)
    if int(one.get("evergreen-level", p.level)) < p.level:
        message = "The level of the assessment is too low."
        yield found.finding(message, f"{p.level} or more", one["evergreen-level"], f"{place} evergreen-level")
    if "evergreen-on" in one:
        yield from _aged(found, one["evergreen-on"], p.months, f"{place} evergreen-on")
    yield from _net_zero(found, one, p.net_zero, place)
    plan = part(ev, "social-value", "carbon-plan")
    if isinstance(plan, Undecided):
        yield plan
        return
    yield from _aged(plan, plan.facts["published"], p.months, "social-value carbon-plan published")
    if one.get("net-zero-year", "") != plan.facts.get("net-zero-year", one.get("net-zero-year", "")):
        said = f"{one.get('net-zero-year', 'none')}, and {plan.facts['net-zero-year']} in the plan"
        yield plan.finding("Two years for net zero are named.", "one", said, f"{place} net-zero-year")
    evidence = (*found.evidence, *plan.evidence)
    yield Examined(what="assessment and plan", evidence=evidence)


@condition(
    "modern-slavery.statement-is-due",
    params=NoParams,
    needs=lambda p, settings: [of_section("social-value")],
    claim=True,
)
def statement_is_due(ev: EvidenceView, p: NoParams) -> bool | None:
    """Is the turnover such that a statement is due by law? Not known where the pack does not say."""
    found = part(ev, "social-value", "modern-slavery")
    return None if isinstance(found, Undecided) else bool(found.facts["turnover-36m-or-more"] == "yes")


class StatementParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``months``: so long after the end of a financial year its statement may take."""

    months: int = 6


@check(
    "modern-slavery.statement-is-current",
    params=StatementParams,
    needs=lambda p, settings: [of_section("social-value")],
    source="https://www.legislation.gov.uk/ukpga/2015/30/section/54",
)
@few_of_a_kind
def statement_is_current(ev: EvidenceView, p: StatementParams) -> Iterator[Statement]:
    """The statement on slavery and human trafficking is for the last financial year, approved, signed and published.

    For ``months`` after the end of a year that of the year before will do.

    Good: year to 2026-03-31, published 2026-07-15. Bad: the statement of the year before, in November.
    """
    found = by_key(ev, "social-value", "modern-slavery")
    if isinstance(found, Undecided):
        yield found
        return
    one, place = found.facts["modern-slavery"], "social-value modern-slavery"
    wanted = ("financial-year-end", "statement-year-end", "published", "url", "approved-on", "signed")
    yield from lacking(found, one, wanted, place)
    if one.get("signed") == "no":
        yield found.finding("No director has signed it.", "yes", "no", f"{place} signed")
    if "published" in one and on(one["published"]) > found.on:
        yield found.finding("It is published in the future.", found.on.isoformat(), one["published"], place)
    if "approved-on" in one and on(one["approved-on"]) > found.on:
        yield found.finding("It is approved in the future.", found.on.isoformat(), one["approved-on"], place)
    if "financial-year-end" in one:
        end = on(one["financial-year-end"])
        if end > found.on or months_after(end, 12) + _WEEK <= found.on:
            message = "The financial year that is named is not the last that has ended."
            yield found.finding(message, f"within a year before {found.on.isoformat()}", end.isoformat(), place)
        elif "statement-year-end" in one:
            yield from _of_year(found, end, on(one["statement-year-end"]), p.months, place)
    yield Examined(what="statement on slavery", evidence=found.evidence)


def _of_year(found: Given, end: date, stated: date, months: int, place: str) -> Iterator[Finding]:
    due = months_after(end, months) < found.on
    least = end if due else months_after(end, -12)
    if stated < least - _WEEK or stated > end:
        message = "The statement is not of the last year for which one is due."
        yield found.finding(message, least.isoformat(), stated.isoformat(), f"{place} statement-year-end")


@check("payment.is-told", needs=lambda p, settings: [of_section("social-value")], source="docs/cost-and-value.md")
@few_of_a_kind
def payment_is_told(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """How soon the supplier pays and what goes to small companies is told, for a period that is over.

    Good: 96.5 % within 30 days and 99.2 % within 60, January to June. Bad: figures without a period.
    """
    found = by_key(ev, "social-value", "prompt-payment")
    if isinstance(found, Undecided):
        yield found
        return
    one, place = found.facts["prompt-payment"], "social-value prompt-payment"
    yield from lacking(
        found, one, ("from", "to", "within-30-days-percent", "average-days", "sme-percent", "source"), place
    )
    if {"from", "to"} <= one.keys() and not on(one["from"]) < on(one["to"]) <= found.on:
        said = f"{one['from']} to {one['to']}"
        yield found.finding("The period is none that is over.", f"up to {found.on.isoformat()}", said, place)
    for name in ("within-30-days-percent", "within-60-days-percent", "sme-percent"):
        if name in one and decimal(one[name]) > 100:
            yield found.finding("A share is more than the whole.", "100 at most", one[name], f"{place} {name}")
    if decimal(one.get("within-60-days-percent", "100")) < decimal(one.get("within-30-days-percent", "0")):
        said = f"{one['within-60-days-percent']} within 60 days, {one['within-30-days-percent']} within 30"
        yield found.finding("Less is paid within 60 days than within 30.", "as much or more", said, place)
    yield Examined(what="figures on payment", evidence=found.evidence)
