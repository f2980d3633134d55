"""References: text, type, target, aggregation, versioning; canonical URLs."""

from __future__ import annotations

from typing import Any

import pytest

from checker.fhir.validation import references
from tests.fhir.validation.judging import (
    begin,
    bundled,
    constrained,
    entry,
    errors,
    issues,
    judged,
    observation,
    said,
    with_own,
)

BASE = "https://ehr.example.nhs.uk/fhir"
NAMED = "https://fhir.example.nhs.uk/StructureDefinition/Named-Patient"
OWN = "https://fhir.example.nhs.uk/StructureDefinition/Own-Observation"


def about(**subject: Any) -> dict[str, Any]:
    return observation(subject=subject)


def patient(identity: str = "1", **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": identity, **more}


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/1"},
        {"reference": "Patient/1/_history/2"},
        {"reference": f"{BASE}/Patient/1"},
        {"reference": "https://elsewhere.nhs.uk/record?id=3"},
        {"reference": "urn:uuid:2f0c6b4e-7d7f-4b39-9b1e-7c1d5c0d9a11"},
        {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}},
        {"identifier": {"value": "9990000018"}, "type": "Patient"},
        {"display": "A patient known to the ward"},
        {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]},
        {"reference": "Patient/1", "type": "Patient"},
    ],
)
def test_what_is_fine(subject: dict[str, Any]) -> None:
    assert said(about(**subject)) == set()


def test_what_could_not_be_followed_is_counted() -> None:
    run = judged(about(reference="Patient/1"))
    assert [(one.kind, one.subject, one.path) for one in run.not_verified] == [
        ("reference", "Patient/1", "Observation.subject")
    ]
    assert judged(about(reference="Patient/1"), assume_valid_references=True).not_verified == []


def test_a_reference_that_says_nothing() -> None:
    assert said(about(type="Patient")) == {("warning", "reference-empty", "Observation.subject")}
    assert said(about(identifier={"use": "official"})) == {("warning", "reference-empty", "Observation.subject")}


def test_patterns_of_definitions_may_say_nothing() -> None:
    element = {"path": "Observation.subject", "patternReference": {"type": "Patient"}}
    assert said({"resourceType": "StructureDefinition", "differential": {"element": [element]}}) == set()


@pytest.mark.parametrize("text", ["Patient/ 1", " Patient/1", "Patient/1 ", "ht tps://nhs.uk/Patient/1", "Patient/\t1"])
def test_white_space(text: str) -> None:
    assert errors(about(reference=text)) == {("reference-white-space", "Observation.subject.reference")}


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("XXX/_history/1", "warning"),
        ("1", "warning"),
        ("Chicken/1", "warning"),
        ("Patient/a/b", "warning"),
        ("Patient/urn:uuid:2f0c6b4e-7d7f-4b39-9b1e-7c1d5c0d9a11", "error"),
        ("Patient/https://ehr.example.nhs.uk/fhir/Patient/1", "error"),
    ],
)
def test_a_relative_reference_is_type_and_id(text: str, severity: str) -> None:
    assert said(about(reference=text)) == {(severity, "reference-syntax", "Observation.subject.reference")}


def test_a_relative_reference_in_a_bundle_is_type_and_id() -> None:
    whole = bundled("collection", entry(f"{BASE}/Observation/o", {**about(reference="a/b/c"), "id": "o"}))
    assert errors(whole) == {("reference-syntax", "Bundle.entry[0].resource.subject.reference")}


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        ("transaction", "Patient?identifier=9990000018", None),
        ("batch", "Patient?identifier=9990000018", None),
        ("transaction", "Patient?9990000018", ("error", "reference-conditional-query")),
        ("collection", "Patient?identifier=9990000018", ("error", "reference-conditional-place")),
        (None, "Patient?identifier=9990000018", ("warning", "reference-conditional-place")),
    ],
)
def test_conditional_references(kind: str | None, text: str, found: tuple[str, str] | None) -> None:
    one = about(reference=text)
    request = {"request": {"method": "POST", "url": "Observation"}} if kind in ("transaction", "batch") else {}
    whole = one if kind is None else bundled(kind, entry("urn:uuid:a", one, **request))
    assert {(severity, rule) for severity, rule, _ in said(whole)} == ({found} if found else set())


def test_contained_targets_exist() -> None:
    there = {**about(reference="#p"), "contained": [patient("p")]}
    assert errors(there) == set()
    assert errors(about(reference="#p")) == {("reference-contained-missing", "Observation.subject")}
    assert errors(observation(hasMember=[{"reference": "#"}])) == {
        ("reference-contained-missing", "Observation.hasMember[0]")
    }
    back = observation(contained=[observation(id="c", hasMember=[{"reference": "#"}])])
    assert errors(back) == set()


def test_a_urn_is_an_entry_of_the_bundle() -> None:
    whole = bundled("collection", entry("urn:uuid:a", about(reference="urn:uuid:b")))
    assert said(whole) == {("warning", "reference-urn-missing", "Bundle.entry[0].resource.subject")}


