"""Hostile tokens: each is wrong in one respect, and good in all others."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from checker.model.asked import HOSTILE_KEY_IDS, PUBLIC_KEY
from checker.probes import forge
from checker.probes.alterations import OWN_KEY, alter
from checker.probes.forged import pem_of
from checker.probes.tokens import jwt_parts, to_base64
from tests.probes.support import SEED

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
CLAIMS = {"iss": "https://auth.test", "aud": "https://api.test", "sub": "me", "exp": AT + 300, "scope": "a", "jti": "1"}
LOOSE: Any = {"verify_exp": False, "verify_nbf": False, "verify_aud": False, "verify_iat": False}
EC = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
TOKEN = jwt.encode(CLAIMS, EC, algorithm="ES256", headers={"kid": "k1", "typ": "at+jwt"})


def pem(key: Any) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    made: bytes = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return made


def again(change: str, *, key: Any = EC, algorithm: str = "ES256", token: str = TOKEN) -> tuple[Any, Any]:
    made = forge.reissued(token, change, pem=pem(key), algorithm=algorithm, key_id="k1", now=NOW)
    assert made is not None
    jwt.decode(made, key.public_key(), algorithms=[algorithm], options=LOOSE)  # the signature is good
    parts = jwt_parts(made)
    assert parts is not None
    return parts


def differing(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def test_a_token_that_is_issued_again_says_the_same() -> None:
    header, claims = again("")
    assert claims == CLAIMS
    assert header == {"alg": "ES256", "kid": "k1", "typ": "at+jwt"}


@pytest.mark.parametrize(
    ("change", "claim", "value"),
    [
        ("expired", "exp", AT - 86400),
        ("just-expired", "exp", AT - 600),
        ("not-yet-valid", "nbf", AT + 3600),
        ("other-audience", "aud", forge.ELSEWHERE),
        ("other-issuer", "iss", forge.ELSEWHERE),
    ],
)
def test_a_change_is_of_one_claim_under_a_good_signature(change: str, claim: str, value: object) -> None:
    header, claims = again(change)
    assert differing(CLAIMS, claims) == {claim}
    assert claims[claim] == value
    assert header["typ"] == "at+jwt"


def test_an_id_token_is_for_the_client_and_has_no_scope() -> None:
    header, claims = again("id-token")
    assert (header["typ"], claims["aud"]) == ("JWT", "me")
    assert "scope" not in claims
    assert claims["exp"] == CLAIMS["exp"]


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256", "PS512"])
def test_a_token_is_signed_by_what_the_key_is_for(algorithm: str) -> None:
    again("expired", key=RSA, algorithm=algorithm)
    again("expired", key=ec.generate_private_key(ec.SECP384R1()), algorithm="ES384")


@pytest.mark.parametrize("ends", [None, "soon", True, AT - 5])
def test_a_control_has_not_ended(ends: object) -> None:
    claims = {**CLAIMS, "exp": ends}
    token = f"{forge.compact({'alg': 'ES256'})}.{forge.compact(claims)}.AAAA"
    assert again("", token=token)[1]["exp"] == AT + 3600


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "..", ""])
def test_what_is_no_jwt_is_not_issued_again(token: str) -> None:
    assert forge.reissued(token, "", pem=pem(EC), algorithm="ES256", key_id="", now=NOW) is None


@pytest.mark.parametrize("name", HOSTILE_KEY_IDS)
def test_a_hostile_key_id_is_the_only_thing_that_differs(name: str) -> None:
    found = alter(TOKEN, name, SEED)
    assert found is not None
    before, after = jwt_parts(TOKEN), jwt_parts(found)
    assert before is not None
    assert after is not None
    assert differing(before[0], after[0]) == {"kid"}
    assert found.split(".")[1:] == TOKEN.split(".")[1:]


def test_the_hostile_key_ids_are_what_they_are_called() -> None:
    said = {name: forge.key_id_of(name) for name in HOSTILE_KEY_IDS}
    assert said["key-id-absent"] is None
    assert ".." in (said["key-id-path"] or "")
    assert "'" in (said["key-id-quote"] or "")
    assert len(said["key-id-long"] or "") == 4096
    assert len(set(said.values())) == len(HOSTILE_KEY_IDS)


def test_the_public_key_as_a_secret_signs_the_same_claims() -> None:
    public = EC.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    found = alter(TOKEN, f"{PUBLIC_KEY}{to_base64(public)}", SEED)
    assert found is not None
    parts = jwt_parts(found)
    assert parts is not None
    assert parts[0] == {"alg": "HS256", "kid": "k1", "typ": "at+jwt"}
    assert found.split(".")[1] == TOKEN.split(".")[1]
    first, second, _ = TOKEN.split(".")
    assert forge.by_public_key(first, second, public) == found


@pytest.mark.parametrize("name", OWN_KEY)
@pytest.mark.parametrize(("key", "algorithm"), [(EC, "ES256"), (RSA, "RS256"), (RSA, "PS384")])
def test_a_key_of_this_tool_signs_the_same_claims(name: str, key: Any, algorithm: str) -> None:
    token = jwt.encode(CLAIMS, key, algorithm=algorithm, headers={"kid": "k1"})
    found = alter(token, name, SEED)
    assert found is not None
    header = json.loads(json.dumps(jwt.get_unverified_header(found)))
    assert found.split(".")[1] == token.split(".")[1]
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(found, key.public_key(), algorithms=[algorithm], options=LOOSE)
    if OWN_KEY[name] == "jwk":
        own = jwt.PyJWK(header.pop("jwk")).key
        jwt.decode(found, own, algorithms=[algorithm], options=LOOSE)
    assert header == jwt.get_unverified_header(token)


def test_a_token_by_a_shared_secret_is_not_signed_by_a_key_of_this_tool() -> None:
    token = jwt.encode(CLAIMS, "k" * 32, algorithm="HS256")
    assert {alter(token, name, SEED) for name in OWN_KEY} == {None}


@pytest.mark.parametrize("listed", [None, [], {}, {"keys": 1}, {"keys": [1, None, {}]}, {"keys": [{"kty": "RSA"}]}])
def test_odd_key_sets_hold_no_key(listed: object) -> None:
    assert pem_of(listed, "k1") == b""


@pytest.mark.parametrize("bad", [{"x": 1}, {"x": "%"}, {"x": "AQ", "y": "AQ"}, {"crv": "P-1"}, {"use": "enc"}])
def test_a_key_that_cannot_be_read_is_left_out(bad: dict[str, object]) -> None:
    good = forge.public_jwk(EC, "ES256", "k1")
    assert pem_of({"keys": [{**good, **bad}]}, "k1") == b""
    assert pem_of({"keys": [{**good, **bad}, good]}, "k1").startswith(b"-----BEGIN PUBLIC KEY")


def test_the_key_is_that_of_the_token() -> None:
    first, second = forge.public_jwk(RSA, "RS256", "a"), forge.public_jwk(EC, "ES256", "b")
    listed = {"keys": [first, second]}
    assert pem_of(listed, "b") == EC.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert pem_of(listed, "c") == pem_of({"keys": [first]}, "a")
