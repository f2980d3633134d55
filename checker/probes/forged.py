"""Probes with tokens that are wrong in one respect, though their issuer signed them, and with ones nobody signed.

The control goes out in the same slot. Source: RFC 7519 section 4.1, RFC 8725 sections 2 and 3, RFC 9068 section 4.
"""

from __future__ import annotations

from typing import Any

import msgspec

from checker.model.asked import HANDED, ISSUED, KEY_ADDRESSES, PUBLIC_KEY, OfType, ReissuedToken
from checker.model.exchange import Request
from checker.model.need import Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason, Safety
from checker.model.value import NoParams
from checker.probes.access import TOKEN_KINDS, default_kind
from checker.probes.addresses import host_and_port, is_loopback
from checker.probes.fhir import found_ids, get, search_need
from checker.probes.tokens import to_base64, unbase64

_LONGEST = 4096
"""Letters of a number in a key: more is no key, and would take long to look at."""
_KEYS = Need(probe="smart.keys", params=NoParams())


async def readable(s: Session, type: str) -> Request | None:
    """The read that is the control of tests with tokens; None, and said so, where there is none."""
    if default_kind(s) not in TOKEN_KINDS:
        s.short(Reason.PREREQUISITE, "no identity with an access token is configured")
        return None
    ids = await found_ids(s, type)
    return get(s.url(f"{type}/{ids[0]}")) if ids else None


@probe(
    "access.reissued-token",
    "1",
    params=ReissuedToken,
    uses=lambda p: (search_need(p.type),),
    budget=lambda p: Budget(requests=2, wrong_tokens=1),
    safety=Safety.S2,
    interactions=("read",),
)
async def reissued_token(s: Session, p: ReissuedToken) -> None:
    """A read with a token that its issuer signed (control), and with one that is wrong in one respect (mutant).

    With the key of the issuer (identity ``issued``) both are made here. Without it, the mutant is the token of the
    identity that has the name of the change, and the control that of the default identity.
    """
    control = await readable(s, p.type)
    if control is None:
        return
    if s.supplier.has_identity(ISSUED):
        control = msgspec.structs.replace(control, identity=ISSUED)
        mutant = msgspec.structs.replace(control, alteration=p.change)
        await s.pair(control, mutant, differs_in="alteration", interaction="read")
    elif p.change in HANDED and s.supplier.has_identity(p.change):
        mutant = msgspec.structs.replace(control, identity=p.change)
        await s.pair(control, mutant, differs_in="identity", interaction="read")
    else:
        also = f", or such a token (identity '{p.change}' of the kind bearer)" if p.change in HANDED else ""
        wanted = f"it takes the key of the token issuer (identity '{ISSUED}' of the kind token-issuer){also}"
        s.short(Reason.PREREQUISITE, f"a token that is {p.change} in one respect cannot be made: {wanted}")


@probe(
    "access.key-addresses",
    "1",
    params=OfType,
    uses=lambda p: (search_need(p.type),),
    budget=lambda p: Budget(requests=2 * len(KEY_ADDRESSES), wrong_tokens=len(KEY_ADDRESSES)),
    safety=Safety.S2,
    interactions=("read",),
)
async def key_addresses(s: Session, p: OfType) -> None:
    """A read with the token (control), and with one that says where on this machine its key can be fetched (mutant).

    Only a system on this machine is asked: to any other, the address would be one of its own.
    """
    place = host_and_port(s.supplier.base_url)
    if place is None or not is_loopback(place[0]):
        s.note("left-out", "the system is not on this machine")
        return
    control = await readable(s, p.type)
    if control is None:
        return
    for name in KEY_ADDRESSES:
        mutant = msgspec.structs.replace(control, alteration=name)
        await s.pair(control, mutant, differs_in="alteration", interaction="read")


@probe(
    "access.public-key",
    "1",
    params=OfType,
    uses=lambda p: (search_need(p.type), _KEYS),
    budget=lambda p: Budget(requests=4, wrong_tokens=2),
    safety=Safety.S2,
    interactions=("read",),
)
async def public_key(s: Session, p: OfType) -> None:
    """A read with the token (control), and with its claims under an HMAC whose secret is the published key (mutant).

    The key is taken from the key set that the SMART configuration names, by the ``kid`` of the token. The secret is
    its PEM text, with the line break at its end and without it: libraries were fooled by either.
    """
    control = await readable(s, p.type)
    if control is None:
        return
    found = (await s.need(_KEYS)).exchange("keys")
    listed = found.json().value if found is not None and found.ok else None
    searched = (await s.need(search_need(p.type))).exchange("search")
    facts = searched.http.credential if searched is not None else None
    pem = pem_of(listed, facts.key_id if facts is not None else "")
    if not pem:
        s.short(
            Reason.PREREQUISITE, "no public key of the token issuer is at hand (jwks_uri of the SMART configuration)"
        )
        return
    for secret in (pem, pem.rstrip(b"\n")):
        mutant = msgspec.structs.replace(control, alteration=f"{PUBLIC_KEY}{to_base64(secret)}")
        await s.pair(control, mutant, differs_in="alteration", interaction="read")


def pem_of(listed: Any, key_id: str) -> bytes:
    """A public key of a JSON Web Key Set as PEM: that of the ``kid``, else the first that signs; b"" if none."""
    keys = listed.get("keys") if isinstance(listed, dict) else None
    found = [one for one in keys if isinstance(one, dict)] if isinstance(keys, list) else []
    found.sort(key=lambda one: one.get("kid") != key_id)
    for one in found:
        if one.get("use", "sig") == "sig" and (pem := _pem(one)):
            return pem
    return b""


def _pem(jwk: dict[str, Any]) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    curves = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}
    try:
        key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey
        if jwk.get("kty") == "RSA":
            key = rsa.RSAPublicNumbers(_number(jwk, "e"), _number(jwk, "n")).public_key()
        elif jwk.get("kty") == "EC" and jwk.get("crv") in curves:
            numbers = ec.EllipticCurvePublicNumbers(_number(jwk, "x"), _number(jwk, "y"), curves[jwk["crv"]])
            key = numbers.public_key()
        else:
            return b""
    except (ValueError, TypeError):  # whatever a server calls a key
        return b""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _number(jwk: dict[str, Any], name: str) -> int:
    value = jwk.get(name)
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise TypeError(name)
    return int.from_bytes(unbase64(value), "big")
