"""What a check or a probe asks for: records, exchanges, scans.

A need's key is its probe and canonical parameters, so that requirements share instances.
"""

from __future__ import annotations

from typing import Any

from checker.model.terms import Safety
from checker.model.value import Params, Value, canonical, plain

ANY = "*"
"""In a planned need: a parameter that only discovery can fill."""


class Need(Value, frozen=True, kw_only=True):
    """One probe instance. ``optional``: may be left out of a plan that cannot contain it.

    An optional need that *is* planned counts like any other: its missing evidence forbids a pass.
    """

    probe: str
    params: Params
    optional: bool = False

    @property
    def key(self) -> str:
        """Stable text: ``probe`` and canonical parameters."""
        return f"{self.probe} {canonical(self.params).decode()}"

    def covers(self, other: Need) -> bool:
        """True if ``other`` is this need with the ``*`` parameters filled in."""
        if self.probe != other.probe:
            return False
        mine: dict[str, Any] = plain(self.params)
        theirs: dict[str, Any] = plain(other.params)
        return all(value == ANY or theirs.get(name) == value for name, value in mine.items())


class AtMost(Value, frozen=True, kw_only=True):
    """Fan-out: at most ``times`` instances like ``need`` (its unknown parameters are ``*``)."""

    need: Need
    times: int


class Selector(Value, frozen=True, kw_only=True):
    """Which exchanges a passive check looks at. An empty tuple means every value.

    ``statuses`` are HTTP status classes ("2xx") or codes ("404").
    """

    interactions: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()

    def selects_status(self, status: int) -> bool:
        """Does a response of this status count?"""
        if not self.statuses:
            return True
        return str(status) in self.statuses or f"{status // 100}xx" in self.statuses


class Every(Value, frozen=True, kw_only=True):
    """Every exchange of the recording that the selector takes, with its coverage.

    ``cover``: interaction kinds of which at least one must be examined. Each planned kind that
    the selector takes is added by the engine.
    """

    selector: Selector
    cover: tuple[str, ...] = ()


class ScanNeed(Value, frozen=True, kw_only=True):
    """The result of a scan over one source: ``exchanges`` or artefacts of one kind."""

    scan: str
    params: Params
    over: str = "export"

    @property
    def key(self) -> str:
        """Stable text: scan, source and canonical parameters."""
        return f"scan:{self.scan} {self.over} {canonical(self.params).decode()}"


class Budget(Value, frozen=True, kw_only=True):
    """The most that one probe instance may use, fan-out not counted."""

    requests: int = 0
    """HTTP requests, redirects and retries not counted."""
    handshakes: int = 0
    """Raw connections."""
    artefacts: int = 0
    wrong_tokens: int = 0
    """Among the requests: those to the interface with a credential that it must refuse."""
    wrong_proofs: int = 0
    """Among them: those to the authorisation server by a client that does not prove itself rightly."""

    def __add__(self, other: Budget) -> Budget:
        """The sum, field by field."""
        return Budget(
            requests=self.requests + other.requests,
            handshakes=self.handshakes + other.handshakes,
            artefacts=self.artefacts + other.artefacts,
            wrong_tokens=self.wrong_tokens + other.wrong_tokens,
            wrong_proofs=self.wrong_proofs + other.wrong_proofs,
        )

    def times(self, factor: int) -> Budget:
        """The budget of ``factor`` instances."""
        return Budget(
            requests=self.requests * factor,
            handshakes=self.handshakes * factor,
            artefacts=self.artefacts * factor,
            wrong_tokens=self.wrong_tokens * factor,
            wrong_proofs=self.wrong_proofs * factor,
        )


CheckNeed = Need | Every | ScanNeed
Use = Need | AtMost

__all__ = ["ANY", "AtMost", "Budget", "CheckNeed", "Every", "Need", "Safety", "ScanNeed", "Selector", "Use"]
