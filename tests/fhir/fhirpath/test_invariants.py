"""Every invariant of R4 core: it parses, evaluates on the official examples, and its compiled form agrees."""

from __future__ import annotations

import copy
import json
import random
import tarfile
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from checker.fhir.definitions.ir import Element
from checker.fhir.fhirpath import Environment, FHIRPathError, evaluate, holds, parse
from checker.fhir.fhirpath.compiler import Compiled, compile_boolean
from checker.fhir.instance import Node, Tree
from tests.fhir.published import SHARED, core, needs_core

pytestmark = needs_core
EXAMPLES = SHARED / "exports" / "r4-examples"

WRONG_AS_PUBLISHED = {"dom-3"}
"""Published with ``as()`` on a collection, which FHIRPath refuses."""


def invariants() -> dict[tuple[str, str], Element]:
    """Expression and path of every invariant of the base definitions."""
    found: dict[tuple[str, str], Element] = {}

    def walk(element: Element) -> None:
        for constraint in element.constraints:
            found.setdefault((constraint.expression, element.path), element)
        if element.content_reference is None:
            for child in element.children.values():
                walk(child)

    for raw in core()._raw.values():
        if raw["resourceType"] == "StructureDefinition" and raw.get("derivation") != "constraint":
            structure = core().structure(raw["url"])
            if structure is not None:
                walk(structure.root)
    return found


def test_all_parse_and_most_compile() -> None:
    found = invariants()
    expressions = {expression for expression, _ in found}
    for expression in expressions:
        parse(expression)
    lowered = {expression for (expression, path), element in found.items() if compiled(expression, path, element)}
    assert len(lowered) >= 175
    assert len(expressions) - len(lowered) <= 20


@cache
def _made() -> dict[tuple[str, str], Compiled | None]:
    return {}


def compiled(expression: str, path: str, element: Element) -> Compiled | None:
    made = _made()
    if (expression, path) not in made:
        made[expression, path] = compile_boolean(expression, element, core())
    return made[expression, path]


def examples(every: int) -> Iterator[dict[str, Any]]:
    for file in sorted(EXAMPLES.glob("*.ndjson")):
        for index, line in enumerate(file.read_text("utf-8").split("\n")):
            if index % every == 0 and line and len(line) < 20_000:
                yield json.loads(line, parse_float=Decimal)


def questions(raw: dict[str, Any]) -> Iterator[tuple[Node, str, str, Element]]:
    """Each node with each invariant that applies to it: key, expression, and the element that states it."""
    root = Tree(raw, core()).root
    for node in (root, *root.descendants()):
        structure = core().type(node.type)
        for element in (node.declared, structure.root if structure is not None else None):
            for constraint in element.constraints if element is not None else ():
                yield node, constraint.key, constraint.expression, element  # type: ignore[misc]


ENV = Environment(resolve=lambda text, node: None, html_checks=lambda node: True)


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the official examples are not here")
def test_they_evaluate_on_the_official_examples() -> None:
    answers: list[object] = []
    for raw in examples(40):
        for node, key, expression, _ in questions(raw):
            if key not in WRONG_AS_PUBLISHED:
                (answer,) = evaluate(expression, [node], ENV) or [None]
                answers.append(answer)
    assert {type(one) for one in answers} <= {bool, type(None)}
    assert len(answers) > 2000
    assert answers.count(True) > 0.9 * len(answers)


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the official examples are not here")
def test_compiled_and_interpreted_agree_on_mutated_examples() -> None:
    rng = random.Random(7)  # a fixed seed: the same mutants each time
    count = sure = 0
    for base in examples(25):
        for raw in (base, mutated(base, rng), mutated(base, rng)):
            for node, key, expression, element in questions(raw):
                function = compiled(expression, element.path, element)
                if function is None:
                    continue
                count += 1
                if function(node.value, node.root_resource.value, node.resource.value) is True:
                    sure += 1
                    assert holds(expression, [node], ENV) is True, (key, node.path)
    assert count > 3000
    assert sure > 0.8 * count


