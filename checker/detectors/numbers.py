"""NHS numbers and National Insurance numbers in text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.detectors.kind import Hit, Kind, Sureness
from checker.detectors.labels import Label, label_before

STARTS = ("4", "6", "7", *(f"3{digit}" for digit in range(2, 10)), "9")
"""How numbers begin: those of England, Wales and the Isle of Man (4, 6, 7), of Northern Ireland (32 to 39), and those
that are never issued, so that test data has them (9).

As the nhs-number library and the sandbox patients of the NHS have it. Scotland's CHI begins with the day of birth and
is no NHS number of this kind: it counts only where a label says so. Times in seconds begin with 1.
"""
_TEN = re.compile(
    r"(?<![0-9A-Za-z])(?<![0-9][.,:])(?<![0-9A-Za-z][_+-])([0-9]{3})([ .-]?)([0-9]{3})\2([0-9]{4})"
    r"(?![0-9A-Za-z])(?![.,:][0-9])(?![_+-][0-9A-Za-z])",
    re.ASCII,
)
"""Ten digits that stand alone, in one piece or in three parted alike: not within a UUID, a barcode or a version."""
_NINO = re.compile(
    r"(?<![0-9A-Za-z])(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]"
    r"(?![0-9A-Za-z])",
    re.ASCII,
)


def passes(number: str) -> bool:
    """Is the tenth of ten digits the check digit of the others (modulus 11)? Digits all alike pass, and are none.

    >>> passes("9990000018"), passes("9990000019"), passes("1" * 10)
    (True, False, False)
    """
    if number == number[0] * 10:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False))
    return (11 - total % 11) % 11 == int(number[9])


def in_range(number: str) -> bool:
    """Does it lie in a range that numbers of people, or of test data, are taken from?"""
    return number.startswith(STARTS)


def nhs_numbers(text: str) -> Iterator[Hit]:
    """The NHS numbers of a text, and what could have been one.

    A number that other words claim (an order number, a telephone number, a time) is none. In one piece and without
    a label it is ``BARE`` when it passes and ``CHANCE`` when not: who counts both can tell whether it is chance.

    >>> [(hit.value, hit.sureness.name) for hit in nhs_numbers("NHS number 999 000 0018, order no. 9990000026")]
    [('9990000018', 'LABELLED')]
    >>> [hit.sureness.name for hit in nhs_numbers("quote 9990000018 or 9990000019")]
    ['BARE', 'CHANCE']
    """
    for found in _TEN.finditer(text):
        number = found[1] + found[3] + found[4]
        label = label_before(text, found.start())
        if label is Label.OTHER:
            continue
        right = passes(number)
        if label is Label.NHS:
            if right:
                yield Hit(Kind.NHS_NUMBER, found.start(), found.end(), Sureness.LABELLED, number)
        elif in_range(number):
            if right:
                sureness = Sureness.LIKELY if found[2] in (" ", "-") and found[2] else Sureness.BARE
                yield Hit(Kind.NHS_NUMBER, found.start(), found.end(), sureness, number)
            elif not found[2]:
                yield Hit(Kind.NHS_NUMBER, found.start(), found.end(), Sureness.CHANCE, number)


def ninos(text: str) -> Iterator[Hit]:
    """The National Insurance numbers of a text (two letters, six digits, a letter from A to D).

    >>> [hit.value for hit in ninos("NI QQ123456C is none, AB 12 34 56 C is one, lot CE123456D is none")]
    ['AB123456C']
    """
    for found in _NINO.finditer(text):
        if label_before(text, found.start()) is not Label.OTHER:
            value = found[0].replace(" ", "")
            yield Hit(Kind.NINO, found.start(), found.end(), Sureness.LIKELY, value)
