"""A QuestionnaireResponse against the Questionnaire that it answers: which items stand where, and how often.

What the answers themselves may be is in :mod:`checker.fhir.validation.special.questionnaire_answers`.

Source: http://hl7.org/fhir/R4/questionnaireresponse.html, http://hl7.org/fhir/R4/questionnaire.html
"""

from __future__ import annotations

from typing import Final

from checker.fhir.instance import Node
from checker.fhir.validation.issue import NotVerified, Severity
from checker.fhir.validation.rule import Rule, rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special import questionnaire_answers
from checker.fhir.validation.special.enable_when import Conditions, Place
from checker.fhir.validation.special.form import Form, Question
from checker.fhir.validation.special.in_reach import find
from checker.fhir.validation.special.json_shape import dicts, integer
from checker.fhir.validation.special.moments import order

_SOURCE: Final = "http://hl7.org/fhir/R4/questionnaireresponse.html#notes"
_FORM: Final = "http://hl7.org/fhir/R4/questionnaire-definitions.html"

NO_FORM = rule(
    "questionnaire-response-no-questionnaire",
    "information",
    "required",
    title="The response does not say which Questionnaire it answers",
    why="Without its Questionnaire nobody can tell what was asked, or judge the answers.",
    fix="Put the canonical of the Questionnaire, with its version, in questionnaire.",
    source=_SOURCE,
    good='"questionnaire": "https://example.org/Questionnaire/falls|1.0"',
)
FORM_UNKNOWN = rule(
    "questionnaire-response-questionnaire-unknown",
    "warning",
    "required",
    title="The Questionnaire that is answered is not at hand",
    why="The answers could not be judged: neither what was asked nor what may be answered is known.",
    fix="Give the Questionnaire to the validator, as a package or beside the file, or contain it.",
    source=_SOURCE,
)
AUTHORED = rule(
    "questionnaire-response-authored",
    "warning",
    "business-rule",
    title="The response was written outside the time in which its Questionnaire was in force",
    why="Answers to a Questionnaire that was not in force may not be what was meant to be collected.",
    fix="Answer the version of the Questionnaire that is in force.",
    source=f"{_FORM}#Questionnaire.effectivePeriod",
)
NO_LINK = rule(
    "questionnaire-response-link-id-missing",
    "error",
    "required",
    title="An item of the response has no linkId",
    why="The linkId says which question is answered.",
    fix="Give each item the linkId of its question.",
    source=_SOURCE,
)
UNKNOWN_LINK = rule(
    "questionnaire-response-link-id-unknown",
    "error",
    "not-found",
    title="The Questionnaire has no item of that linkId",
    why="An answer to a question that was not asked has no meaning.",
    fix="Use the linkIds of the Questionnaire as they are written.",
    source=_SOURCE,
)
MISPLACED = rule(
    "questionnaire-response-item-misplaced",
    "error",
    "structure",
    title="An item stands at another place than in the Questionnaire",
    why="Receivers look for answers where the Questionnaire has the question.",
    fix="Nest the items as the Questionnaire does; items below a question stand in its answer.",
    source=_SOURCE,
)
ORDER = rule(
    "questionnaire-response-item-order",
    "error",
    "structure",
    title="Items stand in another order than in the Questionnaire",
    why="The order of the items carries meaning, and receivers rely on it.",
    fix="Put the items in the order of the Questionnaire, those of one linkId side by side.",
    source=_SOURCE,
)
ITEMS_REPEAT = rule(
    "questionnaire-response-item-repeats",
    "error",
    "invalid",
    title="An item that does not repeat stands several times",
    why="Receivers read one of them and lose the others.",
    fix="Keep one. Several answers to one question stand in one item.",
    source=f"{_FORM}#Questionnaire.item.repeats",
)
ANSWERS_REPEAT = rule(
    "questionnaire-response-answer-repeats",
    "error",
    "invalid",
    title="A question that does not repeat has several answers",
    why="Receivers read one of them and lose the others.",
    fix="Keep one answer.",
    source=f"{_FORM}#Questionnaire.item.repeats",
)
OCCURS = rule(
    "questionnaire-response-occurs",
    "error",
    "invalid",
    title="There are fewer or more answers than the Questionnaire allows",
    why="The Questionnaire bounds how often this is answered.",
    fix="Give a number of answers within the bounds.",
    source="http://hl7.org/fhir/R4/extension-questionnaire-minoccurs.html",
)
REQUIRED = rule(
    "questionnaire-response-required",
    "error",
    "required",
    title="A required item has no answer",
    why="A response that is complete answers all that the Questionnaire requires.",
    fix="Answer it, or keep the response in-progress until it is answered.",
    source=f"{_FORM}#Questionnaire.item.required",
)
GROUP_REQUIRED = rule(
    "questionnaire-response-group-required",
    "error",
    "invariant",
    title="A required group is empty",
    why="A required group holds at least one answered item.",
    fix="Answer an item of the group.",
    source=f"{_FORM}#Questionnaire.item.required",
)
NOT_ENABLED = rule(
    "questionnaire-response-not-enabled",
    "error",
    "invalid",
    title="An item is answered though the Questionnaire does not enable it",
    why="By the other answers this was not to be asked: one of the two is wrong.",
    fix="Leave the item out, or mend the answer that its condition looks at.",
    source=f"{_FORM}#Questionnaire.item.enableWhen",
)
TEXT = rule(
    "questionnaire-response-text",
    "error",
    "invalid",
    title="The text of an item is another one than in the Questionnaire",
    why="Who reads the response sees another question than the one that was asked.",
    fix="Copy the text of the Questionnaire, or leave it out.",
    source="http://hl7.org/fhir/R4/questionnaireresponse-definitions.html#QuestionnaireResponse.item.text",
)
GROUP_ANSWER = rule(
    "questionnaire-response-group-answer",
    "error",
    "structure",
    title="A group has an answer",
    why="A group asks nothing: its items do.",
    fix="Nest the items directly in the group's item.",
    source=f"{_FORM}#Questionnaire.item.type",
)
DISPLAY_ANSWER = rule(
    "questionnaire-response-display-answer",
    "error",
    "structure",
    title="A display text has an answer or items",
    why="A display text asks nothing.",
    fix="Leave the answer out.",
    source=f"{_FORM}#Questionnaire.item.type",
)
QUESTION_ITEMS = rule(
    "questionnaire-response-question-items",
    "error",
    "structure",
    title="The item of a question holds items itself",
    why="Items below a question belong to one of its answers.",
    fix="Move them into the answer.",
    source="http://hl7.org/fhir/R4/questionnaireresponse-definitions.html#QuestionnaireResponse.item.answer.item",
)

