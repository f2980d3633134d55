"""The options of a question: answerOption and answerValueSet.

Source: http://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.answerOption
"""

from __future__ import annotations

from typing import Any, Final, Literal

from checker.fhir.instance import Node
from checker.fhir.validation.issue import NotVerified
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special.form import Form, Question
from checker.fhir.validation.special.in_reach import contained
from checker.fhir.validation.special.json_shape import choice, dicts, extension_value, number, text

_FORM: Final = "http://hl7.org/fhir/R4/questionnaire-definitions.html"
_EXCLUSIVE: Final = "http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive"

OPTION = rule(
    "questionnaire-answer-option",
    "error",
    "invariant",
    title="The answer is none of the options of the question",
    why="Receivers can read only the answers that the Questionnaire offers.",
    fix="Choose one of the options, with its system and code.",
    source=f"{_FORM}#Questionnaire.item.answerOption",
)
EXCLUSIVE = rule(
    "questionnaire-answer-exclusive",
    "error",
    "invariant",
    title="An option that excludes all others is chosen beside others",
    why="The answers contradict each other.",
    fix="Keep the exclusive option alone, or drop it.",
    source="http://hl7.org/fhir/R4/extension-questionnaire-optionexclusive.html",
)
VALUE_SET = rule(
    "questionnaire-answer-value-set",
    "error",
    "code-invalid",
    title="The answer is not in the value set of the question",
    why="Receivers can read only the answers that the Questionnaire offers.",
    fix="Choose a code of the value set.",
    source=f"{_FORM}#Questionnaire.item.answerValueSet",
)
VALUE_SET_UNKNOWN = rule(
    "questionnaire-answer-value-set-unknown",
    "warning",
    "code-invalid",
    title="The value set of the question is not at hand",
    why="The answer could not be judged.",
    fix="Give the value set to the validator in a package.",
    source=f"{_FORM}#Questionnaire.item.answerValueSet",
)
FREE_TEXT = rule(
    "questionnaire-answer-free-text",
    "warning",
    "invariant",
    title="A free text stands for one of the coded options",
    why="An answer that is coded can be counted and acted on; a text cannot.",
    fix="Give the option's Coding.",
    source=f"{_FORM}#Questionnaire.item.type",
)
NO_OPTIONS = rule(
    "questionnaire-answer-no-options",
    "information",
    "invariant",
    title="The question offers no options to judge the answer by",
    why="A choice without answerOption or answerValueSet accepts any answer.",
    fix="State the options in the Questionnaire.",
    source=f"{_FORM}#Questionnaire.item.answerOption",
)

_CHOICES: Final = frozenset({"choice", "open-choice"})
_CAPITAL: Final = {"date": "Date", "time": "Time", "integer": "Integer", "string": "String", "decimal": "Decimal"}


def holds(question: Question, value: Node) -> bool:
    """Whether the question has an option of the type of the value."""
    suffix = _CAPITAL.get(value.type, value.type)
    return any(choice(one)[0] == suffix for one in dicts(question.raw.get("answerOption")))


def check(run: Run, form: Form, question: Question, value: Node, count: int) -> None:
    """Judge an answer of ``count`` by the options of the question, if it has any."""
    options = dicts(question.raw.get("answerOption"))
    value_set = text(question.raw.get("answerValueSet"))
    if options:
        _among(run, question, value, options, count)
    elif value_set is not None and (value.type == "Coding" or question.type == "string"):
        _in_value_set(run, form, question, value, value_set)
    elif question.type in _CHOICES:
        said = "The question has no list of options, so the answer was not judged by one."
        run.report(NO_OPTIONS, value, said)


def _among(run: Run, question: Question, value: Node, options: list[dict[str, Any]], count: int) -> None:
    suffix = _CAPITAL.get(value.type, value.type)
    given = [(one, choice(one)) for one in options]
    if question.type == "open-choice" and value.type == "string":
        if any(_named(each, value.value) for _, (kind, each) in given if kind == "Coding"):
            said = f"The text '{value.value}' stands for an option that has a code."
            run.report(FREE_TEXT, value, said, found=str(value.value))
        return
    if question.type not in _CHOICES and value.type not in _CAPITAL:
        return
    for option, (kind, each) in given:
        if (kind == suffix or (kind, suffix) == ("Date", "dateTime")) and _equal(value.value, each):
            if extension_value(option, _EXCLUSIVE) is True and count > 1:
                said = f"{_shown(value.value)} excludes all other answers, but is one of {count}."
                run.report(EXCLUSIVE, value, said)
            return
    allowed = ", ".join(_shown(each) for _, (_, each) in given[:12])
    said = f"{_shown(value.value)} is none of the options of '{question.link_id}'."
    run.report(OPTION, value, said, found=_shown(value.value), allowed=allowed)


