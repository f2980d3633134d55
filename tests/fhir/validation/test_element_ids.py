"""Ids of elements are unique in their resource."""

from __future__ import annotations

from tests.fhir.validation.judging import bundled, entry, errors

ANNA = {"id": "n", "text": "Anna"}


def test_two_elements_have_two_ids() -> None:
    assert errors({"resourceType": "Patient", "name": [ANNA, {"id": "m", "text": "Ann"}]}) == set()
    assert errors({"resourceType": "Patient", "name": [ANNA, ANNA]}) == {("element-id-duplicate", "Patient.name[1].id")}


def test_ids_of_primitives_count() -> None:
    resource = {"resourceType": "Patient", "name": [ANNA], "active": True, "_active": {"id": "n"}}
    assert {rule for rule, _ in errors(resource)} == {"element-id-duplicate"}


def test_resources_have_ids_of_their_own() -> None:
    one = {"resourceType": "Patient", "id": "n", "name": [ANNA]}
    other = {"resourceType": "Patient", "id": "m", "name": [ANNA]}
    assert errors(bundled("collection", entry("urn:uuid:a", one, id="n"), entry("urn:uuid:b", other))) == set()


def test_a_structure_definition_repeats_the_ids_of_its_elements() -> None:
    elements = {"element": [{"id": "Patient", "path": "Patient"}]}
    assert errors({"resourceType": "StructureDefinition", "snapshot": elements, "differential": elements}) == set()
