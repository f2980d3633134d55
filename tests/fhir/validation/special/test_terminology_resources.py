"""CodeSystems and ValueSets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fhir.published import needs_core
from tests.fhir.validation.special.trial import said

pytestmark = needs_core

URL = "http://example.com/cs"
A, B = {"code": "a"}, {"code": "b", "concept": [{"code": "c"}]}


def system(**more: Any) -> dict[str, Any]:
    base = {"resourceType": "CodeSystem", "url": URL, "content": "complete", "caseSensitive": True}
    return {**base, "hierarchyMeaning": "is-a", "concept": [A, B], **more}


def without(resource: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name not in names}


def of_system(resource: dict[str, Any], *supporting: dict[str, Any]) -> list[str]:
    return [rule.removeprefix("code-system-") for rule, _, _ in said("code_system", resource, *supporting)]


def test_counts_and_contents() -> None:
    assert of_system(system(count=3)) == []
    assert of_system(system(count=2)) == ["count"]
    assert of_system(system(content="fragment", count=3)) == ["count"]
    assert of_system(system(content="fragment", count=30)) == []
    assert of_system(system(content="not-present")) == ["content"]
    assert of_system(without(system(), "caseSensitive", "hierarchyMeaning")) == ["incomplete", "incomplete"]


def test_supplements_add_to_codes_that_exist() -> None:
    extra = {
        "resourceType": "CodeSystem",
        "url": "urn:more",
        "content": "supplement",
        "supplements": URL,
        "concept": [A],
    }
    assert of_system(extra, system()) == []
    assert of_system({**extra, "concept": [{"code": "z"}]}, system()) == ["supplement-code"]
    assert of_system(extra) == ["supplement-unknown"]
    assert of_system({**extra, "caseSensitive": True}, system()) == ["content"]
    assert of_system({**extra, "content": "complete"}, system()) == ["content"]
    assert of_system(without(extra, "supplements")) == ["content", "incomplete"]


def test_the_value_set_of_all_codes() -> None:
    for include, expected in (
        ({"system": URL}, []),
        ({"system": "urn:x"}, ["all-codes"]),
        ({"system": URL, "concept": [A]}, ["all-codes"]),
    ):
        all_ = {"resourceType": "ValueSet", "url": "http://example.com/vs", "compose": {"include": [include]}}
        assert of_system(system(valueSet="http://example.com/vs"), all_) == expected


@pytest.mark.parametrize(
    ("include", "expected"),
    [
        ({"system": URL, "concept": [A]}, []),
        ({"system": URL, "concept": [{"code": "z"}]}, [("code", "error")]),
        ({"system": "http://snomed.info/sct", "concept": [{"code": "73211009"}]}, []),
        ({"system": "relative"}, [("system", "error")]),
        ({"system": "#contained"}, [("system", "error")]),
        ({"system": f"{URL}|1"}, [("system-version", "error")]),
        ({"system": "http://hl7.org/fhir/ValueSet/administrative-gender"}, [("system", "error")]),
        ({"concept": [A]}, [("no-system", "warning")]),
        ({"valueSet": ["http://hl7.org/fhir/ValueSet/administrative-gender"]}, []),
        ({"valueSet": ["http://example.com/none"]}, [("import-unknown", "warning")]),
        ({"system": URL, "filter": [{"property": "a", "op": "exists", "value": "true"}]}, []),
        ({"system": URL, "filter": [{"property": "a", "op": "exists", "value": "yes"}]}, [("filter", "error")]),
        ({"system": URL, "filter": [{"property": "inactive", "op": "=", "value": "false"}]}, []),
        ({"system": URL, "filter": [{"property": "inactive", "op": "=", "value": "no"}]}, [("filter", "error")]),
        ({"system": URL, "filter": [{"property": "inactive", "op": "regex", "value": "no"}]}, []),
        ({"system": URL, "filter": [{"property": "a", "op": "=", "value": "no"}]}, []),
        ({"system": URL, "filter": [{"property": "concept", "op": "is-a", "value": "b"}]}, []),
        ({"system": URL, "filter": [{"property": "concept", "op": "is-a", "value": "z"}]}, [("filter", "error")]),
        ({"system": "urn:x", "filter": [{"property": "concept", "op": "is-a", "value": "z"}]}, []),
        ({"system": URL, "filter": [{"property": "code", "op": "regex", "value": "("}]}, [("filter", "error")]),
    ],
)
def test_includes(include: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    resource = {"resourceType": "ValueSet", "url": "http://example.com/vs", "compose": {"include": [include]}}
    found = said("value_set", resource, system())
    assert [(rule.removeprefix("value-set-"), severity) for rule, severity, _ in found] == expected


def test_maps_lead_from_and_to_codes_that_exist() -> None:
    def found(group: dict[str, Any]) -> list[str]:
        resource = {"resourceType": "ConceptMap", "group": [group]}
        return [rule.removeprefix("concept-map-") for rule, _, _ in said("concept_map", resource, system())]

    def mapped(code: str, *targets: str) -> list[dict[str, Any]]:
        return [{"code": code, "target": [{"code": one, "equivalence": "equal"} for one in targets]}]

    both = {"source": URL, "target": URL}
    assert found({**both, "element": mapped("a", "b", "c")}) == []
    assert found({**both, "element": mapped("z", "b")}) == ["code"]
    assert found({**both, "element": mapped("a", "z")}) == ["code"]
    assert found({**both, "element": mapped("a", "b", "b")}) == ["repeated"]
    assert found({"source": URL, "element": mapped("a", "z")}) == ["no-system"]
    assert found({"source": URL, "target": "http://snomed.info/sct", "element": mapped("a", "z")}) == []


def test_maps_keep_to_their_value_sets() -> None:
    held = {"resourceType": "ValueSet", "url": "urn:v", "compose": {"include": [{"system": URL, "concept": [A]}]}}

    def found(code: str, **more: Any) -> list[tuple[str, str]]:
        mapping = {"code": code, "target": [{"code": "a", "equivalence": "equal"}]}
        group = {"source": URL, "target": URL, "element": [mapping]}
        resource = {"resourceType": "ConceptMap", "group": [group], **more}
        return [(rule, path) for rule, _, path in said("concept_map", resource, system(), held)]

    assert found("b") == []
    assert found("a", sourceCanonical="urn:v", targetUri="urn:v") == []
    assert found("b", sourceCanonical="urn:v") == [("concept-map-value-set", "ConceptMap.group[0].element[0].code")]
    assert found("b", sourceUri="urn:none") == []


HL7_PROPERTY = "http://hl7.org/fhir/concept-properties#"


@pytest.mark.parametrize(
    ("declared", "said_of_a", "expected"),
    [
        ([{"code": "p", "type": "code"}], {"code": "p", "valueCode": "x"}, []),
        ([{"code": "p", "type": "code"}], {"code": "p", "valueString": "x"}, ["property-type"]),
        ([{"code": "p", "type": "Coding"}], {"code": "p", "valueCoding": {"code": "x"}}, []),
        ([{"code": "p", "type": "code"}, {"code": "p", "type": "string"}], {}, ["property-repeated"]),
        ([{"code": "p", "type": "code", "uri": HL7_PROPERTY + "parent"}], {"code": "p", "valueCode": "b"}, []),
        (
            [{"code": "p", "type": "code", "uri": HL7_PROPERTY + "parent"}],
            {"code": "p", "valueCode": "z"},
            ["property-code"],
        ),
        ([{"code": "p", "type": "string", "uri": HL7_PROPERTY + "inactive"}], {}, ["property-uri"]),
        ([{"code": "p", "type": "string", "uri": HL7_PROPERTY + "nosuch"}], {}, ["property-uri"]),
        ([{"code": 3, "type": [], "uri": {}}], {"code": [], "valueCode": 3}, []),
    ],
)
def test_properties(declared: list[dict[str, Any]], said_of_a: dict[str, Any], expected: list[str]) -> None:
    concepts = [{"code": "a", "property": [said_of_a]}, {"code": "b"}]
    assert of_system(system(property=declared, concept=concepts)) == expected


def test_a_uri_stands_for_one_property() -> None:
    first, second = {"code": "p", "uri": "urn:p", "type": "string"}, {"code": "q", "uri": "urn:q", "type": "string"}
    assert of_system(system(property=[first, second])) == []
    assert of_system(system(property=[first, {**second, "uri": "urn:p"}])) == ["property-repeated"]
    assert of_system(system(property=[first, {**second, "code": "p"}])) == ["property-repeated"]
