"""Does the availability that the DTAC form states follow from the outage log?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from checker.checks.assured import Given, months_after
from checker.checks.pack.dtac_form import NEEDS, SECTION, answers
from checker.checks.pack.figures import rounded
from checker.checks.pack.given import of_table, part, shortened, table
from checker.checks.pack.hazards import fold
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

KIND = "outage-log"
COLUMNS = ("service?", "start", "end", "kind?")
_FIGURE = re.compile(r"([0-9]{1,3}\.[0-9]{2}) ?%?", re.ASCII)
_PLANNED = frozenset({"planned", "maintenance", "planned maintenance", "scheduled", "scheduled maintenance"})

Stretch = tuple[datetime, datetime]


class NotRead(Exception):
    """Why a line of the log cannot be counted."""


def without_service(rows: Iterable[Mapping[str, str]], period: Stretch) -> timedelta:
    """How long there was no service in a period; what overlaps counts once. Raises ``NotRead``.

    An outage without an end lasts to the end of the period.

    >>> at = lambda hour: datetime(2026, 1, 1, hour, tzinfo=UTC)
    >>> rows = [{"line": str(n), "start": a, "end": b} for n, (a, b) in enumerate((
    ...     ("2026-01-01T01:00Z", "2026-01-01T03:00Z"), ("2026-01-01T02:00+00:00", "2026-01-01T04:00Z"),
    ...     ("2025-12-31T22:00Z", "2026-01-01T00:30:00Z")))]
    >>> without_service(rows, (at(0), at(10)))
    datetime.timedelta(seconds=12600)
    """
    found = []
    for row in rows:
        start, end = moment(row["start"]), moment(row["end"]) if row["end"] else period[1]
        if start is None or end is None:
            raise NotRead(f"line {row['line']} has a start or an end that is no moment with its zone")
        if row["end"] and end < start:
            raise NotRead(f"line {row['line']} ends before it begins")
        cut = max(start, period[0]), min(end, period[1])
        if cut[0] < cut[1]:
            found.append(cut)
    total, until = timedelta(), period[0]
    for start, end in sorted(found):
        total += max(end - max(start, until), timedelta())
        until = max(until, end)
    return total


def moment(text: str) -> datetime | None:
    """A moment with its zone, in UTC; None for another text.

    >>> moment("2026-03-29T02:30+01:00"), moment("2026-03-29 02:30")
    (datetime.datetime(2026, 3, 29, 1, 30, tzinfo=datetime.timezone.utc), None)
    """
    try:
        found = datetime.fromisoformat(text.strip())
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def availability(down: timedelta, whole: timedelta) -> Decimal:
    """The share of a time in which there was service, in per cent.

    >>> rounded(availability(timedelta(minutes=263, seconds=31), timedelta(days=366)))
    Decimal('99.95')
    """
    second = timedelta(seconds=1)
    return 100 - Decimal(down // second) * 100 / Decimal(whole // second)


class Availability(Params, frozen=True, kw_only=True):
    """How long ago the twelve months may end, in months."""

    most_months: int = 3


@check(
    "dtac.availability-recomputes",
    params=Availability,
    needs=lambda p, settings: [*NEEDS, of_table(KIND, *COLUMNS)],
    source="https://transform.england.nhs.uk/key-tools-and-info/digital-technology-assessment-criteria-dtac/",
)
def availability_recomputes(ev: EvidenceView, p: Availability) -> Iterator[Statement]:
    """D1.5 is given to two places, for twelve months that ended lately, and follows from the outage log within 0.01.

    Outages that overlap count once; one that lasts counts to the end. Planned maintenance counts unless
    the section says ``planned-counts: no``. Days are those of UTC.

    Good: 99.95 from 263 minutes in 366 days. Bad: 99.99 from the same log; ``99.9``; eleven months.
    """
    found, said = answers(ev), part(ev, SECTION, "availability")
    if isinstance(found, Undecided):
        yield found
        return
    place = f"section {SECTION} answers D1.5"
    text = found.text("D1.5")
    if not text:
        yield found.given.undecided("D1.5 states no availability")
        return
    figure = _FIGURE.fullmatch(text)
    if figure is None or Decimal(figure.group(1)) > 100:
        message = "The availability is no percentage to two places."
        yield found.given.finding(message, "a figure such as 99.95", shortened(text, 20), place)
        return
    if isinstance(said, Undecided):
        yield said
        return
    period = _period(said, p)
    if not isinstance(period, tuple):
        yield period
        return
    yield from _held_against(ev, said, Decimal(figure.group(1)), period, place)


def _period(said: Given, p: Availability) -> tuple[date, date] | Statement:
    first, last = day(said.facts["from"]), day(said.facts["to"])
    place = f"section {SECTION} availability"
    if first is None or last is None:
        return said.undecided("the twelve months have no first or last day", Reason.PREREQUISITE)
    if last != months_after(first, 12) - timedelta(days=1):
        expected = f"twelve months: to {months_after(first, 12) - timedelta(days=1)}"
        return said.finding("The availability is not that of twelve months.", expected, f"to {last}", place)
    if last > said.on:
        return said.finding("The twelve months end on a day to come.", f"{said.on} or before", str(last), place)
    if said.on > months_after(last, p.most_months):
        expected = f"an end within {p.most_months} months before {said.on}"
        return said.finding("The twelve months ended too long ago.", expected, str(last), place)
    return first, last


def _held_against(
    ev: EvidenceView, said: Given, declared: Decimal, period: tuple[date, date], place: str
) -> Iterator[Statement]:
    rows = table(ev, KIND, *COLUMNS)
    if isinstance(rows, Undecided):
        yield rows
        return
    try:
        counted = _counted(rows.facts, said.facts)
    except NotRead as why:
        yield rows.undecided(f"the outage log: {why}", Reason.PREREQUISITE)
        return
    start = datetime(period[0].year, period[0].month, period[0].day, tzinfo=UTC)
    end = datetime(period[1].year, period[1].month, period[1].day, tzinfo=UTC) + timedelta(days=1)
    try:
        down = without_service(counted, (start, end))
    except NotRead as why:
        yield rows.undecided(f"the outage log: {why}", Reason.PREREQUISITE)
        return
    found = availability(down, end - start)
    if abs(found - declared) >= Decimal("0.01"):
        message = "The availability does not follow from the outage log."
        expected = f"{rounded(found)} ({down} without service in {(end - start).days} days)"
        yield rows.finding(message, expected, str(declared), place)
        return
    evidence = (*said.evidence, *rows.evidence)
    yield Examined(what=f"D1.5 against {len(counted)} outages", evidence=evidence, count=max(len(counted), 1))


def _counted(rows: list[dict[str, str]], said: Mapping[str, Any]) -> list[dict[str, str]]:
    service, planned_counts = said.get("service", ""), said.get("planned-counts", "yes") == "yes"
    if service and any("service" not in row for row in rows):
        raise NotRead("it has no column service")
    if not planned_counts and any("kind" not in row for row in rows):
        raise NotRead("it has no column kind")
    kept = [row for row in rows if not service or row["service"].casefold() == service.casefold()]
    if not kept:
        raise NotRead(f"it has no line of {service!r}, so that its name may be wrong" if service else "it has no line")
    return [row for row in kept if planned_counts or fold(row["kind"]) not in _PLANNED]
