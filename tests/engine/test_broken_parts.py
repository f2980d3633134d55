"""Law 8: what breaks makes its own requirement an error, and nothing else."""

from __future__ import annotations

import pytest

from checker.model.requirement import ConditionUse, NotTested, Profile, Requirement
from checker.model.terms import Outcome, Reason
from checker.model.verdict import Verdict
from tests.engine.scripted import Scripted, decisions, json_reply, judged, profile_of, recorded, requirement
from tests.engine.suppliers import failing
from tests.engine.toys import REGISTRY

SOUND = requirement("SOUND", check="toy.has", params={"probe": "toy.one"})


def _row(id: str, probe: str) -> Requirement:
    return requirement(id, check="toy.has", params={"probe": probe})


def verdicts_of(*rows: Requirement, **more: object) -> dict[str, Verdict]:
    profile: Profile = profile_of(*rows, **more)
    recording = recorded(Scripted(answer=lambda ask: json_reply({})), profile, known=REGISTRY)
    return dict(judged(recording, profile=profile, known=REGISTRY)[0])


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (_row("R-1", "toy.raises"), "ZeroDivisionError"),
        (_row("R-1", "toy.rests-on-broken"), "ZeroDivisionError"),
        (_row("R-1", "toy.undeclared"), "does not declare"),
        (_row("R-1", "toy.undeclared-each"), "does not declare"),
        (_row("R-1", "toy.two-respects"), "differ"),
        (requirement("R-1", check="toy.raises-late"), "KeyError"),
    ],
)
def test_what_breaks_is_an_error_of_its_requirement_alone(broken: Requirement, says: str) -> None:
    verdicts = verdicts_of(SOUND, broken, _row("AFTER", "toy.one"))
    assert {name: v.outcome for name, v in verdicts.items()} == {
        "SOUND": Outcome.PASS,
        "R-1": Outcome.ERROR,
        "AFTER": Outcome.PASS,
    }
    assert says in verdicts["R-1"].why[0]
    assert "not of the supplier" in verdicts["R-1"].why[1]


def test_the_mutant_of_a_broken_pair_is_never_sent() -> None:
    outside = Scripted(answer=lambda ask: json_reply({}))
    recorded(outside, profile_of(_row("R-1", "toy.two-respects")), known=REGISTRY)
    assert outside.asks == []


def test_an_error_in_scope_ends_with_4_unless_a_must_fails() -> None:
    for rows, code in (
        ((SOUND, requirement("R-1", check="toy.raises-late")), 4),
        ((requirement("R-2", check="toy.finds"), requirement("R-1", check="toy.raises-late")), 1),
    ):
        profile = profile_of(*rows)
        recording = recorded(Scripted(answer=lambda ask: json_reply({})), profile, known=REGISTRY)
        assert judged(recording, profile=profile, known=REGISTRY)[1].exit_code == code


@pytest.mark.parametrize(
    ("condition", "says", "core", "found"),
    [
        ("toy.seen", "true", False, (Outcome.PASS, None)),
        ("toy.seen", "false", False, (Outcome.NOT_APPLICABLE, None)),
        ("toy.seen", "false", True, (Outcome.NOT_APPLICABLE, None)),
        ("toy.seen", "unknown", False, (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)),
        ("toy.seen", "raises", False, (Outcome.ERROR, None)),
        ("toy.claimed", "false", False, (Outcome.NOT_APPLICABLE, None)),
        ("toy.claimed", "false", True, (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)),
        ("toy.of-short", "false", False, (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)),
        ("toy.of-short", "true", False, (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)),
    ],
)
def test_a_condition_decides_only_when_it_is_known(
    condition: str, says: str, core: bool, found: tuple[Outcome, Reason | None]
) -> None:
    use = ConditionUse(condition=condition, params={"says": says})
    row = requirement(check="toy.has", params={"probe": "toy.one"}, applies_when=use, core=core)
    verdict = verdicts_of(row)["R-1"]
    assert (verdict.outcome, verdict.reason) == found
    assert verdict.not_claimed == (verdict.outcome is Outcome.NOT_APPLICABLE and condition == "toy.claimed")
    if verdict.outcome is Outcome.NOT_APPLICABLE:
        assert verdict.evidence


def test_what_the_profile_expects_applies_whatever_the_supplier_claims() -> None:
    use = ConditionUse(condition="toy.claimed", params={"says": "false"})
    row = requirement(check="toy.has", params={"probe": "toy.one"}, applies_when=use)
    assert verdicts_of(row, expects=(use,))["R-1"].outcome is Outcome.PASS


def test_what_builds_on_a_row_that_did_not_pass_is_not_judged() -> None:
    later = requirement("LATER", check="toy.has", params={"probe": "toy.one"}, requires=("FIRST",))
    first = requirement("FIRST", check="toy.finds")
    found = decisions(verdicts_of(later, first))
    assert found["LATER"] == (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)
    assert list(found) == ["LATER", "FIRST"], "in the order of the profile"
    assert decisions(verdicts_of(later, SOUND))["LATER"] == (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)


def test_a_finding_stands_on_an_incomplete_record() -> None:
    row = requirement(check="toy.finds", params={"probe": "toy.short"})
    assert verdicts_of(row)["R-1"].outcome is Outcome.FAIL


def test_something_examined_does_not_pass_on_an_incomplete_record() -> None:
    assert decisions(verdicts_of(_row("R-1", "toy.short")))["R-1"] == (Outcome.INCONCLUSIVE, Reason.BUDGET)


def test_a_doubt_forbids_a_pass_and_gives_its_reason() -> None:
    assert decisions(verdicts_of(requirement(check="toy.doubts")))["R-1"] == (
        Outcome.INCONCLUSIVE,
        Reason.TERMINOLOGY,
    )


def test_what_nobody_tests_waits_for_a_person() -> None:
    row = requirement(not_tested=NotTested(reason="It takes eyes."))
    assert decisions(verdicts_of(row))["R-1"] == (Outcome.INCONCLUSIVE, Reason.HUMAN)


@pytest.mark.parametrize("reason", [Reason.NETWORK, Reason.TIMEOUT, Reason.AUTH, Reason.UNSAFE])
def test_network_trouble_is_neither_a_fail_nor_a_pass(reason: Reason) -> None:
    profile = profile_of(SOUND)
    recording = recorded(Scripted(answer=lambda ask: failing(reason)), profile, known=REGISTRY)
    found = decisions(judged(recording, profile=profile, known=REGISTRY)[0])
    assert found["SOUND"] == (Outcome.INCONCLUSIVE, reason)
