"""Steps 8 to 10: the clocks, the token endpoint, and the token."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from checker.engine.doctor.answers import failed
from checker.engine.doctor.observed import Observed
from checker.engine.doctor.step import State, Step, not_needed, not_tried, shown
from checker.model.exchange import TokenFacts
from checker.model.view import Exchange
from checker.probes.identity import (
    API_KEY,
    BEARER,
    CLIENT_CERTIFICATE,
    CLIENT_CREDENTIALS,
    NOBODY,
    PRIVATE_KEY_JWT,
)

SKEW_ALLOWED_S = 30
"""A token server that allows no slack refuses an assertion from the future; many allow up to 300 s."""

_HINTS = {
    "invalid_client": "The server does not know the client, or its secret or key: check client-id, that the secret is "
    "of this environment, and for private-key-jwt that the public key is registered under the same key-id.",
    "invalid_grant": "The assertion was not accepted: check 'audience' (the token URL when not given), the key-id, the "
    "algorithm, and the clock of this machine.",
    "unauthorized_client": "The client is known and may not do this: ask for the client-credentials grant (or for "
    "access to this API) for this client-id.",
    "invalid_scope": "The server does not give that scope: correct 'scope' of the identity, or leave it out.",
    "unsupported_grant_type": "The server does not do client credentials (RFC 6749 §4.4): ask how a system logs in.",
    "invalid_request": "The server misses something, or one thing is given twice: compare kind, client-id, audience "
    "and key-id of the identity with the supplier's instructions.",
    "server_error": "The token server broke: ask the supplier, and try again later.",
    "temporarily_unavailable": "The token server is busy: try again later.",
    "public_key error": "The server has no public key of this client: register it (JWKS) with the supplier.",
}
"""Error code (RFC 6749 §5.2) → what usually helps."""


def clock(o: Observed) -> Step:
    """The Date header of an answer against this machine's clock. It counts whole seconds (RFC 9110 §5.6.7)."""
    needed = o.identity is not None and o.identity.kind == PRIVATE_KEY_JWT
    asked = [one for one in (o.token, o.metadata, o.search) if one is not None]
    skews = [(one, found) for one in asked if (found := skew_s(one.exchange)) is not None]
    if not skews:
        answered = any(one.exchange.response is not None for one in asked)
        why = "no answer says what time it is there" if answered else "there was no answer to compare with"
        return not_tried("clock", why, needed=False)
    asked_first, skew = skews[0]
    whose = "the token server's clock" if asked_first is o.token else "the server's clock"
    if skew == 0:
        return Step(name="clock", state=State.WORKS, seen=(f"{whose} agrees with this machine's",), needed=needed)
    ahead = "ahead of" if skew > 0 else "behind"
    said = f"{whose} is {abs(skew)} s {ahead} this machine's"
    if abs(skew) <= SKEW_ALLOWED_S:
        return Step(name="clock", state=State.WORKS, seen=(said,), needed=needed)
    advice = "Set both clocks by network time, this machine's first: logging in by a signed assertion fails, and "
    return Step(
        name="clock",
        state=State.TROUBLE,
        seen=(said,),
        next=f"{advice}certificates and tokens seem to end at the wrong time.",
        needed=needed,
    )


def skew_s(exchange: Exchange) -> int | None:
    """How many seconds the other side's clock is ahead, 0 when it may be right; None when it does not say.

    An answer from a cache was dated when it was made: its Age is added (RFC 9111 §5.1).
    """
    try:
        dated = parsedate_to_datetime(exchange.header("Date") or "")
        dated = dated if dated.tzinfo else dated.replace(tzinfo=UTC)
        age = max(0, int(exchange.header("Age") or 0))
        earliest = dated + timedelta(seconds=age)
    except (ValueError, TypeError, OverflowError):
        return None
    latest = earliest + timedelta(seconds=1)
    began, ended = exchange.at - timedelta(milliseconds=exchange.http.elapsed_ms), exchange.at
    if earliest > ended:
        return round((earliest - ended).total_seconds())
    return min(0, round((latest - began).total_seconds()))


def token_endpoint(o: Observed) -> Step:
    """The token endpoint is reached, and answers as one."""
    identity = o.identity
    if identity is None or identity.kind not in (CLIENT_CREDENTIALS, PRIVATE_KEY_JWT):
        return not_needed("token endpoint", "no token is fetched")
    if not o.credential_read:
        return not_tried("token endpoint", "the credential is in the way")
    if o.token is None:
        return not_tried("token endpoint", o.in_the_way)
    exchange, url = o.token.exchange, identity.token_url
    if exchange.failure is not None:
        return failed("token endpoint", exchange.failure, f"the token endpoint {url}", o)
    said = f"POST {shown(url)}: status {exchange.status}, in {exchange.http.elapsed_ms} ms"
    advice = _no_endpoint(exchange)
    state = State.TROUBLE if advice else State.WORKS
    return Step(name="token endpoint", state=state, seen=(said,), next=advice)


