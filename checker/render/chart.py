"""The whole as a picture: the numbers and places from which the template draws, and its tables are made.

Picture and table come from the same values, so that they cannot say different things. Lengths of
bars are per cent of the width, so that text stays readable on a phone; squares are in pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from checker.model.report import Report, Row
from checker.model.terms import BASIS_WORDS, Basis, Obligation, Outcome
from checker.render.sections import counted
from checker.render.words import COVERED, MARKS, Mark, mark, state

ORDER = (
    MARKS[Outcome.PASS],
    COVERED,
    MARKS[Outcome.NOT_APPLICABLE],
    MARKS[Outcome.FAIL],
    MARKS[Outcome.INCONCLUSIVE],
    MARKS[Outcome.ERROR],
)
"""The marks from left to right: what is settled first."""

SIDE = 30
"""Side of a square in pixels."""
_STEP = SIDE + 4
_ACROSS = 8
_ROOM_FOR_TEXT = 0.09
"""A part of a bar that is narrower than this share has no text in it; the line above the bar says it."""


class Part(NamedTuple):
    """One part of a bar."""

    mark: Mark
    number: int
    x: str
    width: str
    middle: str
    roomy: bool
    """Is there room for text in it?"""


class Bar(NamedTuple):
    """One bar of rows, split by mark."""

    label: str
    words: str
    """What the label means; "" where it says it itself."""
    total: int
    numbers: tuple[int, ...]
    """How many rows have each mark of ``ORDER``: the line of the table."""
    parts: tuple[Part, ...]

    @property
    def name(self) -> str:
        """Label and words."""
        return f"{self.label}, {self.words}" if self.words else self.label

    @property
    def said(self) -> str:
        """``10 pass, 1 fail``."""
        return ", ".join(f"{part.number} {part.mark.word}" for part in self.parts) or "none"


class Square(NamedTuple):
    """One requirement in the picture."""

    row: Row
    mark: Mark
    counted: bool
    x: int
    y: int

    @property
    def said(self) -> str:
        """Id and state, and whether it counts."""
        return f"{self.row.id} {state(self.row)}" + ("" if self.counted else ", not counted")


class Area(NamedTuple):
    """The requirements of one profile and topic."""

    label: str
    width: int
    height: int
    squares: tuple[Square, ...]

    @property
    def said(self) -> str:
        """Every requirement with its state."""
        return "; ".join(square.said for square in self.squares)


def by_obligation(report: Report) -> list[Bar]:
    """A bar for each obligation, and one for what is not counted."""
    rows = [row for row in report.rows if counted(row)]
    away = [row for row in report.rows if not counted(row)]
    bars = [_bar(word, [row for row in rows if row.verdict.obligation is word]) for word in Obligation]
    return [bar for bar in (*bars, _bar("not counted", away)) if bar.total]


def by_basis(report: Report) -> list[Bar]:
    """A bar for each basis of the rows that count."""
    rows = [row for row in report.rows if counted(row)]
    bars = [_bar(letter, [row for row in rows if row.verdict.basis is letter], BASIS_WORDS[letter]) for letter in Basis]
    return [bar for bar in bars if bar.total]


def areas(report: Report) -> list[Area]:
    """The requirements by profile and first tag, in the order in which they come."""
    groups: dict[str, list[Row]] = {}
    for row in report.rows:
        groups.setdefault(area_of(row), []).append(row)
    return [_area(label, rows) for label, rows in groups.items()]


def area_of(row: Row) -> str:
    """Profile that the row is written in, and its topic: ``fhir-r4-rest, read``."""
    path = row.source.rpartition(":")[0] or row.source
    steps = [part for part in path.replace("\\", "/").split("/") if part]
    profile = steps[-2] if len(steps) > 1 else "".join(steps)
    topic = row.tags[0] if row.tags else "general"
    return f"{profile}, {topic}" if profile else topic


def _per_cent(share: float) -> str:
    return f"{share * 100:.3f}".rstrip("0").rstrip(".") + "%"


def _bar(label: str, rows: Sequence[Row], words: str = "") -> Bar:
    marks = [mark(row) for row in rows]
    numbers = tuple(marks.count(one) for one in ORDER)
    return Bar(label, words, len(rows), numbers, tuple(_parts(numbers, len(rows))))


def _parts(numbers: Iterable[int], total: int) -> Iterable[Part]:
    before = 0
    for one, count in zip(ORDER, numbers, strict=True):
        if count:
            share = count / total
            middle = (before + count / 2) / total
            yield Part(
                one, count, _per_cent(before / total), _per_cent(share), _per_cent(middle), share >= _ROOM_FOR_TEXT
            )
        before += count


def _area(label: str, rows: Sequence[Row]) -> Area:
    squares = tuple(
        Square(row, mark(row), counted(row), 1 + number % _ACROSS * _STEP, 1 + number // _ACROSS * _STEP)
        for number, row in enumerate(rows)
    )
    across = min(len(rows), _ACROSS)
    down = -(-len(rows) // _ACROSS)
    return Area(label, across * _STEP - 2, down * _STEP - 2, squares)
