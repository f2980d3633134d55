"""A JSON Web Key Set as facts: what may be known of public keys, and no key itself. Source: RFC 7517, RFC 7518 §6.3."""

from __future__ import annotations

import base64
import binascii
from typing import Any

_MOST_KEYS = 100
_LONGEST = 1000
_SECRET = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")


def described(found: Any) -> list[dict[str, Any]] | None:
    """Of each key ``kid``, ``kty``, ``use``, ``alg`` (texts or None), ``bits`` of an RSA key, and ``private``.

    None where it is no set of keys.

    >>> described({"keys": [{"kid": "a", "kty": "RSA", "n": "gAE", "e": "AQAB"}]})[0]["bits"], described([])
    (16, None)
    """
    keys = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(keys, list) or not all(isinstance(one, dict) for one in keys):
        return None
    return [
        {
            **{name: _text(one.get(name)) for name in ("kid", "kty", "use", "alg")},
            "bits": _bits(one.get("n")),
            "private": any(name in one for name in _SECRET),
        }
        for one in keys[:_MOST_KEYS]
    ]


def _text(value: Any) -> str | None:
    return value[:_LONGEST] if isinstance(value, str) else None


def _bits(modulus: Any) -> int | None:
    """How long the modulus is, which is the size of an RSA key."""
    if not isinstance(modulus, str):
        return None
    try:
        bare = modulus.rstrip("=")
        return int.from_bytes(base64.b64decode(bare + "=" * (-len(bare) % 4), b"-_", validate=True)).bit_length()
    except (ValueError, binascii.Error):
        return None
