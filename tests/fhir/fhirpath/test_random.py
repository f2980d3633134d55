"""Random expressions: no crash, and what compiles says True only when the interpreter does."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from checker.fhir.fhirpath import Environment, FHIRPathError, holds, parse
from checker.fhir.fhirpath.analyse import problems
from checker.fhir.fhirpath.compiler import compile_boolean
from checker.fhir.fhirpath.functions import FUNCTIONS
from checker.fhir.instance import Tree
from tests.fhir.fhirpath.test_nodes import PATIENT
from tests.fhir.published import core, needs_core

TERMS = [
    "1",
    "0",
    "-1",
    "1.5",
    "2147483647",
    "99999999999999999999",
    "'a'",
    "''",
    "'abc'",
    "true",
    "false",
    "{}",
    "@2012",
    "@2012-02-29",
    "@T10:30",
    "1 'mg'",
    "2 days",
    "1 year",
    "@2012-02-29T10:00:00.123+02:00",
    "37 'Cel'",
    "name",
    "birthDate",
    "active",
    "id",
    "extension.value",
    "name.given",
    "multipleBirth",
    "deceased",
    "contained",
    "$this",
    "$index",
    "%resource",
    "%ucum",
    "1 '{a}/10*3'",
    "'1 day'",
    "'2012-01-01'",
    "'(a+)+'",
    "1 'cm'",
    "telecom.where(system = 'a')",
]
OPERATORS = [
    "+",
    "-",
    "*",
    "/",
    "div",
    "mod",
    "&",
    "|",
    "=",
    "!=",
    "~",
    "!~",
    "<",
    ">",
    "<=",
    ">=",
    "and",
    "or",
    "xor",
    "implies",
    "in",
    "contains",
]
TYPES = ["string", "Patient", "System.Integer", "Quantity", "dateTime", "Boolean"]


def expression(rng: random.Random, depth: int) -> str:
    chance = rng.random()
    if depth <= 0 or chance < 0.2:
        return rng.choice(TERMS)
    left = expression(rng, depth - 1)
    if chance < 0.5:
        return f"({left} {rng.choice(OPERATORS)} {expression(rng, depth - 1)})"
    if chance < 0.55:
        return f"({left} {rng.choice(['is', 'as'])} {rng.choice(TYPES)})"
    if chance < 0.6:
        return f"{left}[{rng.choice(TERMS)}]"
    if chance < 0.63:
        return f"-({left})"
    name, (_, least, most) = rng.choice(list(FUNCTIONS.items()))
    count = rng.randint(least, min(most, 3))
    typed = name in ("is", "as", "ofType")
    arguments = [rng.choice(TYPES) if typed else expression(rng, depth - 2) for _ in range(count)]
    return f"({left}).{name}({', '.join(arguments)})"


@needs_core
def test_random_expressions() -> None:
    rng = random.Random(11)  # a fixed seed: the same expressions each time
    tree = Tree(PATIENT, core())
    env = Environment(types=core(), now=datetime(2026, 1, 1, tzinfo=UTC), html_checks=lambda node: True)
    structure = core().type("Patient")
    assert structure is not None
    evaluated = compiled = 0
    for _ in range(3000):
        text = expression(rng, 4)
        answer: object = None
        try:
            problems(parse(text), "Patient", core())
            answer = holds(text, [tree.root], env)
            evaluated += 1
        except FHIRPathError:
            pass
        function = compile_boolean(text, structure.root, core())
        if function is not None:
            compiled += 1
            assert function(PATIENT, PATIENT, PATIENT) is not True or answer is True, text
    assert evaluated > 500
    assert compiled > 100
