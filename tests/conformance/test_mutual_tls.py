"""Mutual TLS: each fault is caught by its row, no decoy is taken for one, and silence is never a refusal."""

from __future__ import annotations

from functools import cache

import pytest

from checker.cli.compose import profile, registry
from fixtures.supplier.mutual_switches import MutualSwitches
from fixtures.supplier.scenario import MUTUAL, Scenario, files, load
from fixtures.supplier.switches import SupplierSwitches
from tests.cli.support import outcomes
from tests.conformance.folders import problems
from tests.conformance.mutual_tls import HANDED, ISSUER, PROFILE, measure, scenarios


@cache
def healthy() -> dict[str, str]:
    """The outcomes of the healthy supplier."""
    return outcomes(measure())


def test_the_healthy_supplier_passes_every_row() -> None:
    assert healthy() == {row.id: "pass" for row in profile(PROFILE, registry()).requirements}


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda one: f"{one.kind}-{one.name}")
def test_what_a_fault_or_decoy_changes_is_what_its_file_says(scenario: Scenario) -> None:
    found = outcomes(measure(scenario))
    assert problems(scenario, found, healthy()) == [] or "*" in scenario.also
    assert [row for row, said in found.items() if said == "fail"] == (
        list(scenario.requirements) if scenario.kind == "fault" else []
    )
    assert [row for row in scenario.also if row != "*" and found[row] == healthy()[row]] == []


def test_every_row_has_a_fault() -> None:
    broken = {row for path in files("fault", MUTUAL) for row in load(path).requirements}
    assert broken == {row.id for row in profile(PROFILE, registry()).requirements}


def test_what_nobody_is_asked_for_is_said_of_one_row_alone() -> None:
    found = outcomes(measure(load(next(one for one in files("fault", MUTUAL) if one.stem == "MTLS-001"))))
    assert found.pop("MTLS-001") == "fail"
    assert found.pop("MTLS-008") == "not-applicable"  # nothing that a token could have been bound to
    assert set(found.values()) == {"inconclusive(prerequisite)"}


def test_a_server_that_only_closes_has_refused_nobody() -> None:
    found = outcomes(measure(mutual=MutualSwitches(says_no="silence")))
    rows = ("MTLS-002", "MTLS-003", "MTLS-004", "MTLS-005", "MTLS-006")
    assert {found[row] for row in rows} == {"inconclusive(network)"}


def test_without_certificates_of_the_issuer_nothing_is_said_of_them() -> None:
    report = measure(handed=())
    found = outcomes(report)
    missing = {"MTLS-005", "MTLS-006", "MTLS-007", "MTLS-008"}
    assert {row for row, said in found.items() if said == "inconclusive(prerequisite)"} == missing
    said = {row["id"]: " ".join(row["verdict"]["why"]) for row in report["rows"]}
    assert "'certificate-revoked'" in said["MTLS-006"]
    assert "kind certificate-issuer" in said["MTLS-005"]


def test_the_authority_of_a_test_system_does_instead() -> None:
    good = outcomes(measure(handed=(ISSUER, "certificate-revoked")))
    assert set(good.values()) == {"pass"}
    for row, mutual in {
        "MTLS-005": MutualSwitches(dates="ignored"),
        "MTLS-007": MutualSwitches(names="ignored", tokens="bearer"),
        "MTLS-008": MutualSwitches(binding="ignored"),
    }.items():
        assert outcomes(measure(None, row, handed=(ISSUER,), mutual=mutual))[row] == "fail"


@pytest.mark.parametrize(
    ("asks", "said"), [("never", {"not-applicable"}), ("optional", {"inconclusive(prerequisite)"})]
)
def test_who_has_no_certificate_learns_whether_one_is_wanted(asks: str, said: set[str]) -> None:
    mutual = MutualSwitches(asks="never" if asks == "never" else "optional", nobody="served")
    found = outcomes(measure(mutual=mutual, handed=(), shows=False))
    assert {found[row] for row in ("MTLS-001", "MTLS-002", "MTLS-003", "MTLS-004", "MTLS-009")} == said


def test_who_is_turned_away_without_a_certificate_knows_nothing() -> None:
    found = outcomes(measure(handed=(), shows=False))
    assert "pass" not in found.values()
    assert "not-applicable" not in {found["MTLS-001"], found["MTLS-002"]}


def test_the_name_matters_where_the_spine_calls() -> None:
    rows = ("MTLS-007",)
    assert outcomes(measure(None, *rows, known=""))["MTLS-007"] == "inconclusive(prerequisite)"
    assert outcomes(measure(None, *rows, known='[known]\nfaces-the-spine = "no"\n'))["MTLS-007"] == "not-applicable"


def test_a_bound_token_that_is_refused_does_not_hide_that_the_name_is_ignored() -> None:
    found = outcomes(measure(None, "MTLS-007", mutual=MutualSwitches(names="ignored")))
    assert found["MTLS-007"] == "fail"


def test_an_opaque_token_may_be_bound_and_not_say_so() -> None:
    opaque = Scenario(
        name="opaque",
        kind="decoy",
        requirements=("MTLS-008",),
        title="Opaque tokens",
        supplier=SupplierSwitches(opaque_tokens=True),
        mutual=MutualSwitches(),
    )
    assert outcomes(measure(opaque, "MTLS-008"))["MTLS-008"] == "inconclusive(prerequisite)"


@pytest.mark.parametrize("name", HANDED)
def test_a_certificate_that_is_wrong_in_something_else_shows_nothing(name: str) -> None:
    rows = dict(zip(HANDED, ("MTLS-005", "MTLS-006", "MTLS-007", "MTLS-008"), strict=True))
    found = measure(None, rows[name], handed=(f"{name}=expired" if name != HANDED[0] else f"{name}=good",))
    assert outcomes(found)[rows[name]] == "inconclusive(prerequisite)"
