"""Every fault of a profile over the evidence pack is caught by its row, and every decoy stays quiet.

Here the rows that a file names are run, and what they build on; all of them by ``python -m tests.conformance.matrix``.
"""

from __future__ import annotations

from functools import cache

import pytest

from fixtures.supplier.scenario import PACKED, Scenario
from tests.cli.support import outcomes
from tests.conformance.folders import problems
from tests.conformance.packs import report_of, scenarios

EVERY = [(profile, one) for profile in PACKED for one in scenarios(profile)]


@cache
def healthy(profile: str) -> dict[str, str]:
    """What the rows of a profile say of the good pack."""
    return outcomes(report_of(profile))


@pytest.mark.parametrize(("profile", "scenario"), EVERY, ids=[f"{p}-{one.kind}-{one.name}" for p, one in EVERY])
def test_only_its_row_notices(profile: str, scenario: Scenario) -> None:
    before = healthy(profile)
    near = sorted({*scenario.requirements, *scenario.also} & before.keys())
    found = outcomes(report_of(profile, scenario, only=near))
    assert not problems(scenario, found, before)


@pytest.mark.parametrize("profile", sorted({profile for profile, _ in EVERY}))
def test_nothing_fails_over_the_good_pack(profile: str) -> None:
    found = healthy(profile)
    assert "pass" in found.values()
    assert not [name for name, said in found.items() if said in ("fail", "error")]
