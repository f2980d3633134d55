"""What a negative test may do to a credential. Each changes one thing and leaves the rest byte for byte."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from urllib.parse import urlencode

from checker.errors import CheckerFault
from checker.model.asked import HOSTILE_KEY_IDS, IN_FORM, IN_QUERY, PUBLIC_KEY
from checker.model.exchange import Headers
from checker.probes import forge
from checker.probes.tokens import jwt_parts, to_base64, unbase64

GARBAGE = "garbage"


def alter(credential: str, alteration: str, seed: bytes) -> str | None:
    """The altered credential; None when the alteration needs a signed JWT and this is none."""
    if alteration == GARBAGE:
        return garbage(seed)
    change = _signing(alteration, seed) or _OF_JWT.get(alteration)
    if change is None:
        names = ", ".join(ALTERATIONS)
        raise CheckerFault(f"There is no alteration called {alteration!r}.", next_step=f"Use one of {names}.")
    if jwt_parts(credential) is None:
        return None
    header, payload, signature = credential.split(".")
    return change(header, payload, signature) if signature else None


def placed(value: str, alteration: str) -> tuple[Headers, str, str]:
    """The headers, the query and the form of a token as it is, in another place or another spelling."""
    parameter = urlencode({"access_token": value}, errors="surrogateescape")
    query = parameter if alteration in (IN_QUERY, "also-in-query") else ""
    form = parameter if alteration == IN_FORM else ""
    scheme = "bearer" if alteration == "lower-case-scheme" else "Bearer"
    times = 0 if alteration in (IN_QUERY, IN_FORM) else 2 if alteration == "given-twice" else 1
    return (("Authorization", f"{scheme} {value}"),) * times, query, form


def garbage(seed: bytes) -> str:
    """A credential that nobody issued: opaque, and the same for the same seed."""
    return to_base64(hmac.new(seed, b"alteration garbage", hashlib.sha256).digest())


def _signing(alteration: str, seed: bytes) -> Callable[[str, str, str], str | None] | None:
    """The changes that put another signature, or another name of its key, in the place of the old one."""
    if alteration in HOSTILE_KEY_IDS:
        return lambda header, payload, old: forge.with_key_id(header, payload, old, forge.key_id_of(alteration))
    if alteration.startswith(PUBLIC_KEY):
        secret = unbase64(alteration.removeprefix(PUBLIC_KEY))
        return lambda header, payload, old: forge.by_public_key(header, payload, secret)
    if alteration in OWN_KEY:
        return lambda header, payload, old: forge.by_own_key(header, payload, seed, OWN_KEY[alteration])
    return None


OWN_KEY = {"own-key": "", "own-key-in-jwk": "jwk"}
"""Signed by a key of this tool → where the header says that the key is."""


def _signature_removed(header: str, payload: str, signature: str) -> str:
    """The signature part is empty; the header still names its algorithm."""
    return f"{header}.{payload}."


def _signature_altered(header: str, payload: str, signature: str) -> str:
    """One bit of the signature is flipped, in its first byte, so that its length and form stay."""
    data = bytearray(unbase64(signature)) or bytearray(b"\0")
    data[0] ^= 0x01
    return f"{header}.{payload}.{to_base64(bytes(data))}"


def _payload_altered(header: str, payload: str, signature: str) -> str:
    """One claim is changed under the old signature.

    It is ``exp``, one second later: whoever does not check the signature has no other reason to
    refuse the token.
    """
    claims = json.loads(unbase64(payload))
    expires = claims.get("exp")
    if isinstance(expires, int | float) and not isinstance(expires, bool):
        claims["exp"] = expires + 1
    else:
        claims["jti"] = f"{claims.get('jti', '')}x"
    return f"{header}.{_compact(claims)}.{signature}"


def _alg_none(header: str, payload: str, signature: str) -> str:
    """An unsecured JWT (RFC 7519 §6.1): ``alg`` is ``none``, which by RFC 7515 §A.5 has an empty signature."""
    return _unsigned("none", header, payload)


def _alg_none_mixed_case(header: str, payload: str, signature: str) -> str:
    """The same spelt ``nOnE``: names are case-sensitive (RFC 7515 §4.1.1), which a list of what is barred forgets."""
    return _unsigned("nOnE", header, payload)


def _unsigned(algorithm: str, header: str, payload: str) -> str:
    fields = json.loads(unbase64(header))
    fields["alg"] = algorithm
    return f"{_compact(fields)}.{payload}."


def _compact(value: object) -> str:
    return to_base64(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


_OF_JWT: dict[str, Callable[[str, str, str], str | None]] = {
    "signature-removed": _signature_removed,
    "signature-altered": _signature_altered,
    "payload-altered": _payload_altered,
    "alg-none": _alg_none,
    "alg-none-mixed-case": _alg_none_mixed_case,
}
ALTERATIONS = (GARBAGE, *sorted((*_OF_JWT, *HOSTILE_KEY_IDS)))
"""What is done to a credential itself, by its name alone. Others alter its place: ``credentials.py``."""
