"""All detectors over one text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from checker.detectors.contacts import emails, phones, postcodes
from checker.detectors.kind import Hit, Kind
from checker.detectors.numbers import nhs_numbers, ninos
from checker.detectors.people import birth_dates, name_pairs, titled_names

DETECTORS: dict[Kind, Callable[[str], Iterator[Hit]]] = {
    Kind.NHS_NUMBER: nhs_numbers,
    Kind.NINO: ninos,
    Kind.EMAIL: emails,
    Kind.PHONE: phones,
    Kind.POSTCODE: postcodes,
    Kind.BIRTH_DATE: birth_dates,
    Kind.TITLED_NAME: titled_names,
    Kind.NAME_PAIR: name_pairs,
}
"""Kind → what finds it."""
ALL = frozenset(Kind) - {Kind.NAME_PAIR}
"""The kinds that say something by themselves."""
_ALIKE = {
    **dict.fromkeys((0xA0, 0x2002, 0x2003, 0x2005, 0x2007, 0x2009, 0x200A, 0x202F, 0x09), " "),
    **dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2212), "-"),
}
"""Blanks and hyphens of all sorts, one for one, so that places stay."""


def detect(text: str, kinds: Iterable[Kind] = ALL) -> Iterator[Hit]:
    """What of those kinds stands in a text, kind by kind, from left to right in each.

    >>> [(str(hit.kind), hit.start) for hit in detect("Mrs Kestrelby, NHS 999 000 0018, ZZ12 9ZZ", ALL)]
    [('nhs-number', 19), ('postcode', 33), ('titled-name', 0)]
    """
    if not text.isascii():
        text = text.translate(_ALIKE)
    wanted = frozenset(kinds)
    for kind, find in DETECTORS.items():
        if kind in wanted:
            yield from find(text)
