"""The scans that ask the FHIR engine: which definitions they take, which issues they count, what they hide."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from checker.checks import fhir_judging
from checker.checks.fhir_conforms import CONFORMS, About, ConformsParams
from checker.checks.fhir_families import of_family
from checker.checks.fhir_judging import UK_CORE, judged, uk_core_of
from checker.checks.fhir_must_support import MUST_SUPPORT_POPULATED, MustSupportParams
from checker.checks.fhir_terminology import TERMINOLOGY_COVERAGE, CoverageParams
from checker.checks.issue_groups import MOST_GROUPS, MOST_SHOWN, Conformance, Told, dumped, findings, loaded, merged
from checker.checks.masking import masked
from checker.engine.scans import ScanJob, finish_scan, run_scans
from checker.fhir.validator import Validator
from checker.model import scan
from checker.model.scan import Locator, Seen
from checker.model.supplier import Limits, Supplier
from checker.model.verdict import Examined, Finding, Statement, Undecided
from tests.scans.samples import SALT, chunks_of, nhs, patient

LOINC, SCT = "http://loinc.org", "http://snomed.info/sct"
VITAL = [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}]
Resource = dict[str, Any]


def said(scan: Any, params: Any, *resources: Resource) -> list[Statement]:
    """All that a scan says of these resources."""
    job = ScanJob(scan=scan, params=scan.bound(params, Supplier(name="Test")))
    run = run_scans([job], chunks_of(list(resources)), salt=SALT, limits=Limits())
    assert run.outcomes[0].error == ""
    return list(finish_scan(scan, job.params, [run.outcomes[0].state]))


def found(params: ConformsParams, *resources: Resource) -> list[Finding]:
    """The findings on these resources."""
    return [one for one in said(CONFORMS, params, *resources) if isinstance(one, Finding)]


def observation(*claims: str, code: str = "8867-4", **more: Any) -> Resource:
    """An observation with a LOINC code, that claims something of UK Core."""
    meta = {"meta": {"profile": [UK_CORE + one for one in claims]}} if claims else {}
    coded = {"coding": [{"system": LOINC, "code": code}]}
    return {"resourceType": "Observation", "id": "o", **meta, "status": "final", "code": coded, **more}


def snomed_coded(code: str, **more: Any) -> Resource:
    """An observation with a SNOMED CT code alone."""
    return {**observation(**more), "code": {"coding": [{"system": SCT, "code": code}]}}


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (patient("a"), ["Patient"]),
        (patient("a", meta={"profile": [f"{UK_CORE}Patient|9.9.9"]}), ["Patient"]),
        (patient("a", meta={"profile": ["https://supplier.example/StructureDefinition/Ours"]}), ["Patient"]),
        (patient("a", meta={"profile": [f"{UK_CORE}Nothing", 7]}), ["Patient"]),
        (observation("Observation-Lab"), ["Observation-Lab"]),
        (observation("Patient"), ["Observation"]),
        ({"resourceType": "Basic", "id": "b"}, []),
        ({"resourceType": "Nothing", "id": "b"}, []),
    ],
)
def test_a_resource_is_held_against_what_it_claims_or_against_that_of_its_type(
    resource: Resource, expected: list[str]
) -> None:
    assert uk_core_of(resource) == tuple(UK_CORE + one for one in expected)


@pytest.mark.parametrize(
    ("family", "resource", "expected"),
    [
        ("vital-signs", observation(category=VITAL), ["Observation-VitalSigns"]),
        ("vital-signs", observation(), []),
        ("vital-signs", observation(code="1-8", category=VITAL), []),
        ("vital-signs", snomed_coded("364075005", category=VITAL), ["Observation-VitalSigns"]),
        ("vital-signs", snomed_coded("314463006", category=VITAL), []),
        ("vital-signs", observation("Observation", category=VITAL), []),
        ("vital-signs", observation("Observation-VitalSigns-BMI"), ["Observation-VitalSigns"]),
        ("vital-sign-codes", observation(), ["Observation-VitalSigns-HeartRate"]),
        ("vital-sign-codes", observation("Observation"), []),
        ("vital-sign-codes", observation(code="1-8"), []),
        ("vital-sign-codes", observation("Observation-VitalSigns-BMI", code="1-8"), ["Observation-VitalSigns-BMI"]),
        ("surveys", observation("Observation-BloodGlucose"), ["Observation-BloodGlucose"]),
        ("surveys", snomed_coded("1104441000000107"), ["Observation-ACVPU"]),
        ("laboratory", observation("Observation-LabGroup"), ["Observation-Group-Lab"]),
        ("laboratory", observation("DiagnosticReport-Lab"), []),
        ("laboratory", observation(), []),
    ],
)
def test_a_sort_is_told_by_claims_and_where_there_are_none_by_code(
    family: str, resource: Resource, expected: list[str]
) -> None:
    assert of_family(family, resource) == tuple(UK_CORE + one for one in expected)


def test_one_resource_is_validated_once_for_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []
    usual = Validator.validate

    def counted(self: Validator, resource: Any, structure_definitions: Any = (), **more: Any) -> Any:
        asked.append(tuple(structure_definitions))
        return usual(self, resource, structure_definitions, **more)

    monkeypatch.setattr(Validator, "validate", counted)
    params = [ConformsParams(), ConformsParams(types=("Patient",)), ConformsParams(only=(About(rule=("x",)),))]
    jobs = [ScanJob(scan=CONFORMS, params=one) for one in params]
    jobs += [ScanJob(scan=MUST_SUPPORT_POPULATED, params=MustSupportParams())]
    run_scans(jobs, chunks_of([patient("a"), patient("b")]), salt=SALT, limits=Limits())
    assert asked == [(f"{UK_CORE}Patient",)] * 2


def test_the_text_of_a_resource_is_judged_where_it_is_at_hand() -> None:
    text = b'{"resourceType": "Patient", "id": "a", "active": true, "active": false}'
    resource = json.loads(text)
    assert fhir_judging.packages()
    where = Locator(path="x", offset=0)
    about = scan.About(resource_type="Patient", resource_id="a", locator=where, prefix="")
    whole = Seen(resource, about)
    by_text = Seen(dict(resource), msgspec.structs.replace(about, text=text))
    assert judged(whole, ()).valid
    assert [one.rule for one in judged(by_text, ()).issues if one.is_error] == ["json-duplicate-key"]


def test_only_what_a_row_is_about_counts() -> None:
    bad = patient("a", nhs(), nhs("9990000026"), gender="males", birthDate="1970-13-01")
    everything = found(ConformsParams(), bad)
    assert {one.place.rpartition("#")[2] for one in everything} == {"/gender", "/birthDate", "/identifier/1"}
    for about, places in (
        (About(path=("Patient.gender",)), ["/gender"]),
        (About(path=("Patient.generalPractitioner",)), []),
        (About(element=("Patient.identifier",)), ["/identifier/1"]),
        (About(rule=("slice-maximum",)), ["/identifier/1"]),
        (About(definition=("UKCore-Patient",)), ["/identifier/1"]),
        (About(rule=("slice-maximum",), path=("Patient.gender",)), []),
        (About(constraint=("pat-1",)), []),
    ):
        assert [one.place.rpartition("#")[2] for one in found(ConformsParams(only=(about,)), bad)] == places
    assert found(ConformsParams(types=("Observation",)), bad) == []
    assert said(CONFORMS, ConformsParams(types=("Observation",)), bad) == []


def test_a_finding_says_what_is_asked_and_shows_no_value() -> None:
    bad = patient("a", nhs("9990000019"), name=[{"family": "Abernquill"}], gender="Abernquill", birthDate="1970-13-01")
    for one in found(ConformsParams(), bad):
        assert one.expected
        assert one.fix
        for value in ("9990000019", "Abernquill", "1970-13-01"):
            assert value not in f"{one.message} {one.actual} {one.expected}"


def test_what_could_not_be_looked_up_is_said_and_decides_nothing() -> None:
    coded = {"clinicalStatus": {"coding": [{"system": "http://x.example/codes", "code": "active"}]}}
    (first, *_) = said(CONFORMS, ConformsParams(), {"resourceType": "Condition", "id": "c", **coded})
    assert isinstance(first, Examined)
    condition = {
        "resourceType": "Condition",
        "id": "c",
        "subject": {"reference": "Patient/elsewhere"},
        "code": {"coding": [{"system": SCT, "code": "73211009"}]},
    }
    (examined,) = said(CONFORMS, ConformsParams(), condition)
    assert isinstance(examined, Examined)
    assert f"of {SCT}" in examined.what
    assert "Patient/elsewhere" not in examined.what
    (coverage,) = said(TERMINOLOGY_COVERAGE, CoverageParams(), condition, condition)
    assert isinstance(coverage, Examined)
    assert f"{SCT}: 2 codes" in coverage.what


def test_an_element_that_some_resource_has_is_supported() -> None:
    lacks, has = patient("a", nhs()), patient("b", nhs(), active=True)
    (_, left) = said(MUST_SUPPORT_POPULATED, MustSupportParams(), lacks)
    assert isinstance(left, Undecided)
    assert "Patient.active" in left.message
    (_, left) = said(MUST_SUPPORT_POPULATED, MustSupportParams(), lacks, has)
    assert isinstance(left, Undecided)
    assert "Patient.active" not in left.message
    assert "Patient.telecom" in left.message
    spared = MustSupportParams(absent=("Patient.telecom",))
    (_, left) = said(MUST_SUPPORT_POPULATED, spared, lacks, has)
    assert isinstance(left, Undecided)
    assert "Patient.telecom" not in left.message
    assert [type(one) for one in said(MUST_SUPPORT_POPULATED, MustSupportParams(types=("Practitioner",)), lacks)] == []


def test_of_very_many_kinds_of_issues_the_smallest_are_kept_whatever_the_order() -> None:
    keys = [f"{number:05}" for number in range(3 * MOST_GROUPS)]
    one, other, whole = Conformance(), Conformance(), Conformance()
    for place, key in enumerate(reversed(keys)):
        for state in (whole, one if place % 3 else other):
            state.add((key,), Told(key, "", "", ""), key)
            state.add((keys[0],), Told("first", "", "", ""), f"x{place}")
            state.count(key)
    assert dumped(merged(one, other)) == dumped(whole) == dumped(loaded(dumped(whole)))
    assert len(dumped(whole)["groups"]) == len(dumped(whole)["counts"]) == MOST_GROUPS
    assert whole.groups[json.dumps([keys[0]])].count == len(keys) + 1
    shown = findings(whole)
    assert len(shown) == MOST_SHOWN + 1
    assert shown[0].count == len(keys) + 1


@pytest.mark.parametrize(
    ("message", "resource", "pointer", "expected"),
    [
        ("'Al' is no value of Alpha", {"given": ["Al"]}, "/given/0", "'…' is no value of Alpha"),
        ("Al is no code", {"given": ["Al"]}, "/given/0", "… is no code"),
        ("'kg' is asked and there is 'KG'", {"unit": "kg", "code": "KG"}, "/code", "'…' is asked and there is '…'"),
        ("'final' is asked", {"status": "final"}, "/status", "'final' is asked"),
        ("Number 999 000 0018 and 12", {}, "", "Number … and 12"),
        ("12 of 4", {"value": {"value": 12}}, "/value", "… of 4"),
        ("x" * 400, {}, "", "x" * 299 + "…"),
        ("a.b (c", {"v": "b (c"}, "", "a.…"),
    ],
)
def test_values_are_masked(message: str, resource: Resource, pointer: str, expected: str) -> None:
    assert masked(message, resource, pointer) == expected
