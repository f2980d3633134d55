"""Windows, hours and shares: the arithmetic that faults and decoys of the good pack do not reach."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from checker.checks.pack.availability import availability_is_kept
from checker.checks.pack.capacity import load_is_tested
from checker.checks.pack.encryption import plain
from checker.checks.pack.latencies import latency_is_kept, sample_does_not_contradict
from checker.checks.pack.moments import at_clock, local, moment
from checker.checks.pack.outages import failing
from checker.checks.pack.promises import says_what_it_promises
from checker.checks.pack.recovery import recovery_is_tested
from checker.checks.pack.service_duties import maintenance_is_announced
from checker.checks.pack.service_time import Window, in_hours, possible_lengths, windows
from checker.checks.pack.shares import interval, nearest_rank
from checker.checks.pack.stretches import length, merged, without
from checker.checks.pack.support import support_is_kept
from checker.model.verdict import Examined, Finding, Undecided
from tests.checks.pack.at_hand import AtHand, good, good_section, good_tables, said

OFFICE = {"days": ["monday", "tuesday", "wednesday", "thursday", "friday"], "from": "08:00", "to": "18:00"}


@pytest.mark.parametrize(
    ("month", "minutes"),
    [("2026-02", 40_320), ("2024-02", 41_760), ("2026-03", 44_580), ("2026-06", 43_200), ("2026-10", 44_700)],
)
def test_a_month_is_as_long_as_the_clock_of_london_says(month: str, minutes: int) -> None:
    first = date.fromisoformat(f"{month}-01")
    (window,) = windows("calendar-month", first, first + timedelta(days=32))[:1]
    assert length(in_hours(*window.stretch(), None)) == timedelta(minutes=minutes)


def test_a_year_from_a_leap_day_ends_before_the_last_of_february() -> None:
    assert [one.name for one in windows("year", date(2024, 2, 29), date(2026, 2, 28))] == [
        "2024-02-29 to 2025-02-27",
        "2025-02-28 to 2026-02-27",
    ]


def test_hours_over_midnight_and_over_the_change_of_the_clock() -> None:
    night = {"days": ["saturday"], "from": "22:00", "to": "04:00"}
    spring = in_hours(*Window(date(2026, 3, 23), date(2026, 3, 31)).stretch(), night)
    autumn = in_hours(*Window(date(2026, 10, 19), date(2026, 10, 27)).stretch(), night)
    assert (length(spring), length(autumn)) == (timedelta(hours=5), timedelta(hours=7))


def test_lengths_in_hours_are_those_of_real_windows() -> None:
    found = possible_lengths("calendar-month", OFFICE, date(2026, 6, 1))
    assert Decimal(20 * 600) in found
    assert Decimal(23 * 600) in found
    assert not [one for one in found if one % 600]


def test_a_time_that_comes_twice_is_the_first_and_one_that_never_comes_is_of_winter() -> None:
    assert at_clock(date(2026, 10, 25), "01:30") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert at_clock(date(2026, 3, 29), "01:30") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert local(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == datetime(2026, 7, 2, 0, 30)


@pytest.mark.parametrize(
    "text", ["", "2026-06-01", "2026-06-01T25:00Z", "9999-12-31T23:59-14:00", "２０２６-06-01T10:00Z"]
)
def test_what_is_no_moment_is_none(text: str) -> None:
    assert moment(text) is None


def test_taking_away_leaves_what_lies_around() -> None:
    at = [datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in range(9)]
    left = without([(at[0], at[8])], merged([(at[1], at[3]), (at[2], at[4]), (at[7], at[8])]))
    assert left == [(at[0], at[1]), (at[4], at[7])]


def test_failed_samples_in_a_row_are_an_outage_and_one_is_none() -> None:
    rows = [
        {"line": str(n), "at": f"2026-10-01T{n:02}:00Z", "service": "s", "ok": "no" if n in (2, 5, 6, 7) else "yes"}
        for n in range(10)
    ]
    assert failing(rows, "s") == [(datetime(2026, 10, 1, 5, tzinfo=UTC), datetime(2026, 10, 1, 7, tzinfo=UTC))]


@pytest.mark.parametrize(
    ("seen", "of", "low", "high"),
    [
        (0, 10, "0.0000", "0.3085"),
        (1, 10, "0.0025", "0.4450"),
        (5, 50, "0.0333", "0.2181"),
        (50, 50, "0.9289", "1.0000"),
    ],
)
def test_intervals_are_those_of_the_tables(seen: int, of: int, low: str, high: str) -> None:
    assert interval(seen, of) == (Decimal(low), Decimal(high))


def test_the_nearest_rank_is_one_of_the_figures() -> None:
    assert [nearest_rank([10, 20, 30, 40, 50], Decimal(one)) for one in ("20", "20.1", "95", "100")] == [10, 20, 50, 50]


@pytest.mark.parametrize("name", ["AES-256-GCM", "aes 128 cbc", "XTS-AES-256", "AES-256 encryption", "AES (256-bit)"])
def test_names_of_algorithms_are_read_as_people_write_them(name: str) -> None:
    assert plain(name).startswith("aes")


class _Http:
    def __init__(self, interaction: str, elapsed_ms: int) -> None:
        self.interaction, self.elapsed_ms = interaction, elapsed_ms


class _Request:
    url = "https://supplier.invalid/fhir/Patient/1"


class _Answer:
    request = _Request()

    def __init__(self, number: int, status: int, elapsed_ms: int) -> None:
        self.id, self.status, self.http = f"e{number}", status, _Http("read", elapsed_ms)


def sampled(statuses: list[int], elapsed_ms: list[int]) -> list[object]:
    """What is said of a run with these answers to reads."""
    answers = tuple(_Answer(n, one, ms) for n, (one, ms) in enumerate(zip(statuses, elapsed_ms, strict=True)))
    seen = AtHand({"service": good_section("service")}, {}, answers)
    return said(sample_does_not_contradict, seen)


def test_a_run_that_is_slower_than_promised_contradicts() -> None:
    found = sampled([200] * 40, [390] * 30 + [401] * 10)
    assert [one.place for one in found if isinstance(one, Finding)] == ["service latency read-p95"]


def test_a_run_with_two_slow_answers_of_forty_does_not() -> None:
    found = sampled([200] * 40, [390] * 38 + [9000] * 2)
    assert {type(one) for one in found} == {Examined}


def test_one_error_contradicts_nothing_and_proves_nothing() -> None:
    assert not [one for one in sampled([200] * 29 + [503], [5] * 30) if isinstance(one, Finding)]
    assert [one for one in sampled([200] * 9 + [503], [5] * 10) if isinstance(one, Undecided)]
    assert [one for one in sampled([200] * 28 + [503] * 2, [5] * 30) if isinstance(one, Finding)]


@pytest.mark.parametrize(
    "text",
    [
        b"PK\x03\x04 a workbook",
        b"%PDF-1.7",
        b"\xff\xfe\x00",
        b"id,service\n",
        b"id,service,start,end,kind\n",
        b"id,service,start,end,kind\no-1,record,2026-13-01T10:00Z,,unplanned\n",
        b"id,service,start,end,kind\no-1,record,2026-03-01T10:00Z,2026-03-01T09:00Z,unplanned\n",
        b"id,service,start,end,kind\no-1,record,2026-03-01T10:00,2026-03-01T11:00,unplanned\n",
        b"id,service,start,end,kind\no-1,recrod,2026-03-01T10:00Z,2026-03-01T11:00Z,unplanned\n",
        b"id,service,start,end,kind\no-1,record,2026-03-01T10:00Z,2026-03-01T11:00Z,\n",
    ],
)
def test_a_log_that_cannot_be_read_decides_nothing(text: bytes) -> None:
    tables = {**good_tables(), "outage-log": text}
    del tables["monitor-log"]
    found = said(availability_is_kept, AtHand(good().sections, tables))
    assert any(isinstance(one, Undecided) for one in found)
    assert not [one for one in found if isinstance(one, Finding)]


@pytest.mark.parametrize("check", [availability_is_kept, support_is_kept, latency_is_kept, maintenance_is_announced])
def test_nothing_submitted_is_never_a_pass(check: object) -> None:
    found = said(check, AtHand({"service": good_section("service")}))
    assert any(isinstance(one, Undecided) for one in found)


@pytest.mark.parametrize(
    ("first", "last"), [("2026-02-02", "2026-02-27"), ("2026-02-01", "2026-12-31"), ("2024-01-01", "2025-11-21")]
)
def test_logs_of_no_whole_window_of_days_to_come_or_of_long_ago_decide_nothing(first: str, last: str) -> None:
    section = good_section("service")
    section["measured"] = {"from": first, "to": last}
    found = said(availability_is_kept, good(service=section))
    assert any(isinstance(one, Undecided) for one in found)


def test_ten_thousand_outages_are_added_up() -> None:
    start = datetime(2026, 2, 1, tzinfo=UTC)
    lines = ["id,service,start,end,kind"]
    for number in range(10_000):
        at = start + timedelta(minutes=30 * (number % 1000))
        lines.append(
            f"o-{number},record,{at:%Y-%m-%dT%H:%M:%SZ},{at + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ},unplanned"
        )
    found = said(availability_is_kept, AtHand(good().sections, {**good_tables(), "outage-log": "\n".join(lines)}))
    assert not [one for one in found if isinstance(one, (Finding, Undecided))]  # a thousand seconds of February


@pytest.mark.parametrize("key", ["hours", "maintenance", "reported", "support-targets", "restore-tests", "latency"])
def test_a_part_that_does_not_fit_its_schema_is_never_a_fault(key: str) -> None:
    section = good_section("service")
    section[key] = "not what was asked"
    found = good(service=section)
    for check in (availability_is_kept, support_is_kept, recovery_is_tested, load_is_tested, says_what_it_promises):
        assert not [one for one in said(check, found) if isinstance(one, Finding)]
