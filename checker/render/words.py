"""The words that every format uses for an outcome, an exit code and who vouches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby
from typing import NamedTuple

from checker.model.report import RecordingNote, Report, Row
from checker.model.requirement import Change, Clause
from checker.model.terms import BASIS_WORDS, Basis, Conclusion, Cover, DutyHolder, FailOn, Outcome, Reason, Vouching
from checker.model.verdict import AttestationNote, Finding, WaiverNote
from checker.render.coherence import binds


class Mark(NamedTuple):
    """How an outcome is shown: a word and a symbol always, a colour never alone."""

    word: str
    symbol: str
    ascii: str
    colour: str
    """A colour of the terminal's basic eight, also the name of the style in HTML."""


MARKS = {
    Outcome.PASS: Mark("pass", "✓", "+", "green"),
    Outcome.FAIL: Mark("fail", "✗", "x", "red"),
    Outcome.INCONCLUSIVE: Mark("inconclusive", "?", "?", "yellow"),
    Outcome.ERROR: Mark("error", "!", "!", "magenta"),
    Outcome.NOT_APPLICABLE: Mark("not applicable", "–", "-", "blue"),
}
"""Outcome → how it is shown."""

COVERED = Mark("covered", "≈", "~", "cyan")
"""A row that did not pass and is covered by a waiver or an attestation: never shown as a pass."""

_COVERING = (Cover.WAIVER, Cover.ATTESTATION)

EXIT_WORDS = {
    0: "compliant within the scope",
    1: "not compliant",
    2: "usage or configuration",
    3: "inconclusive: what is demanded could not all be decided",
    4: "a fault of the checker itself: this says nothing against the supplier",
    5: "integrity: the evidence is not what was sealed",
    130: "interrupted: the report is partial",
}
"""Exit code → what it means."""

VOUCHING_WORDS = {
    Vouching.SELF_DECLARED: "the supplier collected it, and nobody else vouches for it",
    Vouching.CHALLENGED: "the supplier says that it answers a challenge: whoever set its seed can compare",
    Vouching.WITNESSED: "an assessor collected it",
}
"""Who vouches, for people."""


def mark(row: Row) -> Mark:
    """The mark of a row; a covered row has its own, so that it is never taken for a pass."""
    covered = row.verdict.cover is not Cover.NONE and row.verdict.outcome is not Outcome.PASS
    return COVERED if covered else MARKS[row.verdict.outcome]


def state(row: Row) -> str:
    """Outcome, with the reason or cover that belongs to it: ``inconclusive(no-data)``."""
    verdict = row.verdict
    word: str = verdict.outcome
    if verdict.reason is not None:
        word += f"({verdict.reason})"
    if verdict.outcome is Outcome.NOT_APPLICABLE and verdict.not_claimed:
        word += " (not claimed)"
    if verdict.cover is Cover.WAIVER:
        word += " (waived)"
    elif verdict.cover is Cover.ATTESTATION:
        word += " (attested)"
    return word


def apart(row: Row) -> str:
    """Why a row cannot make a run not compliant; "" if it can."""
    if row.verdict.counts:
        return ""
    reasons = []
    if not row.confirmed:
        reasons.append("not confirmed at its source")
    if row.draft:
        reasons.append("from a draft standard")
    if row.advisory:
        reasons.append("advisory: no notice has adopted it")
    if row.verdict.duty_holder is not DutyHolder.SUPPLIER:
        reasons.append(f"binds the {row.verdict.duty_holder}")
    return ", ".join(reasons) or "does not count"


def changes(found: Iterable[Change]) -> list[str]:
    """What was changed in a profile, a line each; what one notice adopts is one line."""
    said = []
    for (verb, reason, detail), alike in groupby(found, key=lambda one: (one.verb, one.reason, one.detail)):
        names = [one.requirement for one in alike]
        if verb == "adopt" and len(names) > 1:
            said.append(f"{len(names)} requirements adopt: {reason} ({detail})")
        else:
            said += [f"{name} {verb}: {reason}" + (f" ({detail})" if detail else "") for name in names]
    return said


def uncounted(row: Row, report: Report) -> str:
    """Why a row that did not pass leaves the exit code alone; "" for what does not apply."""
    if row.verdict.outcome is Outcome.NOT_APPLICABLE:
        return ""
    if away := apart(row):
        return f"shown apart: {away}"
    if not row.in_scope:
        return f"outside the scope {report.scope.name}"
    return f"a {row.verdict.obligation} does not count under --fail-on {report.fail_on}"


def why(row: Row) -> str:
    """The first thing to say of a row: its first finding, or why there is no decision."""
    if row.verdict.findings:
        return row.verdict.findings[0].message or row.summary
    return next((sentence for sentence in row.verdict.why if sentence.strip()), row.summary)


