"""Ranges of ten-digit numbers that share the check digit of the NHS number, and whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from checker.checks.alike_nodes import ALIKE_IDENTIFIERS
from checker.checks.nhs_number import NHS_NUMBER_SYSTEM, is_nhs_number, none_of_others, number_of
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.model.scan import Fold, Look, Party, Seen
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Statement, Undecided


class Range(NamedTuple):
    """First and last number, whose they are, and who says so."""

    first: str
    last: str
    whose: str
    note: str


ENGLAND, SCOTLAND, NORTHERN_IRELAND, NOBODY = "england", "scotland", "northern-ireland", "nobody"
_LISTS = "public lists of the ranges, and the open library nhs-number"
RANGES = (
    Range("0101000000", "3112999999", SCOTLAND, f"CHI numbers begin with a date of birth (DDMMYY); {_LISTS}"),
    Range("3200000000", "3999999999", NORTHERN_IRELAND, f"Health and Care numbers; {_LISTS}"),
    Range("4000000000", "4999999999", ENGLAND, f"NHS numbers of England, Wales and the Isle of Man; {_LISTS}"),
    Range("6000000000", "7999999999", ENGLAND, f"NHS numbers of England, Wales and the Isle of Man; {_LISTS}"),
    Range("9000000000", "9999999999", NOBODY, f"never issued, for tests; {_LISTS}"),
)
"""What lies in none of them is not known to be issued: the lists differ at the edges."""
_SAID = {
    SCOTLAND: Said(
        "A number in the range of CHI numbers stands under the system of NHS numbers",
        "the system of Scotland's numbers",
        "the system of NHS numbers",
    ),
    NORTHERN_IRELAND: Said(
        "A number in the range of Health and Care numbers stands under the system of NHS numbers",
        "https://fhir.nhs.uk/Id/hsc-number",
        "the system of NHS numbers",
    ),
}
_UNKNOWN = "unknown range"


def whose(number: str) -> str:
    """Whose range a ten-digit number lies in; "" when no list says.

    >>> whose("9990000018"), whose("0101700003"), whose("3200000010"), whose("5990000013")
    ('nobody', 'scotland', 'northern-ireland', '')
    """
    return next((one.whose for one in RANGES if one.first <= number <= one.last), "")


class NationParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``system``: the identifier system of NHS numbers."""

    system: str = NHS_NUMBER_SYSTEM


class NumberRanges(TalliedScan[NationParams], Fold[NationParams, Tallied]):
    """What stands under the system of NHS numbers is in a range of NHS numbers.

    Looked at is each ``identifier`` under the system with ten digits, at any depth. A number in the range of CHI
    (Scotland) or Health and Care numbers (Northern Ireland) belongs under a system of its own. One in a range that no
    list knows leaves the row open: the lists differ at the edges, and new ranges are given out. Numbers for tests
    (9000000000 and up) are in order. No number is kept or shown.

    Good: ``9990000018``. Bad: a number that begins with 0 to 3.
    """

    id: ClassVar[str] = "nhs-number.in-its-range"
    params_type: ClassVar[type[Params]] = NationParams
    looks: ClassVar[tuple[Look, ...]] = (Look(element="identifier"),)
    taken_with: ClassVar[Party | None] = ALIKE_IDENTIFIERS
    foretells = staticmethod(none_of_others)
    source: ClassVar[str] = "https://www.datadictionary.nhs.uk/attributes/nhs_number.html"

    def step(self, state: Tallied, seen: Seen, params: NationParams) -> Tallied:
        """Examine one identifier."""
        number = number_of(seen.node["value"]) if is_nhs_number(seen.node, params.system) else ""
        if not number:
            return state
        found = whose(number)
        if not found:
            state.count(_UNKNOWN)
            return state
        state.count()
        if found in _SAID:
            state.fault(found, seen.place)
        return state

    def finish(self, state: Tallied, params: NationParams) -> Iterator[Statement]:
        """How many were examined, how many no list knows, and one finding for each fault."""
        if state.examined:
            yield Examined(what="NHS numbers in known ranges", count=state.examined)
        if unknown := state.counts.get(_UNKNOWN, 0):
            message = f"{unknown} NHS numbers lie in ranges that no public list says to be issued"
            yield Undecided(reason=Reason.NO_DATA, message=message)
        yield from findings(state, _SAID)


NUMBER_RANGES = NumberRanges()
