"""Ways in for everybody: the five domains, routes without a screen, steps on paper, languages and plain words."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from checker.checks.assured import Given
from checker.checks.pack.figures import decimal
from checker.checks.pack.given import WHOLE, file, of_file, of_section, part
from checker.checks.pack.said import grouped, incomplete, not_held, parts, shown
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_FRAMEWORK = (
    "https://www.england.nhs.uk/long-read/inclusive-digital-healthcare-a-framework-for-nhs-action-on-digital-inclusion/"
)
DOMAINS: Final = ("devices-and-data", "ease-of-use", "skills", "beliefs-and-trust", "leadership-and-partnership")
ASSISTED: Final = ("telephone", "in-person", "post", "home-visit", "helped-by-staff", "helped-by-another")
"""Routes that somebody can go who does not use a screen alone."""


@check("inclusion.domains-are-answered", needs=lambda p, settings: [WHOLE, of_section("inclusion")], source=_FRAMEWORK)
def domains_are_answered(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each of the five domains of the framework is answered, and evidence that is named is there.

    Devices and data; ease of use; skills; beliefs and trust; leadership and partnership.

    Good: five answers. Bad: nothing on skills; evidence that is not in the pack.
    """
    found = part(ev, "inclusion", "domains")
    if isinstance(found, Undecided):
        yield found
        return
    said = {one["id"]: one for one in found.facts}
    yield Examined(what="domains of digital inclusion", evidence=found.evidence, count=len(DOMAINS))
    for name in DOMAINS:
        place = f"section inclusion domains {name}"
        yield from incomplete(
            found, "A domain of digital inclusion is not answered.", said.get(name, {}), place, "answer"
        )
        for missing in not_held(ev, said.get(name, {}).get("evidence", ())):
            yield found.finding("What a domain rests on is not in the pack.", shown(missing), "none", place)


