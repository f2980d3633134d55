"""Dates and times of any precision, compared as spans: what may be equal is neither before nor after.

Source: http://hl7.org/fhir/R4/datatypes.html#dateTime
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import Any

_MOMENT = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?", re.ASCII
)
_TICK = timedelta(microseconds=1)
Span = tuple[datetime, datetime]


def span(value: Any) -> Span | None:
    """First and last instant that a date or dateTime may stand for (UTC), or None when it is none.

    Without a time zone every zone from -12:00 to +14:00 may be meant.
    """
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        first = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), tzinfo=UTC)
        if second is not None:
            first += timedelta(seconds=int(second), microseconds=int((fraction or "0")[:6].ljust(6, "0")))
            last = first + (timedelta() if fraction else timedelta(seconds=1) - _TICK)
        elif hour is not None:
            last = first + timedelta(minutes=1) - _TICK
        elif day is not None:
            last = first + timedelta(days=1) - _TICK
        elif month is not None:
            last = first.replace(day=monthrange(first.year, first.month)[1]) + timedelta(days=1) - _TICK
        else:
            last = first.replace(month=12, day=31) + timedelta(days=1) - _TICK
        if zone is None and hour is None:
            return first, last
        if zone is None:
            return first - timedelta(hours=14), last + timedelta(hours=12)
        if zone != "Z":
            sign = 1 if zone[0] == "+" else -1
            shift = sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
            return first - shift, last - shift
    except (ValueError, OverflowError):
        return None
    return first, last


def order(one: Any, other: Any) -> int | None:
    """-1 when the first is surely before the second, 1 when surely after, 0 when they are the same; None: unsure.

    A date beside a time with a zone is compared by the date as it is written.
    """
    if isinstance(one, str) and isinstance(other, str):
        if one == other:
            return 0
        if min(len(one), len(other)) <= 10 and max(len(one), len(other)) > 10:
            one, other = one[:10], other[:10]
    left, right = span(one), span(other)
    if left is None or right is None:
        return None
    if left[1] < right[0]:
        return -1
    if left[0] > right[1]:
        return 1
    return 0 if left == right else None
