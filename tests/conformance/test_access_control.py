"""Access control: each fault is caught by its row, no decoy is taken for one, and nothing passes by itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Literal

import pytest

from checker.cli.compose import profile, registry
from fixtures.supplier.guards import GuardSwitches
from fixtures.supplier.scenario import GUARDED, Scenario, files, load
from fixtures.supplier.serve import Served
from tests.cli.support import outcomes
from tests.conformance.folders import problems
from tests.conformance.guarded import GIVEN, PROFILE, measure, near, scenarios

BY_PERSONS = {"AUTH-026", "AUTH-028", "SCOPE-012", "SCOPE-013"}
"""Rows that no machine decides."""


@cache
def healthy() -> dict[str, str]:
    """The outcomes of the healthy supplier."""
    return outcomes(measure())


def test_the_healthy_supplier_passes_every_row_that_a_machine_decides() -> None:
    expected = {row.id: "pass" for row in profile(PROFILE, registry()).requirements}
    assert healthy() == {**expected, **dict.fromkeys(BY_PERSONS, "inconclusive(human)")}


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda one: f"{one.kind}-{one.name}")
def test_what_a_fault_or_decoy_changes_is_what_its_file_says(scenario: Scenario) -> None:
    found = outcomes(measure(scenario, *near(scenario)))
    assert problems(scenario, found, healthy()) == []
    assert [row for row in scenario.also if found[row] == healthy()[row]] == []


def test_every_row_of_its_own_has_a_fault() -> None:
    own = {row.id for row in profile(PROFILE, registry()).requirements}
    own -= {row.id for row in profile("api-security", registry()).requirements}
    broken = {row for path in files("fault", GUARDED) for row in load(path).requirements}
    assert broken == own - BY_PERSONS


def test_without_the_key_of_the_issuer_nothing_is_said_of_its_tokens() -> None:
    rows = ("AUTH-005", "AUTH-006", "AUTH-013", "AUTH-014", "AUTH-015", "AUTH-024")
    report = measure(None, *rows, issuer=False)
    found = outcomes(report)
    assert {found[row] for row in rows} == {"inconclusive(prerequisite)"}
    (said,) = next(row["verdict"]["why"] for row in report["rows"] if row["id"] == "AUTH-005")
    assert "identity 'issued'" in said
    assert "identity 'expired'" in said


LONG_AGO = 1_600_000_000
"""A time that is over, in seconds since 1970."""


def _ended(served: Served, **claims: object) -> str:
    return served.token("system/*.read", exp=LONG_AGO, **claims)


@pytest.mark.parametrize(
    ("name", "row", "make", "fault"),
    [
        ("expired", "AUTH-005", _ended, "exp-ignored"),
        ("other-audience", "AUTH-013", lambda served: served.token(aud="https://elsewhere.invalid"), "aud-ignored"),
        ("other-issuer", "AUTH-014", lambda served: served.token(iss="https://elsewhere.invalid"), "iss-ignored"),
    ],
)
def test_a_token_that_was_handed_over_shows_the_same(
    name: str, row: str, make: Callable[[Served], str], fault: Literal["exp-ignored", "aud-ignored", "iss-ignored"]
) -> None:
    def said(scenario: Scenario | None) -> str:
        return outcomes(measure(scenario, row, issuer=False, handed={name: make}))[row]

    bad = Scenario(name=fault, kind="fault", requirements=(row,), title=fault, guard=GuardSwitches(tokens=fault))
    assert (said(None), said(bad)) == ("pass", "fail")


@pytest.mark.parametrize(
    "make",
    [
        lambda served: served.token(),
        lambda served: "a-token-that-is-opaque",
        lambda served: _ended(served, aud="https://elsewhere.invalid"),
        lambda served: _ended(served, iss="https://elsewhere.invalid"),
    ],
    ids=["good", "opaque", "other audience", "other issuer"],
)
def test_a_token_that_is_refused_for_something_else_shows_nothing(make: Callable[[Served], str]) -> None:
    found = outcomes(measure(None, "AUTH-005", issuer=False, handed={"expired": make}))
    assert found["AUTH-005"] == "inconclusive(prerequisite)"


def test_nothing_is_written_and_nobody_else_is_looked_at_where_that_is_not_allowed() -> None:
    found = outcomes(measure(None, "SCOPE-001", "SCOPE-004", given=("--safety", "S1")))
    assert found["SCOPE-001"] == found["SCOPE-004"] == "inconclusive(unsafe)"
    found = outcomes(measure(None, "SCOPE-001", given=(*GIVEN[:1], "S2")))
    assert found["SCOPE-001"] == "inconclusive(unsafe)"


def test_what_is_asked_of_an_application_takes_one_and_a_place_that_is_for_users() -> None:
    found = outcomes(measure(None, "SCOPE-003", "SCOPE-010", given=("--safety", "S2")))
    assert found == {"SCOPE-003": "pass", "SCOPE-010": "inconclusive(unsafe)"}
