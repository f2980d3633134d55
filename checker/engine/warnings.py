"""A run that says little says so first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from checker.engine.case import Case
from checker.engine.demonstration import NOTICE, is_reference
from checker.model.evidence import HTTP_EXCHANGE
from checker.model.exchange import HttpExchange, Intent
from checker.model.report import Row, Tally
from checker.model.requirement import Profile
from checker.model.terms import FailOn, Obligation, Outcome


def run_warnings(
    case: Case,
    profile: Profile,
    rows: Sequence[Row],
    tally: Tally,
    exit_code: int,
    fail_on: FailOn,
    *,
    unproved: bool = False,
) -> tuple[str, ...]:
    """What the reader must know before any number, most important first."""
    found = [*tally.obstacles, *_one_sided(case)]
    if any(is_reference(recording.manifest) for recording in case.recordings):
        found.insert(0, NOTICE)
    if unproved:
        found.append("A recording says that it was witnessed, and no assessor whom you trust signed it.")
    if profile.modified:
        found.append(f"The profile {profile.id} was modified: {_changes(profile)}.")
    if fail_on is not FailOn.MUST:
        found.append(f"The exit code was moved with --fail-on {fail_on}; the conclusion was not.")
    if fail_on is FailOn.NEVER and exit_code == 0 and any(row.verdict.outcome is Outcome.FAIL for row in rows):
        found.append("The exit code is 0 although requirements fail.")
    if not any(row.in_scope and row.verdict.obligation is Obligation.MUST for row in rows):
        found.append("No MUST requirement lies within the scope: nothing was decided.")
    left_out = sum(
        row.verdict.counts and not row.in_scope and row.verdict.obligation is Obligation.MUST for row in rows
    )
    if left_out:
        found.append(f"The scope leaves out {left_out} MUST requirement(s) of {profile.id}; they are listed below.")
    apart = sum(not row.verdict.counts for row in rows)
    if apart:
        plural = "s are" if apart != 1 else " is"
        found.append(
            f"{apart} requirement{plural} shown apart and cannot make the system not compliant: nobody has read the "
            "clause at its source yet, or it is a draft, or it binds somebody else."
        )
    for row in rows:
        waiver, attestation = row.verdict.waiver, row.verdict.attestation
        if waiver is not None and waiver.effect != "covers":
            found.append(f"The waiver {waiver.id} for {row.id} has no effect ({waiver.effect}).")
        if attestation is not None and attestation.effect not in ("covers", "not-met"):
            found.append(f"The attestation by {attestation.by} for {row.id} has no effect ({attestation.effect}).")
    return tuple(dict.fromkeys(found))


def _changes(profile: Profile) -> str:
    counted = Counter(change.verb for change in profile.changes)
    return ", ".join(f"{count} {verb}" for verb, count in sorted(counted.items()))


def _one_sided(case: Case) -> list[str]:
    """When most answers are the same refusal or fault, the run says little about the supplier."""
    exchanges = []
    for item in case.evidence.values():
        if item.kind == HTTP_EXCHANGE:
            payload = item.read()
            if isinstance(payload, HttpExchange) and payload.view == "fhir" and payload.intent is not Intent.MUTANT:
                exchanges.append(payload)
    if not exchanges:
        return []
    total = len(exchanges)
    statuses = Counter(e.response.status for e in exchanges if e.response is not None)
    locked_out = sum(e.failure is not None and e.failure.cause == "credential" for e in exchanges)
    unanswered = sum(e.response is None for e in exchanges) - locked_out
    found = []
    for status, meaning in ((401, "not authenticated"), (403, "not allowed"), (429, "too many requests")):
        if statuses[status] * 2 > total:
            found.append(
                f"{statuses[status]} of {total} answers were {status} ({meaning}): this run says little about FHIR."
            )
    broken = sum(count for status, count in statuses.items() if status >= 500)
    if broken * 2 > total:
        found.append(f"{broken} of {total} answers were server errors: this run says little about conformity.")
    answered = [e.response for e in exchanges if e.response is not None and e.response.status < 300]
    foreign = sum(not _could_be_fhir(response.header("Content-Type") or "") for response in answered)
    if foreign * 2 > len(answered):
        found.append(f"{foreign} of {len(answered)} answers were no FHIR content at all: is the base URL right?")
    if locked_out * 2 > total:
        found.append(f"{locked_out} of {total} requests were not sent, since logging in failed: see 'checker doctor'.")
    if unanswered * 2 > total:
        found.append(f"{unanswered} of {total} requests got no answer: this run says little about the supplier.")
    return found


def _could_be_fhir(content_type: str) -> bool:
    """JSON or XML by any name: what is wrong with the name is for a requirement to say."""
    word = content_type.partition(";")[0].lower()
    return not word or "json" in word or ("xml" in word and "html" not in word)
