"""Contained resources: id, uniqueness, use, nesting, metadata."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fhir.validation.judging import errors, observation


def patient(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": "p", **more}


def holder(*contained: dict[str, Any], **more: Any) -> dict[str, Any]:
    return observation(contained=list(contained), **({"subject": {"reference": "#p"}} | more))


def test_a_contained_resource_that_is_referred_to_is_fine() -> None:
    assert errors(holder(patient())) == set()


def test_it_has_an_id_of_its_own() -> None:
    assert errors(holder(patient(), {"resourceType": "Patient"})) == {
        ("contained-id-missing", "Observation.contained[1].id")
    }
    assert errors(holder(patient(), patient())) >= {("contained-id-duplicate", "Observation.contained[1].id")}


@pytest.mark.parametrize(
    "more",
    [
        {"focus": [{"reference": "#p"}]},
        {"extension": [{"url": "https://fhir.example.nhs.uk/E", "valueReference": {"reference": "#p"}}]},
        {"extension": [{"url": "https://fhir.example.nhs.uk/E", "valueUri": "#p"}]},
        {"text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><img src="#p"/></div>'}},
        {"contained": [patient(), observation(id="o", subject={"reference": "#p"}, focus=[{"reference": "#"}])]},
        {"contained": [patient(link=[{"type": "seealso", "other": {"reference": "#"}}])]},
    ],
)
def test_it_is_referred_to_from_anywhere_in_the_resource(more: dict[str, Any]) -> None:
    found = errors({**observation(contained=[patient()]), **more})
    assert not any(rule == "contained-orphan" for rule, _ in found)


@pytest.mark.parametrize("subject", [{"reference": "Patient/p"}, {"display": "p"}, {"reference": "#q"}])
def test_it_is_not_left_alone(subject: dict[str, Any]) -> None:
    assert ("contained-orphan", "Observation.contained[0]") in errors(holder(patient(), subject=subject))


def test_a_canonical_counts() -> None:
    value_set = {"resourceType": "ValueSet", "id": "v", "status": "draft"}
    item = {"linkId": "1", "type": "choice", "answerValueSet": "#v"}
    form = {"resourceType": "Questionnaire", "status": "draft", "contained": [value_set], "item": [item]}
    assert errors(form) == set()
    assert errors({**form, "item": []}) == {("contained-orphan", "Questionnaire.contained[0]")}


def test_it_contains_nothing_itself() -> None:
    inner = {"resourceType": "Organization", "id": "o"}
    nested = patient(contained=[inner], managingOrganization={"reference": "#o"})
    assert errors(holder(nested)) >= {("contained-nested", "Observation.contained[0].contained")}


@pytest.mark.parametrize(
    ("meta", "found"),
    [
        ({"profile": ["https://fhir.example.nhs.uk/StructureDefinition/P"]}, None),
        ({"tag": [{"code": "a"}]}, None),
        ({"versionId": "1"}, ("contained-meta-version", "versionId")),
        ({"lastUpdated": "2024-05-01T10:00:00Z"}, ("contained-meta-version", "lastUpdated")),
        ({"security": [{"code": "R"}]}, ("contained-meta-security", "security")),
    ],
)
def test_it_has_no_history_and_no_labels(meta: dict[str, Any], found: tuple[str, str] | None) -> None:
    expected = set() if found is None else {(found[0], f"Observation.contained[0].meta.{found[1]}")}
    assert errors(holder(patient(meta=meta))) == expected


@pytest.mark.parametrize("value", ["text", 1, None, True, [None], [[]], ["a"]])
def test_what_is_no_resource_is_left_to_others(value: Any) -> None:
    assert errors(observation(contained=value)) == set()


@pytest.mark.parametrize("value", [{}, [{"id": 1}], [{"meta": "a"}]])
def test_what_has_no_id_that_can_be_read_has_none(value: Any) -> None:
    assert {rule for rule, _ in errors(observation(contained=value))} == {"contained-id-missing"}
