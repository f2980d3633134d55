"""NHS numbers: their digits and their stored form, wherever resources carry them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Protocol, TypeGuard

from checker.checks.alike_nodes import ALIKE_IDENTIFIERS
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.model.scan import Fold, Look, Party, Seen
from checker.model.value import Params
from checker.model.verdict import Examined, Statement

NHS_NUMBER_SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"
LENGTH = 10
_WEIGHTS = range(10, 1, -1)
_SEPARATORS = str.maketrans("", "", " \t\r\n-\u00a0\u2007\u2009\u202f\u2010\u2011\u2012\u2013")
"""What people write between the groups: spaces and hyphens of all sorts."""

NOT_TEN_DIGITS = "not-ten-digits"
CHECK_DIGIT = "check-digit"
NOT_TEXT = "not-text"
SEPARATED = "separated"
_WITHOUT_VALUE = "without-value"


def number_of(value: object) -> str:
    """The ten digits that an identifier's value holds, or "".

    Separators are set aside, and so is the form of a JSON number (which has lost its leading
    zeros): they are for :class:`NhsNumberText` to judge.

    >>> number_of("999 000 0018"), number_of("999-000-0018"), number_of(9990000018)
    ('9990000018', '9990000018', '9990000018')
    >>> number_of("99900"), number_of("NHS9990000"), number_of("٩٩٩٠٠٠٠٠١٨"), number_of(True)
    ('', '', '', '')
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        value = f"{value:0{LENGTH}}"
    if not isinstance(value, str):
        return ""
    if not _is_ten_digits(value):
        value = value.translate(_SEPARATORS)
    return value if _is_ten_digits(value) else ""


def _is_ten_digits(text: str) -> bool:
    return len(text) == LENGTH and text.isascii() and text.isdigit()


def number_fault(value: object) -> str:
    """What is wrong with the digits of an NHS number: ``not-ten-digits``, ``check-digit``, or "".

    NHS Data Dictionary (attribute NHS NUMBER): ten digits, of which the tenth is a check digit.
    The first nine are multiplied by 10, 9, … 2; the sum is divided by 11 and the remainder taken
    from 11. A result of 11 means check digit 0; a number whose result is 10 is never issued.

    >>> number_fault("9990000018"), number_fault("999 000 0018"), number_fault(9990000018)
    ('', '', '')
    >>> number_fault("9990000019")
    'check-digit'
    >>> number_fault("99900000180")
    'not-ten-digits'
    """
    number = number_of(value)
    if not number:
        return NOT_TEN_DIGITS
    return "" if check_digit(number[:-1]) == int(number[-1]) else CHECK_DIGIT


def text_fault(value: object) -> str:
    """What is wrong with the stored form of an NHS number: ``not-text``, ``separated``, or "".

    >>> text_fault("9990000018"), text_fault("9990000019"), text_fault("NHS number")
    ('', '', '')
    >>> text_fault("999 000 0018"), text_fault(9990000018)
    ('separated', 'not-text')
    """
    if not isinstance(value, str):
        return NOT_TEXT
    if _is_ten_digits(value):
        return ""
    bare = value.translate(_SEPARATORS)
    return SEPARATED if bare != value and bare.isdigit() else ""


def check_digit(first_nine: str) -> int:
    """The modulus-11 check digit for nine digits; 10 when there is none.

    >>> check_digit("999000001")
    8
    >>> check_digit("999000000")
    10
    """
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_nine, strict=True))
    return (11 - total % 11) % 11


def is_nhs_number(node: Any, system: str = NHS_NUMBER_SYSTEM) -> TypeGuard[dict[str, Any]]:
    """Is that an identifier under the system, with a value?"""
    return isinstance(node, dict) and node.get("system") == system and node.get("value") not in (None, "")


class NhsNumberParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``system``: the identifier system under which values are NHS numbers."""

    system: str = NHS_NUMBER_SYSTEM


class OfSystem(Protocol):
    """Parameters of scans that look at NHS numbers alone."""

    @property
    def system(self) -> str: ...  # noqa: D102 - described by NhsNumberParams


def none_of_others(seen: Seen, params: OfSystem) -> bool | None:
    """What scans that look at NHS numbers alone say of all identifiers of that system: others are not examined."""
    return None if seen.node.get("system") == params.system else False


class _OfEachNumber(TalliedScan[NhsNumberParams], Fold[NhsNumberParams, Tallied]):
    """What the scans share that judge each number by itself."""

    params_type: ClassVar[type[Params]] = NhsNumberParams
    looks: ClassVar[tuple[Look, ...]] = (Look(element="identifier"),)
    taken_with: ClassVar[Party | None] = ALIKE_IDENTIFIERS
    foretells = staticmethod(none_of_others)
    said: ClassVar[dict[str, Said]]

    def fault_of(self, value: object) -> str:
        """The fault of one value, or ""."""
        raise NotImplementedError

    def step(self, state: Tallied, seen: Seen, params: NhsNumberParams) -> Tallied:
        """Examine one identifier."""
        node = seen.node
        if not isinstance(node, dict) or node.get("system") != params.system:
            return state
        value = node.get("value")
        if value is None or value == "":
            state.count(_WITHOUT_VALUE)
            return state
        state.count()
        if fault := self.fault_of(value):
            state.fault(fault, seen.place)
        return state

    def finish(self, state: Tallied, params: NhsNumberParams) -> Iterator[Statement]:
        """How many were examined, and one finding for each fault. Nothing when there were none."""
        if state.examined:
            absent = state.counts.get(_WITHOUT_VALUE, 0)
            beside = f" ({absent} more without a value)" if absent else ""
            yield Examined(what=f"NHS numbers{beside}", count=state.examined)
            yield from findings(state, self.said)


class NhsNumberValid(_OfEachNumber):
    """Every NHS number has ten digits with a correct check digit.

    Looked at is each ``identifier`` under the system, in any resource and at any depth: also in
    contained resources and in references by identifier. One without a value (say, with a
    data-absent-reason in its place) is counted but does not count as examined. How the digits are
    written down (spaces between them, a JSON number) is another requirement: nhs-number.text.

    Good: ``{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}``.
    Bad: the same with another last digit, with nine digits, or with letters.
    """

    id: ClassVar[str] = "nhs-number.valid"
    version: ClassVar[str] = "2"
    source: ClassVar[str] = "https://www.datadictionary.nhs.uk/attributes/nhs_number.html"
    said: ClassVar[dict[str, Said]] = {
        NOT_TEN_DIGITS: Said("An NHS number is not ten digits", "ten digits", "another length, or other characters"),
        CHECK_DIGIT: Said(
            "An NHS number has a wrong check digit",
            "the modulus-11 check digit of the first nine digits",
            "ten digits, of which the last is another one",
        ),
    }

    def fault_of(self, value: object) -> str:
        """The fault of the digits."""
        return number_fault(value)


class NhsNumberText(_OfEachNumber):
    """Every NHS number is kept as text, with nothing between its digits.

    Looked at is what nhs-number.valid looks at. A JSON number loses leading zeros, and a value
    with spaces or hyphens is not found by a search for the plain one. Whether the digits are
    right is another requirement: nhs-number.valid.

    Good: ``"value": "9990000018"``.
    Bad: ``"value": "999 000 0018"``, ``"value": "999-000-0018"``, or ``"value": 9990000018``.
    """

    id: ClassVar[str] = "nhs-number.text"
    source: ClassVar[str] = "http://hl7.org/fhir/R4/datatypes-definitions.html#Identifier.value"
    said: ClassVar[dict[str, Said]] = {
        NOT_TEXT: Said("An NHS number is not a JSON string", "a string of ten digits", "another kind of JSON value"),
        SEPARATED: Said(
            "An NHS number is stored with spaces or hyphens", "ten digits, nothing between them", "separated digits"
        ),
    }

    def fault_of(self, value: object) -> str:
        """The fault of the form."""
        return text_fault(value)


NHS_NUMBER_VALID = NhsNumberValid()
NHS_NUMBER_TEXT = NhsNumberText()
