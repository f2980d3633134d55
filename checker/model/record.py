"""The result of one probe instance. Checks need records; resume counts records."""

from __future__ import annotations

from typing import Any

from checker.model.terms import Reason
from checker.model.value import Value, canonical


class Item(Value, frozen=True, kw_only=True):
    """A piece of evidence and the role it plays in its record."""

    role: str
    evidence: str


class Shortfall(Value, frozen=True, kw_only=True):
    """Why a record is not complete."""

    reason: Reason
    message: str


class Record(Value, frozen=True, kw_only=True):
    """(probe, version, parameters) → ordered evidence, and the records it led to.

    ``uses``: keys of records it needed. ``expanded``: keys of records that it fanned out to.
    Complete means that nothing that was asked for is missing: it says nothing about conformity.
    """

    key: str
    probe: str
    version: str
    params: dict[str, Any]
    items: tuple[Item, ...] = ()
    uses: tuple[str, ...] = ()
    expanded: tuple[str, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    fault: str = ""
    """Set when the probe itself broke: the checker's fault, never the supplier's."""
    superseded: int = 0
    """0 for the record that holds; n for one as it stood before the n-th resume, gathered again since.

    What was found in it stands: a resume completes a collection, it does not improve it.
    """
    notes: dict[str, Any] = {}
    """Small facts that the probe states about itself, e.g. ``{"pages": 3}``."""

    def __hash__(self) -> int:
        """Over the canonical bytes."""
        return hash(canonical(self))

    @property
    def complete(self) -> bool:
        """Did the probe get all that it asked for?"""
        return not self.shortfalls and not self.fault

    @property
    def closure(self) -> tuple[str, ...]:
        """Keys of the records that this one directly rests on or led to."""
        return (*self.uses, *self.expanded)
