"""The DTAC form for the report: the answers of the pack in the form's order, nothing new."""

from __future__ import annotations

from checker.checks.pack.dtac_form import SECTION, Answers, Question, answers, questions
from checker.checks.pack.given import part, shortened
from checker.engine.evidence_view import JudgingView
from checker.model.dtac import Decided, DtacNote, DtacQuestion
from checker.model.requirement import Profile
from checker.model.verdict import Undecided

_FAMILY = "dtac."
_MOST_CHARACTERS = 2_000
_GIVEN = "given"


def dtac_note(view: JudgingView, profile: Profile) -> DtacNote | None:
    """The form, or None where the profile does not ask for it or the pack has no answers."""
    if not any(row.check is not None and row.check.check.startswith(_FAMILY) for row in profile.requirements):
        return None
    found = answers(view)
    if isinstance(found, Undecided):
        return None
    version = part(view, SECTION, "form-version")
    return DtacNote(
        version="" if isinstance(version, Undecided) else shortened(version.facts),
        questions=tuple(_question(one, found) for one in questions()),
    )


def _question(question: Question, found: Answers) -> DtacQuestion:
    entry = found.entries.get(question.code, {})
    said = shortened(found.text(question.code), _MOST_CHARACTERS)
    return DtacQuestion(
        code=question.code,
        topic=question.topic,
        decided=Decided(question.decided),
        criterion=bool(question.passes),
        asked=question.code not in found.skipped,
        answer=_GIVEN if said and question.of_a_person else said,
        told=bool(found.option(question.code)),
        evidence=tuple(entry.get("evidence", ())),
        rows=question.rows,
    )
