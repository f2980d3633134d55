"""Measures and their reports."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

import pytest

from tests.fhir.published import needs_core
from tests.fhir.validation.special.trial import said

pytestmark = needs_core

URL = "http://example.com/Measure/m"
LIBRARY = "http://example.com/Library/l"
POPULATION = "http://terminology.hl7.org/CodeSystem/measure-population"


def concept(code: str, system: str = POPULATION) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def population(code: str, **more: Any) -> dict[str, Any]:
    return {"code": concept(code), **more}


def measure(*groups: dict[str, Any], scoring: str = "cohort", **more: Any) -> dict[str, Any]:
    kind = concept(scoring, "http://terminology.hl7.org/CodeSystem/measure-scoring")
    return {"resourceType": "Measure", "url": URL, "scoring": kind, "group": list(groups), **more}


def report(*groups: dict[str, Any], kind: str = "summary") -> dict[str, Any]:
    return {"resourceType": "MeasureReport", "measure": URL, "status": "complete", "type": kind, "group": list(groups)}


def of_report(definition: dict[str, Any], given: dict[str, Any]) -> list[str]:
    return [rule.removeprefix("measure-report-") for rule, _, _ in said("measure_report", given, definition)]


PLAIN = {"population": [population("initial-population")]}
COUNTED = {"population": [population("initial-population", count=3)]}


def test_the_measure_is_named_and_at_hand() -> None:
    assert of_report(measure(), {"resourceType": "MeasureReport"}) == ["no-measure"]
    assert of_report({"resourceType": "Measure"}, report(COUNTED)) == ["measure-unknown"]
    assert of_report(measure(PLAIN), report(COUNTED)) == []


def test_groups_are_told_apart_by_their_codes() -> None:
    groups = [{**PLAIN, "code": concept(code, "urn:g")} for code in ("a", "b")]
    counted = [{**COUNTED, "code": concept(code, "urn:g")} for code in ("a", "b")]
    assert of_report(measure(*groups), report(*counted)) == []
    assert of_report(measure(*groups), report(counted[0], counted[0])) == ["group", "missing"]
    assert of_report(measure(*groups), report(counted[0])) == ["missing"]
    assert of_report(measure(*groups), report(counted[0], kind="data-collection")) == []
    assert of_report(measure(*groups), report(counted[0], COUNTED, counted[1])) == ["group"]
    assert of_report(measure(groups[0]), report(counted[1])) == ["group"]


def test_populations_and_stratifiers_are_those_of_the_measure() -> None:
    assert of_report(measure(PLAIN), report({"population": [population("numerator", count=1)]})) == ["group", "missing"]
    assert of_report(measure(PLAIN), report({"population": [population("initial-population")]})) == ["no-count"]
    stratified = {**PLAIN, "stratifier": [{"code": {"text": "age"}}]}
    for code, expected in (("age", []), ("sex", ["group", "missing"])):
        given = {**COUNTED, "stratifier": [{"code": [{"text": code}]}]}
        assert of_report(measure(stratified), report(given)) == expected
    optional = {"population": [population("initial-population"), population("measure-observation")]}
    assert of_report(measure(optional), report(COUNTED)) == []


def test_only_subject_lists_have_subjects() -> None:
    listed = {"population": [population("initial-population", count=1, subjectResults={"reference": "List/1"})]}
    assert of_report(measure(PLAIN), report(listed)) == ["count"]
    assert of_report(measure(PLAIN), report(listed, kind="subject-list")) == []


@pytest.mark.parametrize(
    ("scoring", "score", "expected"),
    [
        ("cohort", None, []),
        ("cohort", {"value": 1}, ["score"]),
        ("proportion", {"value": Decimal("0.5")}, []),
        ("proportion", {"value": 2}, ["score"]),
        ("proportion", {"value": 1, "unit": "x"}, ["score"]),
        ("proportion", {}, ["score"]),
        ("proportion", None, ["score"]),
        ("ratio", {"value": 3, "code": "d"}, []),
        ("ratio", {"value": 3}, ["score-unit"]),
        ("continuous-variable", {"value": 3}, []),
        ("other", {"value": 3}, ["scoring-unknown"]),
    ],
)
def test_scores_fit_the_scoring(scoring: str, score: dict[str, Any] | None, expected: list[str]) -> None:
    given = COUNTED if score is None else {**COUNTED, "measureScore": score}
    assert of_report(measure(PLAIN, scoring=scoring), report(given)) == expected


# ---- measures


def of_measure(definition: dict[str, Any], *supporting: dict[str, Any]) -> list[str]:
    return [rule.removeprefix("measure-") for rule, _, _ in said("measure", definition, *supporting)]


def test_groups_have_populations_and_codes() -> None:
    assert of_measure(measure(PLAIN)) == []
    assert of_measure(measure()) == ["group"]
    assert of_measure(measure({})) == ["group"]
    assert of_measure(measure(PLAIN, PLAIN)) == ["group", "group"]
    assert of_measure(measure({"population": [population("numerator"), {}]})) == ["group"]


def library(elm: str | None = None) -> dict[str, Any]:
    content = [{"contentType": "text/cql", "data": "AA=="}]
    if elm is not None:
        content.append({"contentType": "application/elm+xml", "data": base64.b64encode(elm.encode()).decode()})
    return {"resourceType": "Library", "url": LIBRARY, "name": "L", "content": content}


ELM = '<library xmlns="urn:hl7-org:elm:r1"><statements><def name="Age"/></statements></library>'


@pytest.mark.parametrize(
    ("expression", "libraries", "expected"),
    [
        ("Age", [library(ELM)], []),
        ("L.Age", [library(ELM)], []),
        ("Sex", [library(ELM)], ["criteria"]),
        ("M.Age", [library(ELM)], ["criteria"]),
        ("Age", [library("<!DOCTYPE a>" + ELM)], ["criteria"]),
        ("Age", [library("<other/>")], ["criteria"]),
        ("Age", [library()], ["criteria-unknown"]),
        ("Age", [], ["library-unknown", "criteria-unknown"]),
    ],
)
def test_criteria_name_an_expression(expression: str, libraries: list[dict[str, Any]], expected: list[str]) -> None:
    criteria = {"criteria": {"language": "text/cql", "expression": expression}}
    assert of_measure(measure({**PLAIN, "stratifier": [criteria]}, library=[LIBRARY]), *libraries) == expected


def test_criteria_without_any_library_and_in_other_languages() -> None:
    for language, expected in (("text/cql", ["criteria"]), ("text/fhirpath", ["criteria-language"])):
        criteria = {"criteria": {"language": language, "expression": "x"}}
        assert of_measure(measure({**PLAIN, "stratifier": [criteria]})) == expected