def test_an_entry_with_another_full_url_is_pointed_out() -> None:
    whole = bundled("collection", entry("urn:uuid:a", about(reference="Patient/1")), entry("urn:uuid:b", patient()))
    assert said(whole) == {("warning", "reference-full-url-mismatch", "Bundle.entry[0].resource.subject")}


def test_several_targets() -> None:
    def two(kind: str) -> set[tuple[str, str]]:
        request = {"request": {"method": "PUT", "url": "Patient/1"}, "response": {"status": "200"}}
        more = request if kind == "history" else {}
        return errors(
            bundled(
                kind,
                entry(f"{BASE}/Observation/o", {**about(reference="Patient/1"), "id": "o"}, **more),
                entry(f"{BASE}/Patient/1", patient(meta={"versionId": "1"}), **more),
                entry(f"{BASE}/Patient/1", patient(meta={"versionId": "2"}), **more),
            )
        )

    assert two("collection") == {("reference-ambiguous", "Bundle.entry[0].resource.subject")}
    assert two("history") == set()


def test_the_type_in_the_text_is_that_of_the_target() -> None:
    other = {"resourceType": "Group", "id": "b", "type": "person", "actual": True}
    whole = bundled("collection", entry("urn:uuid:a", about(reference="Patient/b")), entry("urn:uuid:b", other))
    assert errors(whole) == {("reference-literal-type", "Bundle.entry[0].resource.subject.reference")}


def test_reference_type() -> None:
    assert errors(about(reference="Patient/1", type="Group")) == {
        ("reference-type-mismatch", "Observation.subject.type")
    }
    assert errors(about(display="A", type="Organization")) == {
        ("reference-target-type", "Observation.subject.reference")
    }
    assert errors(about(reference="urn:uuid:a", type="patient")) == {
        ("reference-type-unknown", "Observation.subject.type")
    }
    # Whole URLs are for logical models.
    assert errors(about(reference="Patient/1", type="http://hl7.org/fhir/StructureDefinition/Patient")) == {
        ("reference-type-unknown", "Observation.subject.type")
    }
    anything = {"resourceType": "Observation", "focus": [{"display": "A", "type": "patient"}]}
    assert said(anything) == {("warning", "reference-type-unknown", "Observation.focus[0].type")}


def test_the_type_of_the_target_is_allowed() -> None:
    wrong = ("reference-target-type", "Observation.subject.reference")
    assert errors(about(reference="Organization/1")) == {wrong}
    assert errors(about(reference=f"{BASE}/Organization/1")) == {wrong}
    assert errors({**about(reference="#o"), "contained": [{"resourceType": "Organization", "id": "o"}]}) == {wrong}
    found = issues(judged(about(reference="Organization/1")))[0]
    assert found.allowed == "Device, Group, Location, Patient"
    assert errors(observation(focus=[{"reference": "Organization/1"}])) == set()


def own_observation(**type_: Any) -> dict[str, Any]:
    change = {"id": "Observation.subject", "path": "Observation.subject", "type": [{"code": "Reference", **type_}]}
    return constrained(OWN, "Observation", change)


def by_own(resource: dict[str, Any], *definitions: dict[str, Any], **options: Any) -> set[tuple[str, str, str]]:
    """What is said of the subject of the first Observation by the StructureDefinition."""
    held = with_own(*definitions)
    run = begin(resource, held, **options)
    node = next(one for one in run.tree.root.descendants() if one.name == "subject")
    structure = held.structure(OWN)
    assert structure is not None
    references.check(run, node, structure.root.children["subject"])
    return {(i.severity, i.rule, i.path) for i in issues(run)}


PATIENT_URL = "http://hl7.org/fhir/StructureDefinition/Patient"


def test_a_structure_definition_narrows_the_targets() -> None:
    own = own_observation(targetProfile=[PATIENT_URL])
    assert by_own(about(reference="Patient/1"), own) == set()
    # The text says Group, and the target could not be looked at.
    path = "Observation.subject.reference"
    assert by_own(about(reference="Group/1"), own) == {("warning", "reference-target-type", path)}
    assert by_own(about(reference="Group/1"), own, assume_valid_references=True) == {
        ("error", "reference-target-type", path)
    }
    assert by_own(about(reference="https://nhs.uk/1", type="Group"), own) == {("error", "reference-target-type", path)}
    group = {"resourceType": "Group", "id": "g"}
    assert by_own({**about(reference="#g"), "contained": [group]}, own) == {("error", "reference-target-type", path)}


def test_the_target_meets_what_is_asked_of_it() -> None:
    name = {"id": "Patient.name", "path": "Patient.name", "min": 1}
    held = (own_observation(targetProfile=[NAMED]), constrained(NAMED, "Patient", name))

    def found(*patients: dict[str, Any]) -> set[tuple[str, str, str]]:
        return by_own({**about(reference="#1"), "contained": list(patients)}, *held)

    assert found(patient(name=[{"text": "Anna"}])) == set()
    assert found(patient()) == {("error", "reference-target-structure-definition", "Observation.subject")}
    assert by_own(about(reference="Patient/1"), *held) == set()


