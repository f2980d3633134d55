"""Primitive values in their elements: JSON types, oddities of texts, and limits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from checker.fhir.definitions.ir import TypedValue
from checker.fhir.definitions.lower import lower
from checker.fhir.forms import bounds
from checker.fhir.validation.run import Options
from tests.fhir.forms.bench import form, run_on
from tests.fhir.published import core, needs_core

pytestmark = needs_core


def patient(**members: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", **members}


def observed(**members: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", **members}


CASES: list[tuple[dict[str, Any], str, str, str, str]] = [
    (patient(active="true"), "primitive-json-type", "error", "Patient.active", "without quotation marks"),
    (patient(active="yes"), "primitive-boolean", "error", "Patient.active", "true or false"),
    (patient(active=1), "primitive-json-type", "error", "Patient.active", "1 stands here"),
    (patient(gender=True), "primitive-json-type", "error", "Patient.gender", "true stands here"),
    (patient(birthDate=1970), "primitive-json-type", "error", "Patient.birthDate", "in quotation marks"),
    (patient(birthDate=Decimal("1970.5")), "primitive-json-type", "error", "Patient.birthDate", "1970.5"),
    (patient(birthDate=""), "primitive-empty", "error", "Patient.birthDate", "empty"),
    (patient(birthDate=" "), "primitive-date-time", "error", "Patient.birthDate", "YYYY-MM-DD"),
    (patient(birthDate="1970-02-30"), "primitive-date-time", "error", "Patient.birthDate", "no day 30"),
    (patient(birthDate="1670-02-20"), "primitive-year", "warning", "Patient.birthDate", "1800"),
    (patient(multipleBirthInteger=1.5), "primitive-number", "error", "Patient.multipleBirth.ofType(integer)", "whole"),
    (patient(multipleBirthInteger="2"), "primitive-json-type", "error", "Patient.multipleBirth.ofType(integer)", "'2'"),
    (patient(multipleBirthInteger=2**31), "primitive-number", "error", "Patient.multipleBirth.ofType(integer)", "betw"),
    (patient(telecom=[{"rank": 0}]), "primitive-number", "error", "Patient.telecom[0].rank", "between 1 and"),
    (patient(name=[{"family": " A"}]), "primitive-white-space", "warning", "Patient.name[0].family", "before or"),
    (patient(name=[{"family": " "}]), "primitive-white-space", "warning", "Patient.name[0].family", "nothing but"),
    (patient(name=[{"family": "A\x07"}]), "primitive-control-character", "warning", "Patient.name[0].family", "U+0007"),
    (patient(name=[{"family": "A\u202eB"}]), "primitive-direction-control", "warning", "Patient.name[0].family", "not"),
    (patient(name=[{"family": "<b>A</b>"}]), "primitive-html", "information", "Patient.name[0].family", "HTML"),
    (patient(gender="male "), "primitive-code", "error", "Patient.gender", "white space"),
    (patient(implicitRules="a b"), "primitive-uri", "error", "Patient.implicitRules", "white space"),
    (patient(meta={"profile": ["Patient/x"]}), "primitive-canonical", "error", "Patient.meta.profile[0]", "absolute"),
    (patient(photo=[{"data": "%%"}]), "primitive-base64", "error", "Patient.photo[0].data", "Base64"),
    (patient(photo=[{"data": "AA\nAA"}]), "primitive-base64-white-space", "warning", "Patient.photo[0].data", "White"),
    (
        observed(valueQuantity={"value": "7.2"}),
        "primitive-json-type",
        "error",
        "Observation.value.ofType(Quantity).value",
        "without quotation marks",
    ),
    (
        observed(valueQuantity={"value": Decimal("1.0000000000000000000")}),
        "primitive-decimal-range",
        "warning",
        "Observation.value.ofType(Quantity).value",
        "more exact",
    ),
    ({"resourceType": "ValueSet", "url": "vs"}, "primitive-canonical", "error", "ValueSet.url", "absolute"),
    ({"resourceType": "ValueSet", "description": " "}, "primitive-white-space", "warning", "ValueSet.description", ""),
]


@pytest.mark.parametrize(("resource", "rule", "severity", "path", "words"), CASES, ids=lambda v: str(v)[:40])
def test_what_is_said(resource: dict[str, Any], rule: str, severity: str, path: str, words: str) -> None:
    (issue,) = form(resource)
    assert (issue.rule, issue.severity, issue.path) == (rule, severity, path)
    assert words in issue.message
    assert len(issue.message) < 300


@pytest.mark.parametrize(
    "resource",
    [
        patient(active=False, birthDate="1970", multipleBirthInteger=2, gender="male"),
        patient(name=[{"family": "A < B > C", "text": "a\u2067b\u2069"}], photo=[{"data": "AAAA"}]),
        patient(text={"status": "generated", "div": " "}),
        observed(valueQuantity={"value": 1}, effectiveDateTime="2026-01-01T00:00:00Z"),
        observed(valueQuantity={"value": 0.1}),
        {"resourceType": "ValueSet", "url": "http://x", "description": "<b>a</b> <b>c</b>"},
        {"resourceType": "Basic", "contained": [{"resourceType": "Device", "url": "x"}]},
    ],
)
def test_what_is_let_pass(resource: dict[str, Any]) -> None:
    assert form(resource) == []


@pytest.mark.parametrize(
    "value", [10**5000, float("nan"), Decimal("Infinity"), b"x", {1}], ids=lambda v: type(v).__name__
)
def test_values_that_no_text_could_hold(value: object) -> None:
    assert [issue.rule for issue in form(patient(birthDate=value))] == ["primitive-json-type"]
    (issue,) = form(patient(multipleBirthInteger=value))
    assert issue.is_error
    (issue,) = form(observed(valueQuantity={"value": value}))
    assert issue.is_error or value == 10**5000


def test_options() -> None:
    tagged = patient(name=[{"family": "<b>A</b>"}])
    assert [issue.severity for issue in form(tagged, Options(html_in_strings="error"))] == ["error"]
    example = patient(
        identifier=[
            {"system": "http://example.org/mrn"},
            {"system": "https://fhir.nhs.uk/Id"},
            {"system": "http://myexample.org/a"},
        ]
    )
    assert form(example) == []
    (issue,) = form(example, Options(example_urls=False))
    assert (issue.rule, issue.path) == ("primitive-example-url", "Patient.identifier[0].system")


BIRTH = [
    # least, greatest, value, rules
    (("date", "2025-01-01"), None, "2024-12-31", ["primitive-minimum"]),
    (("date", "2025-01-01"), None, "2025-01-01", []),
    (("date", "2025-01-01"), None, "2025", []),
    (("date", "2025-01-01"), None, "2024", ["primitive-minimum"]),
    (None, ("dateTime", "2025-01-01T00:00:00Z"), "2025-01-03", ["primitive-maximum"]),
    (None, ("dateTime", "2025-01-01T00:00:00Z"), "2025-01-01", []),
    (None, ("date", "9999-12-31"), "9999-12-31", []),
    (("date", "0001-01-01"), None, "0001-01-01", []),
    (("Duration", {"value": 100, "code": "a"}), None, "1850-01-01", ["primitive-minimum"]),
    (("Duration", {"value": 100, "code": "a"}), None, "1950-01-01", []),
    (None, ("Quantity", {"value": 10, "code": "a"}), "2100-01-01", ["primitive-maximum"]),
    (None, ("Quantity", {"value": 10, "code": "d"}), "2026-03-05", []),
    (None, ("Quantity", {"value": 10, "code": "d"}), "2026-03-15", ["primitive-maximum"]),
    (("integer", 7), None, "2026-03-15", []),
    (("date", ["x"]), ("date", "31/12/2026"), "2026-03-15", []),
]


@pytest.mark.parametrize(("least", "greatest", "value", "rules"), BIRTH)
def test_limits_of_dates(least: Any, greatest: Any, value: str, rules: list[str]) -> None:
    run = run_on(patient(birthDate=value), Options(today=date(2026, 3, 1)))
    (node,) = run.tree.root.children("birthDate")
    element = _limited("Patient", "birthDate", least, greatest)
    bounds.check(run, node, element)
    assert [issue.rule for issue, _ in run.issues] == rules


def test_a_relative_limit_asks_for_the_day_of_today() -> None:
    run = run_on(patient(birthDate="1850-01-01"))
    (node,) = run.tree.root.children("birthDate")
    bounds.check(run, node, _limited("Patient", "birthDate", ("Duration", {"value": 1, "code": "a"}), None))
    assert run.issues == []
    run = run_on(patient(birthDate="1850-01-01"), Options(today=date(2026, 3, 1)))
    (node,) = run.tree.root.children("birthDate")
    bounds.check(run, node, _limited("Patient", "birthDate", ("Duration", {"value": 1, "code": "moons"}), None))
    assert [problem.message for problem in run.definition_problems] == ["the limit 1 moons is not understood"]


@pytest.mark.parametrize(
    ("value", "rules"),
    [
        ({"value": 5, "unit": "kg", "system": "u", "code": "kg"}, []),
        ({"value": Decimal("4.9"), "unit": "kg", "system": "u", "code": "kg"}, ["primitive-minimum"]),
        ({"value": 5000, "unit": "g", "system": "u", "code": "g"}, ["quantity-limit-unit"]),
        ({"value": 5, "unit": "kg"}, ["quantity-limit-unit"]),
        ({"unit": "kg"}, []),
        ({"value": "x"}, []),
    ],
)
def test_limits_of_quantities(value: dict[str, Any], rules: list[str]) -> None:
    run = run_on(observed(valueQuantity=value))
    (node,) = run.tree.root.children("value")
    limit = ("Quantity", {"value": 5, "unit": "kg", "system": "u", "code": "kg"})
    bounds.check(run, node, _limited("Observation", "value", limit, None))
    assert [issue.rule for issue, _ in run.issues] == rules


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        (5000, "g", []),
        (4999, "g", [("primitive-minimum", "error")]),
        (9, "m", [("quantity-limit-unit", "error")]),
        (9, "nonsense", [("quantity-limit-unit", "warning")]),
        (Decimal("1E+99999999"), "g", [("quantity-limit-unit", "warning")]),
    ],
)
def test_limits_hold_in_other_units_of_ucum(value: Any, code: str, expected: list[tuple[str, str]]) -> None:
    ucum = "http://unitsofmeasure.org"
    run = run_on(observed(valueQuantity={"value": value, "system": ucum, "code": code}))
    (node,) = run.tree.root.children("value")
    limit = ("Quantity", {"value": 5, "system": ucum, "code": "kg"})
    bounds.check(run, node, _limited("Observation", "value", limit, None))
    assert [(issue.rule, issue.severity) for issue, _ in run.issues] == expected


def test_limits_of_numbers_and_texts() -> None:
    run = run_on(patient(multipleBirthInteger=9, gender="unknown"))
    (births,) = run.tree.root.children("multipleBirth")
    element = _limited("Patient", "multipleBirth", ("integer", 1), ("decimal", 8))
    bounds.check(run, births, element)
    (gender,) = run.tree.root.children("gender")
    short = _limited("Patient", "gender", None, None)
    short.max_length = 4
    bounds.check(run, gender, short)
    assert [(issue.rule, issue.path) for issue, _ in run.issues] == [
        ("primitive-maximum", "Patient.multipleBirth.ofType(integer)"),
        ("primitive-max-length", "Patient.gender"),
    ]


def _limited(kind: str, name: str, least: Any, greatest: Any) -> Any:
    raw = core().raw(f"http://hl7.org/fhir/StructureDefinition/{kind}")
    assert raw is not None
    element = lower(raw).root.members[name]
    element.min_value = TypedValue(*least) if least else None
    element.max_value = TypedValue(*greatest) if greatest else None
    return element
