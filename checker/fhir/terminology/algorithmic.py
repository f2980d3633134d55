"""Code systems that are rules or small standing tables rather than a published list of concepts.

Source for which they are: http://hl7.org/fhir/R4/terminologies-systems.html (external code systems).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Final

import msgspec

LANGUAGES: Final = "urn:ietf:bcp:47"
MEDIA_TYPES: Final = "urn:ietf:bcp:13"
CURRENCIES: Final = "urn:iso:std:iso:4217"
COUNTRIES: Final = "urn:iso:std:iso:3166"
SUBDIVISIONS: Final = "urn:iso:std:iso:3166:-2"
REGIONS: Final = "http://unstats.un.org/unsd/methods/m49/m49.htm"
TIME_ZONES: Final = "https://www.iana.org/time-zones"
UCUM: Final = "http://unitsofmeasure.org"
SNOMED: Final = "http://snomed.info/sct"
LOINC: Final = "http://loinc.org"
DMD: Final = "https://dmd.nhs.uk"
"""The NHS dictionary of medicines and devices: its codes are SNOMED CT identifiers."""

_USER_ASSIGNED = re.compile(r"AA|Q[M-Z]|X[A-Z]|ZZ|AA[A-Z]|Q[M-Z][A-Z]|X[A-Z][A-Z]|ZZ[A-Z]|9[0-9][0-9]")
_FORMER: Final = frozenset(
    (
        *("AN", "ANT", "530", "CS", "SCG", "891", "SU", "SUN", "810", "YU", "YUG", "890", "DD", "DDR", "278"),
        *("TP", "TMP", "626", "ZR", "ZAR", "180", "BU", "BUR", "104"),
    )
)
"""Codes of countries that were, in older records."""
_REGION = re.compile(r"[0-9]{3}")
_LONGEST: Final = 1000
"""Characters of a code that are looked at."""
_SUBDIVISION = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}")


class Judged(msgspec.Struct, frozen=True):
    """What the characters of a code tell: ``known`` is None where only the publisher could say.

    A ``fault`` beside None is a strong suspicion (a check digit that is wrong), and no more.
    """

    known: bool | None
    fault: str = ""


_SURE: Final = Judged(True)
_OPEN: Final = Judged(None)


def judge(system: str, code: str) -> Judged | None:
    """What can be told of the code by the system's rules; None if the system has none that we know."""
    rule = _RULES.get(system)
    if rule is None:
        return None
    if len(code) > _LONGEST:
        return Judged(None if rule(" ").known is None else False, f"longer than {_LONGEST} characters")
    return rule(code)


def enumerated(system: str) -> frozenset[str] | None:
    """All codes of the system, where the table is held; None for open-ended systems."""
    if system == CURRENCIES:
        from checker.fhir.terminology.data import currencies

        return currencies.CURRENCIES
    if system == COUNTRIES:
        return _countries()
    if system == TIME_ZONES:
        from checker.fhir.terminology.data import time_zones

        return time_zones.TIME_ZONES
    return None


def _by_fault(fault: str) -> Judged:
    return Judged(False, fault) if fault else _SURE


def _language(code: str) -> Judged:
    from checker.fhir.terminology.language_tags import fault

    return _by_fault(fault(code))


def _media_type(code: str) -> Judged:
    from checker.fhir.terminology.media_types import fault

    return _by_fault(fault(code))


def _unit(code: str) -> Judged:
    from checker.fhir.terminology.ucum import fault

    return _by_fault(fault(code))


def _currency(code: str) -> Judged:
    from checker.fhir.terminology.data import currencies

    if code in currencies.CURRENCIES:
        return _SURE
    return Judged(None, "withdrawn from ISO 4217") if code in currencies.WITHDRAWN else Judged(False, "not in ISO 4217")


def _country(code: str) -> Judged:
    if code in _countries():
        return _SURE
    if _USER_ASSIGNED.fullmatch(code) or code in _FORMER:
        return Judged(None, "user-assigned in, or withdrawn from, ISO 3166-1")
    return Judged(False, "not in ISO 3166-1")


def _subdivision(code: str) -> Judged:
    matched = _SUBDIVISION.fullmatch(code)
    if matched and matched.group(1) in _countries():
        return _OPEN
    return Judged(False, "not a country of ISO 3166-1, a hyphen and one to three letters or digits")


def _region(code: str) -> Judged:
    return _OPEN if _REGION.fullmatch(code) else Judged(False, "a code of UN M.49 is three digits")


def _time_zone(code: str) -> Judged:
    from checker.fhir.terminology.data import time_zones

    return _SURE if code in time_zones.TIME_ZONES else Judged(False, "not in the IANA time zone database")


def _snomed(code: str) -> Judged:
    from checker.fhir.terminology.check_digits import snomed_fault

    return Judged(None, snomed_fault(code))


def _medicine(code: str) -> Judged:
    from checker.fhir.terminology.check_digits import snomed_fault

    return Judged(None, snomed_fault(code).replace("SNOMED CT", "dm+d"))


def _loinc(code: str) -> Judged:
    from checker.fhir.terminology.check_digits import loinc_fault

    return Judged(None, loinc_fault(code))


@cache
def _countries() -> frozenset[str]:
    from checker.fhir.terminology.data import countries

    return frozenset(code for row in countries.COUNTRIES for code in row)


_RULES: Final[dict[str, Callable[[str], Judged]]] = {
    LANGUAGES: _language,
    MEDIA_TYPES: _media_type,
    CURRENCIES: _currency,
    COUNTRIES: _country,
    SUBDIVISIONS: _subdivision,
    REGIONS: _region,
    TIME_ZONES: _time_zone,
    UCUM: _unit,
    SNOMED: _snomed,
    DMD: _medicine,
    LOINC: _loinc,
}
