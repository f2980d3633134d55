"""One answer of a QuestionnaireResponse beside its question: its type, its bounds, its options.

Source: http://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.type and the extensions named below
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Final

from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special import questionnaire_options, questionnaire_quantity
from checker.fhir.validation.special.form import Form, Question
from checker.fhir.validation.special.json_shape import integer, number, text
from checker.fhir.validation.special.moments import order

_CORE: Final = "http://hl7.org/fhir/StructureDefinition/"
_FORM: Final = "http://hl7.org/fhir/R4/questionnaire-definitions.html"

TYPE = rule(
    "questionnaire-answer-type",
    "error",
    "invariant",
    title="The answer has another type than its question asks for",
    why="Receivers read the answer by the type that the Questionnaire states.",
    fix="Give the answer with the value[x] of that type.",
    source=f"{_FORM}#Questionnaire.item.type",
    good='"answer": [{"valueInteger": 3}]',
    bad='"answer": [{"valueString": "3"}]',
)
BOUND = rule(
    "questionnaire-answer-bound",
    "error",
    "invariant",
    title="The answer is below or above what the question allows",
    why="The Questionnaire states the bounds of sensible answers.",
    fix="Check the value for a slip.",
    source="http://hl7.org/fhir/R4/extension-minvalue.html",
)
LENGTH = rule(
    "questionnaire-answer-length",
    "error",
    "invariant",
    title="The answer is shorter or longer than the question allows",
    why="Receivers may cut off or refuse what does not fit.",
    fix="Give an answer of a length that the Questionnaire allows.",
    source=f"{_FORM}#Questionnaire.item.maxLength",
)
PATTERN = rule(
    "questionnaire-answer-pattern",
    "error",
    "invariant",
    title="The answer has not the form that the question asks for",
    why="The Questionnaire states the form by a regular expression.",
    fix="Give the answer in that form.",
    source="http://hl7.org/fhir/R4/extension-regex.html",
)
LINES = rule(
    "questionnaire-answer-lines",
    "warning",
    "invariant",
    title="The answer to a question for a short text has line breaks",
    why="An item of type string takes one line; text takes several.",
    fix="Leave the line breaks out, or ask for text.",
    source=f"{_FORM}#Questionnaire.item.type",
)
MEDIA_TYPE = rule(
    "questionnaire-answer-media-type",
    "error",
    "required",
    title="The attachment is of a kind that the question does not take",
    why="Receivers can show only the kinds of file that were asked for.",
    fix="Attach a file of an allowed kind, and state it in contentType.",
    source="http://hl7.org/fhir/R4/extension-mimetype.html",
)
SIZE = rule(
    "questionnaire-answer-size",
    "error",
    "required",
    title="The attachment is larger than the question allows",
    why="Receivers may refuse it.",
    fix="Attach a smaller file.",
    source="http://hl7.org/fhir/R4/extension-maxsize.html",
)
RESOURCE = rule(
    "questionnaire-answer-resource",
    "error",
    "invariant",
    title="The answer refers to a resource of a type that the question does not take",
    why="Receivers expect one of the types that the Questionnaire names.",
    fix="Refer to a resource of an allowed type.",
    source="http://hl7.org/fhir/R4/extension-questionnaire-referenceresource.html",
)

_TYPES: Final[dict[str, tuple[str, ...]]] = {
    "boolean": ("boolean",),
    "decimal": ("decimal",),
    "integer": ("integer",),
    "date": ("date",),
    "dateTime": ("dateTime",),
    "time": ("time",),
    "string": ("string",),
    "text": ("string",),
    "url": ("uri",),
    "attachment": ("Attachment",),
    "reference": ("Reference",),
    "quantity": ("Quantity",),
    "choice": ("Coding", "date", "time", "integer", "string"),
    "open-choice": ("Coding", "date", "time", "integer", "string"),
}
"""Types of an answer by the type of its item. A choice also takes what its options are made of."""
_REFERENCE = re.compile(r"(?:.*/)?([A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?", re.ASCII)


def check(run: Run, form: Form, question: Question, answer: Node, count: int) -> None:
    """Judge one answer of ``count``; what other rules say of any value (its lexical form, its codes) is not said."""
    value = next(iter(answer.children("value")), None)
    allowed = _TYPES.get(question.type or "")
    if value is None or allowed is None:
        return
    if value.type not in allowed and not (value.type == "Reference" and questionnaire_options.holds(question, value)):
        wanted = " or ".join(allowed)
        said = f"The answer to '{question.link_id}' must be of type {wanted}, not {value.type}."
        run.report(TYPE, value, said, found=value.type, allowed=wanted)
        return
    judge = _JUDGES.get(value.type)
    if judge is not None:
        judge(run, question, value)
    if value.type == "Quantity":
        questionnaire_quantity.check(run, form, question, value)
    questionnaire_options.check(run, form, question, value, count)


def _number(run: Run, question: Question, value: Node) -> None:
    read = number(value.value) if not isinstance(value.value, str) else None
    if read is None:
        return
    least, most = number(question.extension(f"{_CORE}minValue")), number(question.extension(f"{_CORE}maxValue"))
    if least is not None and read < least:
        _below(run, value, str(least))
    if most is not None and read > most:
        _above(run, value, str(most))
    if value.type == "decimal":
        questionnaire_quantity.decimals(run, question, value, value.value)


def _moment(run: Run, question: Question, value: Node) -> None:
    least, most = question.extension(f"{_CORE}minValue"), question.extension(f"{_CORE}maxValue")
    if order(value.value, least) == -1:
        _below(run, value, str(least))
    if order(value.value, most) == 1:
        _above(run, value, str(most))


def _time(run: Run, question: Question, value: Node) -> None:
    written = text(value.value)
    least, most = text(question.extension(f"{_CORE}minValue")), text(question.extension(f"{_CORE}maxValue"))
    if written is not None and least is not None and written < least:
        _below(run, value, least)
    if written is not None and most is not None and written > most:
        _above(run, value, most)


def _below(run: Run, value: Node, least: str) -> None:
    run.report(BOUND, value, f"{value.value} is below the least allowed, {least}.", allowed=f"at least {least}")


def _above(run: Run, value: Node, most: str) -> None:
    run.report(BOUND, value, f"{value.value} is above the most allowed, {most}.", allowed=f"at most {most}")


def _text(run: Run, question: Question, value: Node) -> None:
    written = value.value
    if not isinstance(written, str):
        return
    least, most = integer(question.extension(f"{_CORE}minLength")), integer(question.raw.get("maxLength"))
    if least is not None and len(written) < least:
        _length(run, value, f"at least {least}", len(written))
    if most is not None and 0 <= most < len(written):
        _length(run, value, f"at most {most}", len(written))
    if question.type == "string":
        pattern = text(question.extension(f"{_CORE}regex"))
        if pattern is not None:
            _pattern(run, question, value, pattern)
        if "\r" in written or "\n" in written:
            run.report(LINES, value, "The answer has line breaks, but the question asks for one line.")


def _length(run: Run, value: Node, allowed: str, length: int) -> None:
    said = f"The answer has {length} characters, but {allowed} are asked for."
    run.report(LENGTH, value, said, found=str(length), allowed=f"{allowed} characters")


def _pattern(run: Run, question: Question, value: Node, pattern: str) -> None:
    from checker.fhir.bounded_regex import compile as compiled

    expression = compiled(pattern)
    if expression is None:
        run.problem("Questionnaire", f"the regular expression of item '{question.link_id}' is not supported: {pattern}")
    elif not expression.fullmatch(value.value):
        form = text(question.extension(f"{_CORE}entryFormat"))
        wanted = f"the form {form}" if form else f"the regular expression {pattern}"
        run.report(PATTERN, value, f"'{value.value}' has not {wanted}.", found=value.value, allowed=form or pattern)


def _attachment(run: Run, question: Question, value: Node) -> None:
    allowed = [one for one in question.extensions(f"{_CORE}mimeType") if isinstance(one, str)]
    stated = value.text("contentType")
    if allowed and (stated is None or not stated.startswith(tuple(allowed))):
        kinds = ", ".join(allowed)
        what = f"is of the kind {stated}" if stated is not None else "does not state its kind (contentType)"
        run.report(MEDIA_TYPE, value, f"The attachment {what}; the question takes {kinds}.", allowed=kinds)
    most, data = number(question.extension(f"{_CORE}maxSize")), value.text("data")
    if most is None or most <= 0 or data is None:
        return
    try:
        size = len(base64.b64decode(data))
    except (binascii.Error, ValueError):
        return
    if size > most:
        said = f"The attachment has {size} bytes; the question takes at most {most}."
        run.report(SIZE, value, said, found=f"{size} bytes", allowed=f"at most {most} bytes")


def _reference(run: Run, question: Question, value: Node) -> None:
    kind = _referred(run, value)
    if kind is None:
        return
    allowed = [one for one in question.extensions(f"{_CORE}questionnaire-referenceResource") if isinstance(one, str)]
    if allowed and kind not in allowed:
        kinds = ", ".join(allowed)
        said = f"The answer refers to a {kind}; the question takes {kinds}."
        run.report(RESOURCE, value, said, found=kind, allowed=kinds)
    elif not allowed and run.options.assume_valid_references:
        known = run.library.type(kind)
        if known is None or known.kind != "resource":
            run.report(RESOURCE, value, f"'{kind}' in the reference is no type of resource.", found=kind)


def _referred(run: Run, value: Node) -> str | None:
    """The type of the resource that the reference names; None when it does not tell."""
    reference = value.text("reference")
    if reference is None:
        return value.text("type")
    if reference.startswith(("#", "urn:")):
        target = run.resolver.resolve(reference, value).node
        return target.type if target is not None else value.text("type")
    found = _REFERENCE.fullmatch(reference)
    return found[1] if found is not None else value.text("type")


_JUDGES: Final[dict[str, Any]] = {
    "integer": _number,
    "decimal": _number,
    "date": _moment,
    "dateTime": _moment,
    "time": _time,
    "string": _text,
    "uri": _text,
    "Attachment": _attachment,
    "Reference": _reference,
}
