"""Probes of the endpoints that clients ask: for tokens, of tokens, and for a registration.

Source: RFC 6749, RFC 7009, RFC 7523, RFC 7591, RFC 7662.
"""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec

from checker.model.asked_oauth import (
    AS_CLIENT,
    AUTHORISATION_CLIENT,
    BY_GET,
    LEFT_OUT_PROOF,
    REFRESH,
    REFRESH_AGAIN,
    REFRESH_IDENTITY,
    SAME_AGAIN,
    UNKNOWN_TOKEN,
    WRONG_SECRET,
    FaultyAssertion,
)
from checker.model.exchange import Request
from checker.model.need import Budget
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason, Safety
from checker.model.value import NoParams
from checker.probes.access import default_kind
from checker.probes.authorise import CONFIGURATION, METADATA, VIEW, endpoint

_FORM = (("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"))
_JSON = (("Content-Type", "application/json"), ("Accept", "application/json"))
_BY_SECRET, _BY_ASSERTION = "client-credentials", "private-key-jwt"
_GRANT = {"grant_type": "client_credentials"}
UNKNOWN_GRANT = "urn:checker:no-such-grant"
INTERACTION = "client-token"
"""Token requests of these tests; those that the run itself needs are ``token``."""


def _posted(s: Session, form: dict[str, str], alteration: str = AS_CLIENT, url: str = "") -> Request:
    return Request(
        url=url or s.supplier.token_url,
        method="POST",
        headers=_FORM,
        body=urlencode(form).encode(),
        alteration=alteration,
    )


def _is_client(s: Session, *kinds: str) -> bool:
    """Does the default identity ask the token endpoint for its tokens (in one of these ways)? Said so where not."""
    kind = default_kind(s)
    if kind not in (_BY_SECRET, _BY_ASSERTION):
        s.short(Reason.PREREQUISITE, "the default identity is no client that asks a token endpoint for its tokens")
        return False
    if not s.supplier.token_url:
        s.short(Reason.PREREQUISITE, "the supplier file names no token endpoint (token-url)")
        return False
    if kinds and kind not in kinds:
        s.note("left-out", f"the default identity is of the kind {kind}")
        return False
    return True


async def _altered(s: Session, alteration: str) -> None:
    control = _posted(s, _GRANT)
    mutant = msgspec.structs.replace(control, alteration=alteration)
    await s.pair(control, mutant, differs_in="alteration", interaction=INTERACTION, view=VIEW)


@probe(
    "oauth.faulty-assertion",
    "1",
    params=FaultyAssertion,
    budget=lambda p: Budget(requests=2, wrong_proofs=1),
    safety=Safety.S2,
)
async def faulty_assertion(s: Session, p: FaultyAssertion) -> None:
    """A token request with a good client assertion (control), and with one that has a single fault (mutant)."""
    if _is_client(s, _BY_ASSERTION):
        await _altered(s, f"{AS_CLIENT}:{p.fault}")


@probe("oauth.assertion-again", "1", budget=lambda p: Budget(requests=2, wrong_proofs=1), safety=Safety.S2)
async def assertion_again(s: Session, p: NoParams) -> None:
    """A token request with a good client assertion (control), and with that same assertion once more (mutant)."""
    if _is_client(s, _BY_ASSERTION):
        await _altered(s, SAME_AGAIN)


@probe("oauth.token-by-get", "1", budget=lambda p: Budget(requests=2), safety=Safety.S2)
async def token_by_get(s: Session, p: NoParams) -> None:
    """A token request by POST (control), and the same parameters by GET in the query (mutant).

    A client secret stays in its header; an assertion, which is good once and for minutes, goes into the query.
    """
    if _is_client(s):
        await _altered(s, BY_GET)


@probe("oauth.wrong-secret", "1", budget=lambda p: Budget(requests=2, wrong_proofs=1), safety=Safety.S2)
async def wrong_secret(s: Session, p: NoParams) -> None:
    """A token request with the client secret by Basic (control), and with another secret (mutant)."""
    if _is_client(s, _BY_SECRET):
        await _altered(s, WRONG_SECRET)


@probe("oauth.unknown-grant", "1", budget=lambda p: Budget(requests=1), safety=Safety.S2)
async def unknown_grant(s: Session, p: NoParams) -> None:
    """A token request by a good client for a grant type that nobody has."""
    if _is_client(s):
        request = _posted(s, {"grant_type": UNKNOWN_GRANT})
        await s.send(request, "grant", interaction=INTERACTION, view=VIEW, fresh=True, follow=False)


@probe(
    "oauth.introspection",
    "1",
    uses=lambda p: (CONFIGURATION, METADATA),
    budget=lambda p: Budget(requests=2),
    safety=Safety.S2,
)
async def introspection(s: Session, p: NoParams) -> None:
    """Ask about a token that nobody issued: as the client (control), and as nobody (mutant)."""
    if not _is_client(s):
        return
    address = await endpoint(s, "introspection_endpoint")
    if address:
        control = _posted(s, {"token": UNKNOWN_TOKEN}, url=address)
        mutant = msgspec.structs.replace(control, alteration=LEFT_OUT_PROOF)
        await s.pair(control, mutant, differs_in="alteration", interaction="introspection", view=VIEW)


@probe(
    "oauth.revocation",
    "1",
    uses=lambda p: (CONFIGURATION, METADATA),
    budget=lambda p: Budget(requests=1),
    safety=Safety.S3,
)
async def revocation(s: Session, p: NoParams) -> None:
    """Revoke, as the client, a token that nobody issued."""
    if not _is_client(s):
        return
    address = await endpoint(s, "revocation_endpoint")
    if address:
        request = _posted(s, {"token": UNKNOWN_TOKEN}, url=address)
        await s.send(request, "revoked", interaction="revocation", view=VIEW, fresh=True, follow=False)


@probe(
    "oauth.registration",
    "1",
    uses=lambda p: (CONFIGURATION, METADATA),
    budget=lambda p: Budget(requests=1),
    safety=Safety.S3,
    identities=lambda p: ("",),
)
async def registration(s: Session, p: NoParams) -> None:
    """POST an empty object to the registration endpoint, as nobody: a client could not be made of it."""
    address = await endpoint(s, "registration_endpoint")
    if address:
        request = Request(url=address, method="POST", headers=_JSON, body=b"{}", identity="")
        await s.send(request, "registered", interaction="registration", view=VIEW, fresh=True, follow=False)


@probe(
    "oauth.refresh",
    "1",
    budget=lambda p: Budget(requests=2, wrong_proofs=1),
    safety=Safety.S3,
    identities=lambda p: (REFRESH_IDENTITY,),
)
async def refresh(s: Session, p: NoParams) -> None:
    """Use the refresh token that was handed over (control), and use it once more (mutant). It is spent then."""
    client = s.supplier.known_value(AUTHORISATION_CLIENT)
    if not s.supplier.has_identity(REFRESH_IDENTITY) or not client or not s.supplier.token_url:
        wanted = (
            f"identity '{REFRESH_IDENTITY}' of the kind bearer, {AUTHORISATION_CLIENT} under [known], and token-url"
        )
        s.short(Reason.PREREQUISITE, f"no refresh token of a public client was handed over ({wanted})")
        return
    form = {"grant_type": "refresh_token", "client_id": client}
    control = msgspec.structs.replace(_posted(s, form, REFRESH), identity=REFRESH_IDENTITY)
    mutant = msgspec.structs.replace(control, alteration=REFRESH_AGAIN)
    await s.pair(control, mutant, differs_in="alteration", interaction=INTERACTION, view=VIEW)
