"""The compiled tree has what the published snapshot has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checker.fhir.definitions.ir import Discriminator
from checker.fhir.definitions.lower import lower
from checker.fhir.definitions.package import open_package
from checker.fhir.definitions.store import Definitions, embedded
from tests.fhir.published import core, needs_core

RECURRING = {
    "resourceType": "StructureDefinition",
    "url": "http://example.org/StructureDefinition/coded-questionnaire",
    "name": "CodedQuestionnaire",
    "status": "draft",
    "fhirVersion": "4.0.1",
    "kind": "resource",
    "abstract": False,
    "type": "Questionnaire",
    "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Questionnaire",
    "derivation": "constraint",
    "differential": {"element": [{"id": "Questionnaire.item.code", "path": "Questionnaire.item.code", "min": 1}]},
}


@needs_core
def test_a_choice_has_a_json_key_for_each_type() -> None:
    observation = core().type("Observation")
    assert observation is not None
    element, kind = observation.root.keys["valueQuantity"]
    assert element.choice
    assert element.name == "value[x]"
    assert kind.code == "Quantity"
    assert observation.root.members["value"] is element
    assert "valueAddress" not in observation.root.keys


@needs_core
def test_content_references_share_the_children() -> None:
    observation = core().type("Observation")
    assert observation is not None
    component = observation.root.children["component"]
    assert component.children["referenceRange"].children is observation.root.children["referenceRange"].children
    assert component.children["referenceRange"].types[0].code == "BackboneElement"
    questionnaire = core().type("Questionnaire")
    assert questionnaire is not None
    item = questionnaire.root.children["item"]
    assert item.children["item"].children is item.children


@needs_core
def test_slices_have_their_own_children() -> None:
    weight = core().structure("http://hl7.org/fhir/StructureDefinition/bodyweight")
    assert weight is not None
    coding = weight.root.children["code"].children["coding"]
    assert coding.slicing is not None
    assert coding.slicing.discriminators == (Discriminator("value", "code"), Discriminator("value", "system"))
    (only,) = coding.slices
    assert only.slice_name == "BodyWeightCode"
    fixed = only.children["code"].fixed
    assert fixed is not None
    assert (fixed.type, fixed.value) == ("code", "29463-7")
    assert coding.children == {}


@needs_core
def test_what_makes_a_list_is_the_base_not_the_profile() -> None:
    vital_signs = core().structure("http://hl7.org/fhir/StructureDefinition/vitalsigns")
    assert vital_signs is not None
    coding = vital_signs.root.children["category"].slices[0].children["coding"].children["code"]
    assert not coding.is_list
    narrowed = core().structure("http://hl7.org/fhir/StructureDefinition/cholesterol")
    assert narrowed is not None
    reference_range = narrowed.root.children["referenceRange"]
    assert reference_range.max == 1
    assert reference_range.is_list


@needs_core
def test_an_id_of_a_resource_is_an_id_and_of_an_element_a_string() -> None:
    patient, name = core().type("Patient"), core().type("HumanName")
    assert patient is not None
    assert name is not None
    assert (patient.root.children["id"].types[0].code, patient.root.children["id"].types[0].system) == ("id", True)
    assert name.root.children["id"].types[0].code == "string"


@needs_core
def test_the_regex_of_a_primitive() -> None:
    code = core().type("code")
    assert code is not None
    assert code.primitive is not None
    assert code.primitive.regex == r"[^\s]+(\s[^\s]+)*"


def test_no_snapshot_is_said() -> None:
    with pytest.raises(ValueError, match="has no snapshot"):
        lower({"url": "http://example.org/x", "differential": {"element": []}})


def test_wrong_json_in_a_snapshot_is_a_problem_not_a_crash() -> None:
    structure = lower(
        {
            "url": "http://example.org/x",
            "type": "Basic",
            "snapshot": {
                "element": [
                    {"path": "Basic", "min": "0", "max": 7, "type": "x"},
                    {"path": 3},
                    {"path": "Basic.code", "type": [{"code": 1}, {"code": "CodeableConcept"}], "constraint": [7]},
                    {"path": "Basic.code", "max": "1"},
                    {"path": "Other.code"},
                ]
            },
        }
    )
    assert [problem.split(" in the")[0] for problem in structure.problems] == [
        "an element without a path stands",
        "the element Basic.code stands twice",
        "the element Other.code has no parent",
    ]
    assert list(structure.root.children) == ["code"]


def test_what_recurs_in_a_constraint_is_the_content_of_the_type(tmp_path: Path) -> None:
    place = tmp_path / "coded.json"
    place.write_text(json.dumps(RECURRING))
    definitions = Definitions([open_package(place)], embedded(uk_core=False))
    structure = definitions.structure("http://example.org/StructureDefinition/coded-questionnaire")
    assert structure is not None
    item = structure.root.children["item"]
    assert item.children["code"].min == 1
    assert item.children["item"].children["code"].min == 0
    assert definitions.problems == []
