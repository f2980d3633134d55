"""Client assertions with one thing wrong, made by hand: good libraries refuse to make them.

Source: RFC 7523 section 3, SMART App Launch 2.2.0 (client authentication: asymmetric).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from checker.errors import CheckerFault
from checker.probes.forge import ELSEWHERE, HOUR_S, LEEWAY_S, compact, own_key, signed
from checker.probes.tokens import to_base64

Claims = dict[str, Any]
OTHER_CLIENT = "no-such-client-9f6c2d"
OTHER_KEY = "no-such-key-9f6c2d"


def faulty(header: Claims, claims: Claims, fault: str, *, pem: bytes, seed: bytes, at: int) -> str | None:
    """The assertion with that fault; ``header`` and ``claims`` are those of a good one.

    Signed by the key of the client but where the signature is the fault. ``at``: now, in seconds since 1970. None where
    the good one has no such part: without ``kid``, none can be left out.
    """
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    header, claims = dict(header), dict(claims)
    key: Any = load_pem_private_key(pem, None)
    if fault == "hs256":
        return _by_public_key(header, claims, key)
    if fault == "alg-none":
        return f"{compact({**header, 'alg': 'none'})}.{compact(claims)}."
    if fault == "own-key":
        stranger = own_key(str(header.get("alg", "")), seed)
        return signed(header, claims, stranger) if stranger is not None else None
    if fault == "kid-absent" and "kid" not in header:
        return None
    change = _CHANGES.get(fault)
    if change is None:
        raise CheckerFault(f"There is no assertion fault called {fault!r}.", next_step="Report this fault.")
    change(header, claims, at)
    return signed(header, claims, key)


def _by_public_key(header: Claims, claims: Claims, key: Any) -> str:
    """An HMAC whose secret is the public key that the server knows the client by (RFC 8725 section 2.1)."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    secret = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text = f"{compact({**header, 'alg': 'HS256'})}.{compact(claims)}"
    return f"{text}.{to_base64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def _numbered(header: Claims, claims: Claims, at: int) -> None:
    """``jti`` as a number, and as good as unique as the text was."""
    claims["jti"] = int(hashlib.sha256(str(claims.get("jti")).encode()).hexdigest()[:12], 16)


def _set(**changed: Any) -> Callable[[Claims, Claims, int], None]:
    return lambda header, claims, at: claims.update(changed)


_CHANGES: dict[str, Callable[[Claims, Claims, int], None]] = {
    "issuer-other": _set(iss=OTHER_CLIENT),
    "subject-other": _set(sub=OTHER_CLIENT),
    "audience-other": _set(aud=ELSEWHERE),
    "jti-absent": lambda header, claims, at: claims.pop("jti", None) and None,
    "jti-number": _numbered,
    "exp-absent": lambda header, claims, at: claims.pop("exp", None) and None,
    "exp-text": lambda header, claims, at: claims.update(exp=str(claims.get("exp", at))),
    "exp-past": lambda header, claims, at: claims.update(iat=at - LEEWAY_S - 60, exp=at - LEEWAY_S),
    "exp-far": lambda header, claims, at: claims.update(exp=at + HOUR_S),
    "kid-absent": lambda header, claims, at: header.pop("kid", None) and None,
    "kid-unknown": lambda header, claims, at: header.update(kid=OTHER_KEY),
}
