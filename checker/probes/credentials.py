"""Which credential a request carries, and where it may go."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from checker.model.asked import IN_QUERY
from checker.model.clock import Clock
from checker.model.exchange import Failure, Headers, Request, TokenFacts
from checker.model.terms import Reason
from checker.probes.addresses import origin
from checker.probes.alterations import GARBAGE, alter
from checker.probes.identity import API_KEY, BEARER, CLIENT_CERTIFICATE, NOBODY, Identity
from checker.probes.secrets import KnownSecrets
from checker.probes.tokens import Token, token_ends, token_facts
from checker.probes.trust import ClientCertificate

SPARE_S = 30.0
"""A token with less life than this is replaced: it must outlive the request."""
DEFAULT = "default"


@dataclass(frozen=True)
class Credential:
    """What is added to one request. Empty for nobody, and for an origin that is none of its business."""

    headers: Headers = ()
    facts: TokenFacts | None = None
    certificate: ClientCertificate | None = None
    query: str = ""
    """What is added to the query of the URL that is sent. It is never part of the request that is recorded."""


@dataclass
class Credentials:
    """The credentials of a run: fixed ones, and tokens as they come."""

    identities: dict[str, Identity]
    base_url: str
    seed: bytes
    clock: Clock
    known: KnownSecrets
    _tokens: dict[str, tuple[Token, float]] = field(default_factory=dict)
    """With the time from which another one is needed."""
    _refused: dict[str, Failure] = field(default_factory=dict)

    def wants_token(self, name: str) -> Identity | None:
        """The identity, if it has to ask for a token now."""
        identity = self.identities.get(name)
        if identity is None or not identity.fetches_token or name in self._refused:
            return None
        held = self._tokens.get(name)
        if held is not None and self.clock.monotonic() < held[1]:
            return None
        return identity

    def granted(self, name: str, token: Token) -> None:
        """A token came. One whose life is not known is used to the end of the run."""
        self.known.add("access_token", token.value.encode())
        for other, value in token.others:
            self.known.add(other, value.encode())
        lives = float("inf") if token.lifetime_s is None else token.lifetime_s
        # A token that never lives that long is not replaced before each request either.
        self._tokens[name] = (token, self.clock.monotonic() + lives - min(SPARE_S, lives / 2))

    def refused(self, name: str, failure: Failure) -> None:
        """No token came: this identity cannot be used, and is not tried again."""
        self._refused[name] = failure
        self._tokens.pop(name, None)

    def ends(self, name: str) -> datetime | None:
        """When the bearer token that the identity was configured with ends, by its own word."""
        identity = self.identities.get(name)
        if identity is None or identity.config.kind != BEARER:
            return None
        return token_ends(identity.secret.decode(errors="surrogateescape"))

    def of(self, request: Request) -> Credential | Failure:
        """The credential of a request. A failure means: send nothing."""
        if request.identity in self._refused:
            return self._refused[request.identity]
        identity = self.identities.get(request.identity)
        nobody = request.identity == "" or (identity is None and request.identity == DEFAULT)
        if nobody or (identity is not None and identity.config.kind == NOBODY and identity.certificate is None):
            if request.alteration:
                return _missing("there is no credential to alter")
            return Credential(certificate=self._of_the_connection(request))
        if identity is None:
            return _missing(f"there is no identity called {request.identity} in the supplier file")
        here = origin(request.url)
        if here is None or here != origin(self.base_url):
            # Sent bare; but a mutant whose alteration was left off would prove something else.
            return _missing("the credential does not belong to that origin") if request.alteration else Credential()
        return self._carried(identity, request.alteration)

    def _of_the_connection(self, request: Request) -> ClientCertificate | None:
        """The client certificate of a request without a credential.

        Beside a token or a key it belongs to the connection and stays, so that such a request lacks the token
        and nothing else. Where it is the credential itself, it is left out.
        """
        default = self.identities.get(DEFAULT)
        if default is None or default.config.kind in {NOBODY, CLIENT_CERTIFICATE}:
            return None
        here = origin(request.url)
        return default.certificate if here is not None and here == origin(self.base_url) else None

    def _carried(self, identity: Identity, alteration: str) -> Credential | Failure:
        kind = identity.config.kind
        if kind in {NOBODY, CLIENT_CERTIFICATE}:
            if alteration:
                return _missing("a client certificate is not altered")
            return Credential(certificate=identity.certificate)
        if kind in {API_KEY, BEARER}:
            value, facts = identity.secret.decode(errors="surrogateescape"), None
        elif identity.name in self._tokens:
            token = self._tokens[identity.name][0]
            value, facts = token.value, token.facts
        else:
            return Failure(reason=Reason.AUTH, cause="credential", message="There is no token for this identity yet.")
        if alteration == IN_QUERY:
            if kind == API_KEY:
                return _missing("an API key is no access token")
            query = urlencode({"access_token": value}, errors="surrogateescape")
            return Credential((), facts or _facts(kind, value), identity.certificate, query)
        if alteration:
            if kind == API_KEY and alteration != GARBAGE:
                return _missing("an API key is not a JWT")
            changed = alter(value, alteration, self.seed)
            if changed is None:
                return _missing("the token is not a signed JWT, so it has no such part to alter")
            # What is left of a real token is as secret as the token.
            self.known.add("altered token", changed.encode(errors="surrogateescape"))
            value, facts = changed, None
        header = (identity.config.header, value) if kind == API_KEY else ("Authorization", f"Bearer {value}")
        return Credential((header,), facts or _facts(kind, value), identity.certificate)


def with_query(url: str, query: str) -> str:
    """The URL with one more piece of query before its fragment."""
    if not query:
        return url
    address, mark, fragment = url.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{query}{mark}{fragment}"


def _facts(kind: str, value: str) -> TokenFacts:
    return TokenFacts(form="opaque") if kind == API_KEY else token_facts(value)


def _missing(why: str) -> Failure:
    return Failure(reason=Reason.PREREQUISITE, cause="credential", message=f"Nothing was sent: {why}.")
