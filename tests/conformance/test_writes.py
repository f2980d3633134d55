"""Writes to a test system: each fault is caught by its row, no decoy is taken for one, and nothing is left behind."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from checker.cli.compose import profile, registry
from fixtures.supplier.records import living
from fixtures.supplier.scenario import WRITE, Scenario, files, load
from fixtures.supplier.serve import Served
from tests.cli.support import outcomes
from tests.conformance.faces import report_of, scenarios
from tests.conformance.families import takes_writes
from tests.conformance.folders import problems

NOTHING_CHANGED = takes_writes()
PATIENTS = 12
LEAVES = {"deleted-readable"}
"""Suppliers that keep what they were told to delete."""


def run(scenario: Scenario, *more: str) -> tuple[dict[str, Any], list[str]]:
    """The report, and the ids of the patients that are left behind."""
    left: list[str] = []

    def count(served: Served) -> None:
        left.extend(one["id"] for one in living(served.supplier.store["Patient"]) if not one["id"].startswith("pat-"))

    return report_of(WRITE, scenario, *more, after=count), left


@cache
def healthy() -> dict[str, str]:
    """The outcomes of the healthy supplier."""
    return outcomes(run(NOTHING_CHANGED)[0])


def test_the_healthy_supplier_passes_every_row_and_nothing_is_left() -> None:
    report, left = run(NOTHING_CHANGED)
    assert outcomes(report) == {row.id: "pass" for row in profile(WRITE, registry()).requirements}
    assert left == []
    assert not [one for one in report["warnings"] if "left behind" in one]


@pytest.mark.parametrize("scenario", scenarios(WRITE), ids=lambda one: f"{one.kind}-{one.name}")
def test_what_a_fault_or_decoy_changes_is_what_its_file_says(scenario: Scenario) -> None:
    report, left = run(scenario)
    assert problems(scenario, outcomes(report), healthy()) == []
    told = [one for one in report["warnings"] if "left behind" in one]
    assert bool(left) == bool(told) == (scenario.faces.writing in LEAVES)


def test_every_row_has_a_fault() -> None:
    broken = {row for path in files("fault", WRITE) for row in load(path).requirements}
    assert broken == {row.id for row in profile(WRITE, registry()).requirements}


def test_nothing_is_written_where_writes_are_not_allowed() -> None:
    report, left = run(NOTHING_CHANGED, "--safety", "S2")
    found = outcomes(report)
    assert {said for row, said in found.items() if row != "FHIR-TX-002"} == {"inconclusive(unsafe)"}
    assert found["FHIR-TX-002"] == "pass"
    assert left == []


def test_a_server_that_only_reads_is_not_held_to_writes() -> None:
    reads = Scenario(name="reads", kind="decoy", requirements=("*",), title="It only reads")
    found = outcomes(run(reads)[0])
    assert set(found.values()) == {"not-applicable"}