def test_one_of_several_structure_definitions_is_enough() -> None:
    name = {"id": "Patient.name", "path": "Patient.name", "min": 1}
    own = own_observation(targetProfile=[NAMED, PATIENT_URL])
    bare = {**about(reference="#1"), "contained": [patient()]}
    assert by_own(bare, own, constrained(NAMED, "Patient", name)) == set()


def test_a_target_definition_that_is_not_held_is_not_verified() -> None:
    held = with_own(own_observation(targetProfile=[NAMED]))
    run = begin({**about(reference="#1"), "contained": [patient()]}, held)
    node = next(one for one in run.tree.root.descendants() if one.name == "subject")
    structure = held.structure(OWN)
    assert structure is not None
    references.check(run, node, structure.root.children["subject"])
    assert not run.failed
    assert [one.subject for one in run.not_verified] == [NAMED]
    assert [one.definition for one in run.definition_problems] == [OWN]


def test_patients_that_refer_to_each_other_end() -> None:
    linked = constrained(
        NAMED,
        "Patient",
        {
            "id": "Patient.link.other",
            "path": "Patient.link.other",
            "type": [{"code": "Reference", "targetProfile": [NAMED]}],
        },
        {"id": "Patient.name", "path": "Patient.name", "min": 1},
    )
    own = own_observation(targetProfile=[NAMED])

    def circle(**more: Any) -> dict[str, Any]:
        a = patient("a", name=[{"text": "A"}], link=[{"type": "seealso", "other": {"reference": "#b"}}])
        b = patient("b", link=[{"type": "seealso", "other": {"reference": "#a"}}], **more)
        return {**about(reference="#a"), "contained": [a, b]}

    assert by_own(circle(name=[{"text": "B"}]), own, linked) == set()
    assert by_own(circle(), own, linked) == {("error", "reference-target-structure-definition", "Observation.subject")}


@pytest.mark.parametrize(
    ("modes", "right"),
    [
        (["contained"], {"contained"}),
        (["bundled"], {"bundled"}),
        (["referenced"], {"bundled", "referenced"}),
        (["contained", "bundled"], {"contained", "bundled"}),
    ],
)
def test_aggregation(modes: list[str], right: set[str]) -> None:
    own = own_observation(aggregation=modes, targetProfile=[PATIENT_URL])
    shapes = {
        "contained": {**about(reference="#1"), "contained": [patient()]},
        "bundled": bundled(
            "collection", entry("urn:uuid:a", about(reference="urn:uuid:b")), entry("urn:uuid:b", patient())
        ),
        "referenced": about(reference="Patient/1"),
    }
    for where, resource in shapes.items():
        found = {rule for _, rule, _ in by_own(resource, own)}
        assert found == (set() if where in right else {"reference-aggregation"})


def test_versioning() -> None:
    specific = own_observation(versioning="specific")
    independent = own_observation(versioning="independent")
    plain, versioned = about(reference="Patient/1"), about(reference="Patient/1/_history/2")
    wrong = {("error", "reference-versioning", "Observation.subject")}
    assert by_own(versioned, specific) == set()
    assert by_own(plain, specific) == wrong
    assert by_own(plain, independent) == set()
    assert by_own(versioned, independent) == wrong


def test_canonical_urls() -> None:
    def asked(url: str, **more: Any) -> set[tuple[str, str, str]]:
        item = {"linkId": "1", "type": "choice", "answerValueSet": url}
        return said({"resourceType": "Questionnaire", "status": "draft", "item": [item], **more})

    value_set = {"resourceType": "ValueSet", "id": "v", "status": "draft"}
    place = "Questionnaire.item[0].answerValueSet"
    assert asked("http://hl7.org/fhir/ValueSet/administrative-gender") == set()
    assert asked("https://fhir.example.nhs.uk/ValueSet/unknown|2") == set()
    assert asked("#v", contained=[value_set]) == set()
    assert asked("#w") == {("error", "reference-contained-missing", place)}
    assert asked("#v", contained=[{**value_set, "resourceType": "CodeSystem"}]) == {
        ("error", "reference-canonical-type", place)
    }
    assert asked("http://hl7.org/fhir/administrative-gender") == {("error", "reference-canonical-type", place)}


@pytest.mark.parametrize("value", ["text", 1, None, True, [], {}, [None], [[]], ["a"]])
def test_what_is_no_reference_is_left_to_others(value: Any) -> None:
    def rules(resource: dict[str, Any]) -> set[str]:
        return {rule for _, rule, _ in said(resource)}

    assert rules(observation(subject=value)) == ({"reference-empty"} if value == {} else set())
    assert rules({"resourceType": "Questionnaire", "derivedFrom": value}) == set()
    parts = {"reference": value, "type": value, "identifier": value, "display": value}
    empty = {"reference-empty"} if value in (None, [], {}) else set()
    words = {"reference-syntax", "reference-type-unknown"} if value == "text" else set()
    assert rules(observation(subject=parts)) == empty | words
