"""Which faults the product finds today, by requirement. A new check adds a row; that is all that is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tests.bench.exports.kinds import KINDS

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


def _all_of(
    requirement: str, *, later: tuple[str, ...] = (), counted: Counted = "each", absences: bool = False
) -> Covered:
    """All kinds that break a requirement, but for those that its check does not look for yet."""
    kinds = {name for name, kind in KINDS.items() if requirement in kind.breaks and not kind.decoy}
    if wrong := set(later) - kinds:
        raise ValueError(f"{requirement} is not broken by {', '.join(sorted(wrong))}.")
    return Covered(frozenset(kinds - set(later)), counted, absences)


COVERED: dict[str, Covered] = {
    "DH-NHSNO-01": _all_of("DH-NHSNO-01"),
    "DH-NHSNO-02": _all_of("DH-NHSNO-02"),
    "DH-NHSNO-10": _all_of("DH-NHSNO-10"),
    "DH-DQ-06": _all_of("DH-DQ-06", later=("event-in-future", "event-before-birth", "event-after-death")),
    "DH-DQ-08": _all_of("DH-DQ-08", later=("same-resource-twice", "copied-resource", "id-twice")),
    "DH-DQ-10": _all_of("DH-DQ-10", absences=True),
    "DH-LEAK-03": _all_of("DH-LEAK-03", later=("number-in-file-name",)),
    "DH-TEST-01": _all_of("DH-TEST-01"),
    "UKCORE-GEN-002": _all_of("UKCORE-GEN-002", counted="some"),
    "UKCORE-BUN-001": Covered(_all_of("UKCORE-GEN-002").kinds, counted="around"),
}
