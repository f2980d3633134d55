"""Numbers of people: the NHS numbers that nobody is given, and numbers that only look like one.

The check digit is worked out by the fixture's own code, not by the product's, so that neither can hide a slip.
"""

from __future__ import annotations

from collections.abc import Iterator

from fixtures.supplier import nhs_number

SYSTEM = nhs_number.SYSTEM
_FIRST, _STEMS = nhs_number.FIRST_STEM, 1_000_000
MOST_PATIENTS = 900_000
"""There are 909,091 NHS numbers from 9990000000 on, or a few less."""


def from_seed(start: int) -> Iterator[str]:
    """Every valid NHS number from 9990000000 on, once, in an order that is rising but for one leap."""
    first = start % _STEMS
    for turn in range(_STEMS):
        stem = _FIRST + (first + turn) % _STEMS
        digit = check_digit(stem)
        if digit < 10:
            yield f"{stem}{digit}"


def check_digit(stem: int) -> int:
    """The tenth digit for nine digits; 10 where no number exists."""
    total, weight = 0, 2
    while stem:
        stem, digit = divmod(stem, 10)
        total += digit * weight
        weight += 1
    return (11 - total % 11) % 11


def passing(stem: int) -> str:
    """The first ten digits from this stem of nine digits on that pass modulus 11."""
    while (digit := check_digit(stem)) == 10:
        stem += 1
    return f"{stem:09}{digit}"


def grouped(number: str) -> str:
    """As it is shown to people."""
    return nhs_number.spaced(number)
