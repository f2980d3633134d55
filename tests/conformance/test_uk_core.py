"""Each fault of the UK Core profile is caught by its own row; the conforming export passes; no decoy is a fault."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from checker.cli.compose import profile, registry
from checker.model.terms import Reason
from checker.model.verdict import Verdict
from fixtures.supplier.export import export
from fixtures.supplier.scenario import UK_CORE, Scenario, files, load
from fixtures.supplier.serve import Served
from tests.cli.support import FAST, outcomes, site, verdict
from tests.conformance.uk_core import PROFILE, changed, conforming, problems, scenarios, verdicts

OF_RECORDS = ("9990000018", "9990000026", "9990000034", "Abernquill", "Brackenfold", "960101", "Larkspur", "1948-02-29")
"""Values of the records: no report holds one."""


@cache
def of_the_conforming_export() -> Mapping[str, Verdict]:
    """Measured once for each worker."""
    return conforming()


@cache
def of_the_reference_supplier() -> Mapping[str, Verdict]:
    """It claims nothing of UK Core; what a fault changes is seen all the same."""
    return verdicts({name: text.splitlines() for name, text in export().items() if name.endswith(".ndjson")})


def test_every_row_that_looks_at_records_passes_over_the_conforming_export() -> None:
    """But the one that wants everything shown: each type of each choice takes more data than conforms (its own test
    loads the examples of the shopping list, and then it passes too).
    """
    found = {name: each.outcome.value for name, each in of_the_conforming_export().items()}
    assert found == dict.fromkeys(found, "pass") | {"UKCORE-MS-001": "inconclusive"}
    assert of_the_conforming_export()["UKCORE-MS-001"].reason is Reason.NO_DATA
    assert len(found) == 53


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda one: f"{one.kind}-{one.name}")
def test_what_a_fault_or_decoy_changes_is_what_its_file_says(scenario: Scenario) -> None:
    before = of_the_reference_supplier() if "export" in scenario.changes else of_the_conforming_export()
    found = changed(scenario)
    assert problems(scenario, found, before) == []
    for each in found.values():
        said = " ".join([*each.why, *(f"{one.message} {one.expected} {one.actual}" for one in each.findings)])
        assert not [value for value in OF_RECORDS if value in said], said


def test_faults_are_named_after_the_requirement_that_catches_them() -> None:
    for path in files("fault", UK_CORE):
        fault = load(path)
        assert fault.requirements == (fault.name.partition(".")[0],)
        assert fault.requirements[0] not in fault.also


def test_every_requirement_that_a_machine_decides_has_a_fault() -> None:
    by_machine = {row.id for row in profile(PROFILE, registry()).requirements if row.check is not None}
    broken = {name for path in files("fault", UK_CORE) for name in load(path).requirements}
    assert by_machine - broken == set()


def test_a_verdict_names_the_packages_that_it_rests_on() -> None:
    for name in ("UKCORE-GEN-002", "UKCORE-PAT-001", "UKCORE-BUN-001"):
        (said, *_) = of_the_conforming_export()[name].why
        assert "fhir.r4.ukcore.stu3.staging#2.0.0-staging.20250620" in said
        assert "hl7.fhir.r4.core#4.0.1" in said


def test_the_statement_of_an_endpoint(tmp_path: Path) -> None:
    """The one row that asks the endpoint, and what records were read meanwhile."""
    fault = load(next(path for path in files("fault", UK_CORE) if path.stem == "UKCORE-CAP-001"))
    said = {}
    for scenario in (None, fault):
        with Served(scenario) as served:
            place = site(tmp_path / str(scenario is None), served)
            picked = ("--only", "UKCORE-CAP-001", "--only", "UKCORE-GEN-001")
            place.run("run", "-p", PROFILE, *FAST, "-q", *picked, "-o", "json:report.json")
            said[scenario is None] = place.report()
    assert outcomes(said[True]) == {"UKCORE-GEN-001": "pass", "UKCORE-CAP-001": "pass"}
    assert outcomes(said[False]) == {"UKCORE-GEN-001": "pass", "UKCORE-CAP-001": "fail"}
    assert verdict(said[True], "UKCORE-GEN-001")["examined"] > 80
