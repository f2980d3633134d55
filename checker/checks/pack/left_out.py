"""A part of a section that may be left out: what does not fit its schema is not the same as what is not there."""

from __future__ import annotations

from typing import Any

from checker.checks.pack.given import part
from checker.model.terms import Reason
from checker.model.verdict import Undecided
from checker.model.view import EvidenceView


def if_said(ev: EvidenceView, section: str, key: str, without: Any) -> Any | Undecided:
    """What a section says there, or ``without`` where it says nothing; Undecided where that cannot be read."""
    found = part(ev, section, key)
    if isinstance(found, Undecided):
        return without if found.reason is Reason.NO_DATA else found
    return found.facts
