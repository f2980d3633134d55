from __future__ import annotations

from typing import Any

from checker.fhir.validation.run import Options
from tests.fhir.validation.stating import URL, errors, judged, profile, validator


def patient(**members: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", **members}


def test_a_missing_element_is_said_where_it_should_stand() -> None:
    result = judged({"resourceType": "Condition"})
    (issue,) = [one for one in result.issues if one.is_error]
    assert (issue.rule, issue.path, issue.pointer) == ("cardinality-minimum", "Condition.subject", "/subject")
    assert not result.valid


def test_a_primitive_with_only_extensions_counts_as_present() -> None:
    absent = {
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
    }
    composition = {
        "resourceType": "Composition",
        "status": "final",
        "type": {"text": "Discharge summary"},
        "date": "2026-01-01",
        "author": [{"display": "x"}],
    }
    assert errors({**composition, "_title": absent}) == []
    # … but the code of a required binding has to be there: nothing else is in the value set.
    without = {name: value for name, value in composition.items() if name != "status"}
    assert errors({**without, "title": "x", "_status": absent}) == [("coding-absent", "Composition.status")]


def test_backbone_elements_and_content_references_are_walked() -> None:
    item = {"linkId": "1", "type": "group", "item": [{"linkId": "2", "type": "group", "item": [{"type": "string"}]}]}
    found = errors({"resourceType": "Questionnaire", "status": "active", "item": [item]})
    assert ("cardinality-minimum", "Questionnaire.item[0].item[0].item[0].linkId") in found


def test_invariants_come_with_the_content_that_is_referred_to() -> None:
    part = {"name": "part"}
    (issue,) = [
        one
        for one in judged({"resourceType": "Parameters", "parameter": [{"name": "whole", "part": [part]}]}).issues
        if one.is_error
    ]
    assert (issue.rule, issue.path) == ("invariant", "Parameters.parameter[0].part[0]")
    assert "a parameter has one of a value, a resource or parts" in issue.message
    whole = {"name": "whole", "part": [{**part, "valueString": "x"}]}
    assert errors({"resourceType": "Parameters", "parameter": [whole]}) == []
    display = {"linkId": "2", "type": "display", "text": "x", "required": True}
    item = {"linkId": "1", "type": "group", "item": [display]}
    assert errors({"resourceType": "Questionnaire", "status": "active", "item": [item]}) == [
        ("invariant", "Questionnaire.item[0].item[0]")
    ]


def test_resources_in_resources_are_judged_each_by_its_type() -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": "urn:uuid:b4e8d2c0-0000-4000-8000-000000000001", "resource": {"resourceType": "Condition"}}
        ],
    }
    assert ("cardinality-minimum", "Bundle.entry[0].resource.subject") in errors(bundle)
    parameters = {"resourceType": "Parameters", "parameter": [{"name": "p", "resource": {"resourceType": "Condition"}}]}
    assert ("cardinality-minimum", "Parameters.parameter[0].resource.subject") in errors(parameters)
    unknown = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Thing"}}]}
    assert any("resource" in path for _, path in errors(unknown))


def test_an_element_with_an_id_only_is_empty() -> None:
    assert ("element-empty", "Patient.name[0]") in errors(patient(name=[{"id": "a"}]))
    assert errors(patient(name=[{"id": "a", "text": "Anna"}])) == []


def test_a_structure_definition_narrows_cardinality() -> None:
    one = profile("p", "Patient", {"path": "Patient.name", "min": 1, "max": "1"}, {"path": "Patient.photo", "max": "0"})
    assert errors(patient(name=[{"text": "Anna"}]), one) == []
    assert errors(patient(), one) == [("cardinality-minimum", "Patient.name")]
    assert errors(patient(name=[{"text": "Anna"}, {"text": "Ann"}]), one) == [
        ("cardinality-maximum", "Patient.name[1]")
    ]
    forbidden = patient(name=[{"text": "Anna"}], photo=[{"url": "http://a.example/p.png", "contentType": "image/png"}])
    assert errors(forbidden, one) == [("cardinality-forbidden", "Patient.photo[0]")]


def test_fixed_and_pattern_values() -> None:
    one = profile(
        "p",
        "Observation",
        {"path": "Observation.status", "fixedCode": "final"},
        {
            "path": "Observation.code",
            "patternCodeableConcept": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        },
    )
    good = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}], "text": "pulse"},
        "category": [
            {
                "coding": [
                    {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}
                ]
            }
        ],
        "subject": {"display": "x"},
        "effectiveDateTime": "2026-01-01",
        "valueQuantity": {"value": 70, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
    }
    assert errors(good, one) == []
    bad = {**good, "status": "amended", "code": {"text": "pulse"}}
    assert errors(bad, one) == [("value-pattern", "Observation.code"), ("value-fixed", "Observation.status")]


