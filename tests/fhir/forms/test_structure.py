"""The form of objects: what each rule lets pass and what it reports, at which location."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.fhir.forms.json_form import read_json
from tests.fhir.forms.bench import form, form_run
from tests.fhir.published import needs_core

pytestmark = needs_core

P: dict[str, Any] = {"resourceType": "Patient"}
PROCEDURE: dict[str, Any] = {"resourceType": "Procedure"}
EXTENSION = [{"url": "http://example.org/x", "valueCode": "a"}]

GOOD = [
    P,
    {**P, "id": "a", "name": [{"family": "A", "given": ["B", "C"]}], "active": True},
    {**P, "name": [{"given": ["A", None, "C"], "_given": [None, {"extension": EXTENSION}, None]}]},
    {**P, "_birthDate": {"extension": EXTENSION}},
    {**P, "id": "a", "_id": {"extension": EXTENSION}},
    {**P, "birthDate": "1970", "_birthDate": {"id": "x"}},
    {**P, "_deceasedBoolean": {"id": "x"}},
    {**P, "deceasedBoolean": True, "_deceasedBoolean": {"id": "x"}},
    {**P, "name": [{"_given": [{"extension": EXTENSION}]}]},
    {**P, "contained": [{"resourceType": "Basic", "code": {"text": "x"}}]},
    {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": P}]},
    {"resourceType": "Parameters", "parameter": [{"name": "x", "valueDecimal": 1}, {"name": "y", "resource": P}]},
    {"resourceType": "Questionnaire", "item": [{"linkId": "1", "item": [{"linkId": "2", "type": "group"}]}]},
]


@pytest.mark.parametrize("resource", GOOD, ids=lambda v: json.dumps(v)[:50])
def test_good_form(resource: dict[str, Any]) -> None:
    assert form(resource) == []


BAD = [
    # resource, rule, path, JSON path, words
    ({}, "resource-type-missing", "Resource", (), "'resourceType' is missing"),
    ({"resourceType": 7}, "resource-type-missing", "Resource", (), "a number, not a text"),
    ({"resourceType": "patient"}, "resource-type-unknown", "patient", (), "'Patient' is meant"),
    ({"resourceType": "HumanName"}, "resource-type-unknown", "HumanName", (), "a data type"),
    ({"resourceType": "Pat"}, "resource-type-unknown", "Pat", (), "no resource 'Pat'"),
    ({"resourceType": "DomainResource"}, "resource-type-abstract", "DomainResource", (), "abstract"),
    ({**P, "animal": {}}, "json-unknown-property", "Patient.animal", ("animal",), "no property 'animal'"),
    ({**P, "birthdate": "1970"}, "json-unknown-property", "Patient.birthdate", ("birthdate",), "'birthDate' is meant"),
    ({**P, "a.b[": 1}, "json-unknown-property", "Patient.a.b[", ("a.b[",), "no property"),
    ({**P, "_animal": {}}, "json-unknown-property", "Patient.animal", ("_animal",), "'_animal'"),
    (
        {**P, "name": [{"resourceType": "HumanName"}]},
        "json-unknown-property",
        "Patient.name[0].resourceType",
        ("name", 0, "resourceType"),
        "HumanName has no property 'resourceType'",
    ),
    ({**P, "fhir_comments": ["x"]}, "json-fhir-comments", "Patient.fhir_comments", ("fhir_comments",), "DSTU2"),
    (
        {**PROCEDURE, "performedInstant": "2026-01-01T00:00:00Z"},
        "choice-type",
        "Procedure.performed.ofType(instant)",
        ("performedInstant",),
        "may not be of type instant",
    ),
    (
        {"resourceType": "Observation", "valueAddress": {}},
        "choice-type",
        "Observation.value.ofType(Address)",
        ("valueAddress",),
        "may not be of type Address",
    ),
    (
        {"resourceType": "Observation", "value": 7},
        "choice-type",
        "Observation.value",
        ("value",),
        "'valueQuantity' is one",
    ),
    (
        {"resourceType": "Observation", "valueString": "x", "valueQuantity": {"value": 1}},
        "choice-several",
        "Observation.value",
        ("valueQuantity",),
        "'valueString' and 'valueQuantity'",
    ),
    (
        {**P, "deceasedBoolean": True, "_deceasedDateTime": {"id": "x"}},
        "choice-several",
        "Patient.deceased",
        ("deceasedDateTime",),
        "'deceasedBoolean' and 'deceasedDateTime'",
    ),
    ({**P, "name": {"family": "A"}}, "json-array-expected", "Patient.name", ("name",), "an object stands there"),
    ({**P, "name": [{"given": "A"}]}, "json-array-expected", "Patient.name[0].given", ("name", 0, "given"), "'A'"),
    ({**P, "gender": ["male"]}, "json-array-unexpected", "Patient.gender", ("gender",), "does not repeat"),
    (
        {**P, "maritalStatus": [{"text": "M"}]},
        "json-array-unexpected",
        "Patient.maritalStatus",
        ("maritalStatus",),
        "not repeat",
    ),
    ({**P, "maritalStatus": "M"}, "json-object-expected", "Patient.maritalStatus", ("maritalStatus",), "an object"),
    ({**P, "name": ["A"]}, "json-object-expected", "Patient.name[0]", ("name", 0), "HumanName, an object"),
    ({**P, "name": [["A"]]}, "json-object-expected", "Patient.name[0]", ("name", 0), "an array"),
    ({**P, "contained": ["x"]}, "json-object-expected", "Patient.contained[0]", ("contained", 0), "an object"),
    ({**P, "contained": [{}]}, "resource-type-missing", "Patient.contained[0]", ("contained", 0), "is missing"),
    ({**P, "birthDate": {"id": "x"}}, "json-value-expected", "Patient.birthDate", ("birthDate",), "a single value"),
    (
        {**P, "name": [{"given": [[]]}]},
        "json-value-expected",
        "Patient.name[0].given[0]",
        ("name", 0, "given", 0),
        "an",
    ),
    ({**P, "telecom": []}, "json-empty-array", "Patient.telecom", ("telecom",), "leave it out"),
    ({**P, "name": [{}]}, "json-empty-object", "Patient.name[0]", ("name", 0), "leave it out"),
    ({**P, "_birthDate": {}}, "json-empty-object", "Patient.birthDate", ("_birthDate",), "leave it out"),
    ({**P, "gender": None}, "json-null", "Patient.gender", ("gender",), "is null"),
    ({**P, "_gender": None}, "json-null", "Patient.gender", ("_gender",), "'_gender' is null"),
    ({**P, "name": [None]}, "json-null", "Patient.name[0]", ("name", 0), "is null"),
    (
        {**P, "name": [{"given": ["A", None]}]},
        "json-null",
        "Patient.name[0].given[1]",
        ("name", 0, "given", 1),
        "_given",
    ),
    (
        {**P, "name": [{"given": ["A", None], "_given": [{"id": "x"}, None]}]},
        "json-null",
        "Patient.name[0].given[1]",
        ("name", 0, "given", 1),
        "'_given' has nothing",
    ),
    (
        {**P, "_name": [{"id": "x"}]},
        "json-companion-of-no-primitive",
        "Patient.name",
        ("_name",),
        "'name' is no primitive",
    ),
    (
        {**P, "extension": [{"url": "http://x", "valueCode": "a", "_url": {"id": "x"}}]},
        "json-companion-of-no-primitive",
        "Patient.extension[0].url",
        ("extension", 0, "_url"),
        "no extensions",
    ),
    (
        {**P, "name": [{"given": ["A"], "_given": {"id": "x"}}]},
        "json-array-expected",
        "Patient.name[0].given",
        ("name", 0, "_given"),
        "'_given' repeats",
    ),
    ({**P, "_birthDate": [{"id": "x"}]}, "json-array-unexpected", "Patient.birthDate", ("_birthDate",), "_birthDate"),
    ({**P, "_birthDate": "x"}, "json-object-expected", "Patient.birthDate", ("_birthDate",), "id and extension"),
    (
        {**P, "_birthDate": {"value": 1}},
        "json-unknown-property",
        "Patient.birthDate.value",
        ("_birthDate", "value"),
        "only id and extension",
    ),
    (
        {**P, "_deceasedBoolean": {"extension": EXTENSION[0]}},
        "json-array-expected",
        "Patient.deceased.ofType(boolean).extension",
        ("_deceasedBoolean", "extension"),
        "'extension' repeats",
    ),
    (
        {**P, "name": [{"_given": [{"extension": [None]}]}]},
        "json-null",
        "Patient.name[0].given[0].extension[0]",
        ("name", 0, "_given", 0, "extension", 0),
        "is null",
    ),
]


@pytest.mark.parametrize(("resource", "rule", "path", "keys", "words"), BAD, ids=lambda v: str(v)[:40])
def test_bad_form(resource: dict[str, Any], rule: str, path: str, keys: tuple[str | int, ...], words: str) -> None:
    run = form_run(resource)
    assert [(issue.rule, issue.path, where) for issue, where in run.issues] == [(rule, path, keys)]
    issue = run.issues[0][0]
    assert issue.is_error
    assert words in issue.message
    assert issue.fix


def test_arrays_of_different_length_are_a_warning() -> None:
    (issue,) = form({**P, "name": [{"given": ["A", "B"], "_given": [{"id": "x"}]}]})
    assert (issue.rule, issue.severity, issue.path) == ("json-companion-length", "warning", "Patient.name[0].given")


WORDS = st.sampled_from(
    [
        *("resourceType", "Patient", "Bundle", "Observation", "name", "_name", "given", "_given", "extension", "url"),
        *("valueString", "valueQuantity", "_valueString", "contained", "id", "_id", "entry", "resource", "text", "div"),
        *(
            "birthDate",
            "_birthDate",
            "active",
            "",
            "_",
            "a.b[0",
            "\u0000",
            "component",
            "value",
            "multipleBirthInteger",
        ),
    ]
)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | WORDS | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(WORDS, below, max_size=4),
    max_leaves=15,
)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(["Patient", "Bundle", "Observation", 7, "Narrative"]), st.dictionaries(WORDS, ANY))
def test_no_model_makes_it_raise(kind: object, resource: dict[str, Any]) -> None:
    run = form_run({"resourceType": kind, **resource})
    parsed = read_json(json.dumps({"resourceType": kind}).encode())
    for issue, where in run.issues:
        assert issue.path
        assert parsed.locate(where) is not None
