"""One HTTP exchange as it was: what was asked, what came back, or why nothing did."""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import urljoin

from checker.model.terms import Reason
from checker.model.value import Value, canonical, sha256

Headers = tuple[tuple[str, str], ...]

LEFT_OUT = "(left out)"
"""The value of a header that a probe wants not to be sent, though every other request has it."""

_NOT_SEMANTIC = frozenset({"x-request-id", "user-agent", "host", "connection", "content-length", "accept-encoding"})


class Intent(StrEnum):
    """Why a request was sent."""

    NORMAL = "normal"
    CONTROL = "control"
    """Proves that the mutant beside it could have gone the other way."""
    MUTANT = "mutant"
    """Deliberately different from its control in one respect."""


class Request(Value, frozen=True, kw_only=True):
    """A request, with credentials by reference: no secret is ever part of it.

    ``identity`` names an identity of the supplier ("" is nobody); ``alteration`` names what was
    done to its credential, e.g. ``signature-altered`` (see ``probes/alterations.py``).
    """

    url: str
    method: str = "GET"
    headers: Headers = ()
    body: bytes = b""
    identity: str = "default"
    alteration: str = ""

    def header(self, name: str) -> str | None:
        """The first header of that name, letter case ignored."""
        return first_header(self.headers, name)

    @property
    def key(self) -> str:
        """Digest of what makes two requests the same: method, URL, semantic headers, body, who asks."""
        named = [(n.lower(), v) for n, v in self.headers if n.lower() not in _NOT_SEMANTIC]
        semantic = sorted(named, key=lambda pair: pair[0])  # values of one header keep their order: it says something
        parts = (self.method.upper(), self.url, semantic, self.body, self.identity, self.alteration)
        return sha256(canonical(parts))


RESPECTS = ("method", "url", "headers", "body", "identity", "alteration")
"""The respects in which two requests can differ."""


def differences(one: Request, other: Request) -> tuple[str, ...]:
    """In which respects two requests differ. A header counts as ``headers:<name>``."""
    found: list[str] = []
    for respect in RESPECTS:
        if respect == "headers":
            mine, theirs = _semantic(one), _semantic(other)
            found += [f"headers:{n}" for n in sorted(mine.keys() | theirs.keys()) if mine.get(n) != theirs.get(n)]
        elif getattr(one, respect) != getattr(other, respect):
            found.append(respect)
    return tuple(found)


def _semantic(request: Request) -> dict[str, tuple[str, ...]]:
    values: dict[str, tuple[str, ...]] = {}
    for name, value in request.headers:
        lower = name.lower()
        if lower not in _NOT_SEMANTIC:
            values[lower] = (*values.get(lower, ()), value)
    return values


def first_header(headers: Headers, name: str) -> str | None:
    """The first value of that header, letter case of the name ignored."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


class Wire(Value, frozen=True, kw_only=True):
    """Facts of the wire that redaction must not touch. Sizes in bytes."""

    http_version: str = "HTTP/1.1"
    encoded_bytes: int = 0
    """Body size as received."""
    decoded_bytes: int = 0
    """Body size after Content-Encoding was undone."""
    content_encoding: str = ""
    truncated: bool = False
    """The body was cut at the limit."""


class Response(Value, frozen=True, kw_only=True):
    """A response. ``body`` is the SHA-256 of the stored bytes ("" when nothing is stored)."""

    status: int
    headers: Headers = ()
    body: str = ""
    wire: Wire = Wire()

    def header(self, name: str) -> str | None:
        """The first header of that name, letter case ignored."""
        return first_header(self.headers, name)

    def values(self, name: str) -> tuple[str, ...]:
        """All values of that header, in order."""
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == wanted)


NO_CONNECTION = frozenset({"refused", "connect-timeout"})
"""Causes of failures of which nobody knows who said no: the host, or a firewall on the way."""


class Failure(Value, frozen=True, kw_only=True):
    """Why there is no response, or none that can be judged. ``cause`` is a stable word.

    Causes: ``dns``, ``refused``, ``connect-timeout``, ``tls``, ``read-timeout``, ``deadline``,
    ``closed``, ``protocol``, ``proxy``, ``host-not-allowed``, ``budget``, ``stopped``,
    ``credential``, ``live-data``, ``body-limit``, ``redirects``, ``not-recorded``; ``given-up`` after
    several failed connections in a row.
    """

    reason: Reason
    cause: str
    message: str


class TokenFacts(Value, frozen=True, kw_only=True):
    """What the sender derived from a credential that is not stored."""

    form: str
    """``jwt`` or ``opaque``."""
    algorithm: str = ""
    key_id: str = ""
    audience: tuple[str, ...] = ()
    issuer: str = ""
    lifetime_s: int | None = None
    scope: str = ""
    ends: int | None = None
    """When it ends by its own word (``exp``), in seconds since 1970."""
    bound_to: str = ""
    """The thumbprint of the certificate that it is bound to, by its own word (``cnf``, RFC 8705 section 3.1)."""
    told_of: tuple[str, ...] = ()
    """Names of claims that tell of a person: where one lives, when one was born, an NHS number. Never their values."""
    key_fetched: int = 0
    """How often somebody came to the address that its header names for its key (an alteration of this tool)."""


class OwnConnection(Value, frozen=True, kw_only=True):
    """What TLS showed on a connection that was made for one exchange alone."""

    version: str = ""
    """``TLSv1.3``; "" where no handshake was completed."""
    asked: bool | None = None
    """Did the server ask for a client certificate (RFC 8446 section 4.3.2)? None: this TLS library does not tell."""
    certificate: str = ""
    """SHA-256 of the client certificate that was there to be shown; "" where there was none."""
    alert: str = ""
    """The fatal alert by which the server ended it, in words (RFC 8446 section 6.2): ``certificate required``."""
    tickets: int | None = None
    """How many session tickets of TLS 1.3 came (RFC 8446 section 4.6.1). None: this TLS library does not tell."""
    early_data: int = 0
    """The most bytes of early data that one of them allows (section 4.2.10); 0: none does."""


class HttpExchange(Value, frozen=True, kw_only=True, tag="http-exchange"):
    """Payload of the evidence kind ``http-exchange``."""

    request: Request
    interaction: str
    """``capabilities``, ``read``, ``vread``, ``search``, ``page``, ``token``, …"""
    intent: Intent = Intent.NORMAL
    view: str = "fhir"
    """Which face of the supplier was asked: ``fhir``, ``oauth``, ``web``; ``aside``: FHIR, but no record as it is."""
    ours: bool = True
    """Sent by this tool, as against imported from a capture."""
    scope: str = ""
    """"" for a shared exchange; for a private one the record and role that own it."""
    request_id: str = ""
    """The X-Request-ID that was sent."""
    attempt: int = 1
    response: Response | None = None
    failure: Failure | None = None
    credential: TokenFacts | None = None
    token: TokenFacts | None = None
    """Facts of a token that the response carried (view ``oauth``)."""
    elapsed_ms: int = 0
    expired: bool = False
    """Refused (401) since the token had ended, and not for what was asked: it is asked again with a new one."""
    connection: OwnConnection | None = None
    """Where it had a connection of its own. One that the server ended by an alert has neither response nor failure."""


def joined(base: str, reference: str) -> str:
    """The URL that a reference means (RFC 3986 section 5); one that is no URL stays as it is written."""
    try:
        return urljoin(base, reference)
    except ValueError:
        return reference
