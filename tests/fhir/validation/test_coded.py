from __future__ import annotations

from typing import Any

import pytest

from checker.fhir.definitions.ir import Binding
from checker.fhir.validation.coded import RULES_BY_KIND, coded_values
from checker.fhir.validation.corrections import corrected_strength
from tests.fhir.validation.stating import errors, judged

CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def observation(**members: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, **members}


def test_a_code_is_looked_up_once_in_its_system_whatever_binds_it() -> None:
    wrong = observation(category=[{"coding": [{"system": CATEGORY, "code": "nonsense"}]}])
    found = [(one.rule, one.path, one.severity) for one in judged(wrong).issues if one.rule.startswith("coding-")]
    assert ("coding-unknown", "Observation.category[0].coding[0].code", "error") in found
    assert len([one for one in found if one[0] == "coding-unknown"]) == 1
    assert errors(observation(category=[{"coding": [{"system": CATEGORY, "code": "laboratory"}]}])) == []


def test_a_display_that_differs() -> None:
    wrong = {"system": CATEGORY, "code": "laboratory", "display": "Vital Signs"}
    assert errors(observation(category=[{"coding": [wrong]}])) == [
        ("coding-display", "Observation.category[0].coding[0].display")
    ]


def test_what_is_not_held_is_not_verified() -> None:
    snomed = {"system": "http://snomed.info/sct", "code": "364075005"}
    result = judged(observation(code={"coding": [snomed]}))
    assert result.valid
    assert "http://snomed.info/sct" in [one.subject for one in result.not_verified if one.kind == "terminology"]


def test_a_required_binding_of_the_base() -> None:
    assert errors(observation(status="done")) == [("coding-not-in-value-set", "Observation.status")]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("code", "a", [(None, "a", True)]),
        ("Coding", {"system": "s", "code": "a"}, [("s", "a", False)]),
        ("CodeableConcept", {"coding": [{"code": "a"}, {"display": "x"}, 1]}, [(None, "a", False)]),
        ("CodeableConcept", {"text": "x"}, []),
        ("Quantity", {"value": 1, "system": "s", "code": "g"}, [("s", "g", False)]),
        ("Quantity", 5, []),
    ],
)
def test_the_codes_of_a_value(kind: str, value: Any, expected: list[Any]) -> None:
    assert list(coded_values(value, kind)) == expected


def test_the_unit_of_a_vital_sign_component_is_extensible() -> None:
    bound = Binding("required", "http://hl7.org/fhir/ValueSet/ucum-vitals-common|4.0.1")
    assert corrected_strength("Observation.component.value[x]", bound) == "extensible"
    assert corrected_strength("Observation.value[x]", bound) == "required"


def test_every_kind_of_finding_has_a_rule() -> None:
    from typing import get_args

    from checker.fhir.terminology.findings import Kind

    assert set(get_args(Kind)) <= set(RULES_BY_KIND)
