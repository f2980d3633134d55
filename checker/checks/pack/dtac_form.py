"""The DTAC form as data (``profiles/dtac-v2/questions.yaml``), and the answers of a pack read by it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from checker import resources
from checker.checks.assured import Given
from checker.checks.pack.given import WHOLE, of_section, part
from checker.model.registry import condition
from checker.model.value import Params
from checker.model.verdict import Undecided
from checker.model.view import EvidenceView

SECTION = "dtac"
NEEDS = (WHOLE, of_section(SECTION))
TEXT = "text"
"""Stands for any text, where a question asks for one."""
_SAID = {
    "no, but a plan": "plan",
    "plan": "plan",
    "yes": "yes",
    "no": "no",
    "confirmed": "confirmed",
    "confirm": "confirmed",
    "unable to confirm": "cannot-confirm",
    "cannot confirm": "cannot-confirm",
    "provided": "provided",
    "not provided": "not-provided",
    "not available": "not-available",
    "not applicable": "not-applicable",
    "n/a": "not-applicable",
    "uk only": "uk-only",
    "outside of uk": "outside-uk",
    "outside of the uk": "outside-uk",
    "outside uk": "outside-uk",
    "outside the uk": "outside-uk",
    "no access": "no-access",
}
_LONGEST_FIRST = sorted(_SAID, key=len, reverse=True)


class Question(NamedTuple):
    """One question of the form."""

    code: str
    topic: str
    decided: str
    """``machine``, ``partly`` or ``person``."""
    options: tuple[str, ...]
    """Empty where it asks for text."""
    passes: tuple[str, ...]
    """The answers that meet its criterion; empty where it has none."""
    or_by: str
    kinds: tuple[str, ...]
    schemes: tuple[str, ...]
    when: tuple[str, ...]
    """The answers for which evidence is asked."""
    skips: Mapping[str, tuple[str, ...]]
    optional: bool
    against: Mapping[str, Mapping[str, str]]
    rows: tuple[str, ...]
    of_a_person: bool
    """Does it ask for a person, or a way to reach one? Reports do not hold such an answer."""


@cache
def questions() -> tuple[Question, ...]:
    """All questions in the order of the form."""
    import yaml

    text = resources.data("profiles").joinpath("dtac-v2", "questions.yaml").read_text("utf-8")
    found = yaml.load(text, Loader=yaml.BaseLoader)["questions"]  # noqa: S506 - every scalar is text
    return tuple(_question(one) for one in found)


def _question(one: Mapping[str, Any]) -> Question:
    evidence = one.get("evidence", {})
    options, passes = one["answer"], one.get("pass", ())
    return Question(
        code=one["code"],
        topic=one["topic"],
        decided=one["decided"],
        options=() if options == TEXT else tuple(options),
        passes=(TEXT,) if passes == TEXT else tuple(passes),
        or_by=one.get("or-by", ""),
        kinds=tuple(evidence.get("kinds", ())),
        schemes=tuple(evidence.get("schemes", ())),
        when=tuple(evidence.get("when", ())),
        skips={option: tuple(codes) for option, codes in one.get("skips", {}).items()},
        optional=one.get("optional") == "yes",
        against=one.get("against", {}),
        rows=tuple(one["rows"]),
        of_a_person=one.get("holds") == "person",
    )


def option(question: Question, answer: str) -> str:
    """Which of its options an answer is, or ``text`` where it asks for text; "" for neither.

    >>> by = {one.code: one for one in questions()}
    >>> option(by["C1.2"], "Yes - see the case"), option(by["C1.2"], "Perhaps"), option(by["C2.2.5"], "UK only.")
    ('yes', '', 'uk-only')
    """
    plain = " ".join(answer.casefold().replace("\u2013", "-").split())
    if not question.options:
        return TEXT if plain else ""
    if plain in question.options:
        return plain
    for phrase in _LONGEST_FIRST:
        rest = plain.removeprefix(phrase)
        if _SAID[phrase] in question.options and plain.startswith(phrase) and not rest[:1].isalnum():
            return _SAID[phrase]
    return ""


class Answers(NamedTuple):
    """The answers of a form by code, where they stand, and what the form leads past."""

    given: Given
    entries: dict[str, Mapping[str, Any]]
    """The last entry of each code that the form has."""
    skipped: frozenset[str]

    def option(self, code: str) -> str:
        """What was answered: an option, ``text``, or "" for nothing that can be told."""
        entry = self.entries.get(code)
        question = next(one for one in questions() if one.code == code)
        return option(question, entry["answer"]) if entry else ""

    def text(self, code: str) -> str:
        """The answer as it was written; "" without one."""
        entry = self.entries.get(code)
        return str(entry["answer"]).strip() if entry else ""


def answers(ev: EvidenceView) -> Answers | Undecided:
    """The answers of the section ``dtac``, or why there are none."""
    found = part(ev, SECTION, "answers")
    if isinstance(found, Undecided):
        return found
    if not found.facts:
        return found.undecided("the form has no answers")
    known = {one.code for one in questions()}
    entries = {one["code"]: one for one in found.facts if one["code"] in known}
    return Answers(found, entries, skipped(entries))


def skipped(entries: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """The questions that the answers before them lead past. What is skipped leads nowhere itself.

    >>> sorted(skipped({"C4.1": {"answer": "No"}, "C3.2": {"answer": "yes"}}))
    ['C3.3', 'C3.4', 'C3.5', 'C3.5.1', 'C3.6', 'C4.1.1', 'C4.1.2', 'C4.1.3']
    """
    found: set[str] = set()
    for question in questions():
        entry = entries.get(question.code)
        if entry is not None and question.code not in found:
            found.update(question.skips.get(option(question, entry["answer"]), ()))
    return frozenset(found)


class OfAnswer(Params, frozen=True, kw_only=True):
    """Which answer a requirement applies to."""

    code: str
    says: str


@condition("dtac.answered", params=OfAnswer, needs=lambda p, settings: list(NEEDS), claim=True)
def answered(ev: EvidenceView, p: OfAnswer) -> bool | None:
    """Does the form give this answer to a question? Not known where it gives none that can be told."""
    found = answers(ev)
    if isinstance(found, Undecided) or not (said := found.option(p.code)):
        return None
    return said == p.says
