"""Shares of a small sample, with the exact (Clopper-Pearson) interval of the binomial; and nearest ranks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, localcontext
from math import comb

_STEPS = 40
TAIL = Decimal("0.025")
"""On each side: the interval covers 95 per cent or more."""


def at_least(seen: int, of: int, share: Decimal) -> Decimal:
    """The probability of ``seen`` or more among ``of``, where each comes with a probability of ``share``.

    >>> at_least(1, 2, Decimal("0.5")), at_least(2, 20, Decimal(0))
    (Decimal('0.75'), Decimal('0'))
    """
    if share <= 0:
        return Decimal(0 if seen else 1)
    with localcontext() as context:
        context.prec = 50
        other = 1 - share
        fewer = sum((comb(of, k) * share**k * other ** (of - k) for k in range(seen)), Decimal(0))
        return max(Decimal(0), 1 - fewer)


def interval(seen: int, of: int) -> tuple[Decimal, Decimal]:
    """The Clopper-Pearson interval of a share at 95 per cent, each end with four places.

    >>> interval(0, 20), interval(20, 20)
    ((Decimal('0.0000'), Decimal('0.1684')), (Decimal('0.8316'), Decimal('1.0000')))
    """
    low = Decimal(0) if seen == 0 else _where(lambda share: at_least(seen, of, share) >= TAIL)
    high = Decimal(1) if seen == of else _where(lambda share: 1 - at_least(seen + 1, of, share) <= TAIL)
    places = Decimal("0.0001")
    return low.quantize(places), high.quantize(places)


def _where(reached: Callable[[Decimal], bool]) -> Decimal:
    low, high = Decimal(0), Decimal(1)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if reached(middle):
            high = middle
        else:
            low = middle
    return high


def nearest_rank(figures: Sequence[int], percentile: Decimal) -> int:
    """The nearest-rank percentile of figures in order, of which there is one at least: no figure is made up.

    >>> nearest_rank(range(1, 101), Decimal(95)), nearest_rank([7, 9], Decimal(50))
    (95, 7)
    """
    exact = percentile * len(figures) / 100
    rank = int(exact) if exact == int(exact) else int(exact) + 1
    return figures[min(len(figures), max(1, rank)) - 1]
