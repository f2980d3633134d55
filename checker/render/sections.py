"""What a report for people shows, in which part, and the numbers above it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from checker.model.report import Report, Row
from checker.model.terms import Basis, Cover, Obligation, Outcome
from checker.render.coherence import binds, unmet
from checker.render.words import basis

COLUMNS = ("in all", "pass", "fail", "inconclusive", "error", "not applicable", "of these covered")
"""Headings of the numbers in a ``Line``."""


class Line(NamedTuple):
    """One line of counts under ``COLUMNS``."""

    label: str
    numbers: tuple[int, ...]


class Sections(NamedTuple):
    """The rows of a report by what a reader must do about them. Every row that did not pass is in one."""

    against: tuple[Row, ...]
    """What stands against compliance or the exit code: shown with all detail."""
    failed_should: tuple[Row, ...]
    covered: tuple[Row, ...]
    others: tuple[Row, ...]
    """Not passed for other reasons: one line each."""
    passed: tuple[Row, ...]


def sections(report: Report) -> Sections:
    """Each row in exactly one section, in the report's order."""
    parts: dict[str, list[Row]] = {name: [] for name in Sections._fields}
    for row in report.rows:
        parts[_section(row)].append(row)
    return Sections(**{name: tuple(rows) for name, rows in parts.items()})


def _section(row: Row) -> str:
    verdict = row.verdict
    if row.red or (binds(row) and unmet(row)):
        return "against"
    if verdict.outcome is Outcome.PASS:
        return "passed"
    if verdict.cover is not Cover.NONE:
        return "covered"
    if verdict.outcome is Outcome.FAIL and verdict.obligation is not Obligation.MUST:
        return "failed_should"
    return "others"


def _line(label: str, rows: Iterable[Row]) -> Line:
    found = list(rows)
    order = (Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.ERROR, Outcome.NOT_APPLICABLE)
    outcomes = tuple(sum(row.verdict.outcome is outcome for row in found) for outcome in order)
    covered = sum(row.verdict.cover is not Cover.NONE for row in found)
    return Line(label, (len(found), *outcomes, covered))


def counted(row: Row) -> bool:
    """Is the row in scope, and does it count?"""
    return row.in_scope and row.verdict.counts


def by_obligation(report: Report) -> list[Line]:
    """Counts of the rows in scope by obligation, then of all that is shown apart."""
    rows = [row for row in report.rows if counted(row)]
    lines = [_line(word, [row for row in rows if row.verdict.obligation is word]) for word in Obligation]
    away = [row for row in report.rows if not counted(row)]
    return [line for line in lines if line.numbers[0]] + ([_line("not counted", away)] if away else [])


def by_basis(report: Report) -> list[Line]:
    """Counts of the rows in scope by what they rest on."""
    rows = [row for row in report.rows if counted(row)]
    lines = [_line(basis(letter), [row for row in rows if row.verdict.basis is letter]) for letter in Basis]
    return [line for line in lines if line.numbers[0]]


def notes(report: Report) -> list[Row]:
    """The rows that a waiver or an attestation names, whatever its effect."""
    return [row for row in report.rows if row.verdict.waiver is not None or row.verdict.attestation is not None]
