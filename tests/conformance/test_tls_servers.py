"""Each fault of a TLS server is caught by the one row that names it, and no decoy is taken for a fault."""

from __future__ import annotations

from functools import cache

import pytest

from checker.cli.compose import profile, registry
from fixtures.supplier.scenario import TLS, Scenario, files, load
from tests.cli.support import outcomes
from tests.conformance.folders import problems
from tests.conformance.tls_servers import SPINE, report_of, scenarios

NAMED = [(name, one) for name in TLS for one in scenarios(name)]


@cache
def healthy(name: str) -> dict[str, str]:
    """The outcomes of the healthy server."""
    return outcomes(report_of(name))


@pytest.mark.parametrize("name", TLS)
def test_the_healthy_server_passes_every_row_that_a_tool_decides(name: str) -> None:
    expected = {row.id: "pass" for row in profile(name, registry()).requirements}
    rows = profile(name, registry()).requirements
    open_rows = {row.id: "inconclusive(human)" for row in rows if row.check is None}
    absent = dict.fromkeys(("TLS-020", "TLS-024", "TLS-025"), "not-applicable")
    assert healthy(name) == {**expected, **open_rows, **absent}


@pytest.mark.parametrize(("name", "scenario"), NAMED, ids=[f"{name}-{one.kind}-{one.name}" for name, one in NAMED])
def test_what_a_fault_or_decoy_changes_is_what_its_file_says(name: str, scenario: Scenario) -> None:
    found = outcomes(report_of(name, scenario))
    assert problems(scenario, found, healthy(name)) == []
    assert not [row for row in scenario.requirements if scenario.kind == "decoy" and found[row] == "fail"]


def test_every_row_that_a_machine_decides_has_a_fault() -> None:
    by_machine = {row.id for row in profile(SPINE, registry()).requirements if row.check is not None}
    by_machine |= {row.id for row in profile(TLS[0], registry()).requirements if row.check is not None}
    broken = {row for name in TLS for path in files("fault", name) for row in load(path).requirements}
    assert by_machine - broken == set()


@pytest.mark.parametrize("name", ["silent-on-old", "speaks-http", "unknown-authority"])
def test_what_is_met_with_silence_or_by_another_server_is_never_a_pass(name: str) -> None:
    scenario = next(one for one in scenarios(TLS[0]) if one.name == name)
    found = outcomes(report_of(TLS[0], scenario))
    assert all(found[row].startswith("inconclusive") for row in scenario.requirements), found


@pytest.mark.parametrize(
    ("name", "weak", "true"),
    [
        ("scan-sslyze", "pass", "pass"),
        ("scan-testssl", "pass", "pass"),
        ("scan-testssl-pretty", "pass", "pass"),
        ("scan-more", "pass", "inconclusive(prerequisite)"),
        ("scan-half", "inconclusive(no-data)", "pass"),
        ("scan-old", "inconclusive(prerequisite)", "inconclusive(prerequisite)"),
        ("scan-elsewhere", "inconclusive(prerequisite)", "inconclusive(prerequisite)"),
        ("scan-not-json", "inconclusive(prerequisite)", "inconclusive(prerequisite)"),
    ],
)
def test_a_scan_by_another_tool_is_used_for_what_it_is_worth(name: str, weak: str, true: str) -> None:
    scenario = next(one for one in scenarios(TLS[0]) if one.name == name)
    found = outcomes(report_of(TLS[0], scenario, "--only", "TLS-020", "--only", "TLS-024"))
    assert (found["TLS-020"], found["TLS-024"]) == (weak, true)


def test_no_scan_changes_a_verdict_on_tls() -> None:
    rows = ("TLS-001", "TLS-002", "TLS-003", "TLS-005")
    more = next(one for one in scenarios(TLS[0]) if one.name == "scan-more")
    picked = [part for row in rows for part in ("--only", row)]
    assert {outcomes(report_of(TLS[0], more, *picked))[row] for row in rows} == {"pass"}
