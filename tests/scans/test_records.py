"""What the scans over whole records find, and what they must be quiet about."""

from __future__ import annotations

import doctest
import hashlib
import uuid
from typing import Any

import pytest

from checker.checks.counts import EXPORT_COUNTS, ExportCountsParams
from checker.checks.logical_ids import LOGICAL_ID_OPAQUE, LogicalIdParams
from checker.checks.nhs_number import check_digit
from checker.checks.nhs_number_status import ENGLAND, EXTENSION, NHS_NUMBER_STATUS, StatusParams
from checker.checks.plausibility import DATES_PLAUSIBLE, PlausibleParams
from checker.checks.references import REFERENCE_RESOLVES, ReferenceParams
from checker.checks.test_data import NUMBERS_SYNTHETIC, SyntheticParams
from checker.engine.scans import ScanJob, finish_scan, run_scans
from checker.fhir import days
from checker.model.supplier import Authority, Limits, Supplier
from checker.model.verdict import Examined, Finding
from tests.scans.samples import GOOD, LOCAL, OTHER, SALT, chunks_of, nhs, patient, status

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def said(job: ScanJob, *resources: dict[str, Any]) -> tuple[int, list[str]]:
    """How many were examined, and the places of all findings."""
    run = run_scans([job], chunks_of(list(resources)), salt=SALT, limits=Limits())
    assert run.outcomes[0].error == ""
    assert GOOD not in str(run), "no state holds a number"
    statements = list(finish_scan(job.scan, job.params, [run.outcomes[0].state]))
    assert GOOD not in str([s for s in statements if isinstance(s, Finding)]), "no finding shows one"
    examined = sum(s.count for s in statements if isinstance(s, Examined))
    return examined, [place for s in statements if isinstance(s, Finding) for place in s.examples]


ODD: list[dict[str, Any]] = [
    {"resourceType": "Patient"},
    {"resourceType": "Patient", "id": 7, "identifier": 7, "meta": 7, "birthDate": 7, "deceasedDateTime": []},
    {"resourceType": "Patient", "id": "", "identifier": [7, None, {}, {"system": []}], "meta": {"lastUpdated": {}}},
    {"resourceType": "Patient", "id": "a", "reference": {"reference": [7, {"reference": {}}]}, "extension": 7},
    patient("a", nhs(extension=[7, {"url": EXTENSION}, {"url": EXTENSION, "valueCodeableConcept": {"coding": [7]}}])),
    patient("a", nhs(_value=7, extension=status("01")), nhs({"a": 1}), nhs([])),
]


@pytest.mark.parametrize("number", range(len(ODD)))
def test_odd_records_are_never_a_fault_of_the_checker(number: int) -> None:
    for job in (STATUS, DATES, SYNTHETIC, IDS, REFERENCES, COUNTS):
        examined, places = said(job, ODD[number])
        assert examined or not places


# Verification status -------------------------------------------------------------------------

STATUS = ScanJob(scan=NHS_NUMBER_STATUS, params=StatusParams())


def with_status(code: str, value: object = GOOD, **more: Any) -> dict[str, Any]:
    identifier = nhs(value, extension=status(code))
    if value is None:
        del identifier["value"]
    return patient("a", identifier, **more)


@pytest.mark.parametrize(
    ("record", "agrees"),
    [
        *((with_status(code), True) for code in ("01", "02", "03", "04", "05", "06", "08")),
        *((with_status(code, None), True) for code in ("03", "04", "05", "06", "07", "08")),
        *((with_status(code, None), False) for code in ("01", "02")),
        (with_status("07"), False),
        (with_status("7"), False),
        (with_status("09"), False),
        (with_status("01", None, birthDate="2026-01-01"), False),
        (with_status("08", birthDate="2026-01-01", meta={"lastUpdated": "2026-02-11T09:00:00Z"}), True),
        (with_status("08", birthDate="2026-01-01", meta={"lastUpdated": "2026-02-15T09:00:00Z"}), False),
        (with_status("08", birthDate="2026", meta={"lastUpdated": "2026-12-31T09:00:00Z"}), True),
        (with_status("08", birthDate="1948-02-29", meta={"lastUpdated": "2026-12-31T09:00:00Z"}), False),
    ],
)
def test_a_status_agrees_with_its_number(record: dict[str, Any], agrees: bool) -> None:
    assert said(STATUS, record) == (1, [] if agrees else ["x.ndjson@0#/identifier/0"])


def test_a_masked_number_is_present() -> None:
    masked = {"extension": [{"url": ABSENT, "valueCode": "masked"}]}
    unknown = {"extension": [{"url": ABSENT, "valueCode": "unknown"}]}
    for why, found in ((masked, 0), (unknown, 1)):
        identifier = {"system": nhs()["system"], "extension": status("01"), "_value": why}
        assert len(said(STATUS, patient("a", identifier))[1]) == found


