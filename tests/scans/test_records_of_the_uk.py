"""What the scans of single elements find: for each fault a record that has it, and one like it that has not."""

from __future__ import annotations

from typing import Any

import pytest

from checker.cli.compose import registry
from checker.engine.scans import ScanJob, finish_scan, run_scans
from checker.model.registry import read_params
from checker.model.supplier import Limits
from checker.model.verdict import Examined, Finding
from tests.scans.samples import SALT, chunks_of, nhs, patient

SCT = "http://snomed.info/sct"
NHS, HL7 = "https://fhir.nhs.uk/Id/", "https://fhir.hl7.org.uk/Id/"
UK = "https://fhir.hl7.org.uk/StructureDefinition/"
SCTDESC = "http://hl7.org/fhir/StructureDefinition/coding-sctdescid"
TERM = f"{UK}Extension-UKCore-CodingSCTDescDisplay"
ABSENT = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}

Resource = dict[str, Any]


def told(scan: str, *resources: Resource, **params: Any) -> tuple[int, list[str]]:
    """How many were examined, and the places of all findings inside their resources."""
    known = registry().scans[scan]
    job = ScanJob(scan=known, params=read_params(known.params_type, params))
    run = run_scans([job], chunks_of(list(resources)), salt=SALT, limits=Limits())
    assert run.outcomes[0].error == ""
    said = list(finish_scan(known, job.params, [run.outcomes[0].state]))
    examined = sum(one.count for one in said if isinstance(one, Examined))
    findings = [one for one in said if isinstance(one, Finding)]
    assert all(one.message and one.expected and one.actual for one in findings)
    return examined, sorted(place.partition("#")[2] for one in findings for place in one.examples)


def condition(*codings: Resource, **more: Any) -> Resource:
    """A condition with these codings."""
    return {"resourceType": "Condition", "id": "c", "code": {"coding": list(codings), **more}}


def code(system: str, value: object, **more: Any) -> Resource:
    """A coding."""
    return {"system": system, "code": value, **more}


def identified(system: str, value: object, kind: str = "Patient") -> Resource:
    """A resource with one identifier."""
    return {"resourceType": kind, "id": "x", "identifier": [{"system": system, "value": value}]}


def about(name: str, value: Any, kind: str = "Patient") -> Resource:
    """A resource with one element."""
    return {"resourceType": kind, "id": "x", name: value}


def profiled(claim: str) -> Resource:
    """A patient that claims something."""
    return patient("p", meta={"profile": [claim]})


