from __future__ import annotations

import pytest

from checker.fhir.definitions.ir import Constraint
from checker.fhir.validation.corrections import CORRECTIONS, corrected, fingerprint
from checker.fhir.validation.invariant_words import WORDS, words
from checker.fhir.validation.pages import invariant_page
from checker.fhir.validation.run import Options
from tests.fhir.validation.stating import errors, judged, profile, validator


def constraint(key: str, expression: str, severity: str = "error") -> dict[str, str]:
    return {"key": key, "severity": severity, "human": f"the rule {key}", "expression": expression}


def test_an_invariant_of_the_base() -> None:
    patient = {"resourceType": "Patient", "contact": [{"gender": "female"}]}
    (issue,) = [one for one in judged(patient).issues if one.is_error]
    assert (issue.rule, issue.path) == ("invariant", "Patient.contact[0]")
    assert issue.message.startswith("pat-1: ")
    assert errors({**patient, "contact": [{"name": {"text": "Anna"}}]}) == []


def test_an_invariant_of_a_structure_definition_and_its_severity() -> None:
    one = profile(
        "p",
        "Patient",
        {
            "path": "Patient",
            "constraint": [constraint("a-1", "name.exists()"), constraint("a-2", "gender.exists()", "warning")],
        },
    )
    result = judged({"resourceType": "Patient", "active": True}, one)
    found = {(issue.rule, issue.message) for issue in result.issues}
    assert ("invariant", "a-1: the rule a-1.") in found
    assert ("invariant-warning", "a-2: the rule a-2.") in found
    assert errors({"resourceType": "Patient", "name": [{"text": "Anna"}]}, one) == []


@pytest.mark.parametrize("expression", ["name.exists(", "notAFunction()", "name.notExists()", "$$$", "%nothing", ""])
def test_an_expression_that_is_not_fhirpath_is_a_problem_of_the_definition(expression: str) -> None:
    one = profile("p", "Patient", {"path": "Patient", "constraint": [constraint("a-1", expression)]})
    result = judged({"resourceType": "Patient", "name": [{"text": "Anna"}]}, one)
    assert result.valid
    if expression:
        assert [p.definition for p in result.definition_problems] == [one["url"]]
        assert "a-1" in result.definition_problems[0].message


def test_membership_that_nobody_knows_is_not_verified() -> None:
    asks = constraint("a-1", "code.memberOf('http://a.example/ValueSet/gone')")
    one = profile("p", "Observation", {"path": "Observation", "constraint": [asks]})
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://a.example", "code": "x"}]},
    }
    result = judged(observation, one)
    assert result.valid
    assert "invariant" in [one.kind for one in result.not_verified]


def test_best_practice_is_said_when_it_is_asked_for_and_narrative_for_the_root_only() -> None:
    patient = {
        "resourceType": "Patient",
        "contained": [{"resourceType": "Practitioner", "id": "d", "active": True}],
        "generalPractitioner": [{"reference": "#d"}],
    }
    found = [(i.rule, i.path) for i in judged(patient).issues if "dom-6" in i.message]
    assert found == [("invariant-warning", "Patient")]
    advised = judged(
        {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}, options=Options(advice=True)
    )
    assert any(issue.advice for issue in advised.issues)


def test_the_resource_of_an_element_is_the_one_around_it() -> None:
    asks = constraint("a-1", "%resource.id = 'outside' and %context.id = 'inside'")
    one = profile("p", "Patient", {"path": "Patient.contained", "constraint": [asks]})
    patient = {
        "resourceType": "Patient",
        "id": "outside",
        "contained": [{"resourceType": "Practitioner", "id": "inside", "active": True}],
        "generalPractitioner": [{"reference": "#inside"}],
    }
    assert errors(patient, one) == []


def questionnaire(conditions: int) -> dict[str, object]:
    item = {
        "linkId": "2",
        "type": "string",
        "enableWhen": [{"question": "1", "operator": "exists", "answerBoolean": True}] * conditions,
    }
    return {"resourceType": "Questionnaire", "status": "active", "item": [{"linkId": "1", "type": "string"}, item]}


def test_corrected_invariants() -> None:
    assert ("invariant", "Questionnaire.item[1]") in errors(questionnaire(2))
    assert errors(questionnaire(1)) == []
    # Without a probability, a fullUrl, a reference: what is published gives neither true nor false.
    assert (
        errors(
            {
                "resourceType": "RiskAssessment",
                "status": "final",
                "subject": {"display": "x"},
                "prediction": [{"rationale": "x"}],
            }
        )
        == []
    )
    assert (
        errors({"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": "Patient"}}]})
        == []
    )
    assert errors({"resourceType": "Patient", "managingOrganization": {"display": "x"}}) == []
    assert judged({"resourceType": "Library", "status": "active", "type": {"text": "x"}}).valid


def test_every_correction_is_of_a_published_expression() -> None:
    definitions = validator().definitions
    published = set()
    for url in definitions.urls("StructureDefinition"):
        structure = definitions.structure(url)
        waiting = [structure.root] if structure is not None else []
        while waiting:
            element = waiting.pop()
            published |= {fingerprint(one.expression) for one in element.constraints}
            waiting += [*([] if element.content_reference else element.children.values()), *element.slices]
    assert {correction.published for correction in CORRECTIONS} <= published
    assert all(correction.reason for correction in CORRECTIONS)
    assert corrected("name.exists()") == "name.exists()"


def test_the_words_of_an_invariant() -> None:
    assert words(Constraint("pat-1", "error", "x")) == WORDS["pat-1"]
    assert words(Constraint("own-1", "error", "x", human="the package's text")) == "the package's text"
    assert words(Constraint("own-1", "error", "name.exists()")) == "this has to be true: name.exists()"
    assert "capital" in words(Constraint("vsd-0", "warning", "name.matches('[A-Z]([A-Za-z0-9_]){0,254}')"))


def test_a_key_that_stands_for_several_rules_is_said_in_the_words_of_its_type() -> None:
    parameters = {
        "resourceType": "Parameters",
        "parameter": [{"name": "a", "valueString": "b", "part": [{"name": "c"}]}],
    }
    told = [one.message for one in validator().validate(parameters).issues if one.invariant == "inv-1"]
    assert len(told) == 2, "the parameter, and its part"
    assert all("one of a value, a resource or parts" in one for one in told)
    task = {
        "resourceType": "Task",
        "status": "draft",
        "intent": "order",
        "authoredOn": "2026-02-02",
        "lastModified": "2026-02-01",
    }
    assert [one.message for one in validator().validate(task).issues if one.invariant == "inv-1"] == [
        "inv-1: lastModified may not be before authoredOn."
    ]
    page = invariant_page("inv-1") or ""
    assert "lastModified" in page
    assert "In Parameters: a parameter has one of" in " ".join(page.split())


def test_the_invariants_of_a_content_reference_come_along() -> None:
    """ElementDefinition.contentReference brings all rules of the element that it names, invariants too."""
    part = {"resourceType": "Parameters", "parameter": [{"name": "a", "part": [{"name": "b", "valueString": "c"}]}]}
    assert errors(part) == []
    part["parameter"] = [{"name": "a", "part": [{"name": "b"}]}]
    assert errors(part) == [("invariant", "Parameters.parameter[0].part[0]")]
