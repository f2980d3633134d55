"""A Questionnaire that extends another one, or complies with it: its items only narrow those that they repeat.

Source: http://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.derivedFrom, and the extension
questionnaire-derivationType
"""

from __future__ import annotations

from typing import Any, Final

from checker.fhir.instance import Node
from checker.fhir.validation.rule import Rule, rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special.form import Form, Question
from checker.fhir.validation.special.json_shape import choice, dicts, integer

_SOURCE: Final = "http://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.derivedFrom"

NEW_ITEM = rule(
    "questionnaire-derived-item",
    "error",
    "not-found",
    title="A Questionnaire that complies with another one has an item that the other has not",
    why="Whoever knows the other Questionnaire cannot read this item.",
    fix="Leave the item out, or state that this Questionnaire extends the other.",
    source=_SOURCE,
)
CHANGED = rule(
    "questionnaire-derived-change",
    "error",
    "business-rule",
    title="An item widens the item that it derives from",
    why="Responses to this Questionnaire would no longer fit the one that it derives from.",
    fix="Keep the type and the options; bounds may only become narrower.",
    source=_SOURCE,
)
NOTED = rule(
    "questionnaire-derived-note",
    "information",
    "business-rule",
    title="An item has another definition than the item that it derives from",
    why="The two may not mean the same.",
    fix="Repeat the definition.",
    source=_SOURCE,
)


def check(run: Run, raw: dict[str, Any], canonical: str, extends: bool, items: list[Node]) -> None:
    """Judge the items beside those of the Questionnaire ``raw``; one that ``extends`` may have items of its own."""
    form = Form(raw)
    for item in items:
        link_id = item.text("linkId")
        if link_id is None:
            continue
        origin = form.by_link_id.get(link_id)
        if origin is None:
            if not extends:
                run.report(NEW_ITEM, item, f"'{canonical}' has no item '{link_id}'.", found=link_id)
        elif isinstance(item.value, dict):
            _Beside(run, canonical, item, origin).check()


class _Beside:
    """One item beside the one that it derives from."""

    __slots__ = ("canonical", "item", "origin", "own", "run")

    def __init__(self, run: Run, canonical: str, item: Node, origin: Question) -> None:
        self.run = run
        self.canonical = canonical
        self.item = item
        self.origin = origin
        self.own: dict[str, Any] = item.value

    def check(self) -> None:
        """Judge what may not be changed, and what may only become narrower."""
        own, origin = self.own, self.origin
        if origin.type is not None and own.get("type") not in (None, origin.type):
            self._say(f"is of type {own.get('type')}, but there of type {origin.type}", "type")
        if not origin.repeats and own.get("repeats") is True:
            self._say("repeats, but does not there", "repeats")
        if origin.required and own.get("required") is False:
            self._say("is not required, but is there", "required")
        self._definition()
        self._length()
        self._options()

    def _definition(self) -> None:
        definition = self.origin.raw.get("definition")
        if definition is not None and definition != self.own.get("definition"):
            self._say(f"has not the definition '{definition}' that it has there", rule_=NOTED)

    def _length(self) -> None:
        most, own = integer(self.origin.raw.get("maxLength")), integer(self.own.get("maxLength"))
        if most is not None and own is None:
            self._say(f"has no greatest length, but is bound to {most} there")
        elif most is not None and own is not None and own > most:
            self._say(f"may be {own} characters long, but only {most} there", "maxLength")

    def _options(self) -> None:
        there = dicts(self.origin.raw.get("answerOption"))
        own = dicts(self.own.get("answerOption"))
        if self.origin.raw.get("answerValueSet") is not None:
            if own:
                self._say("has options, but a value set there", "answerOption")
            return
        if not there:
            return
        if self.own.get("answerValueSet") is not None:
            self._say("has a value set, but options there", "answerValueSet")
        elif not own:
            self._say(f"has no options, but {len(there)} there")
        else:
            known = [choice(one) for one in there]
            for index, one in enumerate(own):
                if not any(_same(choice(one), other) for other in known):
                    self._say("has an option that it has not there", f"answerOption[{index}]")

    def _say(self, what: str, below: str = "", *, rule_: Rule = CHANGED) -> None:
        message = f"Item '{self.origin.link_id}' {what} (in '{self.canonical}')."
        self.run.report(rule_, self.item, message, below=below)


def _same(one: tuple[str, Any], other: tuple[str, Any]) -> bool:
    (kind, value), (known, option) = one, other
    if kind != known:
        return False
    if isinstance(value, dict) and isinstance(option, dict):
        parts = ("reference",) if kind == "Reference" else ("system", "code", "version")
        return all(value.get(part) == option.get(part) for part in parts)
    return bool(value == option)
