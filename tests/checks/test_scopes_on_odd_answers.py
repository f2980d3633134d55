"""Whose a resource is, and what discovery documents say, where a server says anything at all."""

from __future__ import annotations

from typing import Any

import pytest

from checker.checks.oauth_metadata import _bits, _of_keys
from checker.fhir.owner import is_about, resources

OBSERVATION = {"resourceType": "Observation", "subject": {"reference": "https://x.test/fhir/Patient/p1"}}
ODD: list[Any] = [None, 1, "x", [], {}, [None], {"reference": 1}, {"reference": None}, [{"actor": "p1"}], True]


@pytest.mark.parametrize("odd", ODD)
def test_odd_references_lead_to_nobody(odd: Any) -> None:
    for name in ("subject", "patient", "participant", "for", "id"):
        assert not is_about({"resourceType": "Observation", name: odd}, "p1")
    assert not is_about({"resourceType": "Patient", "id": odd}, "p1")
    assert not is_about({"resourceType": odd}, "p1")


@pytest.mark.parametrize("odd", ODD)
def test_odd_bodies_hold_no_record_of_anybody(odd: Any) -> None:
    assert not any(is_about(one, "p1") for one in resources(odd))
    assert not any(is_about(one, "p1") for one in resources({"resourceType": "Bundle", "entry": odd}))
    assert not any(is_about(one, "p1") for one in resources({"resourceType": "Bundle", "entry": [{"resource": odd}]}))


def test_a_record_is_found_in_a_bundle_in_a_bundle_and_not_without_end() -> None:
    body: dict[str, Any] = OBSERVATION
    for deep in range(8):
        assert any(is_about(one, "p1") for one in resources(body)) == (deep <= 4)
        body = {"resourceType": "Bundle", "entry": [{"resource": body}]}


@pytest.mark.parametrize(
    "reference",
    ["Patient/p1", "Patient/p1/_history/3", "https://x.test/Patient/p1", "https://x.test/Patient/p1/_history/1"],
)
def test_a_reference_is_to_that_patient_in_each_form(reference: str) -> None:
    assert is_about({"resourceType": "Condition", "patient": {"reference": reference}}, "p1")
    booked = {"resourceType": "Appointment", "participant": [{"actor": {"reference": reference}}]}
    assert is_about(booked, "p1")
    assert not is_about(booked, "p2")


@pytest.mark.parametrize("odd", ODD)
def test_odd_keys_are_told_of_or_left(odd: Any) -> None:
    key = {"kty": "RSA", "n": odd, "kid": odd}
    assert all(isinstance(part, str) for told in _of_keys([key, key]) for part in told[1:])
    assert _bits(odd) in (None, _bits("x"))


def test_what_is_in_a_private_key_is_not_repeated() -> None:
    told = list(_of_keys([{"kty": "EC", "kid": "1", "d": "very-secret", "k": "so-is-this"}]))
    assert len(told) == 1
    assert "secret" not in repr(told)
    assert "so-is" not in repr(told)
