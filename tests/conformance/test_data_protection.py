"""Each fault of a register, or of the export that it speaks of, is caught by its own row; no decoy is a fault."""

from __future__ import annotations

from functools import cache

import pytest

from checker.cli.compose import profile, registry
from checker.model.value import canonical
from fixtures.supplier.scenario import DATA_PROTECTION, Scenario, files, load
from tests.conformance.folders import Report, outcomes_of, outcomes_over, problems, report_of, scenarios

OF_RECORDS = ("Garthwell", "Hollinside", "1961-04-02", "9990003", "privacy@supplier", "dpo@supplier")
"""Values of the records, and contacts of the register: no report holds one."""


@cache
def healthy() -> Report:
    """Measured once for each worker."""
    return report_of(DATA_PROTECTION)


def test_every_row_that_a_machine_decides_passes_and_the_others_wait_for_a_person() -> None:
    rows = {row.id: row for row in profile(DATA_PROTECTION, registry()).requirements}
    expected = {name: "pass" if row.check is not None else "inconclusive(human)" for name, row in rows.items()}
    assert outcomes_of(healthy()) == expected
    assert len(rows) == 28
    assert list(expected.values()).count("pass") == 18


@pytest.mark.parametrize("scenario", scenarios(DATA_PROTECTION), ids=lambda one: f"{one.kind}-{one.name}")
def test_what_a_fault_or_decoy_changes_is_what_its_file_says(scenario: Scenario) -> None:
    found = report_of(DATA_PROTECTION, scenario)
    assert problems(scenario, outcomes_of(found), outcomes_of(healthy())) == []
    text = canonical(found).decode()
    assert not [value for value in OF_RECORDS if value in text]


def test_every_row_with_a_check_has_a_fault_that_is_named_after_it() -> None:
    caught = {name for path in files("fault", DATA_PROTECTION) for name in load(path).requirements}
    assert caught == {row.id for row in profile(DATA_PROTECTION, registry()).requirements if row.check is not None}
    for path in files("fault", DATA_PROTECTION):
        assert load(path).requirements == (path.stem.partition(".")[0],)


def test_without_a_register_nothing_passes() -> None:
    found = outcomes_over(DATA_PROTECTION, [{"resourceType": "Patient", "id": "a", "birthDate": "1961-04-02"}])
    assert {said.partition("(")[0] for said in found.values()} == {"inconclusive"}
