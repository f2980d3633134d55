"""What a pack says of signing in is held against a server that answers; without one nothing is decided."""

from __future__ import annotations

from functools import cache

import pytest

from fixtures.supplier.scenario import Scenario
from tests.cli.support import outcomes
from tests.conformance import packs
from tests.conformance.folders import problems
from tests.conformance.signing_on import PROFILE, ROWS, report_of, scenarios


@cache
def healthy() -> dict[str, str]:
    """The outcomes of the good pack beside the supplier that launches from the record."""
    return outcomes(report_of())


def test_the_good_pack_says_what_the_server_says() -> None:
    assert {row: healthy()[row] for row in ROWS} == dict.fromkeys(ROWS, "pass")


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda one: f"{one.kind}-{one.name}")
def test_only_its_row_notices(scenario: Scenario) -> None:
    assert problems(scenario, outcomes(report_of(scenario)), healthy()) == []


def test_without_a_server_nothing_is_decided() -> None:
    found = outcomes(packs.report_of(PROFILE, only=ROWS))
    assert {row: found[row] for row in ROWS} == dict.fromkeys(ROWS, "inconclusive(no-data)")
