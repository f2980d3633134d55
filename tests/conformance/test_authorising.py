"""The authorisation server: each fault is caught by its row, no decoy is taken for one, nothing passes by itself."""

from __future__ import annotations

import base64
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from checker.cli.compose import profile, registry
from fixtures.supplier.authorisation_switches import AuthorisationSwitches
from fixtures.supplier.scenario import AUTHORISATION, Scenario, files, load
from fixtures.supplier.switches import SupplierSwitches
from tests.cli.support import outcomes
from tests.conformance.authorising import GIVEN, PROFILE, every_byte, measure, near, scenarios
from tests.conformance.folders import problems

BY_PERSONS = {"SMART-005", "OAUTH-006", "OAUTH-008", "OAUTH-009"}
"""Rows that no machine decides."""


@cache
def healthy() -> dict[str, str]:
    """The outcomes of the healthy supplier."""
    return outcomes(measure())


def test_the_healthy_supplier_passes_every_row_that_applies() -> None:
    expected = {row.id: "pass" for row in profile(PROFILE, registry()).requirements}
    expected |= dict.fromkeys(BY_PERSONS, "inconclusive(human)")
    assert healthy() == {**expected, "OAUTH-021": "not-applicable"}


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda one: f"{one.kind}-{one.name}")
def test_what_a_fault_or_decoy_changes_is_what_its_file_says(scenario: Scenario) -> None:
    found = outcomes(measure(scenario, *near(scenario)))
    assert problems(scenario, found, healthy()) == []
    assert [row for row in scenario.also if found[row] == healthy()[row]] == []


def test_every_row_that_a_machine_decides_has_a_fault() -> None:
    own = {row.id for row in profile(PROFILE, registry()).requirements}
    for other in ("smart-discovery", "access-control"):
        own -= {row.id for row in profile(other, registry()).requirements}
    broken = {row for path in files("fault", AUTHORISATION) for row in load(path).requirements}
    assert broken == own - BY_PERSONS


@pytest.mark.parametrize(
    "known",
    [
        "",
        'authorisation-client = "nobody"\nredirect-uri = "https://app.example/callback"\n',
        'authorisation-client = "app-1"\nredirect-uri = "https://other.example/callback"\n',
    ],
    ids=["no client", "another client", "another redirect URI"],
)
def test_without_a_request_that_leads_to_a_login_nothing_is_said_of_logins(known: str) -> None:
    report = measure(None, "OAUTH-005", "OAUTH-007", known=known)
    assert outcomes(report) == {
        "OAUTH-005": "inconclusive(prerequisite)",
        "OAUTH-007": "inconclusive(prerequisite)",
    }
    assert "authorisation-client" in str(report)


def test_what_writes_is_not_tried_where_that_is_not_allowed() -> None:
    rows = ("OAUTH-014", "OAUTH-018", "OAUTH-019")
    found = outcomes(measure(None, *rows, given=(GIVEN[0], "S2")))
    assert found == dict.fromkeys(rows, "inconclusive(unsafe)")


def test_nothing_that_a_client_proves_itself_by_is_written(tmp_path: Path) -> None:
    """Every JWT begins with the same letters: they are nowhere, and no form has an assertion in it."""
    secret: list[bytes] = []
    measure(None, keep=tmp_path, secret=secret)
    for name, data in every_byte(tmp_path):
        assert [one for one in secret if one in data] == [], name
        assert b"eyJ" not in data, name
        assert b"client_assertion=" not in data.replace(b"client_assertion=redacted", b""), name


@pytest.mark.parametrize("opaque", [True, False])
def test_no_secret_and_no_token_is_written_where_a_client_has_a_secret(tmp_path: Path, opaque: bool) -> None:
    secret: list[bytes] = []
    switches = SupplierSwitches(opaque_tokens=opaque)
    open_all = Scenario(name="x", kind="fault", requirements=("*",), title="x", supplier=switches)
    says = AuthorisationSwitches(client="secret", by_get="answered", refresh="kept", introspection="open")
    measure(open_all, says=says, keep=tmp_path, secret=secret)
    basic = {base64.b64encode(f"checker:{one.decode()}".encode()) for one in secret if one.isascii()}
    for name, data in every_byte(tmp_path):
        assert [one for one in (*secret, *basic) if one in data] == [], name
        assert b"eyJ" not in data, name


def test_every_value_of_every_switch_is_tried() -> None:
    healthy_one = AuthorisationSwitches()
    tried = {
        (name, value) for one in scenarios() if one.authorisation for name, value in asdict(one.authorisation).items()
    }
    for name, hint in get_type_hints(AuthorisationSwitches).items():
        values = get_args(hint) or (True, False)
        assert {(name, value) for value in values if value != getattr(healthy_one, name)} <= tried, name
