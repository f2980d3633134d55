"""Where extensions may stand: each kind of context against places that fit and places that do not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fhir.validation.judging import constrained, errors, extension_definition, judged, with_own

OWN = "https://fhir.example.nhs.uk/StructureDefinition/Extension-Own"
OUTER = "https://fhir.example.nhs.uk/StructureDefinition/Extension-Outer"
E = [{"url": OWN, "valueString": "a"}]

PATIENT = {"resourceType": "Patient", "extension": E}
NAME = {"resourceType": "Patient", "name": [{"text": "A", "extension": E}]}
GIVEN = {"resourceType": "Patient", "name": [{"given": ["A"], "_given": [{"extension": E}]}]}
ACTIVE = {"resourceType": "Patient", "active": True, "_active": {"extension": E}}
CONTACT = {"resourceType": "Patient", "contact": [{"name": {"text": "A"}, "extension": E}]}
TEXT = {"resourceType": "Patient", "text": {"status": "generated", "div": "<div>a</div>", "extension": E}}
QUANTITY = {"resourceType": "Observation", "valueQuantity": {"value": 1, "extension": E}}
ITEM = {"resourceType": "Questionnaire", "item": [{"linkId": "1", "item": [{"linkId": "2", "extension": E}]}]}
PREFIX = {
    "resourceType": "Questionnaire",
    "item": [{"linkId": "1", "item": [{"linkId": "2", "prefix": "a", "_prefix": {"extension": E}}]}],
}
IN_ENTRY = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": PATIENT}]}
IN_VALUE = {
    "resourceType": "Patient",
    "extension": [{"url": OUTER, "valueBoolean": True, "_valueBoolean": {"extension": E}}],
}
IN_EXTENSION = {"resourceType": "Patient", "extension": [{"url": OUTER, "extension": E}]}
PATTERN = {
    "resourceType": "StructureDefinition",
    "differential": {"element": [{"path": "Patient.name", "patternHumanName": {"text": "A", "extension": E}}]},
}


def allowed(resource: dict[str, Any], *contexts: tuple[str, str], more: tuple[dict[str, Any], ...] = ()) -> bool:
    outer = extension_definition(OUTER, types=["boolean"])
    held = with_own(extension_definition(OWN, contexts=list(contexts)), outer, *more)
    return not any(rule == "extension-context" for rule, _ in errors(resource, held))


@pytest.mark.parametrize(
    ("expression", "resource", "fits"),
    [
        ("Patient", PATIENT, True),
        ("Patient", IN_ENTRY, True),
        ("DomainResource", PATIENT, True),
        ("Resource", PATIENT, True),
        ("Element", PATIENT, True),
        ("Element", ACTIVE, True),
        ("Organization", PATIENT, False),
        ("CanonicalResource", PATIENT, False),
        ("CanonicalResource", {"resourceType": "ValueSet", "extension": E}, True),
        ("Patient.name", NAME, True),
        ("HumanName", NAME, True),
        ("Person.name", NAME, False),
        ("Patient", NAME, False),
        ("Resource", NAME, False),
        ("HumanName.given", GIVEN, True),
        ("Patient.name.given", GIVEN, True),
        ("string", GIVEN, True),
        ("HumanName.family", GIVEN, False),
        ("HumanName", GIVEN, False),
        ("Patient.active", ACTIVE, True),
        ("boolean", ACTIVE, True),
        ("Patient.contact", CONTACT, True),
        ("BackboneElement", CONTACT, True),
        ("BackboneElement", NAME, False),
        ("DomainResource.text", TEXT, True),
        ("Patient.text", TEXT, True),
        ("Narrative", TEXT, True),
        ("Observation.value[x]", QUANTITY, True),
        ("Observation.value", QUANTITY, True),
        ("Observation.valueQuantity", QUANTITY, True),
        ("Observation.value.ofType(Quantity)", QUANTITY, True),
        ("Quantity", QUANTITY, True),
        ("Observation.component.value[x]", QUANTITY, False),
        ("Questionnaire.item", ITEM, True),
        ("Questionnaire.item.prefix", PREFIX, True),
        ("Questionnaire.item", PREFIX, False),
        ("Extension", IN_EXTENSION, True),
        ("Patient", IN_EXTENSION, False),
        ("Patient", PATTERN, True),
        ("http://hl7.org/fhir/StructureDefinition/Patient", PATIENT, True),
        ("http://hl7.org/fhir/StructureDefinition/Patient#Patient.name", NAME, True),
    ],
)
def test_element_contexts(expression: str, resource: dict[str, Any], fits: bool) -> None:
    assert allowed(resource, ("element", expression)) is fits


def test_one_of_several_contexts_is_enough() -> None:
    assert allowed(NAME, ("element", "Organization"), ("element", "Patient.name"))


@pytest.mark.parametrize(("resource", "fits"), [(IN_EXTENSION, True), (IN_VALUE, True), (PATIENT, False)])
def test_contexts_that_are_extensions(resource: dict[str, Any], fits: bool) -> None:
    assert allowed(resource, ("extension", OUTER)) is fits


def test_contexts_that_are_paths() -> None:
    home = {"resourceType": "Patient", "address": [{"use": "work"}, {"use": "home", "extension": E}]}
    work = {"resourceType": "Patient", "address": [{"use": "work", "extension": E}, {"use": "home"}]}
    assert allowed(home, ("fhirpath", "Patient.address.where(use = 'home')"))
    assert not allowed(work, ("fhirpath", "Patient.address.where(use = 'home')"))


def test_a_path_that_is_none_is_a_problem_of_the_definition() -> None:
    run = judged(PATIENT, with_own(extension_definition(OWN, contexts=[("fhirpath", "Patient.(")])))
    assert not run.failed
    assert [one.definition for one in run.definition_problems] == [OWN]


def test_a_context_can_ask_for_a_structure_definition() -> None:
    url = "https://fhir.example.nhs.uk/StructureDefinition/Named"
    named = constrained(url, "Patient", {"id": "Patient.birthDate", "path": "Patient.birthDate", "min": 1})
    context = ("element", f"{url}#Patient.name")
    born = {**NAME, "birthDate": "1970-01-01"}
    assert allowed(born, context, more=(named,))
    assert not allowed(NAME, context, more=(named,))


def test_a_context_that_asks_for_what_is_not_held_is_not_verified() -> None:
    url = "https://fhir.example.nhs.uk/StructureDefinition/Missing"
    run = judged(NAME, with_own(extension_definition(OWN, contexts=[("element", f"{url}#Patient.name")])))
    assert not run.failed
    assert [one.subject for one in run.not_verified] == [url]


def test_a_definition_without_context_is_a_problem_of_its_own() -> None:
    run = judged(PATIENT, with_own(extension_definition(OWN, contexts=[])))
    assert not run.failed
    assert [one.definition for one in run.definition_problems] == [OWN]
