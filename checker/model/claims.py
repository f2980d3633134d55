"""Claim × observed: what a server says that it can, and what was seen of it. Words and ids alone, no record."""

from __future__ import annotations

from enum import StrEnum

from checker.model.value import Value


class Seen(StrEnum):
    """What was seen of one claim."""

    WORKS = "works"
    IGNORED = "ignored"
    """Answered as if it had not been asked for: a search parameter that filters nothing."""
    REFUSED = "refused"
    """Answered with a 4xx that may have a good reason: criteria that are wanted besides, a value not taken."""
    MISSING = "missing"
    """Answered as what is not there: 404, 405, 410, 501, or 5xx."""
    UNCLEAR = "unclear"
    """No answer, no access, or one that says neither."""
    UNTRIED = "untried"
    """Not asked: nothing to ask with, or it is not safe to ask."""


class Claim(Value, frozen=True, kw_only=True, order=True):
    """One thing that a server may claim of a resource type.

    ``kind``: ``interaction``, ``search-parameter``, ``include`` or ``operation``; ``name``: its code or name.
    """

    type: str
    kind: str
    name: str
    claimed: bool
    seen: Seen
    evidence: tuple[str, ...] = ()
    """Ids of the exchanges that show it."""
    why: str = ""
    """A few words where it is not plain: the status, or what there was nothing of."""


class ClaimsNote(Value, frozen=True, kw_only=True):
    """The matrix. Claims in order of type (those that care needs most first), kind and name."""

    claims: tuple[Claim, ...]
    left_out: tuple[str, ...] = ()
    """Types and parameters that there was no room for in the plan."""
