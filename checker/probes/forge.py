"""Hostile tokens, made by hand: good libraries refuse to make them, as they refuse to take them.

Everything here starts from a token that was issued, and changes one respect of it. Source: RFC 7515, RFC 7519, RFC
8725 sections 2 and 3.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from checker.errors import CheckerFault
from checker.model.asked import HOSTILE_KEY_IDS
from checker.probes.tokens import jwt_parts, to_base64, unbase64

Claims = dict[str, Any]
HOUR_S = 3600
LEEWAY_S = 600
"""A clock that is further off than this is a fault of its own."""
ELSEWHERE = "https://elsewhere.invalid/fhir"
"""The audience, or the issuer, of a token that is for others (RFC 2606 section 2)."""
_HASHES = {"256": "SHA256", "384": "SHA384", "512": "SHA512"}
_CURVES = {"ES256": ("SECP256R1", 32), "ES384": ("SECP384R1", 48), "ES512": ("SECP521R1", 66)}


def compact(value: object) -> str:
    """A JSON value as a part of a compact JWS."""
    return to_base64(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def signed(header: Claims, claims: Claims, key: Any) -> str:
    """A compact JWS by the algorithm that its header names (RFC 7518 section 3.1), whatever the key is meant for."""
    text = f"{compact(header)}.{compact(claims)}".encode()
    return f"{text.decode()}.{to_base64(signature(text, str(header['alg']), key))}"


def signature(text: bytes, algorithm: str, key: Any) -> bytes:
    """The bytes of a signature. Raises ``CheckerFault`` for an algorithm that is not known here."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    kind, size = algorithm[:2], algorithm[2:]
    if kind not in ("RS", "PS", "ES") or size not in _HASHES:
        raise CheckerFault(f"There is no algorithm {algorithm!r} to sign with.", next_step="Report this fault.")
    how = getattr(hashes, _HASHES[size])()
    if kind == "ES":
        first, second = decode_dss_signature(key.sign(text, ec.ECDSA(how)))
        width = _CURVES[algorithm][1]
        return first.to_bytes(width, "big") + second.to_bytes(width, "big")
    if kind == "PS":
        found: bytes = key.sign(text, padding.PSS(padding.MGF1(how), how.digest_size), how)
        return found
    done: bytes = key.sign(text, padding.PKCS1v15(), how)
    return done


def reissued(token: str, change: str, *, pem: bytes, algorithm: str, key_id: str, now: datetime) -> str | None:
    """The token once more, signed by the key of its issuer, with one thing changed; None where it is no JWT.

    ``change`` "" changes nothing: this is the control of the others. The times of the token are kept where nothing is
    said of them; where it has no ``exp`` or one that passed, it ends in an hour.
    """
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    parts = jwt_parts(token)
    if parts is None:
        return None
    at = int(now.timestamp())
    header = {**parts[0], "alg": algorithm, **({"kid": key_id} if key_id else {})}
    claims = dict(parts[1])
    ends = claims.get("exp")
    if not isinstance(ends, int | float) or isinstance(ends, bool) or ends <= at:
        claims["exp"] = at + HOUR_S
    if change:
        alter = _CHANGES.get(change)
        if alter is None:
            raise CheckerFault(f"There is no change called {change!r}.", next_step="Report this fault.")
        alter(header, claims, at)
    return signed(header, claims, load_pem_private_key(pem, None))


def _expired(header: Claims, claims: Claims, at: int) -> None:
    claims["exp"] = at - 24 * HOUR_S


def _just_expired(header: Claims, claims: Claims, at: int) -> None:
    claims["exp"] = at - LEEWAY_S


def _not_yet_valid(header: Claims, claims: Claims, at: int) -> None:
    claims["nbf"] = at + HOUR_S


def _other_audience(header: Claims, claims: Claims, at: int) -> None:
    claims["aud"] = ELSEWHERE


def _other_issuer(header: Claims, claims: Claims, at: int) -> None:
    claims["iss"] = ELSEWHERE


