"""A Questionnaire: its conditions name questions that come before; what it derives from is kept to.

Source: http://hl7.org/fhir/R4/questionnaire.html#notes
"""

from __future__ import annotations

from typing import Any, Final

from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special import questionnaire_derivation as derivation
from checker.fhir.validation.special.in_reach import find
from checker.fhir.validation.special.json_shape import extension_value

_SOURCE: Final = "http://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen.question"
_DERIVATION: Final = "http://hl7.org/fhir/StructureDefinition/questionnaire-derivationType"
_DERIVATION_SYSTEM: Final = "http://hl7.org/fhir/questionnaire-derivationType"

CONDITION_TARGET = rule(
    "questionnaire-condition-target",
    "error",
    "business-rule",
    title="A condition looks at no question that it could look at",
    why="The item can never be enabled as its author meant.",
    fix="Name the linkId of another question that is not inside the item itself.",
    source=_SOURCE,
)
CONDITION_ORDER = rule(
    "questionnaire-condition-order",
    "warning",
    "business-rule",
    title="A condition looks at a question that comes later",
    why="Who fills in the form from top to bottom meets the item before its condition can be decided.",
    fix="Move the question in front of the item.",
    source=_SOURCE,
)
DERIVED_UNKNOWN = rule(
    "questionnaire-derived-unknown",
    "warning",
    "business-rule",
    title="How the Questionnaire derives from another one cannot be judged",
    why="The Questionnaire that it derives from is not at hand, or the kind of derivation is not stated.",
    fix="Give that Questionnaire to the validator, and state extends or compliesWith.",
    source="http://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.derivedFrom",
)


def check(run: Run, node: Node) -> None:
    """Judge the conditions of all items, and the items beside those of the Questionnaires it derives from."""
    links: dict[str, tuple[int, Node]] = {}
    items: list[Node] = []
    _list(node, items, 0)
    for place, item in enumerate(items):
        link_id = item.text("linkId")
        if link_id is not None:
            links.setdefault(link_id, (place, item))
    for place, item in enumerate(items):
        for condition in item.children("enableWhen"):
            _condition(run, item, condition, place, links)
    for derived in node.children("derivedFrom"):
        _derived(run, derived, items)


def _list(holder: Node, items: list[Node], depth: int) -> None:
    if depth < 100:
        for item in holder.children("item"):
            items.append(item)
            _list(item, items, depth + 1)


def _condition(run: Run, item: Node, condition: Node, place: int, links: dict[str, tuple[int, Node]]) -> None:
    question = condition.text("question")
    if question is None:
        return
    found = links.get(question)
    if found is None:
        said = f"The condition looks at '{question}', but there is no such question."
        run.report(CONDITION_TARGET, condition, said, found=question)
        return
    where, target = found
    if target is item:
        run.report(CONDITION_TARGET, condition, f"The condition looks at '{question}', the item itself.")
    elif _holds(item, target):
        run.report(CONDITION_TARGET, condition, f"The condition looks at '{question}', which is inside the item.")
    elif where > place:
        run.report(CONDITION_ORDER, item, f"The condition looks at '{question}', which comes after this item.")


def _holds(item: Node, target: Node) -> bool:
    step = target.parent
    while step is not None and step is not item:
        step = step.parent
    return step is item


def _derived(run: Run, derived: Node, items: list[Node]) -> None:
    canonical = derived.value
    if not isinstance(canonical, str):
        return
    found = find(run, derived, canonical, "Questionnaire")
    if found is None:
        said = f"The Questionnaire '{canonical}' that this one derives from is not at hand."
        run.report(DERIVED_UNKNOWN, derived, said, found=canonical)
        return
    kind: Any = extension_value(derived.extra, _DERIVATION)
    code = kind.get("code") if isinstance(kind, dict) and kind.get("system") == _DERIVATION_SYSTEM else None
    if code in ("extends", "compliesWith"):
        derivation.check(run, found[0], canonical, code == "extends", items)
    elif code != "inspiredBy":
        said = f"How this Questionnaire derives from '{canonical}' is not stated in a known way."
        run.report(DERIVED_UNKNOWN, derived, said)
