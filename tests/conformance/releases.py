"""The profile anonymised-release against a release that is as it should be, and against it with one thing changed.

In this process, through the command itself: what takes a while is then done once.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from checker.cli.app import app
from fixtures.supplier.release import write_release
from fixtures.supplier.scenario import RELEASE, Scenario, files, load

PROFILE = "anonymised-release"


def measured(scenario: Scenario | None = None) -> dict[str, dict[str, Any]]:
    """Requirement → its verdict."""
    with tempfile.TemporaryDirectory(prefix="release-") as folder:
        artefacts = write_release(Path(folder), scenario.release if scenario else ())
        given = [part for one in artefacts for part in ("--artefact", one)]
        report = Path(folder, "report.json")
        place = ["--recording", f"{folder}/recording.zip", "-o", f"json:{report}"]
        done = CliRunner().invoke(app, ["run", "-p", PROFILE, "--name", "Test", *given, "-q", *place])
        assert report.exists(), (done.output, done.exception)
        return {row["id"]: row["verdict"] for row in json.loads(report.read_bytes())["rows"]}


def scenarios() -> list[Scenario]:
    """The faults and decoys of this profile."""
    return [load(path) for kind in ("fault", "decoy") for path in files(kind, RELEASE)]


def problems(scenario: Scenario, found: dict[str, dict[str, Any]], before: dict[str, dict[str, Any]]) -> list[str]:
    """What is not as the file of the scenario says. Empty: all is explained."""
    other = {name for name, verdict in found.items() if verdict["outcome"] != before[name]["outcome"]}
    explained = set(scenario.also)
    said = []
    if scenario.kind == "fault":
        (caught_by,) = scenario.requirements
        explained.add(caught_by)
        if found[caught_by]["outcome"] != "fail":
            said.append(f"{caught_by} does not catch it")
    else:
        said += [f"{name} fails" for name in sorted(other) if found[name]["outcome"] == "fail"]
    said += [f"{name} became {found[name]['outcome']}" for name in sorted(other - explained)]
    return said + [f"{name} is explained and did not change" for name in sorted(set(scenario.also) - other)]
