"""The safety tests of an evidence pack: a report in the form of JUnit XML."""

from __future__ import annotations

from checker.checks.assured import Given
from checker.checks.pack.given import file
from checker.model.terms import Reason
from checker.model.verdict import Undecided
from checker.model.view import EvidenceView

TESTS = "safety-tests"


def tests(ev: EvidenceView) -> Given | Undecided:
    """Cases and properties of the report on safety tests, or why there are none."""
    found = file(ev, TESTS, "pack-junit")
    if isinstance(found, Undecided):
        return found
    if found.facts["unread"]:
        return found.undecided(
            f"the report on safety tests cannot be read: {found.facts['unread']}", Reason.PREREQUISITE
        )
    if not found.facts["cases"]:
        return found.undecided("the report on safety tests holds no case")
    return found
