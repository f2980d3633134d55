"""Each fault is caught by the one row that names it, and by no other; no decoy is taken for a fault."""

from __future__ import annotations

from functools import cache

import pytest

from checker.cli.compose import library, profile, registry
from fixtures.supplier.scenario import ELSEWHERE, UK_CORE, Scenario, files, load
from tests.conformance.matrix import Measured, changes, chosen, measure, near, problems, scenarios

NOT_OF_THIS = frozenset({"DH-TEST-02", "DH-LEAK-10"})
"""Rows that do not apply to a system that is for tests, or to a release that names no recipient."""
NOT_CLAIMED = frozenset({"FHIR-DOC-001", "FHIR-MSG-001", "OAUTH-003", "OAUTH-004", "OAUTH-015", "OAUTH-016"})
"""Rows about what the healthy supplier neither claims nor has; decoys, or access-control, show that they can pass."""
NO_FAULT_YET: dict[str, str] = {}
"""Check or scan of a shipped profile → why no fault file shows that it can fail. Kept empty."""

WITHOUT_DATA = {
    "DH-AUD-04": "inconclusive(human)",  # its log is not chained
    "DH-AUD-06": "inconclusive(no-data)",  # no record is restricted
    "DH-AUD-08": "inconclusive(no-data)",  # nothing was written by a machine
}
"""Rows of the baseline that the healthy supplier gives nothing to pass by; none of them keeps it from compliant."""


@cache
def healthy() -> Measured:
    """The supplier without a fault; measured once for each worker."""
    return measure()


def test_the_healthy_supplier_is_compliant_and_every_row_that_a_machine_decides_passes() -> None:
    found = healthy()
    by_machine = {row["id"] for row in found.rows if row["verdict"]["decider"] == "machine"}
    outside = NOT_OF_THIS | NOT_CLAIMED
    assert {found.outcomes[name] for name in outside} == {"not-applicable"}
    by_machine -= outside
    assert found.exit_code == 0
    assert {name: found.outcomes[name] for name in by_machine if found.outcomes[name] != "pass"} == WITHOUT_DATA
    of_people = found.outcomes.keys() - by_machine - outside
    assert {found.outcomes[name] for name in of_people} == {"inconclusive(human)"}


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda one: f"{one.kind}-{one.name}")
def test_what_a_fault_or_decoy_changes_is_what_its_file_says(scenario: Scenario) -> None:
    assert problems(scenario, measure(scenario, near(scenario), apart=False), healthy()) == []


def test_a_fault_that_nothing_catches_is_a_problem_of_the_matrix() -> None:
    fault = next(one for one in scenarios() if one.kind == "fault")
    assert any("does not catch it" in problem for problem in problems(fault, healthy(), healthy()))


def test_a_change_that_no_file_explains_is_a_problem_of_the_matrix() -> None:
    found = healthy()
    worse = Measured(found.exit_code, {**found.outcomes, "FHIR-READ-001": "inconclusive(network)"}, found.rows, "")
    decoy = next(one for one in scenarios() if one.kind == "decoy" and not one.also)
    assert changes(worse, found) == {"FHIR-READ-001": "inconclusive(network)"}
    assert problems(decoy, worse, found) == ["FHIR-READ-001: pass became inconclusive(network)"]


def test_the_shards_together_are_the_whole_and_share_nothing() -> None:
    whole = [(name, one.name) for name, found in chosen((), (), (1, 1)).items() for one in found]
    parts = [chosen((), (), (number, 4)) for number in range(1, 5)]
    shared = [(name, one.name) for part in parts for name, found in part.items() for one in found]
    assert sorted(shared) == sorted(whole)
    assert len(whole) == len(set(whole))
    assert {path.stem for kind in ("fault", "decoy") for folder in ("", *ELSEWHERE) for path in files(kind, folder)} - {
        name for _, name in whole
    } <= {one.name for one in records_of_the_endpoint()}


def records_of_the_endpoint() -> list[Scenario]:
    """Those of UK Core that change the endpoint: ``test_uk_core`` tries them."""
    return [
        one for kind in ("fault", "decoy") for path in files(kind, UK_CORE) if "supplier" in (one := load(path)).changes
    ]


def faults() -> list[Scenario]:
    """Of all profiles; those of folders are tried elsewhere (such as ``test_uk_core``)."""
    return [load(path) for folder in ("", *ELSEWHERE) for path in files("fault", folder)]


def test_every_check_and_scan_of_a_shipped_profile_has_a_fault_that_it_catches() -> None:
    known = registry()
    used: dict[str, set[str]] = {}
    for name in library().names():
        for row in profile(name, known).requirements:
            if row.check is not None:
                used.setdefault(row.check.check, set()).add(row.id)
    broken = {name for scenario in faults() for name in scenario.requirements}
    without = {check for check, rows in used.items() if not rows & broken}
    assert used
    assert without == set(NO_FAULT_YET)


def test_every_requirement_that_a_machine_decides_has_a_fault() -> None:
    known = registry()
    rows = {row.id for name in library().names() for row in profile(name, known).requirements if row.check is not None}
    broken = {name for scenario in faults() for name in scenario.requirements}
    assert rows - broken == set()
