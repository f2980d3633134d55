"""Law 2 over whole profiles: what was not gathered blames nobody, and helps nobody.

A run may be told not to send some requests, break off, or come to its limits. Each record of a supplier in order is
taken away by itself, with those that rest on it: no row may fail for that, become not applicable, or pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from checker.checks.fhir_held import Held
from checker.checks.fhir_judging import judging_by
from checker.cli.clock import SystemClock
from checker.cli.compose import profile, registry
from checker.engine import judge as judging
from checker.engine.case import Case, make_case
from checker.engine.judged_by import Given, judging_of
from checker.engine.recording import open_recording
from checker.engine.scan_results import ScanResults
from checker.model.record import Record
from checker.model.terms import Outcome
from checker.model.verdict import Verdict
from fixtures.supplier import tendering
from fixtures.supplier.handover import handed_over
from fixtures.supplier.serve import Served
from fixtures.supplier.switches import SupplierSwitches
from tests.cli.in_process import here

PROFILES = ("tender-gate", "baseline", "exit-rehearsal", "data-handling", "data-protection", "dtac-v2")
_BETTER_OR_WORSE = (Outcome.PASS, Outcome.FAIL, Outcome.ERROR, Outcome.NOT_APPLICABLE)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("whole")
    switches = SupplierSwitches(software=tendering.software_of("good"))
    with Served(switches=switches, faces=tendering.FACES, out=folder / "place") as served:
        offered = tendering.offer(served, "good", SystemClock().now().date())
        with handed_over(served, served.shared, None, offered):
            for name in PROFILES:
                asked = ("-p", name, "--supplier", str(served.shared), "--safety", "S2", "-q")
                kept = ("--recording", str(folder / f"{name}.zip"))
                here("run", *asked, *kept, cwd=folder, env=served.environment())
    return {name: folder / f"{name}.zip" for name in PROFILES}


def _without(key: str, real: Any) -> Any:
    def some(*given: Any) -> dict[str, Record]:
        found: dict[str, Record] = real(*given)
        gone = {key}
        while more := {name for name, one in found.items() if name not in gone and gone & set(one.closure)}:
            gone |= more
        return {name: one for name, one in found.items() if name not in gone}

    return some


@pytest.mark.parametrize("name", PROFILES)
def test_no_row_is_decided_otherwise_for_want_of_a_record(recordings: dict[str, Path], name: str) -> None:
    case: Case = make_case([open_recording(recordings[name])])
    known, rows, limits = registry(), profile(name, registry()), case.recordings[0].manifest.limits

    def judged() -> Mapping[str, Verdict]:
        return judging.judge(case, rows, known, limits=limits, scans=ScanResults(case, known, limits)).verdicts

    with judging_by(judging_of(case, Given(held=Held()))):
        whole = judged()
        keys = list(case.records)
        assert keys
        real, moved, wrong = judging._records, 0, []
        for key in keys:
            with patch.object(judging, "_records", _without(key, real)):
                part = judged()
            for row, old in whole.items():
                if part[row].outcome is not old.outcome:
                    moved += 1
                    if part[row].outcome in _BETTER_OR_WORSE:
                        wrong.append(f"{row}: {old.outcome} became {part[row].outcome} without {key}")
    assert wrong == []
    assert moved
