"""The safety case report and the documents of clinical risk management: are they there, whole and in date?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checker.checks.assured import Given, months_after
from checker.checks.pack.given import WHOLE, file, of_file, of_section, part
from checker.checks.pack.hazards import SOURCE, files, fold, in_force
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

CASE = "clinical-safety-case"
_PLACE = "section safety /safety-case"
_MARKS = re.compile(r"[^\w\s]")


class TopicParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``topics``: what the report treats, by the ids of ``topics``."""

    topics: tuple[str, ...]


@check(
    "safety.case-treats-its-topics",
    params=TopicParams,
    needs=lambda p, settings: (WHOLE, of_section("safety"), of_file(CASE, "pack-document")),
    source=SOURCE,
)
def case_treats_its_topics(ev: EvidenceView, p: TopicParams) -> Iterator[Statement]:
    """The safety case report is in the pack, and for each topic it is said under which heading it stands.

    File: kind ``clinical-safety-case``. ``topics`` of ``safety-case`` maps each topic to a heading and a place. Where
    the report is Markdown, HTML or plain text, each heading is found in it; a PDF is not looked into. Whether what
    stands there is good is for people.

    Good: the topic ``configuration`` under "9 Configuration of the release". Bad: a topic without a heading; a heading
    that the report does not have.
    """
    found, pack = part(ev, "safety", "safety-case"), files(ev)
    if isinstance(found, Undecided) or isinstance(pack, Undecided):
        yield from (one for one in (found, pack) if isinstance(one, Undecided))
        return
    if why := in_force(pack, found.facts.get("artefact", "")):
        yield found.finding("The safety case report is not in the pack.", "its file", why, f"{_PLACE}/artefact")
        return
    kinds = {one["id"]: one["kind"] for one in pack.facts["content"]["artefacts"]}
    if (kind := kinds[found.facts["artefact"]]) != CASE:
        message = "The file that is named as the safety case report is something else."
        yield found.finding(message, f"an artefact of kind {CASE}", kind, f"{_PLACE}/artefact")
        return
    text = file(ev, CASE, "pack-document")
    if isinstance(text, Undecided):
        yield text
        return
    if (form := text.facts["form"]) in ("empty", "other", "too-long"):
        yield text.undecided(f"the safety case report cannot be used: it is {form}", Reason.PREREQUISITE)
        return
    yield Examined(what=f"safety case report ({form})", evidence=text.evidence, count=len(p.topics))
    named = {one["topic"]: one for one in found.facts.get("topics", [])}
    readable = form in ("text", "html")
    headings = {_bare(one) for one in text.facts["headings"]} - {""}
    if readable and not headings:
        yield text.undecided("no heading was recognised in the safety case report", Reason.PREREQUISITE)
        return
    for topic in p.topics:
        one = named.get(topic)
        if one is None or not one.get("heading") or not (one.get("place") or readable):
            message = "It is not said where the safety case report treats a topic."
            yield found.finding(message, f"{topic}: a heading and a place", "nothing", f"{_PLACE}/topics")
        elif readable and _bare(one["heading"]) not in headings:
            message = "The safety case report has no such heading."
            yield text.finding(message, one["heading"][:100], "not in the text", f"{_PLACE}/topics, {topic}")


def _bare(heading: str) -> str:
    """A heading without its number, marks and punctuation.

    >>> _bare("9.1 Configuration of  the release:"), _bare("**Scope**")
    ('configuration of the release', 'scope')
    """
    words = fold(_MARKS.sub(" ", heading)).split()
    while words and words[0].isdigit():
        words.pop(0)
    return " ".join(words)


class ManagementParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``current`` and ``superseded``: versions of the standard; ``months``: between reviews, where none is planned;
    ``most_months``: a longer interval is one for a person to look at.
    """

    current: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()
    standard: str = "DCB0129"
    months: int = 12
    most_months: int = 36


@check(
    "safety.risk-management-is-kept",
    params=ManagementParams,
    needs=lambda p, settings: (WHOLE, of_section("safety")),
    source=SOURCE,
)
def risk_management_is_kept(ev: EvidenceView, p: ManagementParams) -> Iterator[Statement]:
    """Plan, process and index of the clinical risk management file are in the pack, and the process is reviewed.

    The review is due at the interval that is planned; where none is, after ``months``. The version of the standard is
    one of those in force; of one that is not known here nothing is concluded.

    Good: reviewed in March, every 12 months. Bad: no index; the last review 14 months ago; a superseded version.
    """
    found, pack, standard = part(ev, "safety", "risk-management"), files(ev), part(ev, "safety", "standard")
    if isinstance(found, Undecided) or isinstance(pack, Undecided) or isinstance(standard, Undecided):
        yield from (one for one in (found, pack, standard) if isinstance(one, Undecided))
        return
    at = "section safety /risk-management"
    yield Examined(what="documents of clinical risk management", evidence=found.evidence, count=3)
    for name in ("plan", "process", "file-index"):
        if why := in_force(pack, found.facts.get(name, "")):
            message = "A document of clinical risk management is not in the pack."
            yield found.finding(message, name, why, f"{at}/{name}")
    yield from _reviewed(found, p.months, at)
    if (planned := int(found.facts.get("review-every-months", "0"))) > p.most_months:
        message = f"{at}: whether a review every {planned} months is enough, a person has to tell"
        yield found.undecided(message, Reason.HUMAN)
    yield from _of_the_standard(standard, p)


def _reviewed(found: Given, months: int, at: str) -> Iterator[Finding]:
    on, planned = day(found.facts.get("reviewed-on")), int(found.facts.get("review-every-months", "0")) or months
    if on is None:
        message = "The process of clinical risk management was never reviewed."
        yield found.finding(message, "the day of the last review", "none", f"{at}/reviewed-on")
    elif on > found.on:
        yield found.finding("The last review lies in the future.", f"by {found.on}", f"{on}", f"{at}/reviewed-on")
    elif months_after(on, planned) < found.on:
        message = "The review of the process of clinical risk management is overdue."
        yield found.finding(message, f"every {planned} months", f"{on}", f"{at}/reviewed-on")


def _of_the_standard(found: Given, p: ManagementParams) -> Iterator[Statement]:
    facts: dict[str, Any] = found.facts
    at, said = "section safety /standard", _version(facts.get("version", ""))
    if fold(facts.get("name", "")).replace(" ", "") != p.standard.casefold():
        message = "Clinical risk management follows another standard."
        yield found.finding(message, p.standard, facts.get("name", "")[:60] or "none", at)
    elif said in map(_version, p.superseded):
        message = "Clinical risk management follows a superseded version of the standard."
        yield found.finding(message, " or ".join(p.current), facts.get("version", "")[:60], at)
    elif said not in map(_version, p.current):
        message = f"{at}: whether version {facts.get('version', '')[:60]!r} is in force is not known here"
        yield found.undecided(message, Reason.HUMAN)


def _version(text: str) -> str:
    return fold(text).removeprefix("version ").removeprefix("v").strip()
