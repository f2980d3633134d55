"""Attachments, NHS numbers, meta, observations, parameters."""

from __future__ import annotations

from typing import Any

import pytest

from checker.fhir.validation.special import attachment, identifier, meta, narrative, nhs_number, sampled_data
from tests.fhir.published import needs_core
from tests.fhir.validation.special.trial import run_of, said

pytestmark = needs_core


def below(module: Any, resource: dict[str, Any], name: str) -> list[tuple[str, str, str]]:
    run = run_of(resource)
    for node in run.tree.root.children(name):
        module.check(run, node)
    return [(issue.rule, issue.severity, issue.path) for issue, _ in run.issues]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"data": "SGVsbG8=", "size": 5, "hash": "9/+ei3uy4Jtwk1pdeF4MxdnQq/A="}, []),
        ({"data": "SGVs bG8=\n", "size": 5}, []),
        ({"data": "SGVsbG8=", "size": 8}, ["attachment-size"]),
        ({"data": "SGVsbG8=", "hash": "AAAA"}, ["attachment-hash"]),
        ({"data": "%%", "size": 5}, []),
        ({"data": 3, "size": "x"}, []),
        ({"url": "http://example.com"}, []),
        ({}, ["attachment-empty"]),
    ],
)
def test_attachments(content: dict[str, Any], expected: list[str]) -> None:
    found = below(attachment, {"resourceType": "Media", "content": content}, "content")
    assert [rule for rule, _, _ in found] == expected


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("9990000018", True),
        ("9990000019", False),
        ("999 000 0018", False),
        ("999000001", False),
        ("９990000018", False),
    ],
)
def test_nhs_numbers(value: str, valid: bool) -> None:
    for system, judged in ((nhs_number.SYSTEM, True), ("http://example.com/other", False)):
        resource = {"resourceType": "Patient", "identifier": [{"system": system, "value": value}]}
        expected = [] if valid or not judged else [("nhs-number-invalid", "error", "Patient.identifier[0].value")]
        assert below(nhs_number, resource, "identifier") == expected


def test_labels_stand_once() -> None:
    label = {"system": "urn:s", "code": "R"}
    for name, severity in (("security", "error"), ("tag", "warning")):
        once = {"resourceType": "Patient", "meta": {name: [label, {"system": "urn:t", "code": "R"}]}}
        assert below(meta, once, "meta") == []
        twice = {"resourceType": "Patient", "meta": {name: [label, dict(label)]}}
        assert below(meta, twice, "meta") == [("meta-repeated", severity, f"Patient.meta.{name}[1]")]


def test_advice_on_observations_is_off_by_default() -> None:
    bare = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
    assert said("observation", bare) == []
    assert [rule for rule, _, _ in said("observation", bare, advice=True)] == [
        "observation-no-subject",
        "observation-no-performer",
        "observation-no-time",
    ]
    full = {
        **bare,
        "subject": {"reference": "Patient/1"},
        "performer": [{"reference": "Practitioner/1"}],
        "effectiveDateTime": "2020",
    }
    assert said("observation", full, advice=True) == []


def test_parameters_of_fhir_have_their_types() -> None:
    def given(**value: Any) -> dict[str, Any]:
        return {"resourceType": "Parameters", "parameter": [{"name": "_count", **value}]}

    assert said("parameters", given(valueInteger=3)) == []
    assert said("parameters", given(valueString="3")) == [
        ("parameters-type", "warning", "Parameters.parameter[0].value.ofType(string)")
    ]


UUIDS = "https://tools.ietf.org/html/rfc4122"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"system": "http://example.com/id", "value": "1"}, []),
        ({"system": "urn:oid:1.2.3", "value": "1"}, []),
        ({"system": "nhs-number", "value": "1"}, ["identifier-system-relative"]),
        ({"system": "urn:ietf:rfc:3986", "value": "urn:uuid:1"}, []),
        ({"system": "urn:ietf:rfc:3986", "value": "1"}, ["identifier-uri-value"]),
        ({"system": UUIDS, "value": "727071dc-eb36-4224-8ee8-cc0a02973601"}, ["identifier-uuid-system"]),
        ({"system": UUIDS, "value": "12"}, ["identifier-uuid-system"]),
        ({"system": nhs_number.SYSTEM, "value": "1"}, ["nhs-number-invalid"]),
        ({"system": 3, "value": []}, []),
    ],
)
def test_identifiers(given: dict[str, Any], expected: list[str]) -> None:
    found = below(identifier, {"resourceType": "Patient", "identifier": [given]}, "identifier")
    assert [rule for rule, _, _ in found] == expected


@pytest.mark.parametrize(("data", "valid"), [("1 -2.5 E U L 1e3", True), ("", True), ("1 x 2", False), ("1;2", False)])
def test_sampled_data(data: str, valid: bool) -> None:
    resource = {"resourceType": "Observation", "valueSampledData": {"data": data}}
    assert bool(below(sampled_data, resource, "value")) is not valid


def test_a_narrative_is_a_text() -> None:
    patient = {"resourceType": "Patient", "text": {"status": "generated", "div": True}}
    assert below(narrative, patient, "text") == [("narrative-json-type", "error", "Patient.text.div")]
