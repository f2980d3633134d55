"""A buyer's decision for people: what it is, on what conditions, what is open and who settles it."""

from __future__ import annotations

from typing import NamedTuple

from checker.model.report import Decision, Open, Report
from checker.model.terms import LEVEL_WORDS

COLOURS = {"go": "green", "go with conditions": "blue", "no go": "red", "not decided": "yellow"}
"""Word of the decision → the colour of its block."""


class Group(NamedTuple):
    """What one party has to settle."""

    who: str
    items: tuple[Open, ...]


def groups(decision: Decision) -> list[Group]:
    """What is open by who settles it, in the order of the first of each."""
    order = dict.fromkeys(one.who for one in decision.open)
    return [Group(who, tuple(one for one in decision.open if one.who == who)) for who in order]


def remarks(decision: Decision) -> list[str]:
    """What decides nothing, and should be known all the same."""
    said = []
    if decision.advisory:
        said.append(
            f"{decision.advisory} advisory requirements fail: they rest on the policy of this tool, and decide nothing "
            "until a notice adopts them."
        )
    if decision.unconfirmed:
        said.append(
            f"{decision.unconfirmed} further MUST requirements fail whose clause has not been read at its source yet: "
            "look at them before you sign."
        )
    return said


def annex(decision: Decision) -> str:
    """Under which list of requirements it was decided."""
    return f"sha256:{decision.annex_digest}"


def levels(report: Report) -> bool:
    """Does the profile ask for levels of evidence, so that the rows show theirs?"""
    return report.decision is not None or any(row.evidence_floor for row in report.rows)


def level(number: int | None) -> str:
    """``2, matched to an artefact``; "" for no evidence."""
    return "" if number is None else f"{number}, {LEVEL_WORDS[number]}"
