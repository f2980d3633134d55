"""Files given again at judging are compared with the digests that were recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from checker.engine.case import make_case
from checker.engine.plan import make_plan
from checker.engine.recording import open_recording
from checker.engine.scan_results import scan_again
from checker.errors import IntegrityFault
from checker.model.ask import ArtefactAsk
from checker.model.evidence import Artefact
from checker.probes.artefact import named_artefact, read_files
from tests.engine.scripted import LIMITS, SUPPLIER, Scripted, baseline, collect, profile_of, registry, requirement

NO_SCANS = profile_of(requirement(check="capability.r4-instance"))


EXPORT_SCANS = len(
    [scan for scan in make_plan(baseline(), SUPPLIER, registry(), LIMITS).scans if scan.over == "export"]
)


def _again(folder: Path, recording: Path) -> int:
    case = make_case([open_recording(recording)])
    plan = make_plan(baseline(), case.supplier, registry(), LIMITS)
    return len(scan_again(case, plan, registry(), folder / "export.ndjson", LIMITS))


class WithDigests(Scripted):
    """Reads the artefacts as they are."""

    root = Path()

    def _log(self, ask: ArtefactAsk) -> Artefact:
        return read_files(ask, named_artefact(ask, SUPPLIER), self.root)


def _outside(folder: Path, **more: Any) -> Scripted:
    made = WithDigests(**more)
    made.root = folder
    (folder / "audit.ndjson").write_bytes(b"{}\n")
    return made


def test_the_same_files_are_scanned_again(tmp_path: Path) -> None:
    assert _again(tmp_path, collect(tmp_path, _outside(tmp_path), NO_SCANS).path) == EXPORT_SCANS


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = collect(tmp_path, _outside(tmp_path), NO_SCANS).path
    (tmp_path / "export.ndjson").write_bytes(b"{}\n")
    with pytest.raises(IntegrityFault, match="not the export"):
        _again(tmp_path, path)


def test_the_same_files_are_scanned_again_after_a_resume(tmp_path: Path) -> None:
    first = _outside(tmp_path, dies_after=6, how="interrupted")
    assert collect(tmp_path, first, NO_SCANS).interrupted
    path = collect(tmp_path, _outside(tmp_path, seconds=100.0), NO_SCANS, resume=True).path
    assert _again(tmp_path, path) == EXPORT_SCANS
