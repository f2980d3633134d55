"""What a supplier owes around a service: notice of planned work, somebody who answers for it, a public history."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from checker.checks.pack.figures import span
from checker.checks.pack.given import WHOLE, of_table, part, table
from checker.checks.pack.moments import DAY, local, moment
from checker.checks.pack.outages import OUTAGE_COLUMNS, OUTAGE_LOG, OUTAGES, Outage, outages
from checker.checks.pack.promises import OF_SERVICE, SERVICE
from checker.checks.pack.service_time import WEEKDAYS, in_hours
from checker.checks.pack.stretches import Stretch, merged, without
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

HISTORY = "status-history"
_HISTORY_COLUMNS = ("service", "start", "end")
_HOUR = timedelta(hours=1)


@check(
    "service.maintenance-is-announced",
    needs=lambda p, settings: [WHOLE, OF_SERVICE, OUTAGE_LOG],
    source="docs/policy.md#planned-work-is-announced",
)
def maintenance_is_announced(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Windows for planned work and the notice before it are declared, and every planned outage of the log kept both.

    A notice of no time is none. A planned outage was told at least ``notice`` before its window, which lies in a
    declared one by the clock of the United Kingdom, and it lay inside the window that was told.

    Good: told on the 1st for the night of the 15th, with a notice of 10 days. Bad: told the day before; work that went
    on for an hour after its window.
    """
    found = part(ev, SERVICE, "maintenance")
    if isinstance(found, Undecided):
        yield found
        return
    notice, declared = span(found.facts.get("notice", "")), found.facts.get("windows", [])
    if notice is None or not declared:
        message = "Planned maintenance is not declared in full."
        missing = "no notice" if notice is None else "no window"
        yield found.finding(message, "a notice and windows", missing, "service maintenance")
        return
    if not notice:
        message = "Planned work may begin the moment it is told."
        yield found.finding(message, "a notice of some time", found.facts["notice"], "service maintenance notice")
    else:
        yield Examined(what="the declaration of planned maintenance", evidence=found.evidence)
    log = table(ev, OUTAGES, *OUTAGE_COLUMNS)
    if isinstance(log, Undecided):
        yield log
        return
    both = log._replace(evidence=log.evidence + found.evidence)
    for one in outages(log.facts):
        if isinstance(one, str):
            yield log.undecided(one, Reason.PREREQUISITE)
        elif one.planned:
            faults = list(_unannounced(one, notice, declared))
            for expected, actual in faults:
                message = "Planned work was not announced as promised, or did not keep to its window."
                yield both.finding(message, expected, actual, f"outage-log line {one.line}")
            if not faults:
                yield Examined(what=f"the planned outage in line {one.line}", evidence=both.evidence)


def _unannounced(one: Outage, notice: timedelta, declared: list[Any]) -> Iterator[tuple[str, str]]:
    if one.window is None or one.notified is None:
        yield "a notice, and the window that was told", f"no {'window' if one.window is None else 'notice'}"
        return
    if one.window[0] - one.notified < notice:
        yield f"a notice {notice} before the window", f"{one.window[0] - one.notified} before it"
    if one.until is None or one.start < one.window[0] or one.until > one.window[1]:
        yield "work inside the window that was told", "work outside it"
    if not _inside(one.window, declared):
        yield "a window that the section declares", f"one from {local(one.window[0]):%A %H:%M}"


def _inside(window: Stretch, declared: list[Mapping[str, Any]]) -> bool:
    """Does a window lie in those that are declared, of which two may meet at midnight?

    The last hour before the clocks change may be longer or shorter.
    """
    if window[1] - window[0] > DAY * len(WEEKDAYS):
        return False
    return not without([window], merged(part for one in declared for part in in_hours(*window, one)))


class Levels(Params, frozen=True, kw_only=True):
    """How many steps an escalation has at least."""

    fewest: int = 2


