"""The properties of a CodeSystem: what it declares, and what its concepts say by them.

Source: http://hl7.org/fhir/R4/codesystem.html#properties and http://hl7.org/fhir/R4/codesystem-concept-properties.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special.json_shape import choice, text

_SOURCE: Final = "http://hl7.org/fhir/R4/codesystem-definitions.html"
_HL7: Final = "http://hl7.org/fhir/concept-properties#"
_TYPES: Final = {
    "status": "code",
    "inactive": "boolean",
    "effectiveDate": "dateTime",
    "deprecationDate": "dateTime",
    "retirementDate": "dateTime",
    "notSelectable": "boolean",
    "parent": "code",
    "child": "code",
    "partOf": "code",
    "synonym": "code",
    "comment": "string",
    "itemWeight": "decimal",
}
"""The concept properties that HL7 defines, by code, with the type of each where it is one."""
_OTHERS: Final = frozenset({"order", "alternateCode", "definition"})
_WITHIN: Final = frozenset({"parent", "child", "partOf"})
"""Properties whose values are codes of the same code system."""

TWICE = rule(
    "code-system-property-repeated",
    "error",
    "invalid",
    title="Two properties of a code system have the same code or uri",
    why="What a concept says by that code can be read in two ways.",
    fix="Declare each property once.",
    source=f"{_SOURCE}#CodeSystem.property",
)
URI = rule(
    "code-system-property-uri",
    "error",
    "invalid",
    title="A property names a property of HL7 that there is not, or with another type",
    why="Systems take the meaning of a property from its uri.",
    fix="Use a property that HL7 defines with its type, or a uri of your own.",
    source="http://hl7.org/fhir/R4/codesystem-concept-properties.html",
)
TYPE = rule(
    "code-system-property-type",
    "error",
    "invalid",
    title="A property of a concept has another type than was declared",
    why="Systems that read the declared type do not see the value.",
    fix="Write the value in the declared type, or correct the declaration.",
    source=f"{_SOURCE}#CodeSystem.concept.property.value_x_",
)
CODE = rule(
    "code-system-property-code",
    "error",
    "code-invalid",
    title="A property leads to a code that the code system has not",
    why="The hierarchy breaks there: searches by it miss what lies below.",
    fix="Correct the code, or add its concept.",
    source=f"{_SOURCE}#CodeSystem.concept.property",
)


def check(run: Run, node: Node) -> None:
    """Judge the properties that a CodeSystem declares, and those of its concepts."""
    declared = _declared(run, node)
    if not declared:
        return
    concepts = list(_concepts(node))
    codes = {concept.text("code") for concept in concepts}
    whole = node.text("content") == "complete"
    for concept in concepts:
        for one in concept.children("property"):
            code = one.text("code")
            known = declared.get(code) if code is not None else None
            if known is None:
                continue
            uri, kind = known
            found, value = choice(one.holder)
            stated = found[:1].lower() + found[1:] if found != "Coding" else found
            if found and kind is not None and stated != kind:
                said = f"The property '{code}' is declared as a {kind}, and a {stated} stands here."
                run.report(TYPE, one, said, found=stated, allowed=kind)
            name = uri.removeprefix(_HL7) if uri is not None and uri.startswith(_HL7) else None
            if whole and name in _WITHIN and text(value) is not None and value not in codes:
                run.report(CODE, one, f"'{value}' is no code of this code system.", below="value", found=str(value))


def _declared(run: Run, node: Node) -> dict[str, tuple[str | None, str | None]]:
    """The uri and the type of each property, by its code."""
    declared: dict[str, tuple[str | None, str | None]] = {}
    uris: set[str] = set()
    for one in node.children("property"):
        code, uri, kind = one.text("code"), one.text("uri"), one.text("type")
        if uri is not None and uri in uris:
            run.report(TWICE, one, f"Another property has the uri '{uri}' already.", below="uri", found=uri)
        elif uri is not None:
            uris.add(uri)
        if code is not None:
            if code in declared:
                run.report(TWICE, one, f"The property '{code}' is declared twice.", below="code", found=code)
            declared.setdefault(code, (uri, kind))
        if uri is None or not uri.startswith(_HL7):
            continue
        name = uri.removeprefix(_HL7)
        wanted = _TYPES.get(name)
        if wanted is None and name not in _OTHERS:
            run.report(URI, one, f"HL7 defines no property '{name}'.", below="uri", found=uri)
        elif wanted is not None and kind is not None and kind != wanted:
            said = f"The property '{name}' of HL7 is a {wanted}, not a {kind}."
            run.report(URI, one, said, below="type", found=kind, allowed=wanted)
    return declared


def _concepts(node: Node) -> Iterator[Node]:
    """All concepts, however deep."""
    waiting = list(reversed(node.children("concept")))
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(one.children("concept")))
