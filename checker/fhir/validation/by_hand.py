"""Invariants that stand on every element, stated once and by hand: ``ele-1``.

``ext-1`` is judged with extensions, ``dom-3`` with contained resources, ``txt-1`` and ``txt-2`` with narratives.

Source: http://hl7.org/fhir/R4/element.html
"""

from __future__ import annotations

from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run

EMPTY = rule(
    "element-empty",
    "error",
    "invariant",
    title="An element has neither a value nor anything below it (ele-1)",
    why="An element that says nothing is read as if it said something: that it is there.",
    fix="Give it a value, or leave it out.",
    source="http://hl7.org/fhir/R4/element.html#invs",
    bad='"name": [{"id": "a"}]',
    good='"name": [{"id": "a", "text": "Anna"}]',
)


def check(run: Run, node: Node) -> None:
    """Judge that the node has a value or children besides its id."""
    if node.is_resource:
        return
    value = node.value
    if isinstance(value, dict):
        empty = bool(value) and not (value.keys() - {"id", "_id"})
    else:
        extra = node.extra
        empty = value is None and bool(extra) and not (extra or {}).get("extension")
    if empty:
        run.report(EMPTY, node, "This element has an id only: neither a value nor anything below it.")
