"""What stands against compliance, one card a requirement: expected, seen, why it matters, how to mend it."""

from __future__ import annotations

from typing import NamedTuple

from checker.model.report import Row
from checker.model.terms import Outcome
from checker.model.verdict import Finding
from checker.render.words import facts, why

_LABELS = {"place": "Where", "alike": "How many alike", "examples": "Examples", "evidence": "Evidence"}
_SHELLS = {"sh": "in a shell", "powershell": "in PowerShell"}
_FIRST = (Outcome.FAIL, Outcome.ERROR, Outcome.INCONCLUSIVE)


class Item(NamedTuple):
    """One finding of a card, or the reason why nothing was found out."""

    message: str
    expected: str
    seen: str
    fix: str
    """How to mend it; "" when it stands behind a later finding."""
    details: tuple[tuple[str, str], ...]
    """Label and text: where it is, and what it rests on."""
    commands: tuple[tuple[str, str], ...]
    """Where to type it, and the command."""
    more: tuple[str, ...] = ()
    """What else is said of a row without a finding."""


class Card(NamedTuple):
    """One requirement that stands against compliance or the exit code."""

    row: Row
    decided: bool
    """Was something found wrong? Otherwise the supplier's system is not what has to be mended."""
    items: tuple[Item, ...]


def cards(rows: tuple[Row, ...]) -> list[Card]:
    """A card for each row: what fails first, then what the checker got wrong, then what is open."""
    ordered = sorted(rows, key=lambda row: _FIRST.index(row.verdict.outcome))
    return [Card(row, row.verdict.outcome is Outcome.FAIL, tuple(_items(row))) for row in ordered]


def _items(row: Row) -> list[Item]:
    """The findings in order. How to mend them stands once, behind the last that it holds for; a command once."""
    items = [_item(row, finding) for finding in row.verdict.findings or (None,)]
    last = {item.fix: number for number, item in enumerate(items)}
    first = {item.commands: number for number, item in reversed(list(enumerate(items)))}
    return [
        item._replace(
            fix=item.fix if last[item.fix] == number else "",
            commands=item.commands if first[item.commands] == number else (),
        )
        for number, item in enumerate(items)
    ]


def _item(row: Row, finding: Finding | None) -> Item:
    said = dict(facts(row, finding))
    return Item(
        message=why(row) if finding is None else finding.message or row.summary,
        expected=said.get("expected", ""),
        seen=said.get("actual", ""),
        fix=said.get("fix", ""),
        details=tuple((title, said[label]) for label, title in _LABELS.items() if label in said),
        commands=tuple((title, said[f"repeat ({shell})"]) for shell, title in _shells(finding)),
        more=row.verdict.why[1:] if finding is None else (),
    )


def _shells(finding: Finding | None) -> list[tuple[str, str]]:
    """The shells that a finding has a command for, ours first."""
    found = {} if finding is None else {shell for shell, text in finding.reproduce.items() if text.strip()}
    known = [(shell, title) for shell, title in _SHELLS.items() if shell in found]
    return [*known, *((shell, f"in {shell}") for shell in sorted(set(found) - set(_SHELLS)))]
