"""Definitions that are wrong on purpose: what is lost of them is told, and nothing breaks or hangs."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from checker.fhir import Validator
from checker.fhir.definitions.package import Package, read_package
from checker.fhir.definitions.store import Definitions, embedded
from checker.fhir.validation.run import Options
from checker.fhir.validator import Result
from tests.fhir.definitions.sample import HERE, definition, element, packed, sliced

DIV = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'}
OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "text": DIV,
    "status": "final",
    "code": {"coding": [{"system": "http://example.org/s", "code": "c"}]},
}
_EMBEDDED = embedded()


class _Files:
    def __init__(self, *resources: dict[str, Any]) -> None:
        self._files = {f"{number:05}.json": json.dumps(one).encode() for number, one in enumerate(resources)}

    def names(self) -> list[str]:
        return sorted(self._files)

    def read(self, name: str) -> bytes:
        return self._files[name]


def known(*resources: dict[str, Any]) -> Definitions:
    return Definitions((Package(_Files(*resources), "test"),), _EMBEDDED)


def judged(definitions: Definitions, resource: dict[str, Any], *asked: str) -> Result:
    return Validator(definitions).validate(json.dumps(resource).encode(), asked)


def lost(definitions: Definitions) -> list[str]:
    return [one.message for one in definitions.problems if one.severity == "error"]


def value_set(number: int, *includes: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "ValueSet",
        "url": f"http://example.org/v{number}",
        "status": "active",
        "compose": {"include": list(includes)},
    }


def bound() -> dict[str, Any]:
    binding = {"strength": "required", "valueSet": "http://example.org/v0"}
    return definition("bound", "Observation", element("Observation.code", binding=binding))


@pytest.mark.parametrize("wrong", [["x"], [], {}, {"a": 1}, 1, True, None, [[]]])
@pytest.mark.parametrize(
    "place",
    [
        {"type": [{"code": ...}]},
        {"type": [{"code": "CodeableConcept", "profile": [...]}]},
        {"constraint": [{"key": ..., "severity": "error", "human": "h", "expression": "true"}]},
        {"constraint": [{"key": "own-1", "severity": "error", "human": "h", "expression": ...}]},
        {"binding": {"strength": ..., "valueSet": "http://example.org/v0"}},
        {"slicing": {"discriminator": [{"type": "value", "path": ...}], "rules": "open"}},
        {"base": {"path": ..., "min": 0, "max": "1"}},
        {"extension": [{"url": ...}]},
    ],
)
def test_a_wrong_type_within_an_element_is_told_and_breaks_nothing(place: dict[str, Any], wrong: object) -> None:
    def filled(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: filled(one) for name, one in part.items()}
        if isinstance(part, list):
            return [filled(one) for one in part]
        return wrong if part is ... else part

    one = definition("wrong", "Observation", element("Observation.code", **filled(place)))
    definitions = known(one)
    judged(definitions, OBSERVATION, one["url"])
    if not (wrong is None and "profile" in json.dumps(filled(place))):
        assert any("has the wrong JSON type" in text for text in lost(definitions))


@pytest.mark.parametrize("part", [element("Observation.issued", min="1"), element("Observation.nothing", min=1)])
def test_a_rule_that_is_lost_is_an_error_of_the_definition(part: dict[str, Any]) -> None:
    definitions = known(definition("lossy", "Observation", part))
    result = judged(definitions, OBSERVATION, HERE + "lossy")
    assert lost(definitions)
    assert [gap.subject for gap in result.not_verified if gap.kind == "structure-definition"] == [HERE + "lossy|1.0.0"]
    assert result.definition_problems


@pytest.mark.parametrize("maximum", ["9" * 5_000, "many", "-1"])
def test_a_maximum_beyond_reading_breaks_nothing(maximum: str) -> None:
    elements = [element("Observation"), element("Observation.code", max=maximum)]
    definitions = known(definition("large", "Observation", snapshot={"element": elements}))
    assert judged(definitions, OBSERVATION, HERE + "large").valid


def test_a_message_definition_with_a_maximum_beyond_reading() -> None:
    focus = {"code": "Observation", "min": 0, "max": "9" * 5_000}
    event = {"system": "http://example.org/e", "code": "e"}
    chosen = {
        "resourceType": "MessageDefinition",
        "url": "http://example.org/m",
        "status": "active",
        "date": "2020",
        "eventCoding": event,
        "focus": [focus],
    }
    one, other = (f"urn:uuid:11111111-1111-4111-8111-11111111111{n}" for n in (1, 2))
    header = {"resourceType": "MessageHeader", "eventCoding": event, "source": {"endpoint": "http://example.org"}}
    entries = [
        {"fullUrl": one, "resource": {**header, "focus": [{"reference": other}]}},
        {"fullUrl": other, "resource": OBSERVATION},
    ]
    assert judged(known(chosen), {"resourceType": "Bundle", "type": "message", "entry": entries}).issues == ()


@pytest.mark.parametrize(
    "expression", ["(((", "status.nothing()", "1 + 'a'", "repeat($this + 1)", "now() > @2000", "9" * 5_000]
)
def test_an_invariant_that_nobody_can_evaluate_is_counted_with_the_resource(expression: str) -> None:
    own = {"key": "own-1", "severity": "error", "human": "h", "expression": expression}
    definitions = known(definition("open", "Observation", element("Observation", constraint=[own])))
    result = judged(definitions, OBSERVATION, HERE + "open")
    assert [(one.kind, one.subject) for one in result.not_verified if one.kind == "invariant"] == [
        ("invariant", f"own-1 of {HERE}open")
    ]
    assert result.definition_problems


@pytest.mark.parametrize("count", [1, 5, 3_000])
def test_value_sets_that_import_one_another(count: int) -> None:
    circle = [value_set(n, {"valueSet": [f"http://example.org/v{(n + 1) % count}"]}) for n in range(count)]
    result = judged(known(bound(), *circle), OBSERVATION, HERE + "bound")
    assert result.valid
    assert any(one.kind == "terminology" for one in result.not_verified)


def test_value_sets_that_import_the_next_twice_take_no_time() -> None:
    twice = [value_set(n, *[{"valueSet": [f"http://example.org/v{n + 1}"]}] * 2) for n in range(39)]
    last = value_set(39, {"system": "http://example.org/s", "concept": [{"code": "c"}]})
    begun = time.process_time()
    result = judged(known(bound(), *twice, last), OBSERVATION, HERE + "bound")
    assert time.process_time() - begun < 5
    assert result.valid


def test_a_regular_expression_of_a_value_set_sees_the_whole_text() -> None:
    regex = {"property": "display", "op": "regex", "value": "(a+)+"}
    system = {
        "resourceType": "CodeSystem",
        "url": "http://example.org/s",
        "status": "active",
        "content": "complete",
        "caseSensitive": True,
        "concept": [{"code": "c", "display": "a" * 5_000 + "!"}],
    }
    definitions = known(bound(), value_set(0, {"system": "http://example.org/s", "filter": [regex]}), system)
    result = judged(definitions, OBSERVATION, HERE + "bound")
    assert "coding-not-in-value-set" in {issue.rule for issue in result.issues if issue.is_error}


def test_definitions_in_circles() -> None:
    itself = definition("itself", "Observation", element("Observation.code", min=1), base=HERE + "itself")
    one = definition("one", "Observation", element("Observation.code", min=1), base=HERE + "other")
    other = definition("other", "Observation", element("Observation.code", min=1), base=HERE + "one")
    definitions = known(itself, one, other)
    assert [definitions.structure(HERE + name) for name in ("itself", "one", "other")] == [None] * 3
    assert lost(definitions)
    claimed = {**OBSERVATION, "meta": {"profile": [HERE + "itself"]}}
    result = judged(definitions, claimed)
    assert [issue.rule for issue in result.issues] == ["structure-definition-unknown"]
    assert [gap.subject for gap in result.not_verified if gap.kind == "structure-definition"] == [HERE + "itself"]


def test_many_slices_and_many_items_take_bounded_time() -> None:
    slices = [
        element(f"Observation.category:s{n}", patternCodeableConcept={"coding": [{"code": f"c{n}"}]}) for n in range(60)
    ]
    head = element("Observation.category", **sliced("coding.code"))
    definitions = known(definition("many", "Observation", head, *slices))
    items = [{"coding": [{"system": "http://example.org/s", "code": f"c{n}"}]} for n in range(60)]
    begun = time.process_time()
    assert judged(definitions, {**OBSERVATION, "category": items}, HERE + "many").valid
    assert time.process_time() - begun < 5


def test_warnings_never_hide_an_error() -> None:
    unknown = [{"url": f"http://example.org/{n}", "valueString": "x"} for n in range(30)]
    validator = Validator(options=Options(max_issues=10))
    for wrong in ({"birthDate": "1970-02-30"}, {"nothing": 1}, {"contact": [{"nothing": 1}]}):
        result = validator.validate({"resourceType": "Patient", "extension": unknown, **wrong})
        assert not result.valid
        assert sum(issue.severity == "warning" for issue in result.issues) > 10


def test_a_member_name_that_is_not_utf_8_can_be_told() -> None:
    package = read_package(
        packed({"StructureDefinition-\udcff.json": b"{"}, {"name": "a.b", "version": "1.0.0"}), "test"
    )
    package.types()
    for problem in package.problems:
        (problem.element or "").encode()
    assert package.problems
