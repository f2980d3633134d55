"""Which requirement an issue of the validator belongs to, where a resource is held against R4 alone.

Each error is of one aspect, so that one fault is told by one requirement. What is said by another definition than
that of a type of R4 is a matter of the claim, and not of R4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from checker.checks.fhir_judging import claims, shipped, structure

if TYPE_CHECKING:
    from checker.fhir.validation.issue import Issue

Aspect = Literal["form", "primitives", "rules", "contained", "extensions", "narrative", "codes", "units", "claims"]
UCUM = "http://unitsofmeasure.org"
_HL7 = "http://hl7.org/fhir/StructureDefinition/"
_OF_R4 = "http://hl7.org/fhir/"
_FORM = frozenset(
    {"resource-type-missing", "resource-type-unknown", "resource-type-abstract", "resource-too-deep", "element-empty"}
)
_EXTENSIONS = frozenset(
    {
        "extension-url-missing",
        "extension-url-relative",
        "extension-value-and-parts",
        "extension-value-missing",
        "extension-modifier-place",
        "extension-modifier-unknown",
    }
)
_INVARIANTS: dict[str, Aspect] = {
    "dom-2": "contained",
    "dom-3": "contained",
    "dom-4": "contained",
    "dom-5": "contained",
    "ref-1": "contained",
    "ext-1": "extensions",
    "txt-1": "narrative",
    "txt-2": "narrative",
}
_CODES = frozenset({"coding-not-in-value-set", "coding-missing"})
_OF_SYSTEMS = frozenset({"coding-unknown", "coding-malformed"})
_RULES = ("cardinality-", "choice-", "value-", "type-", "reference-", "attachment-", "identifier-", "quantity-")


def aspect_of(issue: Issue, resource: dict[str, Any]) -> Aspect | None:
    """The aspect of an error; None for what no requirement on R4 is about, such as codes of systems of others."""
    rule = issue.rule
    by = (issue.definition or "").partition("|")[0]
    if by and not _is_of_a_type(by):
        return "claims" if _is_claim(by, resource) else None
    if rule.startswith(("json-", "xml-")) or rule in _FORM:
        return "form"
    if rule.startswith("primitive-"):
        return "primitives"
    if issue.invariant in _INVARIANTS:
        return _INVARIANTS[issue.invariant]
    if rule.startswith("contained-") or rule == "reference-contained-missing":
        return "contained"
    if rule.startswith("narrative-"):
        return "narrative"
    if rule.startswith("extension-"):
        return "extensions" if rule in _EXTENSIONS else None
    if rule.startswith("coding-"):
        return _of_code(rule, issue.pointer, resource)
    return "rules" if rule == "invariant" or rule.startswith(_RULES) else None


def _of_code(rule: str, pointer: str, resource: dict[str, Any]) -> Aspect | None:
    system = _system_at(pointer, resource)
    if rule in _OF_SYSTEMS:
        if system == UCUM:
            return "units"
        # A system of others may have grown since the definitions that are held; those of R4 itself have not.
        return "codes" if system.startswith(_OF_R4) else None
    return "codes" if rule in _CODES else None


def _is_of_a_type(canonical: str) -> bool:
    """Is it the definition of a resource or data type of R4, and not a StructureDefinition on one?"""
    name = canonical.removeprefix(_HL7)
    found = shipped().type(name) if canonical.startswith(_HL7) else None
    return found is not None and found.type == name


def claimed(resource: dict[str, Any]) -> tuple[str, ...]:
    """The StructureDefinitions that a resource claims, are for its type, and are held here."""
    kind = resource.get("resourceType")
    found = ((one, structure(one)) for one in claims(resource))
    return tuple(one for one, held in found if held is not None and held.type == kind and not _is_of_a_type(one))


def _is_claim(canonical: str, resource: dict[str, Any]) -> bool:
    """Is it one of those, or what one is derived from? (R4 also asks vital signs for what they do not claim.)"""
    held = structure(canonical)
    if held is None or held.type != resource.get("resourceType"):
        return False
    return any(canonical in _line_of(one) for one in claimed(resource))


def _line_of(canonical: str) -> tuple[str, ...]:
    """A StructureDefinition and those that it is derived from."""
    line: list[str] = []
    while canonical and canonical not in line:
        line.append(canonical)
        held = structure(canonical)
        canonical = (held.base or "").partition("|")[0] if held is not None else ""
    return tuple(line)


def _system_at(pointer: str, resource: dict[str, Any]) -> str:
    """The system beside a code: that of the nearest object above it that has one; "" without."""
    node: Any = resource
    system = ""
    for step in pointer.split("/")[1:]:
        if isinstance(node, list):
            node = node[int(step)] if step.isdigit() and int(step) < len(node) else None
        elif isinstance(node, dict):
            node = node.get(step.replace("~1", "/").replace("~0", "~"))
        else:
            break
        if isinstance(node, dict) and isinstance(node.get("system"), str):
            system = node["system"]
    return system
