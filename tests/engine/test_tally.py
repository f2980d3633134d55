"""The tally is a commutative monoid, and the conclusion and exit code follow from it alone."""

from __future__ import annotations

import itertools
from functools import reduce
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.engine.tally import (
    _PRECEDENCE,
    EMPTY,
    EXIT_WORDS,
    combine,
    conclude,
    counts_as_failure,
    exit_code,
    is_red,
    parse_scope,
    tally_of,
)
from checker.model.report import Cell, Scope, Tally
from checker.model.terms import (
    Basis,
    Conclusion,
    Cover,
    Decider,
    DutyHolder,
    FailOn,
    Obligation,
    Outcome,
    Reason,
    Safety,
)
from checker.model.verdict import Verdict

MACHINE = Scope()
PASS, FAIL, OPEN, ERROR, NA = (
    Outcome.PASS,
    Outcome.FAIL,
    Outcome.INCONCLUSIVE,
    Outcome.ERROR,
    Outcome.NOT_APPLICABLE,
)


def verdict(result: Outcome = PASS, **changes: Any) -> Verdict:
    return Verdict(
        **{
            "requirement": "R",
            "outcome": result,
            "reason": Reason.NO_DATA if result is OPEN else None,
            "obligation": Obligation.MUST,
            "basis": Basis.STANDARD,
            "duty_holder": DutyHolder.SUPPLIER,
            "decider": Decider.MACHINE,
            "safety": Safety.S1,
            "counts": True,
            **changes,
        }
    )


verdicts = st.builds(
    verdict,
    st.sampled_from(Outcome),
    obligation=st.sampled_from(Obligation),
    basis=st.sampled_from(Basis),
    decider=st.sampled_from(Decider),
    safety=st.sampled_from(Safety),
    counts=st.sampled_from([True, True, True, False]),
    cover=st.sampled_from([Cover.NONE, Cover.NONE, Cover.WAIVER, Cover.ATTESTATION]),
    reason=st.none() | st.sampled_from(Reason),
)
some = st.lists(verdicts, max_size=8)
hindrances = st.lists(st.sampled_from(["interrupted", "subset", "changed"]), max_size=2)
tallies = st.builds(tally_of, some, st.just([]) | hindrances)
scopes = st.builds(
    Scope,
    deciders=st.sampled_from([(Decider.MACHINE,), (Decider.MACHINE, Decider.HUMAN)]),
    ceiling=st.sampled_from(Safety),
    bases=st.just(tuple(Basis)) | st.lists(st.sampled_from(Basis), min_size=1, unique=True).map(tuple),
)
modest = settings(max_examples=50, deadline=None)


@modest
@given(some, st.randoms(use_true_random=False))
def test_the_order_of_verdicts_does_not_matter(found: list[Verdict], random: Any) -> None:
    other = list(found)
    random.shuffle(other)
    assert tally_of(other) == tally_of(found)


@modest
@given(tallies, tallies, tallies)
def test_combining_is_associative_and_commutative_and_empty_is_its_identity(a: Tally, b: Tally, c: Tally) -> None:
    assert combine(combine(a, b), c) == combine(a, combine(b, c))
    assert combine(a, b) == combine(b, a)
    assert combine(a, EMPTY) == a == combine(EMPTY, a)


@modest
@given(some, st.lists(st.integers(0, 3), min_size=8, max_size=8), hindrances)
def test_however_verdicts_are_split_the_tally_is_the_same(
    found: list[Verdict], parts: list[int], hindered: list[str]
) -> None:
    piles = [[v for v, part in zip(found, parts, strict=False) if part == n] for n in range(4)]
    split = reduce(combine, [tally_of(pile, hindered) for pile in piles], EMPTY)
    assert split == tally_of(found, hindered)


def test_of_nothing_nothing_is_concluded() -> None:
    assert conclude(EMPTY, MACHINE) is Conclusion.INCONCLUSIVE
    assert exit_code(EMPTY, MACHINE, FailOn.MUST) == 3