_DONE: Final = frozenset({"completed", "amended"})
_MIN_OCCURS: Final = "http://hl7.org/fhir/StructureDefinition/questionnaire-minOccurs"
_MAX_OCCURS: Final = "http://hl7.org/fhir/StructureDefinition/questionnaire-maxOccurs"
_TRANSLATION: Final = "http://hl7.org/fhir/StructureDefinition/translation"


def check(run: Run, node: Node) -> None:
    """Judge a response by its Questionnaire; one that is not at hand is said, and counted as not verified."""
    canonical = node.text("questionnaire")
    if canonical is None:
        run.report(NO_FORM, node, "The response names no Questionnaire, so its answers were not judged.")
        return
    found = find(run, node, canonical, "Questionnaire")
    if found is None:
        _unknown(run, node, canonical)
        return
    form = Form(found[0], found[1])
    _authored(run, node, form)
    _Walk(run, form, node).items(node, form.items, Place(node))


def _unknown(run: Run, node: Node, canonical: str) -> None:
    example = canonical.startswith(("http://example.org", "https://example.org"))
    run.report(
        FORM_UNKNOWN,
        node,
        f"The Questionnaire '{canonical}' is not at hand, so the answers were not judged.",
        below="questionnaire",
        severity="information" if example else None,
        found=canonical,
    )
    run.not_verified.append(NotVerified(kind="questionnaire", subject=canonical, path=node.path))


def _authored(run: Run, node: Node, form: Form) -> None:
    period, authored = form.raw.get("effectivePeriod"), node.text("authored")
    if authored is None or not isinstance(period, dict):
        return
    start, end = period.get("start"), period.get("end")
    if order(authored, end) == 1:
        said = f"Authored {authored}, after the Questionnaire was in force (until {end})."
        run.report(AUTHORED, node, said, below="authored", found=authored, allowed=f"until {end}")
    if order(authored, start) == -1:
        said = f"Authored {authored}, before the Questionnaire was in force (from {start})."
        run.report(AUTHORED, node, said, below="authored", found=authored, allowed=f"from {start}")


