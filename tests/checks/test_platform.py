"""Headers that only some APIs require, and what a profile's settings change."""

from __future__ import annotations

import msgspec
import pytest

from checker.checks.platform_service import release_of
from checker.model.ask import HttpAsk
from checker.model.exchange import Failure, Request
from checker.model.requirement import ConditionUse, Settings
from checker.model.supplier import Supplier
from checker.model.terms import Outcome, Reason
from checker.model.verdict import Verdict
from checker.probes.header_alterations import altered_headers, without_header_alteration
from checker.probes.platform import service_roots
from tests.engine.scripted import SUPPLIER, Reply, Scripted, healthy, judged, outcome, profile_of, recorded, requirement

ROLE = "NHSD-Session-URID"


def verdict(outside: Scripted, settings: Settings, name: str = ROLE, supplier: Supplier = SUPPLIER) -> Verdict:
    """What is said of a header that may be required."""
    use = ConditionUse(condition="settings.header-is-required", params={"name": name})
    row = requirement(check="headers.required-is-enforced", params={"name": name}, applies_when=use)
    profile = profile_of(row, settings=settings)
    return judged(recorded(outside, profile, supplier=supplier), profile=profile)[0]["R-1"]


def answering(without: Reply) -> Scripted:
    """A supplier that answers so where the header is missing."""

    def answer(ask: HttpAsk) -> Reply | Failure:
        if ask.request.alteration == f"without-header:{ROLE}":
            return without
        return healthy(ask)

    return Scripted(answer=answer)


REQUIRED = Settings(required_headers=("X-Request-ID", ROLE.lower()))


def test_a_header_that_the_api_does_not_require_is_not_judged() -> None:
    assert verdict(answering(Reply()), Settings()).outcome is Outcome.NOT_APPLICABLE


def test_a_required_header_is_missed() -> None:
    assert verdict(answering(outcome(400, "required")), REQUIRED).outcome is Outcome.PASS


@pytest.mark.parametrize("status", [200, 403, 404, 500])
def test_a_required_header_that_is_not_missed_is_a_finding(status: int) -> None:
    found = verdict(answering(outcome(status, "required")), REQUIRED)
    assert found.outcome is Outcome.FAIL
    assert "without NHSD-Session-URID" in found.findings[0].message


def test_a_control_that_is_refused_too_decides_nothing() -> None:
    found = verdict(Scripted(answer=lambda ask: outcome(400, "required")), REQUIRED)
    assert (found.outcome, found.reason) == (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)


def test_a_header_is_left_out_or_spoilt_and_the_credential_is_not_touched() -> None:
    headers = (("Authorization", "Bearer x"), ("X-Request-ID", "1"))
    assert altered_headers(headers, "without-header:x-request-id") == headers[:1]
    assert altered_headers(headers, "malformed-header:X-Request-ID") == (headers[0], ("X-Request-ID", "not-a-uuid"))
    assert altered_headers(headers, "payload-altered") == headers
    request = Request(url="https://fhir.test", alteration="payload-altered")
    assert without_header_alteration(request) == request
    spoilt = msgspec.structs.replace(request, alteration="malformed-header:X-Request-ID")
    assert without_header_alteration(spoilt).alteration == ""


@pytest.mark.parametrize(
    ("base", "roots"),
    [
        ("https://a.test/pds/FHIR/R4", ("https://a.test/pds/FHIR/R4", "https://a.test/pds")),
        ("https://a.test/pds/fhir/stu3", ("https://a.test/pds/fhir/stu3", "https://a.test/pds")),
        ("https://a.test/FHIR", ("https://a.test/FHIR", "https://a.test")),
        ("https://a.test/r4", ("https://a.test/r4",)),
    ],
)
def test_where_the_health_of_a_service_is(base: str, roots: tuple[str, ...]) -> None:
    assert service_roots(base) == roots


def test_how_a_path_names_a_release() -> None:
    assert [release_of(one) for one in ("4.0.1", "3.0.2", "4.3.0", "9.9.9", "")] == ["R4", "STU3", "R4B", "", ""]
