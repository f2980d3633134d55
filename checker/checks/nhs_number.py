"""NHS numbers: their form and their check digit, wherever resources carry them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from checker.model.scan import Fold, Look, Seen, Smallest
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement

NHS_NUMBER_SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"
_LENGTH = 10
_WEIGHTS = range(10, 1, -1)
_DIGITS = frozenset("0123456789")

_NOT_A_STRING = "not-a-string"
_WRONG_FORM = "wrong-form"
_CHECK_DIGIT = "check-digit"


def nhs_number_fault(value: object) -> str:
    """What is wrong with an NHS number: ``not-a-string``, ``wrong-form``, ``check-digit``, or "".

    ISB 0149 and the NHS Data Dictionary (attribute NHS NUMBER): ten digits, of which the tenth is
    a check digit. The first nine are multiplied by 10, 9, … 2; the sum is divided by 11 and the
    remainder taken from 11. A result of 11 means check digit 0; a number whose result is 10 is
    never issued. The stored form has no spaces (they are for people), and ASCII digits only.

    >>> nhs_number_fault("9990000018")
    ''
    >>> nhs_number_fault("9990000019")
    'check-digit'
    >>> nhs_number_fault("999 000 0018")
    'wrong-form'
    >>> nhs_number_fault("٩٩٩٠٠٠٠٠١٨")
    'wrong-form'
    >>> nhs_number_fault(9990000018)
    'not-a-string'
    """
    if not isinstance(value, str):
        return _NOT_A_STRING
    if len(value) != _LENGTH or not _DIGITS.issuperset(value):
        return _WRONG_FORM
    return "" if check_digit(value[:-1]) == int(value[-1]) else _CHECK_DIGIT


def check_digit(first_nine: str) -> int:
    """The modulus-11 check digit for nine digits; 10 when there is none.

    >>> check_digit("999000001")
    8
    >>> check_digit("999000000")
    10
    """
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_nine, strict=True))
    return (11 - total % 11) % 11


class NhsNumberParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``system``: the identifier system under which values are NHS numbers."""

    system: str = NHS_NUMBER_SYSTEM


@dataclass
class NhsNumberState:
    """Counts, and the smallest places of each fault."""

    examined: int = 0
    without_value: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    places: dict[str, Smallest] = field(default_factory=dict)


_SAID = {
    _NOT_A_STRING: ("An NHS number is not a JSON string", "a string of ten digits", "another kind of JSON value"),
    _WRONG_FORM: (
        "An NHS number is not ten digits",
        "exactly ten ASCII digits, nothing between them",
        "another length, or other characters",
    ),
    _CHECK_DIGIT: (
        "An NHS number has a wrong check digit",
        "the modulus-11 check digit of the first nine digits",
        "ten digits, of which the last is another one",
    ),
}
"""For each fault: the message, what is expected, what there is. Never the number."""


class NhsNumberValid(Fold[NhsNumberParams, NhsNumberState]):
    """Every NHS number is a string of ten digits with a correct check digit.

    Looked at is each ``identifier`` under the system, in any resource and at any depth: also in
    contained resources and in references by identifier. One without a value (say, with a
    data-absent-reason in its place) is counted but does not count as examined.

    Good: ``{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}``.
    Bad: the same with ``"999 000 0018"``, with ``9990000018`` as a number, or with another last digit.
    """

    id: ClassVar[str] = "nhs-number.valid"
    version: ClassVar[str] = "1"
    params_type: ClassVar[type[Params]] = NhsNumberParams
    looks: ClassVar[tuple[Look, ...]] = (Look(element="identifier"),)
    source: ClassVar[str] = "https://www.datadictionary.nhs.uk/attributes/nhs_number.html"

    def start(self, params: NhsNumberParams, side: str) -> NhsNumberState:
        """Nothing examined."""
        return NhsNumberState()

    def step(self, state: NhsNumberState, seen: Seen, params: NhsNumberParams) -> NhsNumberState:
        """Examine one identifier."""
        node = seen.node
        if not isinstance(node, dict) or node.get("system") != params.system:
            return state
        value = node.get("value")
        if value is None or value == "":
            state.without_value += 1
            return state
        state.examined += 1
        if fault := nhs_number_fault(value):
            state.counts[fault] = state.counts.get(fault, 0) + 1
            state.places.setdefault(fault, Smallest()).add(seen.place)
        return state

    def merge(self, one: NhsNumberState, other: NhsNumberState) -> NhsNumberState:
        """Counts added, the smallest places of both kept."""
        faults = one.counts.keys() | other.counts.keys()
        return NhsNumberState(
            examined=one.examined + other.examined,
            without_value=one.without_value + other.without_value,
            counts={fault: one.counts.get(fault, 0) + other.counts.get(fault, 0) for fault in faults},
            places={
                fault: one.places.get(fault, Smallest()).merged(other.places.get(fault, Smallest())) for fault in faults
            },
        )

    def dump(self, state: NhsNumberState) -> Any:
        """Plain values, faults sorted by name."""
        return {
            "examined": state.examined,
            "without_value": state.without_value,
            "faults": {
                fault: {"count": state.counts[fault], "places": list(state.places[fault].items)}
                for fault in sorted(state.counts)
            },
        }

    def load(self, dumped: Any) -> NhsNumberState:
        """The state back."""
        faults = dumped["faults"]
        return NhsNumberState(
            examined=dumped["examined"],
            without_value=dumped["without_value"],
            counts={fault: found["count"] for fault, found in faults.items()},
            places={fault: Smallest(items=tuple(found["places"])) for fault, found in faults.items()},
        )

    def finish(self, state: NhsNumberState, params: NhsNumberParams) -> Iterator[Statement]:
        """How many were examined, and one finding for each fault. Nothing when there were none."""
        if not state.examined:
            return
        beside = f" ({state.without_value} more without a value)" if state.without_value else ""
        yield Examined(what=f"NHS numbers{beside}", count=state.examined)
        for fault, (message, expected, actual) in _SAID.items():
            if count := state.counts.get(fault, 0):
                places = tuple(state.places[fault].items)
                yield Finding(
                    message=message, expected=expected, actual=actual, place=places[0], count=count, examples=places
                )


NHS_NUMBER_VALID = NhsNumberValid()