@modest
@given(tallies, scopes)
def test_exit_0_means_compliant_and_compliant_means_exit_0_or_a_fault(tally: Tally, scope: Scope) -> None:
    code = exit_code(tally, scope, FailOn.MUST)
    conclusion = conclude(tally, scope)
    cells = [line.cell for line in tally.lines]
    broken = any(cell.outcome is ERROR and scope.takes(cell) for cell in cells)
    assert (code == 0) == (conclusion is Conclusion.COMPLIANT and not broken)
    assert (code == 1) == (conclusion is Conclusion.NOT_COMPLIANT)


@modest
@given(tallies, scopes)
def test_fail_on_moves_nothing_but_whether_a_fail_makes_it_1(tally: Tally, scope: Scope) -> None:
    codes = {fail_on: exit_code(tally, scope, fail_on) for fail_on in FailOn}
    assert codes[FailOn.NEVER] != 1
    for one, other in itertools.pairwise((FailOn.NEVER, FailOn.MUST, FailOn.SHOULD)):
        assert codes[other] in (codes[one], 1), "what fails more can only add 1"


SHOULD_FAILS = verdict(FAIL, obligation=Obligation.SHOULD)
MAY_FAILS = verdict(FAIL, obligation=Obligation.MAY)


@pytest.mark.parametrize(
    ("found", "codes"),
    [
        ([verdict()], (0, 0, 0)),
        ([verdict(), verdict(NA)], (0, 0, 0)),
        ([verdict(NA)], (3, 3, 3)),
        ([verdict(), verdict(FAIL)], (1, 1, 0)),
        ([verdict(FAIL), verdict(OPEN)], (1, 1, 3)),
        ([verdict(), verdict(OPEN)], (3, 3, 3)),
        ([verdict(), SHOULD_FAILS], (0, 1, 0)),
        ([verdict(), MAY_FAILS], (0, 0, 0)),
        ([verdict(OPEN), SHOULD_FAILS], (3, 1, 3)),
        ([verdict(), verdict(OPEN, obligation=Obligation.SHOULD)], (0, 0, 0)),
        ([verdict(), verdict(ERROR)], (4, 4, 4)),
        ([verdict(), verdict(ERROR, obligation=Obligation.MAY)], (4, 4, 4)),
        ([verdict(FAIL), verdict(ERROR)], (1, 1, 4)),
        ([verdict(ERROR), verdict(OPEN)], (4, 4, 4)),
        ([verdict(), verdict(FAIL, cover=Cover.WAIVER)], (0, 0, 0)),
        ([verdict(), verdict(OPEN, cover=Cover.ATTESTATION)], (0, 0, 0)),
        ([verdict(FAIL, cover=Cover.WAIVER)], (3, 3, 3)),
        ([verdict(), verdict(ERROR, cover=Cover.WAIVER)], (4, 4, 4)),
        ([verdict(), verdict(FAIL, counts=False)], (0, 0, 0)),
        ([verdict(counts=False)], (3, 3, 3)),
        ([verdict(), verdict(FAIL, safety=Safety.S2)], (0, 0, 0)),
        ([verdict(), verdict(FAIL, decider=Decider.HUMAN)], (0, 0, 0)),
    ],
)
def test_the_exit_code_for_must_should_and_never(found: list[Verdict], codes: tuple[int, int, int]) -> None:
    tally = tally_of(found)
    order = (FailOn.MUST, FailOn.SHOULD, FailOn.NEVER)
    assert tuple(exit_code(tally, MACHINE, fail_on) for fail_on in order) == codes


def test_an_interrupted_run_ends_with_130_whatever_else_holds() -> None:
    for found in ([], [verdict()], [verdict(FAIL)], [verdict(ERROR)], [verdict(OPEN)]):
        assert exit_code(tally_of(found), MACHINE, FailOn.MUST, interrupted=True) == 130


def test_every_exit_code_has_its_words() -> None:
    assert set(EXIT_WORDS) == {0, 1, 2, 3, 4, 5, 130}


def test_precedence_is_130_5_2_1_4_3_0() -> None:
    assert _PRECEDENCE == (130, 5, 2, 1, 4, 3, 0)


@modest
@given(some, some, scopes)
def test_rows_that_do_not_count_never_matter(found: list[Verdict], apart: list[Verdict], scope: Scope) -> None:
    beside = [msgspec.structs.replace(v, counts=False) for v in apart]
    with_them, without_them = tally_of(found + beside), tally_of(found)
    assert conclude(with_them, scope) is conclude(without_them, scope)
    for fail_on in FailOn:
        assert exit_code(with_them, scope, fail_on) == exit_code(without_them, scope, fail_on)


