"""Searches: the healthy supplier passes each row, each fault is caught by its row, and decoys stay quiet."""

from __future__ import annotations

import pytest

from fixtures.supplier.scenario import SEARCH, Scenario, files, load
from fixtures.supplier.serve import Served
from tests.cli.support import outcomes
from tests.conformance.searching import measured, near, rows, scenarios

MOST_REQUESTS = 250
"""What a whole run against the reference supplier may take."""


@pytest.fixture(scope="module")
def whole() -> dict[str, object]:
    with Served(None) as served:
        return measured(served)


def test_the_healthy_supplier_passes_every_row(whole: dict[str, object]) -> None:
    assert outcomes(whole) == dict.fromkeys(rows(), "pass")


def test_a_whole_run_is_modest(whole: dict[str, list[dict[str, int]]]) -> None:
    (recording,) = whole["recordings"]
    assert recording["requests"] < MOST_REQUESTS


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda one: f"{one.kind}-{one.name}")
def test_a_fault_is_caught_by_its_row_and_a_decoy_by_none(scenario: Scenario) -> None:
    with Served(scenario) as served:
        found = outcomes(measured(served, *near(scenario)))
    if scenario.kind == "fault":
        (caught_by,) = scenario.requirements
        assert found[caught_by] == "fail"
        assert {name for name, said in found.items() if said != "pass"} == {caught_by, *scenario.also}
    else:
        left_aside = {"pass", "inconclusive(no-data)", "not-applicable"}
        assert {name: said for name, said in found.items() if said not in left_aside} == {}


def test_every_row_has_a_fault() -> None:
    assert {name for path in files("fault", SEARCH) for name in load(path).requirements} == set(rows())


def test_there_are_decoys_enough() -> None:
    assert len(files("decoy", SEARCH)) >= 15


@pytest.mark.parametrize(
    ("decoy", "rows"),
    [
        ("no-hints", ["FHIR-SRCH-017"]),
        ("modifiers-refused", ["FHIR-META-004", "FHIR-META-016"]),
        ("chains-refused", ["FHIR-SRCH-019"]),
        ("sort-refused", ["FHIR-SRCH-016"]),
        ("sort-ignored", ["FHIR-SRCH-016"]),
        ("few-parameters", ["FHIR-META-011", "FHIR-META-012", "FHIR-META-015", "FHIR-SRCH-013", "FHIR-SRCH-014"]),
    ],
)
def test_what_a_server_does_not_have_it_need_not_do_right(decoy: str, rows: list[str]) -> None:
    (scenario,) = (load(path) for path in files("decoy", SEARCH) if path.stem == decoy)
    with Served(scenario) as served:
        assert outcomes(measured(served, *rows)) == dict.fromkeys(rows, "not-applicable")
