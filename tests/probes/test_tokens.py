"""Alterations differ in exactly one respect; facts of tokens and request ids follow from their input."""

from __future__ import annotations

import json

import jwt
import pytest

from checker.model.value import canonical
from checker.probes.alterations import alter, garbage
from checker.probes.request_id import request_id
from checker.probes.tokens import jwt_parts, read_token, to_base64, token_ends, token_facts, unbase64
from tests.probes.support import SEED, SIGNED


def parts(token: str) -> dict[str, object]:
    header, payload, signature = token.split(".")
    return {
        "header": json.loads(unbase64(header)),
        "payload": json.loads(unbase64(payload)),
        "signature": unbase64(signature),
    }


def changed(alteration: str) -> tuple[dict[str, object], dict[str, object], list[str]]:
    found = alter(SIGNED, alteration, SEED)
    assert found is not None
    before, after = parts(SIGNED), parts(found)
    raw = [name for name, one, two in zip(before, SIGNED.split("."), found.split("."), strict=True) if one != two]
    return before, after, raw


def test_signature_removed_changes_the_signature_alone() -> None:
    _, after, differs = changed("signature-removed")
    assert (differs, after["signature"]) == (["signature"], b"")


def test_signature_altered_changes_one_bit_of_the_signature_alone() -> None:
    before, after, differs = changed("signature-altered")
    one, two = before["signature"], after["signature"]
    assert isinstance(one, bytes)
    assert isinstance(two, bytes)
    assert differs == ["signature"]
    assert len(one) == len(two)
    assert sum((a ^ b).bit_count() for a, b in zip(one, two, strict=True)) == 1


def test_payload_altered_changes_one_claim_and_keeps_header_and_signature() -> None:
    before, after, differs = changed("payload-altered")
    claims = before["payload"]
    assert isinstance(claims, dict)
    assert differs == ["payload"]
    assert after["payload"] == claims | {"exp": claims["exp"] + 1}


def test_payload_altered_without_an_expiry_changes_the_token_id() -> None:
    token = jwt.encode({"sub": "me"}, "k" * 32, algorithm="HS256")
    found = alter(token, "payload-altered", SEED)
    assert found is not None
    assert parts(found)["payload"] == {"sub": "me", "jti": "x"}


def test_alg_none_makes_an_unsecured_token_with_the_same_claims() -> None:
    before, after, differs = changed("alg-none")
    header = before["header"]
    assert isinstance(header, dict)
    assert differs == ["header", "signature"]
    assert (after["header"], after["signature"]) == (header | {"alg": "none"}, b"")


def test_alg_none_in_mixed_case_changes_one_word_more() -> None:
    plain, mixed = changed("alg-none")[1], changed("alg-none-mixed-case")[1]
    header = plain["header"]
    assert isinstance(header, dict)
    assert mixed == plain | {"header": header | {"alg": "nOnE"}}


def test_garbage_shares_nothing_with_the_credential_and_follows_from_the_seed() -> None:
    assert alter(SIGNED, "garbage", SEED) == garbage(SEED) == alter("anything", "garbage", SEED)
    assert garbage(SEED) != garbage(b"other")
    assert jwt_parts(garbage(SEED)) is None


@pytest.mark.parametrize(
    ("answer", "lifetime"),
    [
        ({"expires_in": "599"}, 599),
        ({"expires_in": 60.0}, 60),
        ({"expires_in": "soon"}, None),
        ({"expires_in": True}, None),
        ({"expires_in": float("inf")}, None),
        ({"expires_in": float("nan")}, None),
        ({"expires_in": 10**40}, None),
        ({"expires_in": -5}, -5),
        ({}, None),
    ],
)
def test_a_lifetime_may_be_written_in_several_ways(answer: dict[str, object], lifetime: int | None) -> None:
    token = read_token(json.dumps({"access_token": "opaque-token", **answer}).encode())
    assert token is not None
    assert (token.facts.form, token.facts.lifetime_s, token.lifetime_s) == ("opaque", lifetime, lifetime)


def test_facts_of_a_token_with_odd_claims() -> None:
    token = jwt.encode({"aud": ["a", "b"], "exp": 5}, "k" * 32, algorithm="HS256")
    facts = token_facts(token)
    assert (facts.audience, facts.lifetime_s, facts.issuer) == (("a", "b"), None, "")


@pytest.mark.parametrize("end", [float("inf"), float("nan"), 10**400, "soon", [], 10**30, None])
def test_a_token_that_says_nonsense_of_its_end_says_nothing(end: object) -> None:
    token = jwt.encode({"iat": 1, "sub": "x"}, "k" * 32, algorithm="HS256")
    head, _, signature = token.split(".")
    hostile = f"{head}.{to_base64(json.dumps({'iat': 1, 'exp': end}).encode())}.{signature}"
    assert token_facts(hostile).lifetime_s is None
    assert token_ends(hostile) is None
    found = read_token(json.dumps({"access_token": hostile}).encode())
    assert found is not None
    assert found.lifetime_s is None
    assert canonical(found.facts)


def test_request_ids_have_the_form_of_a_uuid_and_follow_from_the_seed() -> None:
    one = request_id(b"seed", "http a")
    assert one == request_id(b"seed", "http a") != request_id(b"other", "http a")
    assert (len(one), one[14]) == (36, "4")
