"""What the fields of an export are counted as, on odd input too; and the paths that are observed in it."""

from __future__ import annotations

import doctest
from typing import Any

import msgspec
import pytest

from checker.checks import data_flows, data_quality, field_paths, field_rules, quality, register
from checker.checks.data_quality import DATA_QUALITY, Quality, QualityScanParams
from checker.checks.field_rules import RULES
from checker.checks.observed_paths import OBSERVED_PATHS, Paths
from checker.checks.quality import QualityParams
from checker.engine.scans import ScanJob, run_scans
from checker.model.supplier import Limits
from checker.model.value import NoParams
from tests.scans.samples import SALT, chunks_of, nhs, patient

ODD: tuple[Any, ...] = (None, True, 7, 1.5, "", " ", "x", [], {}, [None], {"a": 1}, ["x"], {"coding": [7]})
ETHNIC = "https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategory"


def state_of(job: ScanJob, *resources: dict[str, Any]) -> Any:
    run = run_scans([job], chunks_of(list(resources)), salt=SALT, limits=Limits())
    assert run.outcomes[0].error == ""
    return job.scan.load(run.outcomes[0].state)


def quality_of(*resources: dict[str, Any], params: QualityScanParams | None = None) -> Quality:
    found = state_of(ScanJob(scan=DATA_QUALITY, params=params or QualityScanParams()), *resources)
    assert isinstance(found, Quality)
    return found


@pytest.mark.parametrize("module", [data_flows, data_quality, field_paths, field_rules, quality, register])
def test_the_examples_of_the_docstrings_hold(module: Any) -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("rule", sorted(RULES))
def test_no_rule_breaks_on_odd_values(rule: str) -> None:
    assert {RULES[rule](value) for value in ODD} <= {"valid", "default", "invalid", "untested"}


@pytest.mark.parametrize(
    ("rule", "value", "said"),
    [
        ("nhs-number", "9990000018", "valid"),
        ("nhs-number", "9990000019", "invalid"),
        ("nhs-number", "0" * 10, "default"),
        ("birth-date", "1948-02-29", "valid"),
        ("birth-date", "1949-02-29", "invalid"),
        ("birth-date", "1900-01-01", "default"),
        ("gender", "unknown", "default"),
        ("gender", "F", "invalid"),
        ("postcode", {"postalCode": "LS1 4AP"}, "valid"),
        ("postcode", {"postalCode": "zz99 3wz"}, "default"),
        ("postcode", {"postalCode": "LS1"}, "invalid"),
        ("postcode", {"postalCode": "75004", "country": "FRA"}, "untested"),
        ("ethnic-category", {"system": f"{ETHNIC}England", "code": "A"}, "valid"),
        ("ethnic-category", {"system": f"{ETHNIC}England", "code": "T"}, "invalid"),
        ("ethnic-category", {"system": f"{ETHNIC}Wales", "code": "T"}, "valid"),
        ("ethnic-category", {"system": f"{ETHNIC}Wales", "code": "99"}, "invalid"),
        ("ethnic-category", {"system": f"{ETHNIC}England", "code": "Z"}, "default"),
        ("ods-code", "ZZ901", "valid"),
        ("ods-code", "V81999", "default"),
        ("gp-practice", {"reference": "Organization/a"}, "valid"),
        ("gp-practice", {"display": "Sedge Bank Surgery"}, "invalid"),
        ("clinical-code", {"coding": [{"system": "http://snomed.info/sct", "code": "73211009"}]}, "valid"),
        ("clinical-code", {"coding": [{"system": "http://snomed.info/sct", "code": "73211008"}]}, "invalid"),
        ("clinical-code", {"text": "Diabetes"}, "untested"),
    ],
)
def test_what_a_value_is(rule: str, value: Any, said: str) -> None:
    assert RULES[rule](value) == said


def test_a_field_counts_once_for_each_resource_and_blank_is_nothing() -> None:
    found = quality_of(patient("a", nhs("9990000018"), nhs("9990000019")), patient("b", nhs(" ")), patient("c"))
    assert found.items["Patient NHS number"] == {"invalid": 1, "missing": 2}
    assert found.items["Patient gender"] == {"missing": 3}


def test_no_value_is_kept_but_codes_of_short_lists() -> None:
    found = quality_of(patient("a", nhs(), gender="male"), patient("b", gender="Abernquill"))
    assert found.codes == {"Patient gender": {"male": 1, "(other)": 1}}
    assert "999000" not in repr(found)
    assert "Abernquill" not in repr(found)


@pytest.mark.parametrize("odd", ODD)
def test_no_member_of_a_resource_breaks_it(odd: Any) -> None:
    names = ("status", "meta", "identifier", "birthDate", "address", "extension", "period", "code", "subject", "link")
    for kind in ("Patient", "Encounter", "Organization", "Observation"):
        made = {"resourceType": kind, "id": "a", **dict.fromkeys(names, odd)}
        quality_of(made, params=QualityScanParams(organisations=("ZZ901",)))
        state_of(ScanJob(scan=OBSERVED_PATHS, params=NoParams()), made)


@pytest.mark.parametrize("path", ["", "a..b", ".a", "a.", "a[", "a[]", "a b", "a |"])
def test_what_is_no_path_is_refused_in_a_profile(path: str) -> None:
    item = {"type": "Patient", "name": "x", "path": path}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"items": [item], "limits": []}, type=QualityParams)


def test_a_limit_of_a_field_that_is_not_counted_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="no field is called"):
        msgspec.convert({"limits": [{"item": "Patient shoe size"}]}, type=QualityParams)


def paths_of(*resources: dict[str, Any]) -> dict[str, int]:
    found = state_of(ScanJob(scan=OBSERVED_PATHS, params=NoParams()), *resources)
    assert isinstance(found, Paths)
    return found.counts


def test_paths_are_those_of_elements_with_something_in_them() -> None:
    url = "https://supplier.example/e"
    made = patient(
        "a",
        name=[{"given": ["Maud", "Elspeth"]}, {"family": ""}],
        _birthDate={"extension": [{"url": url, "valueCode": "x"}]},
        contained=[{"resourceType": "Basic", "id": "in", "code": {"text": "t"}}],
        meta={"versionId": "1"},
        active=False,
    )
    assert paths_of(made, made) == {
        "Patient.name.given": 2,
        f"Patient.birthDate.extension({url})": 2,
        f"Patient.birthDate.extension({url}).valueCode": 2,
        "Basic.code.text": 2,
        "Patient.active": 2,
    }


def test_of_very_many_paths_the_smallest_are_kept_whatever_the_order() -> None:
    many = [f"Patient.{number:05d}" for number in range(30_000)]
    one, other = Paths(1, dict.fromkeys(many[::2], 1)), Paths(1, dict.fromkeys(many[1::2], 1))
    there, back = OBSERVED_PATHS.merge(one, other), OBSERVED_PATHS.merge(other, one)
    assert OBSERVED_PATHS.dump(there) == OBSERVED_PATHS.dump(back)
    assert (len(there.counts), max(there.counts), there.left_out) == (20_000, "Patient.19999", True)
