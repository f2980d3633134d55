"""What cannot be read, or was not looked at, leaves a row open: it is neither left out nor counted as kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from checker.checks.pack.availability import availability_is_kept
from checker.checks.pack.benefits import time_saved_recomputes
from checker.checks.pack.exit_terms import assistance_is_long_enough
from checker.checks.pack.latencies import latency_is_kept
from checker.checks.pack.pathway_cost import of_the_whole_pathway
from checker.checks.pack.price_sums import sums_hold
from checker.checks.pack.service_time import clock_of, in_hours
from checker.checks.pack.shares import at_least
from checker.checks.pack.stretches import length
from checker.checks.pack.support import support_is_kept
from checker.checks.pack.unit_prices import every_metric_is_priced
from checker.checks.pack.value_claims import become_indicators
from checker.model.verdict import Examined, Finding, Undecided
from fixtures.supplier.edits import Edit
from fixtures.supplier.scenario import Scenario
from tests.checks.pack.at_hand import AtHand, good, good_section, said
from tests.cli.support import outcomes
from tests.conformance.packs import report_of

OPEN = "id,severity,opened,responded,fixed\nt-1,1,2026-11-22T11:50Z,,\n"
NO_OUTAGE = "id,service,start,end,kind\n"
ELSEWHERE = {"defect": "RX-7", "hazard": "HAZ-02", "workaround": "None is needed."}
ONE_SAMPLE = "at,service,ok\n2026-03-05T00:00Z,record,yes\n"


def of(kind: type, found: list[Any]) -> list[Any]:
    return [one for one in found if isinstance(one, kind)]


def without_outages(samples: str) -> AtHand:
    held = good()
    return replace(held, tables={**held.tables, "outage-log": NO_OUTAGE, "monitor-log": samples})


def both(pricing: dict[str, Any] | None = None, value: dict[str, Any] | None = None) -> AtHand:
    names = {"kpis": good_section("kpis"), "pricing": pricing or good_section("pricing")}
    return AtHand({**names, "value": value or good_section("value")})


def test_tickets_whose_time_is_not_over_keep_nothing() -> None:
    held = good()
    found = said(support_is_kept, replace(held, tables={**held.tables, "tickets": OPEN}))
    assert of(Undecided, found)
    assert not [one for one in of(Examined, found) if "in time" in one.what]


def test_a_window_without_a_sample_is_not_kept_by_an_empty_log() -> None:
    found = said(availability_is_kept, without_outages(ONE_SAMPLE))
    assert [one.what for one in of(Examined, found)] == [
        "the availability of record in 2026-03-01 to 2026-03-31: 100.0000 per cent: down 0.0 minutes"
    ]
    assert of(Undecided, found)


def test_a_report_of_no_window_or_no_service_is_not_left_out() -> None:
    section = good_section("service")
    section["reported"] = [{"service": "record", "from": "2026-03-02", "availability": "100"}]
    assert of(Undecided, said(availability_is_kept, good(service=section)))
    section["reported"] = [{"service": "recorder", "from": "2026-03-01", "availability": "100"}]
    assert of(Undecided, said(availability_is_kept, good(service=section)))


def test_a_rate_of_export_without_a_number_of_records_tells_nothing() -> None:
    section = good_section("exit")
    del section["timings"]["records"]
    found = said(assistance_is_long_enough, good(exit=section))
    assert of(Undecided, found)
    assert not of(Examined, found)


def test_what_does_not_fit_its_schema_is_not_as_if_it_were_not_there() -> None:
    value = good_section("value")
    value["outcomes"][0]["baseline-n"] = "many"
    assert of(Undecided, said(become_indicators, both(value=value)))
    value = good_section("value")
    value["benefits"][0]["due"] = "soon"
    found = said(time_saved_recomputes, both(value=value))
    assert of(Undecided, found)
    assert not of(Finding, found)
    pricing = good_section("pricing")
    pricing["metrics"][0]["unit"] = []
    found = said(sums_hold, both(pricing=pricing))
    assert of(Undecided, found)
    assert not of(Finding, found)
    pricing = good_section("pricing")
    pricing["currency"] = "pounds"
    assert of(Undecided, said(of_the_whole_pathway, both(pricing=pricing)))


def test_a_line_that_no_tier_holds_is_for_a_person() -> None:
    pricing = good_section("pricing")
    del pricing["metrics"][0]["tiers"][2]
    pricing["lines"][5]["quantity"] = "2400"
    assert of(Undecided, said(every_metric_is_priced, both(pricing=pricing)))


def test_hours_that_are_laid_out_once_are_those_of_each_stretch() -> None:
    office = {"days": ["monday", "friday"], "from": "22:00", "to": "06:00", "closed": ["2026-03-27"]}
    first, last = datetime(2020, 3, 20, 5, tzinfo=UTC), datetime(2026, 11, 22, 12, tzinfo=UTC)
    taken = clock_of(office, first, last)
    starts = (first, datetime(2026, 3, 23, 23, tzinfo=UTC), datetime(2026, 10, 23, tzinfo=UTC))
    for start, days in product(starts, range(9)):
        end = start + timedelta(days=days, hours=days)
        assert taken(start, end) == length(in_hours(start, end, office))
    assert taken(last, first) == timedelta(0)


def test_logs_of_years_ago_show_nothing_of_today() -> None:
    held = good()
    old = {kind: _text(held.tables[kind]).replace("2026-", "2019-") for kind in ("tickets", "monitor-log")}
    found = replace(held, tables={**held.tables, **old})
    for check in (support_is_kept, latency_is_kept):
        told = said(check, found)
        assert of(Undecided, told)
        assert not [one for one in of(Examined, told) if one.evidence != ("service",)]


def _text(given: str | bytes) -> str:
    return given if isinstance(given, str) else given.decode()


def test_logs_from_the_first_day_of_the_calendar_are_read() -> None:
    section = good_section("service")
    section["measured"]["from"] = "0001-01-01"
    assert of(Examined, said(availability_is_kept, good(service=section)))


def test_a_promise_that_nothing_fails_is_held_against_a_sample() -> None:
    assert at_least(2, 20, Decimal(0)) == 0
    assert at_least(0, 20, Decimal(0)) == 1


@pytest.mark.parametrize(
    ("profile", "row", "path", "at", "value"),
    [
        pytest.param("evidence-pack", "PK-ASSERT", "product/product.yaml", "/documents", "none", id="citations"),
        pytest.param("accessibility", "AX-04", "accessibility/statement.html", "", "<h1>No status</h1>", id="status"),
        pytest.param("clinical-safety", "CS-CASE-07", "safety/safety.yaml", "/open-defects/-", ELSEWHERE, id="defects"),
    ],
)
def test_what_is_not_known_keeps_a_row_open(profile: str, row: str, path: str, at: str, value: Any) -> None:
    edits = (Edit(resource=path, at=at, value=value),)
    changed = Scenario(name="x", kind="fault", requirements=(row,), title="x", pack=edits)
    assert outcomes(report_of(profile, only=[row]))[row] == "pass"
    assert outcomes(report_of(profile, changed, only=[row]))[row].startswith("inconclusive")
