"""What a supplier submitted of its supply chain, as checks read it: bill of materials, report, assurance."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import Any, NamedTuple

from checker.checks.register import day
from checker.model.evidence import Artefact
from checker.model.need import Need
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Finding, Undecided
from checker.model.view import EvidenceView

SUBMITTED = Need(probe="supply-chain.submitted", params=NoParams())
SERIOUS = 7.0
"""The base score of CVSS from which a vulnerability is high, or critical."""
_WORDS = {"limited": "ltd", "and": "", "the": "", "company": "co"}
_VERSION = re.compile(r"^v(?:ersion)?[ .:]*(?=[0-9])|^v")
_NOT_A_WORD = re.compile(r"[^\w]+")


class Given(NamedTuple):
    """What was submitted, the day for which is judged, and its evidence."""

    facts: Any
    on: date
    evidence: tuple[str, ...]

    def finding(self, message: str, expected: str, actual: str, place: str, count: int = 1) -> Finding:
        """One thing wrong with it."""
        return Finding(
            message=message, expected=expected, actual=actual, place=place, evidence=self.evidence, count=count
        )

    def undecided(self, message: str, reason: Reason = Reason.NO_DATA) -> Undecided:
        """Why something cannot be told from it."""
        return Undecided(reason=reason, message=message, evidence=self.evidence)


def submitted(ev: EvidenceView, kind: str) -> Given | Undecided:
    """The facts of the one artefact of a kind, or why there are none."""
    given = ev.supplier.artefacts_of(kind)
    if not given:
        return Undecided(reason=Reason.NO_DATA, message=f"no artefact of kind {kind!r} was submitted")
    view = ev.record(SUBMITTED)
    evidence = tuple(item.id for item in view.evidence(kind))
    if len(given) > 1:
        message = f"{len(given)} artefacts of kind {kind!r} were submitted, and which is meant is not said"
        return Undecided(reason=Reason.PREREQUISITE, message=message, evidence=evidence)
    payload = view.payload(kind)
    if not isinstance(payload, Artefact) or payload.facts.get("problem"):
        return view.undecided(f"the artefact of kind {kind!r}")
    return Given(payload.facts, ev.as_of.date(), evidence)


def section(ev: EvidenceView, name: str) -> Given | Undecided:
    """A section of the assurance, or why there is none."""
    found = submitted(ev, "assurance")
    if isinstance(found, Undecided):
        return found
    content, faults = found.facts["content"], found.facts["faults"]
    if name in content:
        return found._replace(facts=content[name])
    wrong = [one for one in faults if one.startswith((f"/{name}:", f"/{name}/")) or not one.startswith("/")]
    if wrong:
        message = f"the section {name!r} of the assurance does not fit its schema: {wrong[0]}"
        return found.undecided(message, Reason.PREREQUISITE)
    return found.undecided(f"the assurance has no section {name!r}")


def bill(ev: EvidenceView) -> Given | Undecided:
    """A bill of materials that could be read, or why there is none."""
    found = submitted(ev, "sbom")
    if isinstance(found, Undecided):
        return found
    wrong = found.facts.get("fault") or found.facts.get("unread")
    return found.undecided(f"the bill of materials was not read: {wrong}", Reason.PREREQUISITE) if wrong else found


def report(ev: EvidenceView) -> Given | Undecided:
    """The vulnerability report, or why there is none."""
    found = submitted(ev, "vulnerability-report")
    if isinstance(found, Undecided):
        return found
    if found.facts["faults"]:
        message = f"the vulnerability report does not fit its schema: {found.facts['faults'][0]}"
        return found.undecided(message, Reason.PREREQUISITE)
    return found._replace(facts=found.facts["content"])


def same_name(one: str, other: str) -> bool:
    """Are two names of a company or a product alike, but for case, punctuation and the short forms of words?

    >>> same_name("Harrow & Vale Systems Ltd.", "HARROW AND VALE SYSTEMS LIMITED"), same_name("Vale Ltd", "Vale plc")
    (True, False)
    """
    return bool(_plain(one)) and _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return "".join(_WORDS.get(word, word) for word in _NOT_A_WORD.split(name.casefold().replace("_", " ")))


def same_version(one: str, other: str) -> bool:
    """Are two versions the same, but for a leading ``v`` or ``version`` and what follows a ``+``?

    >>> same_version("v4.2.0+build.7", "4.2.0"), same_version("4.2", "4.2.0"), same_version("4.2.0-rc.1", "4.2.0")
    (True, False, False)
    """
    plain = [_VERSION.sub("", text.strip().casefold()).partition("+")[0] for text in (one, other)]
    return bool(plain[0]) and plain[0] == plain[1]


def is_version_of(version: str, prefix: str) -> bool:
    """Is a version the one that is named, or one below it? 3.90 is not below 3.9.

    >>> is_version_of("3.9.18", "3.9"), is_version_of("3.90", "3.9"), is_version_of("8u402", "8")
    (True, False, True)
    """
    plain = version.strip().casefold().removeprefix("v")
    start = prefix.strip().casefold().removeprefix("v")
    rest = plain[len(start) :]
    return bool(start) and plain.startswith(start) and not rest[:1].isdigit()


def months_after(start: date, months: int) -> date:
    """The day so many months later; the last of the month where it has no such day.

    >>> months_after(date(2024, 2, 29), 12)
    datetime.date(2025, 2, 28)
    """
    number = start.month - 1 + months
    year, month = min(start.year + number // 12, date.max.year), number % 12 + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def moment_day(text: str) -> date | None:
    """The day of a text that begins with one, such as a dateTime."""
    return day(text[:10])


def is_serious(one: Any) -> bool | None:
    """Is the vulnerability or finding high or critical, by its score or its word? None where it has neither."""
    score, word = one.get("cvss"), one.get("severity")
    if score is None and word is None:
        return None
    return (score is not None and float(score) >= SERIOUS) or word in ("critical", "high")
