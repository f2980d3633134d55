"""What may be kept of a token that a client sent: header, claims and digests. Never the signature, nor who it names.

A token whose third part is ``sha256~`` and 64 hexadecimal digits was masked by whoever captured it: the digest of the
signature stands in its place. The same for an access token as a whole.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import msgspec

_MASKED = re.compile(r"sha256~([0-9a-f]{64})")
_MOST_TEXT = 1000
_MOST_ITEMS = 20
_SCALARS = ("aud", "jti", "exp", "iat", "nbf")
_AUDIT = ("reason_for_request", "requested_scope")
AUDIT_CLAIMS = (*_AUDIT, "requesting_device", "requesting_organization", "requesting_practitioner", "requested_record")
"""The claims of GP Connect's audit tokens, by which one is known."""
GENERIC_USERS = frozenset(
    (
        *("admin", "administrator", "anonymous", "default", "generic", "guest", "none", "null", "root", "service"),
        *("serviceaccount", "superuser", "system", "systemuser", "test", "testuser", "unk", "unknown", "user"),
    )
)
"""Names that are nobody's, letters alone."""


def digest(text: str) -> str:
    """``sha256:`` and the digest, also of what was masked already.

    >>> digest("a")[:15], digest("sha256~" + 64 * "0")[:15]
    ('sha256:ca978112', 'sha256:00000000')
    """
    masked = _MASKED.fullmatch(text)
    return f"sha256:{masked[1] if masked else hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"


def plain(value: Any) -> Any:
    """A scalar as it is, if it is not too long; of anything else only what it is."""
    if isinstance(value, str):
        return value if len(value) <= _MOST_TEXT else digest(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) < 1 << 53 else {"is": "a number"}
    if isinstance(value, bool | float) or value is None:
        return value
    return {"is": "a list" if isinstance(value, list) else "an object"}


def token_facts(text: str) -> dict[str, Any]:
    """``parts``, ``signature`` ("" where there is none) and ``digest``; ``header`` and ``claims`` where it is a JWT."""
    parts = text.strip().split(".")
    signature = digest(parts[2]) if len(parts) > 2 and parts[2] else ""
    header, claims = (_object(part) for part in (*parts, "")[:2])
    facts = {"parts": len(parts), "signature": signature, "digest": digest(".".join((*parts[:2], signature)))}
    if header is None or claims is None:
        return facts
    return {**facts, "header": _header(header), "claims": _claims(claims)}


def is_audit(text: str) -> bool:
    """Is it a JWT that carries claims of GP Connect?"""
    parts = text.strip().split(".")
    claims = _object(parts[1]) if len(parts) > 1 else None
    return claims is not None and any(name in claims for name in AUDIT_CLAIMS)


def _object(part: str) -> dict[str, Any] | None:
    try:
        bare = part.rstrip("=")
        found = msgspec.json.decode(base64.b64decode(bare + "=" * (-len(bare) % 4), b"-_", validate=True))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _header(header: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(header[name]) for name in ("alg", "typ", "kid") if name in header}


def _claims(claims: dict[str, Any]) -> dict[str, Any]:
    """Who issued it and for whom as digests, since an application key is half a credential; the rest as it is."""
    found = {name: plain(claims[name]) for name in _SCALARS if claims.get(name) is not None}
    if isinstance(claims.get("aud"), list):
        found["aud"] = [plain(one) for one in claims["aud"][:_MOST_ITEMS]]
    for name in ("iss", "sub"):
        if name in claims:
            value = claims[name]
            found[name] = digest(value) if isinstance(value, str) and value else plain(value)
    if not any(name in claims for name in AUDIT_CLAIMS):
        return found
    for name in AUDIT_CLAIMS:
        if (value := claims.get(name)) is not None:
            found[name] = plain(value) if name in _AUDIT else _part(name, value)
    return {**found, "generic_sub": generic(claims.get("sub"))}


def generic(value: Any) -> str:
    """The name, if it is one that is nobody's; else nothing.

    >>> generic("SYSTEM_user"), generic("10019")
    ('systemuser', '')
    """
    letters = re.sub(r"[^a-z]", "", value.lower()) if isinstance(value, str) else ""
    digits = isinstance(value, str) and any(one.isdigit() for one in value)
    return letters if letters in GENERIC_USERS and not digits else ""


def _part(name: str, value: Any) -> dict[str, Any]:
    """What is judged of a resource in a claim. Of a practitioner and a patient no name and no number is kept."""
    if not isinstance(value, dict):
        return plain(value) if isinstance(plain(value), dict) else {"is": "a scalar"}
    listed = value.get("identifier")
    identifiers = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    systems = [plain(one.get("system")) for one in identifiers[:_MOST_ITEMS]]
    kept: dict[str, Any] = {"resourceType": plain(value.get("resourceType")), "systems": systems}
    if name == "requesting_device":
        kept["values"] = [_given(one.get("value")) for one in identifiers[:_MOST_ITEMS]]
        kept |= {inner: _given(value.get(inner)) for inner in ("model", "version")}
    elif name == "requesting_organization":
        kept["values"] = [plain(one.get("value")) for one in identifiers[:_MOST_ITEMS]]
        kept["name"] = _given(value.get("name"))
    elif name == "requesting_practitioner":
        held = value.get("id")
        kept["id"] = digest(held) if isinstance(held, str) and held else plain(held)
        kept["generic"] = next((word for one in identifiers if (word := _local(one))), "")
    return kept


def _local(identifier: dict[str, Any]) -> str:
    """A generic name under an identifier of the consumer's own; UNK is what the NHS wants without a smartcard."""
    system = identifier.get("system")
    if isinstance(system, str) and ("fhir.nhs.uk" in system or "fhir.nhs.net" in system):
        return ""
    return generic(identifier.get("value"))


def _given(value: Any) -> bool:
    """Is there a text?"""
    return isinstance(value, str) and bool(value.strip())
