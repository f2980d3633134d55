"""Verdicts fold into a tally, a commutative monoid; the conclusion is a function of it and the scope.

Laws 4, 10, 11 and 12, and the exit codes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from checker.model.report import Cell, Scope, Tally, TallyLine
from checker.model.terms import (
    Basis,
    Conclusion,
    Cover,
    Decider,
    FailOn,
    Obligation,
    Outcome,
    Safety,
)
from checker.model.verdict import Verdict

EMPTY = Tally()
"""The tally of nothing: the identity of ``combine``."""

EXIT_COMPLIANT = 0
EXIT_NOT_COMPLIANT = 1
EXIT_USAGE = 2
EXIT_INCONCLUSIVE = 3
EXIT_FAULT = 4
EXIT_INTEGRITY = 5
EXIT_INTERRUPTED = 130

EXIT_WORDS = {
    EXIT_COMPLIANT: "compliant",
    EXIT_NOT_COMPLIANT: "not compliant",
    EXIT_USAGE: "usage or configuration",
    EXIT_INCONCLUSIVE: "inconclusive",
    EXIT_FAULT: "fault of the checker",
    EXIT_INTEGRITY: "integrity of the evidence",
    EXIT_INTERRUPTED: "interrupted",
}
"""Exit code → what it means. For ever."""

_PRECEDENCE = (
    EXIT_INTERRUPTED,
    EXIT_INTEGRITY,
    EXIT_USAGE,
    EXIT_NOT_COMPLIANT,
    EXIT_FAULT,
    EXIT_INCONCLUSIVE,
    EXIT_COMPLIANT,
)


def tally_of(verdicts: Iterable[Verdict], obstacles: Iterable[str] = ()) -> Tally:
    """Count verdicts. Order does not matter."""
    return _tally(Counter(Cell.of(verdict) for verdict in verdicts), obstacles)


def combine(one: Tally, other: Tally) -> Tally:
    """Both together: associative, commutative, with ``EMPTY`` as identity."""
    counts: Counter[Cell] = Counter()
    for tally in (one, other):
        for line in tally.lines:
            counts[line.cell] += line.count
    return _tally(counts, (*one.obstacles, *other.obstacles))


def _tally(counts: Counter[Cell], obstacles: Iterable[str]) -> Tally:
    cells = sorted(counts, key=_cell_order)
    lines = tuple(TallyLine(cell=cell, count=counts[cell]) for cell in cells if counts[cell])
    return Tally(lines=lines, obstacles=tuple(sorted(set(obstacles))))


def _cell_order(cell: Cell) -> tuple[str, ...]:
    return tuple(str(getattr(cell, name)) for name in cell.__struct_fields__)


def conclude(tally: Tally, scope: Scope) -> Conclusion:
    """Law 11, over the MUSTs in scope.

    An uncovered fail is not compliant. Compliant needs at least one pass, and every other MUST
    passed, not applicable, or covered. Anything else is inconclusive, and so is everything that
    has an obstacle.
    """
    musts = [line.cell for line in tally.lines if line.cell.obligation is Obligation.MUST and scope.takes(line.cell)]
    if any(cell.outcome is Outcome.FAIL and cell.cover is Cover.NONE for cell in musts):
        return Conclusion.NOT_COMPLIANT
    settled = all(
        cell.outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE)
        or (cell.cover is not Cover.NONE and cell.outcome is not Outcome.ERROR)
        for cell in musts
    )
    passed = any(cell.outcome is Outcome.PASS for cell in musts)
    if settled and passed and not tally.obstacles:
        return Conclusion.COMPLIANT
    return Conclusion.INCONCLUSIVE


def exit_code(tally: Tally, scope: Scope, fail_on: FailOn, *, interrupted: bool = False) -> int:
    """The code that a judgement ends with. ``fail_on`` moves only 0 and 1."""
    holding = {EXIT_COMPLIANT}
    if interrupted:
        holding.add(EXIT_INTERRUPTED)
    cells = [line.cell for line in tally.lines]
    conclusion = conclude(tally, scope)
    if any(counts_as_failure(cell, scope, fail_on) for cell in cells):
        holding.add(EXIT_NOT_COMPLIANT)
    if any(cell.outcome is Outcome.ERROR and scope.takes(cell) for cell in cells):
        holding.add(EXIT_FAULT)
    still_open = any(leaves_open(cell, scope) for cell in cells) or bool(tally.obstacles)
    if conclusion is Conclusion.INCONCLUSIVE or (conclusion is Conclusion.NOT_COMPLIANT and still_open):
        # With fail_on=never a fail no longer counts; what is open besides it still does.
        holding.add(EXIT_INCONCLUSIVE)
    return next(code for code in _PRECEDENCE if code in holding)


def counts_as_failure(cell: Cell, scope: Scope, fail_on: FailOn) -> bool:
    """A fail that makes the exit code 1 under this scope and ``fail_on``."""
    if cell.outcome is not Outcome.FAIL or cell.cover is not Cover.NONE or not scope.takes(cell):
        return False
    if fail_on is FailOn.NEVER:
        return False
    return cell.obligation is Obligation.MUST or (fail_on is FailOn.SHOULD and cell.obligation is Obligation.SHOULD)


def leaves_open(cell: Cell, scope: Scope) -> bool:
    """A MUST in scope that is neither settled nor covered: it makes the exit code 3."""
    return (
        cell.outcome is Outcome.INCONCLUSIVE
        and cell.obligation is Obligation.MUST
        and cell.cover is Cover.NONE
        and scope.takes(cell)
    )


def is_red(cell: Cell, scope: Scope, fail_on: FailOn) -> bool:
    """Does a verdict like this count against the exit code?"""
    error = cell.outcome is Outcome.ERROR and scope.takes(cell)
    return error or counts_as_failure(cell, scope, fail_on) or leaves_open(cell, scope)


def parse_scope(text: str) -> Scope:
    """``machine``, ``full``, ``machine@S2``, ``machine@S1:LN``. Raises ``ValueError``."""
    body, colon, letters = text.partition(":")
    word, at, ceiling = body.partition("@")
    if (colon and not letters) or (at and not ceiling):
        raise ValueError(f"after '@' stands a safety class and after ':' a basis; in {text!r} nothing does")
    deciders = {"machine": (Decider.MACHINE,), "full": (Decider.MACHINE, Decider.HUMAN)}.get(word)
    if deciders is None:
        raise ValueError(f"a scope is 'machine' or 'full', with '@S0' … '@S4' and ':' bases behind it, not {text!r}")
    if ceiling and ceiling not in set(Safety):
        raise ValueError(f"a safety class is one of {', '.join(Safety)}, not {ceiling!r}")
    bases = tuple(basis for basis in Basis if basis in letters) if letters else tuple(Basis)
    if letters and set(letters) - {str(basis) for basis in Basis}:
        raise ValueError(f"the bases are {', '.join(Basis)}: {letters!r} has another")
    return Scope(deciders=deciders, ceiling=Safety(ceiling) if ceiling else Safety.S1, bases=bases)
