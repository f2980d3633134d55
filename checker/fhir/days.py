"""The calendar days that a FHIR date, dateTime or instant may mean. Nothing here raises on odd input.

Source: http://hl7.org/fhir/R4/datatypes.html#date and #dateTime.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from typing import Any, NamedTuple

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(T[0-9]{2}:[0-9]{2}.*)?)?)?", re.ASCII)
_DAY = timedelta(days=1)


class Days(NamedTuple):
    """The first and the last day that a value may mean."""

    first: date
    last: date


def days(value: Any) -> Days | None:
    """The days of a value; None if it is none that FHIR allows.

    A year is all of its days. A value with a time is taken a day wider on both sides, since the
    calendar of the place where it happened may differ from that of the offset that is written.

    >>> days("2026-02")
    Days(first=datetime.date(2026, 2, 1), last=datetime.date(2026, 2, 28))
    >>> days("2026-03-01T23:30:00Z")
    Days(first=datetime.date(2026, 2, 28), last=datetime.date(2026, 3, 2))
    >>> days("1.3.2026") is days("2026-02-30") is days(7) is None
    True
    """
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    year, month, day, time = found.groups()
    try:
        first = date(int(year), int(month or 1), int(day or 1))
        last_month = int(month or 12)
        last = date(int(year), last_month, int(day or calendar.monthrange(int(year), last_month)[1]))
        return Days(first - _DAY, last + _DAY) if time else Days(first, last)
    except (ValueError, OverflowError):  # no such day, or none before or after it
        return None


def years_between(one: date, other: date) -> int:
    """Whole years from one day to a later one: the age on that day.

    >>> years_between(date(2000, 2, 29), date(2001, 2, 28)), years_between(date(2000, 2, 29), date(2001, 3, 1))
    (0, 1)
    """
    return other.year - one.year - ((other.month, other.day) < (one.month, one.day))
