"""What a conclusion means, in sentences for somebody who buys systems and does not build them."""

from __future__ import annotations

import re
from typing import NamedTuple

from checker.model.report import Report, Row, Scope
from checker.model.terms import Basis, Conclusion, Decider, Outcome, Reason, Safety
from checker.render.coherence import binds, unmet
from checker.render.words import basis, fix

OUTCOME_MEANING = {
    Outcome.PASS: "it was examined, and what is asked for is done",
    Outcome.FAIL: "it was examined, and something is wrong",
    Outcome.INCONCLUSIVE: "it could not be decided: this speaks neither for nor against the supplier",
    Outcome.ERROR: "the checker itself failed: this says nothing against the supplier",
    Outcome.NOT_APPLICABLE: "what it asks for concerns something that this system does not have",
}
"""Outcome → what it tells the reader."""

COVERED_MEANING = "it did not pass, and a waiver or an attestation stands in for it"
"""What covered tells the reader."""

OBLIGATION_MEANING = (
    ("MUST", "one that fails is enough: the system is not compliant"),
    ("SHOULD", "a recommendation: good reasons may speak against it"),
    ("MAY", "an option: never held against the supplier"),
)
"""Obligation → what it does to the conclusion."""

_REQUESTS = {
    Safety.S0: "without sending anything",
    Safety.S1: "with well-formed requests that only read",
    Safety.S2: "also with deliberately wrong requests, which change nothing",
    Safety.S3: "also with requests that write or touch a second patient",
    Safety.S4: "also with requests that may slow a service down",
}

_REASONS = {
    Reason.UNSAFE: "asking was not allowed, or the answer may not be kept",
    Reason.NETWORK: "the server could not be reached",
    Reason.TIMEOUT: "no answer came in time",
    Reason.AUTH: "logging in did not work",
    Reason.BUDGET: "a limit of the run was reached",
    Reason.TERMINOLOGY: "a terminology was missing",
    Reason.PREREQUISITE: "something that it builds on is not settled",
    Reason.NO_DATA: "there was nothing to examine",
    Reason.HUMAN: "a person has to decide",
}

_NAMED = 6


class Step(NamedTuple):
    """One thing to do next, and the requirements that wait for it."""

    title: str
    action: str
    """What to do; "" when each requirement says it itself."""
    rows: tuple[Row, ...]


def scope_words(scope: Scope) -> str:
    """The scope in words: who decides, what may be sent, and the bases if not all count."""
    who = "what a check or a person decides" if Decider.HUMAN in scope.deciders else "what a check decides"
    some = "" if set(scope.bases) == set(Basis) else ", counting only: " + "; ".join(map(basis, sorted(scope.bases)))
    return f"{who}, {_REQUESTS[scope.ceiling]}{some}"


def lead(warning: str) -> tuple[str, str]:
    """A warning that begins with a word in capitals and a colon, as that word and the rest.

    >>> lead("DEMONSTRATION: not real.")
    ('DEMONSTRATION', 'not real.')
    >>> lead("38 of 40 answers were 401.")
    ('', '38 of 40 answers were 401.')
    """
    found = re.match(r"([A-Z]{4,}): ", warning)
    return (found.group(1), warning[found.end() :]) if found else ("", warning)


def meaning(report: Report) -> tuple[str, ...]:
    """What the conclusion means, why it is so, and what it does not say."""
    rows = [row for row in report.rows if binds(row)]
    if report.conclusion is Conclusion.NOT_COMPLIANT:
        return _not_compliant(rows)
    if report.conclusion is Conclusion.COMPLIANT:
        return _compliant(rows)
    return _inconclusive(rows, report.tally.obstacles)


def next_steps(rows: tuple[Row, ...]) -> list[Step]:
    """What to do about the rows that stand against the run, what fails first; one step for each reason."""
    failed = tuple(row for row in rows if row.verdict.outcome is Outcome.FAIL)
    broken = tuple(row for row in rows if row.verdict.outcome is Outcome.ERROR)
    steps = [Step("Mend what fails", "", failed)]
    for reason in Reason:
        waiting = tuple(row for row in rows if row.verdict.reason is reason)
        steps += [Step(f"Not decided, because {_REASONS[reason]}", fix(waiting[0]), waiting)] if waiting else []
    steps.append(Step("Report the fault of the checker", "Send the JSON report with it.", broken))
    return [step for step in steps if step.rows]


def _count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def _ids(rows: list[Row]) -> str:
    named = ", ".join(row.id for row in rows[:_NAMED])
    return named if len(rows) <= _NAMED else f"{named} and {len(rows) - _NAMED} more"


def _not_compliant(rows: list[Row]) -> tuple[str, ...]:
    failed = [row for row in rows if unmet(row) and row.verdict.outcome is Outcome.FAIL]
    still_open = [row for row in rows if unmet(row) and row.verdict.outcome is not Outcome.FAIL]
    what = "A MUST fails" if len(failed) == 1 else f"{len(failed)} MUSTs fail"
    said = [f"{what}, so the system does not meet this profile: {_ids(failed)}."]
    said.append("One MUST that fails is enough, however much else passes.")
    if still_open:
        said.append(f"{_count(len(still_open), 'MUST', 'MUSTs')} could not be decided besides: {_ids(still_open)}.")
    return tuple(said)


def _compliant(rows: list[Row]) -> tuple[str, ...]:
    passed = sum(row.verdict.outcome is Outcome.PASS for row in rows)
    away = sum(row.verdict.outcome is Outcome.NOT_APPLICABLE for row in rows)
    covered = len(rows) - passed - away
    parts = [f"{passed} passed", f"{away} did not apply" if away else "", f"{covered} covered" if covered else ""]
    whole = ", ".join(part for part in parts if part)
    said = [f"Every MUST within the scope is settled, so the system meets this profile there: {whole}."]
    if covered:
        said.append("What is covered did not pass: somebody named answers for it.")
    said.append("This speaks of what was examined, as it was then. It is no approval.")
    return tuple(said)


def _inconclusive(rows: list[Row], obstacles: tuple[str, ...]) -> tuple[str, ...]:
    still_open = [row for row in rows if unmet(row) or row.verdict.outcome is Outcome.ERROR]
    faults = [row for row in rows if row.verdict.outcome is Outcome.ERROR]
    passed = any(row.verdict.outcome is Outcome.PASS for row in rows)
    said = []
    if not rows:
        said.append("Nothing was proved, because no MUST lies within the scope.")
    elif not passed:
        said.append("Nothing was proved, because no MUST was seen to be met.")
    elif still_open:
        said.append(
            f"Compliance was not proved, because {len(still_open)} of {_count(len(rows), 'MUST', 'MUSTs')} "
            f"could not be decided: {_ids(still_open)}."
        )
    if faults:
        said.append(f"In {_count(len(faults), 'case', 'cases')} the checker itself failed.")
    if passed and not still_open:
        said += [f"Compliance was not proved, because: {obstacle.rstrip('.')}." for obstacle in obstacles]
    if not said:  # say, interrupted once all was decided
        said.append("Compliance was not proved: what stood in the way is said above.")
    said.append("No MUST was found to fail either: this speaks neither for the supplier nor against it.")
    return tuple(said)
