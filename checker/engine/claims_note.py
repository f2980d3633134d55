"""Claim × observed for the report: from the record that the rows on claims rest on, nothing new."""

from __future__ import annotations

from checker.checks.claims import claims_need, claims_of
from checker.engine.evidence_view import JudgingView
from checker.model.asked import Claims
from checker.model.claims import ClaimsNote
from checker.model.registry import read_params
from checker.model.requirement import Profile

_FAMILY = "claims."


def claims_note(view: JudgingView, profile: Profile) -> ClaimsNote | None:
    """The matrix, or None where the profile does not ask for it or nothing was seen."""
    used = [row.check for row in profile.requirements if row.check is not None and row.check.check.startswith(_FAMILY)]
    if not used:
        return None
    asked = read_params(Claims, used[0].params)
    claims = claims_of(view, asked)
    if not claims:
        return None
    left = view.record(claims_need(asked)).record.notes.get("left-out", [])
    return ClaimsNote(claims=claims, left_out=tuple(map(str, left)) if isinstance(left, list) else ())
