"""The profile security, as somebody meets it who starts the reference supplier and types what it says."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from checker.cli.compose import profile, registry
from fixtures.supplier import secured
from fixtures.supplier.scenario import FIXTURES, load
from tests.cli.support import environment, outcomes
from tests.conformance import supply_chain
from tests.fixture_supplier.test_command import running

PROFILE = "security"
INSECURE = FIXTURES / "demo" / "insecure.yaml"
LEFT_OPEN = {"API-026": "inconclusive(no-data)"}
"""429 without a load."""


def typed(tmp_path: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the report of the command that the supplier says, with what it says to set."""
    given, mine = tmp_path / "handed", tmp_path / "mine"
    mine.mkdir()
    command = [sys.executable, "-m", "fixtures.supplier", "--secured", "--out", str(given), *arguments]
    with running(command) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        env = dict(os.environ)
        for line in process.stderr:
            if line.startswith("  export "):
                name, _, value = shlex.split(line)[1].partition("=")
                env[name] = value
            if line.startswith("  checker run"):
                break
        words = [sys.executable, "-m", "checker", *shlex.split(line)[1:], "-q", "-o", "json:report.json"]
        done = subprocess.run(
            words, cwd=mine, env=environment(env), capture_output=True, text=True, timeout=240, check=False
        )
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert {"security.html", "security.xml"} <= {path.name for path in mine.iterdir()}, done.stderr
    assert not given.exists()
    return done.returncode, json.loads((mine / "report.json").read_bytes())


def test_the_healthy_supplier_is_compliant(tmp_path: Path) -> None:
    code, report = typed(tmp_path)
    found = outcomes(report)
    open_ = {name: said for name, said in found.items() if said not in ("pass", "inconclusive(human)")}
    assert {name: said for name, said in open_.items() if not said.startswith("not-applicable")} == LEFT_OPEN
    verdicts = {row["id"]: row["verdict"] for row in report["rows"] if row["in_scope"]}
    counted = {name for name, one in verdicts.items() if one["counts"] and one["obligation"] == "MUST"}
    assert {found[name] for name in counted} == {"pass", "not-applicable"}
    assert sum(found[name] == "pass" for name in counted) > 90
    assert code == 0


def test_the_insecure_one_is_not_and_each_fail_says_where_and_what_to_do(tmp_path: Path) -> None:
    code, report = typed(tmp_path, "--scenario", str(INSECURE))
    rows = {row["id"]: row for row in report["rows"]}
    failed = {name: row for name, row in rows.items() if row["verdict"]["outcome"] == "fail"}
    assert code == 1
    assert set(load(INSECURE).requirements) <= failed.keys()
    assert len(failed) > 40
    for row in failed.values():
        assert row["clause"]["url"]
        assert row["fix"]
        assert all(one["expected"] and one["actual"] for one in row["verdict"]["findings"])
    assert not [name for name, row in rows.items() if row["verdict"]["outcome"] == "error"]


@pytest.mark.parametrize("later_days", [30, 200])
def test_what_is_submitted_is_in_order_on_any_day(later_days: int) -> None:
    then = supply_chain.NOW + timedelta(days=later_days)
    texts = secured.submitted_of(None, then.date())
    with patch.object(supply_chain, "NOW", then):
        found = outcomes(supply_chain.report_on(texts))
    assert found == outcomes(supply_chain.report_of())


def test_it_has_every_row_of_its_parts() -> None:
    known = registry()
    rows = {row.id for row in profile(PROFILE, known).requirements}
    for part in ("tls-ncsc", "api-security", "access-control", "api-hardening", "supply-chain"):
        assert {row.id for row in profile(part, known).requirements} <= rows, part
