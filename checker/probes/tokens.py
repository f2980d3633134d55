"""Access tokens: how they are asked for, and what may be said of them without storing them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from checker.model.asked_oauth import ASSERTION_TYPE
from checker.model.exchange import Headers, TokenFacts
from checker.probes.identity import PRIVATE_KEY_JWT, Identity, basic

ASSERTION_LIFETIME_S = 240
"""National servers allow at most five minutes; the rest is for clocks that differ."""
_SENDABLE = re.compile(r"[\x20-\x7e]+")
"""``access_token`` of RFC 6749 appendix A.12: visible ASCII. A line break in one would be a header of its own."""
Claims = dict[str, Any]
_MOST_S = 10**11
"""Seconds beyond which a number of a token is no time: some three thousand years."""
_MOST_CLAIMS = 1000
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.:/-]{1,60}")
_OF_A_PERSON = frozenset(
    {
        *("address", "birthdate", "birthday", "dateofbirth", "dob", "gender", "sex", "postcode", "postalcode"),
        *("nhsnumber", "nhsno", "nhsid", "phonenumber", "telephone", "mobile", "ethnicity", "diagnosis"),
    }
)
"""Names of claims, in small letters alone; those of OpenID Connect Core section 5.1 among them."""


@dataclass(frozen=True)
class Token:
    """An access token of this run. ``lifetime_s`` is None when the server does not say."""

    value: str
    facts: TokenFacts
    lifetime_s: float | None = None
    others: tuple[tuple[str, str], ...] = ()
    """Further tokens that came with it, by member name: never used, but secret too."""


@dataclass(frozen=True)
class TokenRequest:
    """A token request to send. ``assertion`` is the signed client assertion, if there is one."""

    headers: Headers
    credential: Headers
    body: bytes
    assertion: str = ""


def token_request(identity: Identity, now: datetime, random_bytes: Callable[[int], bytes]) -> TokenRequest:
    """The client-credentials request (RFC 6749 §4.4.2), by secret (§2.3.1) or by assertion (RFC 7523 §2.2)."""
    form = {"grant_type": "client_credentials"}
    if identity.config.scope:
        form["scope"] = identity.config.scope
    headers = (("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"))
    if identity.config.kind != PRIVATE_KEY_JWT:
        credential = (("Authorization", f"Basic {basic(identity.config.client_id, identity.secret)}"),)
        return TokenRequest(headers=headers, credential=credential, body=urlencode(form).encode())
    assertion = client_assertion(identity, now, random_bytes)
    form |= {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
    return TokenRequest(headers=headers, credential=(), body=urlencode(form).encode(), assertion=assertion)


def client_assertion(identity: Identity, now: datetime, random_bytes: Callable[[int], bytes]) -> str:
    """A signed client assertion (RFC 7523 §3): iss and sub are the client, good once and for minutes."""
    import jwt

    config = identity.config
    issued = int(now.timestamp())
    claims = {
        "iss": config.client_id,
        "sub": config.client_id,
        "aud": config.audience or config.token_url,
        "jti": random_bytes(16).hex(),
        "iat": issued,
        "exp": issued + ASSERTION_LIFETIME_S,
    }
    headers = {"kid": config.key_id} if config.key_id else None
    return jwt.encode(claims, identity.key.decode("ascii"), algorithm=config.algorithm, headers=headers)


def specimen(identity: Identity, now: datetime, random_bytes: Callable[[int], bytes]) -> tuple[Claims, Claims] | None:
    """Header and claims of an assertion as it would be sent now, without its signature; None where none is sent."""
    if identity.config.kind != PRIVATE_KEY_JWT:
        return None
    return jwt_parts(client_assertion(identity, now, random_bytes))


def read_token(body: bytes) -> Token | None:
    """The token of a successful answer (RFC 6749 §5.1), None when there is none in it that could be sent.

    ``expires_in`` may be a number or, as some national servers send it, a string.
    """
    answer = _object(body)
    value = answer.get("access_token")
    if not isinstance(value, str) or not _SENDABLE.fullmatch(value):
        return None
    scope = answer.get("scope")
    lifetime = _seconds(answer.get("expires_in"))
    facts = token_facts(value, scope=scope if isinstance(scope, str) else "", lifetime_s=lifetime)
    others = tuple((n, _whole(answer[n])) for n in ("refresh_token", "id_token") if isinstance(answer.get(n), str))
    lives = lifetime if lifetime is not None else facts.lifetime_s
    return Token(value=value, facts=facts, lifetime_s=lives, others=others)


def token_facts(token: str, *, scope: str = "", lifetime_s: int | None = None) -> TokenFacts:
    """What can be read from a token: a JWT (RFC 7519) shows its header and claims, anything else is opaque."""
    parts = jwt_parts(token)
    if parts is None:
        return TokenFacts(form="opaque", scope=scope, lifetime_s=lifetime_s)
    header, claims = parts
    audience = claims.get("aud", ())
    audiences = (audience,) if isinstance(audience, str) else tuple(map(str, audience or ()))
    ends, began = _seconds(claims.get("exp")), _seconds(claims.get("iat"))
    bound = claims.get("cnf")
    if lifetime_s is None and ends is not None and began is not None:
        lifetime_s = ends - began
    return TokenFacts(
        form="jwt",
        algorithm=_text(header.get("alg")),
        key_id=_text(header.get("kid")),
        audience=audiences,
        issuer=_text(claims.get("iss")),
        lifetime_s=lifetime_s,
        scope=scope or _text(claims.get("scope")),
        ends=ends,
        bound_to=_text(bound.get("x5t#S256")) if isinstance(bound, dict) else "",
        told_of=told_of(claims),
    )


def told_of(claims: Claims) -> tuple[str, ...]:
    """The names of the claims that tell of a person more than who it is to this system, however deep they lie.

    A name is not among them: it may be that of a clinician who is logged in. A number of ten digits counts where its
    check digit is that of an NHS number and its claim is on a patient: one number in eleven looks so by chance.

    >>> told_of({"sub": "u1", "name": "A Nurse", "birthdate": "1980-01-01", "ext": {"nhs_number": "1"}})
    ('birthdate', 'nhs_number')
    """
    found: set[str] = set()
    queue: list[tuple[str, Any]] = list(claims.items())
    for name, value in queue:  # grows while it is gone through
        if len(queue) > _MOST_CLAIMS:
            break
        plain = re.sub(r"[^a-z]", "", name.lower())
        if plain in _OF_A_PERSON and value not in (None, "", {}, []):
            found.add(name if _PLAIN_NAME.fullmatch(name) else plain[:60])
        elif isinstance(value, dict):
            queue += value.items()
        elif isinstance(value, list):
            queue += [(name, one) for one in value]
        elif isinstance(value, str) and "patient" in plain and is_nhs_number(value):
            found.add(name if _PLAIN_NAME.fullmatch(name) else plain[:60])
    return tuple(sorted(found))


def is_nhs_number(text: str) -> bool:
    """Ten digits whose last one is the check digit of an NHS number (Modulus 11).

    >>> is_nhs_number("9990000018"), is_nhs_number("9990000019"), is_nhs_number("999 000 0018")
    (True, False, True)
    """
    digits = text.replace(" ", "").replace("-", "")
    if len(digits) != 10 or not (digits.isascii() and digits.isdigit()):
        return False
    rest = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return (11 - rest) % 11 == int(digits[-1])


def token_ends(token: str) -> datetime | None:
    """When a JWT ends by its own word (``exp``, RFC 7519 §4.1.4); None when it does not say, or is no JWT."""
    parts = jwt_parts(token)
    ends = _seconds(parts[1].get("exp")) if parts else None
    try:
        return None if ends is None else datetime.fromtimestamp(ends, UTC)
    except (ValueError, OverflowError, OSError):  # beyond what a date can be
        return None


def jwt_parts(token: str) -> tuple[Claims, Claims] | None:
    """Header and claims of a compact JWS (RFC 7515 §3.1), unverified; None when the token is not one."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        header, claims = (json.loads(unbase64(part)) for part in parts[:2])
        unbase64(parts[2])
    except (ValueError, RecursionError):
        return None
    if not isinstance(header, dict) or not isinstance(claims, dict) or "alg" not in header:
        return None
    return header, claims


def unbase64(text: str) -> bytes:
    """Base64url without padding (RFC 7515 §2). Raises ``ValueError``."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def to_base64(data: bytes) -> str:
    """The other way."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _whole(text: str) -> str:
    """Text that can be encoded: a lone surrogate, which JSON allows, becomes a question mark."""
    return text.encode(errors="replace").decode()


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = int(float(value))
    except (ValueError, OverflowError):
        return None
    return found if abs(found) <= _MOST_S else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
