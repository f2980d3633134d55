"""What a conclusion comes to for a buyer: go, go with conditions, no go, not decided. A view of the tally, never more.

Compliant is go; compliant thanks to waivers of the buyer is go with conditions; not compliant is no go; whatever is
inconclusive is not decided, however much of it passes. What is advisory or unconfirmed decides nothing, and is told.
"""

from __future__ import annotations

from collections.abc import Sequence

from checker.model.report import Decision, Open, Row
from checker.model.requirement import Profile, Requirement
from checker.model.terms import Conclusion, Cover, Obligation, Outcome, Reason

GO, CONDITIONS, NO_GO, NOT_DECIDED = "go", "go with conditions", "no go", "not decided"


def decision_of(
    profile: Profile, rows: Sequence[Row], conclusion: Conclusion, obstacles: Sequence[str]
) -> Decision | None:
    """The decision, for a profile that is for one; None for others."""
    if not profile.decision:
        return None
    binding = [row for row in rows if row.in_scope and row.verdict.obligation is Obligation.MUST]
    against = tuple(row.id for row in binding if _fails(row))
    waiting = tuple(_open(row, profile) for row in binding if _is_open(row))
    conditions = tuple(_condition(row) for row in binding if row.verdict.cover is Cover.WAIVER)
    word = {Conclusion.NOT_COMPLIANT: NO_GO, Conclusion.INCONCLUSIVE: NOT_DECIDED}.get(
        conclusion, CONDITIONS if conditions else GO
    )
    return Decision(
        word=word,
        sentence=_sentence(word, against, waiting, conditions, obstacles)
        if binding
        else "Not decided: no requirement that decides lies within the scope.",
        conditions=conditions,
        against=against,
        open=waiting,
        advisory=sum(row.advisory and row.verdict.outcome is Outcome.FAIL for row in rows),
        unconfirmed=sum(_unread(row) for row in rows),
        annex_digest=profile.digest,
    )


def _fails(row: Row) -> bool:
    return row.verdict.outcome is Outcome.FAIL and row.verdict.cover is Cover.NONE


def _is_open(row: Row) -> bool:
    verdict = row.verdict
    uncovered = verdict.outcome is Outcome.INCONCLUSIVE and verdict.cover is Cover.NONE
    return uncovered or verdict.outcome is Outcome.ERROR


def _unread(row: Row) -> bool:
    """Does a MUST fail that would count, had somebody read its clause?"""
    of_supplier = row.verdict.duty_holder == "supplier" and not row.draft and not row.advisory
    return of_supplier and not row.confirmed and _fails(row) and row.verdict.obligation is Obligation.MUST


def _open(row: Row, profile: Profile) -> Open:
    requirement = profile.by_id(row.id)
    return Open(requirement=row.id, who=_who(row, requirement), what=(row.verdict.why or (row.summary,))[0])


def _who(row: Row, requirement: Requirement | None) -> str:
    """Who can settle what is open."""
    if row.verdict.outcome is Outcome.ERROR:
        return "the maker of this tool"
    if requirement is not None and requirement.attestation is not None:
        return " or ".join(requirement.attestation.roles)
    if row.verdict.reason is Reason.HUMAN:
        return "assessor"
    return "supplier"


def _condition(row: Row) -> str:
    note = row.verdict.waiver
    if note is None:
        return row.id
    kept = f" (hazards: {', '.join(note.hazards)})" if note.hazards else ""
    return f"{row.id}: until {note.expires}, {note.owner} answers for it: {note.reason}{kept}"


def _sentence(
    word: str, against: Sequence[str], waiting: Sequence[Open], conditions: Sequence[str], obstacles: Sequence[str]
) -> str:
    """The decision in one plain sentence."""
    if word == NO_GO:
        still = f", and {len(waiting)} are open" if waiting else ""
        return f"{_count(against, 'requirement stands', 'requirements stand')} against an award{still}."
    if word == NOT_DECIDED:
        why = f" {obstacles[0]}" if obstacles and not waiting else ""
        return f"Not decided, {len(waiting)} open: nothing may be concluded before they are settled.{why}"
    if word == CONDITIONS:
        return f"Nothing stands against an award, under {_count(conditions, 'condition', 'conditions')} of the buyer."
    return "Nothing that was demanded stands against an award."


def _count(items: Sequence[object], one: str, many: str) -> str:
    return f"{len(items)} {one if len(items) == 1 else many}"
