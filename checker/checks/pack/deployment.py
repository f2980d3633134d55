"""The deployment: a team whose days are those that are priced, milestones, and the time of the roll-out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

from checker.checks.assured import Given
from checker.checks.pack.figures import agree, decimal, rounded
from checker.checks.pack.given import WHOLE, of_section, of_table, part, root, table
from checker.checks.pack.price_lines import PRICING, price_lines, tagged
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_SECTION = of_section("maturity")
_LOG = ("rollout-log", "site", "started", "live")


class TeamParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``tag``: of the price lines that are for the team. ``metrics``: how a line says that its quantity is days."""

    tag: str = "deployment"
    metrics: tuple[str, ...] = ("day", "days", "person-day", "person-days", "team-day", "deployment-day")


@check(
    "deployment.team-is-the-one-priced",
    params=TeamParams,
    needs=lambda p, settings: [WHOLE, _SECTION, PRICING],
    source="docs/policy.md#a-deployment-team-is-the-one-that-is-priced",
)
def team_is_the_one_priced(ev: EvidenceView, p: TeamParams) -> Iterator[Statement]:
    """The supplier's deployment team has roles with days that add up, and they are the days of the price schedule.

    Compared are all days of the supplier's people, the total that is stated, and the quantities of the price lines with
    the tag ``deployment``, whose metric is days. Start, go-live and hand-over follow each other, go-live is that of the
    product, and there are criteria for it.

    Good: 40 + 60 + 20 days, stated as 120, and a price line of 120 days. Bad: 120 days in the plan and 80 in the price.
    """
    found, product = part(ev, "maturity", "deployment"), root(ev, "product")
    if isinstance(found, Undecided) or isinstance(product, Undecided):
        yield from (one for one in (found, product) if isinstance(one, Undecided))
        return
    said = found.facts
    if missing := [key for key in ("team", "days", "start", "go-live", "criteria", "handover") if not said.get(key)]:
        yield found.undecided(f"the deployment lacks {', '.join(missing)}")
        return
    ours = [one for one in said["team"] if one.get("employer", "supplier") == "supplier"]
    planned = sum((decimal(one["days"]) for one in ours), Decimal())
    yield Examined(what="roles of the supplier's deployment team", evidence=found.evidence, count=max(len(ours), 1))
    if planned != decimal(said["days"]):
        message = "The days of the roles are not the days of the team."
        yield found.finding(message, str(planned), said["days"], "section maturity, deployment/days")
    yield from _in_order(found, said, product)
    yield from _priced(ev, found, planned, p)


def _in_order(found: Given, said: Any, product: Given) -> Iterator[Statement]:
    days = [day(said["start"]), day(said["go-live"]), day(said["handover"].get("on"))]
    place = "section maturity, deployment"
    if None in days:
        yield found.undecided("the deployment does not say when it is handed over")
    elif days != sorted(day for day in days if day):
        message = "Start, go-live and hand-over do not follow each other."
        yield found.finding(message, "in this order", ", ".join(map(str, days)), place)
    if "go-live" in product.facts and product.facts["go-live"] != said["go-live"]:
        message = "The deployment goes live on another day than the product."
        yield found.finding(message, product.facts["go-live"], said["go-live"], place)


def _priced(ev: EvidenceView, found: Given, planned: Decimal, p: TeamParams) -> Iterator[Statement]:
    lines = price_lines(ev)
    if isinstance(lines, Undecided):
        yield lines
        return
    ours = tagged(lines.facts, p.tag)
    if not ours:
        yield lines.undecided(f"no price line has the tag {p.tag!r}")
        return
    if odd := [one["id"] for one in ours if str(one.get("metric", "")).casefold() not in p.metrics]:
        message = f"the metric of the price line {odd[0]} is not days"
        yield lines.undecided(message, Reason.PREREQUISITE)
        return
    if lacking := [one["id"] for one in ours if "quantity" not in one]:
        yield lines.undecided(f"the price line {lacking[0]} has no quantity")
        return
    priced = sum((decimal(one["quantity"]) for one in ours), Decimal())
    yield Examined(what="price lines for deployment", evidence=lines.evidence, count=len(ours))
    if priced != planned:
        message = "The team's days are not those that are priced."
        both = found._replace(evidence=(*found.evidence, *lines.evidence))
        yield both.finding(message, f"{planned} days", f"{priced} days", "section pricing, lines")


class SlipParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``days``: so far may a milestone slip without a decision."""

    days: int = 14


@check(
    "deployment.slips-are-decided",
    params=SlipParams,
    needs=lambda p, settings: [_SECTION],
    source="docs/policy.md#a-milestone-that-slips-has-a-decision",
)
def slips_are_decided(ev: EvidenceView, p: SlipParams) -> Iterator[Statement]:
    """Each milestone that came, or is expected, more than 14 days after its baseline has a decision with its day.

    A milestone without an actual day is judged by its forecast, and where its baseline is past, by the day that is
    judged, whichever is later.

    Good: baseline 1 March, reached on 14 March. Bad: baseline 1 March, expected on 1 June, nothing decided.
    """
    found = part(ev, "maturity", "milestones")
    if isinstance(found, Undecided):
        yield found
        return
    if not found.facts:
        yield found.undecided("there is no milestone")
    for one in found.facts:
        place = f"section maturity, milestone {one['id']}"
        baseline, actual, forecast = (day(one.get(key)) for key in ("baseline", "actual", "forecast"))
        if baseline is None:
            continue
        yield Examined(what=f"milestone {one['id']}", evidence=found.evidence)
        if actual is not None and actual > found.on:
            yield found.finding("A milestone was reached in the future.", f"by {found.on}", f"{actual}", place)
            continue
        reached = actual or max(forecast or baseline, found.on if baseline < found.on else baseline)
        slip = (reached - baseline).days
        if slip > p.days and not _decided(one, found.on):
            message = "A milestone slipped, and no decision says what follows."
            yield found.finding(message, f"within {p.days} days, or a decision", f"{slip} days late", place)


def _decided(one: Any, on: date) -> bool:
    decided = day(one.get("decision", {}).get("on"))
    return decided is not None and decided <= on


class RolloutParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``percent``: a plan may be so much faster than the median. ``sites``: at least so many were measured."""

    percent: int = 20
    sites: int = 2


@check(
    "deployment.rollout-time-is-measured",
    params=RolloutParams,
    needs=lambda p, settings: [_SECTION, of_table(*_LOG)],
    source="docs/policy.md#roll-out-time-is-that-of-earlier-sites",
)
def rollout_time_is_measured(ev: EvidenceView, p: RolloutParams) -> Iterator[Statement]:
    """The days that are planned for a site are not much fewer than earlier sites took, unless a reason is given.

    Earlier sites are lines of a table of kind ``rollout-log`` (CSV: ``site,started,live``); the stated median
    recomputes from those that are live. A plan more than 20 % below the median needs its reason.

    Good: 84 days planned, and a median of 91. Bad: 30 days planned, and a median of 91; a median that the log has not.
    """
    found, log = part(ev, "maturity", "rollout"), table(ev, *_LOG)
    if isinstance(found, Undecided) or isinstance(log, Undecided):
        yield from (one for one in (found, log) if isinstance(one, Undecided))
        return
    took: list[int] = []
    for line in log.facts:
        started, live = day(line["started"]), day(line["live"])
        if started is None or (line["live"] and live is None):
            message = f"line {line['line']} of the roll-out log has no day that there is"
            yield log.undecided(message, Reason.PREREQUISITE)
            return
        if live is not None and (live < started or live > log.on):
            message = "A site went live before it was started, or in the future."
            yield log.finding(message, f"from {started} to {log.on}", f"{live}", f"rollout-log line {line['line']}")
        elif live is not None:
            took.append((live - started).days)
    if len(took) < p.sites:
        yield log.undecided(f"{len(took)} earlier sites were measured, and it takes {p.sites}")
        return
    yield Examined(what="earlier sites that are live", evidence=log.evidence, count=len(took))
    yield from _planned(found, Decimal(median(took)), p)


def _planned(found: Given, middle: Decimal, p: RolloutParams) -> Iterator[Statement]:
    said, place = found.facts, "section maturity, rollout"
    if not said.get("sites") or "measured" not in said:
        yield found.undecided("the planned sites or the measured median are not given")
        return
    yield Examined(what="sites that are planned", evidence=found.evidence, count=len(said["sites"]))
    if not agree(said["measured"], middle):
        message = "The median of earlier sites is not the one that is stated."
        yield found.finding(message, f"{rounded(middle, 1)} days", said["measured"], f"{place}/measured")
    floor = middle * (100 - p.percent) / 100
    for site in said["sites"]:
        if decimal(site["days"]) < floor and not site.get("reason"):
            message = "A site is planned much faster than earlier sites were, and no reason is given."
            yield found.finding(message, f"{rounded(floor, 1)} days or more", site["days"], f"{place}/{site['id']}")