def _no_endpoint(exchange: Exchange) -> str:
    """What to do when it answers as no token endpoint does; "" when it may be one."""
    if exchange.status in (404, 405):
        return "That is no token endpoint: check token-url (its whole address, often ending in /token)."
    if exchange.status in (301, 302, 303, 307, 308):
        return "The token endpoint has moved, and credentials are not sent after it: correct token-url."
    return ""


def token(o: Observed) -> Step:
    """The access token of the default identity: fetched, or read for when it ends."""
    identity = o.identity
    kind = identity.kind if identity is not None else NOBODY
    if identity is None or kind == NOBODY:
        return not_needed("token", "no identity logs in: requests carry no credential")
    if not o.credential_read:
        return not_tried("token", "the credential is in the way")
    if kind == API_KEY:
        return not_needed(
            "token", f"an API key is sent in the header {identity.header}; the read below shows its worth"
        )
    if kind == CLIENT_CERTIFICATE:
        return not_needed("token", "the client certificate is shown in the TLS handshake")
    if kind == BEARER:
        return _bearer(o.token_ends, o.now)
    if o.token is None:
        return not_tried("token", o.in_the_way)
    if o.token.exchange.failure is not None or _no_endpoint(o.token.exchange):
        return not_tried("token", "the token endpoint is in the way")
    return _fetched(o.token.exchange, kind)


def _bearer(ends: datetime | None, now: datetime | None) -> Step:
    if ends is None or now is None:
        return not_needed(
            "token",
            "a bearer token is sent as it is; it does not say when it ends",
            next="If you know, say so with --token-expires-in or expires-at: a run then tells its end from a refusal.",
        )
    minutes = round((ends - now).total_seconds() / 60)
    if ends <= now:
        return Step(
            name="token",
            state=State.TROUBLE,
            seen=(f"the bearer token ended at {ends:%Y-%m-%d %H:%M} UTC, {-minutes} minutes ago",),
            next="Put a new token where the identity takes it from, or use client-credentials, which fetches its own.",
        )
    short = "It may end during a run: get a new one first." if minutes < 15 else ""
    return Step(
        name="token",
        state=State.WORKS,
        seen=(f"the bearer token ends at {ends:%Y-%m-%d %H:%M} UTC, in {minutes} minutes",),
        next=short,
    )


def _fetched(exchange: Exchange, kind: str) -> Step:
    facts = exchange.http.token
    if facts is not None:
        lives = f"good for {facts.lifetime_s} s" if facts.lifetime_s is not None else "it is not said for how long"
        seen = [f"the token endpoint gave a token: {_form(facts)}, {lives}"]
        if facts.scope:
            seen.append(f"scope {shown(facts.scope)}")
        short = facts.lifetime_s is not None and facts.lifetime_s <= 0
        advice = "It has no life left: compare the clocks, and ask the supplier." if short else ""
        return Step(name="token", state=State.WORKS, seen=tuple(seen), next=advice)
    answer = exchange.json().value
    error, described = _member(answer, "error"), _member(answer, "error_description")
    seen = [f"the token endpoint answered with status {exchange.status} and no token"]
    if error:
        seen.append(f"error: {shown(error, 80)}")
    if described:
        seen.append(f"error_description: {shown(described, 240)}")
    return Step(name="token", state=State.TROUBLE, seen=tuple(seen), next=_token_advice(error, exchange, kind))


def _token_advice(error: str, exchange: Exchange, kind: str) -> str:
    if error in _HINTS:
        hint = _HINTS[error]
        if error == "invalid_grant" and kind == CLIENT_CREDENTIALS:
            hint = _HINTS["invalid_client"]
        return hint
    if exchange.status >= 500:
        return "The token server broke: ask the supplier, and try again later."
    if exchange.status < 300:
        return "The answer holds no access_token (RFC 6749 §5.1): check token-url."
    if exchange.status in (401, 403):
        return _HINTS["invalid_client"]
    return "Compare the identity in supplier.toml with the supplier's instructions for logging in."


def _form(facts: TokenFacts) -> str:
    """What can be seen of a token from outside."""
    if facts.form != "jwt":
        return "opaque"
    parts = [f"JWT signed with {shown(facts.algorithm, 20)}"]
    if facts.issuer:
        parts.append(f"issuer {shown(facts.issuer, 80)}")
    if facts.audience:
        parts.append(f"audience {shown(', '.join(facts.audience), 80)}")
    return ", ".join(parts)


def _member(answer: object, name: str) -> str:
    found = answer.get(name) if isinstance(answer, dict) else None
    return found if isinstance(found, str) else ""
