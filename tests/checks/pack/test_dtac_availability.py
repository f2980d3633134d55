"""Availability over twelve months: leap years, summer time, outages that overlap, and figures that are nearly right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from checker.checks.pack.dtac_availability import NotRead, availability, without_service
from checker.checks.pack.figures import rounded

YEAR = datetime(2027, 3, 1, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)
"""With a 29 February."""


def row(start: str, end: str, line: int = 2) -> dict[str, str]:
    return {"line": str(line), "start": start, "end": end}


def test_a_leap_year_has_a_day_more() -> None:
    down = timedelta(minutes=263, seconds=31)
    assert rounded(availability(down, YEAR[1] - YEAR[0])) == Decimal("99.95")
    assert rounded(availability(timedelta(minutes=52, seconds=42), timedelta(days=366))) == Decimal("99.99")


@pytest.mark.parametrize(
    ("rows", "minutes"),
    [
        ([row("2027-05-01T10:00Z", "2027-05-01T10:30Z")], 30),
        ([row("2027-05-01T10:00Z", "2027-05-01T10:30Z"), row("2027-05-01T10:10Z", "2027-05-01T10:20Z")], 30),
        ([row("2027-05-01T10:10Z", "2027-05-01T10:40Z"), row("2027-05-01T10:00Z", "2027-05-01T10:30Z")], 40),
        ([row("2027-05-01T10:00+01:00", "2027-05-01T09:30Z")], 30),
        ([row("2027-02-28T23:00Z", "2027-03-01T00:10Z")], 10),
        ([row("2028-02-29T23:50Z", "2028-03-02T00:00Z")], 10),
        ([row("2028-02-29T23:30Z", "")], 30),
        ([row("2026-01-01T00:00Z", "2026-01-02T00:00Z")], 0),
        ([row("2027-05-01T10:00Z", "2027-05-01T10:00Z")], 0),
        ([row("2027-05-01T10:00Z", "2027-05-01T10:30Z"), row("2027-05-01T10:30Z", "2027-05-01T10:45Z")], 45),
    ],
)
def test_overlaps_count_once_and_only_inside_the_year(rows: list[dict[str, str]], minutes: int) -> None:
    assert without_service(rows, YEAR) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2027-05-01T10:00", "2027-05-01T10:30Z", "no moment with its zone"),
        ("2027-02-30T10:00Z", "2027-05-01T10:30Z", "no moment with its zone"),
        ("", "2027-05-01T10:30Z", "no moment with its zone"),
        ("2027-05-01T10:00Z", "2027-05-01T09:30Z", "ends before it begins"),
        ("0001-01-01T00:00+14:00", "2027-05-01T10:30Z", "no moment with its zone"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(start: str, end: str, said: str) -> None:
    with pytest.raises(NotRead, match=f"line 7 .*{said}"):
        without_service([row(start, end, 7)], YEAR)
