"""The windows over which a service is measured, and the hours in which it is promised."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any, NamedTuple

from checker.checks.assured import months_after
from checker.checks.pack.moments import DAY, LONDON, at_clock, local
from checker.checks.pack.stretches import Stretch, both, length, merged

ALWAYS = "24x7"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = {"calendar-month": 1, "quarter": 3, "year": 12}
_NOMINAL = {"calendar-month": (28, 29, 30, 31), "30-days": (30,), "quarter": (90, 91, 92), "year": (365, 366)}
MOST_DAYS = 366 * 6
"""No more of a period is looked at."""


class Window(NamedTuple):
    """One window: its first day, and the day after its last."""

    first: date
    after: date

    @property
    def name(self) -> str:
        """As people say it.

        >>> Window(date(2026, 2, 1), date(2026, 3, 1)).name
        '2026-02-01 to 2026-02-28'
        """
        return f"{self.first.isoformat()} to {(self.after - DAY).isoformat()}"

    def stretch(self, zone: str = LONDON) -> Stretch:
        """From midnight to midnight, by the clock of a zone."""
        return at_clock(self.first, "00:00", zone), at_clock(self.after, "00:00", zone)


def windows(kind: str, first: date, last: date) -> list[Window]:
    """The windows of a kind that lie wholly within some days: calendar months or quarters, 30 days or years on end.

    >>> [one.name for one in windows("calendar-month", date(2024, 1, 15), date(2024, 3, 30))]
    ['2024-02-01 to 2024-02-29']
    >>> [one.name for one in windows("quarter", date(2026, 2, 1), date(2026, 10, 31))]
    ['2026-04-01 to 2026-06-30', '2026-07-01 to 2026-09-30']
    """
    if (last - first).days > MOST_DAYS:
        first = last - timedelta(days=MOST_DAYS)
    at = first
    if kind in ("calendar-month", "quarter"):
        at = date(first.year, 1, 1)
    found = []
    for _ in range(MOST_DAYS):
        after = at + timedelta(days=30) if kind == "30-days" else months_after(at, _MONTHS[kind])
        if after - DAY > last:
            break
        if at >= first:
            found.append(Window(at, after))
        at = after
    return found


def in_hours(start: datetime, end: datetime, hours: Mapping[str, Any] | None) -> list[Stretch]:
    """The parts of a stretch that lie in hours; None is all day, every day. ``MOST_DAYS`` days are looked at."""
    if hours is None:
        return merged([(start, end)])
    zone = hours.get("zone", LONDON)
    wanted = {WEEKDAYS.index(one) for one in hours["days"]}
    closed = set(hours.get("closed", ()))
    on, parts = local(start, zone).date() - DAY, []
    for _ in range(MOST_DAYS):
        if (begins := at_clock(on, hours["from"], zone)) >= end:
            break
        if on.weekday() in wanted and on.isoformat() not in closed:
            next_day = hours["to"] <= hours["from"]
            parts.append((begins, at_clock(on + DAY if next_day else on, hours["to"], zone)))
        on += DAY
    return both(merged(parts), [(start, end)]) if start < end else []


def clock_of(
    hours: Mapping[str, Any] | None, first: datetime, last: datetime
) -> Callable[[datetime, datetime], timedelta]:
    """How much of a stretch lies in hours, for many stretches between two moments; the hours are laid out once."""
    if hours is None:
        return lambda start, end: max(timedelta(0), end - start)
    laid: list[Stretch] = []
    at = first
    while at < last:
        until = min(last, at + DAY * 1000)
        laid += in_hours(at, until, hours)
        at = until
    laid = merged(laid)
    starts = [start for start, _ in laid]
    before = list(accumulate((end - start for start, end in laid), initial=timedelta(0)))

    def up_to(moment: datetime) -> timedelta:
        number = bisect_right(starts, moment) - 1
        if number < 0:
            return timedelta(0)
        return before[number] + min(moment, laid[number][1]) - starts[number]

    return lambda start, end: max(timedelta(0), up_to(end) - up_to(start))


def possible_lengths(kind: str, hours: Mapping[str, Any] | None, on: date) -> list[Decimal]:
    """How many minutes a window of a kind may have: by the calendar, or in the hours of the years around a day.

    >>> possible_lengths("30-days", None, date(2026, 1, 1))
    [Decimal('43200')]
    """
    if hours is None:
        return [Decimal(days * 24 * 60) for days in _NOMINAL[kind]]
    around = windows(kind, date(on.year - 1, 1, 1), date(on.year + 1, 12, 31))
    found = {length(in_hours(*one.stretch(hours.get("zone", LONDON)), hours)) for one in around}
    return sorted(Decimal(one // timedelta(seconds=1)) / 60 for one in found)


def hours_named(name: str, known: Any) -> Mapping[str, Any] | None:
    """The hours of that id among those of the section. Raises ``LookupError`` for an id that there is not."""
    if name == ALWAYS:
        return None
    found: Mapping[str, Any] = {one["id"]: one for one in known}[name]
    return found