def test_other_lists_and_numbers_without_a_status_are_not_looked_at() -> None:
    wales = [{"url": EXTENSION, "valueCodeableConcept": {"coding": [{"system": "urn:wales", "code": "nn"}]}}]
    elsewhere = {"system": LOCAL, "value": "1", "extension": status("07")}
    bare = [{"url": EXTENSION, "valueCodeableConcept": {"coding": [{"system": ENGLAND}]}}]
    assert said(STATUS, patient("a", nhs(), nhs(extension=wales), elsewhere, nhs(extension=bare))) == (0, [])


# Dates ---------------------------------------------------------------------------------------

DATES = ScanJob(scan=DATES_PLAUSIBLE, params=PlausibleParams())


@pytest.mark.parametrize(
    ("born", "died", "changed", "element"),
    [
        ("1948-02-29", "2020-01-01", "", ""),
        ("1948-02-29", "1948-02-29", "", ""),
        ("1948-02-29", "1948-02-28", "", "deceasedDateTime"),
        ("1948-02-29", "1948-02-28T23:30:00Z", "", ""),
        ("1948-02-29", "1948-02-27T23:30:00Z", "", "deceasedDateTime"),
        ("1948-02-29", "1948", "", ""),
        ("1948-02-29", "1948-01", "", "deceasedDateTime"),
        ("1948", "1948-01-01", "", ""),
        ("1949", "1948-12-31", "", "deceasedDateTime"),
        ("1900-05-05", "2021-05-04", "", ""),
        ("1900-05-05", "2021-05-05", "", "deceasedDateTime"),
        ("1900", "2021-12-30", "", ""),
        ("2026-03-03", "", "2026-03-02T23:30:00-05:00", ""),
        ("2026-03-03", "", "2026-03-01T12:00:00Z", "birthDate"),
        ("2026", "", "2026-01-01T00:00:00Z", ""),
        ("2027", "", "2026-01-01T00:00:00Z", "birthDate"),
        ("0001-01-01", "0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z", None),
        ("not a date", "1948-02-28", "2026-01-01T00:00:00Z", None),
        ("2026-02-30", "1948-02-28", "", None),
        ("1948-02-29", "", "", None),
        ("", "1948-02-29", "2026-01-01T00:00:00Z", None),
    ],
)
def test_dates_can_be_true_together(born: str, died: str, changed: str, element: str | None) -> None:
    """``element`` None: there are no two dates to compare."""
    given = {"birthDate": born, "deceasedDateTime": died, "meta": {"lastUpdated": changed}}
    record = patient("a", **{name: value for name, value in given.items() if value})
    found = [f"x.ndjson@0#/{element}"] if element else []
    assert said(DATES, record) == (0 if element is None else 1, found)


def test_only_patients_have_these_dates() -> None:
    assert said(DATES, {"resourceType": "Person", "birthDate": "2000", "deceasedDateTime": "1999"}) == (0, [])


def test_the_examples_in_the_docstrings_of_days() -> None:
    result = doctest.testmod(days)
    assert (result.failed, result.attempted) == (0, 4)


# Test systems --------------------------------------------------------------------------------

SYNTHETIC = ScanJob(scan=NUMBERS_SYNTHETIC, params=SyntheticParams())


def issued(first: str) -> str:
    """A number that may belong to somebody, made here so that no file holds one."""
    nine = next(f"{first}{n:06d}" for n in range(100) if check_digit(f"{first}{n:06d}") < 10)
    return f"{nine}{check_digit(nine)}"


@pytest.mark.parametrize("first", ["400", "612", "799", "320", "010", "899"])
def test_a_number_that_may_be_issued_is_found(first: str) -> None:
    number = issued(first)
    for value in (number, f"{number[:3]} {number[3:6]} {number[6:]}", f"{number[:9]}{(int(number[9]) + 1) % 10}"):
        assert said(SYNTHETIC, patient("a", nhs(GOOD), nhs(value))) == (2, ["x.ndjson@0#/identifier/1"])


@pytest.mark.parametrize("value", [GOOD, "9" + "0" * 9, "9999999999", "999 000 0018", 9990000018])
def test_the_block_that_is_never_issued_is_good(value: object) -> None:
    assert said(SYNTHETIC, patient("a", nhs(value))) == (1, [])


def test_what_is_no_number_is_left_to_another_requirement() -> None:
    assert said(SYNTHETIC, patient("a", nhs("n/a"), {"system": LOCAL, "value": issued("400")})) == (0, [])


def test_ranges_of_the_supplier_file_are_taken_and_told() -> None:
    number = issued("400")
    ranges = (("4000000000", "400 000 0999"), ("nonsense", ""))
    supplier = Supplier(name="x", authority=Authority(test_number_ranges=ranges))
    params = NUMBERS_SYNTHETIC.bound(SyntheticParams(), supplier)
    assert params.declared == (("4000000000", "4000000999"),)
    assert NUMBERS_SYNTHETIC.bound(params, supplier) == params
    job = ScanJob(scan=NUMBERS_SYNTHETIC, params=params)
    run = run_scans([job], chunks_of([patient("a", nhs(number), nhs(GOOD))]), salt=SALT, limits=Limits())
    (examined,) = finish_scan(job.scan, params, [run.outcomes[0].state])
    assert isinstance(examined, Examined)
    assert examined.what.endswith("(1 in ranges that the supplier file declares synthetic)")


