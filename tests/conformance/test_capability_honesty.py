"""Claim and observation: each lie in a statement is caught by its own row, and no honest oddity is a lie."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from checker.cli.compose import profile, registry
from fixtures.supplier.scenario import HONESTY, Scenario, files, load
from fixtures.supplier.serve import Served
from tests.cli.in_process import here
from tests.cli.support import FAST, outcomes, site
from tests.conformance.families import honesty
from tests.conformance.folders import problems, scenarios

Report = dict[str, Any]


@cache
def healthy() -> Report:
    """Measured once for each worker."""
    return honesty()


def seen(report: Report, kind: str, type: str) -> dict[str, str]:
    """Name → what was seen, of the claims of a kind and type."""
    return {
        one["name"]: one["seen"] for one in report["claims"]["claims"] if (one["kind"], one["type"]) == (kind, type)
    }


def test_the_healthy_supplier_claims_what_it_does_and_does_what_it_claims() -> None:
    assert set(outcomes(healthy()).values()) == {"pass"}
    assert healthy()["exit_code"] == 0
    assert {one["seen"] for one in healthy()["claims"]["claims"] if one["kind"] == "interaction"} == {"works"}
    assert "works" in seen(healthy(), "search-parameter", "Condition").values()
    assert healthy()["claims"]["left_out"] == []


@pytest.mark.parametrize("scenario", scenarios(HONESTY), ids=lambda one: f"{one.kind}-{one.name}")
def test_a_fault_is_caught_by_its_row_alone(scenario: Scenario) -> None:
    assert problems(scenario, outcomes(honesty(scenario)), outcomes(healthy())) == []


def test_every_row_of_its_own_has_a_fault() -> None:
    own = {row.id for row in profile(HONESTY, registry()).requirements if row.id.startswith("FHIR-CLM")}
    assert {name for path in files("fault", HONESTY) for name in load(path).requirements} == own


def test_the_matrix_shows_what_is_ignored_hidden_refused_and_missing() -> None:
    made = {path.stem: honesty(load(path)) for kind in ("fault", "decoy") for path in files(kind, HONESTY)}
    assert seen(made["FHIR-CLM-002"], "search-parameter", "Condition")["severity"] == "ignored"
    assert seen(made["claimed-and-refused"], "search-parameter", "Condition")["severity"] == "refused"
    assert seen(made["FHIR-CLM-001"], "interaction", "Patient")["vread"] == "missing"
    hidden = [one for one in made["FHIR-CLM-003"]["claims"]["claims"] if not one["claimed"]]
    assert [(one["type"], one["name"], one["seen"]) for one in hidden] == [("Condition", "search-type", "works")]


def test_what_there_is_no_room_for_is_counted_and_left_open(tmp_path: Path) -> None:
    rows = [f"FHIR-CLM-00{number}" for number in (1, 2, 3, 4)]
    lines = [f"  - {{requirement: {row}, parameterise: {{requests: 12}}, reason: a test}}" for row in rows]
    text = "\n".join(
        ["id: little", "version: 1.0.0", "title: Little", f"include: [{{profile: {HONESTY}}}]", "overlay:", *lines]
    )
    with Served(None) as served:
        found = site(tmp_path, served)
        (tmp_path / "profile.yaml").write_text(text + "\n", "utf-8")
        here("run", "-p", "profile.yaml", *FAST, "-q", "-o", "json:report.json", cwd=found.folder, env=found.env)
        report = found.report()
    assert outcomes(report)["FHIR-CLM-002"] == "inconclusive(budget)"
    (why,) = next(row["verdict"]["why"] for row in report["rows"] if row["id"] == "FHIR-CLM-002")
    assert "all of them have 12 requests" in why
    assert report["claims"]["left_out"]


def test_latencies_are_told_by_interaction() -> None:
    lines = {one["interaction"]: one for one in healthy()["latencies"]}
    assert {"capabilities", "read", "search", "vread", "history"} <= lines.keys()
    assert all(one["p50_ms"] <= one["p95_ms"] <= one["p99_ms"] for one in lines.values() if one["p50_ms"] is not None)
    assert sum(one["requests"] for one in lines.values()) <= healthy()["recordings"][0]["requests"] + 5
