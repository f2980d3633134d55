"""Which faults the product finds today, by requirement. A new check adds a row; that is all that is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tests.bench.exports.kinds import KINDS
from tests.bench.exports.strict import ID as STRICT

Counted = Literal["each", "some", "around"]
"""``each``: the counts of the findings add up to the number of faults. ``some``: a fault may be counted more than
once; then the verdict and the places shown are compared, and not the number. ``around``: the findings are at whatever
refers to a faulty resource; then the verdict alone is compared."""


@dataclass(frozen=True, slots=True)
class Covered:
    """``kinds``: the faults that the check of the requirement has to find, no more and no less."""

    kinds: frozenset[str]
    counted: Counted = "each"
    absences: bool = False
    """Are its findings absences? Then nothing is found when a part of the export could not be read."""
    besides: frozenset[str] = frozenset()
    """Kinds, and decoys, that are about another requirement, and break this one too at each of their places."""


def _all_of(
    requirement: str,
    *,
    later: tuple[str, ...] = (),
    more: tuple[str, ...] = (),
    counted: Counted = "each",
    absences: bool = False,
    besides: tuple[str, ...] = (),
) -> Covered:
    """All kinds that break a requirement, but for those that its check does not look for yet.

    ``more``: kinds that break another one, and this one too at some of their places. ``besides``: at all of them.
    """
    kinds = {name for name, kind in KINDS.items() if requirement in kind.breaks and not kind.decoy}
    if wrong := set(later) - kinds:
        raise ValueError(f"{requirement} is not broken by {', '.join(sorted(wrong))}.")
    return Covered(frozenset(kinds - set(later) | set(more)), counted, absences, frozenset(besides))


COVERED: dict[str, Covered] = {
    "DH-NHSNO-01": _all_of("DH-NHSNO-01"),
    "DH-NHSNO-02": _all_of("DH-NHSNO-02"),
    "DH-NHSNO-10": _all_of("DH-NHSNO-10"),
    "DH-DQ-06": _all_of("DH-DQ-06"),
    "DH-DQ-08": _all_of("DH-DQ-08", later=("copied-resource",)),
    "DH-DQ-10": _all_of("DH-DQ-10", absences=True),
    "DH-LEAK-03": _all_of("DH-LEAK-03", later=("number-in-file-name",)),
    "DH-TEST-01": _all_of("DH-TEST-01"),
    "DH-ANON-01": _all_of("DH-ANON-01", more=("own-name-in-text",)),
    "DH-ANON-02": _all_of("DH-ANON-02", more=("birth-date-kept", "postcode-kept")),
    "DH-ANON-07": _all_of("DH-ANON-07"),
    "DH-ANON-08": _all_of("DH-ANON-08"),
    "DH-ANON-09": _all_of("DH-ANON-09"),
    "DH-ANON-12": _all_of("DH-ANON-12"),
    "DH-ANON-13": _all_of("DH-ANON-13"),
    "DH-OPT-04": _all_of("DH-OPT-04"),
    "DH-OPT-06": _all_of("DH-OPT-06"),
    "DH-LEAK-07": _all_of("DH-LEAK-07"),
    "DH-LEAK-08": _all_of("DH-LEAK-08", later=("unreadable-letter",)),  # an image is unscanned, and no finding
    "DH-RET-02": _all_of("DH-RET-02"),
    "DH-GDPR-02": _all_of("DH-GDPR-02", counted="some"),  # counted by element, and not by resource
    "UKCORE-GEN-002": _all_of("UKCORE-GEN-002", counted="some"),
    "UKCORE-BUN-001": Covered(_all_of("UKCORE-GEN-002").kinds, counted="around"),
}
_NUMBERS = ("wrong-check-digit", "nine-digits", "letters-in-number", "spaced-number", "hyphenated-number")
_STRICT: dict[str, Covered] = {
    "DH-DQ-02": _all_of(
        "DH-DQ-02",
        besides=(
            *("old-system", "masked-number", "untraced-without-number", "status-present-without-number"),
            "absent-birth-date-with-reason",
        ),
    ),
    "DH-DQ-03": _all_of("DH-DQ-03", besides=(*_NUMBERS, "number-as-number", "invalid-gender", "date-as-people-write")),
    "DH-DQ-04": _all_of("DH-DQ-04", later=("placeholder-name", "placeholder-note")),
    "DH-DQ-07": _all_of("DH-DQ-07", besides=("shared-nhs-number",), counted="some"),
}
"""What else is found when fields may lack nothing: see :mod:`tests.bench.exports.strict`."""


def covered_by(profile: str) -> dict[str, Covered]:
    """The table for a report on the profile of that id. Shares of fields say nothing of one fault, unless all count."""
    return COVERED | _STRICT if profile == STRICT else COVERED
