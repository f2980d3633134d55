"""Each fault of a face is caught by the one row that names it, and no decoy is taken for a fault."""

from __future__ import annotations

from functools import cache

import pytest

from checker.cli.compose import profile, registry
from fixtures.supplier.scenario import FACES, Scenario, files, load
from tests.cli.support import outcomes
from tests.conformance.faces import report_of, scenarios
from tests.conformance.folders import problems

NOT_DECIDED = {
    "APIM-RATE-001": "inconclusive(no-data)",
    "APIM-RATE-002": "inconclusive(human)",
    **{f"GOVAPI-00{number}": "inconclusive(human)" for number in range(5, 10)},
    "SMART-005": "inconclusive(human)",
}
"""What the healthy supplier leaves open: 429 without a load, and what people decide."""
NAMED = [(name, one) for name in FACES for one in scenarios(name)]


@cache
def healthy(name: str) -> dict[str, str]:
    """The outcomes of the healthy supplier."""
    return outcomes(report_of(name))


@pytest.mark.parametrize("name", FACES)
def test_the_healthy_supplier_passes_every_row_that_a_tool_decides(name: str) -> None:
    found = healthy(name)
    expected = {row.id: NOT_DECIDED.get(row.id, "pass") for row in profile(name, registry()).requirements}
    assert found == expected


@pytest.mark.parametrize(("name", "scenario"), NAMED, ids=[f"{name}-{one.kind}-{one.name}" for name, one in NAMED])
def test_what_a_fault_or_decoy_changes_is_what_its_file_says(name: str, scenario: Scenario) -> None:
    found = outcomes(report_of(name, scenario))
    assert problems(scenario, found, healthy(name)) == []
    assert not [row for row in scenario.requirements if scenario.kind == "decoy" and found[row] == "fail"]


@pytest.mark.parametrize("name", FACES)
def test_every_row_that_a_machine_decides_has_a_fault(name: str) -> None:
    by_machine = {row.id for row in profile(name, registry()).requirements if row.check is not None}
    broken = {row for path in files("fault", name) for row in load(path).requirements}
    assert by_machine - broken == set()


def test_there_are_decoys_enough() -> None:
    assert sum(len(files("decoy", name)) for name in FACES) >= 12


def test_an_export_is_started_only_where_writes_are_allowed() -> None:
    report = report_of("bulk-data", None, "--safety", "S2")
    found = outcomes(report)
    assert {said for row, said in found.items() if row != "BULK-001"} == {"inconclusive(unsafe)"}
    assert found["BULK-001"] == "pass"


@pytest.mark.parametrize("name", ["", "BULK-003", "BULK-004.6", "BULK-007", "BULK-006"])
def test_every_export_that_was_started_is_deleted(name: str) -> None:
    scenario = load(next(path for path in files("fault", "bulk-data") if path.stem == name)) if name else None
    left: list[str] = []
    report_of("bulk-data", scenario, after=lambda served: left.extend(served.supplier.bulk._jobs))
    assert left == []