@modest
@given(some, scopes)
def test_what_lies_outside_the_scope_never_matters(found: list[Verdict], scope: Scope) -> None:
    inside = [v for v in found if v.safety <= scope.ceiling and v.basis in scope.bases and v.decider in scope.deciders]
    assert conclude(tally_of(found), scope) is conclude(tally_of(inside), scope)
    assert exit_code(tally_of(found), scope, FailOn.MUST) == exit_code(tally_of(inside), scope, FailOn.MUST)


@modest
@given(some, scopes)
def test_an_obstacle_forbids_compliant_and_changes_nothing_else(found: list[Verdict], scope: Scope) -> None:
    free, hindered = tally_of(found), tally_of(found, ["The recording is partial."])
    before, after = conclude(free, scope), conclude(hindered, scope)
    assert after is (Conclusion.INCONCLUSIVE if before is Conclusion.COMPLIANT else before)
    assert exit_code(hindered, scope, FailOn.MUST) != 0


@modest
@given(some, verdicts, scopes)
def test_a_cover_settles_a_fail_or_an_open_row_and_never_an_error(
    found: list[Verdict], other: Verdict, scope: Scope
) -> None:
    covered = msgspec.structs.replace(other, cover=Cover.WAIVER)
    bare = msgspec.structs.replace(other, cover=Cover.NONE)
    if other.outcome is ERROR:
        assert conclude(tally_of([*found, covered]), scope) is conclude(tally_of([*found, bare]), scope)
    else:
        settled = msgspec.structs.replace(other, outcome=NA, cover=Cover.NONE)
        wanted = other if other.outcome is PASS else settled
        assert conclude(tally_of([*found, covered]), scope) is conclude(tally_of([*found, wanted]), scope)


@modest
@given(some, scopes)
def test_one_more_uncovered_must_that_fails_is_never_compliant(found: list[Verdict], scope: Scope) -> None:
    worse = tally_of([*found, verdict(FAIL, basis=scope.bases[0], safety=Safety.S0)])
    assert conclude(worse, scope) is Conclusion.NOT_COMPLIANT


@modest
@given(tallies, scopes, st.sampled_from(FailOn))
def test_nothing_is_red_exactly_when_the_exit_code_is_0(tally: Tally, scope: Scope, fail_on: FailOn) -> None:
    """Unless nothing passed or an obstacle stands: then one error for the whole stands in the formats."""
    red = any(is_red(line.cell, scope, fail_on) for line in tally.lines)
    code = exit_code(tally, scope, fail_on)
    if red:
        assert code != 0
    elif code != 0:
        passed = [
            line
            for line in tally.lines
            if line.cell.outcome is PASS and line.cell.obligation is Obligation.MUST and scope.takes(line.cell)
        ]
        assert code == 3
        assert tally.obstacles or not passed


def test_a_fail_counts_only_uncovered_in_scope_and_of_its_obligation() -> None:
    cell = Cell(
        counts=True,
        decider=Decider.MACHINE,
        safety=Safety.S1,
        basis=Basis.LAW,
        obligation=Obligation.MAY,
        outcome=FAIL,
        cover=Cover.NONE,
    )
    assert not any(counts_as_failure(cell, MACHINE, fail_on) for fail_on in FailOn)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("machine", "machine@S1"),
        ("full", "full@S1"),
        ("machine@S2", "machine@S2"),
        ("full@S0:L", "full@S0:L"),
        ("machine@S1:NL", "machine@S1:LN"),
        ("machine:LNSPC", "machine@S1"),
    ],
)
def test_a_scope_is_read_as_it_is_named(text: str, name: str) -> None:
    assert parse_scope(text).name == name


@given(scopes)
def test_a_scope_survives_its_name(scope: Scope) -> None:
    again = parse_scope(scope.name)
    assert (again.name, again.deciders, set(again.bases)) == (scope.name, scope.deciders, set(scope.bases))


@pytest.mark.parametrize(
    "text", ["", "Machine", "all", "machine@", "machine@S9", "machine@s1", "machine:X", "machine:", "machine@S1:L,N"]
)
def test_what_is_no_scope_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"scope|bas[ei]s|safety"):
        parse_scope(text)
