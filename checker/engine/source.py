"""Where evidence comes from: the live outside (written to a ledger) or a recording (Replay).

Collecting again from a recording is the same probe code with ``Replay`` in place of the network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from checker.model.ask import Ask, Capture, Outside
from checker.model.evidence import Evidence, envelope


class Ledger(Protocol):
    """Where a collection writes. The journal is one."""

    def append(self, evidence: Evidence, blobs: dict[str, bytes]) -> None:
        """Write one piece of evidence and its bodies, for good."""

    def blob(self, sha256: str) -> bytes | None:
        """A stored body."""


class Source(Protocol):
    """Answers to asks."""

    async def obtain(self, ask: Ask) -> Evidence | None:
        """The evidence for an ask; None if it was never asked (replay only)."""

    async def ready(self, identity: str) -> None:
        """Make an identity usable."""

    async def wait(self, seconds: float) -> None:
        """Let the time pass that a server asked for."""

    def blob(self, sha256: str) -> bytes | None:
        """A stored body."""


class LiveSource:
    """The outside, every answer of which is put into an envelope, chained, and written at once."""

    def __init__(self, outside: Outside, ledger: Ledger, *, last: Evidence | None = None) -> None:
        self._outside = outside
        self._ledger = ledger
        self._number = int(last.id[1:]) if last else 0
        self._previous = last.link if last else ""
        self._tokens = 0

    def keep(self, ask_key: str, capture: Capture) -> Evidence:
        """Give a capture its number, its link in the chain, and its place in the ledger."""
        evidence = self.numbered(ask_key, capture)
        self._ledger.append(evidence, capture.blobs)
        return evidence

    def numbered(self, ask_key: str, capture: Capture) -> Evidence:
        """The next piece of evidence, still to be written."""
        self._number += 1
        evidence = envelope(
            capture.payload,
            number=self._number,
            ask=ask_key,
            captured_at=capture.captured_at,
            previous=self._previous,
            blobs=tuple(sorted(capture.blobs)),
            redactions=capture.redactions,
            withheld=capture.withheld,
        )
        self._previous = evidence.link
        return evidence

    async def obtain(self, ask: Ask) -> Evidence | None:
        """Do it, and write what came back."""
        return self.keep(ask.key, await self._outside.capture(ask))

    async def ready(self, identity: str) -> None:
        """Get a token if one is needed; each exchange is evidence, also of those that failed for the moment."""
        while (capture := await self._outside.ready(identity)) is not None:
            self._tokens += 1
            self.keep(f"token {identity} {self._number + 1}", capture)

    async def wait(self, seconds: float) -> None:
        """Wait outside."""
        await self._outside.wait(seconds)

    def blob(self, sha256: str) -> bytes | None:
        """From the ledger."""
        return self._ledger.blob(sha256)


class Replay:
    """A recording in place of the network: what was asked is answered, what was not is None."""

    def __init__(self, evidence: Iterable[Evidence], blob: Callable[[str], bytes | None]) -> None:
        self._by_ask = {item.ask: item for item in evidence}
        self._blob = blob

    async def obtain(self, ask: Ask) -> Evidence | None:
        """The evidence that this ask brought when it was recorded."""
        return self._by_ask.get(ask.key)

    async def ready(self, identity: str) -> None:
        """Nothing to do: tokens are not in a recording, and asks name identities only."""

    async def wait(self, seconds: float) -> None:
        """Nothing to wait for."""

    def blob(self, sha256: str) -> bytes | None:
        """From the recording."""
        return self._blob(sha256)
