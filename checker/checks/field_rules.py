"""What the value of a field may be: valid, a default that stands for none, or neither. By the name of a rule.

The default dictionary: pseudo postcodes that begin with ZZ99 (NHS Data Dictionary, POSTCODE), the practice codes V81997
to V81999 and the organisation codes X98, Q99, X99998, X99999 and 89997 to 89999 (default codes of the dictionary),
ethnic category Z and 99, gender unknown, and birth dates that stand for an unknown one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from checker.checks.codings import is_snomed
from checker.checks.contact_details import is_british, is_postcode
from checker.checks.nhs_number import number_fault, text_fault
from checker.checks.registered_identifiers import KINDS, ODS_ORGANISATION, ODS_SITE
from checker.fhir.days import days
from checker.fhir.terminology.check_digits import snomed_fault

VALID: Final = "valid"
DEFAULT: Final = "default"
INVALID: Final = "invalid"
UNTESTED: Final = "untested"
"""Filled, and there is no rule to hold it against."""

_ENGLAND = "https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategoryEngland"
_WALES = "https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategoryWales"
_ETHNIC: Final = {_ENGLAND: frozenset("ABCDEFGHJKLMNPRS"), _WALES: frozenset("ABDEFGHJKLMNPRST")}
"""UK Core 2.0.0, ValueSet UKCore-EthnicCategory: England 1.1.1 and Wales 1.1.1, without the defaults."""
_ETHNIC_DEFAULTS = frozenset({"Z", "99"})
_GENDERS = frozenset({"male", "female", "other"})
_UNKNOWN_BIRTHS = frozenset({"1800-01-01", "1900-01-01", "1901-01-01"})
_DEFAULT_PRACTICES = frozenset({"V81997", "V81998", "V81999"})
_DEFAULT_ORGANISATIONS = _DEFAULT_PRACTICES | {"X98", "Q99", "X99998", "X99999", "89997", "89998", "89999"}
_PSEUDO = "ZZ99"


def _nhs_number(value: Any) -> str:
    if text_fault(value) or number_fault(value):
        return INVALID
    return DEFAULT if len(set(value)) == 1 else VALID


def _birth_date(value: Any) -> str:
    if days(value) is None or "T" in value:
        return INVALID
    return DEFAULT if value in _UNKNOWN_BIRTHS else VALID


def _date(value: Any) -> str:
    if days(value) is None:
        return INVALID
    return DEFAULT if str(value)[:10] in _UNKNOWN_BIRTHS else VALID


def _gender(value: Any) -> str:
    if value == "unknown":
        return DEFAULT
    return VALID if isinstance(value, str) and value in _GENDERS else INVALID


def _postcode(value: Any) -> str:
    """An address: the form of a postcode is known for those in the UK alone."""
    code = value.get("postalCode") if isinstance(value, dict) else None
    if not isinstance(code, str) or not (is_postcode(code) or not is_british(value)):
        return INVALID
    if not is_british(value):
        return UNTESTED
    return DEFAULT if code.strip().upper().startswith(_PSEUDO) else VALID


def _ethnic(value: Any) -> str:
    code, system = (value.get("code"), value.get("system")) if isinstance(value, dict) else (None, None)
    codes = _ETHNIC.get(system) if isinstance(system, str) else None
    if codes is None or not isinstance(code, str):
        return INVALID
    if code in _ETHNIC_DEFAULTS and not (code == "99" and system == _WALES):
        return DEFAULT
    return VALID if code in codes else INVALID


def _ods(value: Any) -> str:
    if not isinstance(value, str) or not KINDS["ods-organisation"].has_form(value):
        return INVALID
    return DEFAULT if value in _DEFAULT_ORGANISATIONS else VALID


def _practice(value: Any) -> str:
    """A reference to who is the patient's general practice: its code where there is one, or where it leads."""
    if not isinstance(value, dict):
        return INVALID
    identifier = value.get("identifier")
    if isinstance(identifier, dict) and identifier.get("system") in (ODS_ORGANISATION, ODS_SITE):
        return _ods(identifier.get("value"))
    reference = value.get("reference")
    if isinstance(reference, str) and reference.strip():
        return VALID
    return UNTESTED if isinstance(identifier, dict) else INVALID


def _concept(value: Any) -> str:
    """A CodeableConcept: SNOMED CT and dm+d by their check digit; other systems, and words alone, are untested."""
    codings = value.get("coding") if isinstance(value, dict) else None
    found = [one for one in codings if isinstance(one, dict)] if isinstance(codings, list) else []
    snomed = [one.get("code") for one in found if is_snomed(one.get("system"))]
    if not snomed:
        return UNTESTED
    return INVALID if any(not isinstance(code, str) or snomed_fault(code) for code in snomed) else VALID


def _any(value: Any) -> str:
    return UNTESTED


RULES: Final[Mapping[str, Callable[[Any], str]]] = {
    "": _any,
    "nhs-number": _nhs_number,
    "birth-date": _birth_date,
    "date": _date,
    "gender": _gender,
    "postcode": _postcode,
    "ethnic-category": _ethnic,
    "ods-code": _ods,
    "gp-practice": _practice,
    "clinical-code": _concept,
}
"""Name of a rule → what it says of one value."""


def judged(found: list[Any], rule: str) -> str:
    """What a rule says of all values of a field together: the worst; a default only where all of them are one.

    >>> judged(["V81999"], "ods-code"), judged(["V81999", "ZZ901"], "ods-code"), judged(["zz901"], "ods-code")
    ('default', 'valid', 'invalid')
    """
    said = {RULES[rule](one) for one in found}
    for word in (INVALID, VALID, DEFAULT):
        if word in said:
            return word
    return UNTESTED


def code_of(value: Any, rule: str) -> str:
    """The code by which a value of a short code list is counted; "" for a rule without such a list."""
    if rule == "gender":
        return value if isinstance(value, str) else ""
    if rule == "ethnic-category" and isinstance(value, dict):
        code = value.get("code")
        return code if isinstance(code, str) else ""
    return ""
