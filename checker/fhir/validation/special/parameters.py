"""Parameters: those that operations of FHIR itself define by name carry the type that they define.

Source: http://hl7.org/fhir/R4/operations.html, http://hl7.org/fhir/R4/parameters.html
"""

from __future__ import annotations

from typing import Final

from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run

STANDARD = rule(
    "parameters-type",
    "warning",
    "business-rule",
    title="A parameter that FHIR defines has another type",
    why="Servers look for the value by the type that the operation defines, and ignore any other.",
    fix="Use the value[x] of the defined type, unless this parameter is one of your own.",
    source="http://hl7.org/fhir/R4/operations.html",
)

_TYPES: Final[dict[str, frozenset[str]]] = {
    name: frozenset(types.split())
    for name, types in {
        "_count": "integer",
        "_since": "instant",
        "_type": "code",
        "abstract": "boolean",
        "check-system-version": "canonical",
        "codeA": "code",
        "codeB": "code",
        "codeableConcept": "CodeableConcept",
        "coding": "Coding",
        "codingA": "Coding",
        "codingB": "Coding",
        "system-version": "canonical",
    }.items()
}


def check(run: Run, node: Node) -> None:
    """Judge the parameters at the top that FHIR's own operations define under one type only."""
    for parameter in node.children("parameter"):
        name = parameter.text("name")
        types = _TYPES.get(name or "")
        for value in parameter.children("value") if types is not None else ():
            if types is not None and value.type and value.type not in types:
                wanted = " or ".join(sorted(types))
                said = f"The parameter '{name}' of FHIR's operations is of type {wanted}, not {value.type}."
                run.report(STANDARD, value, said, found=value.type, allowed=wanted)
