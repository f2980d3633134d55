"""From what a judge of searches says to statements with their evidence.

A finding that rests on a resource counts only when that resource was read again and had not changed.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.capability import METADATA
from checker.fhir.search.asking import Answer, Answers, Broken, Kept, Unsure, said_of
from checker.fhir.search.families import FAMILIES
from checker.fhir.search.gathered import again, answers, changed, facts
from checker.model.asked import Shown, Trial
from checker.model.need import Need
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, RecordView

SHOWN = Need(probe="search.shown", params=Shown())
DECLARED = "declared"
"""The family of plain searches by what is declared: where most of them are refused, the rest proves little."""
_MOST = 20
"""The most findings of one requirement."""


def trial(family: str) -> Need:
    """The record of a family of searches."""
    return Need(probe="search.trial", params=Trial(family=family, requests=FAMILIES[family].most))


def needs(*families: str) -> list[Need]:
    """All that it takes to judge them."""
    return [METADATA, SHOWN, *map(trial, families)]


def judged(ev: EvidenceView, *asked: tuple[str, str]) -> Iterator[Statement]:
    """What the judges say; ``asked`` are pairs of a family and a judge of it. Nothing said is no data."""
    said_any, found = False, 0
    for statement in (each for family, judge in asked for each in _judged(ev, family, judge)):
        said_any = True
        found += isinstance(statement, Finding)
        if found <= _MOST:
            yield statement
    if not said_any:
        view = ev.record(trial(asked[0][0]))
        if not view.complete:
            yield view.undecided("the searches")
            return
        message = (
            "nothing could be tried: it takes declared search parameters, resources that carry their values, "
            "and a server that does not refuse these searches"
        )
        yield Undecided(reason=Reason.NO_DATA, message=message)


def _judged(ev: EvidenceView, name: str, judge: str) -> Iterator[Statement]:
    family, view = FAMILIES[name], ev.record(trial(name))
    known = facts(ev.record(METADATA).exchange("metadata"), ev.record(SHOWN), ev.supplier.base_url)
    asked, refused = 0, 0
    for group in family.asks(known):
        got = answers(view, group)
        if any(not answer.exchanges for answer in got):
            break  # it was more than the plan holds
        asked += 1
        refused += any(answer.refused for answer in got)
        for said in said_of(family, family.judges[judge], known, group, got):
            evidence = got[said.at].evidence
            match said:
                case Kept():
                    yield Examined(what=said.what, evidence=evidence, interaction="search")
                case Unsure():
                    yield Undecided(reason=said.reason, message=said.message, evidence=evidence)
                case Broken():
                    different = changed(known, view, said) if said.key else False
                    if different is not True:
                        yield _finding(view, said, got, sure=different is False)

    if name == DECLARED and refused * 2 > asked:
        message = f"{refused} of {asked} searches by declared parameters were refused: what is left says little"
        yield Undecided(reason=Reason.PREREQUISITE, message=message)


def _finding(view: RecordView, said: Broken, got: Answers, *, sure: bool) -> Finding | Undecided:
    answer = got[said.at]
    others = tuple(one for each in got for one in each.evidence if one not in answer.evidence)
    evidence = (*answer.evidence, *others)
    if not sure:
        message = f"{said.message} Whether the resource had changed meanwhile was not seen."
        return Undecided(reason=Reason.PREREQUISITE, message=message, evidence=evidence)
    read = view.exchange(again(said.key)) if said.key else None
    return Finding(
        message=said.message,
        expected=said.expected,
        actual=said.actual,
        place=_place(answer),
        evidence=(*evidence, read.id) if read is not None else evidence,
    )


def _place(answer: Answer) -> str:
    """The address of a search without its values: they are of patients."""
    url = answer.exchanges[0].request.url.partition("?")[0]
    names = "&".join(name for name, _ in answer.query.pairs)
    return f"{url}?{names}#/entry"
