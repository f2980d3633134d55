"""One row per requirement, for a spreadsheet: UTF-8, CRLF, comma (RFC 4180).

Supplier's words reach a spreadsheet here, so a cell that a spreadsheet would take for a formula
gets an apostrophe in front, and every cell is quoted.
"""

from __future__ import annotations

import csv
import io

from checker.model.report import Report, Row
from checker.render.visible import one_line
from checker.render.words import attestation, conclusion, fix, vouching, waiver

COLUMNS = (
    *("id", "obligation", "verb", "clause standard", "clause section", "clause url", "basis", "duty-holder"),
    *("outcome", "reason", "not claimed", "cover", "waiver", "attestation", "findings", "first finding"),
    *("why", "evidence", "fix", "who decides", "in scope", "counts", "counts against exit code", "summary"),
    *("evidence level", "evidence floor", "advisory"),
    *("profile", "conclusion", "interrupted", "scope", "who vouches", "supplier", "first warning", "note"),
)
"""The header. Every row repeats the conclusion, who vouches and what the reader must know before any number:
rows get copied away from their report."""

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def cell(text: str) -> str:
    """The text on one line, harmless in a spreadsheet.

    >>> cell("=1+1")
    "'=1+1"
    """
    # The raw text is asked too: a leading tab or carriage return is gone from the one line.
    line = one_line(text)
    return f"'{line}" if line.lstrip().startswith(_FORMULA) or text.startswith(("\t", "\r", "\n")) else line


def render(report: Report) -> bytes:
    """The table, header first."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    context = _context(report)
    for row in report.rows:
        writer.writerow([cell(text) for text in (*_requirement(row), *_verdict(row), *_standing(row), *context)])
    return stream.getvalue().encode("utf-8")


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _requirement(row: Row) -> tuple[str, ...]:
    verdict = row.verdict
    return (
        *(row.id, verdict.obligation, row.verb, row.clause.standard, row.clause.section, row.clause.url),
        *(verdict.basis, verdict.duty_holder),
    )


def _verdict(row: Row) -> tuple[str, ...]:
    verdict = row.verdict
    return (
        verdict.outcome,
        verdict.reason or "",
        _yes(verdict.not_claimed),
        verdict.cover,
        waiver(verdict.waiver) if verdict.waiver else "",
        attestation(verdict.attestation) if verdict.attestation else "",
        str(len(verdict.findings)),
        verdict.findings[0].message if verdict.findings else "",
        " ".join(verdict.why),
        " ".join(verdict.evidence),
        next((finding.fix for finding in verdict.findings if finding.fix), fix(row)),
    )


def _standing(row: Row) -> tuple[str, ...]:
    verdict = row.verdict
    level = "" if verdict.level is None else str(verdict.level)
    return (
        *(verdict.decider, _yes(row.in_scope), _yes(verdict.counts), _yes(row.red), row.summary),
        *(level, str(row.evidence_floor), _yes(row.advisory)),
    )


def _context(report: Report) -> tuple[str, ...]:
    modified = " modified" if report.profile.modified else ""
    return (
        f"{report.profile.id}@{report.profile.version}{modified}",
        conclusion(report),
        _yes(report.interrupted),
        report.scope.name,
        vouching(report),
        report.supplier.name,
        _first_warning(report.warnings),
        report.disclaimer,
    )


def _first_warning(warnings: tuple[str, ...]) -> str:
    """The most important one, and how many more there are."""
    more = f" (and {len(warnings) - 1} more)" if len(warnings) > 1 else ""
    return f"{warnings[0]}{more}" if warnings else ""
