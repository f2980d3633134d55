"""The chain of definitions: who is asked first, which version wins, and what is told."""

from __future__ import annotations

from typing import Any

import pytest

from checker.fhir.definitions.package import Package, read_package
from checker.fhir.definitions.store import Definitions, embedded
from tests.fhir.definitions.sample import HERE, R4, definition, element, manifest, packed

UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/"
EMBEDDED = embedded()


def _package(*resources: dict[str, Any], name: str = "example.one") -> Package:
    files = {f"{place}.json": resource for place, resource in enumerate(resources)}
    return read_package(packed(files, manifest(name)), name)


def _minimum(structure: Any) -> int:
    return int(structure.root.children["name"].min)


def _named(minimum: int, version: str = "1.0.0", **members: Any) -> dict[str, Any]:
    return definition("P", "Patient", element("Patient.name", min=minimum), version=version, **members)


def test_every_embedded_definition_compiles() -> None:
    definitions = Definitions(embedded=EMBEDDED)
    urls = definitions.urls("StructureDefinition")
    assert len(urls) == 806
    assert [url for url in urls if definitions.structure(url) is None] == []
    told = [(problem.severity, problem.message) for problem in definitions.problems]
    assert told == [("note", "the binding is not used: a value of type Extension has no code")] * 3


def test_types_profiles_and_terminology_are_embedded() -> None:
    definitions = Definitions(embedded=EMBEDDED)
    patient = definitions.type("Patient")
    assert patient is not None
    assert patient.canonical == R4 + "Patient|4.0.1"
    assert patient.root.children["contact"].children["name"].types[0].code == "HumanName"
    assert definitions.type("Nothing") is None
    assert definitions.type("http://hl7.org/fhirpath/System.String") is None
    gender = definitions.raw("http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1", "ValueSet")
    assert gender is not None
    assert gender["compose"]["include"] == [{"system": "http://hl7.org/fhir/administrative-gender"}]
    system = definitions.raw("http://hl7.org/fhir/administrative-gender")
    assert system is not None
    assert [one["code"] for one in system["concept"]] == ["male", "female", "other", "unknown"]


def test_uk_core_is_generated_from_its_differential() -> None:
    patient = Definitions(embedded=EMBEDDED).structure(UK_CORE + "UKCore-Patient")
    assert patient is not None
    identifier = patient.root.children["identifier"]
    (nhs,) = identifier.slices
    assert nhs.slice_name == "nhsNumber"
    assert nhs.children["system"].fixed is not None
    assert nhs.children["system"].fixed.value == "https://fhir.nhs.uk/Id/nhs-number"
    assert patient.root.children["gender"].must_support


def test_a_version_is_asked_for_or_the_highest_taken() -> None:
    definitions = Definitions([_package(_named(1, "1.9.0"), _named(2, "1.10.0"), _named(3, "1.10.0-beta"))], EMBEDDED)
    assert _minimum(definitions.structure(HERE + "P")) == 2
    assert _minimum(definitions.structure(HERE + "P|1.9.0")) == 1
    assert _minimum(definitions.structure(HERE + "P|1.10")) == 2
    assert definitions.structure(HERE + "P|2.0.0") is None


def test_of_equal_versions_the_later_package_wins() -> None:
    definitions = Definitions([_package(_named(1)), _package(_named(2), name="example.two")], EMBEDDED)
    assert _minimum(definitions.structure(HERE + "P")) == 2


def test_packages_shadow_what_is_embedded_whatever_the_version() -> None:
    own = definition("X", "Patient", element("Patient.name", min=4), url=UK_CORE + "UKCore-Patient", version="0.0.1")
    definitions = Definitions([_package(own)], EMBEDDED)
    assert _minimum(definitions.structure(UK_CORE + "UKCore-Patient")) == 4


def test_the_types_of_r4_stay_what_they_are() -> None:
    own = definition("Patient", "Patient", element("Patient.name", min=4), url=R4 + "Patient", version="9.0.0")
    definitions = Definitions([_package(own)], EMBEDDED)
    assert _minimum(definitions.type("Patient")) == 0
    assert _minimum(definitions.structure(R4 + "Patient|4.0.1")) == 0


def test_a_published_snapshot_is_used_as_it_is() -> None:
    snapshot = {"element": [element("Patient", min=0, max="*"), element("Patient.name", min=7, max="*")]}
    definitions = Definitions([_package(_named(1, snapshot=snapshot))], EMBEDDED)
    assert _minimum(definitions.structure(HERE + "P")) == 7


