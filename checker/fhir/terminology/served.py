"""Terminology from what a server answered: questions are gathered, asked elsewhere, and judged from the evidence.

Three steps, so that judging never waits for a network: judge once with :class:`Unsettled` around the local
terminology, give its questions to :mod:`checker.probes.terminology`, judge again with :func:`with_answers`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from checker.fhir.terminology.answer import Chain, CodeAnswer, Terminology, is_settled
from checker.fhir.terminology.check_digits import nhs_number_is_valid
from checker.model.terminology import CodeFacts, CodeQuestion, TerminologyAnswer

_MOST_QUESTIONS: Final = 100_000
_LONGEST: Final = 4000
"""Characters of a code, a system or a display that is asked about."""
_TEN = re.compile(r"(?<![0-9])[0-9]{10}(?![0-9])")
_GAPS = re.compile(r"(?<=[0-9])[ \-](?=[0-9])")
_SNOMED: Final = "http://snomed.info/sct"
_EDITION: Final = re.compile(r"http://snomed\.info/x?sct/([0-9]{6,18})(?![0-9])", re.ASCII)
_INTERNATIONAL: Final = "900000000000207008"
_HALF = re.compile("[\ud800-\udfff]")


def parts(
    value_set: str | None,
    system: str | None,
    code: str,
    display: str | None,
    version: str | None,
    *,
    code_only: bool,
    language: str | None,
) -> tuple[CodeQuestion | None, CodeQuestion | None]:
    """The two questions behind one: membership in the value set, and the code with its display in its system.

    They are apart because servers answer no to a wrong display as they do to a wrong code.
    """
    member = None
    if value_set is not None and (system is not None or code_only):
        member = CodeQuestion(value_set=value_set, system=system, code=code, version=version, code_only=code_only)
    known = None
    if system is not None:
        known = CodeQuestion(
            system=system, code=code, display=display, version=version, language=language if display else None
        )
    return member, known


class Unsettled:
    """Answers as the terminology within, and notes what a server could add."""

    __slots__ = ("_questions", "_within")

    def __init__(self, within: Terminology) -> None:
        self._within = within
        self._questions: set[CodeQuestion] = set()

    def validate(
        self,
        value_set: str | None,
        system: str | None,
        code: str,
        display: str | None = None,
        version: str | None = None,
        *,
        code_only: bool = False,
        language: str | None = None,
    ) -> CodeAnswer:
        """See :class:`~checker.fhir.terminology.answer.Terminology`."""
        answer = self._within.validate(
            value_set, system, code, display, version, code_only=code_only, language=language
        )
        if code and not is_settled(answer, display) and self._may_ask(code, display, system, version):
            safe = None if display and _may_name_a_patient(display) else display
            member, known = parts(value_set, system, code, safe, version, code_only=code_only, language=language)
            if member is not None and answer.outcome == "unknown":
                self._questions.add(member)
            if known is not None and (answer.code_known is None or (display and answer.display_ok is None)):
                self._questions.add(known)
        return answer

    def _may_ask(self, *texts: str | None) -> bool:
        """There is room, and every text can be written (JSON may hold half a character)."""
        if len(self._questions) >= _MOST_QUESTIONS:
            return False
        return not any(text and (len(text) > _LONGEST or _HALF.search(text)) for text in texts)

    def codes(self, value_set: str) -> frozenset[str] | None:
        """See :class:`~checker.fhir.terminology.answer.Terminology`."""
        return self._within.codes(value_set)

    @property
    def questions(self) -> tuple[CodeQuestion, ...]:
        """Each distinct question once, in an order of its own."""
        return tuple(sorted(self._questions, key=lambda one: one.sort_key))


class Served:
    """Terminology from stored answers, and from nothing else.

    The no of a server about a concept of a SNOMED CT extension counts only where it names the edition that it looked
    in, and that is not the International one: it may never have heard of the extension.
    """

    __slots__ = ("_facts",)

    def __init__(self, answers: Iterable[TerminologyAnswer]) -> None:
        self._facts: dict[CodeQuestion, CodeFacts] = {}
        told = [facts for answer in answers for facts in answer.answers if not facts.problem]
        known = {(facts.question.system, facts.question.code) for facts in told if facts.known}
        for facts in told:
            if (facts.question.system, facts.question.code) in known or not _is_beyond(facts):
                self._facts.setdefault(facts.question, facts)

    def validate(
        self,
        value_set: str | None,
        system: str | None,
        code: str,
        display: str | None = None,
        version: str | None = None,
        *,
        code_only: bool = False,
        language: str | None = None,
    ) -> CodeAnswer:
        """See :class:`~checker.fhir.terminology.answer.Terminology`."""
        member, known = parts(value_set, system, code, display, version, code_only=code_only, language=language)
        of_set = self._facts.get(member) if member is not None else None
        of_system = self._facts.get(known) if known is not None else None
        if of_set is None and of_system is None:
            return CodeAnswer(outcome="unknown", reason="no terminology server answered this", system=system)
        inside = of_set.member if of_set is not None else None
        in_system = of_system.known if of_system is not None else None
        if in_system is None and of_set is not None:
            in_system = of_set.known
        decided = inside if value_set is not None else in_system
        right = of_system.display if of_system is not None else ""
        return CodeAnswer(
            outcome="in" if decided else "unknown" if decided is None else "not-in",
            reason="" if decided else _reason(of_set or of_system),
            system=system or (of_set.system if of_set is not None else "") or None,
            code_known=in_system,
            system_known=in_system is not None,
            content="server" if in_system is not None else "",
            display_ok=of_system.display_ok if of_system is not None else None,
            display_right=(right,) if right else (),
            inactive=any(one is not None and one.inactive for one in (of_set, of_system)),
            value_set_known=inside is not None,
        )

    def codes(self, value_set: str) -> frozenset[str] | None:
        """None: a server is asked about codes, not for lists."""
        return None


def with_answers(local: Terminology, answers: Iterable[TerminologyAnswer]) -> Terminology:
    """The local terminology, completed by what a server answered. A pure function of its arguments."""
    return Chain(local, Served(answers))


def _may_name_a_patient(display: str) -> bool:
    """Does the display hold an NHS number? It is not sent then."""
    return any(nhs_number_is_valid(digits) for digits in _TEN.findall(_GAPS.sub("", display)))


def _is_beyond(facts: CodeFacts) -> bool:
    """Is it a no about a concept of a SNOMED CT extension, in an edition that need not have it?

    The partition of an identifier, before its check digit, says whether it is of an extension (SNOMED CT technical
    implementation guide, §6.3).
    """
    code, system = facts.question.code, facts.question.system
    if system != _SNOMED or facts.known or False not in (facts.member, facts.known):
        return False
    if not (code.isascii() and code.isdigit() and len(code) > 10 and code[-3] == "1"):
        return False
    edition = _EDITION.match(facts.version)
    return edition is None or edition[1] == _INTERNATIONAL


def _reason(facts: CodeFacts | None) -> str:
    return facts.message if facts is not None and facts.message else "the terminology server says so"
