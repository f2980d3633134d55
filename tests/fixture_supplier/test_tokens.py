"""The token endpoint, and what the resource server makes of a token."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from fixtures.supplier.clock import wall_clock
from fixtures.supplier.serve import Served
from fixtures.supplier.tokens import ASSERTION_TYPE
from tests.fixture_supplier.client import FORM, Answer, Client, altered

CLIENT = {"grant_type": "client_credentials"}


def basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{quote(name)}:{quote(secret)}".encode()).decode()


def assertion(served: Served, headers: dict[str, Any] | None = None, **changed: Any) -> str:
    at = int(wall_clock().timestamp())
    claims = {"iss": served.client_id, "sub": served.client_id, "aud": served.token_url, "exp": at + 200}
    claims = {**claims, "jti": f"{changed}-{headers}", **changed}
    key = load_pem_private_key(served.client_key.read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return jwt.encode(claims, key, algorithm="RS512", headers={"kid": served.key_id, **(headers or {})})


def ask(client: Client, signed: str) -> Answer:
    form = {**CLIENT, "client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}
    return client.post_form(client.served.token_url, form)


def test_a_secret_in_the_body_or_by_basic_gets_a_token_that_works(healthy: Client) -> None:
    served = healthy.served
    by_body = healthy.obtain()
    credentials = basic(served.client_id, served.client_secret)
    by_basic = healthy.post_form(served.token_url, CLIENT, Authorization=credentials)
    assert by_basic.header("Cache-Control") == "no-store"
    for content in (by_body, by_basic.json()):
        assert content["token_type"] == "Bearer"
        assert content["expires_in"] == 600
        assert healthy.send("/Patient/pat-001", token=content["access_token"]).status == 200


def test_the_token_is_a_jwt_for_this_server(healthy: Client) -> None:
    token = healthy.obtain(scope="system/Patient.read")["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert jwt.get_unverified_header(token)["alg"] == "ES256"
    assert claims["aud"] == healthy.served.base_url
    assert claims["iss"] == healthy.served.origin
    assert claims["exp"] - claims["iat"] == 600
    assert claims["scope"] == "system/Patient.read"


def test_a_signed_assertion_gets_a_token_once(healthy: Client) -> None:
    signed = assertion(healthy.served)
    first, again = ask(healthy, signed), ask(healthy, signed)
    assert first.status == 200
    assert healthy.send("/Patient", token=first.json()["access_token"]).status == 200
    assert again.status == 401
    assert again.json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "other"},
        {"sub": "other"},
        {"aud": "https://elsewhere.example/token"},
        {"exp": 1},
        {"exp": 99999999999},
        {"exp": "soon"},
        {"nbf": 99999999999},
        {"jti": None},
        {"headers": {"kid": "other"}},
    ],
)
def test_a_wrong_assertion_is_refused(healthy: Client, changed: dict[str, Any]) -> None:
    answer = ask(healthy, assertion(healthy.served, **changed))
    assert answer.status == 401
    assert answer.json()["error"] == "invalid_client"


def test_an_assertion_by_another_key_or_none_is_refused(healthy: Client) -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = jwt.decode(assertion(healthy.served, jti="x"), options={"verify_signature": False})
    forged = jwt.encode(claims, stranger, algorithm="RS512", headers={"kid": healthy.served.key_id})
    unsigned = jwt.encode(claims, "", algorithm="none", headers={"kid": healthy.served.key_id})
    for bad in (forged, unsigned, "garbage"):
        assert ask(healthy, bad).status == 401


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "admin"}, 400, "invalid_scope"),
        ({"client_assertion": "both"}, 400, "invalid_request"),
    ],
)
def test_a_wrong_token_request_is_refused(healthy: Client, form: dict[str, str], status: int, error: str) -> None:
    served = healthy.served
    mine = {**CLIENT, "client_id": served.client_id, "client_secret": served.client_secret, **form}
    answer = healthy.post_form(served.token_url, mine)
    assert (answer.status, answer.json()["error"]) == (status, error)


def test_a_malformed_token_request_is_refused(healthy: Client) -> None:
    url = healthy.served.token_url
    assert healthy.send(url, "POST", token="", body="{}").json()["error"] == "invalid_request"
    twice = healthy.send(url, "POST", token="", headers=FORM, body="scope=a&scope=b")
    assert twice.json()["error"] == "invalid_request"
    for given in ("Basic %%%", "Basic " + base64.b64encode(b"nocolon").decode(), basic("a", "b")):
        refused = healthy.post_form(url, CLIENT, Authorization=given)
        assert refused.status == 401
        assert refused.header("WWW-Authenticate").startswith("Basic")
    other = {**CLIENT, "client_assertion": "x", "client_assertion_type": "saml"}
    assert healthy.post_form(url, other).status == 401


PROTECTED = ("/Patient", "/Patient/pat-001", "/Patient/pat-001/_history/1", "/Patient/pat-001/_history", "/Encounter")


@pytest.mark.parametrize("path", PROTECTED)
def test_without_credentials_nothing_is_told(healthy: Client, path: str) -> None:
    answer = healthy.send(path, token="")
    assert answer.status == 401
    assert answer.header("WWW-Authenticate") == "Bearer"
    assert answer.json()["resourceType"] == "OperationOutcome"
    posted = healthy.send("/Patient/_search", "POST", token="", headers=FORM, body="family=x")
    assert posted.status == 401


def test_bad_tokens_are_refused(healthy: Client) -> None:
    served = healthy.served
    good, at = served.token(), int(wall_clock().timestamp())
    claims = jwt.decode(good, options={"verify_signature": False})
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    bad = {
        "garbage": "garbage",
        "altered": altered(good, sub="someone-else"),
        "unsigned": jwt.encode(claims, "", algorithm="none"),
        "truncated": good[:-8],
        "signature removed": good.rpartition(".")[0] + ".",
        "other key": jwt.encode(claims, stranger, algorithm="RS256"),
        "shared key": jwt.encode(claims, "k" * 64, algorithm="HS256"),
        "expired": served.token(iat=at - 700, nbf=at - 700, exp=at - 100),
        "not yet": served.token(nbf=at + 100),
        "no end": served.token(exp=None),
        "other audience": served.token(aud="https://elsewhere.example/fhir"),
        "other issuer": served.token(iss="https://elsewhere.example"),
    }
    assert healthy.send("/Patient/pat-001", token=good).status == 200
    for what, token in bad.items():
        answer = healthy.send("/Patient/pat-001", token=token)
        assert (what, answer.status) == (what, 401)
        assert 'error="invalid_token"' in answer.header("WWW-Authenticate")


def test_scope_is_enforced(healthy: Client) -> None:
    narrow = healthy.served.token("system/Encounter.read")
    assert healthy.send("/Encounter/enc-001", token=narrow).status == 200
    for path in ("/Patient/pat-001", "/Patient"):
        refused = healthy.send(path, token=narrow)
        assert refused.status == 403
        assert "insufficient_scope" in refused.header("WWW-Authenticate")


def test_static_credentials(healthy: Client) -> None:
    assert healthy.send("/Patient", token="static-token-for-tests").status == 200
    assert healthy.send("/Patient", token="", headers={"apikey": "key-for-tests"}).status == 200
    assert healthy.send("/Patient", token="", headers={"apikey": "wrong"}).status == 401
    assert healthy.send("/Patient", headers={"Authorization": "Basic eDp5"}).status == 401


def test_time_comes_from_the_clock_that_was_given() -> None:
    offset = [timedelta()]

    def now() -> datetime:
        return wall_clock() + offset[0]

    with Served(now=now) as served:
        client = Client(served)
        token = client.obtain()["access_token"]
        assert client.send("/Patient/pat-001", token=token).status == 200
        offset[0] = timedelta(seconds=601)
        assert client.send("/Patient/pat-001", token=token).status == 401
