"""The report for people at a terminal or in a build log.

Warnings come first, then the conclusion, then what to mend. In a log (``tty=False``) each
requirement is one line and nothing wraps. All text is made visible and printed as plain
``rich.text.Text``, never as markup: a supplier's server must not write on the reader's screen.
"""

from __future__ import annotations

from checker.model.claims import Seen
from checker.model.report import Report, Row
from checker.model.terms import Conclusion
from checker.render import decision
from checker.render.claims import sign_of, signs
from checker.render.console_page import Page
from checker.render.quality import by_type, mean_score
from checker.render.sections import COLUMNS, Line, Sections, by_basis, by_obligation, notes, sections
from checker.render.shopping import by_type as to_load
from checker.render.visible import visible
from checker.render.words import (
    apart,
    attestation,
    changes,
    conclusion,
    exit_meaning,
    facts,
    mark,
    moment,
    state,
    uncounted,
    vouched,
    vouching,
    waiver,
    why,
)

_CONCLUSION_COLOURS = {
    Conclusion.COMPLIANT: "bold green",
    Conclusion.NOT_COMPLIANT: "bold red",
    Conclusion.INCONCLUSIVE: "bold yellow",
}


def render(
    report: Report,
    *,
    width: int = 100,
    colour: bool = False,
    unicode: bool = True,
    tty: bool = False,
    encoding: str | None = None,
) -> bytes:
    """The report as bytes in ``encoding``: UTF-8, or ASCII when ``unicode`` is off.

    What the encoding lacks is written as an escape, so that nothing can raise. ``colour`` off
    gives no escape byte at all; ``tty`` on gives tables and wraps at ``width``.
    """
    page = Page(width=width, colour=colour, unicode=unicode, tty=tty)
    parts = sections(report)
    _top(page, report)
    _decision(page, report)
    _numbers(page, report)
    _quality(page, report)
    _claims(page, report)
    _latencies(page, report)
    _shopping(page, report)
    _against(page, parts)
    _lesser(page, report, parts)
    _notes(page, report)
    if not tty:
        _every_row(page, report)
    _bottom(page, report)
    return page.text().encode(encoding or ("utf-8" if unicode else "ascii"), "backslashreplace")


def text(
    report: Report,
    *,
    width: int = 100,
    colour: bool = False,
    unicode: bool = True,
    tty: bool = False,
    encoding: str | None = None,
) -> str:
    """The same as text that a stream of that encoding can take."""
    name = encoding or ("utf-8" if unicode else "ascii")
    return render(report, width=width, colour=colour, unicode=unicode, tty=tty, encoding=name).decode(name)


def _top(page: Page, report: Report) -> None:
    profile = report.profile
    product = " ".join(part for part in (report.supplier.product, report.supplier.version) if part)
    page.line(f"checker {report.tool_version} | {vouching(report)} | {report.supplier.name} {product}".rstrip())
    for warning in report.warnings:
        page.line(f"WARNING: {warning}", "bold yellow")
    if report.interrupted:
        page.line("WARNING: interrupted; this report is partial.", "bold yellow")
    page.line("")
    page.line(f"{conclusion(report).upper()}: {report.headline}", _CONCLUSION_COLOURS[report.conclusion])
    modified = f" modified ({len(profile.changes)} changes)" if profile.modified else ""
    page.fact("profile", f"{profile.id}@{profile.version}{modified} - {profile.title}")
    page.fact("scope", f"{report.scope.name}; --fail-on {report.fail_on}; as of {moment(report.as_of)}")
    for note in report.recordings:
        whole = "complete" if note.complete else "PARTIAL"
        page.fact("vouched for", f"{vouched(note)} ({whole}, {note.digest[:16]})")
        if note.planned:
            page.fact("requests", f"{note.requests} made of at most {note.planned} planned")
    if not report.recordings:
        page.fact("vouched for", "by nobody: no recording was judged")
    for obstacle in report.tally.obstacles:
        page.fact("cannot conclude compliant", obstacle)
    for change in changes(profile.changes):
        page.fact("changed", change)


def _decision(page: Page, report: Report) -> None:
    """For a buyer: the word, the conditions, and what is open by who settles it."""
    found = report.decision
    if found is None:
        return
    page.heading(f"Decision: {found.word.upper()}")
    page.line(found.sentence)
    if found.against:
        page.fact("against", ", ".join(found.against))
    for condition in found.conditions:
        page.fact("condition", condition)
    for group in decision.groups(found):
        page.line(f"Open, for the {group.who} to settle ({len(group.items)}):")
        for one in group.items:
            page.fact(one.requirement, one.what)
    for remark in decision.remarks(found):
        page.fact("also", remark)
    page.fact("annex", decision.annex(found))


