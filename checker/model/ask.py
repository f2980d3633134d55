"""What a session asks of the outside, and what comes back before it becomes evidence.

There are two outsides: the network and the files (``probes``), and a recording (``Replay``). An
ask's key is how a recording finds the answer again, so it holds nothing that differs from one
run to the next.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from checker.model.evidence import Payload, Redaction
from checker.model.exchange import Intent, Request
from checker.model.terminology import CodeQuestion
from checker.model.terms import Reason
from checker.model.tls import Hello
from checker.model.value import Value, canonical, digest, plain


class HttpAsk(Value, frozen=True, kw_only=True, tag="http"):
    """One attempt at one request. ``scope`` is "" when the exchange is shared by the whole run."""

    request: Request
    interaction: str
    intent: Intent = Intent.NORMAL
    view: str = "fhir"
    scope: str = ""
    attempt: int = 1
    same_slot: bool = False
    """Follows its control at once, without waiting for the limiter."""
    renewed: bool = False
    """Asked again since the token of the same ask had ended."""

    @property
    def key(self) -> str:
        """Scope, request and attempt."""
        again = " renewed" if self.renewed else ""
        return f"http {self.scope} {self.request.key} {self.attempt}{again}"


class HandshakeAsk(Value, frozen=True, kw_only=True, tag="handshake"):
    """Full handshakes with a normal client, one for each offer of version names."""

    host: str
    port: int
    offers: tuple[tuple[str, ...], ...]
    scope: str = ""

    @property
    def key(self) -> str:
        """Host, port and offers."""
        return f"handshake {canonical(self).decode()}"


class HelloAsk(Value, frozen=True, kw_only=True, tag="hello"):
    """Raw ClientHellos: ``tls1.0``, ``tls1.1``, ``tls1.2``; one connection each."""

    host: str
    port: int
    names: tuple[str, ...]
    scope: str = ""

    @property
    def key(self) -> str:
        """Host, port and names."""
        return f"hello {canonical(self).decode()}"


class TlsAsk(Value, frozen=True, kw_only=True, tag="tls"):
    """One ClientHello as described, on a connection of its own."""

    host: str
    port: int
    hello: Hello
    scope: str = ""
    address: str = ""
    """Which of the addresses of the host; "" for the one that the run settled on."""

    @property
    def key(self) -> str:
        """Host, port and the whole description; the address where there is one."""
        said = {name: value for name, value in plain(self).items() if value or name != "address"}
        return f"tls {canonical(said).decode()}"


SCAN = "scan:"
"""``ArtefactAsk.extract`` of a scan over the resources of the artefact: this and the scan's id."""


class ArtefactAsk(Value, frozen=True, kw_only=True, tag="artefact"):
    """One artefact: its digests, and what the named reader extracts."""

    artefact: str
    extract: str
    wanted: tuple[str, ...] = ()
    look: int = 1
    """A log may be written late: the number of the look at it."""

    @property
    def key(self) -> str:
        """Artefact, reader, what it looks for, and which look it is."""
        return f"artefact {canonical(self).decode()}"


class TerminologyAsk(Value, frozen=True, kw_only=True, tag="terminology"):
    """Questions about codes to a terminology server, which is not the supplier's system. Sorted by ``sort_key``."""

    server: str
    """Its FHIR base URL."""
    questions: tuple[CodeQuestion, ...]

    @property
    def key(self) -> str:
        """Server, and the digest of the questions."""
        return f"terminology {self.server} {digest(self.questions)}"


Ask = HttpAsk | HandshakeAsk | HelloAsk | TlsAsk | ArtefactAsk | TerminologyAsk


class Capture(Value, frozen=True, kw_only=True):
    """What came back, redacted and ready to be written. Never raised: a failure is a payload."""

    payload: Payload
    captured_at: datetime
    blobs: dict[str, bytes] = {}
    """SHA-256 → bytes to store."""
    redactions: tuple[Redaction, ...] = ()
    withheld: Reason | None = None

    def __hash__(self) -> int:
        """By payload and time."""
        return hash((self.payload, self.captured_at))


class Outside(Protocol):
    """Where answers come from while collecting."""

    async def capture(self, ask: Ask) -> Capture:
        """Do it once: no retry, no redirect. Failures come back as payloads, not exceptions."""

    async def ready(self, identity: str) -> Capture | None:
        """Make that identity usable. A capture when a token was asked for (also if refused), else None.

        Call it until there is nothing left to do: what failed for the moment is then tried again, so often at most.
        After a refusal, ``capture`` answers every request of that identity with a failure
        (reason ``auth``, cause ``credential``) and sends nothing.
        """

    async def wait(self, seconds: float) -> None:
        """Wait, as a server asked (Retry-After)."""
