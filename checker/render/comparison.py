"""Suppliers side by side: the same requirements, one column for each report. Only under one list of requirements."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from checker import DISCLAIMER, resources
from checker.model.report import Report, Row
from checker.model.terms import Cover, Obligation, Outcome
from checker.render.csv_ import cell
from checker.render.visible import one_line, visible
from checker.render.words import conclusion, mark, moment, state, vouching

FORMATS = ("console", "csv", "html")


class Column(NamedTuple):
    """One supplier."""

    name: str
    """Supplier, product and version; a number behind it where two are called the same."""
    conclusion: str
    decision: str
    """The decision, where the profile is for one; else ""."""
    passed: int
    failed: int
    undecided: int
    counted: int
    """MUST requirements in scope, of which these are."""
    scope: str
    vouching: str
    as_of: str


class Line(NamedTuple):
    """One requirement, and what each report says of it."""

    row: Row
    cells: tuple[Row, ...]

    @property
    def differs(self) -> bool:
        """Do the reports say different things?"""
        return len({state(one) for one in self.cells}) > 1


class Comparison(NamedTuple):
    """The reports side by side, requirements in the order of the profile."""

    profile: str
    digest: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]


def why_not(reports: Sequence[Report]) -> str:
    """Why these cannot be compared; "" when they can: one list of requirements, one scope."""
    if len(reports) < 2:
        return "there is one report, and a comparison takes two or more"
    digests = {report.profile.digest for report in reports}
    if len(digests) > 1:
        named = ", ".join(f"{report.supplier.name}: {report.profile.digest[:16]}" for report in reports)
        return f"they were judged under different lists of requirements ({named})"
    scopes = {report.scope.name for report in reports}
    return f"they speak of different scopes ({', '.join(sorted(scopes))})" if len(scopes) > 1 else ""


def compare(reports: Sequence[Report]) -> Comparison:
    """The reports side by side. Raises ``ValueError`` where ``why_not`` says so."""
    if why := why_not(reports):
        raise ValueError(why)
    first = reports[0]
    by_id = [{row.id: row for row in report.rows} for report in reports]
    return Comparison(
        profile=f"{first.profile.id}@{first.profile.version} - {first.profile.title}",
        digest=first.profile.digest,
        columns=tuple(_column(report, reports) for report in reports),
        lines=tuple(Line(row, tuple(rows[row.id] for rows in by_id)) for row in first.rows),
    )


def _column(report: Report, reports: Sequence[Report]) -> Column:
    names = [_name(one) for one in reports]
    place = next(number for number, one in enumerate(reports) if one is report)
    alike = names.count(names[place]) > 1
    counted = [row.verdict for row in report.rows if row.in_scope and row.verdict.obligation is Obligation.MUST]
    return Column(
        name=f"{names[place]} ({place + 1})" if alike else names[place],
        conclusion=conclusion(report),
        decision=report.decision.word if report.decision else "",
        passed=sum(one.outcome is Outcome.PASS for one in counted),
        failed=sum(one.outcome is Outcome.FAIL and one.cover is Cover.NONE for one in counted),
        undecided=sum(one.outcome in (Outcome.INCONCLUSIVE, Outcome.ERROR) for one in counted),
        counted=len(counted),
        scope=report.scope.name,
        vouching=vouching(report),
        as_of=moment(report.as_of),
    )


def _name(report: Report) -> str:
    supplier = report.supplier
    return " ".join(part for part in (supplier.name, supplier.product, supplier.version) if part)


def text(found: Comparison) -> str:
    """For a terminal or a log: a block for each supplier, then the requirements on which they differ."""
    lines = [f"{one_line(found.profile)}", f"list of requirements sha256:{found.digest}", ""]
    for one in found.columns:
        decision = f"; decision: {one.decision}" if one.decision else ""
        lines.append(f"{one_line(one.name)}: {one.conclusion}{decision}")
        lines.append(
            f"    {one.passed} of {one.counted} MUST pass, {one.failed} fail, {one.undecided} undecided "
            f"(scope {one.scope}, {one.vouching}, as of {one.as_of})"
        )
    differing = [line for line in found.lines if line.differs]
    lines += ["", f"They differ on {len(differing)} of {len(found.lines)} requirements:"]
    for line in differing:
        lines.append(f"  {line.row.verdict.obligation} {line.row.id} {one_line(line.row.summary)}")
        lines += [
            f"    {one_line(column.name)}: {mark(row).ascii} {state(row)}"
            for column, row in zip(found.columns, line.cells, strict=True)
        ]
    return "\n".join([*lines, "", DISCLAIMER]) + "\n"


def table(found: Comparison) -> bytes:
    """CSV: a line for each requirement, a column for each supplier; the first lines say what they come to."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    names = [column.name for column in found.columns]
    head = ["requirement", "obligation", "basis", "summary", *names, "differ"]
    writer.writerow([cell(one) for one in head])
    said = [f"{column.conclusion}{'; ' + column.decision if column.decision else ''}" for column in found.columns]
    writer.writerow([cell(one) for one in ("conclusion", "", "", f"sha256:{found.digest}", *said, "")])
    for line in found.lines:
        verdict = line.row.verdict
        cells = [state(row) for row in line.cells]
        row = [
            line.row.id,
            verdict.obligation,
            verdict.basis,
            line.row.summary,
            *cells,
            "yes" if line.differs else "no",
        ]
        writer.writerow([cell(one) for one in row])
    return stream.getvalue().encode("utf-8")


def page(found: Comparison) -> bytes:
    """One HTML file: no script, no request to anywhere."""
    from jinja2 import Environment, StrictUndefined

    def shown(value: object) -> object:
        return value if isinstance(value, Markup) else visible(str(value))

    style = resources.data("reports/styles").joinpath("report.css").read_text("utf-8")
    template = resources.data("reports/templates").joinpath("compare.html.j2").read_text("utf-8")
    made = Environment(autoescape=True, undefined=StrictUndefined, finalize=shown, trim_blocks=True, lstrip_blocks=True)
    made.globals.update(mark=mark, state=state, disclaimer=DISCLAIMER)
    said = made.from_string(template).render(
        found=found,
        style=Markup(style),  # noqa: S704 - our own style sheet
    )
    return said.encode("utf-8") + b"\n"