def _id_token(header: Claims, claims: Claims, at: int) -> None:
    """As OpenID Connect Core section 2 has it: for the client, about a login, with no scope."""
    client = claims.get("azp") or claims.get("client_id") or claims.get("sub") or "client"
    header["typ"] = "JWT"
    for name in ("scope", "scp", "client_id", "jti"):
        claims.pop(name, None)
    claims |= {"aud": client, "azp": client, "nonce": "9f6c2d", "auth_time": at, "at_hash": "9f6c2d9f6c2d9f6c2d9f6c"}


_CHANGES: dict[str, Callable[[Claims, Claims, int], None]] = {
    "expired": _expired,
    "just-expired": _just_expired,
    "not-yet-valid": _not_yet_valid,
    "other-audience": _other_audience,
    "other-issuer": _other_issuer,
    "id-token": _id_token,
}
CHANGES = tuple(sorted(_CHANGES))


def with_key_id(header: str, payload: str, last: str, value: str | None) -> str:
    """The token with another ``kid`` (None: with none) under the signature that it had."""
    fields = json.loads(unbase64(header))
    fields.pop("kid", None)
    if value is not None:
        fields["kid"] = value
    return f"{compact(fields)}.{payload}.{last}"


def key_id_of(alteration: str) -> str | None:
    """The ``kid`` that goes with the name of an alteration; None for none at all."""
    return {"path": "../../../../../../dev/null", "quote": "x' OR '1'='1", "long": "k" * 4096}.get(
        alteration.removeprefix("key-id-"), None if alteration == HOSTILE_KEY_IDS[0] else "no-such-key-9f6c2d"
    )


def by_public_key(header: str, payload: str, secret: bytes) -> str:
    """An HMAC over the claims as they were, with public text as its secret (RFC 8725 section 2.1)."""
    fields = {**json.loads(unbase64(header)), "alg": "HS256"}
    text = f"{compact(fields)}.{payload}"
    return f"{text}.{to_base64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def by_own_key(header: str, payload: str, seed: bytes, place: str) -> str | None:
    """The claims as they were, signed by a key of this tool. ``place``: where the header says that the key is.

    ``jwk``: the key stands in the header; "" : nowhere, the header is as it was; else the name of a header parameter
    and a URL, as ``jku https://…``. None where the token's algorithm is not one that this tool signs by.
    """
    fields = json.loads(unbase64(header))
    algorithm = fields.get("alg")
    if not isinstance(algorithm, str):
        return None
    key = own_key(algorithm, seed)
    if key is None:
        return None
    if place == "jwk":
        fields["jwk"] = public_jwk(key, algorithm, str(fields.get("kid", "")))
    elif place:
        name, _, url = place.partition(" ")
        fields[name] = url
    text = f"{compact(fields)}.{payload}"
    return f"{text}.{to_base64(signature(text.encode(), algorithm, key))}"


def own_key(algorithm: str, seed: bytes) -> Any:
    """A key of this tool that fits an algorithm; on a curve it follows from the seed, an RSA key is new. None: none."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if algorithm in _CURVES and algorithm[2:] in _HASHES:
        number = int.from_bytes(hmac.new(seed, b"forged token key", hashlib.sha256).digest(), "big") >> 8
        return ec.derive_private_key(number + 1, getattr(ec, _CURVES[algorithm][0])())
    if algorithm[:2] in ("RS", "PS") and algorithm[2:] in _HASHES:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return None


def public_jwk(key: Any, algorithm: str, key_id: str) -> Claims:
    """The public half as a JSON Web Key (RFC 7517, RFC 7518 section 6)."""
    more: Claims = {"use": "sig", "alg": algorithm, **({"kid": key_id} if key_id else {})}
    numbers = key.public_key().public_numbers()
    if algorithm in _CURVES:
        width = _CURVES[algorithm][1]
        point = {"x": to_base64(numbers.x.to_bytes(width, "big")), "y": to_base64(numbers.y.to_bytes(width, "big"))}
        return {"kty": "EC", "crv": f"P-{key.curve.key_size}", **point, **more}
    size = (numbers.n.bit_length() + 7) // 8
    return {"kty": "RSA", "n": to_base64(numbers.n.to_bytes(size, "big")), "e": "AQAB", **more}
