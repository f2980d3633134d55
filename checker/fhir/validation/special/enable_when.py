"""Is an item of a Questionnaire enabled, given the answers so far?

The answers that count are those in the nearest place that holds both the item and the question that its condition
names. What cannot be decided (a condition in another language, values that cannot be compared) is ``None``: then
neither an answer nor its absence is a fault.

Source: http://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from checker.fhir.instance import Node
from checker.fhir.validation.issue import NotVerified
from checker.fhir.validation.run import Run
from checker.fhir.validation.special.form import Form, Question
from checker.fhir.validation.special.json_shape import choice, dicts, number
from checker.fhir.validation.special.moments import order

EXPRESSION: Final = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression"
"""The extension that states the condition as an expression."""

_ORDERED: Final = {
    "=": lambda sign: sign == 0,
    "!=": lambda sign: sign != 0,
    ">": lambda sign: sign > 0,
    "<": lambda sign: sign < 0,
    ">=": lambda sign: sign >= 0,
    "<=": lambda sign: sign <= 0,
}
_MOMENTS: Final = frozenset({"Date", "DateTime"})
_TEXTS: Final = frozenset({"String", "Uri", "Time", "Code"})
_NUMBERS: Final = frozenset({"Integer", "Decimal"})

Answer = tuple[str, Any]
"""Type suffix (``Coding``) and JSON value."""


class Place:
    """Where items stand in a response: ``holder`` is the response, an item or an answer; ``question`` its item."""

    __slots__ = ("holder", "outer", "question")

    def __init__(self, holder: Node, question: Question | None = None, outer: Place | None = None) -> None:
        self.holder = holder
        self.question = question
        self.outer = outer


class Conditions:
    """Decides for one form and one response."""

    __slots__ = ("_answers", "_form", "_response", "_run")

    def __init__(self, run: Run, form: Form, response: Node) -> None:
        self._run = run
        self._form = form
        self._response = response
        self._answers: dict[int, dict[str, list[Answer]]] = {}

    def enabled(self, question: Question, place: Place) -> bool | None:
        """Whether the item counts at that place; None when that cannot be told."""
        if question.extension(EXPRESSION) is not None:
            return self._by_expression(question, place)
        conditions = dicts(question.raw.get("enableWhen"))
        if not conditions:
            return True
        outcomes = [self._holds(one, question, place) for one in conditions]
        behaviour = question.raw.get("enableBehavior")
        if len(outcomes) == 1 or behaviour == "any":
            return True if True in outcomes else None if None in outcomes else False
        if behaviour == "all":
            return False if False in outcomes else None if None in outcomes else True
        # The form does not say whether all have to hold: only what is so in both cases is sure.
        return outcomes[0] if len(set(outcomes)) == 1 else None

    def _by_expression(self, question: Question, place: Place) -> bool | None:
        stated = question.extension(EXPRESSION)
        text = stated.get("expression") if isinstance(stated, dict) else None
        if isinstance(stated, dict) and isinstance(text, str) and stated.get("language") == "text/fhirpath":
            from checker.fhir.fhirpath.environment import Environment
            from checker.fhir.fhirpath.errors import FHIRPathError
            from checker.fhir.fhirpath.interpreter import evaluate

            try:
                found = evaluate(text, [self._response], Environment(resource=self._response))
            except FHIRPathError:
                found = None
            if found is not None:
                values = [one.value if isinstance(one, Node) else one for one in found]
                if not values:
                    return False
                if len(values) == 1:
                    return values[0] if isinstance(values[0], bool) else True
        subject = str(self._form.raw.get("url") or "Questionnaire")
        why = f"the condition of item '{question.link_id}' is an expression that was not evaluated"
        missed = NotVerified(kind="invariant", subject=subject, path=place.holder.path, detail=why)
        if missed not in self._run.not_verified:
            self._run.not_verified.append(missed)
        return None

    def _holds(self, condition: dict[str, Any], question: Question, place: Place) -> bool | None:
        target = condition.get("question")
        named = self._form.by_link_id.get(target) if isinstance(target, str) else None
        if named is None or not isinstance(target, str):
            return None
        answers = self._in_scope(question, named, target, place)
        expected, value = choice(condition, "answer")
        operator = condition.get("operator")
        if operator == "exists":
            return (value is not False) == bool(answers) if isinstance(value, bool) else None
        if not isinstance(operator, str) or operator not in _ORDERED:
            return None
        outcomes = [_compare(one, (expected, value), operator) for one in answers]
        return True if True in outcomes else None if None in outcomes else False

    def _in_scope(self, question: Question, named: Question, target: str, place: Place) -> list[Answer]:
        common = Form.common_holder(question, named)
        holder = self._response
        if common is not None:
            step: Place | None = place
            while step is not None and step.question is not common:
                step = step.outer
            if step is None:
                return []
            holder = step.holder
            if common is named and holder.name == "answer" and holder.parent is not None:
                holder = holder.parent
        return self._below(holder).get(target, [])

    def _below(self, holder: Node) -> dict[str, list[Answer]]:
        found = self._answers.get(id(holder))
        if found is None:
            found = self._answers[id(holder)] = {}
            _gather(holder.value, found)
        return found


def _gather(holder: Any, found: dict[str, list[Answer]]) -> None:
    """All answers at and below a JSON item, answer or response, by linkId, in order."""
    waiting = [holder]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, dict):
            continue
        answers = dicts(one.get("answer"))
        link_id = one.get("linkId")
        if isinstance(link_id, str):
            given = found.setdefault(link_id, [])
            given.extend(each for each in map(choice, answers) if each[0])
        for answer in reversed(answers):
            waiting.extend(reversed(dicts(answer.get("item"))))
        waiting.extend(reversed(dicts(one.get("item"))))


def _compare(answer: Answer, expected: Answer, operator: str) -> bool | None:
    """Does ``answer operator expected`` hold? None when the two cannot be compared so."""
    sign = _sign(answer, expected)
    if sign is None:
        same = _same(answer, expected)
        if same is None or operator not in ("=", "!="):
            return None
        return same == (operator == "=")
    return bool(_ORDERED[operator](sign))


def _sign(answer: Answer, expected: Answer) -> int | None:
    (kind, value), (wanted, limit) = answer, expected
    if kind in _MOMENTS and wanted in _MOMENTS:
        return order(value, limit)
    if kind in _TEXTS and wanted in _TEXTS and isinstance(value, str) and isinstance(limit, str):
        return (value > limit) - (value < limit)
    if kind in _NUMBERS and wanted in _NUMBERS:
        return _difference(number(value), number(limit))
    if kind == wanted == "Quantity" and isinstance(value, dict) and isinstance(limit, dict):
        return quantities(value, limit)
    return None


def _same(answer: Answer, expected: Answer) -> bool | None:
    (kind, value), (wanted, limit) = answer, expected
    if kind != wanted:
        return False if {kind, wanted} <= {"Coding", "String"} else None
    if kind == "Boolean" and isinstance(value, bool) and isinstance(limit, bool):
        return value is limit
    if not isinstance(value, dict) or not isinstance(limit, dict):
        return None
    if kind == "Coding":
        system = limit.get("system")
        return value.get("code") == limit.get("code") and (system is None or value.get("system") == system)
    if kind == "Reference":
        return value.get("reference") == limit.get("reference")
    return None


def quantities(one: dict[str, Any], other: dict[str, Any]) -> int | None:
    """-1, 0 or 1 by the values of two quantities in the same or in convertible units; None when they have none."""
    left, right = number(one.get("value")), number(other.get("value"))
    if left is None or right is None or one.get("comparator") or other.get("comparator"):
        return None
    unit, target = _unit(one), _unit(other)
    if unit == target:
        return _difference(left, right)
    ucum = "http://unitsofmeasure.org"
    if unit[0] == target[0] == ucum and isinstance(unit[1], str) and isinstance(target[1], str):
        from fractions import Fraction

        from checker.fhir.terminology.ucum import converted

        same = converted(Fraction(left), unit[1], target[1])
        return None if same is None else (same > Fraction(right)) - (same < Fraction(right))
    return None


def _unit(quantity: dict[str, Any]) -> tuple[Any, Any]:
    system, code = quantity.get("system"), quantity.get("code")
    return (system, code) if system or code else ("", quantity.get("unit"))


def _difference(left: Decimal | None, right: Decimal | None) -> int | None:
    return None if left is None or right is None else (left > right) - (left < right)
