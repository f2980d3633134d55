"""Nothing examined is never a pass: what each row on records says where nothing of what it speaks of is there.

Of the UK Core profile two tables: an export as bare as valid resources can be, with exactly the rows that may pass over
it; and for every row an export that comes near to what it speaks of and holds none of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest

from checker.catalogue.link import fits
from checker.checks.fhir_conforms import About, Conforms, ConformsParams
from checker.errors import ProfileFault
from checker.model.supplier import Supplier
from checker.model.terms import Outcome
from checker.model.verdict import Verdict
from tests.conformance.uk_core import PROFILE, conforming, rows, verdicts
from tests.engine.scripted import CAPABILITIES, Scripted, json_reply, verdict_of

Resource = dict[str, Any]
UK = "https://fhir.hl7.org.uk/StructureDefinition/"
NHS = "https://fhir.nhs.uk/Id/"
SCT, LOINC = "http://snomed.info/sct", "http://loinc.org"
TEXT = {"text": "something"}
SOMEBODY = {"reference": "Patient/elsewhere"}


def made(kind: str, **more: Any) -> Resource:
    return {"resourceType": kind, "id": "x", **more}


def identified(system: str, kind: str = "Patient", **more: Any) -> Resource:
    return made(kind, identifier=[{"system": system, **more}])


def coded(*codings: Resource, **more: Any) -> Resource:
    return made("Condition", code={"coding": list(codings)}, subject=SOMEBODY, **more)


def observed(name: str, *codings: Resource, **more: Any) -> Resource:
    """An observation that claims a StructureDefinition."""
    claim = {"profile": [f"{UK}UKCore-Observation{name}"]}
    return made("Observation", meta=claim, status="final", code={"coding": list(codings)}, **more)


def extended(url: str, kind: str = "Patient", **more: Any) -> Resource:
    return made(kind, extension=[{"url": url, **more}])


COLOUR = "https://supplier.example/StructureDefinition/bed-colour"
ORGANISATION = made("Organization", name="Sedge Bank Surgery")
HEART_RATE = ({"system": LOINC, "code": "8867-4"}, {"system": SCT, "code": "364075005"})
PRESSURE = ({"system": LOINC, "code": "85354-9"}, {"system": SCT, "code": "75367002"})
MEDICINE = {"status": "active", "medicationReference": {"reference": "Medication/elsewhere"}, "subject": SOMEBODY}
ANY = "any resource"

SORT = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/basic-resource-type", "code": "account"}]}
BARE = [made("Patient"), ORGANISATION, made("Basic", code=SORT)]
OF_THE_BARE = {
    "UKCORE-GEN-001": ("pass", "a type and its elements are of R4, however few they are"),
    "UKCORE-GEN-002": ("pass", "UK Core has StructureDefinitions of patients and organisations"),
    "UKCORE-ORG-001": ("pass", "an organisation with a name is one to be held against UK Core's"),
}
"""Row → what it says of the bare export, and why. Of all others: inconclusive."""

NEAR: dict[str, tuple[str, list[Resource]]] = {
    "UKCORE-GEN-001": (ANY, []),
    "UKCORE-GEN-002": ("UK Core has no Basic, and this one claims nothing", [made("Basic", code=TEXT)]),
    "UKCORE-GEN-003": ("no extension", [made("Patient", active=True), ORGANISATION]),
    "UKCORE-GEN-004": ("a claim to something else", [made("Patient", meta={"profile": [COLOUR]})]),
    "UKCORE-GEN-006": ("no extension", [made("Patient", active=True), ORGANISATION]),
    "UKCORE-MS-001": ("UK Core has no Basic", [made("Basic", code=TEXT)]),
    "UKCORE-MS-002": ("neither text nor date", [made("Patient", active=True, gender="unknown")]),
    "UKCORE-ID-001": ("another number, and none", [identified(COLOUR, value="1"), identified(f"{NHS}nhs-number")]),
    "UKCORE-ID-002": ("another number", [identified("https://supplier.example/Id/hospital", value="1")]),
    "UKCORE-ID-003": ("a system without a number", [identified(f"{NHS}nhs-number")]),
    "UKCORE-ID-004": ("a site", [identified(f"{NHS}ods-site-code", "Location", value="ZZ90101")]),
    "UKCORE-ID-005": ("an organisation", [identified(f"{NHS}ods-organization-code", "Organization", value="ZZ901")]),
    "UKCORE-ID-006": ("staff number", [identified("https://supplier.example/Id/staff", "Practitioner", value="1")]),
    "UKCORE-ID-007": ("staff number", [identified("https://supplier.example/Id/staff", "Practitioner", value="1")]),
    "UKCORE-ID-008": ("no other than the NHS number", [identified(f"{NHS}nhs-number", value="9990000018")]),
    "UKCORE-ID-009": ("systems without a number", [identified(f"{NHS}hsc-number"), identified(f"{NHS}nhs-number")]),
    "UKCORE-TERM-001": ("no code", [coded({"system": SCT, "display": "Asthma"}), coded(HEART_RATE[0])]),
    "UKCORE-TERM-002": ("LOINC", [coded({**HEART_RATE[0], "version": "2.77"})]),
    "UKCORE-TERM-003": ("no description", [coded(HEART_RATE[1])]),
    "UKCORE-TERM-005": ("no Read code", [coded(HEART_RATE[1]), coded({"system": "http://read.info/readv2"})]),
    "UKCORE-TERM-006": ("one coding", [coded(HEART_RATE[1])]),
    "UKCORE-TERM-007": ("no code for what lost its own", [coded(HEART_RATE[1])]),
    "UKCORE-TERM-008": ("a reference to a medicine", [made("MedicationStatement", **MEDICINE)]),
    "UKCORE-TERM-009": ("no code", [coded({"system": "http://hl7.org/fhir/sid/icd-10", "display": "Asthma"})]),
    "UKCORE-TERM-010": ("no vital sign", [observed("", HEART_RATE[1])]),
    "UKCORE-TERM-011": (
        "a priority, and a dose in words alone",
        [
            made("MedicationRequest", priority="routine", intent="order", **MEDICINE),
            made("MedicationStatement", dosage=[{"text": "One a day"}], **MEDICINE),
        ],
    ),
    "UKCORE-DT-001": ("no contact point", [made("Patient", active=True), ORGANISATION]),
    "UKCORE-DT-002": ("the name of an organisation", [ORGANISATION]),
    "UKCORE-DT-003": ("no address", [made("Patient", active=True), ORGANISATION]),
    "UKCORE-SLICE-001": (
        "a blood pressure without components, and a component of something else",
        [observed("-VitalSigns-BloodPressure", *PRESSURE), observed("-VitalSigns-HeartRate", component=[{"code": {}}])],
    ),
    "UKCORE-INV-001": (
        "one that was done",
        [made("Immunization", status="completed", vaccineCode=TEXT, patient=SOMEBODY, occurrenceDateTime="2025-01-01")],
    ),
    "UKCORE-INV-002": ("no vital sign", [observed("", HEART_RATE[1])]),
    "UKCORE-INV-003": (
        "no media; and a laboratory report, of which UK Core does not ask it",
        [
            made("DiagnosticReport", status="final", code=TEXT),
            made(
                "DiagnosticReport",
                meta={"profile": [f"{UK}UKCore-DiagnosticReport-Lab"]},
                media=[{"link": {"reference": "Media/elsewhere"}}],
            ),
        ],
    ),
    "UKCORE-INV-004": ("nobody who took it", [made("Specimen", collection={"collectedDateTime": "2025-01-01"})]),
    "UKCORE-INV-005": (
        "neither a laboratory's report nor its result",
        [made("DiagnosticReport", status="final", code=TEXT), made("Observation", status="final", code=TEXT)],
    ),
    "UKCORE-BUN-001": (
        "references to elsewhere, and to what UK Core has no definition of",
        [made("Encounter", subject=SOMEBODY), made("Basic", code=TEXT, subject={"reference": "Basic/x"})],
    ),
    "UKCORE-PAT-001": ("no patient", [ORGANISATION]),
    "UKCORE-PAT-002": ("extensions and contacts", [extended(COLOUR, valueCode="teal")]),
    "UKCORE-PAT-003": (
        "a contact without a relationship, and extensions",
        [made("Patient", contact=[{"name": {"text": "Piers"}}]), extended(COLOUR, valueCode="teal")],
    ),
    "UKCORE-PAT-004": ("another extension", [extended(f"{UK}Extension-UKCore-BirthSex", valueCodeableConcept=TEXT)]),
    "UKCORE-PRA-001": ("no practitioner", [made("Patient", active=True)]),
    "UKCORE-ORG-001": ("neither organisation nor location", [made("Patient", active=True)]),
    "UKCORE-ALL-001": ("no allergy", [coded(HEART_RATE[1])]),
    "UKCORE-CON-001": ("no condition", [made("Encounter", status="finished")]),
    "UKCORE-MED-001": ("a statement", [made("MedicationStatement", **MEDICINE)]),
    "UKCORE-MED-002": ("a request", [made("MedicationRequest", intent="order", **MEDICINE)]),
    "UKCORE-MED-003": ("a request", [made("MedicationRequest", intent="order", **MEDICINE)]),
    "UKCORE-OBS-001": ("no vital sign", [observed("", HEART_RATE[1])]),
    "UKCORE-OBS-002": ("a blood pressure without values", [observed("-VitalSigns-BloodPressure", *PRESSURE)]),
    "UKCORE-OBS-003": ("neither score nor survey", [observed("", HEART_RATE[1])]),
    "UKCORE-LAB-001": ("another report", [made("DiagnosticReport", status="final", code=TEXT)]),
    "UKCORE-DOC-001": ("no document", [made("Encounter", status="finished")]),
    "UKCORE-ENC-001": ("a document", [made("DocumentReference", status="current", content=[{"attachment": {}}])]),
}
"""Row that looks at records → why the export holds nothing that it speaks of, and the export."""


def found(resources: Iterable[Resource], of: str = PROFILE) -> dict[str, Verdict]:
    return verdicts({"records.ndjson": [json.dumps(one).encode() for one in resources]}, of)


@cache
def of_the_bare() -> dict[str, Verdict]:
    """Measured once for each worker."""
    return found(BARE)


def test_exactly_these_rows_pass_over_the_bare_export() -> None:
    told = of_the_bare()
    assert {name: told[name].outcome.value for name in OF_THE_BARE} == {n: says for n, (says, _) in OF_THE_BARE.items()}
    others = {name: verdict.outcome for name, verdict in told.items() if name not in OF_THE_BARE}
    assert others == dict.fromkeys(others, Outcome.INCONCLUSIVE)
    assert len(told) == 53


def test_every_row_that_looks_at_records_is_in_the_table() -> None:
    assert sorted(NEAR) == sorted(of_the_bare())


@pytest.mark.parametrize("row", sorted(NEAR))
def test_near_is_not_enough(row: str) -> None:
    why, resources = NEAR[row]
    verdict = found(resources)[row]
    assert (verdict.outcome, verdict.examined, verdict.findings) == (Outcome.INCONCLUSIVE, 0, ()), why


RELATED = made("RelatedPerson", patient={"reference": "Patient/x"}, telecom=[{"value": "01632 960001"}])
NEAR_DATA: dict[str, tuple[str, list[Resource]]] = {
    "DH-NHSNO-03": (
        "an order number, and a number that is none",
        [made("Patient", text={"div": "<div>Order 9990000018; NHS number 9990000019</div>"})],
    ),
    "DH-NHSNO-09": ("another number, and none", [identified(COLOUR, value="1"), identified(f"{NHS}nhs-number")]),
    "DH-NHSNO-11": ("an organisation", [ORGANISATION]),
    "DH-NHSNO-12": ("another number", [identified(COLOUR, value="9990000018")]),
    "DH-NHSNO-14": ("an organisation", [ORGANISATION]),
    "DH-NHSNO-15": ("another number", [identified(COLOUR, value="9990000018")]),
    "DH-NHSNO-16": ("no NHS number", [identified(COLOUR, value="1"), made("Encounter", subject=SOMEBODY)]),
    "DH-NHSNO-17": ("no NHS number", [identified(COLOUR, value="1")]),
    "DH-SENS-01": ("a patient whom nothing restricts", [made("Patient", telecom=[{"value": "01632 960001"}]), RELATED]),
    "DH-SENS-08": ("no list is declared", [coded({"system": SCT, "code": "195967001"})]),
    "DH-NHSNO-01": ("another number, and none", [identified(COLOUR, value="1"), identified(f"{NHS}nhs-number")]),
    "DH-NHSNO-02": ("another number, and none", [identified(COLOUR, value="1"), identified(f"{NHS}nhs-number")]),
    "DH-NHSNO-10": ("a number without a status", [identified(f"{NHS}nhs-number", value="9990000018")]),
    "DH-DQ-06": ("one date alone", [made("Patient", birthDate="1948-02-29"), made("Patient", deceasedDateTime="1948")]),
    "DH-DQ-10": (
        "an address elsewhere, and a number in the place of one",
        [
            made("Encounter", subject={"reference": "https://elsewhere.example/Patient/x"}),
            made("Encounter", subject={"identifier": {"system": COLOUR, "value": "1"}}),
        ],
    ),
    "DH-LEAK-03": ("no NHS number", [identified(COLOUR, value="1")]),
    "DH-AUD-08": ("nothing that a machine wrote", [ORGANISATION, made("Patient", gender="unknown")]),
    "DH-TEST-02": ("another number, and none", [identified(COLOUR, value="1"), identified(f"{NHS}nhs-number")]),
    "DH-TEST-03": ("an organisation's telephone", [made("Organization", telecom=[{"value": "01632 960001"}])]),
    "DH-TEST-01": ("no NHS number", [identified(COLOUR, value="1"), identified(f"{NHS}nhs-number", value="12")]),
}
"""The same for the rows of data-handling, and so of nhs-number."""

OF_RELEASES = ("DH-LEAK-07", "DH-LEAK-08", "DH-LEAK-09")
"""Rows about what a release must not hold: each of its records is looked through for it, and that there is no text at
all is the best that they can find."""


@pytest.mark.parametrize("row", sorted(NEAR_DATA))
def test_near_is_not_enough_for_the_handling_of_data_either(row: str) -> None:
    why, resources = NEAR_DATA[row]
    verdict = found(resources, "data-handling")[row]
    assert (verdict.outcome, verdict.examined, verdict.findings) == (Outcome.INCONCLUSIVE, 0, ()), why


def test_every_row_on_data_that_looks_at_records_is_in_the_table() -> None:
    names = {row.id for of in ("data-handling", "nhs-number") for row, _ in rows(of)}
    assert names == set(NEAR_DATA) | set(OF_RELEASES)


@pytest.mark.parametrize("row", OF_RELEASES)
def test_a_release_without_any_text_was_looked_through(row: str) -> None:
    verdict = found([made("Patient", gender="unknown"), coded(HEART_RATE[1])], "data-handling")[row]
    assert (verdict.outcome, verdict.examined) == (Outcome.PASS, 2)


def test_a_statement_without_a_type_that_uk_core_has_says_nothing_of_uk_core() -> None:
    rest = [{"mode": "server", "resource": [{"type": "Basic"}]}]
    outside = Scripted(answer=lambda ask: json_reply({**CAPABILITIES, "rest": rest}))
    assert verdict_of("capability.names-uk-core", outside).outcome is Outcome.INCONCLUSIVE


BROKEN = {
    "UKCORE-GEN-001": made("Patiant"),
    "UKCORE-GEN-002": made("Basic"),
    "UKCORE-INV-001": made("Immunization", status="not-done", patient=SOMEBODY),
    "UKCORE-PAT-002": made("Patient", communication=[{"preferred": True}]),
    "UKCORE-PAT-004": extended(f"{UK}Extension-UKCore-DeathNotificationStatus"),
    "UKCORE-MED-001": made("MedicationRequest", intent="order", **MEDICINE),
    "UKCORE-OBS-002": observed("-VitalSigns-HeartRate", *HEART_RATE),
    "UKCORE-TERM-010": observed("-VitalSigns-HeartRate"),
    "UKCORE-TERM-011": made("MedicationRequest", priority="stat", intent="order", **MEDICINE),
    "UKCORE-MS-002": made("Basic", code=TEXT, created="1900-01-01"),
}
"""Row → what breaks it, often by holding nothing of what has to be there."""


@pytest.mark.parametrize("row", sorted(BROKEN))
def test_what_breaks_a_row_counts_as_examined(row: str) -> None:
    verdict = found([BROKEN[row]])[row]
    assert (verdict.outcome, verdict.examined) == (Outcome.FAIL, 1)


def test_what_was_examined_names_the_types_that_were_there() -> None:
    assert conforming()["UKCORE-ORG-001"].why[0].startswith("resources (Location, Organization) by ")
    (said, *_) = of_the_bare()["UKCORE-ORG-001"].why
    assert said.startswith("resources (Organization; of Location there was nothing to examine) by ")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"types": ["Pateint"]}, "Pateint"),
        ({"holding": ["Patient.comunication"]}, "comunication is no element of Patient"),
        ({"holding": ["Patient.identifier.where(systm = 'x')"]}, "systm is no element of Identifier"),
        ({"holding": ["Patient.where("]}, "no FHIRPath"),
        ({"holding": ["comunication"]}, "begins with no resource type"),
        ({"holding": ["Extension-UKCore-BirthSx"]}, "Extension-UKCore-BirthSx"),
        ({"only": [{"path": ["Patient.comunication"]}]}, "comunication"),
        ({"only": [{"element": ["Patient.identifer:nhsNumber"]}]}, "identifer"),
        ({"only": [{"definition": ["Extension-UKCore-BirthSx"]}]}, "Extension-UKCore-BirthSx"),
        ({"only": [{"constraint": ["ukcore-imm-1"]}]}, "ukcore-imm-1"),
    ],
)
def test_a_row_about_what_there_is_not_is_refused_when_it_is_read(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ProfileFault, match=words.replace("(", r"\(")) as refused:
        fits(ConformsParams, given, "fhir.conforms", lambda key: f"profile.yaml:{key}")
    assert refused.value.where.startswith("profile.yaml:")


def test_a_row_about_a_slice_that_there_is_not_is_refused_before_anything_runs() -> None:
    row = ConformsParams(only=(About(element=("Patient.identifier:chiNumber",)),))
    with pytest.raises(ProfileFault, match=r"Patient\.identifier:chiNumber"):
        Conforms().bound(row, Supplier(name="Test"))


def test_a_row_about_a_rule_that_there_is_not_is_refused_before_anything_runs() -> None:
    row = ConformsParams(only=(About(rule=("json-unknown-proprety",)),))
    with pytest.raises(ProfileFault, match="json-unknown-proprety"):
        Conforms().bound(row, Supplier(name="Test"))
