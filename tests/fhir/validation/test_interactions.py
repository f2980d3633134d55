"""Requests and responses of batches and transactions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fhir.validation.judging import bundled, entry, said

PATIENT = {"resourceType": "Patient", "id": "12"}


def asked(method: str, url: str, resource: dict[str, Any] | None = None, **more: Any) -> set[tuple[str, str]]:
    whole = bundled("transaction", entry(None, resource, request={"method": method, "url": url, **more}))
    return {(rule, path.removeprefix("Bundle.entry[0]")) for _, rule, path in said(whole)}


@pytest.mark.parametrize(
    ("method", "url", "resource"),
    [
        ("POST", "Patient", PATIENT),
        ("PUT", "Patient/12", PATIENT),
        ("PST", "Patient", PATIENT),
        ("PUT", "Patient?identifier=9990000018", PATIENT),
        ("DELETE", "Patient/12", None),
        ("DELETE", "Patient?identifier=9990000018", None),
        ("GET", "Patient?name=anna", None),
        ("GET", "metadata", None),
        ("PATCH", "Patient/12", {"resourceType": "Parameters"}),
        ("POST", "Patient/$match", {"resourceType": "Parameters"}),
        ("POST", "$process-message", None),
        ("PUT", "https://ehr.example.nhs.uk/fhir/Patient/12", PATIENT),
        ("POST", "/Patient", PATIENT),
    ],
)
def test_what_is_fine(method: str, url: str, resource: dict[str, Any] | None) -> None:
    assert asked(method, url, resource) == set()


@pytest.mark.parametrize(
    ("method", "url", "resource"),
    [
        ("POST", "Patient/12", PATIENT),
        ("POST", "Group", PATIENT),
        ("PUT", "Patient", PATIENT),
        ("PUT", "Patient/13", PATIENT),
        ("PUT", "Patient/12", {"resourceType": "Patient"}),
        ("PUT", "Group/12", PATIENT),
        ("DELETE", "Patient", None),
        ("DELETE", "Chicken/1", None),
    ],
)
def test_the_url_fits_method_and_resource(method: str, url: str, resource: dict[str, Any] | None) -> None:
    assert asked(method, url, resource) == {("bundle-request-url", ".request.url")}


def test_writing_needs_a_resource_and_reading_none() -> None:
    assert asked("PUT", "Patient/12") == {("bundle-request-resource-missing", "")}
    assert asked("DELETE", "Patient/12", PATIENT) == {("bundle-request-resource-unwanted", "")}


def test_if_none_exist_is_for_creating() -> None:
    assert asked("POST", "Patient", PATIENT, ifNoneExist="identifier=9990000018") == set()
    assert asked("PUT", "Patient/12", PATIENT, ifNoneExist="identifier=9990000018") == {
        ("bundle-request-if-none-exist", ".request.ifNoneExist")
    }


@pytest.mark.parametrize(
    ("status", "fine"), [("200", True), ("201 Created", True), ("Created", False), ("2001", False)]
)
def test_a_status_starts_with_its_code(status: str, fine: bool) -> None:
    whole = bundled("transaction-response", entry(None, response={"status": status}))
    assert bool(said(whole)) is not fine
