"""What the two scans find, and what they must be quiet about."""

from __future__ import annotations

import doctest
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.checks import nhs_number
from checker.checks.identifiers import IDENTIFIER_UNIQUE, IdentifierUniqueParams
from checker.checks.nhs_number import (
    NHS_NUMBER_TEXT,
    NHS_NUMBER_VALID,
    NhsNumberParams,
    check_digit,
    number_fault,
    text_fault,
)
from checker.engine.scans import ScanJob, finish_scan, run_scans, scan_exchanges
from checker.model.supplier import Limits
from checker.model.verdict import Examined, Finding
from tests.scans.samples import (
    BAD_CHECK_DIGIT,
    GOOD,
    JOBS,
    LOCAL,
    OTHER,
    SALT,
    bundle,
    chunks_of,
    nhs,
    patient,
)


def said(job: ScanJob, resources: list[dict[str, Any]]) -> tuple[int, list[Finding]]:
    """How many were examined, and the findings."""
    run = run_scans([job], chunks_of(resources), salt=SALT, limits=Limits())
    assert run.outcomes[0].error == ""
    statements = list(finish_scan(job.scan, job.params, [run.outcomes[0].state]))
    examined = sum(s.count for s in statements if isinstance(s, Examined))
    return examined, [s for s in statements if isinstance(s, Finding)]


def valid(*resources: dict[str, Any], system: str | None = None) -> tuple[int, list[Finding]]:
    params = NhsNumberParams(system=system) if system else NhsNumberParams()
    return said(ScanJob(scan=NHS_NUMBER_VALID, params=params), list(resources))


def unique(*resources: dict[str, Any], **params: Any) -> tuple[int, list[Finding]]:
    return said(ScanJob(scan=IDENTIFIER_UNIQUE, params=IdentifierUniqueParams(**params)), list(resources))


def test_the_examples_in_the_docstrings() -> None:
    result = doctest.testmod(nhs_number)
    assert (result.failed, result.attempted) == (0, 9)


@given(st.integers(999_000_000, 999_999_999))
def test_of_ten_last_digits_at_most_one_is_right(first_nine: int) -> None:
    digit = check_digit(str(first_nine))
    right = [last for last in "0123456789" if number_fault(f"{first_nine}{last}") == ""]
    assert right == ([] if digit == 10 else [str(digit)])