def _equal(value: Any, option: Any) -> bool:
    if isinstance(value, dict) and isinstance(option, dict):
        parts = ("reference",) if "reference" in option else ("system", "code")
        if not any(option.get(part) for part in parts):
            return value.get("display") == option.get("display") and not any(value.get(part) for part in parts)
        return all(value.get(part) == option.get(part) for part in parts)
    if isinstance(value, str) or isinstance(option, str):
        return bool(value == option)
    one, other = number(value), number(option)
    return one is not None and one == other


def _named(coding: Any, written: Any) -> bool:
    if not isinstance(coding, dict) or not isinstance(written, str):
        return False
    return written.casefold() in (str(coding.get(part)).casefold() for part in ("display", "code") if coding.get(part))


def _in_value_set(run: Run, form: Form, question: Question, value: Node, value_set: str) -> None:
    outcome = membership(run, form, value, value_set, value.value)
    if outcome == "not-in" or (outcome == "nothing" and _only_words(run, form, value, value_set)):
        said = f"{_shown(value.value)} is not in the value set '{value_set}' of '{question.link_id}'."
        run.report(VALUE_SET, value, said, found=_shown(value.value), allowed=value_set)


def _only_words(run: Run, form: Form, value: Node, value_set: str) -> bool:
    """Whether the value is a Coding with words and no code at all, which no value set that is at hand can have."""
    raw = value.value
    if not isinstance(raw, dict) or "_code" in raw or text(raw.get("display")) is None:
        return False
    terminology, canonical = _source(run, form, value_set)
    return terminology is not None and terminology.validate(canonical, None, "").value_set_known


def membership(
    run: Run, form: Form, value: Node, value_set: str, given: Any
) -> Literal["in", "not-in", "unknown", "nothing"]:
    """Is the Coding, Quantity or text in the value set that the form names (contained, or by canonical)?

    What cannot be told is counted as not verified; a value set that is not at hand is also said.
    ``nothing``: there is no code to look for.
    """
    system = text(given.get("system")) if isinstance(given, dict) else None
    code = text(given.get("code")) if isinstance(given, dict) else text(given)
    version = text(given.get("version")) if isinstance(given, dict) else None
    if code is None:
        return "nothing"
    terminology, canonical = _source(run, form, value_set)
    if terminology is None:
        answer = None
    elif isinstance(given, dict) and system is not None:
        answer = terminology.validate(canonical, system, code, None, version)
    else:  # that a Coding has no system is said of it already
        answer = terminology.validate(canonical, None, code, code_only=True)
    if answer is not None and answer.outcome != "unknown":
        outcome: Literal["in", "not-in"] = answer.outcome
        return outcome
    if answer is None or not answer.value_set_known:
        said = f"The value set '{value_set}' is not at hand, so the answer was not judged."
        run.report(VALUE_SET_UNKNOWN, value, said, allowed=value_set)
    why = answer.reason if answer is not None else "the value set is not at hand"
    run.not_verified.append(NotVerified(kind="terminology", subject=value_set, path=value.path, detail=why))
    return "unknown"


def _source(run: Run, form: Form, value_set: str) -> tuple[Any, str]:
    """Who answers for the value set, and under which canonical: a contained one has none of its own."""
    if not value_set.startswith("#"):
        return run.terminology, value_set
    raw = _contained(form, value_set[1:])
    if raw is None:
        return None, value_set
    from checker.fhir.terminology.store import LocalTerminology

    key = (_source, id(raw))
    if key not in run.seen:
        run.seen[key] = LocalTerminology(_Contained(run, raw))
    return run.seen[key], _INSIDE


def _contained(form: Form, id_: str) -> dict[str, Any] | None:
    for one in dicts(form.raw.get("contained")):
        if one.get("resourceType") == "ValueSet" and one.get("id") == id_:
            return one
    found = contained(form.node, id_, "ValueSet") if form.node is not None else None
    return found.value if found is not None and isinstance(found.value, dict) else None


_INSIDE: Final = "urn:contained-value-set"


class _Contained:
    """The run's definitions with one contained ValueSet beside them."""

    __slots__ = ("_raw", "_run")

    def __init__(self, run: Run, raw: dict[str, Any]) -> None:
        self._run = run
        self._raw = raw

    def value_set(self, canonical: str) -> dict[str, Any] | None:
        """See :class:`checker.fhir.terminology.answer.Library`."""
        return self._raw if canonical == _INSIDE else self._run.library.raw(canonical, "ValueSet")

    def code_system(self, canonical: str) -> dict[str, Any] | None:
        """See :class:`checker.fhir.terminology.answer.Library`."""
        return self._run.library.raw(canonical, "CodeSystem")


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        if "reference" in value:
            return str(value["reference"])
        coded = f"{value.get('system') or ''}#{value.get('code') or ''}"
        return coded if coded != "#" else f"'{value.get('display') or ''}'"
    return f"'{value}'" if isinstance(value, str) else str(value)
