"""E-mail addresses, telephone numbers and postcodes in text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.detectors.kind import Hit, Kind, Sureness
from checker.detectors.labels import Label, label_before

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}"
    r"(?![A-Za-z0-9-])",
    re.ASCII,
)
_PHONE = re.compile(
    r"(?<![0-9A-Za-z.+/_=-])(?<![0-9][ ])(?:\+44 ?(?:\(0\) ?)?|0044 ?|\(?0)(?=[0-9()])[0-9() -]{7,16}[0-9]"
    r"(?![0-9A-Za-z])(?![./:_-][0-9A-Za-z])",
    re.ASCII,
)
_A_DAY = re.compile(r"\b[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:[0-9]{4}|[0-9]{2})\b|\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b", re.ASCII)
_OF_PEOPLE = re.compile(r"0(?:1[1-9][0-9]{7,8}|2[0-9]{9}|7[1-9][0-9]{8})", re.ASCII)
"""Numbers of places and mobiles. 03, 08 and 09 are those of organisations."""
_GROUPS = re.compile(r"[0-9]{2,}(?:[ -]+[0-9]{2,}){0,5}", re.ASCII)
_PHONE_LABEL = re.compile(
    r"\b(?:tel(?:ephone)?|phone|mobile|mob|call(?:ed|s)?|ring|text|contact|reached|number)\b[^0-9]{0,24}$",
    re.IGNORECASE,
)
_POSTCODE = re.compile(
    r"(?<![0-9A-Za-z])([A-PR-UWYZ][A-HK-YZ]?[0-9][0-9A-HJKMNP-Y]?)( ?)([0-9][ABD-HJLNP-UW-Z]{2})(?![0-9A-Za-z])",
    re.ASCII,
)
_AREA_NAMES = (
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G "
    "GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW "
    "OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC "
    "WD WF WN WR WS WV YO ZE ZZ"
)
_AREAS = frozenset(_AREA_NAMES.split())
"""The postcode areas, and ZZ, which made-up addresses have."""
_PSEUDO = re.compile(r"ZZ99[0-9][A-Z]{2}", re.ASCII)
"""What stands for no fixed abode, not known and other countries (ODS): it names nobody's home."""


def emails(text: str) -> Iterator[Hit]:
    """The e-mail addresses of a text.

    >>> [hit.value for hit in emails("Write to A.Person@Example.org. 2 puffs @ night; git@2.0")]
    ['a.person@example.org']
    """
    for found in _EMAIL.finditer(text):
        yield Hit(Kind.EMAIL, found.start(), found.end(), Sureness.LIKELY, found[0].lower())


def national(written: str) -> str:
    """A British telephone number as digits from its leading zero; "" for what is none.

    >>> national("+44 (0)1632 960001"), national("07700 900123"), national("12345")
    ('01632960001', '07700900123', '')
    """
    digits = "".join(one for one in written if one in "0123456789")
    if written.lstrip().startswith("+"):
        if not digits.startswith("44"):
            return ""
        digits = "0" + digits[2:].removeprefix("0")
    elif digits.startswith("0044"):
        digits = "0" + digits[4:].removeprefix("0")
    return digits if digits.startswith("0") and 10 <= len(digits) <= 11 else ""


def phones(text: str) -> Iterator[Hit]:
    """The telephone numbers of places and mobiles in a text. Dates with times, and what other words claim, are none.

    >>> [hit.value for hit in phones("Reach her on (01632) 960001 or +44 7700 900123; 01-06-2024 0715; 0300 123 4567")]
    ['01632960001', '07700900123']
    """
    for found in _PHONE.finditer(text):
        written = found[0]
        number = national(written)
        if not _OF_PEOPLE.fullmatch(number) or _A_DAY.search(written) or written.count("(") != written.count(")"):
            continue
        bare = written.replace("(", "").replace(")", " ")
        if not _GROUPS.fullmatch(bare.lstrip("+").strip()):
            continue
        said = bool(_PHONE_LABEL.search(text[max(0, found.start() - 40) : found.start()]))
        if not said and label_before(text, found.start()) is Label.OTHER:
            continue
        yield Hit(Kind.PHONE, found.start(), found.end(), Sureness.LABELLED if said else Sureness.LIKELY, number)


def postcodes(text: str) -> Iterator[Hit]:
    """The whole postcodes of a text, in capitals as they are written.

    Without the blank they need a digit at the end of the first half and none of the words for other codes before.

    >>> [hit.value for hit in postcodes("at ZZ12 9ZZ, not ZZ99 3VZ; B12 low, lot L2 4AX9, SW1A only, dose Q1 2AB")]
    ['ZZ129ZZ']
    """
    for found in _POSTCODE.finditer(text):
        area = found[1].rstrip("0123456789ABCDEFGHJKMNPQRSTUVWXY") if found[1][1].isdigit() else found[1][:2]
        if found[1][1].isdigit():
            area = found[1][0]
        value = found[1] + found[3]
        if area not in _AREAS or _PSEUDO.fullmatch(value) or label_before(text, found.start()) is Label.OTHER:
            continue
        yield Hit(Kind.POSTCODE, found.start(), found.end(), Sureness.LIKELY, value)
