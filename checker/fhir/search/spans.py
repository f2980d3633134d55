"""Dates as spans of time, and what the prefixes of a search say of two of them.

All is three-valued. A date without a zone may be meant in any zone, so that a day and an instant less than the
widest offset apart are neither before nor after each other.
Source: http://hl7.org/fhir/R4/search.html#date and #prefix.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
"""http://hl7.org/fhir/R4/valueset-search-comparator.html."""
_WHEN = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?)?)?", re.ASCII
)
_EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 12, 31, tzinfo=UTC)
_OFFSETS = timedelta(hours=14)
"""The widest offset from UTC that is in use."""


@dataclass(frozen=True, slots=True)
class Span:
    """From the first instant on, up to but not including the second. ``zoned``: nobody can read it otherwise."""

    start: datetime
    end: datetime
    zoned: bool


def span(text: Any) -> Span | None:
    """What a date, dateTime or instant covers; None when it is none of these."""
    found = _WHEN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    date, time = f"{year}-{month or '01'}-{day or '01'}", f"{hour or '00'}:{minute or '00'}:{second or '00'}"
    try:
        start = datetime.fromisoformat(f"{date}T{time}{(fraction or '')[:7]}{(zone or 'Z').replace('Z', '+00:00')}")
        return Span(start, start + _length(start, found), bool(zone))
    except (ValueError, OverflowError):
        return None


def _length(start: datetime, found: re.Match[str]) -> timedelta:
    _, month, day, hour, _, second, fraction, _ = found.groups()
    if fraction:
        return timedelta(milliseconds=1)
    if hour:
        return timedelta(seconds=1) if second else timedelta(minutes=1)
    if day:
        return timedelta(days=1)
    if month:
        return (start.replace(day=1) + timedelta(days=32)).replace(day=1) - start
    return start.replace(year=start.year + 1) - start


def period(found: dict[str, Any]) -> Span | None:
    """What a Period covers; an end that is not there is open. None when it has neither, or one cannot be read."""
    start, end = span(found.get("start")), span(found.get("end"))
    if (start is None and "start" in found) or (end is None and "end" in found) or not (start or end):
        return None
    zoned = all(each.zoned for each in (start, end) if each)
    return Span(start.start if start else _EARLIEST, end.end if end else _LATEST, zoned)


def compare(prefix: str, held: Span, asked: Span) -> bool | None:
    """Does what is held match what is asked, by that prefix? None where servers may rightly differ."""
    if held.zoned == asked.zoned:
        return _COMPARE[prefix](held, asked)
    try:
        shifted = [Span(asked.start + by, asked.end + by, True) for by in (-_OFFSETS, timedelta(), _OFFSETS)]
    except OverflowError:
        return None
    said = {_COMPARE[prefix](held, each) for each in shifted}
    return said.pop() if len(said) == 1 else None


def _contains(held: Span, asked: Span) -> bool:
    return asked.start <= held.start and held.end <= asked.end


def _eq(held: Span, asked: Span) -> bool | None:
    if _contains(held, asked):
        return True
    return False if held.end <= asked.start or held.start >= asked.end else None


def _ne(held: Span, asked: Span) -> bool | None:
    same = _eq(held, asked)
    return None if same is None else not same


def _gt(held: Span, asked: Span) -> bool | None:
    if held.start >= asked.end:
        return True
    return False if held.end <= asked.end else None


def _lt(held: Span, asked: Span) -> bool | None:
    if held.end <= asked.start:
        return True
    return False if held.start >= asked.start else None


def _ge(held: Span, asked: Span) -> bool | None:
    if _contains(held, asked) or held.start >= asked.end:
        return True
    return False if held.end <= asked.start else None


def _le(held: Span, asked: Span) -> bool | None:
    if _contains(held, asked) or held.end <= asked.start:
        return True
    return False if held.start >= asked.end else None


def _sa(held: Span, asked: Span) -> bool | None:
    if held.start >= asked.end:
        return True
    return False if held.end <= asked.end else None


def _eb(held: Span, asked: Span) -> bool | None:
    if held.end <= asked.start:
        return True
    return False if held.start >= asked.start else None


def _ap(held: Span, asked: Span) -> bool | None:
    return True if _contains(held, asked) else None


_COMPARE = {"eq": _eq, "ne": _ne, "gt": _gt, "lt": _lt, "ge": _ge, "le": _le, "sa": _sa, "eb": _eb, "ap": _ap}
