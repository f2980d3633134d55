"""Check digits of identifiers and codes: SNOMED CT, LOINC, the NHS number; the forms of OID and UUID.

Only what can be told from the characters alone. That a number is well formed says nothing of whether it was
ever issued.
"""

from __future__ import annotations

import re
from typing import Final

_VERHOEFF_TIMES: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
"""Multiplication in the dihedral group of order ten."""
_FIRST: Final = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _permutations() -> tuple[tuple[int, ...], ...]:
    rows: list[tuple[int, ...]] = [tuple(range(10))]
    for _ in range(7):
        rows.append(tuple(_FIRST[digit] for digit in rows[-1]))
    return tuple(rows)


_VERHOEFF_SHIFT: Final = _permutations()
_SNOMED = re.compile(r"[1-9][0-9]{5,17}")
_LOINC = re.compile(r"(?:L[APLG]|MTHU)?[1-9][0-9]{0,7}-[0-9]")
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def verhoeff(digits: str) -> bool:
    """Does the last digit check the others by Verhoeff's scheme? ASCII digits only."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        total = _VERHOEFF_TIMES[total][_VERHOEFF_SHIFT[place % 8][ord(digit) - 48]]
    return total == 0


def snomed_fault(code: str) -> str:
    """Why this can be no SNOMED CT concept identifier, empty if it may be one.

    Source: SNOMED CT Release File Specification, 6 (SCTID): 6 to 18 digits, the partition before the last digit
    00 or 10 for a concept, the last by Verhoeff. Expressions are not looked into.

    >>> snomed_fault("73211009"), snomed_fault("73211008")
    ('', 'its check digit is wrong')
    """
    if not code.isdigit() or not code.isascii():
        expression = any(sign in code for sign in ":+|=<{")
        return "" if expression else "a SNOMED CT identifier is all digits"
    if not _SNOMED.fullmatch(code):
        return "a SNOMED CT identifier has 6 to 18 digits, the first not 0"
    if not verhoeff(code):
        return "its check digit is wrong"
    return "" if code[-3:-1] in ("00", "10") else "it identifies a description or relationship, not a concept"


def loinc_fault(code: str) -> str:
    """Why this can be no LOINC code, empty if it may be one.

    Source: LOINC Users' Guide, section 1.2 and appendix on the mod 10 check digit. Answers, parts, lists and
    groups (LA, LP, LL, LG) are codes too; the check digit is asked of terms alone.

    >>> loinc_fault("8480-6"), loinc_fault("8480-5")
    ('', 'its check digit is wrong')
    """
    if not _LOINC.fullmatch(code):
        return "a LOINC code is digits, a hyphen and a check digit"
    if not code[0].isdigit() or luhn(code.replace("-", "")):
        return ""
    return "its check digit is wrong"


def luhn(digits: str) -> bool:
    """Does the last digit check the others modulo 10, every second one doubled? ASCII digits only."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def nhs_number_is_valid(digits: str) -> bool:
    """Ten ASCII digits whose last checks the others modulo 11.

    Source: NHS Data Model and Dictionary, attribute NHS NUMBER. Says nothing of whether it was issued.
    """
    if len(digits) != 10 or not digits.isascii() or not digits.isdigit():
        return False
    check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return check != 10 and check % 11 == int(digits[9])


def oid_is_well_formed(value: str) -> bool:
    """Dotted decimal, no ``urn:oid:`` before it; first arc 0 to 2, the second below 40 under 0 and 1."""
    if not _OID.fullmatch(value):
        return False
    first, second = value.split(".", 2)[:2]
    return first == "2" or (len(second) <= 2 and int(second) < 40)


def uuid_is_well_formed(value: str) -> bool:
    """Five groups of lower-case hexadecimal digits, no ``urn:uuid:`` before them (FHIR's form)."""
    return _UUID.fullmatch(value) is not None
