"""The published value sets of R4 core and UK Core, and the official examples by them."""

from __future__ import annotations

import pytest

from checker.fhir.terminology.binding import judge
from tests.fhir.published import needs_core
from tests.fhir.terminology.vocabulary import UKCORE, VS, published

pytestmark = needs_core

UK = "https://fhir.hl7.org.uk/ValueSet/UKCore-"
UKS = "https://fhir.hl7.org.uk/CodeSystem/UKCore-"
needs_uk_core = pytest.mark.skipif(not UKCORE, reason="the UK Core package is not here")


@pytest.mark.parametrize(
    ("value_set", "inside", "outside"),
    [
        ("administrative-gender|4.0.1", ["male", "unknown"], ["m", "Male", ""]),
        ("all-languages", ["en-GB", "cy", "zh-Hans"], ["en_GB", "english"]),
        ("languages", ["en-GB", "de"], ["cy", "tlh"]),
        ("mimetypes", ["application/pdf", "text/plain; charset=utf-8"], ["pdf", "[x]"]),
        ("currencies", ["GBP", "EUR"], ["gbp", "PND"]),
        ("timezones", ["Europe/London", "UTC"], ["London"]),
        ("iso3166-1-2", ["GB"], ["GBR", "UK"]),
        ("iso3166-1-3", ["GBR"], ["GB"]),
        ("iso3166-1-N", ["826"], ["GB"]),
        ("ucum-units", ["mm[Hg]", "{score}"], ["mmHg"]),
        ("all-time-units", ["mo", "ms", "h"], ["kg", "hour"]),
        ("all-distance-units", ["km", "[mi_i]"], ["kg"]),
        ("age-units", ["a", "mo"], ["m"]),
        ("resource-types", ["Patient"], ["patient", "Patients"]),
        ("v3-ActEncounterCode", [], []),
    ],
)
def test_bare_codes_of_r4_core(value_set: str, inside: list[str], outside: list[str]) -> None:
    for code in inside:
        assert published().validate(VS + value_set, None, code, code_only=True).outcome == "in", code
    for code in outside:
        assert published().validate(VS + value_set, None, code, code_only=True).outcome == "not-in", code


def test_most_value_sets_of_r4_core_can_be_listed() -> None:
    gender = published().codes(VS + "administrative-gender")
    assert gender == frozenset({"male", "female", "other", "unknown"})
    assert len(published().codes(VS + "currencies") or ()) > 150
    assert published().codes(VS + "condition-code") is None
    assert published().codes(VS + "mimetypes") is None
    encounter = published().codes("http://terminology.hl7.org/ValueSet/v3-ActEncounterCode")
    assert encounter is not None
    assert "AMB" in encounter
    assert "_ActEncounterCode" not in encounter


def test_snomed_and_loinc_are_unknown_in_r4_core() -> None:
    for value_set, system, code in (
        ("condition-code", "http://snomed.info/sct", "73211009"),
        ("observation-codes", "http://loinc.org", "8480-6"),
        ("report-codes", "http://loinc.org", "11502-2"),
    ):
        assert published().validate(VS + value_set, system, code).outcome == "unknown"
    assert published().validate(VS + "condition-code", "http://loinc.org", "8480-6").outcome == "not-in"


def test_displays_of_hl7_tables() -> None:
    table = "http://terminology.hl7.org/CodeSystem/v2-0203"
    assert published().validate(VS + "identifier-type", table, "PRN", "Provider number").display_ok is True
    wrong = published().validate(VS + "identifier-type", table, "PRN", "Provider identifier")
    assert (wrong.outcome, wrong.display_ok, wrong.display_right[0]) == ("in", False, "Provider number")


@needs_uk_core
def test_value_sets_of_uk_core() -> None:
    england = UKS + "AdmissionMethodEngland"
    assert published().validate(UK + "AdmissionMethod", england, "11").outcome == "in"
    bad = {"coding": [{"system": england, "code": "ZZ"}]}
    judged = judge(published(), "CodeableConcept", bad, strength="preferred", value_set=UK + "AdmissionMethod")
    assert [(one.kind, one.severity, one.path) for one in judged.findings] == [
        ("unknown-code", "error", "coding[0].code"),
        ("not-in-value-set", "information", ""),
    ]
    snomed = "http://snomed.info/sct"
    assert published().validate(UK + "InspiredOxygen", snomed, "722742002").outcome == "in"
    assert published().validate(UK + "InspiredOxygen", snomed, "73211009").outcome == "not-in"
    assert published().validate(UK + "MedicationCode", "https://dmd.nhs.uk", "1").outcome == "unknown"
    assert published().validate(UK + "PersonRelationshipType", VS, "x").outcome == "not-in"
