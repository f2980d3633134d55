"""Confusion matrices: what follows from four counts, with Wilson's interval; predictive values; areas under curves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

_COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)
_Z = Decimal("1.959963984540054")
"""The normal deviate of a two-sided 95% interval."""
WHOLE = "all"
"""What ``group-by`` and ``group`` say of a line about everybody."""
NOT_STATED = frozenset({"", WHOLE, "not stated", "not known", "unknown"})
"""What ``group`` says of people whose group nobody knows: where no other group stands, nobody was looked at by it."""


class Matrix(NamedTuple):
    """True and false positives, false and true negatives."""

    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def n(self) -> int:
        """Everybody in it."""
        return sum(self)

    def plus(self, other: Matrix) -> Matrix:
        """Both together.

        >>> Matrix(1, 2, 3, 4).plus(Matrix(1, 1, 1, 1))
        Matrix(tp=2, fp=3, fn=4, tn=5)
        """
        return Matrix(*(one + two for one, two in zip(self, other, strict=True)))

    def part(self, metric: str) -> tuple[int, int]:
        """What the metric is a share of: the favourable, and all of them.

        >>> Matrix(90, 40, 10, 860).part("sensitivity"), Matrix(90, 40, 10, 860).part("npv")
        ((90, 100), (860, 870))
        """
        return {
            "sensitivity": (self.tp, self.tp + self.fn),
            "specificity": (self.tn, self.tn + self.fp),
            "ppv": (self.tp, self.tp + self.fp),
            "npv": (self.tn, self.tn + self.fn),
        }[metric]

    def value(self, metric: str) -> Decimal | None:
        """The metric, or None where nobody is in its denominator."""
        favourable, among = self.part(metric)
        return Decimal(favourable) / among if among else None


METRICS = ("sensitivity", "specificity", "ppv", "npv")


def matrix_of(row: Mapping[str, str]) -> Matrix | None:
    """The matrix of a line of a table; None where a count is none.

    >>> matrix_of({"tp": "9", "fp": "4", "fn": "1", "tn": "86"})
    Matrix(tp=9, fp=4, fn=1, tn=86)
    """
    counts = [row[name] for name in ("tp", "fp", "fn", "tn")]
    return Matrix(*map(int, counts)) if all(_COUNT.fullmatch(one) for one in counts) else None


def together(parts: Iterable[Matrix]) -> Matrix:
    """The sum of several."""
    total = Matrix(0, 0, 0, 0)
    for one in parts:
        total = total.plus(one)
    return total


def wilson(favourable: int, among: int) -> tuple[Decimal, Decimal]:
    """Wilson's 95% interval of a share. Raises ``ValueError`` where it is of nobody.

    >>> [round(end, 4) for end in wilson(90, 100)]
    [Decimal('0.8256'), Decimal('0.9448')]
    >>> [round(end, 4) for end in wilson(0, 10)]
    [Decimal('0.0000'), Decimal('0.2775')]
    """
    if not 0 <= favourable <= among or not among:
        raise ValueError("a share has a part and a whole")
    n, share = Decimal(among), Decimal(favourable) / among
    bend = _Z * _Z / n
    middle = share + bend / 2
    half = _Z * ((share * (1 - share) + bend / 4) / n).sqrt()
    low, high = (middle - half) / (1 + bend), (middle + half) / (1 + bend)
    return max(low, Decimal(0)), min(high, Decimal(1))


def predictive(matrix: Matrix, prevalence: Decimal) -> tuple[Decimal | None, Decimal | None]:
    """Positive and negative predictive value at a prevalence (0 to 1), by Bayes; None where nobody would be flagged.

    >>> [round(one, 4) for one in predictive(Matrix(90, 40, 10, 860), Decimal("0.02"))]
    [Decimal('0.2924'), Decimal('0.9979')]
    """
    sensitivity, specificity = matrix.value("sensitivity"), matrix.value("specificity")
    if sensitivity is None or specificity is None:
        return None, None
    ill, well = prevalence, 1 - prevalence
    flagged = sensitivity * ill + (1 - specificity) * well
    passed = specificity * well + (1 - sensitivity) * ill
    return (sensitivity * ill / flagged if flagged else None, specificity * well / passed if passed else None)


def area(matrices: Sequence[Matrix]) -> Decimal | None:
    """The area under the curve through these points and its two corners, by trapezoids; None where one has no point.

    >>> area([Matrix(50, 0, 50, 100), Matrix(100, 50, 0, 50)])
    Decimal('0.875')
    """
    points = [(Decimal(0), Decimal(0))]
    for one in matrices:
        specificity, sensitivity = one.value("specificity"), one.value("sensitivity")
        if specificity is None or sensitivity is None:
            return None
        points.append((1 - specificity, sensitivity))
    points = sorted([*points, (Decimal(1), Decimal(1))])
    return sum(((x2 - x1) * (y1 + y2) / 2 for (x1, y1), (x2, y2) in pairwise(points)), Decimal(0))
