"""Law 1: what a check says, and what is missing, make the outcome."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from checker.engine.judge import decide
from checker.model.record import Shortfall
from checker.model.terms import REASON_ORDER, Outcome, Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from tests.engine.scripted import requirement

ROW = requirement()
names = st.lists(st.sampled_from(["e000001", "e000002", "e000003"]), max_size=2).map(tuple)
words = st.sampled_from(["one thing", "another thing", "a third thing"])
examined = st.builds(Examined, what=words, evidence=names, count=st.integers(0, 3))
findings = st.builds(Finding, message=words, expected=words, actual=words, evidence=names)
undecided = st.builds(Undecided, reason=st.sampled_from(Reason), message=words, evidence=names)
statements: st.SearchStrategy[list[Statement]] = st.lists(
    st.one_of(examined, examined, findings, undecided), max_size=6
)
shortfalls = st.lists(st.builds(Shortfall, reason=st.sampled_from(Reason), message=words), max_size=3)
modest = settings(max_examples=100, deadline=None)


def _sorted(found: list[Statement]) -> tuple[list[Examined], list[Finding], list[Undecided]]:
    return (
        [s for s in found if isinstance(s, Examined)],
        [s for s in found if isinstance(s, Finding)],
        [s for s in found if isinstance(s, Undecided)],
    )


@modest
@given(statements, shortfalls)
def test_the_outcome_is_what_law_1_says(found: list[Statement], missing: list[Shortfall]) -> None:
    looked_at, wrong, doubts = _sorted(found)
    verdict = decide(ROW, found, missing)
    passes = sum(s.count for s in looked_at) > 0 and not wrong and not doubts and not missing
    assert (verdict.outcome is Outcome.PASS) == passes
    assert (verdict.outcome is Outcome.FAIL) == bool(wrong)
    assert verdict.outcome in (Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE)
    assert len(verdict.findings) == len(wrong)


@modest
@given(statements, shortfalls)
def test_an_inconclusive_verdict_names_the_first_reason_of_the_order(
    found: list[Statement], missing: list[Shortfall]
) -> None:
    verdict = decide(ROW, found, missing)
    if verdict.outcome is not Outcome.INCONCLUSIVE:
        assert verdict.reason is None
        return
    reasons = [s.reason for s in _sorted(found)[2]] + [s.reason for s in missing]
    assert verdict.reason is min(reasons or [Reason.NO_DATA], key=REASON_ORDER.__getitem__)
    assert verdict.why


@modest
@given(statements, shortfalls)
def test_all_evidence_is_named_once(found: list[Statement], missing: list[Shortfall]) -> None:
    verdict = decide(ROW, found, missing)
    assert set(verdict.evidence) == {name for s in found for name in s.evidence}
    assert len(set(verdict.evidence)) == len(verdict.evidence)


@modest
@given(statements, shortfalls, statements, shortfalls)
def test_more_doubt_never_makes_a_pass_and_never_unmakes_a_fail(
    found: list[Statement], missing: list[Shortfall], more: list[Statement], more_missing: list[Shortfall]
) -> None:
    before = decide(ROW, found, missing).outcome
    after = decide(ROW, [*found, *_sorted(more)[2]], [*missing, *more_missing]).outcome
    assert after is before or (before, after) == (Outcome.PASS, Outcome.INCONCLUSIVE)


def test_many_sentences_are_cut_and_counted() -> None:
    verdict = decide(ROW, [Examined(what=f"thing {n}") for n in range(8)], [])
    assert verdict.why == (*(f"thing {n}" for n in range(5)), "and 3 more")


def test_reasons_come_in_the_order_of_the_list() -> None:
    assert sorted(Reason, key=REASON_ORDER.__getitem__) == list(Reason)
    assert Reason.UNSAFE is next(iter(Reason))
