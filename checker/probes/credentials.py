"""Which credential a request carries, and where it may go."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from checker.model.asked import BASIC_INSTEAD, PLACED
from checker.model.asked_oauth import REFRESH_IDENTITY
from checker.model.clock import Clock
from checker.model.exchange import Failure, Headers, Request, TokenFacts
from checker.model.terms import Reason
from checker.probes.addresses import origin
from checker.probes.alterations import GARBAGE, alter, placed
from checker.probes.forge import reissued
from checker.probes.identity import (
    API_KEY,
    BEARER,
    CERTIFICATE_ISSUER,
    CLIENT_CERTIFICATE,
    CLIENT_CREDENTIALS,
    ISSUER,
    NOBODY,
    Identity,
    basic,
)
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
    token: str = ""
    """The access token of which this was made, altered or not; "" for any other credential."""
    certificate: ClientCertificate | None = None
    query: str = ""
    """What is added to the query of the URL that is sent. It is never part of the request that is recorded."""
    form: str = ""
    """Likewise, to the form in its body."""


@dataclass(frozen=True)
class Held:
    """A fetched token, and on the clock of the run when another one is needed and when it ends."""

    token: Token
    renew: float
    ends: float


@dataclass
class Credentials:
    """The credentials of a run: fixed ones, and tokens as they come."""

    identities: dict[str, Identity]
    base_url: str
    seed: bytes
    clock: Clock
    known: KnownSecrets
    _tokens: dict[str, Held] = field(default_factory=dict)
    _refused: dict[str, Failure] = field(default_factory=dict)
    _failing: dict[str, tuple[int, Failure]] = field(default_factory=dict)
    """How many times in a row no token came for a reason that may pass, and the last one."""
    _accepted: set[str] = field(default_factory=set)
    """Tokens that opened something."""
    _outlives: set[str] = field(default_factory=set)
    """Tokens that opened something after their end: one of the clocks is wrong, or nobody looks at it."""
    _in_vain: set[str] = field(default_factory=set)
    """Identities whose token was replaced once for a 401 that was about something else."""

    def wants_token(self, name: str) -> Identity | None:
        """The identity, if it has to ask for a token now."""
        identity = self.identities.get(self._whose(name))
        if identity is None or not identity.fetches_token or identity.name in self._refused:
            return None
        held = self._tokens.get(identity.name)
        if held is not None and self.clock.monotonic() < held.renew:
            return None
        return identity

    def _whose(self, name: str) -> str:
        """Whose token goes out: an issuer's key signs that of the default identity once more."""
        identity = self.identities.get(name)
        return DEFAULT if identity is not None and identity.config.kind == ISSUER else name

    def granted(self, name: str, token: Token) -> None:
        """A token came. One whose life is not known is used until it is refused."""
        self._failing.pop(name, None)
        self.known.add("access_token", token.value.encode())
        for other, value in token.others:
            self.known.add(other, value.encode())
        lives = float("inf") if token.lifetime_s is None else token.lifetime_s
        # A token that never lives that long is not replaced before each request either.
        now = self.clock.monotonic()
        self._tokens[name] = Held(token, renew=now + lives - min(SPARE_S, lives / 2), ends=now + lives)

    def refused(self, name: str, failure: Failure) -> None:
        """No token came: this identity cannot be used, and is not tried again."""
        self._refused[name] = failure
        self._tokens.pop(name, None)

    def refusal_of(self, name: str) -> Failure | None:
        """Why that identity got no token, if it got none: it does not ask again."""
        return self._refused.get(name)

    def failing(self, name: str, failure: Failure, most: int) -> None:
        """No token came, for a reason that may pass. After ``most`` times in a row it is a refusal."""
        times = self.failed_times(name) + 1
        self._failing[name] = (times, failure)
        self._tokens.pop(name, None)
        if times >= most:
            self.refused(name, failure)

    def failed_times(self, name: str) -> int:
        """How many times in a row no token came for a reason that may pass."""
        return self._failing[name][0] if name in self._failing else 0

    def ends(self, name: str) -> datetime | None:
        """When the bearer token that the identity was configured with ends: by its own word, else as it was said."""
        identity = self.identities.get(name)
        if identity is None or identity.config.kind != BEARER:
            return None
        return token_ends(identity.secret.decode(errors="surrogateescape")) or identity.config.expires_at

    def accepted(self, request: Request, credential: Credential, took_s: float) -> None:
        """The credential opened something. Where it had ended before that was asked, our clock says nothing of it."""
        if credential.token:
            self._accepted.add(credential.token)
            if self.over(request, credential, took_s):
                self._outlives.add(credential.token)

    def over(self, request: Request, credential: Credential, ago_s: float = 0.0) -> bool:
        """Has the token ended by the clock, now or so long ago?"""
        if not credential.token or credential.token in self._outlives:
            return False
        held = self._tokens.get(request.identity)
        if held is not None and held.token.value == credential.token:
            return self.clock.monotonic() - ago_s >= held.ends
        ends = self.ends(request.identity)
        return ends is not None and self.clock.now() - timedelta(seconds=ago_s) >= ends

    def worn_out(self, request: Request, credential: Credential, *, says_so: bool, may_be_meant: bool) -> bool:
        """Is a 401 to an unaltered token the end of the token, though the clock does not say so?

        Only to one that opened something before: it ended early if the server says so (``invalid_token``, RFC
        6750 section 3.1), and a fetched one whose life nobody stated may have ended without a word, unless the
        refusal may be what a test is about.
        """
        if not credential.token or request.alteration or credential.token not in self._accepted:
            return False
        if request.identity in self._in_vain:
            return False
        held = self._tokens.get(request.identity)
        unstated = held is not None and held.token.lifetime_s is None
        return says_so or (unstated and not may_be_meant)

    def ended(self, request: Request, credential: Credential) -> None:
        """The token is of no more use: a fetched one is fetched anew, a pasted one is not sent any more."""
        name = request.identity
        held = self._tokens.get(name)
        if held is not None and held.token.value == credential.token:
            del self._tokens[name]
        identity = self.identities.get(name)
        if identity is not None and not identity.fetches_token:
            ends = self.ends(name)
            why = f"it ended at {ends:%Y-%m-%d %H:%M} UTC" if ends else "the server does not accept it any more"
            self._refused.setdefault(name, _spent(why))

    def renewed_in_vain(self, name: str) -> None:
        """A new token was refused as the old one was: the 401 was about what was asked."""
        self._in_vain.add(name)

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
        if identity.name == REFRESH_IDENTITY:
            return _missing("a refresh token is for the token endpoint, and opens nothing by itself")
        here = origin(request.url)
        if here is None or here != origin(self.base_url):
            # Sent bare; but a mutant whose alteration was left off would prove something else.
            return _missing("the credential does not belong to that origin") if request.alteration else Credential()
        return self._carried(identity, request.alteration)

    def _reissued(self, issuer: Identity, change: str) -> Credential | Failure:
        """The token of the default identity, signed once more by the key of its issuer, with that change."""
        identity = self.identities.get(DEFAULT)
        carried = self._carried(identity, "") if identity is not None and identity.config.kind != ISSUER else None
        if isinstance(carried, Failure):
            return carried
        if carried is None or not carried.token:
            return _missing("the default identity has no access token to issue once more")
        config = issuer.config
        made = reissued(
            carried.token,
            change,
            pem=issuer.key,
            algorithm=config.algorithm,
            key_id=config.key_id,
            now=self.clock.now(),
        )
        if made is None:
            return _missing("the token is not a JWT, so none like it can be issued")
        self.known.add("issued token", made.encode())
        return Credential((("Authorization", f"Bearer {made}"),), token_facts(made), "", carried.certificate)

    def _by_basic(self, identity: Identity) -> Credential | Failure:
        """The client's own id and secret; they stay with the origin of its token endpoint."""
        config = identity.config
        if config.kind != CLIENT_CREDENTIALS or origin(config.token_url) != origin(self.base_url):
            return _missing("a client secret goes to the origin of its token endpoint alone, and there has to be one")
        value = basic(config.client_id, identity.secret)
        self.known.add("client secret", value.encode())
        return Credential((("Authorization", f"Basic {value}"),), certificate=identity.certificate)

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
        if kind == ISSUER:
            return self._reissued(identity, alteration)
        if kind == CERTIFICATE_ISSUER:
            return _missing("an authority that issues certificates logs in nowhere")
        if alteration == BASIC_INSTEAD:
            return self._by_basic(identity)
        if kind in {NOBODY, CLIENT_CERTIFICATE}:
            if alteration:
                return _missing("a client certificate is not altered")
            return Credential(certificate=identity.certificate)
        if kind in {API_KEY, BEARER}:
            value, facts = identity.secret.decode(errors="surrogateescape"), None
        elif identity.name in self._tokens:
            token = self._tokens[identity.name].token
            value, facts = token.value, token.facts
        elif identity.name in self._failing:
            return self._failing[identity.name][1]
        else:
            return Failure(reason=Reason.AUTH, cause="credential", message="There is no token for this identity yet.")
        whole = "" if kind == API_KEY else value
        if alteration in PLACED:
            if kind == API_KEY:
                return _missing("an API key is no access token")
            headers, query, form = placed(value, alteration)
            return Credential(headers, facts or _facts(kind, value), whole, identity.certificate, query, form)
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
        return Credential((header,), facts or _facts(kind, value), whole, identity.certificate)


def with_query(url: str, query: str) -> str:
    """The URL with one more piece of query before its fragment."""
    if not query:
        return url
    address, mark, fragment = url.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{query}{mark}{fragment}"


def _facts(kind: str, value: str) -> TokenFacts:
    return TokenFacts(form="opaque") if kind == API_KEY else token_facts(value)


def _spent(why: str) -> Failure:
    message = f"Nothing was sent: the token that was given is of no more use, {why}. Give a new one and resume."
    return Failure(reason=Reason.AUTH, cause="credential", message=message)


def _missing(why: str) -> Failure:
    return Failure(reason=Reason.PREREQUISITE, cause="credential", message=f"Nothing was sent: {why}.")
