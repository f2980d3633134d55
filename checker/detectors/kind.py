"""What can be found in a text, and how sure it is."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """The kinds of personal data."""

    NHS_NUMBER = "nhs-number"
    NINO = "nino"
    """National Insurance number."""
    EMAIL = "email"
    PHONE = "phone"
    POSTCODE = "postcode"
    """A whole one: the district alone names nobody."""
    BIRTH_DATE = "birth-date"
    """A day beside words that say that somebody was born on it."""
    TITLED_NAME = "titled-name"
    NAME_PAIR = "name-pair"
    """Two words that may be a given and a family name. Nothing by itself: to be compared with names that are known."""


WORDS = {
    Kind.NHS_NUMBER: "an NHS number",
    Kind.NINO: "a National Insurance number",
    Kind.EMAIL: "an e-mail address",
    Kind.PHONE: "a telephone number",
    Kind.POSTCODE: "a whole postcode",
    Kind.BIRTH_DATE: "a date of birth",
    Kind.TITLED_NAME: "a name with its title",
    Kind.NAME_PAIR: "the name of a patient",
}
"""How a kind is called in a report."""


class Sureness(IntEnum):
    """How sure a hit is."""

    CHANCE = 0
    """It may be one by chance only: a number of the right length and range whose check digit is wrong. Counted, so
    that the next can be weighed."""
    BARE = 1
    """Ten digits in a row that pass, and nothing around them says what they are: one of eleven others would too."""
    LIKELY = 2
    """Its form is one that little else has: a number in groups of 3, 3 and 4, an address with an at sign."""
    LABELLED = 3
    """The words before it say so."""


class Hit(NamedTuple):
    """One find. ``value`` is in a form to be compared; it is personal data, and never leaves memory."""

    kind: Kind
    start: int
    end: int
    sureness: Sureness
    value: str
