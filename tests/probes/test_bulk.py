"""How long an export is waited for, and where its job is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checker.model.evidence import envelope
from checker.model.exchange import Headers, HttpExchange, Request, Response
from checker.model.view import Exchange
from checker.probes.bulk import job_of, pause_s
from checker.probes.smart import covers

AT = datetime(2026, 3, 2, 9, 0, 0, tzinfo=UTC)


def exchange(status: int, *headers: tuple[str, str]) -> Exchange:
    """An answer to a kick-off."""
    told: Headers = headers
    request = Request(url="https://fhir.test/r4/$export")
    payload = HttpExchange(request=request, interaction="bulk-kick-off", response=Response(status=status, headers=told))
    return Exchange(envelope(payload, number=1, ask="a", captured_at=AT, previous=""), lambda sha256: None)


@pytest.mark.parametrize(
    ("told", "number", "seconds"),
    [
        ("120", 0, 120.0),
        ("Mon, 02 Mar 2026 09:00:30 GMT", 0, 30.0),
        ("Mon, 02 Mar 2026 08:00:00 GMT", 0, 0.0),
        ("", 0, 1.0),
        ("", 3, 8.0),
        ("", 19, 60.0),
        ("soon", 2, 4.0),
        ("-5", 2, 4.0),
        ("٣", 2, 4.0),
        ("99999999999999999999", 2, 4.0),
        ("Mon, 99 Mar 2026 09:00:30 GMT", 1, 2.0),
    ],
)
def test_retry_after_is_kept_to_where_it_can_be_read(told: str, number: int, seconds: float) -> None:
    assert pause_s(exchange(202, ("Retry-After", told)), number) == seconds


def test_a_time_without_a_zone_is_no_time() -> None:
    assert pause_s(exchange(202, ("Retry-After", "2 Mar 2026 09:00:30 -0000")), 1) == 2.0


@pytest.mark.parametrize(
    ("status", "place", "job"),
    [
        (202, "https://fhir.test/jobs/7", "https://fhir.test/jobs/7"),
        (202, "/jobs/7", "https://fhir.test/jobs/7"),
        (200, "https://fhir.test/jobs/7", ""),
        (202, "", ""),
    ],
)
def test_where_the_job_of_a_kick_off_is(status: int, place: str, job: str) -> None:
    assert job_of(exchange(status, ("Content-Location", place))) == job


@pytest.mark.parametrize(
    ("scope", "kind", "expected"),
    [
        ("system/*.read", "Patient", True),
        ("user/Patient.*", "Patient", True),
        ("patient/Patient.cruds", "Patient", True),
        ("patient/Patient.cud", "Patient", False),
        ("launch/patient openid", "Patient", False),
        ("", "Patient", False),
        ("system/Patient", "Patient", False),
    ],
)
def test_what_a_scope_covers(scope: str, kind: str, expected: bool) -> None:
    assert covers(scope, kind) is expected
