"""How often an element stands in what holds it.

A primitive that has only extensions counts as present. Whether JSON uses an array comes from the base definition
and is the business of the JSON form.

Source: http://hl7.org/fhir/R4/elementdefinition.html#ElementDefinition.min
"""

from __future__ import annotations

from collections.abc import Sequence

from checker.fhir.definitions.ir import Element, ElementType
from checker.fhir.forms.quoted import quoted
from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run

_SOURCE = "http://hl7.org/fhir/R4/elementdefinition.html"

MINIMUM = rule(
    "cardinality-minimum",
    "error",
    "structure",
    title="A mandatory element is missing",
    why="Readers rely on it being there: without it the record may be refused, or read as saying something else.",
    fix="Add the element. Where the value is not known, the data-absent-reason extension may stand in its place.",
    source=_SOURCE + "#ElementDefinition.min",
    bad='{"resourceType": "Condition"}',
    good='{"resourceType": "Condition", "subject": {"reference": "Patient/1"}}',
)
MAXIMUM = rule(
    "cardinality-maximum",
    "error",
    "structure",
    title="An element stands more often than is allowed",
    why="A reader that expects fewer takes one of them and drops the rest.",
    fix="Remove what is too many.",
    source=_SOURCE + "#ElementDefinition.max",
)
FORBIDDEN = rule(
    "cardinality-forbidden",
    "error",
    "structure",
    title="An element stands where the definition forbids it",
    why="The definition leaves the element out on purpose: readers by it ignore what stands there.",
    fix="Remove the element, or send its content in the element that the definition provides.",
    source=_SOURCE + "#ElementDefinition.max",
)


def check(run: Run, parent: Node, element: Element, nodes: Sequence[Node]) -> None:
    """Judge how many of the element there are in the parent."""
    count = len(nodes)
    if element.min <= count and (element.max is None or count <= element.max):
        return
    name = element.name.removesuffix("[x]")
    if count < element.min:
        if name == "value" and not isinstance(parent.value, dict) and parent.value is not None:
            return  # the value of a primitive is the node's own
        run.report(
            MINIMUM,
            parent,
            f"'{name}' is missing: it is mandatory here."
            if not count
            else f"'{name}' is here {times(count)}: at least {times(element.min)} is asked.",
            below=name,
            by=element,
            found=times(count),
            allowed=f"at least {times(element.min)}",
            fix=_add(name, element),
        )
    elif element.max == 0:
        run.report(
            FORBIDDEN,
            nodes[0],
            f"'{name}' may not stand here: the definition leaves it out.",
            by=element,
            found=times(count),
            allowed="not at all",
        )
    elif element.max is not None:
        run.report(
            MAXIMUM,
            nodes[element.max],
            f"'{name}' is here {times(count)}: at most {times(element.max)} is allowed.",
            by=element,
            found=times(count),
            allowed=f"at most {times(element.max)}",
        )


_ABSENT = frozenset(
    (
        *("string", "markdown", "boolean", "integer", "positiveInt", "unsignedInt", "decimal", "CodeableConcept"),
        *("date", "dateTime", "instant", "time", "Period", "Quantity", "Age", "Range", "Ratio", "Reference"),
        *("HumanName", "Address", "ContactPoint", "Identifier"),
    )
)
"""Types whose value may be absent with a reason. Codes and URLs are mostly asked for by what reads them."""


def _add(name: str, element: Element) -> str:
    """What to add, and whether a reason may stand in its place."""
    value = element.fixed or element.pattern
    if value is not None and isinstance(value.value, str):
        return f"Add '{name}' with the value {quoted(value.value)}."
    kinds = [kind.code for kind in element.types]
    if not kinds or len(kinds) > 5 or any(kind.partition(":")[0] == "http" for kind in kinds):
        return f"Add '{name}'."
    said = f"Add '{name}' ({' or '.join(_kind(kind) for kind in element.types)})."
    if element.is_modifier or value is not None or not _ABSENT.issuperset(kinds):
        return said
    return said + " Where the value is not known, the data-absent-reason extension may stand in its place."


def _kind(kind: ElementType) -> str:
    targets = [url.rpartition("/")[2] for url in kind.target_profiles]
    return f"{kind.code} to {', '.join(targets)}" if 0 < len(targets) < 6 else kind.code


def times(count: int) -> str:
    """``once``, ``twice``, ``3 times`` or ``not at all``."""
    return {0: "not at all", 1: "once", 2: "twice"}.get(count, f"{count} times")
