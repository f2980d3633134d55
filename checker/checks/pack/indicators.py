"""Key performance indicators of a contract: how many, in the notice, assessed in time, rated as the figures say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from checker.checks.assured import Given, months_after
from checker.checks.pack.figures import decimal
from checker.checks.pack.given import WHOLE, of_section, part
from checker.checks.pack.said import if_said
from checker.checks.register import day
from checker.model.need import Need
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_KPIS = "kpis"
OF_KPIS: Need = of_section(_KPIS)
_ACT = "https://www.legislation.gov.uk/ukpga/2023/54/section/52"
_RATINGS = ("Good", "Approaching target", "Requires improvement", "Inadequate")
_OTHER = "Other"
_PARTS = ("title", "description", "unit", "direction", "baseline", "target", "bands", "source", "frequency")


class Above(Params, frozen=True, kw_only=True):
    """From which value on, that value not included."""

    more_than: str = "5000000"
    currency: str = "GBP"


@condition("kpis.contract-needs-indicators", params=Above, needs=lambda p, settings: [WHOLE, OF_KPIS], claim=True)
def contract_needs_indicators(ev: EvidenceView, p: Above) -> bool | None:
    """Is it a public contract under the Procurement Act 2023 of more than the sum, and of no kind that is exempt?"""
    found = part(ev, _KPIS, "contract")
    if isinstance(found, Undecided) or not {"value", "currency", "kind", "act"} <= found.facts.keys():
        return None
    said = found.facts
    if said["act"] != "procurement-act-2023" or said["kind"] != "public-contract" or said.get("no-indicators"):
        return False
    return decimal(said["value"]) > decimal(p.more_than) if said["currency"] == p.currency else None


class AtLeast(Params, frozen=True, kw_only=True):
    """How many indicators."""

    fewest: int = 3


def _indicators(ev: EvidenceView) -> Given | Undecided:
    return part(ev, _KPIS, "indicators")


@check("kpis.are-enough", params=AtLeast, needs=lambda p, settings: [WHOLE, OF_KPIS], source=_ACT)
def are_enough(ev: EvidenceView, p: AtLeast) -> Iterator[Statement]:
    """The contract has at least three key performance indicators, each with a title and a target.

    Good: availability, time to a fix, and log-on time. Bad: two; three of which one has no target.
    """
    found = _indicators(ev)
    if isinstance(found, Undecided):
        yield found
        return
    whole = [one for one in found.facts if one.get("title") and one.get("target")]
    if len(whole) < p.fewest:
        message = "The contract has too few key performance indicators."
        yield found.finding(
            message, f"{p.fewest} or more, each with title and target", str(len(whole)), "kpis indicators"
        )
    else:
        yield Examined(what="key performance indicators", evidence=found.evidence, count=len(whole))


@check("kpis.are-in-the-notice", params=AtLeast, needs=lambda p, settings: [WHOLE, OF_KPIS], source=_ACT)
def are_in_the_notice(ev: EvidenceView, p: AtLeast) -> Iterator[Statement]:
    """The three most material indicators are marked for the contract details notice, and complete for it.

    Complete is title, description, target and ratings.

    Good: three with ``in-notice: "yes"``. Bad: none marked; one of them without a description.
    """
    found = _indicators(ev)
    if isinstance(found, Undecided):
        yield found
        return
    marked = [one for one in found.facts if one.get("in-notice") == "yes"]
    if len(marked) < p.fewest:
        message = "Too few indicators are marked for the contract details notice."
        yield found.finding(message, f"{p.fewest} of them", str(len(marked)), "kpis indicators")
    for one in marked:
        missing = [key for key in ("title", "description", "target", "bands") if not one.get(key)]
        place = f"kpis indicators {one['id']}"
        if missing:
            message = "An indicator for the contract details notice is not complete."
            yield found.finding(message, "title, description, target and ratings", f"no {', no '.join(missing)}", place)
        else:
            yield Examined(what=f"the indicator {one['id']} for the notice", evidence=found.evidence)


class Gap(Params, frozen=True, kw_only=True):
    """How many months may lie between assessments."""

    most_months: int = 12


@check("kpis.are-assessed-in-time", params=Gap, needs=lambda p, settings: [WHOLE, OF_KPIS], source=_ACT)
def are_assessed_in_time(ev: EvidenceView, p: Gap) -> Iterator[Statement]:
    """Each indicator was assessed at least once in every 12 months since the contract began, and at its end; published.

    A contract that is younger than that, and was not yet assessed, shows nothing yet. An assessment that is planned for
    a day to come is none yet, and a notice that is to come publishes nothing yet.

    Good: from 1 September 2025, assessed on 31 August 2026. Bad: a gap of 13 months; an assessment without a notice.
    """
    found, contract = _indicators(ev), part(ev, _KPIS, "contract")
    if isinstance(found, Undecided) or isinstance(contract, Undecided):
        yield found if isinstance(found, Undecided) else contract  # type: ignore[misc]
        return
    start, ended = day(contract.facts.get("start", "")), day(contract.facts.get("ended", ""))
    if start is None or start > found.on:
        yield found.undecided("the contract has not begun by the day of judgement, or does not say when")
        return
    assessed = if_said(ev, _KPIS, "assessments", [])
    if isinstance(assessed, Undecided):
        yield assessed
        return
    until = min(ended, found.on) if ended is not None else found.on
    for one in found.facts:
        mine = [x for x in _made(found, assessed) if x["indicator"] == one["id"]]
        yield from _in_time(
            found, one["id"], mine, start, until, ended is not None and ended <= found.on, p.most_months
        )


def _made(found: Given, assessed: list[Any]) -> list[Any]:
    """The assessments that were made by the day of judgement; one that is planned says nothing yet."""
    return [one for one in assessed if (on := day(one["on"])) is not None and on <= found.on]


def _in_time(
    found: Given, name: str, mine: list[Any], start: date, until: date, is_over: bool, months: int
) -> Iterator[Statement]:
    place = f"kpis assessments of {name}"
    days = sorted(on for x in mine if (on := day(x["on"])) is not None)
    edges = [start, *(on for on in days if on >= start), until]
    gaps = [(sooner, later) for sooner, later in pairwise(edges) if months_after(sooner, months) < later]
    for sooner, later in gaps:
        message = "An indicator was not assessed in time."
        yield found.finding(message, f"at least once in {months} months", f"not from {sooner} to {later}", place)
    if is_over and not any(on >= until for on in days):
        yield found.finding("An indicator was not assessed when the contract ended.", f"on {until}", "not then", place)
        return
    for x in mine:
        published = day(x.get("published", ""))
        to_come = published is not None and published > found.on
        if published is None or to_come or not x.get("notice") or published < (day(x["on"]) or published):
            message = "An assessment was not published."
            expected, actual = "a contract performance notice after the assessment", "none"
            if to_come:
                actual = f"one of {published}, which is yet to come"
            yield found.finding(message, expected, actual, f"{place}, {x['on']}")
    if gaps:
        return
    if not days:
        yield found.undecided(f"{place}: no assessment is due yet, and there is none")
    else:
        yield Examined(what=f"the assessments of {name}", evidence=found.evidence, count=len(days))


@check(
    "kpis.ratings-follow-from-figures",
    needs=lambda p, settings: [WHOLE, OF_KPIS],
    source="https://www.legislation.gov.uk/uksi/2024/692/regulation/39/made",
)
def ratings_follow_from_figures(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each rating is one of the five of the regulations, and is the one that the measured figure has by the bands.

    The limit of a band belongs to it, whichever way is better. ``Other`` needs a reason, and is for a person. An
    assessment of a day to come has no rating yet.

    Good: 99.9 measured, limit of Good 99.9, rated Good; a fix in 3.0 hours where less is better and Good ends at 3.0.
    Bad: rated Good at 99.89; a rating of ``Satisfactory``.
    """
    found, told = _indicators(ev), part(ev, _KPIS, "assessments")
    if isinstance(found, Undecided) or isinstance(told, Undecided):
        yield found if isinstance(found, Undecided) else told  # type: ignore[misc]
        return
    made = _made(told, told.facts)
    if not made:
        yield told.undecided("nothing was assessed yet")
    by_id = {one["id"]: one for one in found.facts}
    for one in made:
        place, rating = f"kpis assessments of {one['indicator']}, {one['on']}", one.get("rating", "")
        if rating not in (*_RATINGS, _OTHER):
            message = "A rating is none of those of the regulations."
            yield told.finding(message, ", ".join((*_RATINGS, _OTHER)), rating[:60] or "none", place)
            continue
        if rating == _OTHER:
            if one.get("reason"):
                yield told.undecided(f"{place}: a rating of Other is for a person", Reason.HUMAN)
            else:
                yield told.finding("A rating of Other has no reason.", "a reason", "none", place)
            continue
        right = _rating(by_id.get(one["indicator"], {}), one.get("measured"))
        if right is None:
            yield told.undecided(f"{place}: there is no figure, or its indicator has no bands", Reason.PREREQUISITE)
        elif right != rating:
            message = "A rating is not the one that the figure has."
            yield told.finding(message, f"{right}, for {one['measured']}", rating, place)
        else:
            yield Examined(what=f"the rating of {one['indicator']} on {one['on']}", evidence=told.evidence)


