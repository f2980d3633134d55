"""Invariants: the FHIRPath constraints of definitions, each evaluated once for a node.

An expression that can't be parsed or evaluated is a problem of the definition, said once, and never an issue
of the instance. What is known to be published wrongly is corrected (:mod:`checker.fhir.validation.corrections`).

Source: http://hl7.org/fhir/R4/conformance-rules.html#constraints
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from checker.fhir.definitions.ir import Constraint, Element
from checker.fhir.instance import Node
from checker.fhir.validation.corrections import corrected, stated_by_hand
from checker.fhir.validation.invariant_words import mend, words
from checker.fhir.validation.issue import NotVerified
from checker.fhir.validation.rule import Rule, rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.stated import is_stated

_NARRATIVE = "dom-6"
"""The one best practice that is always said, for the resource that is validated and not for those in it."""

_SOURCE = "http://hl7.org/fhir/R4/conformance-rules.html#constraints"

ERROR = rule(
    "invariant",
    "error",
    "invariant",
    title="An invariant of a definition does not hold",
    why="Invariants say what single elements can't: which belong together, which exclude each other. A record that"
    " breaks one contradicts itself, or leaves out what its readers need.",
    fix="Change the content so that what the message asks is so; its FHIRPath is stated beside it."
    " 'checker explain KEY' explains an invariant of R4 or UK Core by its key.",
    source=_SOURCE,
)
WARNING = rule(
    "invariant-warning",
    "warning",
    "invariant",
    title="An invariant of a definition that is a recommendation does not hold",
    why="The definition asks for it, and allows for reasons not to.",
    fix="Change the content so that what the message asks is so, unless there is a reason not to.",
    source=_SOURCE,
)
BEST_PRACTICE = rule(
    "invariant-best-practice",
    "warning",
    "invariant",
    title="Best practice: an invariant that is advice does not hold",
    why="The specification calls it best practice, not a rule.",
    fix="Follow it where you can.",
    source=_SOURCE,
    advice=True,
)


def check(run: Run, node: Node, element: Element, constraints: Iterable[Constraint]) -> None:
    """Evaluate the constraints that the element states on the node; one seen before on this node is skipped."""
    for constraint in constraints:
        if stated_by_hand(constraint) or is_stated(constraint) or not _applies(run, node, constraint):
            continue
        key = ("invariant", node, constraint.key, constraint.expression)
        if key in run.seen:
            continue
        run.seen[key] = True
        holds = _holds(run, node, element, constraint)
        if holds is False:
            _report(run, node, element, constraint)


def _applies(run: Run, node: Node, constraint: Constraint) -> bool:
    if constraint.key == _NARRATIVE:
        return node.parent is None
    return run.options.advice or not constraint.best_practice


def _report(run: Run, node: Node, element: Element, constraint: Constraint) -> None:
    stated: Rule = ERROR if constraint.severity == "error" else WARNING
    if constraint.best_practice and constraint.key != _NARRATIVE:
        stated = BEST_PRACTICE
    text = words(constraint)
    run.report(
        stated,
        node,
        f"{constraint.key}: {text}",
        by=element,
        fix=mend(constraint),
        invariant=constraint.key,
        expression=constraint.expression,
    )


def _holds(run: Run, node: Node, element: Element, constraint: Constraint) -> bool | None:
    """Whether the constraint holds; None when that can't be said."""
    from checker.fhir.fhirpath import FHIRPathError

    expression = corrected(constraint.expression)
    if expression is None:
        return None
    parsed = _parsed(expression)
    if isinstance(parsed, str):
        run.problem(element.structure, f"the invariant {constraint.key} is not FHIRPath: {parsed}", element.id)
        _open(run, node, element, constraint)
        return None
    try:
        return evaluate(run, node, parsed, outside="." in element.path)
    except FHIRPathError as error:
        run.problem(element.structure, f"the invariant {constraint.key} can't be evaluated: {error}", element.id)
        _open(run, node, element, constraint)
        return None


def _open(run: Run, node: Node, element: Element, constraint: Constraint) -> None:
    """What a definition asks and nobody can tell is counted with the resource, too."""
    subject = f"{constraint.key} of {element.structure}"
    run.not_verified.append(NotVerified(kind="invariant", subject=subject, path=node.path))


@lru_cache(maxsize=4096)
def _parsed(expression: str) -> Any:
    """The parsed expression, or why it is none."""
    from checker.fhir.fhirpath import FHIRPathSyntaxError, parse

    try:
        return parse(expression)
    except FHIRPathSyntaxError as error:
        return str(error)


def evaluate(run: Run, node: Node, parsed: Any, *, outside: bool = False) -> bool | None:
    """Whether an expression is true of a node; None when that hangs on something that is not held.

    ``outside``: an element states it, not a type. For a resource that stands in another ``%resource`` is then the
    one around it.

    Empty counts as false, and any other result than a boolean as true. Raises ``FHIRPathError``.
    """
    from checker.fhir.fhirpath import evaluate as compute
    from checker.fhir.validation.expression_services import Services

    asked = Services(run)
    at = node.parent if outside and node.parent is not None else node
    result = compute(parsed, [node], asked.environment(node, at))
    holds = _truth(result)
    if not holds and asked.unknown is not None:
        run.not_verified.append(NotVerified(kind="invariant", subject=asked.unknown, path=node.path))
        return None
    return holds


def _truth(result: list[Any]) -> bool:
    if len(result) == 1:
        only = result[0].value if isinstance(result[0], Node) else result[0]
        if isinstance(only, bool):
            return only
    return bool(result)
