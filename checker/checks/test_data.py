"""Test systems hold invented people: is every NHS number one that is never given to a person?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import msgspec

from checker.checks.alike_nodes import ALIKE_IDENTIFIERS
from checker.checks.nhs_number import NHS_NUMBER_SYSTEM, is_nhs_number, none_of_others, number_of
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.model.registry import condition
from checker.model.scan import Fold, Look, Party, Seen
from checker.model.supplier import DEMONSTRATION, Supplier
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement
from checker.model.view import EvidenceView

NEVER_ISSUED = ("9000000000", "9999999999")
_MAY_BE_ISSUED = "may-be-issued"
_NEVER_ISSUED = "never-issued"
_DECLARED = "declared"
_TEST = frozenset({"test", DEMONSTRATION})
_LIVE = frozenset({"live", "production"})


@condition("supplier.is-test-system", needs=lambda p, settings: (), claim=True)
def is_test_system(ev: EvidenceView, p: NoParams) -> bool | None:
    """The supplier file declares the environment as ``test`` or ``demonstration``.

    ``live`` and ``production`` say that it is none; of any other name, and of none, nobody knows.
    """
    environment = ev.supplier.environment.strip().lower()
    if environment in _TEST:
        return True
    return False if environment in _LIVE else None


@condition("supplier.is-live-system", needs=lambda p, settings: (), claim=True)
def is_live_system(ev: EvidenceView, p: NoParams) -> bool | None:
    """The supplier file declares the environment as ``live`` or ``production``.

    ``test`` and ``demonstration`` say that it is none; of any other name, and of none, nobody knows.
    """
    test = is_test_system.applies(ev, p)
    return None if test is None else not test


class SyntheticParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``system``: the identifier system of NHS numbers.

    ``declared``: ranges that the supplier file declares synthetic (``test_number_ranges``), first
    and last number of each; filled in by the plan.
    """

    system: str = NHS_NUMBER_SYSTEM
    declared: tuple[tuple[str, str], ...] = ()


class NumbersSynthetic(TalliedScan[SyntheticParams], Fold[SyntheticParams, Tallied]):
    """In a test system every NHS number is one that is never given to a person.

    That is the block from 9000000000 to 9999999999, and whatever range the supplier file
    declares. Looked at is each ``identifier`` under the system, in any resource and at any depth,
    separators set aside. The check digit is not asked for: a living person's number with a slip of
    the pen still points at a living person. A value that is not ten digits is left to
    nhs-number.valid. No number is kept or shown.

    Good: ``9990000018`` in a test system. Bad: a number that begins with 4.
    """

    id: ClassVar[str] = "nhs-number.synthetic"
    params_type: ClassVar[type[Params]] = SyntheticParams
    looks: ClassVar[tuple[Look, ...]] = (Look(element="identifier"),)
    taken_with: ClassVar[Party | None] = ALIKE_IDENTIFIERS
    foretells = staticmethod(none_of_others)
    source: ClassVar[str] = "docs/policy.md#test-systems-hold-invented-people"

    def bound(self, params: SyntheticParams, supplier: Supplier) -> SyntheticParams:
        """With the ranges of the supplier file."""
        ranges = ((number_of(first), number_of(last)) for first, last in supplier.authority.test_number_ranges)
        return msgspec.structs.replace(params, declared=tuple(sorted((a, b) for a, b in ranges if a and b)))

    def step(self, state: Tallied, seen: Seen, params: SyntheticParams) -> Tallied:
        """Examine one identifier."""
        number = number_of(seen.node["value"]) if is_nhs_number(seen.node, params.system) else ""
        if not number:
            return state
        state.count()
        if NEVER_ISSUED[0] <= number <= NEVER_ISSUED[1]:
            return state
        if any(first <= number <= last for first, last in params.declared):
            state.count(_DECLARED)
        else:
            state.fault(_MAY_BE_ISSUED, seen.place)
        return state

    def finish(self, state: Tallied, params: SyntheticParams) -> Iterator[Statement]:
        """How many were examined, how many of them lie in a declared range, and the finding."""
        if not state.examined:
            return
        declared = state.counts.get(_DECLARED, 0)
        beside = f" ({declared} in ranges that the supplier file declares synthetic)" if declared else ""
        yield Examined(what=f"NHS numbers of a test system{beside}", count=state.examined)
        yield from findings(
            state,
            {
                _MAY_BE_ISSUED: Said(
                    "A test system holds an NHS number that may belong to a living person",
                    f"numbers from {NEVER_ISSUED[0]} to {NEVER_ISSUED[1]}, or in a range that the supplier declares",
                    "a number outside of them",
                )
            },
        )


class NumbersOfPeople(TalliedScan[SyntheticParams], Fold[SyntheticParams, Tallied]):
    """In a live system no NHS number is one that is never given to a person, but for those that are declared.

    Looked at is what nhs-number.synthetic looks at. Test patients in a live system are counted, invited and paid
    for. Whoever keeps some on purpose declares their range in the supplier file (``test-number-ranges``).

    Good: numbers of people. Bad: ``9990000018`` in a live system.
    """

    id: ClassVar[str] = "nhs-number.of-people"
    params_type: ClassVar[type[Params]] = SyntheticParams
    looks: ClassVar[tuple[Look, ...]] = (Look(element="identifier"),)
    taken_with: ClassVar[Party | None] = ALIKE_IDENTIFIERS
    foretells = staticmethod(none_of_others)
    source: ClassVar[str] = "docs/policy.md#live-systems-hold-no-test-patients"

    def bound(self, params: SyntheticParams, supplier: Supplier) -> SyntheticParams:
        """With the ranges of the supplier file."""
        return NUMBERS_SYNTHETIC.bound(params, supplier)

    def step(self, state: Tallied, seen: Seen, params: SyntheticParams) -> Tallied:
        """Examine one identifier."""
        number = number_of(seen.node["value"]) if is_nhs_number(seen.node, params.system) else ""
        if not number:
            return state
        state.count()
        if NEVER_ISSUED[0] <= number <= NEVER_ISSUED[1]:
            if any(first <= number <= last for first, last in params.declared):
                state.count(_DECLARED)
            else:
                state.fault(_NEVER_ISSUED, seen.place)
        return state

    def finish(self, state: Tallied, params: SyntheticParams) -> Iterator[Statement]:
        """How many were examined, how many of them are declared test patients, and the finding."""
        if not state.examined:
            return
        declared = state.counts.get(_DECLARED, 0)
        beside = f" ({declared} of them declared test patients)" if declared else ""
        yield Examined(what=f"NHS numbers of a live system{beside}", count=state.examined)
        yield from findings(
            state,
            {
                _NEVER_ISSUED: Said(
                    "A live system holds an NHS number that is never given to a person",
                    "numbers of people, or test patients whose range the supplier file declares",
                    f"a number from {NEVER_ISSUED[0]} to {NEVER_ISSUED[1]}",
                )
            },
        )


NUMBERS_SYNTHETIC = NumbersSynthetic()
NUMBERS_OF_PEOPLE = NumbersOfPeople()
