"""Date, DateTime and Time with partial precision: reading, comparing, adding durations.

A comparison has no answer (None) where the precision or a missing time zone leaves it open: each value is seen
as the span of instants that it may mean, and the answer is given only when the spans decide it.

Source: FHIRPath N1, §2.1.5–2.1.7 (types), §6.1–6.2 (comparison), §6.7 (arithmetic)
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_CLOCK = r"(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?"
_TIME = re.compile(_CLOCK, re.ASCII)
_DATE_TIME = re.compile(r"(\d{4}(?:-\d\d(?:-\d\d)?)?)(?:T(?:" + _CLOCK + r")?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)

_DAY = Decimal(86400)
_EAST, _WEST = Decimal(14 * 3600), Decimal(12 * 3600)


class Temporal:
    """What the three types share.

    ``parts`` are the numbers that are stated, from the largest unit down (a Date has up to three, a DateTime up
    to six, a Time up to three); ``fraction`` the digits after the second, as written.
    """

    __slots__ = ("fraction", "offset", "parts")

    def __init__(self, parts: tuple[int, ...], fraction: str = "", offset: int | None = None) -> None:
        self.parts, self.fraction, self.offset = parts, fraction, offset

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Temporal) or type(self) is not type(other):
            return False
        return (self.parts, self.fraction, self.offset) == (other.parts, other.fraction, other.offset)

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.parts, self.fraction, self.offset))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self})"


class Date(Temporal):
    """A date: year, month, day; month and day may be absent."""

    __slots__ = ()

    def __str__(self) -> str:
        return _date_text(self.parts)


class DateTime(Temporal):
    """A date with a time of day; everything after the year may be absent. ``offset`` is in minutes, or None."""

    __slots__ = ()

    def __str__(self) -> str:
        text = _date_text(self.parts[:3])
        if len(self.parts) > 3:
            text += "T" + _time_text(self.parts[3:], self.fraction)
            if self.offset is not None:
                text += offset_text(self.offset)
        return text


class Time(Temporal):
    """A time of day: hour, minute, second; minute and second may be absent."""

    __slots__ = ()

    def __str__(self) -> str:
        return _time_text(self.parts, self.fraction)


def offset_text(offset: int) -> str:
    """``Z`` or ``+01:00``."""
    if offset == 0:
        return "Z"
    return f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02}:{abs(offset) % 60:02}"


def _date_text(parts: tuple[int, ...]) -> str:
    return "-".join(f"{part:0{4 if index == 0 else 2}}" for index, part in enumerate(parts))


def _time_text(parts: tuple[int, ...], fraction: str) -> str:
    text = ":".join(f"{part:02}" for part in parts)
    return f"{text}.{fraction}" if fraction else text


# ---- reading


def parse_date(text: str) -> Date | None:
    """A Date, or None when the text is none or the calendar has no such day."""
    match = _DATE.fullmatch(text)
    parts = _numbers(match.groups()) if match is not None else ()
    return Date(parts) if parts and _in_calendar(parts) else None


def parse_time(text: str) -> Time | None:
    """A Time such as ``10:30``, or None."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    parts = _numbers(match.groups()[:3])
    return Time(parts, match.group(4) or "") if _in_day(parts) else None


def parse_date_time(text: str) -> DateTime | None:
    """A DateTime of any precision, or None."""
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        return None
    day, *clock, fraction, zone = match.groups()
    hours = _numbers(tuple(clock))
    dated = parse_date(day)
    if dated is None or (hours and len(dated.parts) < 3) or not _in_day(hours) or (zone and not hours):
        return None
    offset = None
    if zone:
        offset = 0 if zone == "Z" else int(zone[1:3]) * 60 + int(zone[4:6])
        if offset > 14 * 60 or (zone != "Z" and int(zone[4:6]) > 59):
            return None
        offset = -offset if zone[0] == "-" else offset
    return DateTime(dated.parts + hours, fraction or "", offset)


def _numbers(groups: tuple[str | None, ...]) -> tuple[int, ...]:
    return tuple(int(group) for group in groups if group is not None)


def _in_calendar(parts: tuple[int, ...]) -> bool:
    year, month, day = (*parts, 1, 1)[:3]
    return year >= 1 and 1 <= month <= 12 and 1 <= day <= days_in_month(year, month)


def _in_day(parts: tuple[int, ...]) -> bool:
    hour, minute, second = (*parts, 0, 0, 0)[:3]
    return hour < 24 and minute < 60 and second <= 60


