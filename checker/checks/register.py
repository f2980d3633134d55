"""The sections of the register that the supplier submits, as checks read them."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from checker.model.evidence import Artefact
from checker.model.need import Need
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Undecided
from checker.model.view import EvidenceView

REGISTER = Need(probe="register.facts", params=NoParams())


class Declared(NamedTuple):
    """One section, the day for which the register was written (None where it names none), and its evidence."""

    section: Any
    on: date | None
    evidence: tuple[str, ...]

    def undecided(self, message: str) -> Undecided:
        """Why something cannot be told from it."""
        return Undecided(reason=Reason.NO_DATA, message=message, evidence=self.evidence)


def declared(ev: EvidenceView, name: str) -> Declared | Undecided:
    """A section of the register, or why there is none."""
    if not ev.supplier.artefacts_of("register"):
        return Undecided(reason=Reason.NO_DATA, message="no artefact of kind 'register' was submitted")
    view = ev.record(REGISTER)
    payload = view.payload("register")
    evidence = tuple(item.id for item in view.evidence("register"))
    if not isinstance(payload, Artefact) or payload.facts.get("problem"):
        return view.undecided("the register")
    sections, faults = payload.facts.get("sections", {}), payload.facts.get("faults", [])
    if name in sections:
        return Declared(sections[name], day(payload.facts.get("assessed_on")), evidence)
    wrong = [str(one) for one in faults if str(one).startswith(f"/{name}") or not str(one).startswith("/")]
    if wrong:
        message = f"the section {name!r} of the register does not fit its schema: {wrong[0]}"
        return Undecided(reason=Reason.PREREQUISITE, message=message, evidence=evidence)
    return Undecided(reason=Reason.NO_DATA, message=f"the register has no section {name!r}", evidence=evidence)


def day(text: object) -> date | None:
    """A day, or None for what is none."""
    try:
        return date.fromisoformat(text) if isinstance(text, str) and len(text) == len("2026-11-22") else None
    except ValueError:
        return None


def same(texts: list[str]) -> set[str]:
    """Texts that stand more than once, spaces and case aside.

    >>> same(["To treat.", "to  treat.", "To bill."])
    {'to treat.'}
    """
    plain = [" ".join(text.casefold().split()) for text in texts]
    return {text for text in plain if plain.count(text) > 1}
