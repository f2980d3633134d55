"""A collection that was cut short anywhere and finished later is as good as one that was not."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import pytest

from checker.engine.collect import check_resumable, sound_records
from checker.engine.journal import Journal
from checker.engine.plan import make_plan
from checker.engine.recording import open_recording
from checker.errors import UsageFault
from checker.model.terms import Conclusion
from tests.engine.scripted import (
    BEGIN,
    LIMITS,
    SUPPLIER,
    Killed,
    Scripted,
    baseline,
    collect,
    decisions,
    header_of,
    judged,
    profile_of,
    registry,
    requirement,
)


@functools.cache
def undisturbed() -> tuple[dict[str, tuple[str, str | None]], tuple[str, ...], int]:
    outside = Scripted()
    with tempfile.TemporaryDirectory() as folder:
        verdicts, report = judged(open_recording(collect(Path(folder), outside).path))
    return decisions(verdicts), report.tally.obstacles, len(outside.asks)


ASKS = range(0, undisturbed()[2])
"""Asks up to the last handshake of a probe."""


@pytest.mark.parametrize("how", ["killed", "interrupted"])
@pytest.mark.parametrize("asks", ASKS)
def test_stopped_after_any_ask_and_resumed_it_comes_to_the_same(tmp_path: Path, how: str, asks: int) -> None:
    first = Scripted(dies_after=asks, how=how)
    if how == "killed":
        with pytest.raises(Killed):
            collect(tmp_path, first)
        assert not (tmp_path / "run.zip").exists()
    else:
        partial = collect(tmp_path, first)
        assert (partial.interrupted, partial.complete) == (True, False)
        _, report = judged(open_recording(partial.path))
        assert (report.conclusion, report.exit_code) == (Conclusion.INCONCLUSIVE, 130)
    second = Scripted(seconds=100.0)
    collected = collect(tmp_path, second, resume=True)
    verdicts, report = judged(open_recording(collected.path))
    assert collected.complete
    assert (decisions(verdicts), report.tally.obstacles) == undisturbed()[:2]
    assert report.exit_code == 0


def _refused_after(asks: int, folder: Path) -> tuple[dict[str, tuple[str, str | None]], tuple[str, ...]]:
    collect(folder, Scripted(dies_after=asks))
    collected = collect(folder, Scripted(seconds=1000.0), resume=True)
    verdicts, report = judged(open_recording(collected.path))
    return decisions(verdicts), report.tally.obstacles


@pytest.mark.parametrize("asks", ASKS)
def test_unreachable_after_any_ask_and_resumed_it_comes_to_the_same(tmp_path: Path, asks: int) -> None:
    assert _refused_after(asks, tmp_path) == undisturbed()[:2]


def test_a_resume_asks_only_for_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        collect(tmp_path, Scripted(dies_after=undisturbed()[2] - 3, how="killed"))
    second = Scripted(seconds=100.0)
    collect(tmp_path, second, resume=True)
    assert 3 <= len(second.asks) < 12


def test_only_records_that_rest_on_complete_records_are_kept(tmp_path: Path) -> None:
    collect(tmp_path, Scripted(dies_after=4))
    state = Journal(tmp_path / "run.zip.journal").read()
    kept = sound_records(state)
    assert kept
    for record in kept.values():
        assert record.complete
        assert all(key in kept for key in record.closure)
    assert all(record.probe != "fhir.sample" for record in kept.values()), "its search failed"


def test_resuming_twice_is_resuming(tmp_path: Path) -> None:
    collect(tmp_path, Scripted(dies_after=7, how="interrupted"))
    collect(tmp_path, Scripted(dies_after=9, how="interrupted", seconds=50.0), resume=True)
    collected = collect(tmp_path, Scripted(seconds=100.0), resume=True)
    verdicts, _ = judged(open_recording(collected.path))
    assert decisions(verdicts) == undisturbed()[0]


def test_another_profile_cannot_go_on(tmp_path: Path) -> None:
    header = header_of(make_plan(baseline(), SUPPLIER, registry(), LIMITS), SUPPLIER, LIMITS)
    other = make_plan(profile_of(requirement(check="capability.r4-instance")), SUPPLIER, registry(), LIMITS)
    with pytest.raises(UsageFault, match="not the one"):
        check_resumable(header, other)
    assert header.started == BEGIN
