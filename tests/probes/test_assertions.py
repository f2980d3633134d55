"""Client assertions with a fault: each is wrong in one respect, and good in all others."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, get_args

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from checker.errors import CheckerFault
from checker.model.asked_oauth import Fault
from checker.probes.assertions import faulty
from checker.probes.tokens import jwt_parts, unbase64
from tests.probes.support import SEED

AT = 1_795_000_000
KEY = ec.generate_private_key(ec.SECP384R1())
PEM = KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
HEADER = {"alg": "ES384", "kid": "k1", "typ": "JWT"}
CLAIMS = {"iss": "me", "sub": "me", "aud": "https://auth.test/token", "jti": "0f" * 16, "iat": AT, "exp": AT + 240}
LOOSE: Any = {
    **{f"verify_{name}": False for name in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")},
    "verify_signature": True,
}
IN_THE_SIGNATURE = ("hs256", "alg-none", "own-key")
CHANGED = {
    "issuer-other": ("iss",),
    "subject-other": ("sub",),
    "audience-other": ("aud",),
    "jti-absent": ("jti",),
    "jti-number": ("jti",),
    "exp-absent": ("exp",),
    "exp-text": ("exp",),
    "exp-past": ("exp", "iat"),
    "exp-far": ("exp",),
    "kid-absent": ("kid",),
    "kid-unknown": ("kid",),
}


def made(fault: str, header: dict[str, Any] = HEADER) -> str:
    found = faulty(header, CLAIMS, fault, pem=PEM, seed=SEED, at=AT)
    assert found is not None
    return found


def parts(token: str) -> dict[str, Any]:
    found = jwt_parts(token)
    assert found is not None
    return {**found[0], **found[1]}


def test_every_fault_is_looked_at_here() -> None:
    assert set(get_args(Fault)) == {*IN_THE_SIGNATURE, *CHANGED}


@pytest.mark.parametrize("fault", CHANGED)
def test_what_is_wrong_is_signed_rightly_and_nothing_else_is_wrong(fault: str) -> None:
    token = made(fault)
    jwt.decode(token, KEY.public_key(), algorithms=["ES384"], options=LOOSE)
    good, bad = {**HEADER, **CLAIMS}, parts(token)
    assert {name for name in good.keys() | bad.keys() if good.get(name) != bad.get(name)} == set(CHANGED[fault])
    assert ("absent" in fault) == (CHANGED[fault][0] not in bad)


def test_what_is_in_the_claims_that_are_wrong() -> None:
    assert parts(made("exp-text"))["exp"] == str(AT + 240)
    assert parts(made("exp-past"))["exp"] == AT - 600
    assert parts(made("exp-far"))["exp"] == AT + 3600
    assert isinstance(parts(made("jti-number"))["jti"], int)


@pytest.mark.parametrize("fault", IN_THE_SIGNATURE)
def test_a_fault_of_the_signature_leaves_the_claims(fault: str) -> None:
    token = made(fault)
    assert {name: value for name, value in parts(token).items() if name != "alg"} == {
        name: value for name, value in {**HEADER, **CLAIMS}.items() if name != "alg"
    }
    with pytest.raises(jwt.PyJWTError):
        jwt.decode(token, KEY.public_key(), algorithms=["ES384"], options=LOOSE)


def test_the_secret_of_the_hmac_is_the_public_key_that_the_server_knows() -> None:
    text, _, given = made("hs256").rpartition(".")
    public = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert unbase64(given) == hmac.new(public, text.encode(), hashlib.sha256).digest()
    assert made("alg-none").endswith(".")


def test_what_is_not_there_cannot_be_left_out() -> None:
    header = {"alg": "ES384"}
    assert faulty(header, CLAIMS, "kid-absent", pem=PEM, seed=SEED, at=AT) is None
    with pytest.raises(CheckerFault):
        faulty(header, CLAIMS, "no-such-fault", pem=PEM, seed=SEED, at=AT)
