"""Scans over exchanges: all that are planned are done in one walk, and each says what it would say alone."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from checker.engine import scan_results
from checker.engine.scans import scan_exchanges
from checker.model.requirement import CheckUse, Requirement
from tests.engine.scripted import Scripted, judged, profile_of, recorded, requirement

SCANS = ("nhs-number.valid", "nhs-number.text", "patient.dates-plausible")


def row(number: int, scan: str) -> Requirement:
    """A requirement that a scan over exchanges decides."""
    return msgspec.structs.replace(
        requirement(id=f"R-{number}", check=scan), check=CheckUse(check=scan, over=("exchanges",))
    )


def test_one_walk_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    walks: list[int] = []
    usual = scan_exchanges

    def counted(bodies: Any, jobs: Any, **more: Any) -> Any:
        walks.append(len(jobs))
        return usual(bodies, jobs, **more)

    monkeypatch.setattr(scan_results, "scan_exchanges", counted)
    reads = requirement(id="R-0", check="read.id-is-the-id-asked", params={"type": "Patient"})
    whole = profile_of(reads, *(row(number, scan) for number, scan in enumerate(SCANS, 1)))
    recording = recorded(Scripted(), whole)
    together = judged(recording, profile=whole)[0]
    assert walks == [len(SCANS)]
    for number, scan in enumerate(SCANS, 1):
        alone = judged(recording, profile=profile_of(reads, row(number, scan)))[0]
        assert alone[f"R-{number}"] == together[f"R-{number}"]
    assert walks == [len(SCANS), 1, 1, 1]
    assert any(verdict.examined for name, verdict in together.items() if name != "R-0")
