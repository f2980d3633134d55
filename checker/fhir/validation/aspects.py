"""What an element of a definition asks of one node, apart from what stands below it.

Type, fixed and pattern values, limits, binding, and invariants.

Source: http://hl7.org/fhir/R4/elementdefinition.html
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from checker.fhir.definitions.ir import Element, TypedValue
from checker.fhir.instance import Node
from checker.fhir.validation import coded, invariants
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.types import codes, is_a, type_root
from checker.fhir.validation.values import Difference, fixed_difference, pattern_difference

_SOURCE = "http://hl7.org/fhir/R4/elementdefinition.html"

TYPE = rule(
    "type-not-allowed",
    "error",
    "structure",
    title="A value has a type that is not allowed here",
    why="A reader that expects another type does not see the value.",
    fix="Send the value as one of the allowed types.",
    source=_SOURCE + "#ElementDefinition.type",
    bad='"valueString": "70 kg"  (where a Quantity is asked)',
    good='"valueQuantity": {"value": 70, "unit": "kg"}',
)
FIXED = rule(
    "value-fixed",
    "error",
    "value",
    title="A value is not the fixed value",
    why="The definition fixes this value: systems may not even look at it, and take it as fixed.",
    fix="Send exactly the fixed value, with nothing added and nothing left out.",
    source=_SOURCE + "#ElementDefinition.fixed_x_",
)
PATTERN = rule(
    "value-pattern",
    "error",
    "value",
    title="A value lacks what its pattern asks",
    why="Readers find the value by what the pattern says; without it, it is not found.",
    fix="Add what the pattern has; more may stand beside it.",
    source=_SOURCE + "#ElementDefinition.pattern_x_",
)


def check(run: Run, node: Node, element: Element) -> None:
    """Judge the node by what the element says of it; what its base element says too is judged once, by that."""
    base = node.declared if node.declared is not element else None
    if base is None and node.declared is None:
        base = type_root(run.library, node)
        base = None if base is element else base
    if element.types and (base is None or element.types != base.types) and not type_allowed(run, node, element):
        _report_type(run, node, element)
        return
    if element.fixed is not None and (base is None or element.fixed != base.fixed):
        _fixed(run, node, element, element.fixed)
    if element.pattern is not None and (base is None or element.pattern != base.pattern):
        _pattern(run, node, element, element.pattern)
    if base is not None and _limited(element, base):
        from checker.fhir.forms import bounds

        bounds.check(run, node, element)
    if element.limits is not None and (base is None or element.limits != base.limits):
        from checker.fhir.forms import extended_limits

        extended_limits.check(run, node, element, element.limits)
    if element.binding is not None and (base is None or element.binding != base.binding):
        coded.binding(run, node, element)
    if element.constraints:
        known = {(c.key, c.expression) for c in base.constraints} if base is not None else set()
        invariants.check(run, node, element, [c for c in element.constraints if (c.key, c.expression) not in known])


def type_allowed(run: Run, node: Node, element: Element) -> bool:
    """Whether the node's type is one of the element's (or comes from one of them)."""
    if not node.type or not element.types:
        return True
    for kind in element.types:
        if kind.code == node.type:
            return True
    return any(is_a(run.library, node.type, code) for code in codes(element))


def _report_type(run: Run, node: Node, element: Element) -> None:
    allowed = ", ".join(codes(element))
    run.report(
        TYPE,
        node,
        f"The type {node.type} is not allowed here; allowed is {allowed}.",
        by=element,
        found=node.type,
        allowed=allowed,
    )


def _fixed(run: Run, node: Node, element: Element, fixed: TypedValue) -> None:
    difference = fixed_difference(node.value, fixed.value)
    if difference is None and node.extra is not None and node.extra.get("extension"):
        difference = Difference("extension", None, "an extension")
    if difference is None:
        return
    wanted = show(fixed.value)
    place = f" The first difference is at {difference.below}: {show(difference.found)}." if difference.below else ""
    run.report(
        FIXED,
        node,
        f"This has to be exactly {wanted}, and is {show(node.value)}.{place}",
        by=element,
        found=show(node.value),
        allowed=wanted,
    )


def _pattern(run: Run, node: Node, element: Element, pattern: TypedValue) -> None:
    difference = pattern_difference(node.value, pattern.value)
    if difference is None:
        return
    where = f" at {difference.below}" if difference.below else ""
    run.report(
        PATTERN,
        node,
        f"This has to hold {show(pattern.value)}: {show(difference.expected)} is asked{where},"
        f" and there is {show(difference.found)}.",
        by=element,
        found=show(difference.found),
        allowed=show(pattern.value),
    )


def _limited(element: Element, base: Element) -> bool:
    return (element.max_length, element.min_value, element.max_value) != (
        base.max_length,
        base.min_value,
        base.max_value,
    )


def show(value: Any, length: int = 120) -> str:
    """A JSON value for a message, cut where it is long."""
    if value is None:
        return "nothing"
    text = f"'{value}'" if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=_plain)
    return text if len(text) <= length else text[: length - 1] + "…"


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)
