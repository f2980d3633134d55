"""Each fault before the supplier is caught by the one row that names it, and no decoy is taken for a fault."""

from __future__ import annotations

from functools import cache

import pytest

from checker.cli.compose import profile, registry
from fixtures.supplier.scenario import HARDENING, Scenario, files, load
from tests.cli.support import outcomes
from tests.conformance.folders import problems
from tests.conformance.hardening import report_of, scenarios

NOT_DECIDED = {"API-026": "inconclusive(no-data)", "API-020": "not-applicable"}
"""What the healthy supplier leaves open: 429 without a load, and XML that it does not speak."""
ELSEWHERE = {"API-007", "API-008", "API-009", "API-012", "API-040", "HSTS-001", "HTTP-003"}
"""Rows of another profile, which has their faults."""


@cache
def healthy() -> dict[str, str]:
    """The outcomes of the healthy supplier."""
    return outcomes(report_of())


def test_the_healthy_supplier_passes_every_row_that_a_tool_decides() -> None:
    rows = {row.id: row for row in profile(HARDENING, registry()).requirements}
    expected = {
        name: NOT_DECIDED.get(name, "pass" if row.check is not None else "inconclusive(human)")
        for name, row in rows.items()
    }
    assert healthy() == expected
    assert len(rows) == 54
    assert list(expected.values()).count("pass") == 33


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda one: f"{one.kind}-{one.name}")
def test_what_a_fault_or_decoy_changes_is_what_its_file_says(scenario: Scenario) -> None:
    found = outcomes(report_of(scenario))
    assert problems(scenario, found, healthy()) == []
    assert not [row for row in scenario.requirements if scenario.kind == "decoy" and found[row] == "fail"]


def test_every_row_that_a_machine_decides_has_a_fault_that_is_named_after_it() -> None:
    by_machine = {row.id for row in profile(HARDENING, registry()).requirements if row.check is not None}
    caught = {row for path in files("fault", HARDENING) for row in load(path).requirements}
    assert by_machine - caught == ELSEWHERE
    for path in files("fault", HARDENING):
        assert load(path).requirements == (path.stem.partition(".")[0],)
    assert len(files("decoy", HARDENING)) >= 8


def test_a_list_of_patients_is_no_fault_where_nobody_says_how_many_the_caller_may_see() -> None:
    everybody = load(next(path for path in files("fault", HARDENING) if path.stem == "API-024"))
    found = outcomes(report_of(everybody, "--only", "API-024", visible=""))
    assert found == {"API-024": "inconclusive(prerequisite)"}


def test_a_port_where_nobody_answers_decides_nothing_unless_the_supplier_says_that_it_is_closed() -> None:
    closed = load(next(path for path in files("decoy", HARDENING) if path.stem == "closed-port"))
    rows = ("HTTP-001", "HTTP-002", "HSTS-002")
    only = [part for row in rows for part in ("--only", row)]
    assert outcomes(report_of(closed, *only)) == dict.fromkeys(rows, "pass")
    for said in ("", "80", "99"):
        assert outcomes(report_of(closed, *only, closed=said)) == dict.fromkeys(rows, "inconclusive(network)")
    served = load(next(path for path in files("fault", HARDENING) if path.stem == "HTTP-001"))
    assert outcomes(report_of(served, "--only", "HTTP-001")) == {"HTTP-001": "fail"}, "whatever the file says"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("document-type-refused", "pass"),
        ("entities-dropped", "pass"),
        ("xml-not-looked-at", "inconclusive(prerequisite)"),
    ],
)
def test_a_document_type_that_is_taken_shows_nothing_unless_its_entity_is_seen(name: str, expected: str) -> None:
    scenario = load(next(path for path in files("decoy", HARDENING) if path.stem == name))
    assert outcomes(report_of(scenario, "--only", "API-020")) == {"API-020": expected}


def test_reading_alone_sends_nothing_odd() -> None:
    found = outcomes(report_of(None, "--safety", "S1"))
    odd = ("API-001", "API-002", "API-014", "API-024", "API-025", "API-028", "API-031", "API-032", "API-036", "API-038")
    assert {found[row] for row in odd} == {"inconclusive(unsafe)"}
    assert {found[row] for row in ("API-004", "API-013", "API-039", "VDP-001")} == {"pass"}
