"""What the scans of NHS numbers and of restricted patients find: each fault, and what is like it and is none."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from checker.checks.nhs_number_status import ENGLAND, EXTENSION
from checker.checks.number_shown import shown_numbers
from checker.fhir.confidentiality import SYSTEM as CONFIDENTIALITY
from checker.fhir.confidentiality import level, restricted_ids
from tests.scans.samples import GOOD, LOCAL, OTHER, nhs, patient, status
from tests.scans.test_records_of_the_uk import told

GROUPED = f"{GOOD[:3]} {GOOD[3:6]} {GOOD[6:]}"
RESTRICTED = {"meta": {"security": [{"system": CONFIDENTIALITY, "code": "R"}]}}
HOSPITAL = {"system": LOCAL, "value": "H1"}
Resource = dict[str, Any]


def narrative(text: str) -> Resource:
    return patient("a", text={"status": "generated", "div": f"<div>{text}</div>"})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"NHS number {GROUPED}", [True]),
        (f"NHS Number: {GOOD}", [False]),
        (f"<td>NHS no.</td>\n<td>{GOOD}</td>", [False]),
        (f"<b>NHS number</b><span>{GOOD[:3]}</span><span>{GOOD[3:6]}</span><span>{GOOD[6:]}</span>", [True]),
        (f"NHS&nbsp;number&#160;{GROUPED.replace(' ', '&nbsp;')}", [True]),
        (f"NHS number {GROUPED.replace(' ', '-')}", [True]),
        (f"NHS number {GROUPED[:7]}{GROUPED[8:]}", [False]),
        (f"Order {GOOD}", []),
        ("NHS number 9990000019", []),
        (f"NHS number 12345{GOOD}", []),
        (f"NHS number {GROUPED}; order {OTHER}", [True]),
        (f"NHS number (your NHS number is {GOOD})", [False]),
        ("<!-- <style " * 10_000 + f"NHS number {GOOD}", [False]),
        (f"NHS trust of {'x' * 100} number {GOOD}", []),
    ],
)
def test_a_number_near_its_label_is_grouped_or_not(text: str, found: list[bool]) -> None:
    assert list(shown_numbers(text)) == found


def test_narratives_and_attachments_are_read() -> None:
    data = base64.b64encode(f"NHS number: {GOOD}".encode()).decode()
    letter = {
        "resourceType": "DocumentReference",
        "id": "d",
        "content": [{"attachment": {"contentType": "text/html", "data": data}}],
    }
    image = {"resourceType": "Binary", "id": "b", "contentType": "image/png", "data": data}
    broken = {"resourceType": "Binary", "id": "b", "contentType": "text/plain; charset=utf-8", "data": "%%%a"}
    plain = {"resourceType": "Binary", "id": "b", "contentType": "text/plain; charset=utf-8", "data": data}
    check = "nhs-number.shown-in-groups"
    assert told(check, narrative(f"NHS number {GOOD}")) == (1, ["/text/div"])
    assert told(check, letter) == (1, ["/content/0/attachment"])
    assert told(check, image, broken) == (0, [])
    assert told(check, plain)[0] == 1


@pytest.mark.parametrize("number", ["0101700001", "3112999999", "3200000010", "3999999999"])
def test_numbers_of_other_nations_belong_under_another_system(number: str) -> None:
    assert told("nhs-number.in-its-range", patient("a", nhs(number))) == (1, ["/identifier/0"])
    assert told("nhs-number.in-its-range", patient("a", {"system": LOCAL, "value": number})) == (0, [])


@pytest.mark.parametrize(("number", "examined"), [(GOOD, 1), ("4000000000", 1), ("5000000000", 0), ("3113000000", 0)])
def test_other_numbers_are_in_order_or_not_known(number: str, examined: int) -> None:
    assert told("nhs-number.in-its-range", patient("a", nhs(number))) == (examined, [])


@pytest.mark.parametrize(
    ("identifier", "examined", "places"),
    [
        (nhs(extension=status("01")), 1, []),
        (nhs(extension=status("99")), 1, []),
        (nhs(), 1, ["/identifier/0"]),
        (nhs(extension=[{"url": EXTENSION, "valueCodeableConcept": {"text": "Verified"}}]), 1, ["/identifier/0"]),
        (
            nhs(extension=[{"url": EXTENSION, "valueCodeableConcept": {"coding": [{"code": "01"}]}}]),
            1,
            ["/identifier/0"],
        ),
        (
            nhs(
                extension=[
                    {
                        "url": EXTENSION,
                        "valueCodeableConcept": {
                            "coding": [{"system": ENGLAND.replace("England", "Wales"), "code": "01"}]
                        },
                    }
                ]
            ),
            1,
            [],
        ),
        (nhs(use="old"), 0, []),
        (nhs(None, extension=status("07")), 0, []),
        (HOSPITAL, 0, []),
        (nhs(extension="x"), 1, ["/identifier/0"]),
        (nhs(extension=[{"url": EXTENSION, "valueCodeableConcept": {"coding": "x"}}]), 1, ["/identifier/0"]),
    ],
)
def test_a_number_comes_with_its_status(identifier: Resource, examined: int, places: list[str]) -> None:
    assert told("nhs-number.status-given", patient("a", identifier)) == (examined, places)


KNOWN = patient("a", nhs(), HOSPITAL, meta={"lastUpdated": "2026-02-01T00:00:00Z"})


@pytest.mark.parametrize(
    ("other", "findings"),
    [
        (patient("x", HOSPITAL), 1),
        (patient("a"), 1),
        (patient("a", meta={"lastUpdated": "2026-03-01T01:00:00+01:00"}), 1),
        (patient("a", meta={"lastUpdated": "2026-01-31T23:59:00+00:00"}), 0),
        (patient("x", nhs(), HOSPITAL), 0),
        (patient("x", {"system": LOCAL, "value": "H2"}), 0),
        (patient("x", nhs(None, extension=status("07"))), 0),
        (patient("x", {"system": LOCAL, "value": "H1", "use": "old"}), 0),
    ],
)
def test_a_number_that_is_known_is_carried(other: Resource, findings: int) -> None:
    found = told("nhs-number.carried-when-known", KNOWN, other)
    assert len(found[1]) == findings
    assert found[0] >= 1


def test_a_number_is_used_where_there_are_patients() -> None:
    assert told("nhs-number.used", patient("a", nhs()), patient("b", HOSPITAL)) == (2, [])
    assert told("nhs-number.used", patient("a", HOSPITAL), patient("b", nhs(None))) == (2, ["", ""])
    assert told("nhs-number.used", {"resourceType": "Organization", "id": "o"}) == (0, [])


@pytest.mark.parametrize(
    ("identifier", "examined", "places"),
    [
        (nhs(), 1, []),
        ({"system": "http://fhir.nhs.uk/Id/nhs-number", "value": GOOD}, 1, ["/identifier/0/system"]),
        ({"system": "https://fhir.nhs.net/Id/nhs-number", "value": GOOD}, 1, ["/identifier/0/system"]),
        ({"system": "urn:oid:2.16.840.1.113883.2.1.4.1", "value": GOOD}, 1, ["/identifier/0/system"]),
        ({"type": {"text": "NHS Number"}, "system": LOCAL, "value": GOOD}, 1, ["/identifier/0"]),
        ({"type": {"coding": [{"display": "NHS number"}]}, "value": GOOD}, 1, ["/identifier/0"]),
        ({"type": {"text": "Old NHS number of the mother"}, "system": LOCAL, "value": "1"}, 0, []),
        ({"type": "NHS number", "system": 7, "value": GOOD}, 0, []),
        ({"system": LOCAL, "value": GOOD}, 0, []),
    ],
)
def test_a_number_has_one_system(identifier: Resource, examined: int, places: list[str]) -> None:
    assert told("nhs-number.system", patient("a", identifier)) == (examined, places)


@pytest.mark.parametrize(
    ("element", "findings"),
    [
        ({"subject": {"reference": f"Patient?identifier=x%7C{GOOD}"}}, 1),
        ({"subject": {"reference": f"https://x.example/fhir/Patient?identifier=x%7C{GOOD}"}}, 1),
        ({"subject": {"reference": f"https://x.example/Patient/{GOOD}"}}, 1),
        ({"subject": {"reference": f"Patient/{GOOD}"}}, 0),
        ({"subject": {"reference": "https://x.example/Patient/9990000026"}}, 0),
        ({"extension": [{"url": f"https://x.example/{GOOD}"}]}, 1),
        ({"subject": {"reference": f"https://x.example/Patient/1{GOOD}"}}, 0),
        ({"subject": {"reference": 7}}, 0),
    ],
)
def test_no_reference_holds_a_number(element: Resource, findings: int) -> None:
    found = told("nhs-number.not-in-names", patient("a", nhs()), {"resourceType": "Encounter", "id": "e", **element})
    assert (found[0], len(found[1])) == (1, findings)


def test_no_attachment_is_named_by_a_number() -> None:
    letter = {"resourceType": "DocumentReference", "id": "d", "content": [{"attachment": {"title": f"{GOOD}.pdf"}}]}
    assert told("nhs-number.not-in-names", patient("a", nhs()), letter, where="file-names") == (
        1,
        ["/content/0/attachment/title"],
    )
    assert told("nhs-number.not-in-names", patient("a", nhs(OTHER)), letter, where="file-names") == (1, [])


@pytest.mark.parametrize(
    ("member", "places"),
    [
        ({}, []),
        ({"address": [{"postalCode": "ZZ1 9ZZ"}]}, ["/address/0"]),
        ({"address": [{"use": "home"}]}, []),
        ({"address": [{"extension": [{"url": "x"}]}]}, []),
        ({"telecom": [{"system": "phone", "value": "01632 960001"}]}, ["/telecom/0"]),
        ({"generalPractitioner": [{"reference": "Practitioner/p"}]}, ["/generalPractitioner/0"]),
        ({"contact": [{"name": {"family": "Kin"}}]}, []),
        ({"contact": [{"telecom": [{"value": "1"}]}]}, ["/contact/0"]),
        ({"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"}]}, ["/extension/0"]),
        (
            {"extension": [{"url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NominatedPharmacy"}]},
            ["/extension/0"],
        ),
        ({"extension": [{"url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory"}]}, []),
        ({"contained": [{"resourceType": "Organization", "address": [{"city": "X"}]}]}, ["/contained/0"]),
        ({"contained": [{"resourceType": "Organization", "name": "X"}]}, []),
        ({"address": "x", "telecom": 7, "contained": [1], "extension": {"url": 1}}, []),
    ],
)
def test_nothing_tells_where_a_restricted_patient_is(member: Resource, places: list[str]) -> None:
    assert told("restricted.no-location", patient("a", **RESTRICTED, **member)) == (1, places)
    assert told("restricted.no-location", patient("a", **member)) == (0, [])


@pytest.mark.parametrize(
    ("code", "system", "examined"),
    [
        ("R", CONFIDENTIALITY, 1),
        ("V", CONFIDENTIALITY, 1),
        ("N", CONFIDENTIALITY, 0),
        ("R", "http://hl7.org/fhir/v3/Confidentiality", 1),
        ("R", "https://supplier.example/labels", 0),
    ],
)
def test_who_is_restricted_is_said_by_the_label(code: str, system: str, examined: int) -> None:
    labelled = patient("a", meta={"security": [{"system": system, "code": code}]})
    assert told("restricted.no-location", labelled)[0] == examined


def relative(id: str, reference: Any, **more: Any) -> Resource:
    return {"resourceType": "RelatedPerson", "id": id, "patient": {"reference": reference}, **more}


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (relative("r", "Patient/a", telecom=[{"value": "1"}]), (1, [""])),
        (relative("r", "https://x.example/fhir/Patient/a/_history/2", address=[{"city": "X"}]), (1, [""])),
        (relative("r", "Patient/a"), (1, [])),
        (relative("r", "Patient/b", telecom=[{"value": "1"}]), (0, [])),
        (relative("r", 7, telecom=[{"value": "1"}]), (0, [])),
    ],
)
def test_related_people_of_a_restricted_patient_are_nowhere(other: Resource, expected: tuple[int, list[str]]) -> None:
    assert told("restricted.relations", patient("a", **RESTRICTED), patient("b"), other) == expected


def test_labels_are_of_the_published_set() -> None:
    def labelled(*labels: Resource) -> Resource:
        return patient("a", meta={"security": list(labels)})

    check = "labels.exported"
    assert told(check, labelled({"system": CONFIDENTIALITY, "code": "N"})) == (1, [])
    assert told(check, labelled({"system": CONFIDENTIALITY, "code": "SECRET"})) == (1, ["/meta/security/0"])
    assert told(check, labelled({"code": "R"})) == (1, ["/meta/security/0"])
    assert told(check, labelled({"system": LOCAL, "code": "SECRET"}, {"code": "x"})) == (0, [])


def test_codes_of_the_list_are_withheld() -> None:
    coded = {"resourceType": "Condition", "id": "c", "code": {"coding": [{"system": "s", "code": "1"}]}}
    assert told("codes.withheld", coded, codes=["r|1", "s|1"]) == (1, ["/code/coding/0"])
    assert told("codes.withheld", coded, codes=["s|2"]) == (1, [])
    assert told("codes.withheld", coded) == (0, [])


def test_the_strictest_label_counts() -> None:
    both = {"meta": {"security": [{"system": CONFIDENTIALITY, "code": code} for code in ("N", "R", "ETH")]}}
    assert level(both) == 4
    assert level({"meta": {"security": "x"}}) is None
    assert level("x") is None


def test_who_answers_for_somebody_else_is_not_taken_for_them() -> None:
    one = patient("a", **RESTRICTED)
    assert restricted_ids([(one, "https://x/Patient/a")]) == ("a",)
    assert restricted_ids([(one, "https://x/Patient/b")]) == ()
    page = {"resourceType": "Bundle", "entry": [{"resource": one}, {"resource": patient("b")}]}
    assert restricted_ids([(page, "https://x/Patient")]) == ("a",)
