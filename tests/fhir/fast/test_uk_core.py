"""The fast tier over resources that claim UK Core, as exports hold them: all of the healthy ones pass."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

import pytest

from checker.fhir import Validator
from checker.fhir.fast import FastTier
from checker.fhir.fast.clean import Clean, Dirty
from tests.fhir.fast.differential import LENIENT, difference, exported

_OTHER = "Observation-VitalSigns-BodyWeight"


@cache
def explaining() -> Validator:
    return Validator(options=LENIENT, fast=False)


@cache
def tier() -> FastTier:
    one = explaining()
    return FastTier(one.definitions, one.terminology, one.options)


def one_of(name: str) -> dict[str, Any]:
    """A generated resource that claims the StructureDefinition."""
    return copy.deepcopy(next(one for one in exported() if one["meta"]["profile"][0].endswith(f"/UKCore-{name}")))


def passes(resource: dict[str, Any]) -> bool:
    """Whether the fast tier lets it pass; what it says then has to be what the explaining tier says."""
    data = json.dumps(resource).encode()
    try:
        clean: Clean = tier().judge(data)
    except Dirty:
        return False
    assert difference(clean, explaining().validate(data)) == ""
    return True


def test_all_of_a_healthy_export_passes_and_all_that_is_said_is_what_the_explaining_tier_says() -> None:
    each = exported()[::3]
    assert [one["id"] for one in each if not passes(one)] == []


@pytest.mark.parametrize(
    ("moment", "good"),
    [
        ("2024-03-01T09:30:00Z", True),
        ("2024-03-01T09:30:00+01:00", True),
        ("2024-03-01", True),
        ("2024-03", False),
        ("2024", False),
    ],
)
def test_the_time_of_a_vital_sign_is_known_to_the_day(moment: str, good: bool) -> None:
    for _ in range(2):  # the second time it is remembered
        assert passes({**one_of(_OTHER), "effectiveDateTime": moment}) is good


def test_slices_that_nothing_tells_apart_are_a_fault_of_the_definition_and_not_of_the_resource() -> None:
    resource = one_of("Observation-Lab")
    assert passes(resource)
    (problem,) = tier().judge(json.dumps(resource).encode()).definition_problems
    assert "nothing tells the slices" in problem.message


def test_an_extension_passes_on_the_element_that_its_context_names_and_nowhere_else() -> None:
    patient = one_of("Patient")
    status = next(one["extension"] for one in patient["identifier"] if "extension" in one)
    assert passes(patient)
    practitioner = one_of("Practitioner")
    assert passes(practitioner)
    practitioner["identifier"][0]["extension"] = status
    assert not passes(practitioner)


def test_a_concept_that_was_met_before_is_not_taken_for_one_that_only_looks_like_it() -> None:
    resource = one_of(_OTHER)
    codings = resource["code"]["coding"]
    for flag, good in ((True, True), (1, False), (True, True), ("true", False)):
        codings[0]["userSelected"] = flag
        assert passes(resource) is good


def test_items_of_slices_are_told_apart_by_all_of_their_codings() -> None:
    resource = one_of("Observation-VitalSigns-BloodPressure")
    assert passes(resource)
    first, second = resource["component"]
    resource["component"] = [first, {**second, "code": first["code"]}]
    assert not passes(resource)
    resource["component"] = [{**first, "code": {**first["code"], "coding": first["code"]["coding"][:1]}}, second]
    passes(resource)
