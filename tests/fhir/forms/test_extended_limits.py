"""Limits that a definition states by extension: the form of a value, its least length, its decimal places."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fhir.validation.stating import errors, judged, profile

_EXT = "http://hl7.org/fhir/StructureDefinition/"


def limited(path: str, name: str, **value: object) -> dict[str, Any]:
    """A StructureDefinition that states one limit of an element by extension."""
    return profile("limited", path.partition(".")[0], {"path": path, "extension": [{"url": _EXT + name, **value}]})


def patient(**more: object) -> dict[str, Any]:
    return {"resourceType": "Patient", **more}


@pytest.mark.parametrize(
    ("regex", "right", "wrong"),
    [
        ("[A-Z]{2}[0-9]{4}", "AB1234", "AB12345"),  # the whole value, not a part of it
        ("(a+)+", "aaaaaaaa", "a" * 5_000 + "b"),  # in bounded time
        (r"\d{3}|x", "x", "1234"),
    ],
)
def test_a_text_has_the_form_that_is_asked_for(regex: str, right: str, wrong: str) -> None:
    asked = limited("Patient.identifier.value", "regex", valueString=regex)
    assert errors(patient(identifier=[{"value": right}]), asked) == []
    assert errors(patient(identifier=[{"value": wrong}]), asked) == [("value-form", "Patient.identifier[0].value")]


def test_the_form_may_stand_on_the_type_as_older_definitions_have_it() -> None:
    kind = {"code": "date", "extension": [{"url": _EXT + "regex", "valueString": "[0-9]{4}-[0-9]{2}-[0-9]{2}"}]}
    asked = profile("whole-day", "Patient", {"path": "Patient.birthDate", "type": [kind]})
    assert errors(patient(birthDate="1970-02-28"), asked) == []
    assert errors(patient(birthDate="1970"), asked) == [("value-form", "Patient.birthDate")]


def test_numbers_and_booleans_are_matched_as_they_are_written() -> None:
    asked = limited("Patient.active", "regex", valueString="true")
    assert errors(patient(active=True), asked) == []
    assert errors(patient(active=False), asked) == [("value-form", "Patient.active")]


def test_a_form_that_cannot_be_matched_is_a_problem_of_the_definition() -> None:
    result = judged(
        patient(identifier=[{"value": "x"}]), limited("Patient.identifier.value", "regex", valueString="(?=x)x")
    )
    assert result.valid
    assert ["cannot be matched" in one.message for one in result.definition_problems] == [True]
    assert [one.detail for one in result.not_verified] == ["the form of the value was not judged"]


def test_a_text_has_its_least_length() -> None:
    asked = limited("Patient.identifier.value", "minLength", valueInteger=3)
    assert errors(patient(identifier=[{"value": "abc"}]), asked) == []
    assert errors(patient(identifier=[{"value": "ab"}]), asked) == [("value-too-short", "Patient.identifier[0].value")]


def test_a_number_has_no_more_decimal_places() -> None:
    asked = limited("Location.position.longitude", "maxDecimalPlaces", valueInteger=1)
    place = '{"resourceType": "Location", "position": {"latitude": 53, "longitude": %s}}'
    assert errors((place % "1.5").encode(), asked) == []
    assert errors((place % "2").encode(), asked) == []
    assert errors((place % "1.50").encode(), asked) == [("value-decimal-places", "Location.position.longitude")]


def test_a_limit_of_the_base_is_judged_once() -> None:
    base = limited("Patient.identifier.value", "minLength", valueInteger=3)
    derived = profile("derived", "Patient", {"path": "Patient.identifier", "min": 1}, baseDefinition=base["url"])
    assert errors(patient(identifier=[{"value": "ab"}]), derived, base) == [
        ("value-too-short", "Patient.identifier[0].value")
    ]
