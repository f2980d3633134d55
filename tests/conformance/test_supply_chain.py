"""Each fault of what is submitted is caught by its own row; no decoy is a fault; nothing submitted is never a pass."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from checker.cli.compose import profile, registry
from checker.model.value import canonical
from fixtures.supplier.scenario import Scenario, files, load
from tests.conformance.folders import outcomes_of, problems
from tests.conformance.supply_chain import FILES, PROFILE, report_of, report_on, scenarios

pytest.importorskip("cyclonedx")
PEOPLE = ("Head of security", "API team", "Chief executive", "Head of product")
"""Owners: no report holds one."""


@cache
def healthy() -> dict[str, Any]:
    """Measured once for each worker."""
    return report_of()


def test_every_row_that_a_machine_decides_passes_and_the_others_wait_for_a_person() -> None:
    rows = {row.id: row for row in profile(PROFILE, registry()).requirements}
    expected = {name: "pass" if row.check is not None else "inconclusive(human)" for name, row in rows.items()}
    assert outcomes_of(healthy()) == expected | {"AI-001": "not-applicable"}
    assert (len(rows), list(expected.values()).count("pass")) == (55, 42)


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda one: f"{one.kind}-{one.name}")
def test_what_a_fault_or_decoy_changes_is_what_its_file_says(scenario: Scenario) -> None:
    found = report_of(scenario)
    assert problems(scenario, outcomes_of(found), outcomes_of(healthy())) == []
    text = canonical(found).decode()
    assert not [value for value in PEOPLE if value in text]


def test_every_row_with_a_check_has_a_fault_that_is_named_after_it() -> None:
    caught = {name for path in files("fault", PROFILE) for name in load(path).requirements}
    assert caught == {row.id for row in profile(PROFILE, registry()).requirements if row.check is not None}
    for path in files("fault", PROFILE):
        assert load(path).requirements == (path.stem.partition(".")[0],)


def test_without_a_file_nothing_that_looks_at_it_passes() -> None:
    none = outcomes_of(report_on({"register": b"holds: []\n"}))
    assert {said.partition("(")[0] for said in none.values()} == {"inconclusive"}
    for kind in FILES:
        found = outcomes_of(report_of(without=[kind]))
        assert "fail" not in found.values()
        assert found != outcomes_of(healthy())


@pytest.mark.parametrize("kind", ["client-requests", "client-keys", "client-keys-earlier", "identity-configuration"])
def test_private_keys_are_looked_for_in_what_is_submitted_of_a_client(kind: str) -> None:
    public = b'{"keys": [{"kty": "RSA", "kid": "live-1", "e": "AQAB", "n": "%s"}]}' % (b"A" * 342)
    private = public.replace(b'"e"', b'"d": "%s", "e"' % (b"B" * 342))
    assert outcomes_of(report_on({kind: public}))["NHSJWT-012"] == "inconclusive(no-data)"
    assert outcomes_of(report_on({kind: private}))["NHSJWT-012"] == "fail"


def test_without_product_and_version_nothing_is_said_of_them() -> None:
    found = outcomes_of(report_of(product=("--name", "Harrow & Vale")))
    about = ("SBOM-005", "SBOM-009", "SBOM-010", "DTAC-001", "PEN-003", "ISO-001")
    assert {found[name].partition("(")[0] for name in about} == {"inconclusive"}


def test_the_day_that_is_judged_is_the_one_that_is_asked_for() -> None:
    early, late = outcomes_of(report_of(as_of="2027-05-10")), outcomes_of(report_of(as_of="2027-05-13"))
    assert (early["CE-001"], late["CE-001"]) == ("pass", "fail")
    assert (early["PEN-001"], early["SBOM-010"]) == ("fail", "inconclusive(prerequisite)")
    assert outcomes_of(report_of(as_of="2027-07-01"))["DSPT-001"] == "fail"
    assert outcomes_of(report_of(as_of="2028-07-02"))["DSPT-001"] == "inconclusive(prerequisite)"
