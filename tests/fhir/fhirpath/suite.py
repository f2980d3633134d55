"""The official R4 FHIRPath suite: ``python -m tests.fhir.fhirpath.suite`` prints a table of its groups."""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from checker.fhir.fhirpath import Environment, FHIRPathError, evaluate, parse
from checker.fhir.fhirpath.analyse import problems
from checker.fhir.fhirpath.conversion import value_of
from checker.fhir.fhirpath.types import derives
from checker.fhir.instance import Node, Tree
from tests.fhir.fhirpath import xml_input
from tests.fhir.published import SHARED, core

SUITE = SHARED / "fhirpath" / "tests-fhir-r4.xml"
NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)

LISTED: dict[str, str] = {}
"""Tests that are not met, with the reason."""

_TYPES = "http://hl7.org/fhir/StructureDefinition/"


class Case:
    """One test: its group, name, expression, and what must come of it."""

    def __init__(self, group: str, element: ET.Element, folder: Path) -> None:
        expression = element.find("expression")
        assert expression is not None
        self.group = group
        self.name = element.get("name", "")
        self.text = expression.text or ""
        self.invalid = expression.get("invalid")
        self.strict = expression.get("mode", element.get("mode")) == "strict"
        self.ordered = element.get("checkOrderedFunctions") == "true"
        self.predicate = element.get("predicate") == "true"
        self.outputs = [(one.get("type"), one.text or "") for one in element.findall("output")]
        input_file = element.get("inputfile")
        self.input = folder / "input" / input_file if input_file else None


def cases(path: Path = SUITE) -> list[Case]:
    """All tests of a suite file."""
    root = ET.parse(path).getroot()
    return [
        Case(group.get("name", ""), test, path.parent) for group in root.findall("group") for test in group.iter("test")
    ]


@cache
def _tree(path: Path) -> Tree:
    text = path.read_text("utf-8")
    raw = json.loads(text, parse_float=Decimal) if path.suffix == ".json" else xml_input.read(text, core())
    return Tree(raw, core())


def _conforms(canonical: str, node: Node) -> bool | None:
    code = canonical.removeprefix(_TYPES)
    return derives(core(), node.type, code) if core().type(code) is not None else None


def run(case: Case) -> str | None:
    """What is wrong, or None when the test is met."""
    focus: list[Any] = [] if case.input is None else [_tree(case.input).root]
    env = Environment(types=core(), now=NOW, conforms_to=_conforms, html_checks=lambda node: True)
    try:
        expression = parse(case.text)
        if case.strict or case.ordered or case.invalid == "semantic":
            found = problems(expression, focus[0].type if focus else None, core())
            if found:
                raise FHIRPathError("; ".join(found))
        result = evaluate(expression, focus, env)
    except FHIRPathError as error:
        return None if case.invalid else f"raises {error}"
    if case.invalid:
        return f"is not refused, gives {result}"
    if case.predicate:
        result = [bool(result) if len(result) != 1 or not isinstance(value_of(result[0]), bool) else result[0]]
    if len(result) != len(case.outputs):
        return f"gives {result}, not {case.outputs}"
    for item, (kind, text) in zip(result, case.outputs, strict=True):
        if not _same(item, kind, text):
            return f"gives {result}, not {case.outputs}"
    return None


def _same(item: Any, kind: str | None, text: str) -> bool:
    if isinstance(item, Node) and kind is not None and item.type != kind:
        return False
    value = value_of(item)
    if isinstance(value, bool):
        return ("true" if value else "false") == text
    if isinstance(value, int | Decimal):
        return Decimal(text) == value and ("." not in text or kind is not None or f"{value:f}" == text)
    return str(value) == (text.removeprefix("@").removeprefix("T") if text.startswith("@T") else text.lstrip("@"))


def main(path: Path = SUITE) -> int:
    """Print the table; 1 when a test fails that is not listed."""
    passed, failed, listed = Counter[str](), Counter[str](), Counter[str]()
    groups: dict[str, None] = {}
    for case in cases(path):
        groups[case.group] = None
        wrong = run(case)
        if wrong is None:
            passed[case.group] += 1
        elif case.name in LISTED:
            listed[case.group] += 1
            print(f"listed: {case.name}: {LISTED[case.name]}")  # noqa: T201
        else:
            failed[case.group] += 1
            print(f"FAILED: {case.name}: {case.text} {wrong}")  # noqa: T201
    print(f"{'group':32} passed failed listed")  # noqa: T201
    for group in groups:
        print(f"{group:32} {passed[group]:6} {failed[group]:6} {listed[group]:6}")  # noqa: T201
    print(f"{'all':32} {passed.total():6} {failed.total():6} {listed.total():6}")  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
