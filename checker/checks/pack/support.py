"""Support: times by severity, and whether the tickets kept them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from checker.checks.assured import Given, months_after
from checker.checks.pack.figures import decimal, span
from checker.checks.pack.given import WHOLE, of_table, part, table
from checker.checks.pack.moments import moment
from checker.checks.pack.promises import OF_SERVICE, SERVICE
from checker.checks.pack.said import if_said
from checker.checks.pack.service_time import ALWAYS, MOST_DAYS, clock_of, hours_named
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

TICKETS = "tickets"
_COLUMNS = ("id", "severity", "opened", "responded", "fixed")
_PARTS = {"definition": "definition", "response": "response time", "update": "time between updates", "fix": "fix time"}
_PLACES = Decimal("0.01")


class Recent(Params, frozen=True, kw_only=True):
    """How old the last ticket may be."""

    most_months: int = 12


@check(
    "service.support-is-kept",
    params=Recent,
    needs=lambda p, settings: [WHOLE, OF_SERVICE, of_table(TICKETS, *_COLUMNS)],
    source="docs/policy.md#support-is-stated-graded-and-kept",
)
def support_is_kept(ev: EvidenceView, p: Recent) -> Iterator[Statement]:
    """Support is stated by severity, is faster the more severe it is, and the tickets kept it.

    Each severity has a definition, times to a response, between updates and to a fix, and its hours; a response comes
    before the fix. From one severity to the next no time gets shorter and one gets longer; where the hours differ, and
    the figures alone do not tell, a person decides. From the tickets (CSV: ``id``, ``severity``, ``opened``,
    ``responded``, ``fixed``) times are counted in the hours of the severity, by the clock of the United Kingdom; a
    ticket at exactly its limit is in time. ``support-targets`` states which share of each severity is; where it does
    not, it is every ticket, and a share of 0 promises nothing. An open ticket counts once its time is over; one that
    was mended was answered by then. An export whose last ticket is older than 12 months shows nothing.

    Good: severity 1 in 15 minutes, 2 in an hour. Bad: severity 2 faster than 1; 7 of 10 in time for a target of 95.
    """
    found = part(ev, SERVICE, "support")
    if isinstance(found, Undecided):
        yield found
        return
    if not found.facts:
        yield found.undecided("no severity of support is listed")
        return
    known = if_said(ev, SERVICE, "hours", [])
    if isinstance(known, Undecided):
        yield known
        return
    declared = if_said(ev, SERVICE, "support-targets", {})
    if isinstance(declared, Undecided):
        yield declared
        return
    levels = sorted(found.facts, key=lambda one: int(one["severity"]))
    faults = [*_incomplete(found, levels, known), *_not_faster(found, levels), *_of_none(found, declared)]
    yield from faults
    if not faults:
        yield Examined(what=f"support by {len(levels)} severities", evidence=found.evidence)
    yield from _tickets(ev, found, levels, known, declared, p.most_months)


def _incomplete(found: Given, levels: list[Any], known: Any) -> Iterator[Statement]:
    numbers = [int(one["severity"]) for one in levels]
    if len(set(numbers)) != len(numbers):
        yield found.finding("A severity stands twice.", "each once", f"{len(numbers)} entries", "service support")
    for one in levels:
        wrong = [f"no {words}" for key, words in _PARTS.items() if not one.get(key)]
        try:
            hours_named(one["hours"], known)
        except LookupError:
            wrong.append("no hours that the section has")
        response, fix = span(one.get("response", "")), span(one.get("fix", ""))
        if response is not None and fix is not None and response >= fix:
            wrong.append("a response that comes no sooner than the fix")
        if wrong:
            message = "The support of a severity is not complete, or contradicts itself."
            expected = "definition, response, update, fix and hours; response before fix"
            yield found.finding(message, expected, "; ".join(wrong), f"service support severity {one['severity']}")


def _not_faster(found: Given, levels: list[Any]) -> Iterator[Statement]:
    for one, other in pairwise(levels):
        pairs = [(key, span(one.get(key, "")), span(other.get(key, ""))) for key in ("response", "update", "fix")]
        told = [(key, sooner, later) for key, sooner, later in pairs if sooner is not None and later is not None]
        slower = [key for key, sooner, later in told if sooner > later]
        same = bool(told) and not slower and all(sooner == later for _, sooner, later in told)
        if not slower and not same:
            continue
        place = f"service support severity {one['severity']}"
        wider = one.get("hours") == ALWAYS and other.get("hours") != ALWAYS
        if wider and same:
            continue  # the same figure, all day and every day, is sooner
        if slower and one.get("hours") != other.get("hours"):
            message = f"{place}: its figures are longer than those of the next, in other hours: a person has to compare"
            yield found.undecided(message, Reason.HUMAN)
            continue
        message = "A more severe incident is not served faster than a less severe one."
        actual = (
            f"{', '.join(slower) or 'all times'} {'longer than' if slower else 'the same as'} for {other['severity']}"
        )
        yield found.finding(
            message, f"no time longer than for severity {other['severity']}, and one shorter", actual, place
        )


def _of_none(found: Given, declared: Mapping[str, str]) -> Iterator[Statement]:
    for key, share in sorted(declared.items()):
        if decimal(share) == 0:
            message = "None of the tickets has to keep the time that is stated."
            yield found.finding(message, "a share above 0", share, f"service support-targets {key}")


class _Kept(NamedTuple):
    """How many tickets were to keep a time, how many did, and the first that did not."""

    of: int
    kept: int
    first: str


def _tickets(
    ev: EvidenceView, found: Given, levels: list[Any], known: Any, declared: Mapping[str, str], months: int
) -> Iterator[Statement]:
    log = table(ev, TICKETS, *_COLUMNS)
    if isinstance(log, Undecided):
        yield log
        return
    given = log._replace(evidence=log.evidence + found.evidence)
    if not log.facts:
        yield log.undecided("the export of tickets has no ticket")
        return
    by_severity: dict[str, list[dict[str, str]]] = {str(int(one["severity"])): [] for one in levels}
    for row in log.facts:
        if problem := _problem(row, by_severity):
            yield log.undecided(f"line {row['line']} of the tickets {problem}", Reason.PREREQUISITE)
            return
        by_severity[_severity(row["severity"])].append(row)
    last = max(at for row in log.facts if (at := moment(row["opened"])) is not None).date()
    if months_after(last, months) < log.on:
        yield log.undecided(f"the last ticket is of {last}, more than {months} months before the day of judgement")
        return
    over = 0
    for one in levels:
        try:
            hours = hours_named(one["hours"], known)
        except LookupError:
            continue  # it is incomplete, and said to be
        rows = by_severity[str(int(one["severity"]))]
        for key, column in (("response", "responded"), ("fix", "fixed")):
            limit = span(one.get(key, ""))
            if limit is not None and rows:
                kept = _kept(rows, column, limit, hours, ev.as_of)
                over += kept.of
                if kept.of:
                    yield _judged(given, one["severity"], key, kept, declared.get(key))
    if not over:
        yield log.undecided("the time of no ticket is over, so none shows that it was kept")


def _judged(given: Given, severity: str, key: str, kept: _Kept, share: str | None) -> Finding | Examined:
    place = f"tickets of severity {severity}"
    target = decimal(share) if share is not None else Decimal(100)
    if kept.kept * 100 < target * kept.of:
        found = (Decimal(kept.kept) * 100 / kept.of).quantize(_PLACES, rounding=ROUND_DOWN)
        message = f"Tickets did not keep the time to a {key}."
        actual = f"{kept.kept} of {kept.of}, {found} per cent; the first that did not is {kept.first}"
        return given.finding(message, f"{target} per cent in time", actual, place, kept.of - kept.kept)
    return Examined(what=f"{place}, {key}: {kept.kept} of {kept.of} in time", evidence=given.evidence)


def _severity(text: str) -> str:
    digits = text.strip().casefold().lstrip("abcdefghijklmnopqrstuvwxyz -")
    return str(int(digits)) if digits.isascii() and digits.isdigit() and len(digits) < 5 else ""


def _problem(row: Mapping[str, str], known: Mapping[str, Any]) -> str:
    opened = moment(row["opened"])
    if _severity(row["severity"]) not in known:
        return "has a severity that the section does not list"
    if opened is None:
        return "has no moment with its zone at which it was opened"
    for column in ("responded", "fixed"):
        ended = moment(row[column])
        if row[column] and (ended is None or ended < opened):
            return f"was {column} at no moment with its zone, or before it was opened"
        if ended is not None and (ended - opened).days > MOST_DAYS:
            return f"was {column} more than {MOST_DAYS} days later"
    return ""


def _kept(rows: list[dict[str, str]], column: str, limit: timedelta, hours: Any, now: datetime) -> _Kept:
    of, kept, first = 0, 0, ""
    told = [at for row in rows for name in ("opened", "responded", "fixed") if (at := moment(row[name])) is not None]
    taken = clock_of(hours, min(told), max(now, *told))
    for row in rows:
        opened, ended = moment(row["opened"]), moment(row[column] or row["fixed"])
        if opened is None:
            continue  # _problem has said so
        until = ended or now
        in_time = taken(opened, until) <= limit
        if ended is None and in_time:
            continue  # its time is not over
        of += 1
        kept += in_time
        first = first or ("" if in_time else f"line {row['line']}")
    return _Kept(of, kept, first)