def test_a_snapshot_with_renamed_choices_is_understood() -> None:
    base = {"path": "Observation.value[x]", "min": 0, "max": "1"}
    snapshot = {
        "element": [
            element("Observation", min=0, max="*"),
            element("Observation.valueQuantity", min=1, max="1", base=base, type=[{"code": "Quantity"}]),
            element("Observation.valueQuantity.unit", min=1, max="1", type=[{"code": "string"}]),
        ]
    }
    definitions = Definitions([_package(definition("O", "Observation", snapshot=snapshot))], EMBEDDED)
    structure = definitions.structure(HERE + "O")
    assert structure is not None
    value, kind = structure.root.keys["valueQuantity"]
    assert (value.name, kind.code, value.min) == ("value[x]", "Quantity", 1)
    assert value.children["unit"].min == 1


def test_a_definition_for_another_version_of_fhir_is_told() -> None:
    definitions = Definitions([_package(_named(1, fhirVersion="5.0.0"))], EMBEDDED)
    assert _minimum(definitions.structure(HERE + "P")) == 1
    text = "it is for FHIR 5.0.0, and is read as if it were for R4"
    assert [(one.severity, one.message) for one in definitions.problems] == [("warning", text)]


@pytest.mark.parametrize("part", ["snapshot", "differential"])
def test_a_maximum_that_is_a_number_is_told_and_holds(part: str) -> None:
    elements = [element("Patient", min=0, max="*"), element("Patient.name", min=0, max=2)]
    own = definition("P", "Patient") | {part: {"element": elements}}
    definitions = Definitions([_package(own)], EMBEDDED)
    structure = definitions.structure(HERE + "P")
    assert structure is not None
    assert structure.root.children["name"].max == 2
    assert [one.message for one in definitions.problems] == ["max is a number, not a string"]


@pytest.mark.parametrize("hostile", [3, None, "x", {"path": 5}, {"path": "Patient.name", "type": 3, "base": []}])
def test_wrong_json_in_a_published_snapshot_is_told(hostile: object) -> None:
    snapshot = {"element": [element("Patient", min=0, max="*"), element("Patient.active", min=1, max="1"), hostile]}
    definitions = Definitions([_package(_named(1, snapshot=snapshot))], EMBEDDED)
    structure = definitions.structure(HERE + "P")
    assert structure is not None
    assert structure.root.children["active"].min == 1
    assert definitions.problems


def test_a_broken_definition_is_told_once_and_the_rest_is_used() -> None:
    broken = definition("Q", "Patient", base=HERE + "Nowhere")
    definitions = Definitions([_package(broken, _named(1))], EMBEDDED)
    assert definitions.structure(HERE + "Q") is None
    assert definitions.structure(HERE + "Q|1.0.0") is None
    assert _minimum(definitions.structure(HERE + "P")) == 1
    (problem,) = definitions.problems
    assert (problem.definition, problem.message[:42]) == (HERE + "Q", "its base is not known or cannot be used: h")


@pytest.mark.parametrize("canonical", ["", "|", "x", "|1", "http://example.org/a|b|c", R4, "\0"])
def test_a_canonical_that_nobody_has_gives_nothing(canonical: str) -> None:
    definitions = Definitions(embedded=EMBEDDED)
    assert definitions.structure(canonical) is None
    assert definitions.raw(canonical) is None
    assert definitions.problems == []


def test_every_resource_of_a_type_is_given_once() -> None:
    system = {"resourceType": "CodeSystem", "url": "https://example.org/s", "content": "complete"}
    questionnaire = {"resourceType": "Questionnaire", "id": "no-url"}
    packages = [_package(system | {"version": "1"}, questionnaire), _package(system | {"version": "2"}, name="b")]
    definitions = Definitions(packages)
    assert [one["version"] for one in definitions.all("CodeSystem")] == ["2"]
    assert list(definitions.all("Questionnaire")) == [questionnaire]
    assert definitions.urls("CodeSystem") == ["https://example.org/s"]
    assert definitions.has("https://example.org/s|2", "CodeSystem")
    assert not definitions.has("https://example.org/s", "ValueSet")


def test_reports_name_the_uk_core_that_ships_with_the_engine() -> None:
    uk_core = embedded()[0]
    header = uk_core.pack.header  # type: ignore[attr-defined]
    assert uk_core.label == f"{header.name}#{header.version} (embedded, not a published package)"
