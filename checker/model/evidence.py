"""Evidence: one frozen thing brought back, in one open envelope."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from checker.model.exchange import HttpExchange
from checker.model.terminology import TerminologyAnswer
from checker.model.terms import Reason
from checker.model.tls import TlsAnswer
from checker.model.value import Value, canonical, sha256

HTTP_EXCHANGE = "http-exchange"
RAW_EXCHANGE = "raw-exchange"
HANDSHAKE = "handshake"
SCAN_STATE = "scan-state"
ARTEFACT = "artefact"
TERMINOLOGY_ANSWER = "terminology-answer"
TLS_ANSWER = "tls-answer"


class Redaction(Value, frozen=True, kw_only=True):
    """Something that was taken out before writing: where it was and what it was called."""

    place: str
    name: str


class RawAttempt(Value, frozen=True, kw_only=True):
    """One raw connection: what was sent and the first record that came back.

    ``answer`` is one of ``server-hello``, ``alert``, ``closed``, ``reset``, ``timeout``,
    ``refused``, ``dns``, ``proxy``, ``garbage``, ``host-not-allowed``, ``budget``, ``stopped``.
    """

    sent: str
    """What was sent, in a word: ``tls1.1``, or ``tls1.1-reduced`` for the second try with fewer extensions."""
    answer: str
    alert: int | None = None
    """TLS alert number (RFC 8446 §6)."""
    version: int | None = None
    """Version number of the ServerHello, e.g. 0x0303."""
    cipher_suite: int | None = None
    first_bytes: bytes = b""
    """At most the first 64 bytes of the answer."""
    at: datetime
    elapsed_ms: int = 0


class RawExchange(Value, frozen=True, kw_only=True, tag="raw-exchange"):
    """Payload of ``raw-exchange``: raw attempts at one host and port."""

    host: str
    port: int
    attempts: tuple[RawAttempt, ...]


class CertificateFacts(Value, frozen=True, kw_only=True):
    """One certificate of a chain, as facts, beside its DER bytes."""

    der: bytes
    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    dns_names: tuple[str, ...] = ()
    ip_addresses: tuple[str, ...] = ()
    key_type: str = ""
    key_bits: int = 0
    signature_hash: str = ""
    is_ca: bool = False


class HandshakeAttempt(Value, frozen=True, kw_only=True):
    """One attempt at a full handshake with a normal client."""

    offered: tuple[str, ...]
    """Versions offered: ``TLSv1.2``, ``TLSv1.3``."""
    completed: bool
    version: str = ""
    cipher: str = ""
    verified: bool = False
    """Did the chain and the host name verify against the trust store of the run?"""
    trusted: bool | None = None
    """Does the chain lead to the trust store, dates, host name and key strength left aside? None in recordings
    that are older than the question, and where it could not be found out."""
    store_completes: bool = False
    """Does the path need an intermediate certificate that the trust store of the run holds and the server left off?"""
    problem: str = ""
    """Certificate: ``untrusted``, ``host-name``, ``expired``, ``not-yet-valid``, ``revoked``, ``weak``.
    TLS: ``alert``, ``protocol``, ``unsupported``. Connection: ``closed``, ``reset``, ``timeout``, ``refused``,
    ``dns``, ``proxy``. Ledger: ``host-not-allowed``, ``budget``, ``stopped``. "" when there is none."""
    detail: str = ""
    chain: tuple[CertificateFacts, ...] = ()
    at: datetime
    elapsed_ms: int = 0


class Handshake(Value, frozen=True, kw_only=True, tag="handshake"):
    """Payload of ``handshake``: all attempts, not one session."""

    host: str
    port: int
    attempts: tuple[HandshakeAttempt, ...]


class SourceFile(Value, frozen=True, kw_only=True):
    """A file of an artefact: path relative to its root, size and digest of the bytes on disk."""

    path: str
    size_bytes: int
    sha256: str


class Artefact(Value, frozen=True, kw_only=True, tag="artefact"):
    """Payload of ``artefact``: what a supplier submitted, by digest; ``facts`` by its probe."""

    artefact: str
    """The id in ``supplier.toml``."""
    role: str
    """Its kind: ``export``, ``audit-log``, …"""
    files: tuple[SourceFile, ...]
    facts: dict[str, Any] = {}

    def __hash__(self) -> int:
        """Over the canonical bytes, since ``facts`` is open."""
        return hash(canonical(self))


class ScanState(Value, frozen=True, kw_only=True, tag="scan-state"):
    """Payload of ``scan-state``: the merged state of one scan over one artefact."""

    scan: str
    version: str
    params: dict[str, Any]
    over: str
    artefact: str
    files: tuple[SourceFile, ...]
    resources: int
    """How many resources were read."""
    unreadable: int = 0
    unreadable_examples: tuple[str, ...] = ()
    state: Any = None
    fault: str = ""
    """Set when the scan itself broke: the checker's fault; then there is no state."""

    def __hash__(self) -> int:
        """Over the canonical bytes, since ``state`` is open."""
        return hash(canonical(self))


Payload = HttpExchange | RawExchange | Handshake | Artefact | ScanState | TerminologyAnswer | TlsAnswer

_KIND_OF = {
    HttpExchange: HTTP_EXCHANGE,
    RawExchange: RAW_EXCHANGE,
    Handshake: HANDSHAKE,
    Artefact: ARTEFACT,
    ScanState: SCAN_STATE,
    TerminologyAnswer: TERMINOLOGY_ANSWER,
    TlsAnswer: TLS_ANSWER,
}


class Evidence(Value, frozen=True, kw_only=True):
    """The envelope. ``payload`` stays raw JSON, so that a kind unknown here is kept and hashed.

    ``previous`` is the SHA-256 of the envelope before it: the chain of a recording.
    """

    id: str
    kind: str
    schema: int = 1
    ask: str
    """Key of the ask that brought it: how a replay finds it again."""
    captured_at: datetime
    sha256: str
    """Of the payload's bytes."""
    payload: msgspec.Raw
    blobs: tuple[str, ...] = ()
    """SHA-256 of each stored body that the payload names."""
    redactions: tuple[Redaction, ...] = ()
    withheld: Reason | None = None
    """Set when something that came back was not stored."""
    previous: str = ""

    def __eq__(self, other: object) -> bool:
        """Equal by canonical bytes."""
        return isinstance(other, Evidence) and canonical(self) == canonical(other)

    def __hash__(self) -> int:
        """By canonical bytes."""
        return hash(canonical(self))

    @property
    def link(self) -> str:
        """SHA-256 of this envelope: what the next one names as ``previous``."""
        return sha256(canonical(self))

    def read(self) -> Payload:
        """The typed payload. Raises ``msgspec.ValidationError`` for a kind unknown here."""
        payload: Payload = msgspec.json.decode(bytes(self.payload), type=Payload)
        return payload


def envelope(
    payload: Payload,
    *,
    number: int,
    ask: str,
    captured_at: datetime,
    previous: str,
    blobs: tuple[str, ...] = (),
    redactions: tuple[Redaction, ...] = (),
    withheld: Reason | None = None,
) -> Evidence:
    """Put a payload into its envelope; ``number`` counts the evidence of a recording from 1."""
    data = canonical(payload)
    return Evidence(
        id=f"e{number:06d}",
        kind=_KIND_OF[type(payload)],
        ask=ask,
        captured_at=captured_at,
        sha256=sha256(data),
        payload=msgspec.Raw(data),
        blobs=blobs,
        redactions=redactions,
        withheld=withheld,
        previous=previous,
    )
