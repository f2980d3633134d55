"""Moments of logs, and the wall clock of the United Kingdom, by rule: no table of the machine's decides a verdict.

Summer time runs from 01:00 UTC on the last Sunday of March to 01:00 UTC on the last Sunday of October
(Summer Time Order 2002, since 2002; the same days since 1998).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_FIRST, _LAST = 1998, 2199
"""The years in which a moment of a log may lie."""
_MARCH, _OCTOBER = 3, 10
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LONDON = "Europe/London"


def moment(text: str) -> datetime | None:
    """A moment with its zone, in UTC; None for what is none, or lies outside the years 1998 to 2199.

    >>> moment("2026-06-01T10:00+01:00").isoformat(), moment("2026-06-01T10:00"), moment("2026-02-30T10:00Z")
    ('2026-06-01T09:00:00+00:00', None, None)
    """
    if not _MOMENT.fullmatch(text) or not _FIRST <= int(text[:4]) <= _LAST:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@cache
def _change(year: int, month: int) -> datetime:
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return last - DAY * ((last.weekday() + 1) % 7)


def offset(at: datetime, zone: str = LONDON) -> timedelta:
    """How far the clock of a zone is ahead of UTC at a moment.

    >>> offset(datetime(2026, 3, 29, 1, tzinfo=UTC)), offset(datetime(2026, 10, 25, 1, tzinfo=UTC))
    (datetime.timedelta(seconds=3600), datetime.timedelta(0))
    """
    if zone != LONDON:
        return timedelta(0)
    return HOUR if _change(at.year, _MARCH) <= at < _change(at.year, _OCTOBER) else timedelta(0)


def local(at: datetime, zone: str = LONDON) -> datetime:
    """What the clock of a zone shows at a moment, without a zone."""
    return (at + offset(at, zone)).replace(tzinfo=None)


def at_clock(on: date, clock: str, zone: str = LONDON) -> datetime:
    """The moment at which the clock of a zone shows HH:MM on a day; 24:00 is the end of the day.

    Of a time that comes twice the first is meant; one that the change leaves out is one of winter.

    >>> at_clock(date(2026, 7, 1), "08:00").isoformat(), at_clock(date(2026, 12, 31), "24:00").isoformat()
    ('2026-07-01T07:00:00+00:00', '2027-01-01T00:00:00+00:00')
    """
    hours, minutes = int(clock[:2]), int(clock[3:])
    wall = datetime.combine(on, time(), UTC) + timedelta(hours=hours, minutes=minutes)
    early = wall - HOUR
    return early if zone == LONDON and offset(early, zone) == HOUR else wall
