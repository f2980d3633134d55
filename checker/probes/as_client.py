"""Requests to an authorisation server by a client that proves itself, rightly or not.

The request that is recorded has neither an assertion nor a secret in it: what is added here is added on the way out,
and only to the origin of the client's own token endpoint. Source: RFC 6749 section 2.3, RFC 7523 section 2.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import msgspec

from checker.model.asked_oauth import (
    AS_CLIENT,
    ASSERTION_TYPE,
    BY_GET,
    LEFT_OUT_PROOF,
    REFRESH,
    REFRESH_AGAIN,
    SAME_AGAIN,
    WRONG_SECRET,
)
from checker.model.clock import Clock
from checker.model.exchange import Failure, Headers, Request
from checker.model.terms import Reason
from checker.probes.addresses import origin
from checker.probes.alterations import garbage
from checker.probes.answer import Answer
from checker.probes.assertions import faulty
from checker.probes.credentials import Credential, with_query
from checker.probes.identity import BEARER, CLIENT_CREDENTIALS, Identity, basic
from checker.probes.secrets import KnownSecrets
from checker.probes.tokens import Token, client_assertion, jwt_parts, read_token

_REFRESHES = frozenset({REFRESH, REFRESH_AGAIN})


def is_by_client(alteration: str) -> bool:
    """Does this alteration say how a client proves itself, rather than what is done to a token?"""
    return alteration.partition(":")[0] == AS_CLIENT or alteration in _REFRESHES


@dataclass
class ClientProofs:
    """What clients add to their requests. ``token_url``: where a refresh token of ``[known]`` may go."""

    identities: Mapping[str, Identity]
    token_url: str
    clock: Clock
    random_bytes: Callable[[int], bytes]
    seed: bytes
    known: KnownSecrets
    _last: dict[str, str] = field(default_factory=dict)
    """Identity → the assertion that went out last."""

    def of(self, request: Request) -> tuple[Request, Credential] | Failure:
        """The request as it is sent, and the headers that go with it. A failure means: send nothing."""
        identity = self.identities.get(request.identity)
        if identity is None:
            return _missing(f"there is no identity called {request.identity} in the supplier file")
        if request.alteration in _REFRESHES:
            return self._refreshing(request, identity)
        if not identity.fetches_token:
            return _missing("the identity is no client that asks a token endpoint for its tokens")
        if origin(request.url) is None or origin(request.url) != origin(identity.config.token_url):
            return _missing("the client proves itself to the origin of its token endpoint alone")
        if request.alteration == LEFT_OUT_PROOF:
            return request, Credential(certificate=identity.certificate)
        if identity.config.kind == CLIENT_CREDENTIALS:
            return self._by_secret(request, identity)
        return self._by_assertion(request, identity)

    def learn(self, answer: Answer) -> Token | None:
        """The token of an answer, if there is one; it and what came with it are secrets of this run from now on."""
        token = read_token(answer.body) if answer.status is not None and 200 <= answer.status < 300 else None
        if token is not None:
            self.known.add("access_token", token.value.encode())
            for name, value in token.others:
                self.known.add(name, value.encode())
        return token

    def _by_secret(self, request: Request, identity: Identity) -> tuple[Request, Credential] | Failure:
        how = request.alteration
        if how not in (AS_CLIENT, BY_GET, WRONG_SECRET):
            return _missing("the client proves itself by a secret, and sends no assertion")
        secret = garbage(self.seed).encode() if how == WRONG_SECRET else identity.secret
        value = basic(identity.config.client_id, secret)
        self.known.add("client secret", value.encode())
        headers: Headers = (("Authorization", f"Basic {value}"),)
        return _by_get(request), Credential(headers, certificate=identity.certificate)

    def _by_assertion(self, request: Request, identity: Identity) -> tuple[Request, Credential] | Failure:
        how = request.alteration
        if how == WRONG_SECRET:
            return _missing("the client proves itself by an assertion, and has no secret")
        assertion = self._last.get(identity.name) if how == SAME_AGAIN else self._assertion(identity, how)
        if not assertion:
            return _missing("an assertion like that cannot be made of the one that this client sends")
        self._last[identity.name] = assertion
        self.known.add("client_assertion", assertion.encode())
        form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
        return _by_get(_with(request, form)), Credential(certificate=identity.certificate)

    def _assertion(self, identity: Identity, how: str) -> str | None:
        now = self.clock.now()
        good = client_assertion(identity, now, self.random_bytes)
        fault = "" if how in (AS_CLIENT, BY_GET) else how.partition(":")[2]
        if not fault:
            return good
        parts = jwt_parts(good)
        if parts is None:
            return None
        return faulty(*parts, fault, pem=identity.key, seed=self.seed, at=int(now.timestamp()))

    def _refreshing(self, request: Request, identity: Identity) -> tuple[Request, Credential] | Failure:
        if identity.config.kind != BEARER:
            return _missing("a refresh token is handed over as the secret of an identity of the kind bearer")
        if request.url != self.token_url:
            return _missing("a refresh token goes to the token endpoint of the supplier file alone")
        token = identity.secret.decode(errors="surrogateescape")
        return _with(request, {"refresh_token": token}), Credential(certificate=identity.certificate)


def _with(request: Request, form: Mapping[str, str]) -> Request:
    more = urlencode(form, errors="surrogateescape").encode()
    return msgspec.structs.replace(request, body=b"&".join(part for part in (request.body, more) if part))


def _by_get(request: Request) -> Request:
    """The form in the query, where that is what is tried."""
    if request.alteration != BY_GET:
        return request
    kept = tuple((name, value) for name, value in request.headers if name.lower() != "content-type")
    url = with_query(request.url, request.body.decode())
    return msgspec.structs.replace(request, method="GET", url=url, headers=kept, body=b"")


def _missing(why: str) -> Failure:
    return Failure(reason=Reason.PREREQUISITE, cause="credential", message=f"Nothing was sent: {why}.")
