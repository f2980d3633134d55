"""Stretches of time: merged, cut by one another, added up. Two that overlap count once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

Stretch = tuple[datetime, datetime]
"""From a moment to a later one, which does not belong to it."""


def merged(given: Iterable[Stretch]) -> list[Stretch]:
    """In order, with those that overlap or meet made one.

    >>> from datetime import UTC
    >>> at = lambda minute: datetime(2026, 1, 1, 0, minute, tzinfo=UTC)
    >>> [b - a for a, b in merged([(at(5), at(9)), (at(0), at(6)), (at(20), at(21))])]
    [datetime.timedelta(seconds=540), datetime.timedelta(seconds=60)]
    """
    found: list[Stretch] = []
    for start, end in sorted(given):
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def both(one: Sequence[Stretch], other: Sequence[Stretch]) -> list[Stretch]:
    """What lies in both; each is merged."""
    found: list[Stretch] = []
    here = there = 0
    while here < len(one) and there < len(other):
        start, end = max(one[here][0], other[there][0]), min(one[here][1], other[there][1])
        if start < end:
            found.append((start, end))
        if one[here][1] <= other[there][1]:
            here += 1
        else:
            there += 1
    return found


def without(one: Sequence[Stretch], taken: Sequence[Stretch]) -> list[Stretch]:
    """What lies in the first and not in the second; each is merged."""
    found: list[Stretch] = []
    place = 0
    for start, end in one:
        while place < len(taken) and taken[place][1] <= start:
            place += 1
        at, next_one = start, place
        while next_one < len(taken) and taken[next_one][0] < end:
            if at < taken[next_one][0]:
                found.append((at, taken[next_one][0]))
            at = max(at, taken[next_one][1])
            next_one += 1
        if at < end:
            found.append((at, end))
    return found


def length(given: Iterable[Stretch]) -> timedelta:
    """How long they are together; they are merged."""
    return sum((end - start for start, end in given), timedelta(0))
