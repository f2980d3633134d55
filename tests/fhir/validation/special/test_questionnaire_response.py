"""A response beside its Questionnaire: items, answers, options, bounds; each passes once and fails once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.fhir.published import needs_core
from tests.fhir.validation.special.trial import run_of, said

pytestmark = needs_core

FORM = "http://example.com/Questionnaire/q"
CORE = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/"


def form(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Questionnaire", "url": FORM, "status": "active", "item": list(items), **more}


def response(*items: dict[str, Any], status: str = "completed", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": FORM,
        "status": status,
        "item": list(items),
        **more,
    }


def answered(*answers: dict[str, Any], link_id: str = "a") -> dict[str, Any]:
    return {"linkId": link_id, "answer": list(answers)}


def rules(questionnaire: dict[str, Any], answer: dict[str, Any], **options: Any) -> list[str]:
    return [
        one if severity == "error" else f"{severity} {one}"
        for one, severity, _ in said("questionnaire_response", answer, questionnaire, **options)
    ]


def one(kind: str, value: dict[str, Any], **question: Any) -> list[str]:
    """What is said of one answer to one question."""
    item = {"linkId": "a", "type": kind, **question}
    return [rule.removeprefix("questionnaire-answer-") for rule in rules(form(item), response(answered(value)))]


def asks(name: str, value: Any, kind: str, base: str = CORE) -> dict[str, Any]:
    return {"url": base + name, f"value{kind}": value}


# ---- which Questionnaire


def test_the_questionnaire_is_named_and_at_hand() -> None:
    nameless = response()
    del nameless["questionnaire"]
    assert rules(form(), nameless) == ["information questionnaire-response-no-questionnaire"]
    run = run_of(response())
    from checker.fhir.validation.special import questionnaire_response

    questionnaire_response.check(run, run.tree.root)
    assert [issue.rule for issue, _ in run.issues] == ["questionnaire-response-questionnaire-unknown"]
    assert [missed.subject for missed in run.not_verified] == [FORM]
    assert rules(form(), response()) == []


def test_a_contained_questionnaire_is_used() -> None:
    inside = {
        "resourceType": "Questionnaire",
        "id": "q",
        "status": "active",
        "item": [{"linkId": "a", "type": "string"}],
    }
    resource = response(answered({"valueInteger": 1}), contained=[inside])
    resource["questionnaire"] = "#q"
    assert said("questionnaire_response", resource) == [
        ("questionnaire-answer-type", "error", "QuestionnaireResponse.item[0].answer[0].value.ofType(integer)")
    ]


def test_one_in_the_same_bundle_is_used() -> None:
    from checker.fhir.validation.special import questionnaire_response

    entries = [form({"linkId": "a", "type": "string"}), response(answered({"valueInteger": 1}))]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": entry} for entry in entries]}
    run = run_of(bundle)
    questionnaire_response.check(run, run.tree.root.children("entry")[1].children("resource")[0])
    assert [issue.rule for issue, _ in run.issues] == ["questionnaire-answer-type"]


def test_authored_lies_in_the_effective_period() -> None:
    period = {"start": "2020", "end": "2021-06-30"}
    for authored, expected in (
        ("2021-06-30T23:00:00Z", []),
        ("2020-01-01", []),
        ("2021-07-01", ["warning questionnaire-response-authored"]),
        ("2019-12-31", ["warning questionnaire-response-authored"]),
    ):
        assert rules(form(effectivePeriod=period), response(authored=authored)) == expected


# ---- items

GROUP = {
    "linkId": "g",
    "type": "group",
    "item": [{"linkId": "a", "type": "string"}, {"linkId": "b", "type": "string"}],
}
TEXT = {"valueString": "x"}


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([{"linkId": "g", "item": [answered(TEXT), answered(TEXT, link_id="b")]}], []),
        ([{"linkId": "z"}], ["questionnaire-response-link-id-unknown"]),
        ([{"text": "no linkId"}], ["questionnaire-response-link-id-missing"]),
        ([answered(TEXT)], ["questionnaire-response-item-misplaced"]),
        (
            [{"linkId": "g", "item": [answered(TEXT, link_id="b"), answered(TEXT)]}],
            ["questionnaire-response-item-order"],
        ),
        ([{"linkId": "g", "answer": [TEXT]}], ["questionnaire-response-group-answer"]),
        ([{"linkId": "g"}, {"linkId": "g"}], ["questionnaire-response-item-repeats"]),
        ([{"linkId": "g", "item": [answered(TEXT, TEXT)]}], ["questionnaire-response-answer-repeats"]),
        (
            [{"linkId": "g", "item": [{"linkId": "a", "item": [answered(TEXT)]}]}],
            ["questionnaire-response-question-items"],
        ),
    ],
)
def test_items_stand_as_in_the_form(items: list[dict[str, Any]], expected: list[str]) -> None:
    assert rules(form(GROUP), response(*items)) == expected


def test_display_texts_take_no_answers() -> None:
    shown = {"linkId": "a", "type": "display", "text": "Hello"}
    assert rules(form(shown), response({"linkId": "a", "text": "Hello"})) == []
    assert rules(form(shown), response(answered(TEXT))) == ["questionnaire-response-display-answer"]


def test_the_text_is_that_of_the_form_or_a_translation() -> None:
    translation = {"url": CORE + "translation", "extension": [{"url": "content", "valueString": "Enw"}]}
    item = {"linkId": "a", "type": "string", "text": "Name", "_text": {"extension": [translation]}}
    for text, expected in (("Name", []), ("Enw", []), ("Age", ["questionnaire-response-text"])):
        assert rules(form(item), response({"linkId": "a", "text": text})) == expected


def test_required_items_are_answered_when_the_response_is_done() -> None:
    item = {"linkId": "a", "type": "string", "required": True}
    for items in ([], [{"linkId": "a"}]):
        assert rules(form(item), response(*items)) == ["questionnaire-response-required"]
        assert rules(form(item), response(*items, status="in-progress")) == ["warning questionnaire-response-required"]
    assert rules(form(item), response(answered(TEXT))) == []
    group = {**GROUP, "required": True}
    assert rules(form(group), response({"linkId": "g"})) == ["questionnaire-response-group-required"]


def test_items_below_an_answer_are_judged_too() -> None:
    item = {
        "linkId": "a",
        "type": "boolean",
        "item": [{"linkId": "why", "type": "string", "required": True}],
    }
    nested = {"valueBoolean": True, "item": [answered(TEXT, link_id="why")]}
    assert rules(form(item), response(answered(nested))) == []
    assert said("questionnaire_response", response(answered({"valueBoolean": True})), form(item)) == [
        ("questionnaire-response-required", "error", "QuestionnaireResponse.item[0].answer[0]")
    ]


def test_occurrences_are_bounded() -> None:
    bounds = [asks("questionnaire-minOccurs", 2, "Integer"), asks("questionnaire-maxOccurs", 3, "Integer")]
    item = {"linkId": "a", "type": "string", "repeats": True, "extension": bounds}
    for count, expected in ((1, 1), (2, 0), (3, 0), (4, 1)):
        assert rules(form(item), response(answered(*[TEXT] * count))) == ["questionnaire-response-occurs"] * expected


# ---- answers


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("boolean", {"valueBoolean": True}),
        ("decimal", {"valueDecimal": Decimal("1.0")}),
        ("integer", {"valueInteger": 1}),
        ("date", {"valueDate": "2020"}),
        ("dateTime", {"valueDateTime": "2020-01-01"}),
        ("time", {"valueTime": "10:00:00"}),
        ("string", {"valueString": "x"}),
        ("text", {"valueString": "x\ny"}),
        ("url", {"valueUri": "http://example.com"}),
        ("attachment", {"valueAttachment": {"url": "http://example.com"}}),
        ("reference", {"valueReference": {"reference": "Patient/1"}}),
        ("quantity", {"valueQuantity": {"value": 1}}),
    ],
)
def test_answers_have_the_type_of_their_question(kind: str, value: dict[str, Any]) -> None:
    assert one(kind, value) == []
    other = {"valueCoding": {"code": "x"}}
    assert one(kind, other) == ["type"]


def test_a_choice_without_options_accepts_but_says_so() -> None:
    assert one("choice", {"valueString": "x"}) == ["information questionnaire-answer-no-options"]
    assert one("choice", {"valueBoolean": True}) == ["type"]


@pytest.mark.parametrize(
    ("kind", "type_", "least", "most", "good", "low", "high"),
    [
        ("integer", "Integer", 2, 4, 3, 1, 5),
        ("decimal", "Decimal", Decimal("0.5"), 2, Decimal("0.50"), Decimal("0.4"), 3),
        ("date", "Date", "2020", "2022", "2022-12-31", "2019-12-31", "2023"),
        ("dateTime", "DateTime", "2020-01-01", "2020-01-02", "2020-01-02T10:00:00Z", "2019-12-31", "2020-02"),
        ("time", "Time", "09:00:00", "17:00:00", "12:00:00", "08:59:59", "17:00:01"),
    ],
)
def test_values_lie_between_their_bounds(
    kind: str, type_: str, least: Any, most: Any, good: Any, low: Any, high: Any
) -> None:
    bounds = [asks("minValue", least, type_), asks("maxValue", most, type_)]
    for value, expected in ((good, []), (least, []), (most, []), (low, ["bound"]), (high, ["bound"])):
        assert one(kind, {f"value{type_}": value}, extension=bounds) == expected


def test_decimal_places_are_counted_as_written() -> None:
    places = [asks("maxDecimalPlaces", 1, "Integer")]
    assert one("decimal", {"valueDecimal": Decimal("1.5")}, extension=places) == []
    assert one("decimal", {"valueDecimal": Decimal("1.50")}, extension=places) == ["decimals"]


def test_texts_have_a_length_and_a_form() -> None:
    asked = [asks("minLength", 2, "Integer"), asks("regex", "[a-z]+", "String")]
    assert one("string", {"valueString": "abc"}, extension=asked, maxLength=3) == []
    assert one("string", {"valueString": "a"}, extension=asked, maxLength=3) == ["length"]
    assert one("string", {"valueString": "abcd"}, extension=asked, maxLength=3) == ["length"]
    assert one("string", {"valueString": "ab1"}, extension=asked) == ["pattern"]
    assert one("string", {"valueString": "a\nb"}) == ["warning questionnaire-answer-lines"]


def test_attachments_have_a_kind_and_a_size() -> None:
    asked = [asks("mimeType", "image/png", "Code"), asks("maxSize", 4, "Decimal")]
    assert one("attachment", {"valueAttachment": {"contentType": "image/png", "data": "AAAA"}}, extension=asked) == []
    assert one("attachment", {"valueAttachment": {"contentType": "text/plain"}}, extension=asked) == ["media-type"]
    assert one(
        "attachment", {"valueAttachment": {"contentType": "image/png", "data": "AAAAAAAA"}}, extension=asked
    ) == ["size"]


def test_references_lead_to_an_allowed_type() -> None:
    asked = [asks("questionnaire-referenceResource", "Patient", "Code")]
    assert one("reference", {"valueReference": {"reference": "Patient/1"}}, extension=asked) == []
    assert one("reference", {"valueReference": {"reference": "https://a.example/r4/Group/1"}}, extension=asked) == [
        "resource"
    ]
    wrong = response(answered({"valueReference": {"reference": "Chicken/1"}}))
    plain = form({"linkId": "a", "type": "reference"})
    assert rules(plain, wrong, assume_valid_references=True) == ["questionnaire-answer-resource"]


def kilos(value: Any, code: str | None = "kg") -> dict[str, Any]:
    coded = {"system": "http://unitsofmeasure.org", "code": code} if code else {}
    return {"value": value, "unit": code or "kg", **coded}


def test_quantities_have_bounds_and_units() -> None:
    bounds = [
        asks("sdc-questionnaire-minQuantity", kilos(1), "Quantity", SDC),
        asks("sdc-questionnaire-maxQuantity", kilos(10), "Quantity", SDC),
    ]
    for given, expected in (
        (kilos(5), []),
        (kilos(5000, "g"), []),
        (kilos(11), ["quantity-bound"]),
        (kilos(500, "g"), ["quantity-bound"]),
        (kilos(5, "m"), ["quantity-bound"] * 2),
        (kilos(5, None), ["quantity-bound"] * 2),
    ):
        assert one("quantity", {"valueQuantity": given}, extension=bounds) == expected
    units = [asks("questionnaire-unitOption", {"system": "http://unitsofmeasure.org", "code": "kg"}, "Coding")]
    assert one("quantity", {"valueQuantity": kilos(5)}, extension=units) == []
    assert one("quantity", {"valueQuantity": kilos(5, "g")}, extension=units) == ["unit"]


# ---- options


def coding(code: str, system: str = "http://example.com/cs") -> dict[str, Any]:
    return {"valueCoding": {"system": system, "code": code, "display": code.upper()}}


def test_answers_are_among_the_options() -> None:
    options = [coding("x"), coding("y"), {"valueInteger": 3}, {"valueDate": "2020-01-01"}]
    assert one("choice", coding("y"), answerOption=options) == []
    assert one("choice", coding("z"), answerOption=options) == ["option"]
    assert one("choice", coding("x", "http://example.com/other"), answerOption=options) == ["option"]
    assert one("choice", {"valueInteger": 3}, answerOption=options) == []
    assert one("choice", {"valueInteger": 4}, answerOption=options) == ["option"]
    assert one("choice", {"valueString": "x"}, answerOption=options) == ["option"]
    assert one("open-choice", {"valueString": "other"}, answerOption=options) == []
    assert one("open-choice", {"valueString": "X"}, answerOption=options) == ["warning questionnaire-answer-free-text"]
    assert one("integer", {"valueInteger": 4}, answerOption=[{"valueInteger": 3}]) == ["option"]


def test_an_exclusive_option_stands_alone() -> None:
    none = {**coding("none"), "extension": [asks("questionnaire-optionExclusive", True, "Boolean")]}
    item = {"linkId": "a", "type": "choice", "repeats": True, "answerOption": [coding("x"), none]}
    assert rules(form(item), response(answered(coding("none")))) == []
    both = response(answered(coding("none"), coding("x")))
    assert rules(form(item), both) == ["questionnaire-answer-exclusive"]


def test_answers_are_in_the_value_set() -> None:
    gender = "http://hl7.org/fhir/ValueSet/administrative-gender"
    system = "http://hl7.org/fhir/administrative-gender"
    assert one("choice", coding("male", system), answerValueSet=gender) == []
    assert one("choice", coding("man", system), answerValueSet=gender) == ["value-set"]
    assert one("choice", coding("male", system), answerValueSet="http://example.com/none") == [
        "warning questionnaire-answer-value-set-unknown"
    ]
    assert one("string", {"valueString": "man"}, answerValueSet=gender) == ["value-set"]
    assert one("choice", {"valueCoding": {"code": "male"}}, answerValueSet=gender) == []
    assert one("choice", {"valueCoding": {"code": "man"}}, answerValueSet=gender) == ["value-set"]
    assert one("choice", {"valueCoding": {"display": "Male"}}, answerValueSet=gender) == ["value-set"]


def test_a_contained_value_set_is_used() -> None:
    inside = {
        "resourceType": "ValueSet",
        "id": "v",
        "compose": {"include": [{"system": "http://example.com/cs", "concept": [{"code": "x"}]}]},
    }
    questionnaire = form({"linkId": "a", "type": "choice", "answerValueSet": "#v"}, contained=[inside])
    assert rules(questionnaire, response(answered(coding("x")))) == []
    assert rules(questionnaire, response(answered(coding("y")))) == ["questionnaire-answer-value-set"]


# ---- hostile


@pytest.mark.parametrize("value", [None, 3, "x", [], [[]], {}, {"item": 3}, [None], [{"linkId": []}], [{"item": [3]}]])
def test_wrong_types_never_stop_the_look(value: Any) -> None:
    nothing = value in (None, [], [None])
    missing = [] if nothing else ["questionnaire-response-link-id-missing"]
    assert rules(form(GROUP), {**response(), "item": value}) == missing
    assert rules(form({"linkId": "a", "type": "integer"}), response(answered({"valueInteger": value}))) == []
    assert rules({**form(), "item": value}, response(answered(TEXT))) == ["questionnaire-response-link-id-unknown"]
    options = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
    choice = form({"linkId": "a", "type": "choice", "answerOption": value})
    unfit = "questionnaire-answer-option" if options else "information questionnaire-answer-no-options"
    assert rules(choice, response(answered(coding("x")))) == [unfit]


def test_a_response_of_any_depth_and_width_is_judged_in_bounded_time() -> None:
    deep: dict[str, Any] = {"linkId": "a"}
    for _ in range(400):
        deep = {"linkId": "a", "item": [deep]}
    assert rules(form(GROUP), response(deep))
    conditions = [{"question": "q0", "operator": "=", "answerBoolean": True}]
    items = [
        {"linkId": f"q{place}", "type": "boolean", "enableWhen": conditions if place else []} for place in range(1500)
    ]
    given = [answered({"valueBoolean": True}, link_id=f"q{place}") for place in range(1500)]
    assert rules(form(*items), response(*given)) == []
