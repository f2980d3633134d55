"""The level of evidence follows from its kind, and never from what a supplier says of itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from checker.engine.evidence_level import Levels, level_of
from checker.engine.judge import at_floor
from checker.model.evidence import Artefact, Evidence, Handshake, Payload, ScanState, envelope
from checker.model.requirement import Clause, Requirement
from checker.model.terminology import TerminologyAnswer
from checker.model.terms import Basis, Decider, DutyHolder, Obligation, Outcome, Reason, Safety
from checker.model.verdict import Verdict

AT = datetime(2026, 11, 22, tzinfo=UTC)


def evidence(payload: Payload, number: int = 1) -> Evidence:
    return envelope(payload, number=number, ask="x", captured_at=AT, previous="")


def artefact(role: str, facts: dict[str, Any] | None = None) -> Evidence:
    return evidence(Artefact(artefact="a", role=role, files=(), facts=facts or {}))


def scan(over: str) -> Evidence:
    return evidence(ScanState(scan="s", version="1", params={}, over=over, artefact="a", files=(), resources=1))


@pytest.mark.parametrize(
    ("found", "level"),
    [
        (artefact("pack-service", {"level": 3, "role": "export", "over": "exchanges"}), 1),
        (artefact("evidence-pack"), 1),
        (artefact("register"), 1),
        (artefact("outage-log"), 2),
        (artefact("sbom"), 2),
        (scan("export"), 2),
        (scan("exchanges"), 3),
        (evidence(Handshake(host="h", port=443, attempts=())), 3),
    ],
)
def test_the_level_is_that_of_the_kind(found: Evidence, level: int) -> None:
    assert level_of(found) == level


def test_what_shows_nothing_of_the_supplier_has_no_level() -> None:
    answer = evidence(TerminologyAnswer(server="https://tx.example"))
    assert level_of(answer) is None
    assert Levels({"e1": answer}.get).highest(["e1", "gone"]) is None


def test_the_highest_of_several_counts() -> None:
    held = {"e1": artefact("pack-service"), "e2": artefact("outage-log")}
    assert Levels(held.get).highest(["e1", "e2"]) == 2
    assert Levels(held.get).highest(["e1"]) == 1
    assert Levels(held.get).highest([]) is None


@pytest.mark.parametrize(
    ("outcome", "level", "said"),
    [
        (Outcome.PASS, 1, (Outcome.INCONCLUSIVE, Reason.NO_DATA)),
        (Outcome.PASS, None, (Outcome.INCONCLUSIVE, Reason.NO_DATA)),
        (Outcome.PASS, 2, (Outcome.PASS, None)),
        (Outcome.PASS, 3, (Outcome.PASS, None)),
        (Outcome.FAIL, 1, (Outcome.FAIL, None)),
    ],
)
def test_a_pass_below_the_floor_is_none(
    outcome: Outcome, level: int | None, said: tuple[Outcome, Reason | None]
) -> None:
    row = Requirement(
        id="R-1",
        obligation=Obligation.MUST,
        verb="must",
        basis=Basis.POLICY,
        clause=Clause(standard="x"),
        summary="s",
        fix="f",
        evidence_floor=2,
    )
    verdict = Verdict(
        requirement="R-1",
        outcome=outcome,
        level=level,
        obligation=Obligation.MUST,
        basis=Basis.POLICY,
        duty_holder=DutyHolder.SUPPLIER,
        decider=Decider.MACHINE,
        safety=Safety.S0,
        counts=True,
    )
    found = at_floor(row, verdict)
    assert (found.outcome, found.reason) == said
