"""How many NHS numbers stand on several patients, and how many patients have none."""

from __future__ import annotations

from typing import Any

import pytest

from checker.checks.number_reports import NUMBER_COUNTS, SEVERAL, WITHOUT, ReportParams
from checker.checks.tallied import Tallied
from checker.engine.scans import ScanJob, run_scans
from checker.model.supplier import Limits
from tests.scans.samples import OTHER, SALT, chunks_of, nhs, patient

MERGED = {"link": [{"type": "replaced-by", "other": {"reference": "Patient/a"}}]}


def counted(*patients: dict[str, Any]) -> tuple[int, int]:
    job = ScanJob(scan=NUMBER_COUNTS, params=ReportParams())
    (outcome,) = run_scans([job], chunks_of(list(patients)), salt=SALT, limits=Limits()).outcomes
    state = NUMBER_COUNTS.load(outcome.state)
    assert isinstance(state, Tallied)
    return state.counts.get(SEVERAL, 0), state.counts.get(WITHOUT, 0)


@pytest.mark.parametrize(
    ("patients", "expected"),
    [
        ([patient("a", nhs()), patient("b", nhs(OTHER))], (0, 0)),
        ([patient("a", nhs()), patient("b", nhs())], (1, 0)),
        ([patient("a", nhs()), patient("b", nhs("999 000 0018")), patient("c", nhs())], (1, 0)),
        ([patient("a", nhs()), patient("a", nhs(), active=False)], (0, 0)),
        ([patient("a", nhs()), patient("b", nhs(), **MERGED)], (0, 0)),
        ([patient("a", nhs()), patient("b", nhs(use="old"))], (0, 1)),
        ([patient("a", nhs()), patient("b"), patient("c", nhs(None))], (0, 2)),
        ([patient("a"), patient("a", nhs())], (0, 0)),
        ([patient("a"), patient("a", **MERGED)], (0, 0)),
        ([patient("", nhs()), patient("", nhs())], (1, 0)),
    ],
)
def test_counts(patients: list[dict[str, Any]], expected: tuple[int, int]) -> None:
    assert counted(*patients) == expected
    assert counted(*reversed(patients)) == expected