def clause(source: Clause) -> str:
    """Standard, section and address of a clause."""
    return " ".join(part for part in (source.standard, source.section, source.url) if part)


def waiver(note: WaiverNote) -> str:
    """A waiver in one sentence, with its effect."""
    detail = f" ({note.detail})" if note.detail else ""
    kept = f" [hazards: {', '.join(note.hazards)}]" if note.hazards else ""
    return f"waiver {note.id} {note.effect}: until {note.expires} by {note.owner}: {note.reason}{kept}{detail}"


def attestation(note: AttestationNote) -> str:
    """An attestation in one sentence, with its effect."""
    detail = f" ({note.detail})" if note.detail else ""
    return f"attestation {note.effect}: {note.statement}, by {note.by} ({note.role}){detail}"


def basis(letter: Basis) -> str:
    """``L, law or information standard in force``."""
    return f"{letter}, {BASIS_WORDS[letter]}"


def vouching(report: Report) -> str:
    """The weakest word that holds for all recordings: one self-declared recording makes it so."""
    found = {note.vouching for note in report.recordings}
    return next((str(word) for word in Vouching if word in found), "no recording")


def vouched(note: RecordingNote) -> str:
    """Who vouches for a recording, in words, and the challenge that it answers."""
    challenge = f", challenge {note.challenge}" if note.challenge else ""
    return f"{note.vouching}: {VOUCHING_WORDS[note.vouching]}{challenge}"


def conclusion(report: Report) -> str:
    """The conclusion; what is compliant only thanks to waivers or attestations says so."""
    if report.conclusion is not Conclusion.COMPLIANT:
        return report.conclusion
    covers = Counter(row.verdict.cover for row in report.rows if binds(row))
    by = [f"{covers[cover]} {cover}{'s' if covers[cover] > 1 else ''}" for cover in _COVERING if covers[cover]]
    return f"{report.conclusion} with {' and '.join(by)}" if by else report.conclusion


def exit_meaning(report: Report) -> str:
    """What the exit code means in this report."""
    if report.exit_code == 0 and report.conclusion is not Conclusion.COMPLIANT:
        return f"--fail-on {report.fail_on} asked for it; the conclusion is still: {report.conclusion}"
    if report.exit_code == 1 and report.conclusion is Conclusion.COMPLIANT and report.fail_on is FailOn.SHOULD:
        return "a SHOULD failed and --fail-on should counts it; every MUST in scope is met or covered"
    return EXIT_WORDS.get(report.exit_code, "not a code that this version knows")


_NEXT = {
    Reason.NETWORK: "Make the server reachable from here, then go on with 'checker collect --resume'.",
    Reason.TIMEOUT: "Find out why it is slow, or give it more time (--timeout), then go on with --resume.",
    Reason.AUTH: "Check the credential in supplier.toml and what it may read, then collect again.",
    Reason.BUDGET: "Load less data, or raise the limit that is named, then collect again.",
    Reason.TERMINOLOGY: "Give the terminology that is named, then judge again.",
    Reason.PREREQUISITE: "Settle first what the reason names, then collect or judge again.",
    Reason.NO_DATA: "Give what the reason names (records, a file, a log), then collect again.",
    Reason.UNSAFE: "See above: a safety class to be allowed, or data that may not be stored.",
    Reason.HUMAN: "A person decides: see docs/waivers-attestations-signatures.md.",
}
"""What to do about a row that could not be decided: mending the supplier's system would not help."""


def fix(row: Row, finding: Finding | None = None) -> str:
    """How to mend what was found; for what could not be decided, how to get it decided."""
    if finding is not None and finding.fix:
        return finding.fix
    reason = row.verdict.reason
    return row.fix if reason is None else _NEXT.get(reason, row.fix)


def facts(row: Row, finding: Finding | None) -> list[tuple[str, str]]:
    """What a reader needs to understand, mend and repeat: label and text, in reading order."""
    said: list[tuple[str, str]] = []
    evidence = row.verdict.evidence
    if finding is not None:
        evidence = finding.evidence or evidence
        said += [("expected", finding.expected or "(empty)"), ("actual", finding.actual or "(empty)")]
        said.append(("place", finding.place))
        said.append(("alike", str(finding.count) if finding.count > 1 else ""))
        said.append(("examples", "; ".join(finding.examples)))
    said.append(("evidence", ", ".join(evidence)))
    said.append(("clause", clause(row.clause)))
    said.append(("fix", fix(row, finding)))
    if finding is not None:
        said += [(f"repeat ({shell})", finding.reproduce[shell]) for shell in sorted(finding.reproduce)]
    return [(label, text) for label, text in said if text.strip()]


def moment(when: datetime) -> str:
    """A time for people: to the second, in UTC."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
