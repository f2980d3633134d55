"""Numbers that answer a question: the bounds and the unit of a Quantity, decimal places.

Source: http://hl7.org/fhir/R4/extension-questionnaire-unitoption.html and
http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-minQuantity
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special.enable_when import quantities
from checker.fhir.validation.special.form import Form, Question
from checker.fhir.validation.special.json_shape import integer
from checker.fhir.validation.special.questionnaire_options import membership

_SDC: Final = "http://hl7.org/fhir/uv/sdc/StructureDefinition/"
_CORE: Final = "http://hl7.org/fhir/StructureDefinition/"

BOUND = rule(
    "questionnaire-answer-quantity-bound",
    "error",
    "invariant",
    title="The quantity is below or above what the question allows, or cannot be compared with it",
    why="The Questionnaire states the bounds of sensible answers; without a coded unit nobody can apply them.",
    fix="Check the value for a slip, and give the unit with system and code.",
    source=f"{_SDC}sdc-questionnaire-minQuantity",
)
DECIMALS = rule(
    "questionnaire-answer-decimals",
    "error",
    "invariant",
    title="The answer has more decimal places than the question allows",
    why="More digits claim a precision that was not asked for.",
    fix="Round the value.",
    source="http://hl7.org/fhir/R4/extension-maxdecimalplaces.html",
)
UNIT = rule(
    "questionnaire-answer-unit",
    "error",
    "invariant",
    title="The quantity has a unit that the question does not take",
    why="Receivers expect one of the units that the Questionnaire lists.",
    fix="Give the quantity in one of these units.",
    source="http://hl7.org/fhir/R4/extension-questionnaire-unitoption.html",
)


def check(run: Run, form: Form, question: Question, value: Node) -> None:
    """Judge a Quantity."""
    given = value.value
    if not isinstance(given, dict):
        return
    least, most = (
        question.extension(f"{_SDC}sdc-questionnaire-minQuantity"),
        question.extension(f"{_SDC}sdc-questionnaire-maxQuantity"),
    )
    if isinstance(least, dict):
        _bound(run, value, given, least, -1)
    if isinstance(most, dict):
        _bound(run, value, given, most, 1)
    for node in value.children("value"):
        decimals(run, question, node, node.value)
    options = [one for one in question.extensions(f"{_CORE}questionnaire-unitOption") if isinstance(one, dict)]
    if options and not any(_fits(given, one) for one in options):
        allowed = ", ".join(map(shown, options))
        run.report(UNIT, value, f"{shown(given)} has a unit that is not allowed: {allowed}.", allowed=allowed)
    units = question.extension(f"{_CORE}questionnaire-unitValueSet")
    if isinstance(units, str) and membership(run, form, value, units, given) == "not-in":
        said = f"{shown(given)} has a unit that is not in the value set {units}."
        run.report(UNIT, value, said, allowed=units)


def _bound(run: Run, value: Node, given: dict[str, Any], limit: dict[str, Any], side: int) -> None:
    word = "least" if side < 0 else "most"
    if not all(one.get(part) for one in (given, limit) for part in ("system", "code")):
        why = f"{shown(given)} cannot be compared with the {word} allowed, {shown(limit)}: a unit is not coded."
    else:
        sign = quantities(given, limit)
        if sign is None:
            why = f"{shown(given)} cannot be compared with the {word} allowed, {shown(limit)}."
        elif sign == side:
            why = f"{shown(given)} is {'below' if side < 0 else 'above'} the {word} allowed, {shown(limit)}."
        else:
            return
    run.report(BOUND, value, why, found=shown(given), allowed=f"at {word} {shown(limit)}")


def _fits(given: dict[str, Any], option: dict[str, Any]) -> bool:
    pairs = (("system", "system"), ("code", "code"), ("display", "unit"))
    return all(option.get(one) is None or option.get(one) == given.get(other) for one, other in pairs)


def shown(one: dict[str, Any]) -> str:
    """A Quantity or a unit's Coding in words."""
    words = [one.get("comparator"), one.get("value"), one.get("unit") or one.get("display")]
    code = f"({one.get('code')})" if one.get("code") else ""
    return " ".join(str(word) for word in (*words, code) if word is not None and word != "")


def decimals(run: Run, question: Question, node: Node, written: Any) -> None:
    """Judge the number of decimal places as they are written, zeros at the end included."""
    most = integer(question.extension(f"{_CORE}maxDecimalPlaces"))
    if most is None or isinstance(written, bool) or not isinstance(written, int | float | Decimal):
        return
    exponent = Decimal(str(written)).as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    if places > most:
        said = f"{written} has {places} decimal places, but at most {most} are allowed."
        run.report(DECIMALS, node, said, found=str(places), allowed=f"at most {most}")
