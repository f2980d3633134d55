"""The level of what a verdict rests on: asserted, structured, matched to an artefact, matched to a live probe.

Computed from the kinds of the evidence, never read from what a supplier says of itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from checker.model.evidence import (
    ARTEFACT,
    HANDSHAKE,
    HTTP_EXCHANGE,
    RAW_EXCHANGE,
    SCAN_STATE,
    TLS_ANSWER,
    Evidence,
)
from checker.model.pack import KIND, SECTION

STRUCTURED, MATCHED, LIVE = 1, 2, 3
_LIVE = frozenset({HTTP_EXCHANGE, RAW_EXCHANGE, HANDSHAKE, TLS_ANSWER})
_DECLARED = frozenset(
    {KIND, "register", "assurance", "vulnerability-report", "identity-configuration", "release-declaration"}
)
"""Kinds of artefacts in which a supplier states something, by a schema."""
_EXCHANGES = "exchanges"


class _Of(msgspec.Struct):
    """The little of a payload that the level depends on."""

    role: str = ""
    over: str = ""


def level_of(evidence: Evidence) -> int | None:
    """The level of one piece of evidence; None for what shows nothing of the supplier (codes)."""
    if evidence.kind in _LIVE:
        return LIVE
    if evidence.kind not in (ARTEFACT, SCAN_STATE):
        return None
    said = msgspec.json.decode(bytes(evidence.payload), type=_Of)
    if evidence.kind == SCAN_STATE:
        return LIVE if said.over == _EXCHANGES else MATCHED
    return STRUCTURED if said.role in _DECLARED or said.role.startswith(SECTION) else MATCHED


class Levels:
    """The levels of a recording's evidence, each looked at once."""

    def __init__(self, evidence: Callable[[str], Evidence | None]) -> None:
        self._evidence = evidence
        self._known: dict[str, int | None] = {}

    def highest(self, names: Iterable[str]) -> int | None:
        """The highest level among pieces of evidence; None where none has one."""
        found = [level for level in map(self._of, names) if level is not None]
        return max(found, default=None)

    def _of(self, name: str) -> int | None:
        if name not in self._known:
            found = self._evidence(name)
            self._known[name] = None if found is None else level_of(found)
        return self._known[name]
