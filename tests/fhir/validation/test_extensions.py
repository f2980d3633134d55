"""Extensions: url, definition, place, kind, parts, context invariants, status."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fhir.validation.judging import errors, extension_definition, judged, said, with_own

OWN = "https://fhir.example.nhs.uk/StructureDefinition/Extension-Own"
PARTED = "https://fhir.example.nhs.uk/StructureDefinition/Extension-Parted"


def patient(*extensions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "extension": list(extensions), **more}


def own(**more: Any) -> Any:
    return with_own(extension_definition(OWN, **more))


GOOD = {"url": OWN, "valueString": "a"}


def test_a_known_extension_in_its_place_is_fine() -> None:
    assert said(patient(GOOD), own(contexts=[("element", "Patient")])) == set()


def test_the_url_has_to_be_there() -> None:
    assert errors(patient({"valueString": "a"})) == {("extension-url-missing", "Patient.extension[0]")}


def test_the_url_is_absolute_outside_complex_extensions() -> None:
    assert errors(patient({"url": "part", "valueString": "a"})) == {
        ("extension-url-relative", "Patient.extension[0].url")
    }


def test_the_url_has_no_version() -> None:
    assert errors(patient({"url": OWN + "|1.0", "valueString": "a"}), own()) >= {
        ("extension-url-version", "Patient.extension[0].url")
    }
    assert ("warning", "extension-url-version", "Patient.extension[0].url") in said(
        patient({"url": OWN + "|1.0", "valueString": "a"})
    )


@pytest.mark.parametrize(
    ("content", "broken"),
    [
        ({}, True),
        ({"id": "a"}, True),
        ({"valueString": "a"}, False),
        ({"_valueString": {"id": "b"}}, False),
        ({"extension": [{"url": "part", "valueString": "a"}]}, False),
        ({"valueString": "a", "extension": [{"url": "part", "valueString": "a"}]}, True),
    ],
)
def test_an_extension_has_a_value_or_parts(content: dict[str, Any], broken: bool) -> None:
    found = errors(patient({"url": "https://fhir.example.nhs.uk/Unknown", **content}))
    assert (("extension-value-and-parts", "Patient.extension[0]") in found) is broken


def test_an_unknown_extension_has_the_severity_that_was_chosen() -> None:
    unknown = patient({"url": "https://fhir.supplier.nhs.uk/Unknown", "valueString": "a"})
    assert said(unknown) == {("warning", "extension-unknown", "Patient.extension[0]")}
    assert said(unknown, unknown_extensions="error") == {("error", "extension-unknown", "Patient.extension[0]")}
    assert said(unknown, unknown_extensions="information") == {
        ("information", "extension-unknown", "Patient.extension[0]")
    }


def test_an_unknown_extension_of_hl7_or_of_an_example_is_never_more_than_a_warning() -> None:
    for url in ("http://hl7.org/fhir/StructureDefinition/newer-than-r4", "http://example.org/fhir/a"):
        found = said(patient({"url": url, "valueString": "a"}), unknown_extensions="error")
        assert found == {("warning", "extension-unknown", "Patient.extension[0]")}
    strict = said(
        patient({"url": "http://example.org/fhir/a", "valueString": "a"}),
        unknown_extensions="error",
        example_urls=False,
    )
    assert strict == {("error", "extension-unknown", "Patient.extension[0]")}


def test_an_unknown_modifier_extension_is_an_error() -> None:
    resource = {"resourceType": "Patient", "modifierExtension": [{"url": "http://example.org/a", "valueBoolean": True}]}
    assert errors(resource) == {("extension-modifier-unknown", "Patient.modifierExtension[0]")}


def test_an_extension_for_an_element_of_another_version_is_not_verified() -> None:
    url = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Specimen.container.device"
    run = judged(patient({"url": url, "valueString": "a"}))
    assert run.issues == []
    assert [one.subject for one in run.not_verified] == [url]
    wrong = "http://hl7.org/fhir/7.0/StructureDefinition/extension-Patient.x"
    assert errors(patient({"url": wrong, "valueString": "a"})) == {
        ("extension-other-version", "Patient.extension[0].url")
    }


def test_the_url_of_something_else_is_no_extension() -> None:
    url = "http://hl7.org/fhir/StructureDefinition/Patient"
    assert errors(patient({"url": url, "valueString": "a"})) == {
        ("extension-definition-type", "Patient.extension[0].url")
    }


def test_the_list_fits_the_definition() -> None:
    changing = own(modifier=True)
    assert errors(patient(GOOD), changing) == {("extension-modifier-place", "Patient.extension[0]")}
    right = {"resourceType": "Patient", "modifierExtension": [GOOD]}
    assert errors(right, changing) == set()
    assert errors(right, own()) == {("extension-modifier-place", "Patient.modifierExtension[0]")}


def test_the_content_is_judged_by_the_definition() -> None:
    wrong = errors(patient({"url": OWN, "valueBoolean": True}), own())
    assert {path for _, path in wrong} == {"Patient.extension[0].value.ofType(boolean)"}


def test_a_value_that_is_needed_has_no_parts_in_its_place() -> None:
    parts = {"url": OWN, "extension": [{"url": "https://fhir.example.nhs.uk/Other", "valueString": "a"}]}
    assert errors(patient(parts), own()) == set()
    assert ("extension-value-missing", "Patient.extension[0]") in errors(patient(parts), own(needed=True))


def test_the_parts_of_a_complex_extension_are_those_of_its_definition() -> None:
    held = with_own(extension_definition(PARTED, types=[], parts=["start", "end"]))
    right = {"url": PARTED, "extension": [{"url": "start", "valueString": "a"}]}
    assert said(patient(right), held) == set()
    wrong = {"url": PARTED, "extension": [{"url": "begin", "valueString": "a"}]}
    assert errors(patient(wrong), held) == {("extension-part-unknown", "Patient.extension[0].extension[0].url")}


def test_parts_of_an_unknown_extension_are_left_alone() -> None:
    unknown = {"url": "https://fhir.example.nhs.uk/U", "extension": [{"url": "start", "valueString": "a"}]}
    assert errors(patient(unknown)) == set()


def test_a_draft_or_retired_definition_gives_a_note_once() -> None:
    for status, noted in (("draft", True), ("retired", True), ("active", False)):
        found = [
            one for one in said(patient(GOOD, GOOD), own(status=status)) if one[1] == "extension-definition-status"
        ]
        assert len(found) == noted
    core = {"url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace", "valueAddress": {"text": "Leeds"}}
    assert said(patient(core)) == set()


def test_a_condition_on_the_place_has_to_hold() -> None:
    held = own(contextInvariant=["active"])
    assert errors(patient(GOOD, active=True), held) == set()
    assert errors(patient(GOOD, active=False), held) == {("extension-context-invariant", "Patient.extension[0]")}
    about_itself = own(contextInvariant=["%extension.value = 'a'"])
    assert errors(patient(GOOD), about_itself) == set()


def test_a_condition_that_is_not_fhirpath_is_a_problem_of_the_definition() -> None:
    run = judged(patient(GOOD), own(contextInvariant=["active ("]))
    assert not run.failed
    assert [one.definition for one in run.definition_problems] == [OWN]


@pytest.mark.parametrize("value", ["text", 1, None, [], [["a"]], True])
def test_what_is_no_object_is_left_to_others(value: Any) -> None:
    assert errors({"resourceType": "Patient", "extension": [value]}) == set()
    assert errors({"resourceType": "Patient", "extension": [{"url": value, "valueString": "a"}]}) is not None
    assert errors(patient({"url": OWN, "valueString": value, "extension": value}), own()) is not None
