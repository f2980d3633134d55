"""Is the DTAC form the current one, and filled in as its branches lead?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from checker.checks.pack.dtac_form import NEEDS, SECTION, Answers, answers, option, questions
from checker.checks.pack.given import part, shortened
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_DTAC = "https://transform.england.nhs.uk/key-tools-and-info/digital-technology-assessment-criteria-dtac/"


class Form(Params, frozen=True, kw_only=True):
    """The version of the form that is asked for."""

    version: str = "2.0"


@check("dtac.form-is-complete", params=Form, needs=lambda p, settings: list(NEEDS), source=_DTAC)
def form_is_complete(ev: EvidenceView, p: Form) -> Iterator[Statement]:
    """The form is of the version asked for, each question that it leads to has one of its answers, none contradicts.

    Questions, their answers and branches are data (``profiles/dtac-v2/questions.yaml``). A question that the form leads
    past may be left out, and may be answered. What was answered is judged by other rows.

    Good: C1.2 *Yes*, without C1.2.1. Bad: C1.2 *No*, without C1.2.1; form v1.0; C1.1.1 *No* with C1.1.2 *Yes*.
    """
    found = answers(ev)
    if isinstance(found, Undecided):
        yield found
        return
    wrong = [*_version(ev, found, p), *_codes(found), *_unanswered(found), *_contradictions(found)]
    yield from wrong
    if not wrong:
        seen = (
            f"{len(found.entries)} answers; the form leads past {len(found.skipped - found.entries.keys())} questions"
        )
        yield Examined(what=seen, evidence=found.given.evidence, count=len(found.entries))


def _version(ev: EvidenceView, found: Answers, p: Form) -> Iterator[Statement]:
    version = part(ev, SECTION, "form-version")
    place = f"section {SECTION} form-version"
    if isinstance(version, Undecided):
        if version.reason is Reason.NO_DATA:
            yield found.given.finding("It is not said which version of the form this is.", p.version, "none", place)
        else:
            yield version
    elif _plain(version.facts) != _plain(p.version):
        message = "The form is of another version than the one in force."
        yield version.finding(message, p.version, shortened(version.facts), place)
    completed = part(ev, SECTION, "completed")
    if isinstance(completed, Undecided):
        return
    made = day(completed.facts)
    if made is not None and made > completed.on:
        place = f"section {SECTION} completed"
        yield completed.finding("The form was completed on a day to come.", f"{completed.on}", str(made), place)


def _plain(version: str) -> str:
    plain = version.strip().casefold().removeprefix("version").strip().removeprefix("v").strip()
    return plain.removesuffix(".0")


def _codes(found: Answers) -> Iterator[Finding]:
    known = {one.code for one in questions()}
    for code, times in sorted(Counter(one["code"] for one in found.given.facts).items()):
        place = f"section {SECTION} answers {code}"
        if code not in known:
            message = "The form has no such question; version 1.0 had other codes."
            yield found.given.finding(message, "a code of questions.yaml", code, place)
        elif times > 1:
            yield found.given.finding("A question is answered more than once.", "once", f"{times} times", place)


def _unanswered(found: Answers) -> Iterator[Finding]:
    for question in questions():
        place = f"section {SECTION} answers {question.code}"
        entry = found.entries.get(question.code)
        if entry is None:
            if question.code not in found.skipped and not question.optional:
                message = f"A question has no answer: {question.topic}."
                yield found.given.finding(message, "an answer", "none", place)
        elif not option(question, entry["answer"]) and question.code not in found.skipped:
            expected = " or ".join(question.options) or "text"
            message = "An answer is none of those that the form has."
            yield found.given.finding(message, expected, shortened(entry["answer"]), place)


def _contradictions(found: Answers) -> Iterator[Finding]:
    for question in questions():
        said = found.option(question.code)
        for code, other in question.against.get(said, {}).items():
            if found.option(code) == other:
                message = f"{question.code} and {code} contradict each other."
                place = f"section {SECTION} answers {code}"
                yield found.given.finding(message, f"{code} not {other}, with {question.code} {said}", other, place)