def mutated(base: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """The example with up to four faults: members lost, texts and types exchanged, items doubled."""
    raw = copy.deepcopy(base)
    places: list[Any] = []
    words: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, dict | list) and value:
            places.append(value)
            for child in value.values() if isinstance(value, dict) else value:
                collect(child)
        elif isinstance(value, str):
            words.append(value)

    collect(raw)
    for _ in range(rng.randint(1, 4)):
        place = rng.choice(places)
        if isinstance(place, list):
            place.append(copy.deepcopy(rng.choice(place))) if rng.random() < 0.6 or len(place) < 2 else place.pop()
            continue
        names = [name for name in place if name != "resourceType"]
        if not names:
            continue
        name, chance = rng.choice(names), rng.random()
        if chance < 0.5:
            del place[name]
        elif chance < 0.7 and isinstance(place[name], str):
            place[name] = rng.choice(words)
        elif chance < 0.85 and isinstance(place[name], str) and not name.startswith("_"):
            del place[name]
            place["_" + name] = {"id": "only"}
        else:
            place[name] = rng.choice([1, "x", True, {"a": "b"}, ["q"], [{"code": "z"}], Decimal("1.5")])
    return raw


def test_hostile_values_ask_the_interpreter() -> None:
    element = core().type("Observation")
    assert element is not None
    function = compile_boolean("value.empty() or component.code.where(coding.exists()).empty()", element.root, core())
    assert function is not None
    assert function({"resourceType": "Observation"}) is True
    assert function({"valueString": "x", "component": [{"code": {"coding": [{}]}}]}) is not True
    for hostile in ({"valueString": "x", "component": 5}, {"valueString": "x", "component": ["y"]}, "text", None, [1]):
        assert function(hostile) is not True


def test_what_needs_a_resource_asks_without_one() -> None:
    structure = core().type("Reference")
    assert structure is not None
    function = compile_boolean("reference in %rootResource.contained.id", structure.root, core())
    assert function is not None
    assert function({"reference": "a"}) is None
    assert function({"reference": "a"}, {"contained": [{"resourceType": "Patient", "id": "a"}]}) is True


@pytest.mark.parametrize(
    "expression", ["descendants().exists()", "nothing()", "(", "name.resolve().exists()", "a.b", "value > 1 'mg'"]
)
def test_what_cannot_be_lowered_is_none(expression: str) -> None:
    structure = core().type("Observation")
    assert structure is not None
    assert compile_boolean(expression, structure.root, core()) is None


def test_names_of_a_package_never_become_code() -> None:
    structure = core().type("Patient")
    assert structure is not None
    text = '\'+__import__("os").system("true")+\''
    function = compile_boolean(f"language = '{text.replace(chr(39), chr(92) + chr(39))}'", structure.root, core())
    assert function is not None
    assert function({"language": text}) is True
    assert function({"language": "en"}) is False


def test_errors_are_the_interpreters() -> None:
    with pytest.raises(FHIRPathError):
        evaluate("name and true", [Tree({"resourceType": "Patient", "name": [{}, {}]}, core()).root])


UK_CORE = sorted((SHARED / "packages").glob("*ukcore*.tgz"))


@pytest.mark.skipif(not UK_CORE, reason="the UK Core package is not here")
def test_the_invariants_of_uk_core_parse_and_compile() -> None:
    found: set[tuple[str, str]] = set()
    with tarfile.open(UK_CORE[0]) as package:
        for member in package:
            stream = package.extractfile(member) if member.name.endswith(".json") else None
            raw = json.load(stream) if stream is not None else {}
            if isinstance(raw, dict) and raw.get("resourceType") == "StructureDefinition":
                for element in raw.get("differential", {}).get("element", ()):
                    found |= {(one["expression"], raw["type"]) for one in element.get("constraint", ())}
    assert found
    for expression, _ in found:
        parse(expression)


def test_an_invariant_is_a_boolean_by_singleton_evaluation() -> None:
    root = Tree({"resourceType": "Patient", "active": False, "name": [{}, {}], "id": "a"}, core()).root
    assert holds("id", [root]) is True
    assert holds("active", [root]) is False
    assert holds("language", [root]) is None
    with pytest.raises(FHIRPathError):
        holds("name", [root])
