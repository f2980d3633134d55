"""A report that contradicts itself is not rendered: least of all as green.

A report may come from a file that somebody edited, or from a fault of the engine. Whoever reads
a rendered page cannot see that; so what is claimed is held against the rows first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from checker.errors import CheckerFault
from checker.model.report import Cell, Report, Row, Scope
from checker.model.terms import Conclusion, Cover, FailOn, Obligation, Outcome

_MET = (Outcome.PASS, Outcome.NOT_APPLICABLE)


def demand_coherent(report: Report) -> None:
    """Raise ``CheckerFault`` if the report claims what its rows do not carry."""
    contradiction = next(_contradictions(report), None)
    if contradiction is not None:
        raise CheckerFault(
            f"The report contradicts itself: {contradiction}.",
            where=f"report of profile {report.profile.id}@{report.profile.version}",
            next_step="Judge the recording again; if this comes back, report it as a fault of the checker.",
        )


def binds(row: Row) -> bool:
    """Does the conclusion hang on this row?"""
    return row.in_scope and row.verdict.counts and row.verdict.obligation is Obligation.MUST


def unmet(row: Row) -> bool:
    """Neither met nor covered."""
    return row.verdict.outcome not in _MET and row.verdict.cover is Cover.NONE


def _contradictions(report: Report) -> Iterator[str]:
    twice = [name for name, times in Counter(row.id for row in report.rows).items() if times > 1]
    if twice:
        yield f"requirement {twice[0]} has more than one row"
    if Counter(Cell.of(row.verdict) for row in report.rows) != Counter(
        {one.cell: one.count for one in report.tally.lines}
    ):
        yield "its rows are not those that its tally counts"
    for row in report.rows:
        yield from _of_row(row)
        yield from _of_scope(row, report.scope)
    if report.exit_code == 0:
        yield from _of_exit_zero(report)
    if report.conclusion is Conclusion.COMPLIANT:
        yield from _of_compliance(report)


def _of_row(row: Row) -> Iterator[str]:
    verdict = row.verdict
    if verdict.requirement != row.id:
        yield f"row {row.id} carries the verdict on {verdict.requirement}"
    if verdict.outcome is Outcome.PASS and verdict.examined < 1:
        yield f"{row.id} passes, but nothing was examined"
    if verdict.findings and verdict.outcome is not Outcome.FAIL:
        yield f"{row.id} has findings, but did not fail"
    if row.red and not unmet(row):
        yield f"{row.id} counts against the exit code, but is met or covered"


def _of_scope(row: Row, scope: Scope) -> Iterator[str]:
    verdict = row.verdict
    inside = scope.takes(Cell.of(verdict))
    if row.in_scope != inside:
        yield f"{row.id} is shown {'in' if row.in_scope else 'outside'} the scope, which {scope.name} contradicts"
    waived = verdict.waiver is not None and verdict.waiver.effect == "covers"
    if (verdict.cover is Cover.WAIVER) != waived:
        yield f"{row.id} is covered by no waiver that it names, or by one that it does not say covers it"


def _of_exit_zero(report: Report) -> Iterator[str]:
    if report.interrupted:
        yield "it was interrupted, but the exit code is 0"
    if any(row.red for row in report.rows):
        yield "a row counts against the exit code, but the exit code is 0"
    if report.conclusion is Conclusion.INCONCLUSIVE:
        yield "it is inconclusive, but the exit code is 0"
    if report.conclusion is Conclusion.NOT_COMPLIANT and report.fail_on is not FailOn.NEVER:
        yield "it is not compliant, but the exit code is 0"


def _of_compliance(report: Report) -> Iterator[str]:
    binding = [row for row in report.rows if binds(row)]
    if report.interrupted or report.tally.obstacles:
        yield "it was interrupted or is partial, but concludes compliant"
    if not any(row.verdict.outcome is Outcome.PASS for row in binding):
        yield "no MUST in scope passes, but it concludes compliant"
    open_row = next((row.id for row in binding if unmet(row)), None)
    if open_row is not None:
        yield f"{open_row} is neither met nor covered, but it concludes compliant"