def _rating(indicator: Mapping[str, Any], measured: str | None) -> str | None:
    bands, sign = indicator.get("bands"), _sign(indicator)
    if not bands or measured is None or sign is None:
        return None
    for band in bands:
        if "limit" not in band or decimal(measured) * sign >= decimal(band["limit"]) * sign:
            return str(band["rating"])
    return None


def _sign(indicator: Mapping[str, Any]) -> int | None:
    return {"up": 1, "down": -1}.get(indicator.get("direction", ""))


@check(
    "kpis.can-be-measured",
    needs=lambda p, settings: [WHOLE, OF_KPIS],
    source="docs/policy.md#an-indicator-can-be-measured",
)
def can_be_measured(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each indicator has unit, direction, baseline, target, bands, source and frequency, and they agree.

    The bands go from Good to Inadequate, each limit worse than the one before, the last without one; Good is not
    reached below the target.

    Good: direction up, target 99.9, limits 99.9, 99.5, 99.0. Bad: no baseline; Good from 99.0 for a target of 99.9.
    """
    found = _indicators(ev)
    if isinstance(found, Undecided):
        yield found
        return
    if not found.facts:
        yield found.undecided("no indicator is listed")
    for one in found.facts:
        wrong = [f"no {key}" for key in _PARTS if not one.get(key)]
        if not wrong:
            wrong = list(_in_bands(one))
        for fault in wrong:
            message = "An indicator cannot be measured as it is described."
            expected = "unit, direction, baseline, target, bands, source, frequency, that agree"
            yield found.finding(message, expected, fault, f"kpis indicators {one['id']}")
        if not wrong:
            yield Examined(what=f"the indicator {one['id']}", evidence=found.evidence)


def _in_bands(one: Mapping[str, Any]) -> Iterator[str]:
    bands, sign = one["bands"], _sign(one) or 1
    ratings = [_RATINGS.index(band["rating"]) for band in bands]
    if ratings != sorted(set(ratings)) or ratings[0] != 0 or len(ratings) < 2:
        yield "bands that do not go from Good downwards"
    limits = [decimal(band["limit"]) * sign for band in bands[:-1] if "limit" in band]
    if len(limits) != len(bands) - 1 or "limit" in bands[-1]:
        yield "a band before the last without a limit, or a last one with one"
    elif any(better <= worse for better, worse in pairwise(limits)):
        yield "a limit that is not worse than the one before"
    elif limits and limits[0] < decimal(one["target"]) * sign:
        yield f"Good from {bands[0]['limit']}, for a target of {one['target']}"
    if Decimal(0) == decimal(one["baseline"]) == decimal(one["target"]) and one["direction"] == "up":
        yield "a target of 0 that more is better than"
