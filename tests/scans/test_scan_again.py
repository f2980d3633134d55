"""A scan that was not run when the evidence was collected: the same files, given again, and no others."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.supplier.export import write_export
from fixtures.supplier.switches import ExportSwitches

_NARROW = """\
id: narrow
version: "1"
title: One scan only
requirements:
  - id: NARROW-1
    obligation: MUST
    verb: MUST
    basis: P
    clause: {standard: own, section: one, url: "https://example.org/one"}
    summary: Every stored NHS number has the right check digit.
    fix: Mend the number.
    confirmed: true
    check: nhs-number.valid
"""


def checker(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "checker", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def collected(tmp_path: Path) -> Path:
    """A folder with an export, and a recording whose profile asked for one scan of it."""
    write_export(tmp_path / "export", "ndjson", ExportSwitches())
    (tmp_path / "narrow.yaml").write_text(_NARROW, "utf-8")
    done = checker(tmp_path, "collect", "-p", "./narrow.yaml", "--artefact", "export=export", "--name", "X")
    assert done.returncode == 0, done.stderr
    return tmp_path


def outcome(folder: Path, *arguments: str) -> tuple[int, str, str]:
    done = checker(folder, "judge", "recording.zip", "-p", "data-handling", "-o", "json:report.json", *arguments)
    rows = {row["id"]: row["verdict"] for row in json.loads((folder / "report.json").read_bytes())["rows"]}
    return done.returncode, rows["DH-DQ-08"]["outcome"], str(rows["DH-DQ-08"]["reason"])


def test_a_scan_that_was_not_run_is_inconclusive(collected: Path) -> None:
    assert outcome(collected) == (3, "inconclusive", "no-data")


def test_with_the_same_files_it_is_decided(collected: Path) -> None:
    shutil.move(collected / "export", collected / "moved")
    assert outcome(collected, "--artefacts", "moved")[1:] == ("pass", "None")


def test_with_other_files_it_is_refused(collected: Path) -> None:
    with (collected / "export" / "Patient.ndjson").open("ab") as file:
        file.write(b"\n")
    done = checker(collected, "judge", "recording.zip", "-p", "data-handling", "--artefacts", "export")
    assert done.returncode == 5
    assert "not the export that was recorded" in done.stderr