V, S, C = "/identifier/0/value", "/identifier/0/system", "/code/coding/0/code"
CASES: list[tuple[str, Resource, list[str] | None]] = [
    ("identifier.registered", patient("a", nhs()), []),
    ("identifier.registered", patient("a", nhs("9990000019")), [V]),
    ("identifier.registered", patient("a", nhs("999 000 0018")), [V]),
    ("identifier.registered", patient("a", nhs(9990000018)), [V]),
    ("identifier.registered", identified("HTTP://fhir.nhs.uk/Id/nhs-number/", "9990000018"), [S]),
    ("identifier.registered", identified("urn:oid:2.16.840.1.113883.2.1.4.1", "9990000018"), [S]),
    ("identifier.registered", identified("https://supplier.example/Id/nhs-number-old", "1"), None),
    ("identifier.registered", identified(f"{NHS}ods-organization-code", "ZZ901", "Organization"), []),
    ("identifier.registered", identified(f"{NHS}ods-organisation-code", "ZZ901", "Organization"), [S]),
    ("identifier.registered", identified(f"{NHS}ods-organization-code", "zz901", "Organization"), [V]),
    ("identifier.registered", identified(f"{NHS}ods-site-code", "ZZ90101", "Location"), []),
    ("identifier.registered", about("identifier", [{"system": f"{HL7}gmc-number"}], "Practitioner"), None),
    ("identifier.registered", about("identifier", [{"system": f"{NHS}sds-user-id"}], "PractitionerRole"), [S]),
    ("identifier.registered", identified(f"{HL7}gmc-number", "0000001", "Practitioner"), []),
    ("identifier.registered", identified(f"{HL7}gmc-number", "L000001", "Practitioner"), []),
    ("identifier.registered", identified(f"{HL7}gmc-number", "C0000001", "Practitioner"), [V]),
    ("identifier.registered", identified(f"{HL7}gphc-number", "1000000", "Practitioner"), [V]),
    ("identifier.registered", identified(f"{HL7}hcpc-number", "PH123456", "Practitioner"), []),
    ("identifier.registered", identified(f"{NHS}gmc-number", "0000001", "Practitioner"), [S]),
    ("identifier.registered", identified(f"{NHS}sds-user-id", "000000000001", "Practitioner"), []),
    ("identifier.registered", identified(f"{NHS}sds-user-id", "1", "Practitioner"), [V]),
    ("identifier.registered", identified(f"{NHS}sds-user-id", "000000000001", "PractitionerRole"), [S]),
    (
        "identifier.registered",
        about("performer", [{"identifier": {"system": f"{NHS}sds-role-profile-id", "value": "0" * 12}}], "Observation"),
        [],
    ),
    ("nhs-number.of-its-nation", patient("a", nhs()), []),
    ("nhs-number.of-its-nation", patient("a", nhs("0139000000")), [S]),
    ("nhs-number.of-its-nation", patient("a", nhs("3139000000")), []),
    ("nhs-number.of-its-nation", patient("a", nhs("3999990000")), [S]),
    ("nhs-number.of-its-nation", identified(f"{NHS}hsc-number", "3999990000"), []),
    ("nhs-number.of-its-nation", identified("http://fhir.nhs.uk/Id/hsc-number", "3999990000"), [S]),
    ("nhs-number.of-its-nation", identified("https://supplier.example/x", "3999990000"), None),
    ("identifier.system-form", identified("https://supplier.example/Id/x", "1"), []),
    ("identifier.system-form", identified("urn:oid:1.2.3", "1"), []),
    ("identifier.system-form", identified("hospital", "1"), [S]),
    ("identifier.system-form", identified("http://example.org/id", "1"), [S]),
    ("identifier.system-form", identified("https://example.organic.example/id", "1"), []),
    ("identifier.system-form", about("identifier", [{"value": "1"}]), None),
    ("identifier.system-form", patient("a", nhs()), None),
    ("identifier.system-form", identified("nhs-number", "9990000018"), [S]),
    ("nhs-number.of-its-nation", about("identifier", [{"system": f"{NHS}hsc-number"}]), None),
    ("coding.snomed-concept", condition(code(SCT, "73211009")), []),
    ("coding.snomed-concept", condition(code(SCT, "73211008")), [C]),
    ("coding.snomed-concept", condition(code(SCT, "301485011")), [C]),
    ("coding.snomed-concept", condition(code(SCT, 73211009)), [C]),
    ("coding.snomed-concept", condition(code(SCT, "73211009:363698007=39937001")), None),
    ("coding.snomed-concept", condition(code(f"{SCT}/", "73211009:363698007=39937001")), ["/code/coding/0/system"]),
    ("coding.snomed-concept", condition({"system": SCT, "display": "Diabetes"}), None),
    ("coding.snomed-concept", condition({"system": f"{SCT}/"}), ["/code/coding/0/system"]),
    ("coding.snomed-concept", condition(code(f"{SCT}/", "73211009")), ["/code/coding/0/system"]),
    ("coding.snomed-concept", condition(code("https://snomed.info/sct", "73211009")), ["/code/coding/0/system"]),
    ("coding.snomed-concept", condition(code("http://loinc.org", "1-8")), None),
    ("coding.snomed-no-version", condition(code(SCT, "73211009", version="2025")), ["/code/coding/0/version"]),
    ("coding.snomed-no-version", condition(code(SCT, "73211009")), []),
    (
        "coding.description-id",
        condition(code(SCT, "195967001", extension=[{"url": SCTDESC, "valueId": "301485011"}])),
        [],
    ),
    (
        "coding.description-id",
        condition(code(SCT, "195967001", extension=[{"url": SCTDESC, "valueId": "195967001"}])),
        ["/code/coding/0/extension/0"],
    ),
    (
        "coding.description-id",
        condition(code(SCT, "195967001", extension=[{"url": TERM, "valueString": "Wheezy"}])),
        ["/code/coding/0/extension/0"],
    ),
    (
        "coding.description-id",
        condition(code(SCT, "195967001", extension=[{"url": f"{UK}Extension-UKCore-CodingSCTDescId"}])),
        ["/code/coding/0/extension/0"],
    ),
    (
        "coding.description-id",
        condition(code("http://read.info/readv2", "H33..", extension=[{"url": SCTDESC, "valueId": "301485011"}])),
        ["/code/coding/0/extension"],
    ),
    ("coding.description-id", condition(code(SCT, "195967001")), None),
    ("coding.read", condition(code("http://read.info/readv2", "H33..")), []),
    ("coding.read", condition(code("http://read.info/readv2", "H33..00")), []),
    ("coding.read", condition(code("http://read.info/readctv3", "XE0YX")), []),
    ("coding.read", condition(code("http://read.info/readctv3", "XE0YX11")), [C]),
    ("coding.read", condition(code("http://read.info/readv2", "H33")), [C]),
    ("coding.read", condition(code("http://read.info/readv2", "H33…")), [C]),
    ("coding.read", condition(code("http://read.info/readv2", ".H33.")), []),
    ("coding.read", condition(code("https://read.info/readv2", "H33..")), ["/code/coding/0/system"]),
    ("coding.read", condition({"system": "http://read.info/readv2", "display": "Asthma"}), None),
    ("coding.read", condition({"system": "https://read.info/readv2"}), ["/code/coding/0/system"]),
    ("coding.user-selected", condition(code(SCT, "73211009")), None),
    ("coding.user-selected", condition(code(SCT, "73211009"), code("x", "y")), ["/code/coding"]),
    ("coding.user-selected", condition(code(SCT, "1", userSelected=True), code("x", "y")), ["/code/coding"]),
    (
        "coding.user-selected",
        condition(code(SCT, "1", userSelected=True), code("x", "y", userSelected=False)),
        [],
    ),
    (
        "coding.user-selected",
        condition(code(SCT, "1", userSelected="yes"), code("x", "y", userSelected=False)),
        ["/code/coding"],
    ),
    ("coding.degraded", condition(code(SCT, "196411000000103")), []),
    ("coding.degraded", condition(code(SCT, "196421000000109")), [C.removesuffix("/0/code")]),
    ("coding.degraded", condition(code(SCT, "73211009")), None),
    ("coding.classification", condition(code("http://hl7.org/fhir/sid/icd-10", "J45.9")), []),
    ("coding.classification", condition(code("http://hl7.org/fhir/sid/icd-10", "A80X")), []),
    ("coding.classification", condition(code("http://hl7.org/fhir/sid/icd-10", "J45")), [C]),
    ("coding.classification", condition(code("http://hl7.org/fhir/sid/icd-10", "asthma")), [C]),
    ("coding.classification", condition(code("https://fhir.hl7.org.uk/Id/opcs-4", "K63.3")), []),
    ("coding.classification", condition(code("https://fhir.hl7.org.uk/Id/opcs-4", "K63")), [C]),
    ("coding.classification", condition(code("https://supplier.example/icd", "J45")), None),
    ("coding.classification", condition({"system": "http://hl7.org/fhir/sid/icd-10", "display": "Asthma"}), None),
    ("telecom.complete", about("telecom", [{"system": "phone", "value": "01632 960001"}]), []),
    ("telecom.complete", about("telecom", [{"value": "01632 960001"}]), ["/telecom/0"]),
    ("telecom.complete", about("telecom", [{"system": "phone"}]), ["/telecom/0"]),
    ("telecom.complete", about("telecom", [{"_system": ABSENT, "value": "01632 960001"}]), []),
    ("name.structured", about("name", [{"use": "official", "family": "Pike", "given": ["Jo"]}]), []),
    ("name.structured", about("name", [{"use": "official", "text": "Jo Pike"}]), ["/name/0"]),
    ("name.structured", about("name", [{"use": "official", "family": "Pike"}]), ["/name/0"]),
    ("name.structured", about("name", [{"use": "maiden", "family": "Pike"}]), []),
    ("name.structured", about("name", [{"family": "Pike", "given": ["Jo"]}]), ["/name/0"]),
    (
        "name.structured",
        about("name", [{"use": "official", "family": "Pike", "given": ["Jo"], "text": "Dame Jo Pike"}]),
        ["/name/0/text"],
    ),
    ("name.structured", about("name", "Netherwick Infirmary", "Organization"), None),
    ("address.structured", about("address", [{"line": ["1 Bank"], "postalCode": "zz9 9zz"}]), []),
    ("address.structured", about("address", [{"text": "1 Bank"}]), ["/address/0"]),
    ("address.structured", about("address", [{"line": ["1 Bank"]}]), ["/address/0"]),
    ("address.structured", about("address", [{"line": ["1 Bank"], "postalCode": "12345"}]), ["/address/0/postalCode"]),
    ("address.structured", about("address", [{"line": ["1 Rue"], "postalCode": "12345", "country": "FRA"}]), []),
    ("address.structured", about("address", "https://supplier.example/a", "Endpoint"), None),
    ("value.no-placeholder", about("birthDate", "1900-01-01"), ["/birthDate"]),
    ("value.no-placeholder", about("birthDate", "1901-01-01"), []),
    ("value.no-placeholder", about("name", [{"family": "Unknown"}]), ["/name/0/family"]),
    ("value.no-placeholder", about("name", [{"family": "."}]), ["/name/0/family"]),
    ("value.no-placeholder", about("name", [{"family": "Nunknown"}]), []),
    ("value.no-placeholder", about("name", [{"family": "Null", "given": ["X"]}]), []),
    ("value.no-placeholder", about("name", [{"family": "n/a"}]), ["/name/0/family"]),
    ("value.no-placeholder", about("valueString", "Unknown", "Observation"), None),
    ("value.no-placeholder", about("gender", "unknown"), None),
    ("value.no-placeholder", about("active", True), None),
    ("value.no-placeholder", about("language", " "), ["/language"]),
    ("value.no-placeholder", condition(code("http://x.example", "UNK", display="unknown")), None),
    ("value.no-placeholder", condition(code("http://x.example", "UNK"), text="N/A"), ["/code/text"]),
    (
        "medicine.coded",
        about("medicationCodeableConcept", {"coding": [code(SCT, "42109611000001109")]}, "MedicationRequest"),
        [],
    ),
    (
        "medicine.coded",
        about("medicationCodeableConcept", {"text": "Paracetamol"}, "MedicationRequest"),
        ["/medicationCodeableConcept"],
    ),
    (
        "medicine.coded",
        about("code", {"coding": [code("https://dmd.nhs.uk", "42109611000001109")]}, "Medication"),
        ["/code/coding"],
    ),
    ("medicine.coded", about("medicationReference", {"reference": "Medication/1"}, "MedicationRequest"), None),
    ("dosage.in-words", about("dosageInstruction", [{"text": "One", "timing": {}}], "MedicationRequest"), []),
    ("dosage.in-words", about("dosageInstruction", [{"timing": {}}], "MedicationRequest"), ["/dosageInstruction/0"]),
    ("dosage.in-words", about("dosage", [{"route": {"text": "oral"}}], "MedicationStatement"), ["/dosage/0"]),
    ("dosage.in-words", about("dosage", {"route": {"text": "oral"}}, "MedicationAdministration"), None),
    ("dosage.in-words", about("dosageInstruction", [{"text": "One"}], "MedicationRequest"), None),
    ("dosage.in-words", about("priority", "asap", "MedicationRequest"), ["/priority"]),
    ("dosage.in-words", about("priority", "urgent", "MedicationRequest"), None),
    ("meta.profile-form", profiled(f"{UK}UKCore-Patient"), []),
    ("meta.profile-form", profiled(f"{UK}UKCore-Patient|2.6.1"), []),
    ("meta.profile-form", profiled(f"{UK}UKCore-Patient|2.5.0"), []),
    ("meta.profile-form", profiled(f"{UK}UKCore-Patient|2.0.1"), ["/meta/profile/0"]),
    ("meta.profile-form", profiled(f"{UK}UKCore-Patient|latest"), ["/meta/profile/0"]),
    ("meta.profile-form", profiled(f"{UK}UKCore-Patients"), ["/meta/profile/0"]),
    ("meta.profile-form", profiled("https://fhir.nhs.uk/R4/StructureDefinition/UKCore-Patient"), ["/meta/profile/0"]),
    ("meta.profile-form", profiled("https://simplifier.net/x/ukcore-patient"), ["/meta/profile/0"]),
    ("meta.profile-form", profiled("https://supplier.example/StructureDefinition/OurPatient"), None),
    ("extension.not-a-copy", about("extension", [{"url": "https://s.example/bed-colour"}]), []),
    ("extension.not-a-copy", about("extension", [{"url": "birthSex"}]), None),
    ("extension.not-a-copy", about("extension", [{"url": f"{UK}Extension-UKCore-BirthSex"}]), []),
    ("extension.not-a-copy", about("extension", [{"url": "https://s.example/birth-sex"}]), ["/extension/0/url"]),
    (
        "extension.not-a-copy",
        about("extension", [{"url": "https://s.example/Extension-Core-EthnicCategory-1"}]),
        [],
    ),
    (
        "extension.not-a-copy",
        about("extension", [{"url": "https://s.example/data-absent-reason"}]),
        ["/extension/0/url"],
    ),
]