@check(
    "service.somebody-answers",
    params=Levels,
    needs=lambda p, settings: [WHOLE, OF_SERVICE],
    source="docs/policy.md#somebody-answers-for-the-service",
)
def somebody_answers(ev: EvidenceView, p: Levels) -> Iterator[Statement]:
    """A named executive answers for the service, incidents escalate by times, and there is a remedy beyond credits.

    At least two steps, each with whom it goes to and after how long, each later than the one before. A remedy beyond
    credits is a right to step in, or to terminate, with what sets it off. Whether a trigger is worth anything is for a
    person.

    Good: termination after three months below 99.0 in a year. Bad: service credits as the only remedy.
    """
    found = part(ev, SERVICE, "accountability")
    if isinstance(found, Undecided):
        yield found
        return
    said, wrong = found.facts, []
    if not said.get("executive") or not said.get("role"):
        wrong.append("no named executive with a role")
    steps = sorted(said.get("escalation", []), key=lambda one: int(one["level"]))
    times = [span(one.get("after", "")) for one in steps]
    known = [one for one in times if one is not None]
    if len(steps) < p.fewest:
        wrong.append(f"fewer than {p.fewest} steps of escalation")
    elif len(known) < len(times) or not all(one.get("to") for one in steps):
        wrong.append("a step of escalation without a time, or without whom it goes to")
    elif any(later <= sooner for sooner, later in pairwise(known)):
        wrong.append("a step of escalation that is no later than the one before")
    beyond = [
        one for one in said.get("remedies", []) if one["kind"] in ("step-in", "termination") and one.get("trigger")
    ]
    if not beyond:
        wrong.append("no right to step in or to terminate with what sets it off")
    for one in wrong:
        message = "Nobody can be held to the service as it is described."
        yield found.finding(
            message, "an executive, escalation by times, a remedy beyond credits", one, "service accountability"
        )
    if not wrong:
        yield Examined(what="who answers for the service", evidence=found.evidence)


class Shortest(Params, frozen=True, kw_only=True):
    """From how many minutes on an outage belongs into the public history."""

    minutes: int = 15


@check(
    "service.history-is-public",
    params=Shortest,
    needs=lambda p, settings: [WHOLE, OF_SERVICE, OUTAGE_LOG, of_table(HISTORY, *_HISTORY_COLUMNS)],
    source="docs/policy.md#outages-are-told-in-public",
)
def history_is_public(ev: EvidenceView, p: Shortest) -> Iterator[Statement]:
    """A status page is named, and every outage of the log of 15 minutes or more is in what was exported from it.

    The export is an artefact of kind ``status-history`` (CSV: ``service``, ``start``, ``end``). An entry that overlaps
    an outage, or begins at most an hour after it, speaks of it. That the public can open the page, and that the export
    is what it shows, is for a person: without a finding the row is theirs.

    Good: an outage of 40 minutes and an entry of 50. Bad: an outage of two hours of which the page says nothing.
    """
    found = part(ev, SERVICE, "status-page")
    if isinstance(found, Undecided):
        yield found
        return
    if not found.facts.get("url"):
        yield found.finding("No status page is named.", "an address", "none", "service status-page")
        return
    log, shown = table(ev, OUTAGES, *OUTAGE_COLUMNS), table(ev, HISTORY, *_HISTORY_COLUMNS)
    if isinstance(log, Undecided) or isinstance(shown, Undecided):
        yield log if isinstance(log, Undecided) else shown  # type: ignore[misc]
        return
    both = log._replace(evidence=log.evidence + shown.evidence)
    told = _told(shown.facts, ev.as_of)
    if told is None:
        yield shown.undecided("the status history has a time that is no moment with its zone", Reason.PREREQUISITE)
        return
    long_enough = timedelta(minutes=p.minutes)
    for one in outages(log.facts):
        if isinstance(one, str):
            yield log.undecided(one, Reason.PREREQUISITE)
            continue
        if one.until is not None and one.until - one.start < long_enough:
            continue
        entries, until = told.get(one.service, []), (one.until or ev.as_of) + _HOUR
        last = bisect_right(entries, until, key=lambda entry: entry[0]) - 1
        if last >= 0 and entries[last][1] >= one.start:
            yield Examined(what=f"the outage in line {one.line} and the status history", evidence=both.evidence)
        else:
            message = "An outage of the log is not in the status history."
            place, actual = f"outage-log line {one.line}", f"none for {one.service[:80]}"
            yield both.finding(message, "an entry of that time", actual, place)
    yield both.undecided(
        "that the public can open the status page, and sees this history, is for a person", Reason.HUMAN
    )


def _told(lines: list[Any], now: datetime) -> dict[str, list[Stretch]] | None:
    """The entries of the status history by service, in order; None where one has no moment."""
    found: dict[str, list[Stretch]] = {}
    for row in lines:
        start, end = moment(row["start"]), moment(row["end"])
        if start is None or (row["end"] and end is None):
            return None
        found.setdefault(row["service"], []).append((start, max(end or now, start + timedelta(seconds=1))))
    return {name: merged(entries) for name, entries in found.items()}
