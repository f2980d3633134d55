"""The functions of FHIR that ask for definitions: slices, ElementDefinitions, StructureDefinitions, value sets."""

from __future__ import annotations

from typing import Any

import pytest

from checker.fhir.fhirpath import FHIRPathError, evaluate, parse
from checker.fhir.instance import Tree
from tests.fhir.validation.stating import URL, profile, validator

SLICED = profile(
    "sliced",
    "Patient",
    {
        "path": "Patient.identifier",
        "slicing": {"discriminator": [{"type": "value", "path": "system"}], "rules": "open"},
    },
    {"id": "Patient.identifier:nhs", "path": "Patient.identifier", "sliceName": "nhs"},
    {
        "id": "Patient.identifier:nhs.system",
        "path": "Patient.identifier.system",
        "fixedUri": "https://fhir.nhs.uk/Id/nhs-number",
    },
    {"id": "Patient.identifier:mrn", "path": "Patient.identifier", "sliceName": "mrn"},
    {
        "id": "Patient.identifier:mrn.system",
        "path": "Patient.identifier.system",
        "fixedUri": "https://supplier.example/mrn",
    },
)
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "gender": "female",
    "identifier": [
        {"system": "https://supplier.example/mrn", "value": "7"},
        {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"},
        {"value": "none"},
    ],
    "managingOrganization": {"reference": "#o"},
    "contained": [{"resourceType": "Organization", "id": "o", "name": "Trust"}],
}


def given(expression: str) -> list[Any]:
    """What an expression gives on the patient; nodes by their values."""
    found = validator(SLICED).evaluate(PATIENT, expression)
    return [getattr(one, "value", one) for one in found]


def test_slice_gives_the_items_of_a_slice() -> None:
    assert given(f"identifier.slice('{URL}sliced', 'nhs').value") == ["9990000018"]
    assert given(f"Patient.identifier.slice('{URL}sliced', 'mrn').value") == ["7"]
    assert given(f"identifier.where(value = 'none').slice('{URL}sliced', 'mrn').exists()") == [False]
    assert given(f"{{}}.slice('{URL}sliced', 'nhs')") == []


@pytest.mark.parametrize("arguments", [f"'{URL}sliced', 'other'", f"'{URL}none', 'nhs'"])
def test_a_slice_that_is_not_held_is_an_error(arguments: str) -> None:
    with pytest.raises(FHIRPathError, match=r"slice\(\) finds no slice"):
        given(f"identifier.slice({arguments})")


@pytest.mark.parametrize(
    ("expression", "path"),
    [
        ("gender.elementDefinition().path", ["Patient.gender"]),
        ("identifier.first().elementDefinition().max", ["*"]),
        ("identifier.value.elementDefinition().path.distinct()", ["Identifier.value"]),
        ("elementDefinition().path", ["Patient"]),
        ("contained.elementDefinition().path", ["Organization"]),
        ("{}.elementDefinition()", []),
        ("gender.elementDefinition().binding.strength", ["required"]),
        ("(1 + 1).elementDefinition()", []),
    ],
)
def test_element_definition_gives_what_declares_an_element(expression: str, path: list[str]) -> None:
    assert given(expression) == path


def test_what_an_invariant_may_ask_an_expression_may_ask() -> None:
    assert given("managingOrganization.resolve().name") == ["Trust"]
    assert given("gender.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender')") == [True]
    assert given(f"conformsTo('{URL}sliced')") == [True]


def test_a_terminology_server_is_an_error_that_says_so() -> None:
    with pytest.raises(FHIRPathError, match="none is asked here"):
        given("%terminologies.exists()")


def test_without_definitions_the_functions_are_errors() -> None:
    root = Tree(PATIENT, validator().definitions).root
    for expression in ("gender.elementDefinition()", "identifier.slice('a', 'b')"):
        with pytest.raises(FHIRPathError, match=r"no definitions here|finds no slice"):
            evaluate(parse(expression), [root])
