"""The gate of a tender over the reference supplier as a bidder, with the good pack and with the bad one."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from checker.cli.clock import SystemClock
from fixtures.packs import faulty
from fixtures.packs.build import IN_ORDER
from fixtures.supplier import tendering
from fixtures.supplier.handover import handed_over
from fixtures.supplier.serve import Served
from fixtures.supplier.switches import SupplierSwitches
from tests.cli.in_process import here
from tests.cli.support import environment
from tests.fixture_supplier.test_command import running

BY_PEOPLE = {"CS-CASE-03"}
"""Rows that an assessor's statement covers."""
OF_THE_PACK = (
    *("evidence-pack", "clinical-safety", "accessibility", "service-levels", "exit-terms", "whole-life-cost"),
    *("value-based-procurement", "effectiveness", "inclusion", "maturity", "standards-coverage"),
)
"""Profiles that are judged from the pack."""
FROM_THE_PACK = 90
"""So many rows of the gate are decided without a request, at least."""
DECIDED = 150
"""So many of their rows pass, at least."""


def typed(tmp_path: Path, which: str) -> tuple[int, dict[str, Any], str]:
    """What comes of the command that the supplier prints for a buyer: exit code, report and the JUnit file."""
    given, mine = tmp_path / "handed", tmp_path / "mine"
    mine.mkdir()
    with running([sys.executable, "-m", "fixtures.supplier", "--pack", which, "--out", str(given)]) as process:
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
    assert (mine / "report.json").exists(), done.stderr
    assert not given.exists()
    report = json.loads((mine / "report.json").read_bytes())
    assert report["exit_code"] == done.returncode
    return done.returncode, report, (mine / "tender.xml").read_text("utf-8")


def test_the_good_bidder_is_a_go(tmp_path: Path) -> None:
    code, report, junit = typed(tmp_path, "good")
    decision = report["decision"]
    assert (decision["word"], decision["open"], decision["against"]) == ("go", [], [])
    assert code == 0
    assert {row["id"] for row in report["rows"] if row["verdict"]["cover"] != "none"} >= BY_PEOPLE
    assert [row["id"] for row in report["rows"] if row["verdict"]["outcome"] in ("fail", "error")] == []
    assert 'name="decision" value="go"' in junit


def test_the_bad_bidder_is_a_no_go_and_every_fail_is_known(tmp_path: Path) -> None:
    code, report, junit = typed(tmp_path, "bad")
    listed = {one.requirements[0] for one in faulty.faults()} | {"PK-SIGN"}
    against = set(report["decision"]["against"])
    assert (report["decision"]["word"], code) == ("no go", 1)
    assert against
    assert against <= listed
    assert [row["id"] for row in report["rows"] if row["verdict"]["outcome"] == "error"] == []
    for row in report["rows"]:
        if row["id"] in against:
            assert row["fix"]
            assert row["clause"]["standard"]
            assert all(finding["message"] and finding["expected"] for finding in row["verdict"]["findings"])
    assert 'name="decision" value="no go"' in junit


@pytest.mark.parametrize("days", [1, 2, 3, 4, 5, 6, 94, 187, 290, 426, 1000, 1461])
def test_the_good_bidder_is_one_on_other_days_too(tmp_path: Path, days: int) -> None:
    """Days of the pack move by whole weeks, so that each must bear that up to six days more go by."""
    began = datetime(IN_ORDER.year, IN_ORDER.month, IN_ORDER.day, 12, tzinfo=UTC) + timedelta(days=days)
    blocks = tmp_path / "blocks.yaml"
    included = [{"profile": name} for name in OF_THE_PACK]
    blocks.write_text(json.dumps({"id": "blocks", "version": "0.1.0", "title": "Blocks", "include": included}), "utf-8")
    switches = SupplierSwitches(software=tendering.software_of("good"))
    with Served(switches=switches, faces=tendering.FACES, out=tmp_path / "place", now=lambda: began) as served:
        offered = tendering.offer(served, "good", began.date())
        with handed_over(served, served.shared, None, offered):
            found = set((served.shared / tendering.KIND).rglob("*.yaml"))
            assert found
            asked = ("-p", str(blocks), "--supplier", str(served.shared), "--safety", "S1")
            with patch.object(SystemClock, "now", lambda self: began):
                here("run", *asked, "-q", "-o", "json:report.json", cwd=tmp_path, env=served.environment())
    rows = json.loads((tmp_path / "report.json").read_bytes())["rows"]
    assert [row["id"] for row in rows if row["verdict"]["outcome"] in ("fail", "error")] == []
    assert len([row for row in rows if row["verdict"]["outcome"] == "pass"]) > DECIDED


def test_a_pack_is_judged_without_a_request(tmp_path: Path) -> None:
    """What was submitted is read at safety class S0, at which nothing is sent to the supplier's system."""
    began = datetime(IN_ORDER.year, IN_ORDER.month, IN_ORDER.day, 12, tzinfo=UTC)
    switches = SupplierSwitches(software=tendering.software_of("good"))
    with Served(switches=switches, faces=tendering.FACES, out=tmp_path / "place", now=lambda: began) as served:
        offered = tendering.offer(served, "good", began.date())
        with handed_over(served, served.shared, None, offered):
            asked = ("-p", "tender-gate", "--supplier", str(served.shared), "--safety", "S0")
            with patch.object(SystemClock, "now", lambda self: began):
                here("run", *asked, "-q", "-o", "json:report.json", cwd=tmp_path, env=served.environment())
    report = json.loads((tmp_path / "report.json").read_bytes())
    found = {row["id"]: row["verdict"] for row in report["rows"]}
    assert {verdict["outcome"] for verdict in found.values()} == {"pass", "inconclusive"}
    above = {verdict["reason"] for verdict in found.values() if verdict["safety"] == "S1"}
    assert "unsafe" in above
    assert above <= {"unsafe", "prerequisite"}
    passed = [name for name, verdict in found.items() if verdict["outcome"] == "pass"]
    assert len(passed) > FROM_THE_PACK
