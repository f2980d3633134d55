"""What was found before a resume stands, whatever the server says afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.engine.recording import open_recording
from checker.model.terms import Conclusion, Outcome
from tests.engine.scripted import Scripted, collect, judged
from tests.engine.suppliers import CAUGHT_BY, supplier
from tests.engine.test_resume import ASKS


def resumed_healthy(folder: Path, name: str, asks: int) -> tuple[dict[str, Outcome], set[str], Conclusion]:
    """Collect from a faulty supplier that dies after so many asks, then from a healthy one.

    Gives the verdicts at the end, the requirements that failed before the resume, and the conclusion.
    """
    first = supplier(name)
    first.dies_after = asks
    path = collect(folder, first).path
    before, _ = judged(open_recording(path))
    failed = {id for id, verdict in before.items() if verdict.outcome is Outcome.FAIL}
    collect(folder, Scripted(seconds=1000.0), resume=True)
    after, report = judged(open_recording(path))
    return {id: verdict.outcome for id, verdict in after.items()}, failed, report.conclusion


@pytest.mark.parametrize("asks", [n for n in ASKS if n % 2])
@pytest.mark.parametrize("name", ["repeats_a_row", "old_tls", "open_to_all"])
def test_no_resume_makes_a_fail_vanish(tmp_path: Path, name: str, asks: int) -> None:
    after, failed, conclusion = resumed_healthy(tmp_path, name, asks)
    assert {id for id in failed if after[id] is not Outcome.FAIL} == set()
    if failed:
        assert conclusion is Conclusion.NOT_COMPLIANT


def test_among_these_are_fails_of_records_that_were_gathered_again(tmp_path: Path) -> None:
    """Without one, the test above would show nothing."""
    assert any(
        _again(tmp_path / f"{name}-{asks}", name, asks)
        for name in ("old_tls", "open_to_all", "repeats_a_row")
        for asks in reversed(ASKS)
    )


def _again(folder: Path, name: str, asks: int) -> bool:
    """Did the requirement fail by a record that the resume gathered again?"""
    folder.mkdir()
    _, failed, _ = resumed_healthy(folder, name, asks)
    return bool(open_recording(folder / "run.zip").earlier) and CAUGHT_BY[name] in failed
