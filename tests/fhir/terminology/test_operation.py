"""Answers of terminology servers, old and new, read with care."""

from __future__ import annotations

from typing import Any

import pytest

from checker.fhir.terminology import operation
from checker.fhir.terminology.answer import Chain, CodeAnswer
from checker.fhir.terminology.served import Served, Unsettled
from checker.model.terminology import CodeFacts, CodeQuestion, TerminologyAnswer
from tests.fhir.terminology.vocabulary import COLOURS, colours, local, url
from tests.fhir.terminology.vocabulary import value_set as vs

SNOMED = "http://snomed.info/sct"
OF_SYSTEM = CodeQuestion(system=SNOMED, code="1", display="One")
OF_SET = CodeQuestion(value_set="http://example.nhs.uk/vs|2", system=SNOMED, code="1", version="v")
BARE = CodeQuestion(value_set="http://example.nhs.uk/vs", code="1", code_only=True)


def names(question: CodeQuestion) -> dict[str, Any]:
    return {
        one["name"]: next(value for key, value in one.items() if key != "name")
        for one in operation.parameters(question)["parameter"]
    }


def test_the_parameters_of_each_kind_of_question() -> None:
    assert operation.path(OF_SYSTEM) == "CodeSystem/$validate-code"
    assert names(OF_SYSTEM) == {"url": SNOMED, "code": "1", "display": "One"}
    assert operation.path(OF_SET) == "ValueSet/$validate-code"
    assert names(OF_SET) == {
        **{"url": "http://example.nhs.uk/vs", "valueSetVersion": "2", "code": "1", "system": SNOMED},
        "systemVersion": "v",
    }
    assert names(BARE) == {"url": "http://example.nhs.uk/vs", "code": "1", "inferSystem": True}


def said(question: CodeQuestion, result: bool, message: str = "", **more: str) -> CodeFacts:
    given: list[dict[str, Any]] = [
        {"name": "result", "valueBoolean": result},
        {"name": "message", "valueString": message},
    ]
    given += [{"name": name, "valueString": value} for name, value in more.items()]
    return operation.read(question, {"resourceType": "Parameters", "parameter": given})


@pytest.mark.parametrize(
    "message",
    [
        "A definition for CodeSystem 'https://dmd.nhs.uk' could not be found, so the code cannot be validated",
        "Unknown code system http://x.org/y.z",
        "Unable to validate code http://x#y - Code system not found",
        "CodeSystem is unknown and can't be validated: http://x for 'http://x#y'",
        "Unable to find code system http://snomed.info/sct",
        "ValueSet 'http://x/v' does not exist",
        "Unsupported code system",
    ],
)
def test_what_the_server_does_not_hold_stays_unknown(message: str) -> None:
    for question in (OF_SYSTEM, OF_SET, BARE):
        facts = said(question, False, message)
        assert (facts.member, facts.known, facts.display_ok, bool(facts.problem)) == (None, None, None, True)


def test_no_and_yes_of_servers_that_give_no_reasons() -> None:
    assert (said(OF_SYSTEM, True).known, said(OF_SYSTEM, True).display_ok) == (True, True)
    wrong = said(OF_SYSTEM, False, "Display differs", display="Uno")
    assert (wrong.known, wrong.display_ok, wrong.display) == (True, False, "Uno")
    gone = said(OF_SYSTEM, False, "Unknown code 'not found' here")
    assert (gone.known, gone.display_ok) == (False, None)
    outside = said(OF_SET, False, "The code is not in the value set")
    assert (outside.member, outside.known) == (False, None)
    assert said(OF_SET, True).member is True


@pytest.mark.parametrize(
    "resource",
    [
        {},
        {"resourceType": "OperationOutcome", "issue": [{"diagnostics": "too costly"}]},
        {"resourceType": "OperationOutcome", "issue": [None, {"details": 3}]},
        {"resourceType": "Parameters"},
        {"resourceType": "Parameters", "parameter": [None, {"name": "result", "valueBoolean": "true"}, {"name": 5}]},
        {"resourceType": "Patient"},
        {
            "resourceType": "Parameters",
            "parameter": [{"name": "result", "valueBoolean": True}, {"name": "result", "valueBoolean": False}],
        },
    ],
)
def test_what_is_no_answer_is_a_problem(resource: dict[str, Any]) -> None:
    facts = operation.read(OF_SYSTEM, resource)
    assert (facts.known, bool(facts.problem)) == (None, True)


def test_a_batch_of_another_length_is_no_answer() -> None:
    body = b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Parameters"}}]}'
    assert operation.read_batch(body, [OF_SYSTEM]) is not None
    for bad in (b"", b"[]", b"{", b"\xff", b'{"resourceType":"Bundle"}'):
        assert operation.read_batch(bad, [OF_SYSTEM]) is None
    assert operation.read_batch(body, [OF_SYSTEM, OF_SET]) is None


def test_a_server_is_not_asked_what_is_settled() -> None:
    noting = Unsettled(local(colours(), vs("c", {"system": COLOURS})))
    assert noting.validate(url("c"), COLOURS, "red", "Red colour").outcome == "in"
    assert noting.validate(url("c"), COLOURS, "pink").outcome == "not-in"
    assert noting.validate(url("c"), None, "red", code_only=True).outcome == "in"
    noting.validate(None, "http://unitsofmeasure.org", "mmHg")
    noting.validate(None, SNOMED, "")
    noting.validate(None, SNOMED, "\ud800")
    assert not noting.questions
    noting.validate(url("c"), SNOMED, "73211009", "Diabetes")
    noting.validate(url("gone"), None, "x", code_only=True)
    noting.validate(url("gone"), None, "x", code_only=True)
    assert noting.questions == (
        CodeQuestion(system=SNOMED, code="73211009", display="Diabetes"),
        CodeQuestion(value_set=url("gone"), code="x", code_only=True),
    )
    assert noting.codes(url("c")) == frozenset({"red", "green", "blue", "umber"})


def test_an_nhs_number_in_a_display_is_not_sent() -> None:
    noting = Unsettled(local())
    noting.validate(None, SNOMED, "73211009", "Diabetes of 999 000-0018")
    assert noting.questions == (CodeQuestion(system=SNOMED, code="73211009"),)


def test_a_chain_keeps_what_is_decided_and_fills_the_gaps() -> None:
    listed = vs("s", {"system": SNOMED, "concept": [{"code": "73211009"}]})
    known = CodeQuestion(system=SNOMED, code="73211009", display="Sugar")
    facts = CodeFacts(question=known, known=True, display_ok=False, display="Diabetes mellitus")
    chain = Chain(local(listed), Served([TerminologyAnswer(server="x", answers=(facts,))]))
    answer = chain.validate(url("s"), SNOMED, "73211009", "Sugar")
    assert (answer.outcome, answer.code_known, answer.display_ok) == ("in", True, False)
    assert answer.display_right == ("Diabetes mellitus",)
    assert chain.validate(url("s"), SNOMED, "38341003").outcome == "not-in"
    assert chain.codes(url("s")) == frozenset({"73211009"})
    assert Chain().validate(None, SNOMED, "1") == CodeAnswer(outcome="unknown", reason="nobody answers for codes")
    assert Served([]).codes(url("s")) is None
