"""Conditions of items: operators, behaviours, and which answers count."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fhir.published import needs_core
from tests.fhir.validation.special.test_questionnaire_response import answered, form, response, rules
from tests.fhir.validation.special.trial import said

pytestmark = needs_core

NOT_ENABLED = ["questionnaire-response-not-enabled"]
MISSING = ["questionnaire-response-required"]


def holds(operator: str, kind: str, expected: Any, *answers: dict[str, Any]) -> bool | None:
    """Whether a required item with that condition is enabled; None when that cannot be told."""
    condition = {"question": "q", "operator": operator, f"answer{kind}": expected}
    item = {"linkId": "a", "type": "string", "required": True, "enableWhen": [condition]}
    questionnaire = form({"linkId": "q", "type": "string", "repeats": True, "item": []}, item)
    given = [{"linkId": "q", "answer": list(answers)}] if answers else []
    without = [one for one in rules(questionnaire, response(*given)) if one in MISSING]
    present = response(*given, answered({"valueString": "x"}))
    with_it = [one for one in rules(questionnaire, present) if one in NOT_ENABLED]
    return None if not without and not with_it else bool(without)


@pytest.mark.parametrize(
    ("operator", "kind", "expected", "given", "outcome"),
    [
        ("=", "Boolean", True, {"valueBoolean": True}, True),
        ("=", "Boolean", True, {"valueBoolean": False}, False),
        ("!=", "Boolean", True, {"valueBoolean": False}, True),
        (">", "Integer", 3, {"valueInteger": 4}, True),
        (">", "Integer", 3, {"valueInteger": 3}, False),
        (">=", "Decimal", 3, {"valueDecimal": 3}, True),
        ("<", "Date", "2020-06", {"valueDate": "2020-05-31"}, True),
        ("<", "Date", "2020-06", {"valueDate": "2020-06-01"}, None),
        ("<=", "Time", "12:00:00", {"valueTime": "11:00:00"}, True),
        ("=", "String", "x", {"valueString": "y"}, False),
        ("=", "Coding", {"code": "x"}, {"valueCoding": {"system": "s", "code": "x"}}, True),
        ("=", "Coding", {"system": "t", "code": "x"}, {"valueCoding": {"system": "s", "code": "x"}}, False),
        ("!=", "Coding", {"code": "x"}, {"valueString": "x"}, True),
        (">", "Coding", {"code": "x"}, {"valueCoding": {"code": "x"}}, None),
        ("=", "Reference", {"reference": "Patient/1"}, {"valueReference": {"reference": "Patient/1"}}, True),
        (
            ">",
            "Quantity",
            {"value": 1, "system": "http://unitsofmeasure.org", "code": "kg"},
            {"valueQuantity": {"value": 1500, "system": "http://unitsofmeasure.org", "code": "g"}},
            True,
        ),
        (">", "Quantity", {"value": 1, "unit": "kg"}, {"valueQuantity": {"value": 2, "unit": "stone"}}, None),
        ("exists", "Boolean", True, {"valueString": "x"}, True),
        ("exists", "Boolean", False, {"valueString": "x"}, False),
        ("~", "String", "x", {"valueString": "x"}, None),
    ],
)
def test_operators(operator: str, kind: str, expected: Any, given: dict[str, Any], outcome: bool | None) -> None:
    assert holds(operator, kind, expected, given) is outcome


def test_without_an_answer_only_not_exists_holds() -> None:
    assert holds("exists", "Boolean", False) is True
    assert holds("exists", "Boolean", True) is False
    assert holds("!=", "Boolean", True) is False


def test_any_answer_that_fits_is_enough() -> None:
    assert holds("=", "Integer", 2, {"valueInteger": 1}, {"valueInteger": 2}) is True


@pytest.mark.parametrize(
    ("behaviour", "answers", "outcome"),
    [
        ("all", (True, False), False),
        ("all", (True, True), True),
        ("any", (True, False), True),
        (None, (True, False), None),
    ],
)
def test_behaviours(behaviour: str | None, answers: tuple[bool, bool], outcome: bool | None) -> None:
    conditions = [{"question": name, "operator": "=", "answerBoolean": True} for name in ("p", "q")]
    item: dict[str, Any] = {"linkId": "a", "type": "string", "required": True, "enableWhen": conditions}
    if behaviour is not None:
        item["enableBehavior"] = behaviour
    questionnaire = form({"linkId": "p", "type": "boolean"}, {"linkId": "q", "type": "boolean"}, item)
    given = [answered({"valueBoolean": value}, link_id=name) for name, value in zip("pq", answers, strict=True)]
    found = rules(questionnaire, response(*given))
    assert (found == MISSING) is (outcome is True)
    present = rules(questionnaire, response(*given, answered({"valueString": "x"})))
    assert (present == NOT_ENABLED) is (outcome is False)


def test_the_answers_of_the_same_group_count() -> None:
    condition = {"question": "q", "operator": "=", "answerBoolean": True}
    group = {
        "linkId": "g",
        "type": "group",
        "repeats": True,
        "item": [
            {"linkId": "q", "type": "boolean"},
            {"linkId": "a", "type": "string", "required": True, "enableWhen": [condition]},
        ],
    }
    yes, no = (answered({"valueBoolean": value}, link_id="q") for value in (True, False))
    text = answered({"valueString": "x"})
    items = [{"linkId": "g", "item": inside} for inside in ([yes, text], [no], [no, text], [yes])]
    assert said("questionnaire_response", response(*items), form(group)) == [
        (NOT_ENABLED[0], "error", "QuestionnaireResponse.item[2].item[1]"),
        (MISSING[0], "error", "QuestionnaireResponse.item[3]"),
    ]


def test_the_answer_that_holds_the_item_counts() -> None:
    condition = {"question": "q", "operator": "=", "answerBoolean": True}
    inner = {"linkId": "a", "type": "string", "required": True, "enableWhen": [condition]}
    questionnaire = form({"linkId": "q", "type": "boolean", "item": [inner]})
    nested = {"valueBoolean": True, "item": [answered({"valueString": "x"})]}
    assert rules(questionnaire, response(answered(nested, link_id="q"))) == []
    assert rules(questionnaire, response(answered({"valueBoolean": False}, link_id="q"))) == []
    assert rules(questionnaire, response(answered({"valueBoolean": True}, link_id="q"))) == MISSING


def test_siblings_below_an_answer_see_each_other() -> None:
    condition = {"question": "q", "operator": "exists", "answerBoolean": True}
    inner = [{"linkId": "q", "type": "string"}, {"linkId": "a", "type": "string", "enableWhen": [condition]}]
    questionnaire = form({"linkId": "top", "type": "boolean", "item": inner})
    text = {"valueString": "x"}
    both = {"valueBoolean": True, "item": [answered(text, link_id="q"), answered(text)]}
    assert rules(questionnaire, response(answered(both, link_id="top"))) == []
    alone = {"valueBoolean": True, "item": [answered(text)]}
    assert rules(questionnaire, response(answered(alone, link_id="top"))) == NOT_ENABLED


def test_an_expression_decides() -> None:
    url = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression"
    for expression, outcome in (("item.exists()", True), ("item.empty()", False), ("%nosuch.x", None)):
        stated = {"url": url, "valueExpression": {"language": "text/fhirpath", "expression": expression}}
        item = {"linkId": "a", "type": "string", "extension": [stated]}
        found = rules(form(item), response(answered({"valueString": "x"})))
        assert found == (NOT_ENABLED if outcome is False else [])
