"""StructureDefinitions and their elements, search parameters, operations, questionnaires."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from checker.fhir.validation.rule import RULES
from checker.fhir.validation.special import DATATYPES, SPECIALS
from tests.fhir.published import core, needs_core
from tests.fhir.validation.special.trial import said

URL = "http://example.com/StructureDefinition/p"
CORE = "http://hl7.org/fhir/StructureDefinition/"


def constraint(*elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    base = {"resourceType": "StructureDefinition", "url": URL, "kind": "resource", "type": "Patient"}
    base |= {"baseDefinition": CORE + "Patient", "derivation": "constraint"}
    listed = [{"id": one.get("id", one["path"]), **one} for one in elements]
    return {**base, "differential": {"element": listed}, **more}


def rules(resource: dict[str, Any], *supporting: dict[str, Any]) -> list[str]:
    return [
        rule if severity == "error" else f"{severity} {rule}"
        for rule, severity, _ in said("structure_definition", resource, *supporting)
    ]


def sliced(path: str, name: str, **more: Any) -> dict[str, Any]:
    return {"id": f"{path}:{name}", "path": path, "sliceName": name, **more}


BY_SYSTEM = {"discriminator": [{"type": "value", "path": "system"}], "rules": "open"}
GENDERS = "http://hl7.org/fhir/ValueSet/administrative-gender"


@needs_core
@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ([{"path": "Patient.name"}, {"path": "Patient.name.family"}, {"path": "Patient.gender"}], []),
        ([{"path": "Patient.gender"}, {"path": "Patient.name"}], ["differential-order"]),
        ([{"path": "Patient.name.given"}, {"path": "Patient.name.family"}], ["differential-order"]),
        (
            [
                {"path": "Patient.identifier", "slicing": BY_SYSTEM},
                sliced("Patient.identifier", "a"),
                {"id": "Patient.identifier:a.system", "path": "Patient.identifier.system", "fixedUri": "urn:a"},
                sliced("Patient.identifier", "b"),
                {"id": "Patient.identifier:b.use", "path": "Patient.identifier.use", "fixedCode": "usual"},
            ],
            [],
        ),
        ([sliced("Patient.identifier", "a")], ["differential-slicing-missing"]),
        ([sliced("Patient.extension", "a"), sliced("Patient.deceased[x]", "deceasedBoolean")], []),
        ([{"path": "Patient.gender", "type": [{"code": "code"}], "fixedCode": "male"}], []),
        ([{"path": "Patient.gender", "type": [{"code": "string"}]}], ["differential-type"]),
        ([{"path": "Patient.deceased[x]", "type": [{"code": "string"}]}], ["differential-type"]),
        ([{"path": "Patient.gender", "fixedString": "male"}], ["differential-value-type"]),
        ([{"path": "Patient.maritalStatus", "patternCoding": {"code": "M"}}], ["differential-value-type"]),
        (
            [{"path": "Patient.link.other", "type": [{"code": "Reference", "targetProfile": [CORE + "Patient"]}]}],
            [],
        ),
        (
            [{"path": "Patient.link.other", "type": [{"code": "Reference", "targetProfile": [CORE + "Device"]}]}],
            ["differential-type"],
        ),
        ([{"path": "Patient.gender", "binding": {"strength": "required", "valueSet": GENDERS}}], []),
        ([{"path": "Patient.gender", "binding": {"strength": "example"}}], ["differential-binding"]),
        (
            [
                {
                    "path": "Patient.gender",
                    "binding": {"strength": "required", "valueSet": "http://hl7.org/fhir/ValueSet/name-use"},
                }
            ],
            ["differential-binding"],
        ),
        ([{"path": 3, "type": "x", "binding": []}, {"path": "Patient.name", "type": [3], "fixedCode": []}], None),
    ],
)
def test_a_differential_narrows_its_base_in_its_order(
    elements: list[dict[str, Any]], expected: list[str] | None
) -> None:
    found = rules(constraint(*elements))
    assert expected is None or found == expected


INVARIANT = {"key": "p-1", "severity": "error", "human": "x", "expression": "name.exists()"}


@needs_core
@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ({"path": "Patient.name", "min": 1}, []),
        ({"path": "Patient.name.given", "max": "1"}, []),
        ({"path": "Patient.deceasedBoolean", "min": 1}, []),
        ({"path": "Patient.name.nosuch"}, ["element-definition-path"]),
        ({"path": "Person.name"}, ["element-definition-path"]),
        ({"path": "Patient.gender", "max": "2"}, ["element-definition-cardinality"]),
        ({"path": "Patient.link.other", "min": 0}, ["element-definition-cardinality"]),
        ({"path": "Patient", "slicing": {"rules": "open"}}, ["element-definition-slicing"]),
        ({"path": "Patient.gender", "slicing": {"rules": "open"}}, ["element-definition-slicing"]),
        ({"path": "Patient.name", "meaningWhenMissing": "x"}, ["element-definition-meaning"]),
        ({"path": "Patient.name", "constraint": [INVARIANT]}, []),
        (
            {"path": "Patient.name", "constraint": [{**INVARIANT, "expression": "name.("}]},
            ["element-definition-invariant"],
        ),
        ({"path": "Patient.name", "constraint": [{**INVARIANT, "source": "urn:x"}]}, ["element-definition-invariant"]),
        ({"path": "Patient.name", "constraint": [{**INVARIANT, "key": "ele-1"}]}, []),
        (
            {"path": "Patient.name", "constraint": [{"key": "p-2", "human": "x"}]},
            ["information element-definition-invariant-incomplete"],
        ),
        ({"path": "Patient.name", "type": [{"code": "HumanName"}]}, []),
        (
            {"path": "Patient.name", "type": [{"code": "HumanName", "profile": [CORE + "Address"]}]},
            ["element-definition-structure"],
        ),
        (
            {"path": "Patient.name", "type": [{"code": "HumanName", "profile": ["urn:none"]}]},
            ["warning element-definition-structure-unknown"],
        ),
        (
            {"path": "Patient.name", "type": [{"code": "HumanName", "targetProfile": [CORE + "Patient"]}]},
            ["element-definition-type"],
        ),
        (
            {
                "path": "Patient.generalPractitioner",
                "type": [{"code": "Reference", "targetProfile": [CORE + "Period"]}],
            },
            ["element-definition-structure"],
        ),
        ({"path": "Patient.gender", "type": [{"code": "code"}], "minValueInteger": 1}, ["element-definition-type"]),
        ({"path": "Patient.active", "type": [{"code": "boolean"}], "maxLength": 1}, ["element-definition-type"]),
        (
            {"path": "Patient.active", "type": [{"code": "boolean"}], "binding": {"strength": "example"}},
            ["element-definition-type"],
        ),
        (
            {
                "path": "Patient.name",
                "type": [{"code": "HumanName"}],
                "slicing": {"rules": "open", "discriminator": [{"type": "value", "path": "use"}]},
            },
            [],
        ),
        (
            {
                "path": "Patient.name",
                "type": [{"code": "HumanName"}],
                "slicing": {"rules": "open", "discriminator": [{"type": "value", "path": "nosuch"}]},
            },
            ["element-definition-slicing"],
        ),
        (
            {
                "path": "Patient.name",
                "slicing": {"rules": "open", "discriminator": [{"type": "pattern", "path": "use"}]},
            },
            ["information element-definition-pattern-discriminator"],
        ),
    ],
)
def test_elements(element: dict[str, Any], expected: list[str]) -> None:
    assert rules(constraint(element)) == expected


@needs_core
def test_fixed_values_follow_those_of_the_base() -> None:
    parent = constraint({"path": "Patient.gender", "fixedCode": "male"}, url="urn:parent")
    pattern = constraint({"path": "Patient.maritalStatus", "patternCodeableConcept": {"text": "x"}}, url="urn:parent")
    for origin, element, expected in (
        (parent, {"path": "Patient.gender", "fixedCode": "male"}, []),
        (parent, {"path": "Patient.gender", "fixedCode": "female"}, ["element-definition-fixed"]),
        (parent, {"path": "Patient.gender", "fixedString": "male"}, ["element-definition-fixed"]),
        (pattern, {"path": "Patient.maritalStatus", "fixedCodeableConcept": {"text": "x", "id": "a"}}, []),
        (
            pattern,
            {"path": "Patient.maritalStatus", "fixedCodeableConcept": {"text": "y"}},
            ["element-definition-fixed"],
        ),
    ):
        assert rules(constraint(element, baseDefinition="urn:parent"), origin) == expected


@needs_core
def test_derivations() -> None:
    assert rules(constraint(kind="complex-type")) == ["structure-definition-derivation"]
    assert rules(constraint(type="Person")) == ["structure-definition-derivation"]
    assert rules(constraint(derivation="specialization")) == ["structure-definition-derivation"]
    assert rules(constraint(baseDefinition="urn:none")) == ["warning structure-definition-base-unknown"]
    own = {"kind": "logical", "derivation": "specialization", "baseDefinition": CORE + "Element"}
    assert rules(constraint(type="https://types.example.nhs.uk/Ward", **own)) == []
    assert rules(constraint(type="Ward", **own)) == ["structure-definition-derivation"]
    undefined = constraint()
    del undefined["derivation"]
    assert rules(undefined) == ["structure-definition-derivation"]


def extension(*contexts: tuple[str, str], fixed: str | None = URL) -> dict[str, Any]:
    elements = [{"path": "Extension.url", "fixedUri": fixed}] if fixed is not None else []
    where = [{"type": kind, "expression": expression} for kind, expression in contexts]
    more = {"kind": "complex-type", "type": "Extension", "baseDefinition": CORE + "Extension", "context": where}
    return constraint(*elements, **more)


@needs_core
def test_extensions_have_a_context_and_their_own_url() -> None:
    assert rules(extension(("element", "Patient.name"))) == []
    assert rules(extension(("element", "Patient.nosuch"))) == ["structure-definition-context"]
    assert rules(extension(("element", CORE + "bodyweight"))) == ["structure-definition-context"]
    assert rules(extension(("element", CORE + "bodyweight#Observation.code"))) == []
    assert rules(extension(("element", "Element"))) == ["warning structure-definition-context-wide"]
    assert rules(extension(("fhirpath", "Patient.name"))) == ["warning structure-definition-context-wide"]
    assert rules(extension(("element", "Patient"), fixed="urn:other")) == ["structure-definition-extension-url"]
    assert rules(extension(("element", "Patient"), fixed=None)) == ["structure-definition-extension-url"]
    assert rules(constraint(context=[{"type": "element", "expression": "Patient"}])) == ["structure-definition-context"]


def sliced_choice(kind: str, path: str, name: str) -> dict[str, Any]:
    head = {
        "path": "Patient.deceased[x]",
        "slicing": {"discriminator": [{"type": kind, "path": path}], "rules": "open"},
    }
    return constraint(head, {"path": "Patient.deceased[x]", "sliceName": name, "type": [{"code": "boolean"}]})


@needs_core
@pytest.mark.parametrize(
    ("kind", "path", "name", "expected"),
    [
        ("type", "$this", "deceasedBoolean", []),
        ("type", "$this", "known", ["differential-choice-slice"]),
        ("value", "$this", "deceasedBoolean", ["differential-choice-slice"]),
        ("value", "$this", "known", []),
    ],
)
def test_choices_are_sliced_by_type(kind: str, path: str, name: str, expected: list[str]) -> None:
    assert rules(sliced_choice(kind, path, name)) == expected


@needs_core
def test_dependencies_of_a_guide_can_be_found() -> None:
    canonical = "https://guide.example.nhs.uk/ImplementationGuide/guide"

    def judged(**dependency: str) -> list[str]:
        guide = {"resourceType": "ImplementationGuide", "dependsOn": [dependency]}
        return [rule for rule, _, _ in said("implementation_guide", guide)]

    assert judged(uri=canonical, packageId="nhs.guide") == []
    assert judged(uri="https://guide.example.nhs.uk") == ["implementation-guide-dependency"]
    assert judged(uri=canonical, packageId="guide") == ["implementation-guide-dependency"]


@needs_core
@pytest.mark.parametrize(
    "name", ["Patient", "Observation", "bodyweight", "patient-birthPlace", "Quantity", "Extension"]
)
def test_published_definitions_have_no_errors(name: str) -> None:
    published = core().raw(CORE + name)
    assert published is not None
    assert [one for one in rules(published) if " " not in one] == []


@needs_core
@pytest.mark.parametrize(
    "value", [None, 3, "x", [], [[]], {}, [None], [{"path": 3}], [{"path": "Patient.name", "type": 3}]]
)
def test_wrong_types_never_stop_the_look(value: Any) -> None:
    found = rules({**constraint(), "differential": {"element": value}, "context": value, "snapshot": value})
    assert found == ([] if value in (None, [], [None]) else ["structure-definition-context"])


# ---- search parameters, operations


@needs_core
def test_search_parameters() -> None:
    origin = {
        "resourceType": "SearchParameter",
        "url": "urn:o",
        "base": ["Patient"],
        "type": "token",
        "expression": "id",
    }
    own = {**origin, "url": "urn:p", "derivedFrom": "urn:o"}

    def found(given: dict[str, Any], *held: dict[str, Any]) -> list[str]:
        return [rule.removeprefix("search-parameter-") for rule, _, _ in said("search_parameter", given, *held)]

    assert found(own, origin) == []
    assert found(own) == ["origin-unknown"]
    assert found({**own, "base": ["Group"]}, origin) == ["origin"]
    assert found({**own, "type": "string"}, origin) == ["origin"]
    assert found({**own, "expression": "name"}, origin) == ["other-expression"]
    assert found({**own, "expression": "id("}, origin) == ["expression", "other-expression"]
    several = {"resourceType": "SearchParameter", "url": "urn:q", "base": ["Patient", "Person"], "type": "token"}
    assert found({**several, "expression": "Patient.gender | Person.gender"}) == []
    assert found({**several, "expression": "Patient.gender | Person.nosuch"}) == ["expression"]
    assert found({**several, "expression": "Patient.gender | Device.status"}) == ["expression"]
    assert found({**several, "expression": "Patient.gender.nosuch()"}) == ["expression"]
    part = {"definition": "urn:o", "expression": "id"}
    assert found({**several, "type": "composite", "expression": "Patient", "component": [part]}) == ["components"]
    assert found({**several, "type": "composite", "expression": "Patient", "component": [part, part]}) == []


@needs_core
@pytest.mark.parametrize(
    ("context", "valid"),
    [
        ({"type": "element", "expression": "Patient.name"}, True),
        ({"type": "element", "expression": "Observation.value[x]"}, True),
        ({"type": "element", "expression": "Observation.valueQuantity"}, False),
        ({"type": "element", "expression": "Patient.name:official"}, False),
        ({"type": "element", "expression": "Patient.nosuch"}, False),
    ],
)
def test_contexts_name_elements(context: dict[str, Any], valid: bool) -> None:
    base = {"resourceType": "StructureDefinition", "url": URL, "kind": "complex-type", "type": "Extension"}
    assert ("structure-definition-context" in rules({**base, "context": [context]})) is not valid


@needs_core
def test_invariants_of_a_context_are_fhirpath() -> None:
    base = {"resourceType": "StructureDefinition", "url": URL, "kind": "complex-type", "type": "Extension"}
    assert rules({**base, "contextInvariant": ["name.exists()"]}) == []
    assert rules({**base, "contextInvariant": ["name.exists("]}) == ["structure-definition-context"]


@needs_core
def test_operations_agree_with_their_structure_definitions() -> None:
    elements: list[dict[str, Any]] = [
        {"id": "Parameters.parameter", "path": "Parameters.parameter", "slicing": {"rules": "open"}},
        {"id": "Parameters.parameter:a", "path": "Parameters.parameter", "sliceName": "a", "min": 1, "max": "1"},
        {"id": "Parameters.parameter:a.name", "path": "Parameters.parameter.name", "fixedString": "a"},
        {"id": "Parameters.parameter:a.value[x]", "path": "Parameters.parameter.value[x]", "type": [{"code": "code"}]},
        {"id": "Parameters.parameter:a.resource", "path": "Parameters.parameter.resource", "max": "0"},
    ]
    elements[0]["slicing"]["discriminator"] = [{"type": "value", "path": "name"}]
    profile = constraint(*elements, type="Parameters", baseDefinition=CORE + "Parameters")

    def found(*parameters: dict[str, Any]) -> list[str]:
        operation = {"resourceType": "OperationDefinition", "inputProfile": URL, "parameter": list(parameters)}
        return [
            rule.removeprefix("operation-definition-")
            for rule, _, _ in said("operation_definition", operation, profile)
        ]

    right = {"name": "a", "use": "in", "min": 1, "max": "1", "type": "code"}
    assert found(right) == []
    assert found({**right, "min": 0}) == ["parameter"]
    assert found({**right, "max": "*"}) == ["parameter"]
    assert found({**right, "type": "string"}) == ["parameter", "parameter"]
    assert found(right, {**right, "name": "b"}) == ["parameter-unmatched"]
    assert found() == ["parameter-unmatched"]
    missing = {"resourceType": "OperationDefinition", "outputProfile": "urn:none"}
    assert [rule for rule, _, _ in said("operation_definition", missing)] == ["operation-definition-structure-unknown"]


# ---- questionnaires


@needs_core
def test_conditions_look_at_questions_that_come_before() -> None:
    def found(target: str) -> list[tuple[str, str]]:
        conditions = [{"question": target, "operator": "exists", "answerBoolean": True}]
        middle = {"linkId": "m", "enableWhen": conditions, "item": [{"linkId": "inner"}]}
        items = [{"linkId": "first"}, middle, {"linkId": "last"}]
        questionnaire = {"resourceType": "Questionnaire", "item": [{"linkId": "g", "item": items}]}
        return [
            (rule.removeprefix("questionnaire-condition-"), path)
            for rule, _, path in said("questionnaire", questionnaire)
        ]

    assert found("first") == []
    assert found("g") == []
    assert found("last") == [("order", "Questionnaire.item[0].item[1]")]
    for wrong in ("m", "inner", "nosuch"):
        assert found(wrong) == [("target", "Questionnaire.item[0].item[1].enableWhen[0]")]


@needs_core
@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({}, []),
        ({"type": "text"}, ["derived-change"]),
        ({"repeats": True}, ["derived-change"]),
        ({"required": False}, ["derived-change"]),
        ({"maxLength": 9}, ["derived-change"]),
        ({"maxLength": 3}, []),
        ({"answerOption": [{"valueString": "z"}]}, ["derived-change"]),
        ({"answerOption": [{"valueString": "x"}]}, []),
        ({"definition": "urn:e"}, ["derived-note"]),
        ({"linkId": "new"}, ["derived-item"]),
    ],
)
def test_derived_questionnaires_only_narrow(item: dict[str, Any], expected: list[str]) -> None:
    options = [{"valueString": "x"}, {"valueString": "y"}]
    asked = {
        "linkId": "a",
        "type": "string",
        "required": True,
        "maxLength": 5,
        "answerOption": options,
        "definition": "urn:d",
    }
    origin = {"resourceType": "Questionnaire", "url": "urn:o", "item": [asked]}
    coding = {"system": "http://hl7.org/fhir/questionnaire-derivationType", "code": "compliesWith"}
    kind = {"url": CORE + "questionnaire-derivationType", "valueCoding": coding}
    own = {
        "resourceType": "Questionnaire",
        "derivedFrom": ["urn:o"],
        "_derivedFrom": [{"extension": [kind]}],
        "item": [{**asked, **item}],
    }
    assert [rule.removeprefix("questionnaire-") for rule, _, _ in said("questionnaire", own, origin)] == expected
    del own["_derivedFrom"]
    assert [rule for rule, _, _ in said("questionnaire", own, origin)] == ["questionnaire-derived-unknown"]
    assert [rule for rule, _, _ in said("questionnaire", own)] == ["questionnaire-derived-unknown"]


def test_the_tables_name_modules_whose_rules_have_pages() -> None:
    for dotted in (*SPECIALS.values(), *DATATYPES.values()):
        assert callable(import_module(dotted).check)
    for one in RULES.values():
        assert all((one.title, one.why, one.fix, one.source.startswith("http"))), one.id


@needs_core
def test_search_parameters_of_a_server_have_the_type_of_their_definition() -> None:
    definition = {"resourceType": "SearchParameter", "url": "urn:s", "type": "token"}
    for kind, expected in (("token", []), ("string", ["capability-statement-search-type"])):
        stated = {"name": "identifier", "definition": "urn:s", "type": kind}
        statement = {"resourceType": "CapabilityStatement", "rest": [{"resource": [{"searchParam": [stated]}]}]}
        assert [rule for rule, _, _ in said("capability_statement", statement, definition)] == expected