# Logical ids ---------------------------------------------------------------------------------

IDS = ScanJob(scan=LOGICAL_ID_OPAQUE, params=LogicalIdParams())
MD5 = hashlib.md5(GOOD.encode()).hexdigest()


@pytest.mark.parametrize(
    "id",
    [
        GOOD,
        MD5,
        MD5.upper(),
        str(uuid.UUID(MD5)),
        hashlib.sha1(GOOD.encode()).hexdigest(),
        hashlib.sha256(GOOD.encode()).hexdigest(),
    ],
)
def test_an_id_that_gives_a_number_away_is_found(id: str) -> None:
    assert said(IDS, patient(id, nhs(GOOD))) == (1, ["x.ndjson@0#/id"])
    elsewhere = {"resourceType": "Observation", "id": id}
    examined, places = said(IDS, elsewhere, patient("a", nhs("999 000 0018")))
    assert (examined, len(places)) == (1, 1)


@pytest.mark.parametrize(
    "id",
    [
        "pat-001",
        OTHER,
        "1767225600",
        hashlib.md5(OTHER.encode()).hexdigest(),
        hashlib.sha256(b"salt" + GOOD.encode()).hexdigest(),
        "0d5c1d6e-8a0b-4b7e-9c7e-1f2b6c3f9a10",
        "z" * 32,
        GOOD + "1",
        "a" + GOOD,
    ],
)
def test_an_opaque_id_is_good(id: str) -> None:
    assert said(IDS, patient(id, nhs(GOOD))) == (1, [])


def test_without_a_number_or_an_id_nothing_is_said_of_ids() -> None:
    nameless = {"resourceType": "Patient", "identifier": [nhs(GOOD)]}
    assert said(IDS, patient(GOOD), nameless, patient("b", nhs("n/a"))) == (0, [])


# References ----------------------------------------------------------------------------------

REFERENCES = ScanJob(scan=REFERENCE_RESOLVES, params=ReferenceParams())


def refers(*references: object, **more: Any) -> dict[str, Any]:
    return {"resourceType": "List", "id": "l", "entry": [{"item": {"reference": r}} for r in references], **more}


def test_a_reference_that_leads_nowhere_is_found() -> None:
    there = refers("Patient/a", "Patient/a/_history/9", "Patient/b", "Group/a", "List/l")
    assert said(REFERENCES, there, patient("a")) == (
        5,
        ["x.ndjson@0#/entry/2/item/reference", "x.ndjson@0#/entry/3/item/reference"],
    )
    assert said(REFERENCES, patient("a"), refers("Patient/a")) == (1, [])


@pytest.mark.parametrize(
    "reference",
    [
        "#in",
        "urn:uuid:0d5c1d6e-8a0b-4b7e-9c7e-1f2b6c3f9a10",
        "https://elsewhere.example/fhir/Patient/a",
        "Patient?identifier=7",
        "Patient/",
        "patient/a",
        "Patient/a/b",
        "",
        7,
        None,
    ],
)
def test_what_is_not_relative_is_not_judged(reference: object) -> None:
    inside = patient("in", link=[{"other": {"reference": "#l"}}])
    assert said(REFERENCES, refers(reference, contained=[inside])) == (0, [])


def test_an_id_that_is_a_json_number_is_an_id_all_the_same() -> None:
    numbered = {"resourceType": "Patient", "id": 7}
    assert said(REFERENCES, refers("Patient/7"), numbered) == (1, [])
    assert said(COUNTS, numbered, numbered) == (1, [])


def test_a_contained_resource_is_not_one_of_the_export() -> None:
    assert len(said(REFERENCES, refers("Patient/in", contained=[patient("in")]))[1]) == 1


def test_types_that_are_kept_elsewhere_are_declared() -> None:
    job = ScanJob(scan=REFERENCE_RESOLVES, params=ReferenceParams(external=("Practitioner",)))
    assert said(job, refers("Practitioner/p", "Patient/a"), patient("a")) == (1, [])


# Counts --------------------------------------------------------------------------------------

COUNTS = ScanJob(scan=EXPORT_COUNTS, params=ExportCountsParams(types=("Patient", "Encounter")))


def test_each_resource_is_counted_once() -> None:
    nameless = {"resourceType": "Patient"}
    found = [patient("a"), patient("a", active=False), patient("b"), nameless, nameless, refers("Patient/a")]
    found += [{"resourceType": "Encounter", "id": "a"}]
    run = run_scans([COUNTS], chunks_of(found), salt=SALT, limits=Limits())
    assert run.outcomes[0].state["counts"] == {"Encounter": 1, "Patient": 4, "examined": 5}
    assert said(COUNTS, *found) == (5, [])
    assert said(COUNTS, refers("Patient/a")) == (0, [])