@given(st.integers(999_000_000, 999_999_999), st.integers(3, 8), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(first_nine: int, at: int, more: int) -> None:
    digit = check_digit(str(first_nine))
    if digit == 10:
        assert number_fault(f"{first_nine}0") == "check-digit"
        return
    number = f"{first_nine}{digit}"
    wrong = number[:at] + str((int(number[at]) + more) % 10) + number[at + 1 :]
    assert number_fault(wrong) == "check-digit"


@pytest.mark.parametrize(
    ("value", "digits", "form"),
    [
        (GOOD, "", ""),
        ("999 000 0018", "", "separated"),
        ("999-000-0018", "", "separated"),
        ("999\u00a0000\u20110018", "", "separated"),
        (" 9990000018", "", "separated"),
        ("9990000018\n", "", "separated"),
        ("999-000-18", "not-ten-digits", "separated"),
        ("999000001", "not-ten-digits", ""),
        ("99900000180", "not-ten-digits", ""),
        ("999000001８", "not-ten-digits", ""),
        ("NHS9990000", "not-ten-digits", ""),
        ("NHS 999 000 0018", "not-ten-digits", ""),
        ("n/a", "not-ten-digits", ""),
        (" ", "not-ten-digits", ""),
        (BAD_CHECK_DIGIT, "check-digit", ""),
        ("999 000 0019", "check-digit", "separated"),
        (9990000018, "", "not-text"),
        (9990000018.0, "", "not-text"),
        (9990000019, "check-digit", "not-text"),
        (int("0" + GOOD[1:]), "check-digit", "not-text"),
        (-9990000018, "not-ten-digits", "not-text"),
        (1e300, "not-ten-digits", "not-text"),
        (True, "not-ten-digits", "not-text"),
        ([GOOD], "not-ten-digits", "not-text"),
        ({"value": GOOD}, "not-ten-digits", "not-text"),
    ],
)
def test_the_digits_and_the_form_are_judged_apart(value: object, digits: str, form: str) -> None:
    assert (number_fault(value), text_fault(value)) == (digits, form)
    for scan, fault in ((NHS_NUMBER_VALID, digits), (NHS_NUMBER_TEXT, form)):
        examined, findings = said(ScanJob(scan=scan, params=NhsNumberParams()), [patient("a", nhs(value))])
        assert (examined, [f.message for f in findings]) == (1, [scan.said[fault].message] if fault else [])


def test_found_at_any_depth_in_any_resource() -> None:
    deep = {
        "resourceType": "Observation",
        "subject": {"identifier": nhs(BAD_CHECK_DIGIT)},
        "contained": [patient("p", nhs(GOOD), nhs(BAD_CHECK_DIGIT))],
        "a/b~c": [[{"identifier": nhs(BAD_CHECK_DIGIT)}]],
    }
    examined, (finding,) = valid(deep)
    assert (examined, finding.count) == (4, 3)
    assert finding.examples == (
        "x.ndjson@0#/a~1b~0c/0/0/identifier",
        "x.ndjson@0#/contained/0/identifier/1",
        "x.ndjson@0#/subject/identifier",
    )


def test_an_escaped_name_hides_nothing() -> None:
    chunk = next(chunks_of([patient("a", nhs(BAD_CHECK_DIGIT))]))
    data = chunk.data.replace(b'"identifier"', b'"\\u0069dentifier"')
    hidden = type(chunk)(locator=chunk.locator, data=data)
    run = run_scans(JOBS, [hidden], salt=SALT, limits=Limits())
    assert run.outcomes[0].state["faults"]["check-digit"]["count"] == 1


def test_no_number_no_statement() -> None:
    absent = {"system": nhs()["system"], "_value": {"extension": [{"valueCode": "unknown"}]}}
    assert valid() == (0, [])
    assert valid(patient("a", absent, {"system": LOCAL, "value": "x"}, nhs(""), nhs(None))) == (0, [])
    run = run_scans(JOBS, chunks_of([patient("a", absent, nhs(GOOD))]), salt=SALT, limits=Limits())
    (examined,) = finish_scan(JOBS[0].scan, JOBS[0].params, [run.outcomes[0].state])
    assert isinstance(examined, Examined)
    assert examined.what == "NHS numbers (1 more without a value)"
    assert list(finish_scan(JOBS[0].scan, JOBS[0].params, [])) == []


def test_the_system_is_a_parameter() -> None:
    examined, findings = valid(patient("a", {"system": LOCAL, "value": "1"}, nhs(BAD_CHECK_DIGIT)), system=LOCAL)
    assert (examined, [f.message for f in findings]) == (1, ["An NHS number is not ten digits"])


def test_no_finding_holds_a_number() -> None:
    faulty = [patient("a", nhs(BAD_CHECK_DIGIT), nhs("99 90")), patient("b", nhs(BAD_CHECK_DIGIT))]
    for findings in (valid(*faulty)[1], unique(*faulty)[1]):
        assert findings
        assert "99900" not in str(findings)
        assert "99 90" not in str(findings)
    run = run_scans(JOBS, chunks_of(faulty), salt=SALT, limits=Limits())
    assert "99900" not in str(run)


def test_duplicates_are_found() -> None:
    examined, (finding,) = unique(
        patient("a", nhs(GOOD)), patient("b", nhs(GOOD)), patient("c", nhs(OTHER)), patient("d", nhs(OTHER))
    )
    assert (examined, finding.count, len(finding.examples)) == (2, 2, 2)
    assert finding.place == "x.ndjson@0#/identifier/0"
    assert finding.actual == "2 identifiers on 4 resources in all"


def test_five_carriers_are_counted_and_three_named() -> None:
    _, (finding,) = unique(*(patient(id, nhs(GOOD)) for id in "abcde"))
    assert finding.examples[0].endswith(" and 2 more")
    assert finding.examples[0].count("x.ndjson@") == 3


def test_without_an_id_each_resource_is_its_own() -> None:
    one = {"resourceType": "Patient", "identifier": nhs(GOOD)}
    assert len(unique(one, one)[1]) == 1


def test_a_resource_that_sets_an_identifier_aside_in_one_of_its_versions_is_no_duplicate() -> None:
    replaced = [{"type": "replaced-by", "other": {"reference": "Patient/a"}}]
    for later in (patient("b", nhs(GOOD), link=replaced), patient("b", nhs(GOOD, use="old"))):
        for order in ([patient("b", nhs(GOOD)), later], [later, patient("b", nhs(GOOD))]):
            assert unique(patient("a", nhs(GOOD)), *order) == (1, [])
            assert len(unique(patient("a", nhs(GOOD)), *order, patient("c", nhs(GOOD)))[1]) == 1
    assert unique(patient("a", nhs(GOOD, use="old"))) == (0, [])


def test_what_is_no_duplicate() -> None:
    old = patient("b", nhs(GOOD, use="old"))
    merged = patient("b", nhs(GOOD), link=[{"type": "replaced-by", "other": {"reference": "Patient/a"}}])
    again = patient("a", nhs(GOOD), active=False)
    twice = patient("a", nhs(GOOD), nhs(GOOD))
    elsewhere = patient("b", {"system": LOCAL, "value": GOOD})
    other_type = {"resourceType": "Person", "id": "b", "identifier": [nhs(GOOD)]}
    inside = {**patient("b"), "contained": [patient("x", nhs(GOOD))], "managingOrganization": {"identifier": nhs(GOOD)}}
    unnamed = patient("b", {"value": GOOD}, {"system": "", "value": GOOD}, nhs(""), nhs(7))
    for quiet in (old, merged, again, twice, elsewhere, other_type, inside, unnamed):
        examined, findings = unique(patient("a", nhs(GOOD)), quiet, types=("Patient", "Person"))
        assert (examined >= 1, findings) == (True, []), quiet
    seealso = patient("b", nhs(GOOD), link=[{"type": "seealso"}])
    assert len(unique(patient("a", nhs(GOOD)), seealso)[1]) == 1


def test_types_and_systems() -> None:
    pair = [{"resourceType": "Device", "id": id, "identifier": [{"system": LOCAL, "value": "1"}]} for id in "ab"]
    assert unique(*pair) == (0, [])
    assert len(unique(*pair, types=())[1]) == 1
    assert len(unique(*pair, types=("Device",), systems=(LOCAL,))[1]) == 1
    assert unique(*pair, types=("Device",), systems=("urn:other",)) == (0, [])


def test_separators_cannot_be_forged() -> None:
    one = patient("a", {"system": "urn:x", "value": "y|z"})
    two = patient("b", {"system": "urn:x|y", "value": "z"})
    assert unique(one, two) == (2, [])


def test_exchanges_each_resource_once() -> None:
    a, b = patient("a", nhs(GOOD)), patient("b", nhs(BAD_CHECK_DIGIT))
    subset = patient("c", nhs(BAD_CHECK_DIGIT), meta={"tag": [{"code": "SUBSETTED"}]})
    outcome = {"resourceType": "OperationOutcome", "identifier": [nhs("x")]}
    capability = {"resourceType": "CapabilityStatement", "identifier": [nhs("x")]}
    bodies: list[tuple[str, Any, str]] = [
        ("e000001", bundle([a, b, subset, outcome]), ""),
        ("e000002", b, ""),
        ("e000003", capability, ""),
        ("e000004", {**b, "active": True}, "/wrapped"),
        ("e000005", b"<html>", ""),
        ("e000006", [], ""),
    ]
    run = scan_exchanges(bodies, JOBS, salt=SALT, limits=Limits())
    assert run.resources == 3
    assert run.unreadable_examples == ("e000005@0: XML or HTML, not JSON", "e000006@0: not a JSON object")
    assert run.outcomes[0].state["counts"]["examined"] == 3
    assert run.outcomes[0].state["faults"]["check-digit"]["places"] == [
        "e000001@0#/entry/1/resource/identifier/0",
        "e000004@0#/wrapped/identifier/0",
    ]
    assert run.outcomes[1].state["duplicates"] == 0
