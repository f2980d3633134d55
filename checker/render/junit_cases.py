"""A report as JUnit cases: which requirement is a failure, an error, skipped or bare, and what it says."""

from __future__ import annotations

from typing import NamedTuple

from checker import DISCLAIMER
from checker.model.report import Report, Row
from checker.model.terms import Conclusion, Cover, Outcome
from checker.render.junit_file import Case, Kind, Suite, class_part
from checker.render.visible import one_line, visible
from checker.render.words import apart, conclusion, exit_meaning, facts, state, uncounted, vouching, waiver, why

RUN_CLASS = "checker.run"
CONCLUSION_NAME = "conclusion"
"""The one case that speaks of the run and not of a requirement."""


class _Said(NamedTuple):
    kind: Kind
    message: str


def suite_of(report: Report) -> Suite:
    """One suite for the report's profile: a case for each row, in order, and one for the run."""
    return Suite(
        name=one_line(f"{report.profile.id}@{report.profile.version}"),
        cases=(*(_case(report, row) for row in report.rows), _conclusion(report)),
        properties=_properties(report),
        moment=report.as_of,
        target=report.supplier.name,
    )


def _case(report: Report, row: Row) -> Case:
    said = _said(report, row)
    file, line = _written_at(row.source)
    return Case(
        classname=f"nhs.{class_part(report.profile.id)}.{class_part(row.tags[0]) if row.tags else 'general'}",
        name=one_line(f"{row.id} {row.summary}"),
        kind=said.kind,
        type=row.verdict.obligation if said.kind is Kind.FAILURE else row.verdict.outcome,
        message=one_line(said.message),
        body="" if said.kind is Kind.PASS else _body(row, said.message),
        file=file,
        line=line,
    )


def _written_at(source: str) -> tuple[str, int]:
    """File and line of the requirement, for annotations; without a line nothing is claimed.

    >>> _written_at("profiles/fhir-r4-rest/profile.yaml:17")
    ('profiles/fhir-r4-rest/profile.yaml', 17)
    """
    file, _, line = source.rpartition(":")
    return (file, int(line)) if file and line.isascii() and line.isdigit() and len(line) < 10 else ("", 0)


def _said(report: Report, row: Row) -> _Said:
    """Which element a row becomes. Only a pass is bare; what is red is never skipped."""
    verdict = row.verdict
    if row.red:
        if verdict.outcome is Outcome.FAIL:
            return _Said(Kind.FAILURE, f"fail of a {verdict.obligation}: {why(row)}")
        return _Said(Kind.ERROR, f"{state(row)}: {why(row)}")
    if verdict.outcome is Outcome.PASS:
        return _Said(Kind.PASS, "")
    if verdict.cover is Cover.WAIVER and verdict.waiver is not None:
        note = verdict.waiver
        return _Said(Kind.SKIPPED, f"waived until {note.expires} by {note.owner}: {note.reason} [{verdict.outcome}]")
    if verdict.cover is Cover.ATTESTATION and verdict.attestation is not None:
        by = verdict.attestation
        return _Said(Kind.SKIPPED, f"attested {by.statement} by {by.by} ({by.role}) [{verdict.outcome}]")
    if verdict.outcome is Outcome.FAIL:
        return _Said(Kind.SKIPPED, f"fail of a {verdict.obligation}: {why(row)} [{uncounted(row, report)}]")
    return _Said(Kind.SKIPPED, f"{state(row)}: {why(row)}")


def _body(row: Row, message: str) -> str:
    """The message on the first line, since some build servers show no more; then what to know and do."""
    verdict = row.verdict
    lines = [one_line(message), f"outcome: {state(row)} of a {verdict.obligation} ({verdict.basis})"]
    findings = verdict.findings or (None,)
    for number, finding in enumerate(findings, start=1):
        if finding is not None and number > 1:
            lines.append(f"finding {number} of {len(findings)}: {one_line(finding.message)}")
        lines += [f"{label}: {visible(text)}" for label, text in facts(row, finding)]
    lines += [f"why: {one_line(sentence)}" for sentence in verdict.why]
    lines += [f"shown apart: {apart(row)}"] if apart(row) else []
    lines += [f"{one_line(waiver(verdict.waiver))}"] if verdict.waiver else []
    lines.append(f"requirement {row.id}: {one_line(row.summary)} (written at {row.source})")
    return "\n".join(lines)


def _conclusion(report: Report) -> Case:
    """The run itself: a pass only for a compliant run that ends with 0; an error where no row explains the red."""
    meaning = f"exit code {report.exit_code}: {exit_meaning(report)}"
    message = f"{conclusion(report)}: {report.headline}"
    kind = Kind.SKIPPED
    if report.exit_code == 0 and report.conclusion is Conclusion.COMPLIANT:
        kind = Kind.PASS
    elif report.exit_code != 0 and not any(row.red for row in report.rows):
        kind = Kind.ERROR
    lines = [one_line(message), meaning, *map(one_line, report.warnings), DISCLAIMER]
    return Case(
        classname=RUN_CLASS,
        name=CONCLUSION_NAME,
        kind=kind,
        type=f"exit-{report.exit_code}",
        message=one_line(message),
        body="" if kind is Kind.PASS else "\n".join(lines),
        said="\n".join(filter(None, map(one_line, report.warnings))) if kind is Kind.PASS else "",
    )


def _properties(report: Report) -> dict[str, str]:
    said = {
        "conclusion": conclusion(report),
        "headline": report.headline,
        "exit code": str(report.exit_code),
        "fail on": report.fail_on,
        "scope": report.scope.name,
        "who vouches": vouching(report),
        "interrupted": "yes" if report.interrupted else "no",
        "profile digest": report.profile.digest,
        "profile modified": "yes" if report.profile.modified else "no",
        "tool version": report.tool_version,
        "disclaimer": report.disclaimer,
    }
    if report.decision is not None:
        said |= {"decision": report.decision.word, "decision in words": report.decision.sentence}
    for number, warning in enumerate(report.warnings, start=1):
        said[f"warning {number}"] = warning
    for number, note in enumerate(report.recordings, start=1):
        said[f"recording {number}"] = f"{note.digest} ({note.vouching}, {'complete' if note.complete else 'partial'})"
    for name in sorted(report.inputs):
        said[f"input {name}"] = report.inputs[name]
    for row in report.rows:
        if row.verdict.waiver is not None:
            said[f"waiver of {row.id}"] = waiver(row.verdict.waiver)
    for unused in report.unused_waivers:
        said[f"unused waiver {unused}"] = "names no requirement of this profile"
    return said
