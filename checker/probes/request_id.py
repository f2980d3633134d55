"""Request ids that an assessor can predict: derived, never drawn."""

from __future__ import annotations

import hashlib
import hmac
import uuid


def request_id(seed: bytes, key: str) -> str:
    """The X-Request-ID of the ask with that key: HMAC-SHA256(seed, key) as a UUID.

    It has the form of RFC 9562 §5.4 (version 4), the form that servers which validate this header
    expect; the bits are pseudo-random, so whoever knows the challenge's seed can work out which ids
    must be in the supplier's audit log, and nobody else can.

    >>> request_id(b"seed", "http a") == request_id(b"seed", "http a")
    True
    >>> request_id(b"seed", "http a") == request_id(b"seed", "http b")
    False
    """
    mac = hmac.new(seed, key.encode(), hashlib.sha256).digest()
    return str(uuid.UUID(bytes=mac[:16], version=4))
