"""Finding a patient by NHS number: what passes, what fails, and what decides nothing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from checker.model.ask import HttpAsk
from checker.model.supplier import Supplier
from checker.model.terms import Outcome, Reason
from checker.model.verdict import Verdict
from tests.checks.people import TEST_SYSTEM, People, person
from tests.engine.scripted import SUPPLIER, nhs_number, outcome, verdict_of

FINDS, SPACES, CONFIRMED = "nhs-number.finds", "nhs-number.spaces-accepted", "nhs-number.confirmed-by-others"


def said(check: str, people: People, supplier: Supplier = TEST_SYSTEM) -> Verdict:
    verdict = verdict_of(check, people.outside(), supplier=supplier)
    shown = str((verdict.findings, verdict.why))
    assert not any(secret in shown for secret in (nhs_number(1), "Family1", "1980-01-11"))
    return verdict


@pytest.mark.parametrize("check", [FINDS, SPACES, CONFIRMED])
def test_the_healthy_one_passes_and_no_number_is_in_a_url(check: str) -> None:
    outside = People().outside()
    assert verdict_of(check, outside, supplier=TEST_SYSTEM).outcome is Outcome.PASS
    assert not any(nhs_number(1) in ask.request.url for ask in outside.asks if isinstance(ask, HttpAsk))


def test_without_search_by_post_a_test_system_is_asked_by_get() -> None:
    people = People(posts=False)
    assert said(FINDS, people).outcome is Outcome.PASS
    live: Supplier = msgspec.structs.replace(SUPPLIER, environment="live")
    outside = people.outside()
    assert verdict_of(FINDS, outside, supplier=live).outcome is not Outcome.PASS
    assert not any(nhs_number(1) in ask.request.url for ask in outside.asks if isinstance(ask, HttpAsk))


@pytest.mark.parametrize(
    ("check", "people", "outcome_", "reason"),
    [
        (FINDS, People(by_number=lambda found: []), Outcome.FAIL, None),
        (FINDS, People(patients=[person("a", 1)]), Outcome.INCONCLUSIVE, Reason.NO_DATA),
        (FINDS, People(patients=[]), Outcome.INCONCLUSIVE, Reason.NO_DATA),
        (
            FINDS,
            People(patients=[person("a", 1, name=[]), person("b", 2, name=[])]),
            Outcome.INCONCLUSIVE,
            Reason.NO_DATA,
        ),
        (SPACES, People(spaces="first-group"), Outcome.FAIL, None),
        (SPACES, People(spaces="breaks"), Outcome.FAIL, None),
        (SPACES, People(spaces="refused"), Outcome.INCONCLUSIVE, Reason.HUMAN),
        (SPACES, People(spaces="not-found"), Outcome.INCONCLUSIVE, Reason.HUMAN),
        (SPACES, People(by_number=lambda found: []), Outcome.INCONCLUSIVE, Reason.PREREQUISITE),
        (CONFIRMED, People(by_number=lambda found: [_bare(one) for one in found]), Outcome.FAIL, None),
        (CONFIRMED, People(by_number=lambda found: []), Outcome.INCONCLUSIVE, Reason.PREREQUISITE),
        (CONFIRMED, People(patients=[person("a", 1, gender=""), person("b", 2, gender="")]), Outcome.FAIL, None),
        (FINDS, People(instead={"Patient/_search": outcome(403)}), Outcome.PASS, None),
    ],
)
def test_what_else_is_said(check: str, people: People, outcome_: Outcome, reason: Reason | None) -> None:
    verdict = said(check, people)
    assert (verdict.outcome, verdict.reason) == (outcome_, reason), verdict.why


def _bare(one: dict[str, Any]) -> dict[str, Any]:
    return {name: one[name] for name in ("resourceType", "id", "identifier")}
