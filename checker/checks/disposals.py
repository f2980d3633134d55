"""What was disposed of: entries that say enough, and counts that agree with the inventories."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from checker.checks.register import REGISTER, Declared, day, declared
from checker.model.evidence import Artefact
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_LOG = Need(probe="disposals.log", params=NoParams())
_SOURCE = (
    "https://transform.england.nhs.uk/information-governance/guidance/records-management-code/"
    "records-management-code-of-practice#appraisal"
)
_INCOMPLETE = "A disposal does not say what, how many, how, when or by whom."


@check("disposals.add-up", needs=lambda p, settings: [REGISTER, _LOG], source=_SOURCE)
def disposals_add_up(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each disposal says what, how many, how, when and on whose word; the counts agree with the inventories.

    The disposals are those of the register (section ``disposals``) and, where an artefact of kind ``disposal-log`` was
    submitted, those of the log itself; the two must then tell the same of each class that the register lists. Before,
    plus added, less disposed of, is after: for each class with an inventory. No disposal is later than the register.

    Good: 100 before, 20 disposed of, 80 after. Bad: 70 after; a log with 15 where the register has 20.
    """
    found = declared(ev, "disposals")
    if isinstance(found, Undecided):
        yield found
        return
    listed, inventories = found.section["log"], found.section["inventories"]
    for number, one in enumerate(listed, 1):
        missing = [name for name in ("method", "date", "authorised-by") if not one.get(name)]
        if missing:
            yield _finding(_INCOMPLETE, ", ".join(missing), "missing", f"disposals entry {number}", found.evidence)
    gone = {_class(one["class"]): 0 for one in listed}
    for one in listed:
        gone[_class(one["class"])] += int(one["count"])
    entries, evidence = len(listed), found.evidence
    view = ev.record(_LOG)
    if items := view.evidence("log"):
        log = [payload for item in items if isinstance(payload := item.read(), Artefact)]
        unread = [why for one in log for why in (*one.facts.get("unread", ()), *one.facts.get("not_read", ()))]
        if unread or not log or any(one.facts.get("problem") for one in log):
            why = f"the disposal log: {unread[0]}" if unread else "the disposal log could not be read"
            yield Undecided(reason=Reason.NO_DATA, message=why, evidence=tuple(item.id for item in items))
            return
        evidence = (*evidence, *(item.id for item in items))
        of_log = _together(log)
        yield from _of_log(log, found, listed, gone, of_log, evidence)
        gone, entries = of_log, sum(int(one.facts["entries"]) for one in log)
    if entries or inventories:
        yield Examined(what="disposals and inventories", evidence=evidence, count=entries + len(inventories))
    for one in inventories:
        due = int(one["before"]) + int(one.get("added", "0")) - gone.get(_class(one["class"]), 0)
        if due != int(one["after"]):
            message, off = "The inventory and the disposal log do not add up.", abs(due - int(one["after"]))
            yield _finding(message, str(due), one["after"], f"disposals {one['class']}", evidence, off)


def _together(log: list[Artefact]) -> dict[str, int]:
    gone: dict[str, int] = {}
    for one in log:
        for name, count in one.facts["gone"].items():
            gone[name] = gone.get(name, 0) + int(count)
    return gone


def _of_log(
    log: list[Artefact],
    found: Declared,
    listed: list[dict[str, Any]],
    gone: dict[str, int],
    of_log: dict[str, int],
    evidence: tuple[str, ...],
) -> Iterator[Finding]:
    """What is wrong in the log itself, and between it and the register."""
    for one in log:
        for name, count in one.facts["lacking"].items():
            places = tuple(f"{one.artefact}, line {line}" for line in one.facts["lines"][name])
            yield Finding(
                message=_INCOMPLETE,
                expected=name,
                actual="missing, or not of its form",
                place=places[0],
                evidence=evidence,
                count=int(count),
                examples=places,
            )
        last = day(one.facts["last"])
        if found.on is not None and last is not None and last > found.on:
            message = "A disposal is of a day after that of the register."
            yield _finding(message, f"{found.on} or before", str(last), one.artefact, evidence)
    for name in sorted({one["class"] for one in listed}):
        told, logged = gone[_class(name)], of_log.get(_class(name), 0)
        if told != logged:
            message = "The register and the disposal log tell different counts of a class."
            yield _finding(message, str(told), str(logged), f"disposals {name}", evidence, abs(told - logged))


def _class(name: str) -> str:
    """As the reader of disposal logs makes it."""
    return hashlib.sha256(" ".join(name.casefold().split()).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _finding(
    message: str, expected: str, actual: str, place: str, evidence: tuple[str, ...], count: int = 1
) -> Finding:
    return Finding(message=message, expected=expected, actual=actual, place=place, evidence=evidence, count=count)