@pytest.mark.parametrize(("scan", "resource", "places"), CASES, ids=[f"{n}-{one[0]}" for n, one in enumerate(CASES)])
def test_each_fault_is_found_where_it_stands(scan: str, resource: Resource, places: list[str] | None) -> None:
    """``None``: there is nothing to examine."""
    examined, found = told(scan, resource)
    assert (examined > 0) == (places is not None)
    assert found == (places or [])


def test_what_a_row_does_not_ask_about_is_not_examined() -> None:
    assert told("identifier.registered", patient("a", nhs()), kinds=["gmc"]) == (0, [])
    site = identified(f"{NHS}ods-organization-code", "ZZ901", "Location")
    assert told("identifier.registered", site, kinds=["ods-organisation"]) == (1, [])
    assert told("identifier.registered", site, kinds=["ods-site"]) == (1, [S])


def test_a_site_in_a_bundle_is_known_for_one() -> None:
    site = identified(f"{NHS}ods-organization-code", "ZZ901", "Location")
    managed = {"managingOrganization": {"identifier": {"system": f"{NHS}ods-organization-code", "value": "ZZ901"}}}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {**site, **managed}}]}
    assert told("identifier.registered", bundle, kinds=["ods-site"]) == (1, [f"/entry/0/resource{S}"])


ODD: list[Any] = [None, 7, "x", [], {}, [None], [[]], [{"coding": 3}], {"coding": [None, 4]}, True]


@pytest.mark.parametrize("value", ODD, ids=str)
def test_odd_values_break_no_scan(value: Any) -> None:
    names = ("identifier", "code", "telecom", "name", "address", "extension", "meta", "dosageInstruction", "category")
    kinds = ("Patient", "MedicationRequest", "Observation", "Nothing")
    resources = [{"resourceType": kind, "id": "x", **dict.fromkeys(names, value)} for kind in kinds]
    resources += [{"resourceType": "Patient", "id": "x", "identifier": [{"system": value, "value": value}]}]
    resources += [condition({"system": SCT, "code": value, "extension": value, "userSelected": value})]
    for name in sorted({one[0] for one in CASES} | {"fhir.conforms", "fhir.must-support", "fhir.terminology-coverage"}):
        examined, places = told(name, *resources)
        assert examined or not places, name