def test_a_choice_is_narrowed_to_a_type() -> None:
    one = profile("p", "Observation", {"path": "Observation.value[x]", "min": 1, "type": [{"code": "Quantity"}]})
    base = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
    assert errors({**base, "valueQuantity": {"value": 1}}, one) == []
    assert errors({**base, "valueString": "1"}, one) == [("type-not-allowed", "Observation.value.ofType(string)")]
    assert errors(base, one) == [("cardinality-minimum", "Observation.value")]


def test_limits_of_a_structure_definition() -> None:
    one = profile(
        "p",
        "Patient",
        {"path": "Patient.birthDate", "minValueDate": "2000-01-01"},
        {"path": "Patient.language", "maxLength": 2},
    )
    assert errors(patient(birthDate="2001-05-05"), one) == []
    assert [path for _, path in errors(patient(birthDate="1999-12-31"), one)] == ["Patient.birthDate"]
    assert [path for _, path in errors(patient(language="en-GB"), one)] == ["Patient.language"]


def test_a_required_binding_of_a_structure_definition() -> None:
    codes = {
        "resourceType": "ValueSet",
        "url": "https://fhir.example/ValueSet/g",
        "status": "active",
        "compose": {
            "include": [{"system": "http://hl7.org/fhir/administrative-gender", "concept": [{"code": "female"}]}]
        },
    }
    one = profile(
        "p", "Patient", {"path": "Patient.gender", "binding": {"strength": "required", "valueSet": codes["url"]}}
    )
    assert errors(patient(gender="female"), one, codes) == []
    assert errors(patient(gender="male"), one, codes) == [("coding-not-in-value-set", "Patient.gender")]


def test_one_of_several_structure_definitions_of_a_type_is_enough() -> None:
    short = profile("short", "HumanName", {"path": "HumanName.text", "min": 1})
    full = profile("full", "HumanName", {"path": "HumanName.family", "min": 1}, {"path": "HumanName.given", "min": 1})
    kinds = [{"code": "HumanName", "profile": [short["url"], full["url"]]}]
    one = profile("p", "Patient", {"path": "Patient.name", "type": kinds})
    assert errors(patient(name=[{"text": "Anna"}]), one, short, full) == []
    assert errors(patient(name=[{"family": "A", "given": ["B"]}]), one, short, full) == []
    found = errors(patient(name=[{"family": "A"}]), one, short, full)
    assert found[0] == ("type-structure-definition", "Patient.name[0]")
    assert len(found) == 2, "the nearest one says what it lacks"


def test_a_structure_definition_that_is_not_held_is_not_verified() -> None:
    one = profile("p", "Patient", {"path": "Patient.name", "type": [{"code": "HumanName", "profile": [URL + "gone"]}]})
    result = judged(patient(name=[{"text": "Anna"}]), one)
    assert result.valid
    assert [(v.kind, v.subject) for v in result.not_verified] == [("structure-definition", URL + "gone")]


def test_must_support_is_counted_and_never_an_issue() -> None:
    one = profile(
        "p", "Patient", {"path": "Patient.name", "mustSupport": True}, {"path": "Patient.telecom", "mustSupport": True}
    )
    result = judged(patient(name=[{"text": "Anna"}]), one)
    assert result.valid
    assert [(m.element, m.present, m.of) for m in result.must_support] == [
        ("Patient.name", 1, 1),
        ("Patient.telecom", 0, 1),
    ]


def test_a_circle_of_references_ends() -> None:
    link = {"path": "Patient.link.other", "type": [{"code": "Reference", "targetProfile": [URL + "p"]}]}
    one = profile("p", "Patient", {"path": "Patient.link", "min": 1}, link)
    entries = [
        {
            "fullUrl": f"http://a.example/Patient/{own}",
            "resource": {
                **patient(id=own),
                "meta": {"profile": [one["url"]]},
                "link": [{"type": "seealso", "other": {"reference": f"Patient/{other}"}}],
            },
        }
        for own, other in (("a", "b"), ("b", "a"))
    ]
    result = validator(one).validate({"resourceType": "Bundle", "type": "collection", "entry": entries})
    assert [issue.rule for issue in result.issues if issue.is_error] == []


def test_hostile_content_gives_issues_and_no_traceback() -> None:
    deep: dict[str, Any] = {"url": "http://a.example/e", "valueString": "x"}
    for _ in range(300):
        deep = {"url": "http://a.example/e", "extension": [deep]}
    result = judged(patient(extension=[deep]))
    assert any(issue.rule == "resource-too-deep" for issue in result.issues)
    values: tuple[Any, ...] = (None, 1, True, "x", [], {}, [[]], [None], [{}], [1], {"a": 1})
    for value in values:
        for name in (
            "name",
            "active",
            "birthDate",
            "contained",
            "meta",
            "extension",
            "managingOrganization",
            "deceasedBoolean",
            "_birthDate",
            "text",
            "id",
        ):
            judged(patient(**{name: value}))
    many = judged(patient(name=[{"use": "x"}] * 50), options=Options(max_issues=10))
    assert any(issue.rule == "issues-too-many" for issue in many.issues)