class _Walk:
    """One response beside its form."""

    __slots__ = ("conditions", "depth", "form", "missing", "run")

    def __init__(self, run: Run, form: Form, response: Node) -> None:
        self.run = run
        self.form = form
        self.conditions = Conditions(run, form, response)
        self.depth = 0
        done = response.text("status") in _DONE
        self.missing: Severity = "error" if done else "warning"

    def items(self, holder: Node, questions: list[Question], place: Place) -> None:
        """The items in a response, item or answer, beside the items that the form has there.

        Deeper than the options allow nothing is judged: the walk says that it is too deep.
        """
        if self.depth * 2 > self.run.options.max_depth:
            return
        self.depth += 1
        self._beside(holder, questions, place)
        self.depth -= 1

    def _beside(self, holder: Node, questions: list[Question], place: Place) -> None:
        places: dict[str, int] = {}
        for index, question in enumerate(questions):
            if question.link_id is not None:
                places.setdefault(question.link_id, index)
        here: dict[str, list[Node]] = {}
        last = -1
        for item in holder.children("item"):
            link_id = item.text("linkId")
            if not link_id:
                self.say(NO_LINK, item, "This item has no linkId, so nobody can tell which question it answers.")
            elif link_id in places:
                if places[link_id] < last:
                    self.say(ORDER, item, f"Item '{link_id}' stands after one that follows it in the Questionnaire.")
                last = places[link_id]
                here.setdefault(link_id, []).append(item)
            else:
                self._elsewhere(item, link_id, place)
        for question in questions:
            if question.link_id is not None:
                self._question(question, here.get(question.link_id, []), holder, place)

    def _elsewhere(self, item: Node, link_id: str, place: Place) -> None:
        question = self.form.by_link_id.get(link_id)
        if question is None:
            self.say(UNKNOWN_LINK, item, f"The Questionnaire has no item '{link_id}'.", found=link_id)
            return
        where = f"in item '{question.parent.link_id}'" if question.parent is not None else "at the top"
        self.say(MISPLACED, item, f"Item '{link_id}' stands at the wrong place: the Questionnaire has it {where}.")
        self._item(question, item, place, None)

    def _question(self, question: Question, items: list[Node], holder: Node, place: Place) -> None:
        enabled = self.conditions.enabled(question, place)
        if not items:
            if enabled and question.required:
                said = f"The required item '{question.link_id}' has no answer."
                self.say(REQUIRED, holder, said, severity=self.missing)
            return
        if enabled is False:
            for item in items:
                if item.children("answer") or item.children("item"):
                    self.say(NOT_ENABLED, item, f"Item '{question.link_id}' is answered, though it is not enabled.")
        if len(items) > 1 and not question.repeats:
            said = f"Item '{question.link_id}' stands {len(items)} times, but does not repeat."
            self.say(ITEMS_REPEAT, items[1], said)
        if question.is_group:
            self._occurs(question, len(items), items[0])
        for item in items:
            self._item(question, item, place, enabled)

    def _item(self, question: Question, item: Node, place: Place, enabled: bool | None) -> None:
        self._text(question, item)
        answers = item.children("answer")
        inside = item.children("item")
        kind = question.type
        if kind == "group":
            for answer in answers:
                self.say(GROUP_ANSWER, answer, f"Item '{question.link_id}' is a group, which takes no answer.")
            if question.required and enabled and not inside:
                said = f"The required group '{question.link_id}' is empty."
                self.say(GROUP_REQUIRED, item, said, severity=self.missing)
            self.items(item, question.items, Place(item, question, place))
            return
        if inside:
            self._misnested(question, item, inside)
        if kind == "display":
            for answer in answers:
                self.say(DISPLAY_ANSWER, answer, f"Item '{question.link_id}' is a display text: it takes no answer.")
            return
        if question.required and enabled and not answers:
            said = f"The required item '{question.link_id}' has no answer."
            self.say(REQUIRED, item, said, severity=self.missing)
        if len(answers) > 1 and not question.repeats:
            said = f"Item '{question.link_id}' has {len(answers)} answers, but does not repeat."
            self.say(ANSWERS_REPEAT, answers[1], said)
        self._occurs(question, len(answers), item)
        for answer in answers:
            questionnaire_answers.check(self.run, self.form, question, answer, len(answers))
            self.items(answer, question.items, Place(answer, question, place))

    def _misnested(self, question: Question, item: Node, inside: list[Node]) -> None:
        if question.type == "display":
            said = f"Item '{question.link_id}' is a display text: it holds no items."
            self.say(DISPLAY_ANSWER, inside[0], said)
        else:
            said = f"Item '{question.link_id}' is a question: items below it stand in its answer."
            self.say(QUESTION_ITEMS, inside[0], said)

    def _occurs(self, question: Question, count: int, item: Node) -> None:
        least, most = integer(question.extension(_MIN_OCCURS)), integer(question.extension(_MAX_OCCURS))
        what = "times" if question.is_group else "answers"
        if most is not None and most >= 0 and count > most:
            self.say(OCCURS, item, f"'{question.link_id}' may have at most {most} {what}, but has {count}.")
        if least is not None and count < least:
            said = f"'{question.link_id}' needs at least {least} {what}, but has {count}."
            self.say(OCCURS, item, said, severity=self.missing)

    def _text(self, question: Question, item: Node) -> None:
        written = item.text("text")
        if not written or written == question.text:
            return
        beside = question.raw.get("_text")
        for one in dicts(beside.get("extension")) if isinstance(beside, dict) else ():
            if one.get("url") == _TRANSLATION and any(
                part.get("url") == "content" and written in part.values() for part in dicts(one.get("extension"))
            ):
                return
        asked = f"'{question.text}'" if question.text else "no text"
        said = f"Item '{question.link_id}' has the text '{written}', the Questionnaire {asked}."
        self.say(TEXT, item, said, found=written, allowed=question.text)

    def say(
        self,
        rule_: Rule,
        node: Node,
        message: str,
        *,
        severity: Severity | None = None,
        found: str | None = None,
        allowed: str | None = None,
    ) -> None:
        """Report at the node."""
        self.run.report(rule_, node, message, severity=severity, found=found, allowed=allowed)