def days_in_month(year: int, month: int) -> int:
    """How many days the month has."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


# ---- comparing


def compare(left: Temporal, right: Temporal, *, assume_utc: bool = False) -> int | None:
    """-1, 0 or 1; None when precision or time zone leaves it open. Both are dates, or both are times.

    Where only one has a time zone, the other may be of any zone of the earth; for the order (``assume_utc``) it is
    taken to be in UTC, as a period from a date to an instant is ordinary.
    """
    low, high = span(left)
    other_low, other_high = span(right)
    mixed = (left.offset is None) != (right.offset is None) and not isinstance(left, Time)
    if mixed and not assume_utc:
        if left.offset is None:
            low, high = low - _EAST, high + _WEST
        else:
            other_low, other_high = other_low - _EAST, other_high + _WEST
        return -1 if high < other_low else 1 if low > other_high else None
    if high < other_low or (high == other_low and low != high):
        return -1
    if low > other_high or (low == other_high and other_low != other_high):
        return 1
    return 0 if len(left.parts) == len(right.parts) and low == other_low else None


def span(value: Temporal) -> tuple[Decimal, Decimal]:
    """The first instant that the value may mean, and the first after it, in seconds; equal for a full second.

    A time zone is taken off; without one the numbers are those of the place.
    """
    if isinstance(value, Time):
        start = Decimal(0)
        clock = value.parts
    else:
        year, month, day = (*value.parts, 1, 1)[:3]
        if len(value.parts) < 3:
            first = date(year, month, day).toordinal()
            last = date(year, month if len(value.parts) == 2 else 12, 1).toordinal()
            last += days_in_month(year, month) if len(value.parts) == 2 else 31
            return first * _DAY, last * _DAY
        start = date(year, month, day).toordinal() * _DAY
        clock = value.parts[3:]
        if not clock:
            return start, start + _DAY
    hour, minute, second = (*clock, 0, 0)[:3]
    start += hour * 3600 + minute * 60 + second - (value.offset or 0) * 60
    if len(clock) == 3:
        start += Decimal(f"0.{value.fraction}") if value.fraction else 0
        return start, start
    return start, start + (3600 if len(clock) == 1 else 60)


# ---- arithmetic

_SECONDS = {"week": 604800, "day": 86400, "hour": 3600, "minute": 60, "second": 1}
_PRECISION = ("year", "month", "day", "hour", "minute", "second")


def add(value: Temporal, amount: Decimal, unit: str) -> Temporal | None:
    """The value later (or earlier) by an amount of a calendar unit; None when that leaves the calendar.

    An amount in a unit finer than the value is converted to the value's precision and cut; decimals of units
    above the second are cut.
    """
    if isinstance(value, Time):
        return _add_to_time(value, amount, unit)
    precision = _PRECISION[len(value.parts) - 1]
    if unit == "millisecond":
        amount, unit = amount / 1000, "second"
    elif unit != "second":
        amount = Decimal(int(amount))
    if unit == "week":
        amount, unit = amount * 7, "day"
    if precision in ("year", "month"):
        return _add_months(value, _to_months(amount, unit, precision))
    if unit in ("year", "month"):
        return _add_months(value, int(amount) * (12 if unit == "year" else 1))
    seconds = amount * _SECONDS[unit]
    if precision != "second":
        whole = _SECONDS[precision]
        seconds = Decimal(int(seconds / whole) * whole)
    return _add_seconds(value, seconds)


def _to_months(amount: Decimal, unit: str, precision: str) -> int:
    if unit not in ("year", "month"):
        days = amount * _SECONDS[unit] / 86400
        return int(days / 365) * 12 if precision == "year" else int(days / 30)
    months = int(amount) * (12 if unit == "year" else 1)
    return int(Decimal(months) / 12) * 12 if precision == "year" else months


def _add_months(value: Temporal, months: int) -> Temporal | None:
    year, month = (*value.parts, 1)[:2]
    count = year * 12 + month - 1 + months
    year, month = count // 12, count % 12 + 1
    if not 1 <= year <= 9999:
        return None
    parts = (year, month, *value.parts[2:])[: len(value.parts)]
    if len(parts) > 2:
        parts = (year, month, min(parts[2], days_in_month(year, month)), *parts[3:])
    return type(value)(parts, value.fraction, value.offset)


def _add_seconds(value: Temporal, seconds: Decimal) -> Temporal | None:
    year, month, day, hour, minute, second = (*value.parts, 0, 0, 0)[:6]
    total = date(year, month, day).toordinal() * _DAY + hour * 3600 + minute * 60 + second + seconds
    if value.fraction:
        total += Decimal(f"0.{value.fraction}")
    days = int(total // _DAY)
    if not 1 <= days <= date.max.toordinal():
        return None
    moved = date.fromordinal(days)
    clock, fraction = _clock(total - days * _DAY, value.fraction)
    return type(value)((moved.year, moved.month, moved.day, *clock)[: len(value.parts)], fraction, value.offset)


def _add_to_time(value: Time, amount: Decimal, unit: str) -> Time | None:
    if unit in ("year", "month", "week", "day"):
        return None
    if unit == "millisecond":
        amount, unit = amount / 1000, "second"
    elif unit != "second":
        amount = Decimal(int(amount))
    seconds = amount * _SECONDS[unit]
    if len(value.parts) < 3:
        whole = 3600 if len(value.parts) == 1 else 60
        seconds = Decimal(int(seconds / whole) * whole)
    hour, minute, second = (*value.parts, 0, 0)[:3]
    total = hour * 3600 + minute * 60 + second + seconds
    if value.fraction:
        total += Decimal(f"0.{value.fraction}")
    clock, fraction = _clock(total - (total // _DAY) * _DAY if total >= 0 else _wrapped(total), value.fraction)
    return Time(clock[: len(value.parts)], fraction)


def _wrapped(total: Decimal) -> Decimal:
    rest = total % _DAY
    return rest + _DAY if rest < 0 else rest


def _clock(seconds: Decimal, fraction: str) -> tuple[tuple[int, int, int], str]:
    whole = int(seconds)
    rest = seconds - whole
    digits = f"{rest:f}".partition(".")[2]
    width = max(len(fraction), 3 if rest else 0)
    digits = digits.rstrip("0").ljust(width, "0") if rest else "0" * len(fraction)
    return (whole // 3600, whole // 60 % 60, whole % 60), digits
