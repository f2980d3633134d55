"""Reads, metadata, errors and headers of the healthy supplier."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime

import pytest

from fixtures.supplier import nhs_number
from fixtures.supplier.clock import wall_clock
from fixtures.supplier.serve import Served
from tests.fixture_supplier.client import FORM, Answer, Client

JSON = "application/fhir+json; charset=utf-8"


def assert_outcome(answer: Answer, status: int) -> None:
    assert answer.status == status
    assert answer.header("Content-Type") == JSON
    content = answer.json()
    assert content["resourceType"] == "OperationOutcome"
    assert content["issue"][0]["severity"] == "error"
    assert content["issue"][0]["code"]


def test_metadata_is_open_and_says_what_it_is(healthy: Client) -> None:
    answer = healthy.send("/metadata", token="")
    content = answer.json()
    assert answer.status == 200
    assert answer.header("Content-Type") == JSON
    assert answer.header("ETag") == f'W/"{content["meta"]["versionId"]}"'
    assert content["resourceType"] == "CapabilityStatement"
    assert content["fhirVersion"] == "4.0.1"
    assert content["kind"] == "instance"
    assert content["software"]["name"] == "nhs-standards-checker reference supplier"
    assert content["implementation"]["url"] == healthy.served.base_url
    assert healthy.served.token_url in str(content["rest"][0]["security"])


def test_read_gives_the_resource_and_its_version(healthy: Client) -> None:
    answer = healthy.get("/Patient/pat-001")
    content = answer.json()
    assert content["id"] == "pat-001"
    assert content["meta"]["versionId"] == "2"
    assert answer.header("ETag") == 'W/"2"'
    modified = parsedate_to_datetime(answer.header("Last-Modified"))
    assert modified == datetime.fromisoformat(content["meta"]["lastUpdated"])
    assert nhs_number.is_valid(content["identifier"][0]["value"])
    assert answer.header("Cache-Control") == "no-store"


def test_vread_gives_the_version_asked_for(healthy: Client) -> None:
    old, new = (healthy.get(f"/Patient/pat-001/_history/{number}") for number in "12")
    assert old.json()["meta"]["versionId"] == "1"
    assert old.header("ETag") == 'W/"1"'
    assert new.json() == healthy.get("/Patient/pat-001").json()
    assert old.json()["address"] != new.json()["address"]
    assert_outcome(healthy.get("/Patient/pat-001/_history/3"), 404)


def test_history_is_newest_first(healthy: Client) -> None:
    bundle = healthy.get("/Patient/pat-001/_history").json()
    assert bundle["type"] == "history"
    assert [each["resource"]["meta"]["versionId"] for each in bundle["entry"]] == ["2", "1"]
    assert [each["request"]["method"] for each in bundle["entry"]] == ["PUT", "POST"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/Patient/not-there", 404),
        ("/Patient/not-there/_history", 404),
        ("/Patient/", 404),
        ("/patient/pat-001", 404),
        ("//Patient", 404),
        ("/Patient//_history", 404),
        ("/Patient/pat-001/", 404),
        ("/Patient/%00", 400),
        ("/Patient/_history/1", 404),
        ("/NoSuchType/1", 404),
        ("/NoSuchType", 404),
        ("/Patient/pat-001/_history/1/more", 404),
        ("/Patient/not_an_id", 400),
        ("", 400),
        ("/Patient?birthdate=not-a-date", 400),
        ("/Patient?birthdate=2000-13", 400),
        ("/Patient?family=nobody&birthdate=not-a-date", 400),
        ("/Patient?identifier=a|b|c", 400),
        ("/Patient?family:nonsense=x", 400),
        ("/Patient?_count=-1", 400),
        ("/Patient?_count=" + "9" * 5000, 400),
        ("/Patient?_page=unknown", 404),
        ("/Patient/_history?_page=unknown", 404),
        ("/Patient/_history?_since=soon", 400),
        ("/Patient/pat-001/_history?_count=few", 400),
        ("/Observation/obs-900", 410),
        ("/Observation/obs-900/_history/2", 410),
        ("/.well-known/smart-configuration", 404),
    ],
)
def test_errors_are_operation_outcomes(healthy: Client, path: str, status: int) -> None:
    assert_outcome(healthy.get(path), status)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_writing_is_refused(healthy: Client, method: str) -> None:
    answer = healthy.send("/Patient/pat-001", method)
    assert_outcome(answer, 405)
    assert answer.header("Allow") == "GET, HEAD"


def test_each_address_names_the_methods_it_answers(healthy: Client) -> None:
    for path, method, allowed in (
        ("/Patient/_search", "GET", "POST"),
        ("/metadata", "POST", "GET, HEAD"),
        ("/Patient", "POST", "GET, HEAD"),
        ("/Patient/_history", "DELETE", "GET, HEAD"),
        ("/Patient", "TRACE", "GET, HEAD"),
        (healthy.served.token_url, "GET", "POST"),
    ):
        answer = healthy.send(path, method)
        assert_outcome(answer, 405)
        assert set(allowed.split(", ")) <= set(answer.header("Allow").split(", "))


def test_other_paths_and_methods_of_the_server_are_refused_too(healthy: Client) -> None:
    assert_outcome(healthy.send(healthy.served.origin + "/elsewhere"), 404)
    assert_outcome(healthy.send(healthy.served.token_url), 405)
    assert_outcome(healthy.send("/Patient", "TRACE"), 405)


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/fhir+json", 200),
        ("application/fhir+json; fhirVersion=4.0", 200),
        ("application/json", 200),
        ("text/html, */*;q=0.1", 200),
        ("application/fhir+json; fhirVersion=3.0", 406),
        ("application/fhir+xml", 406),
        ("application/pdf", 406),
        ("application/fhir+json;q=0", 406),
        ("application/fhir+json;q=strange", 200),
    ],
)
def test_accept_is_honoured(healthy: Client, accept: str, status: int) -> None:
    answer = healthy.get("/Patient/pat-001", Accept=accept)
    assert answer.status == status
    assert answer.header("Content-Type") == JSON


def test_format_wins_over_accept(healthy: Client) -> None:
    assert healthy.get("/Patient/pat-001?_format=json", Accept="application/fhir+xml").status == 200
    assert healthy.get("/Patient/pat-001?_format=application/fhir+json").status == 200
    assert_outcome(healthy.get("/Patient/pat-001?_format=xml", Accept="application/fhir+json"), 406)


def test_every_answer_carries_the_security_headers_and_the_request_id(healthy: Client) -> None:
    for path in ("/metadata", "/Patient", "/Patient/not-there"):
        answer = healthy.get(path, X_Request_ID="a-request-42")
        assert answer.header("X-Request-ID") == "a-request-42"
        assert answer.header("Strict-Transport-Security").startswith("max-age=31536000")
        assert answer.header("X-Content-Type-Options") == "nosniff"
        assert not answer.header("Server")
        assert abs((parsedate_to_datetime(answer.header("Date")) - wall_clock()).total_seconds()) < 60


def test_a_correlation_id_comes_back_when_it_was_given(healthy: Client) -> None:
    assert healthy.get("/Patient/pat-001", X_Correlation_ID="case-7").header("X-Correlation-ID") == "case-7"
    assert healthy.send(healthy.served.token_url, headers={"X-Correlation-ID": "c"}).header("X-Correlation-ID") == "c"
    for given in ({}, {"X_Correlation_ID": "x" * 201}):
        assert not healthy.get("/metadata", **given).header("X-Correlation-ID")


def test_without_a_request_id_the_server_makes_one(healthy: Client) -> None:
    first, second = (healthy.get("/metadata").header("X-Request-ID") for _ in range(2))
    assert first.startswith("supplier-")
    assert first != second
    assert healthy.get("/metadata", X_Request_ID="x" * 201).header("X-Request-ID").startswith("supplier-")


def test_head_is_get_without_body(healthy: Client) -> None:
    get, head = healthy.get("/Patient/pat-001"), healthy.send("/Patient/pat-001", "HEAD")
    assert head.status == 200
    assert head.body == b""
    assert head.header("Content-Length") == get.header("Content-Length") == str(len(get.body))
    for path in (
        "/metadata",
        "/Patient",
        "/Patient/pat-001/_history",
        "/Patient/_history",
        "/Patient/pat-001/_history/1",
    ):
        answer = healthy.send(path, "HEAD")
        assert (answer.status, answer.body) == (200, b"")
    assert healthy.send("/Patient/not-there", "HEAD").status == 404


def test_a_search_by_post_needs_a_form(healthy: Client) -> None:
    wrong = healthy.send("/Patient/_search", "POST", headers={"Content-Type": "text/plain"}, body="family=x")
    assert_outcome(wrong, 415)
    right = healthy.send("/Patient/_search", "POST", headers=FORM, body="family=gwyn")
    assert right.json()["total"] == 1


def test_its_own_fault_is_an_operation_outcome_too() -> None:
    with Served() as served:
        served.supplier.store.clear()
        assert_outcome(Client(served).get("/Patient/pat-001"), 500)
        assert "HTTP 500" in served.audit_log.read_text(encoding="utf-8")
