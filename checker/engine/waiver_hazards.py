"""The hazards that a waiver can be linked to: those of the hazard log of the evidence pack."""

from __future__ import annotations

from checker.checks.pack.hazards import key, log, retired
from checker.model.verdict import Undecided
from checker.model.view import EvidenceView


def hazards_in_force(view: EvidenceView) -> frozenset[str] | None:
    """The ids of the hazards that still are some, without case; None where no hazard log was read.

    The log is read where a requirement of the profile rests on it.
    """
    found = log(view)
    if isinstance(found, Undecided):
        return None
    return frozenset(key(row["id"]) for row in found.facts if row["id"] and not retired(row))
