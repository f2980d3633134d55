"""Availability as it follows from the outage log and the monitor log, window by window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any, NamedTuple

from checker.checks.assured import Given, months_after
from checker.checks.pack.figures import decimal, minutes, places, rounded, span
from checker.checks.pack.given import WHOLE, part, table
from checker.checks.pack.moments import LONDON, at_clock, moment
from checker.checks.pack.outages import (
    MONITOR,
    MONITOR_COLUMNS,
    MONITOR_LOG,
    OUTAGE_COLUMNS,
    OUTAGE_LOG,
    OUTAGES,
    Outage,
    excused,
    failing,
    outages,
    unreadable_samples,
)
from checker.checks.pack.promises import HUNDRED, OF_SERVICE, SERVICE, services
from checker.checks.pack.said import if_said
from checker.checks.pack.service_time import Window, hours_named, in_hours, windows
from checker.checks.pack.stretches import Stretch, both, length, merged, without
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_SHOWN = Decimal("0.0001")
_SECOND = timedelta(seconds=1)


class Measured(NamedTuple):
    """What the logs say, and for which days."""

    given: Given
    lines: list[Outage]
    samples: list[dict[str, str]]
    notice: timedelta | None
    hours: Any
    first: date
    last: date
    earliest: date
    """From then on a calendar month or quarter can count against a service, also one that is not said to be covered."""


class HowOld(Params, frozen=True, kw_only=True):
    """How old logs may be."""

    most_months: int = 12


@check(
    "service.availability-is-kept",
    params=HowOld,
    needs=lambda p, settings: [WHOLE, OF_SERVICE, OUTAGE_LOG, MONITOR_LOG],
    source="docs/policy.md#availability-follows-from-the-log",
)
def availability_is_kept(ev: EvidenceView, p: HowOld) -> Iterator[Statement]:
    """Availability, worked out from the logs, meets its target in every whole window, and is what was reported.

    Outages that overlap count once; one that crosses the border of a window counts in each for its part; only time in
    hours of service counts. Of a planned outage is left out what lies inside the window that was told as early as
    ``maintenance`` promises, if planned maintenance is excluded. Two or more samples of a monitor log that failed in a
    row count as an outage from the first to the last. The target is met at exactly its figure; nothing is rounded. A
    log without a line decides nothing but of windows in which the monitor log has samples of the service. A window
    that ``measured`` leaves out, in the 12 months before the day of judgement, shows nothing good; but where what the
    logs hold of it is too much, the target was missed.

    Good: 43 minutes and 12 seconds down in a month of 30 days, for 99.9. Bad: one second more; a month that was
    reported as 99.99 and comes to 99.92.
    """
    found, promised = _measured(ev, p.most_months), services(ev)
    if isinstance(found, Undecided) or isinstance(promised, Undecided):
        yield promised if isinstance(promised, Undecided) else found  # type: ignore[misc]
        return
    names = {one["id"] for one in promised.facts}
    if strange := [one for one in found.lines if one.service not in names]:
        message = f"line {strange[0].line} of the outage log names no service of the section"
        yield found.given.undecided(message, Reason.PREREQUISITE)
    reported = if_said(ev, SERVICE, "reported", [])
    if isinstance(reported, Undecided):
        yield reported
        return
    if nobody := [one["service"] for one in reported if one["service"] not in names]:
        yield found.given.undecided(f"reported is {nobody[0]!r}, which is no service", Reason.PREREQUISITE)
    for service in promised.facts:
        yield from _of_service(found, service, [one for one in reported if one["service"] == service["id"]])


def _measured(ev: EvidenceView, most_months: int) -> Measured | Undecided:
    log, when = table(ev, OUTAGES, *OUTAGE_COLUMNS), part(ev, SERVICE, "measured")
    if isinstance(log, Undecided):
        return log
    if isinstance(when, Undecided):
        return when
    given = log._replace(facts=when.facts, evidence=log.evidence + when.evidence)
    lines = list(outages(log.facts))
    if wrong := [one for one in lines if isinstance(one, str)]:
        return given.undecided(wrong[0], Reason.PREREQUISITE)
    first, last = day(when.facts["from"]), day(when.facts["to"])
    if first is None or last is None or first > last or last > log.on:
        return given.undecided("the days that the logs cover end before they begin, or lie ahead", Reason.PREREQUISITE)
    if months_after(last, most_months) < log.on:
        return given.undecided(f"the logs end on {last}, more than {most_months} months before the day of judgement")
    samples: list[dict[str, str]] = []
    if ev.supplier.artefacts_of(MONITOR):
        monitor = table(ev, MONITOR, *MONITOR_COLUMNS)
        if isinstance(monitor, Undecided):
            return monitor
        if problem := unreadable_samples(monitor.facts):
            return monitor.undecided(problem, Reason.PREREQUISITE)
        samples = monitor.facts
        given = given._replace(evidence=given.evidence + monitor.evidence)
    if not lines and not samples:
        return given.undecided("the outage log has no line, and no monitor log shows that there was none to write")
    told, hours = if_said(ev, SERVICE, "maintenance", {}), if_said(ev, SERVICE, "hours", [])
    if isinstance(told, Undecided) or isinstance(hours, Undecided):
        return told if isinstance(told, Undecided) else hours
    notice = span(told.get("notice", ""))
    known, earliest = [one for one in lines if isinstance(one, Outage)], months_after(log.on, -most_months)
    return Measured(given, known, samples, notice, hours, first, last, min(first, earliest))


def _of_service(found: Measured, service: Mapping[str, Any], reported: list[Any]) -> Iterator[Statement]:
    given, place = found.given, f"service {service['id']}"
    try:
        hours = hours_named(service.get("hours", "24x7"), found.hours)
    except LookupError:
        yield given.undecided(f"{place}: its hours are not in the section", Reason.PREREQUISITE)
        return
    if "target" not in service or "window" not in service:
        yield given.undecided(f"{place} has no target or no window", Reason.PREREQUISITE)
        return
    whole = windows(service["window"], found.first, found.last)
    if not whole:
        yield given.undecided(f"{place}: the logs cover no whole {service['window']}")
    zone = service.get("zone", LONDON)
    end = at_clock(found.last + timedelta(days=1), "00:00", zone)
    down = down_time(found, service, end)
    by_day: dict[str, str] = {}
    for one in sorted(reported, key=lambda one: decimal(one["availability"])):  # of two reports the better one is held
        by_day[one["from"]] = one["availability"]
    begins = {window.first.isoformat() for window in whole}
    for text in sorted(by_day.keys() - begins):
        if begins and whole[0].first.isoformat() < text < whole[-1].after.isoformat():
            message = f"{place}: an availability is reported from {text} on, where no window begins"
            yield given.undecided(message, Reason.PREREQUISITE)
    asked = _asked(found, service["id"])
    for window in whole:
        opens, closes = window.stretch(zone)
        if not found.lines and not any(opens <= at < closes for at in asked):
            yield given.undecided(
                f"{place}, {window.name}: neither the outage log nor the monitor log has a line of it"
            )
            continue
        yield from _of_window(given, service, window, down, in_hours(*window.stretch(zone), hours), by_day)
    for window in _left_out(found, service["window"], whole):
        promised = in_hours(*window.stretch(zone), hours)
        if both(down, promised):
            # what was down there proves that the target was missed, and never that it was kept
            statements = _of_window(given, service, window, down, promised, {})
            yield from (one for one in statements if isinstance(one, Finding))


def _left_out(found: Measured, kind: str, whole: list[Window]) -> list[Window]:
    """The windows of the last months that are over, and are not said to be covered.

    Windows of 30 days and of years are counted from the first day that is covered; none before it is known.
    """
    first = found.earliest if kind in ("calendar-month", "quarter") else found.first
    over = windows(kind, first, found.given.on - timedelta(days=1))
    return [one for one in over if not whole or one.after <= whole[0].first or whole[-1].after <= one.first]


def _asked(found: Measured, service: str) -> set[datetime]:
    """When a monitor asked a service."""
    moments = (moment(row["at"]) for row in found.samples if row["service"] == service)
    return {at for at in moments if at is not None}


def down_time(found: Measured, service: Mapping[str, Any], end: datetime) -> list[Stretch]:
    """When a service was down, without what is excused."""
    lines = [one for one in found.lines if one.service == service["id"]]
    seen = failing(found.samples, service["id"])
    down = merged([*(one.stretch(end) for one in lines), *seen])
    if "planned-maintenance" not in service.get("exclusions", ()):
        return down
    unplanned = merged([*(one.stretch(end) for one in lines if not one.planned)])
    excuses = merged(part for one in lines for part in excused(one, found.notice, end))
    return without(down, without(excuses, unplanned))


def _of_window(
    given: Given,
    service: Mapping[str, Any],
    window: Window,
    down: list[Stretch],
    promised: list[Stretch],
    reported: Mapping[str, str],
) -> Iterator[Statement]:
    whole, lost = length(promised), length(both(down, promised))
    place = f"service {service['id']}, {window.name}"
    if not whole:
        yield given.undecided(f"{place}: no hour of service lies in it", Reason.PREREQUISITE)
        return
    allowed = minutes(whole) * (HUNDRED - decimal(service["target"])) / 100
    kept = HUNDRED * (1 - minutes(lost) / minutes(whole))
    wrong = (lost // _SECOND) * HUNDRED > (whole // _SECOND) * (HUNDRED - decimal(service["target"]))  # exactly
    shown = f"{kept.quantize(_SHOWN, rounding=ROUND_DOWN)} per cent: down {rounded(minutes(lost), 1)} minutes"
    if wrong:
        message = "A service was available for less than its target."
        expected = f"{service['target']} per cent or more: down {rounded(allowed, 2)} minutes at most"
        yield given.finding(message, expected, shown, place)
    told = reported.get(window.first.isoformat())
    if told is not None and decimal(told) > rounded(kept, places(told)):
        wrong = True
        message = "A better availability was reported than follows from the log."
        yield given.finding(message, shown, f"{told} per cent", place)
    if not wrong:
        yield Examined(what=f"the availability of {service['id']} in {window.name}: {shown}", evidence=given.evidence)
