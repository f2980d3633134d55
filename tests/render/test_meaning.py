"""Plain words: each conclusion is explained by what it rests on, and nothing more is claimed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from checker.model.report import Report, Scope
from checker.model.terms import Basis, Conclusion, Cover, Decider, Obligation, Outcome, Reason, Safety
from checker.render import meaning
from checker.render.sections import sections
from tests.render import samples
from tests.render.strategies import reports


def said(report: Report) -> str:
    return " ".join(meaning.meaning(report))


def test_one_failed_must_is_named_and_is_enough() -> None:
    assert "A MUST fails, so the system does not meet this profile: READ-3." in said(samples.broken())


def test_many_failed_musts_are_counted_and_some_named() -> None:
    rows = tuple(samples.row(f"A-{n}", Outcome.FAIL, red=True) for n in range(9))
    text = said(samples.report(rows, Conclusion.NOT_COMPLIANT, 1))
    assert text.startswith("9 MUSTs fail, so")
    assert "A-5 and 3 more." in text


def test_a_failed_recommendation_is_not_given_as_the_reason() -> None:
    rows = (
        samples.row("A-1", Outcome.FAIL, red=True),
        samples.row("B-1", Outcome.FAIL, obligation=Obligation.SHOULD),
        samples.row("C-1", Outcome.FAIL, cover=Cover.WAIVER, waiver=samples.WAIVER),
    )
    text = said(samples.report(rows, Conclusion.NOT_COMPLIANT, 1))
    assert "B-1" not in text
    assert "C-1" not in text


def test_compliance_says_what_it_consists_of_and_that_it_is_no_approval() -> None:
    text = said(samples.healthy())
    assert "2 passed, 1 did not apply, 2 covered" in text
    assert "What is covered did not pass" in text
    assert "no approval" in text


def test_nothing_met_proves_nothing() -> None:
    assert said(samples.inconclusive()).startswith("Nothing was proved, because no MUST was seen to be met.")


def test_no_must_in_scope_proves_nothing() -> None:
    rows = (samples.row("A-1", obligation=Obligation.SHOULD),)
    assert "no MUST lies within the scope" in said(samples.report(rows, Conclusion.INCONCLUSIVE, 3))


def test_what_is_open_is_counted_beside_what_passed() -> None:
    rows = (samples.row("A-1"), samples.row("A-2", Outcome.INCONCLUSIVE, red=True, reason=Reason.AUTH))
    text = said(samples.report(rows, Conclusion.INCONCLUSIVE, 3))
    assert text.startswith("Compliance was not proved, because 1 of 2 MUSTs could not be decided: A-2.")
    assert "neither for the supplier nor against it" in text


def test_an_obstacle_is_the_reason_where_every_row_is_settled() -> None:
    assert "Compliance was not proved, because: the recording is partial." in said(samples.interrupted())


def test_a_fault_of_the_checker_is_said() -> None:
    rows = (samples.row("A-1"), samples.row("A-2", Outcome.ERROR, red=True))
    assert "In 1 case the checker itself failed." in said(samples.report(rows, Conclusion.INCONCLUSIVE, 4))


@settings(max_examples=60, deadline=None)
@given(reports())
def test_every_conclusion_is_explained(report: Report) -> None:
    text = said(report)
    assert ("meets this profile" in text) == (report.conclusion is Conclusion.COMPLIANT)
    assert ("does not meet" in text) == (report.conclusion is Conclusion.NOT_COMPLIANT)
    assert ("was not proved" in text or "Nothing was proved" in text) == (report.conclusion is Conclusion.INCONCLUSIVE)


@settings(max_examples=60, deadline=None)
@given(reports())
def test_every_row_against_the_run_has_one_next_step(report: Report) -> None:
    against = sections(report).against
    steps = meaning.next_steps(against)
    assert sorted(row.id for step in steps for row in step.rows) == sorted(row.id for row in against)


def test_next_steps_begin_with_what_fails_and_say_what_to_do() -> None:
    steps = meaning.next_steps(sections(samples.broken()).against)
    assert [step.title.split()[0] for step in steps] == ["Mend", "Not", "Report"]
    assert "collect --resume" in steps[1].action


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (Scope(), "what a check decides, with well-formed requests that only read"),
        (Scope(ceiling=Safety.S0), "what a check decides, without sending anything"),
        (
            Scope(deciders=(Decider.MACHINE, Decider.HUMAN), bases=(Basis.LAW,)),
            "what a check or a person decides, with well-formed requests that only read, "
            "counting only: L, law or information standard in force",
        ),
    ],
)
def test_a_scope_in_words(scope: Scope, words: str) -> None:
    assert meaning.scope_words(scope) == words


def test_every_reason_and_class_has_words() -> None:
    assert set(meaning._REASONS) == set(Reason)
    assert set(meaning._REQUESTS) == set(Safety)
    assert set(meaning.OUTCOME_MEANING) == set(Outcome)