@check(
    "inclusion.every-task-has-a-route",
    needs=lambda p, settings: [of_section("inclusion")],
    source="docs/policy.md#every-task-has-a-way-without-a-screen",
)
def every_task_has_a_route(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each task of patients or carers can be done without a screen, or with help, and costs them no more that way.

    Telephone, in person, by post, a visit at home, or with somebody's help; chat, mail and apps are no such routes.
    What staff alone do needs none.

    Good: booking by a telephone number that is free, or costs what the app costs. Bad: web chat alone; 0.50 a call.
    """
    found = parts(ev, "inclusion", "tasks", "routes")
    if isinstance(found, Undecided):
        yield found
        return
    tasks, routes = found
    mine = [one for one in tasks.facts if {"patient", "carer"} & set(one["users"])]
    if not mine:
        yield tasks.undecided("the section 'inclusion' lists no task of patients or carers")
        return
    known = {task["id"] for task in tasks.facts}
    assisted = grouped([one for one in routes.facts if one["kind"] in ASSISTED], "task")
    yield Examined(what="tasks of patients and carers", evidence=tasks.evidence, count=len(mine))
    for task in mine:
        place = f"section inclusion tasks {task['id']}"
        ways = assisted.get(task["id"], [])
        if not ways:
            message = "A task can be done on a screen alone."
            yield routes.finding(message, "a route without a screen, or with help", "none", place)
            continue
        for one in ways:
            wanted = ("cost", "how")
            yield from incomplete(
                routes, "A route is not described.", one, f"section inclusion routes {one['id']}", *wanted
            )
        costs = [decimal(one["cost"]) for one in ways if one.get("cost")]
        with_product = decimal(task.get("cost", "0.00"))
        if costs and min(costs) > with_product:
            message = "Every way of doing a task without a screen costs the patient more."
            yield routes.finding(message, f"at most {with_product}", str(min(costs)), place)
    for one in routes.facts:
        if one["task"] not in known:
            place = f"section inclusion routes {one['id']}"
            yield routes.finding("A route is for a task that is not listed.", "a task", shown(one["task"]), place)


@check(
    "inclusion.paper-ends",
    needs=lambda p, settings: [of_section("inclusion")],
    source="docs/policy.md#paper-and-fax-have-an-end",
)
def paper_ends(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each step of the pathway that is still on paper or fax has a day on which it ends, ahead, and somebody for it.

    A list that is empty says that there is no such step. A letter that a patient asks for is a route, and no such step.

    Good: consent on paper until 2027-09-30. Bad: a fax without a day; a day that has passed.
    """
    found = part(ev, "inclusion", "paper")
    if isinstance(found, Undecided):
        yield found
        return
    yield Examined(what="steps on paper or fax", evidence=found.evidence, count=max(len(found.facts), 1))
    for one in found.facts:
        place = f"section inclusion paper {one['id']}"
        yield from incomplete(found, f"A step on {one['medium']} has no end.", one, place, "step", "ends", "owner")
        ends = day(one.get("ends"))
        if ends and ends < found.on:
            message = "The day on which a step should have left paper or fax has passed."
            yield found.finding(message, f"from {found.on} on", str(ends), place)


class ReadingParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``age``: the oldest reading age that needs no reason; ``within``: how far the estimate may be above the declared
    one, in years; ``words``: a shorter sample says nothing.
    """

    age: int = 11
    within: int = 2
    words: int = 100


@check(
    "inclusion.text-is-plain",
    params=ReadingParams,
    needs=lambda p, settings: [of_section("inclusion"), of_file("reading-sample", "plain-text")],
    source="https://service-manual.nhs.uk/content/how-we-write",
)
def text_is_plain(ev: EvidenceView, p: ReadingParams) -> Iterator[Statement]:
    """Languages and translation are stated, and a sample of text reads as it is declared to.

    The estimate is the grade of Flesch and Kincaid plus five, from a plain-text sample in English of ``words`` words or
    more: 0.39 words in a sentence + 11.8 syllables in a word - 15.59. It knows nothing of meaning, and miscounts
    syllables; so it has to be more than ``within`` years above the declared age to be a fault. An age above ``age``
    needs a reason.

    Good: declared 11, estimated 10.2. Bad: declared 10, estimated 15; no way to another language.
    """
    found = part(ev, "inclusion", "languages")
    if isinstance(found, Undecided):
        yield found
        return
    place = "section inclusion languages"
    yield Examined(what="languages", evidence=found.evidence)
    wanted = ("codes", "translation", "reading-age")
    yield from incomplete(found, "Languages and words are not spoken of.", found.facts, place, *wanted)
    declared = found.facts.get("reading-age")
    if declared and int(declared) > p.age and not found.facts.get("why-older", "").strip():
        yield found.finding("A higher reading age has no reason.", f"at most {p.age}, or why", declared, place)
    sample = file(ev, "reading-sample", "plain-text")
    if isinstance(sample, Undecided):
        yield sample
        return
    if sample.facts["unread"]:
        yield sample.undecided(f"the sample of text: {sample.facts['unread'][0]}", Reason.PREREQUISITE)
        return
    if sample.facts["words"] < p.words:
        yield sample.undecided(
            f"the sample of text has {sample.facts['words']} words, and {p.words} are too few to tell by"
        )
        return
    if declared:
        yield from _estimated(sample, int(declared), p.within)


def reading_age(sentences: int, words: int, syllables: int) -> Decimal:
    """The grade of Flesch and Kincaid plus five years.

    >>> round(reading_age(10, 120, 170), 1)
    Decimal('10.8')
    """
    grade = Decimal("0.39") * words / sentences + Decimal("11.8") * syllables / words - Decimal("15.59")
    return grade + 5


def _estimated(sample: Given, declared: int, within: int) -> Iterator[Statement]:
    facts = sample.facts
    age = reading_age(facts["sentences"], facts["words"], facts["syllables"])
    yield Examined(what="words of the sample", evidence=sample.evidence, count=facts["words"])
    if age > declared + within:
        message = "The sample reads as for people well older than declared, by an estimate."
        yield sample.finding(message, f"about {declared}", f"{age:.1f}", "reading-sample")
