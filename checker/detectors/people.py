"""Dates of birth and names in text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checker.detectors.kind import Hit, Kind, Sureness

_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DAY = (
    r"(?:[0-3]?[0-9][/.-][01]?[0-9][/.-](?:[12][0-9]{3}|[0-9]{2})|[12][0-9]{3}-[01][0-9]-[0-3][0-9]"
    rf"|[0-3]?[0-9](?:st|nd|rd|th)?[ -](?:of )?(?:{_MONTHS})[a-z]*\.?,?[ -](?:[12][0-9]{{3}}|[0-9]{{2}})"
    rf"|(?:{_MONTHS})[a-z]*\.? [0-3]?[0-9](?:st|nd|rd|th)?,? [12][0-9]{{3}})"
)
_BORN = re.compile(
    r"(?<![A-Za-z])(?:d\.? ?o\.? ?b\b\.?|date of birth|birth ?date|birthday|born(?: on)?)[^0-9A-Za-z]{0,4}"
    rf"(?:(?:is|was|the|of|on)\b[ :]{{0,3}}){{0,2}}({_DAY})(?![0-9])",
    re.IGNORECASE,
)
_MORE = r"(?:(?:['’-][A-ZÀ-ÖØ-Þ]?|[A-ZÀ-ÖØ-Þ])[a-zà-öø-ÿ]++)"
_WORD = rf"[A-ZÀ-ÖØ-Þ](?:[a-zà-öø-ÿ]++{_MORE}*|{_MORE}+)"
"""A name such as Ann, McRae, O'Hara or Smith-Jones. There is one way to read each: what almost fits costs no time."""
_TITLED = re.compile(rf"(?<![A-Za-z])(?:Mr|Mrs|Ms|Miss|Mx)\.? (?:[A-Z]\.? ?){{0,3}}({_WORD}(?: {_WORD})?)(?!\w)")
_PAIR = re.compile(rf"(?<![\w'’-])(?=({_WORD}),? ({_WORD})(?![\w]))")
_CALENDAR = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december"
)
_NOT_NAMES = frozenset(_CALENDAR.split())
_STAFF = re.compile(
    r"\b(?:consultant|surgeon|registrar|physician|anaesthetist|radiologist|clinic(?:'s)?|list|theatre|secretary|team|firm)\b",
    re.IGNORECASE,
)
_REACH = 32


def birth_dates(text: str) -> Iterator[Hit]:
    """Days beside words that say that somebody was born on them. A year alone is none.

    >>> [hit.value for hit in birth_dates("DOB 17/05/1957, seen 01/02/2026; born in 1957; date of birth: 3 March 1961")]
    ['17/05/1957', '3 march 1961']
    """
    for found in _BORN.finditer(text):
        yield Hit(Kind.BIRTH_DATE, found.start(1), found.end(1), Sureness.LABELLED, found[1].lower())


def titled_names(text: str) -> Iterator[Hit]:
    """Names after Mr, Mrs, Ms, Miss and Mx. Doctors, and who the words around call a consultant, are staff.

    >>> [hit.value for hit in titled_names("Mrs Kestrelby and Dr Quill came; MR Angiogram; under Mr Sand, consultant")]
    ['kestrelby']
    """
    for found in _TITLED.finditer(text):
        name = found[1].casefold()
        if name.split()[0] in _NOT_NAMES:
            continue
        around = text[max(0, found.start() - _REACH) : found.end() + _REACH]
        if not _STAFF.search(around):
            yield Hit(Kind.TITLED_NAME, found.start(), found.end(), Sureness.LIKELY, name)


def name_pairs(text: str) -> Iterator[Hit]:
    """Two words with capitals in a row, as a given and a family name would stand. Most are no names at all.

    >>> [hit.value for hit in name_pairs("Amina Kestrelby came; KESTRELBY; Kestrelby, Amina")]
    ['amina kestrelby', 'kestrelby amina']
    """
    for found in _PAIR.finditer(text):
        value = f"{found[1]} {found[2]}".casefold()
        yield Hit(Kind.NAME_PAIR, found.start(1), found.end(2), Sureness.CHANCE, value)


def names_of(resource: Any) -> Iterator[tuple[str, str]]:
    """The first given name and the family name of each name that a resource of a person carries, as in a hit."""
    names = resource.get("name") if isinstance(resource, dict) else None
    for name in names if isinstance(names, list) else ():
        if not isinstance(name, dict):
            continue
        family, given = name.get("family"), name.get("given")
        first = given[0] if isinstance(given, list) and given else None
        yield (
            first.casefold().strip() if isinstance(first, str) else "",
            family.casefold().strip() if isinstance(family, str) else "",
        )