def _numbers(page: Page, report: Report) -> None:
    for title, lines in (("By obligation", by_obligation(report)), ("By basis", by_basis(report))):
        page.heading(title)
        if page.wide:
            page.table(("", *COLUMNS), [(line.label, *map(str, line.numbers)) for line in lines])
        else:
            for line in lines:
                page.line(f"{line.label}: {_spoken(line)}")


def _spoken(line: Line) -> str:
    return ", ".join(f"{number} {name}" for name, number in zip(COLUMNS, line.numbers, strict=True) if number)


def _quality(page: Page, report: Report) -> None:
    """One line for each resource type: where it is worst."""
    if report.data_quality is None:
        return
    page.heading(f"Quality of fields: mean score {mean_score(report.data_quality.fields)} %")
    for group in by_type(report.data_quality):
        least = min(group.lines, key=lambda line: (line.field.score_tenths, line.field.name))
        short = [line.field.name for line in group.lines if line.filled.kept is False or line.valid.kept is False]
        below = f"; below a limit: {', '.join(short)}" if short else ""
        page.line(
            f"{group.type}: {group.resources} resources, score {group.score} %, "
            f"lowest {least.field.name} {least.score} %{below}"
        )


def _claims(page: Page, report: Report) -> None:
    """How many claims there are of each sign, and those that do not hold."""
    if report.claims is None:
        return
    page.heading("Claimed in the CapabilityStatement, and seen")
    for sign, number in signs(report.claims):
        page.line(f"{number} {sign.said}")
    for one in report.claims.claims:
        if one.seen in (Seen.IGNORED, Seen.MISSING):
            page.fact(f"{one.type} {one.name}", f"{sign_of(one).said} ({one.why})")


def _latencies(page: Page, report: Report) -> None:
    if not report.latencies:
        return
    page.heading("How long answers took, in milliseconds")
    for line in report.latencies:
        times = f"p50 {line.p50_ms}, p95 {line.p95_ms}, p99 {line.p99_ms}" if line.p50_ms is not None else "no answer"
        page.line(f"{line.interaction}: {line.requests} requests, {line.errors} without an answer or 5xx; {times}")


def _shopping(page: Page, report: Report) -> None:
    """What to load, by resource type."""
    note = report.shopping_list
    if note is None or not note.items:
        return
    page.heading(f"Data shopping list: {len(note.items)} things that no resource shows (-o shopping-list:FILE)")
    for group in to_load(note):
        page.fact(f"{group.type} ({group.seen} seen)", ", ".join(one.said for one in group.lines))


def _row_line(page: Page, row: Row, extra: str = "") -> None:
    verdict = row.verdict
    said = f"{page.symbol(mark(row))} {state(row)} {verdict.obligation} {verdict.basis} {row.id} {row.summary}"
    page.line(f"{said} | {extra}" if extra else said, mark(row).colour)


def _against(page: Page, parts: Sections) -> None:
    if not parts.against:
        return
    page.heading(f"Against compliance or the exit code ({len(parts.against)})")
    for row in parts.against:
        _row_line(page, row)
        for finding in row.verdict.findings or (None,):
            if finding is None:
                page.fact("why", why(row))
            else:
                page.fact("found", finding.message)
            for label, said in facts(row, finding):
                if label.startswith("repeat"):
                    page.command(label, visible(said))
                else:
                    page.fact(label, said)


def _lesser(page: Page, report: Report, parts: Sections) -> None:
    for title, rows in (
        ("Failed recommendations", parts.failed_should),
        ("Covered, not passed", parts.covered),
        ("Other rows that did not pass", parts.others),
    ):
        if rows:
            page.heading(f"{title} ({len(rows)})")
        for row in rows:
            away = "" if rows is parts.covered else uncounted(row, report)
            _row_line(page, row, f"{why(row)} [{away}]" if away else why(row))


def _notes(page: Page, report: Report) -> None:
    rows = notes(report)
    if rows or report.unused_waivers:
        page.heading("Waivers and attestations")
    for row in rows:
        for note in (
            waiver(row.verdict.waiver) if row.verdict.waiver else "",
            attestation(row.verdict.attestation) if row.verdict.attestation else "",
        ):
            if note:
                page.line(f"{row.id} {note}")
    for unused in report.unused_waivers:
        page.line(f"waiver {unused} names no requirement of this profile")


def _every_row(page: Page, report: Report) -> None:
    page.heading(f"Every requirement ({len(report.rows)})")
    for row in report.rows:
        _row_line(page, row, f"shown apart: {apart(row)}" if apart(row) else "")


def _bottom(page: Page, report: Report) -> None:
    page.heading("What this does not speak of")
    page.line(f"Outside the scope {report.scope.name}: {len(report.outside_scope)} of {len(report.rows)} requirements.")
    if report.outside_scope:
        page.line(", ".join(report.outside_scope))
    page.line("")
    page.line(f"Exit code {report.exit_code}: {exit_meaning(report)}", "bold")
    page.line(report.disclaimer)
