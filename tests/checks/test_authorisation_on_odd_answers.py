"""The checks of an authorisation server: on answers that are none, and on those that look wrong and are right."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from checker.model.ask import HttpAsk
from checker.model.asked_oauth import BY_GET, LEFT_OUT_PROOF, REFRESH_AGAIN, SAME_AGAIN
from checker.model.exchange import Failure, Headers, Intent
from checker.model.supplier import IdentityRef
from checker.model.terms import Outcome, Reason, Safety
from checker.model.verdict import Verdict
from tests.checks.bench import SPOILT
from tests.engine.scripted import BASE, LIMITS, SUPPLIER, Reply, Scripted, judged, profile_of, recorded, requirement

ORIGIN = BASE.rpartition("/")[0]
TOKEN_URL = f"{ORIGIN}/token"
REDIRECT = "https://app.example/callback"
CLIENT = msgspec.structs.replace(
    SUPPLIER,
    token_url=TOKEN_URL,
    identities=(IdentityRef(name="default", kind="private-key-jwt"), IdentityRef(name="refresh", kind="bearer")),
    known=(("authorisation-client", "app-1"), ("redirect-uri", REDIRECT)),
)
BY_SECRET = msgspec.structs.replace(CLIENT, identities=(IdentityRef(name="default", kind="client-credentials"),))
ALL_LIMITS = msgspec.structs.replace(LIMITS, ceiling=Safety.S3, max_retry_after_s=0.0)
CHECKS = (
    *("oauth.pkce-is-demanded", "oauth.redirects-are-exact", "oauth.faulty-assertions-refused"),
    *("oauth.assertion-good-once", "oauth.tokens-by-post-alone", "oauth.refresh-tokens-rotate"),
    *("oauth.errors-are-named", "oauth.introspection-is-closed", "oauth.revocation-of-the-unknown"),
    *("oauth.registration-is-closed", "oauth.answers-name-their-issuer", "oauth.fapi-metadata"),
)
BY_METADATA = CHECKS[-2:]
JSON: Headers = (("Content-Type", "application/json"),)
PAGE: Headers = (("Content-Type", "text/html"),)
LOGIN = b'<html><form action="/login"><input type="password"></form></html>'
LIES: dict[str, Any] = {
    "numbers": {"active": 1, "access_token": 7, "error": 7, "issuer": 7, "authorization_endpoint": {}},
    "lists": {"active": [], "access_token": [], "error": [], "response_types_supported": "code"},
    "array": [1],
    "number": 7,
}
ANSWERS = {**SPOILT, **{name: json.dumps(value).encode() for name, value in LIES.items()}}


def reply(value: Any, status: int = 200, headers: Headers = JSON) -> Reply:
    return Reply(status, json.dumps(value).encode(), headers)


METADATA = {
    "issuer": ORIGIN,
    "authorization_endpoint": f"{ORIGIN}/authorize",
    "token_endpoint": TOKEN_URL,
    "introspection_endpoint": f"{ORIGIN}/introspect",
    "revocation_endpoint": f"{ORIGIN}/revoke",
    "registration_endpoint": f"{ORIGIN}/register",
    "authorization_response_iss_parameter_supported": True,
}
GOOD: dict[str, Reply] = {
    "smart-configuration": reply(METADATA),
    "metadata": reply(METADATA),
    "authorise": Reply(200, LOGIN, PAGE),
    "client-token": reply({"access_token": "[redacted]", "token_type": "Bearer"}),
    "introspection": reply({"active": False}),
    "revocation": Reply(200, b"", ()),
    "registration": reply({"error": "invalid_token"}, 401),
}
REFUSALS: dict[str, Reply] = {
    "authorise": Reply(302, b"", (("Location", f"{REDIRECT}?error=invalid_request"),)),
    "client-token": reply({"error": "invalid_client"}, 401),
    "introspection": reply({"error": "invalid_client"}, 401),
}


def healthy(ask: HttpAsk) -> Reply | Failure:
    """A server that does all rightly."""
    if ask.intent is Intent.MUTANT:
        registered = REDIRECT.replace("https://", "") in ask.request.url or "callback&" in ask.request.url
        return REFUSALS[ask.interaction] if registered or ask.interaction != "authorise" else Reply(400, b"no", PAGE)
    if b"no-such-grant" in ask.request.body:
        return reply({"error": "unsupported_grant_type"}, 400)
    return GOOD.get(ask.interaction, Reply(404, b"", ()))


def with_mutants(other: Reply | Failure, interaction: str) -> Callable[[HttpAsk], Reply | Failure]:
    """The same, with another answer to what has to be refused."""
    return lambda ask: other if ask.intent is Intent.MUTANT and ask.interaction == interaction else healthy(ask)


def instead(other: Reply | Failure, interaction: str) -> Callable[[HttpAsk], Reply | Failure]:
    return lambda ask: other if ask.interaction == interaction else healthy(ask)


def verdict(check: str, answer: Callable[[HttpAsk], Reply | Failure], *, secret: bool = False) -> Verdict:
    profile = profile_of(requirement(check=check))
    supplier = BY_SECRET if secret else CLIENT
    outside = Scripted(answer=answer)
    return judged(recorded(outside, profile, supplier=supplier, limits=ALL_LIMITS), profile=profile)[0]["R-1"]


@pytest.mark.parametrize("check", [one for one in CHECKS if one not in ("oauth.fapi-metadata",)])
def test_a_good_server_passes(check: str) -> None:
    found = verdict(check, healthy)
    assert found.outcome is Outcome.PASS, (found.findings, found.why)


@pytest.mark.parametrize("check", CHECKS)
def test_no_check_breaks_or_passes_on_what_is_no_answer(check: str) -> None:
    for name, body in ANSWERS.items():
        for status in (200, 302, 400, 401, 403, 404, 500):
            odd = Reply(status, body, (("Content-Type", "application/json"), ("Location", "http://[::1"), *PAGE))

            def alone(ask: HttpAsk, odd: Reply = odd) -> Reply | Failure:
                known = ask.interaction in ("smart-configuration", "metadata")
                return healthy(ask) if known and check not in BY_METADATA else odd

            found = verdict(check, alone)
            assert found.outcome is not Outcome.ERROR, (name, status, found.why)
            right = check == "oauth.registration-is-closed" and status in (401, 403) and name in LIES
            right = right or (check == "oauth.revocation-of-the-unknown" and status == 200)
            assert found.outcome is not Outcome.PASS or right, (name, status, found.why)


@pytest.mark.parametrize("check", CHECKS)
def test_a_connection_that_is_closed_is_no_refusal(check: str) -> None:
    closed = Failure(reason=Reason.NETWORK, cause="closed", message="the connection was closed")
    assert verdict(check, lambda ask: closed).outcome is Outcome.INCONCLUSIVE
    if check not in BY_METADATA and check not in ("oauth.revocation-of-the-unknown", "oauth.registration-is-closed"):
        mutants = lambda ask: closed if ask.intent is Intent.MUTANT else healthy(ask)  # noqa: E731
        assert verdict(check, mutants).outcome is Outcome.INCONCLUSIVE


def led(url: str) -> Reply:
    return Reply(302, b"", (("Location", url),))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Reply(200, LOGIN, PAGE), Outcome.FAIL),
        (Reply(200, b'<form action="/login?x=1"><input name=user></form>', PAGE), Outcome.FAIL),
        (Reply(200, b'<form action="/feedback"></form>', PAGE), Outcome.INCONCLUSIVE),
        (Reply(200, b"<p>code_challenge is missing</p>", PAGE), Outcome.PASS),
        (Reply(400, b"<p>code_challenge is missing</p>", PAGE), Outcome.PASS),
        (Reply(403, b"<p>Blocked</p>", PAGE), Outcome.INCONCLUSIVE),
        (Reply(429, b"", ()), Outcome.INCONCLUSIVE),
        (Reply(503, b"", ()), Outcome.INCONCLUSIVE),
        (Reply(500, b"", ()), Outcome.INCONCLUSIVE),
        (reply({"error": "invalid_request"}), Outcome.PASS),
        (led(f"{REDIRECT}?error=invalid_request"), Outcome.PASS),
        (led(f"{REDIRECT}#error=invalid_request"), Outcome.PASS),
        (led(f"{REDIRECT}?code=abc&state=x"), Outcome.FAIL),
        (led("/login?then=x"), Outcome.INCONCLUSIVE),
        (led("/oops?error=invalid_request"), Outcome.PASS),
    ],
)
def test_what_becomes_of_a_login_without_a_challenge(answer: Reply, expected: Outcome) -> None:
    assert verdict("oauth.pkce-is-demanded", with_mutants(answer, "authorise")).outcome is expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (f"{REDIRECT}x?error=invalid_request", Outcome.FAIL),
        (f"{REDIRECT}x?code=1&state=2", Outcome.FAIL),
        (f"{REDIRECT}?error=invalid_request", Outcome.PASS),
        ("/login", Outcome.FAIL),
        ("/problem", Outcome.INCONCLUSIVE),
    ],
)
def test_where_an_unregistered_redirect_uri_leads(where: str, expected: Outcome) -> None:
    """The control leads to ``/login``."""

    def answer(ask: HttpAsk) -> Reply | Failure:
        if ask.interaction != "authorise":
            return healthy(ask)
        if ask.intent is Intent.CONTROL:
            return led("/login?then=1")
        return led(where) if "callbackx" in ask.request.url else Reply(400, b"no", PAGE)

    assert verdict("oauth.redirects-are-exact", answer).outcome is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (reply({"error": "invalid_request"}, 400), Outcome.PASS),
        (reply({"error": "invalid_client"}, 400), Outcome.FAIL),
        (Reply(401, b'{"error": "invalid_client"}', (*JSON, ("WWW-Authenticate", "Basic"))), Outcome.PASS),
        (reply({"error": "invalid_client"}, 401), Outcome.FAIL),
        (Reply(400, b"<html>", PAGE), Outcome.FAIL),
        (reply({"error": "server_error"}, 500), Outcome.FAIL),
        (reply({"access_token": "x"}), Outcome.FAIL),
        (Reply(503, b"", ()), Outcome.INCONCLUSIVE),
    ],
)
def test_how_a_wrong_secret_is_refused(answer: Reply, expected: Outcome) -> None:
    found = verdict("oauth.errors-are-named", with_mutants(answer, "client-token"), secret=True)
    assert found.outcome is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (reply({"active": False, "sub": "x"}), Outcome.FAIL),
        (reply({"active": True}), Outcome.FAIL),
        (reply({"active": "false"}), Outcome.INCONCLUSIVE),
        (reply({"error": "invalid_client"}, 401), Outcome.INCONCLUSIVE),
        (Reply(200, b"eyJhbGciOiJub25lIn0.e30.", ()), Outcome.INCONCLUSIVE),
    ],
)
def test_what_introspection_says_to_the_client(answer: Reply, expected: Outcome) -> None:
    def say(ask: HttpAsk) -> Reply | Failure:
        control = ask.interaction == "introspection" and ask.intent is Intent.CONTROL
        return answer if control else healthy(ask)

    assert verdict("oauth.introspection-is-closed", say).outcome is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [(201, Outcome.FAIL), (400, Outcome.FAIL), (302, Outcome.INCONCLUSIVE), (404, Outcome.INCONCLUSIVE)],
)
def test_what_a_registration_by_nobody_gets(status: int, expected: Outcome) -> None:
    found = verdict("oauth.registration-is-closed", instead(reply({}, status), "registration"))
    assert found.outcome is expected


def test_each_way_of_asking_is_recorded_without_a_proof() -> None:
    outside = Scripted(answer=healthy)
    rows = [requirement(f"R-{number}", check=check) for number, check in enumerate(CHECKS)]
    recorded(outside, profile_of(*rows), supplier=CLIENT, limits=ALL_LIMITS)
    asked = {ask.request.alteration for ask in outside.sent}
    assert {LEFT_OUT_PROOF, SAME_AGAIN, BY_GET, REFRESH_AGAIN} <= asked
    assert not any(b"assertion" in ask.request.body or b"secret" in ask.request.body for ask in outside.sent)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Reply(405, b"", ()), Outcome.PASS),
        (Reply(200, LOGIN, PAGE), Outcome.INCONCLUSIVE),
        (led("/login"), Outcome.INCONCLUSIVE),
        (reply({"access_token": "x"}), Outcome.FAIL),
        (Reply(500, b"", ()), Outcome.INCONCLUSIVE),
    ],
)
def test_what_a_token_request_by_get_gets(answer: Reply, expected: Outcome) -> None:
    assert verdict("oauth.tokens-by-post-alone", with_mutants(answer, "client-token")).outcome is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (reply({"error": "x"}, 401), Outcome.PASS),
        (reply({"error": "x"}, 400), Outcome.PASS),
        (reply({"error": "x"}, 404), Outcome.PASS),
        (Reply(403, b"", ()), Outcome.INCONCLUSIVE),
        (reply({"active": False}, 401), Outcome.FAIL),
        (reply({"active": False}), Outcome.FAIL),
        (led("/login"), Outcome.FAIL),
    ],
)
def test_what_introspection_says_to_nobody(answer: Reply, expected: Outcome) -> None:
    assert verdict("oauth.introspection-is-closed", with_mutants(answer, "introspection")).outcome is expected


FAPI = {
    **METADATA,
    "require_pushed_authorization_requests": True,
    "pushed_authorization_request_endpoint": f"{ORIGIN}/par",
    "response_types_supported": ["code"],
    "code_challenge_methods_supported": ["S256"],
    "dpop_signing_alg_values_supported": ["ES256"],
    "token_endpoint_auth_methods_supported": ["private_key_jwt"],
    "id_token_signing_alg_values_supported": ["RS256", "PS256"],
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, Outcome.PASS),
        ({"dpop_signing_alg_values_supported": None}, Outcome.FAIL),
        (
            {"dpop_signing_alg_values_supported": None, "tls_client_certificate_bound_access_tokens": True},
            Outcome.PASS,
        ),
        ({"response_types_supported": ["code", "code id_token"]}, Outcome.FAIL),
        ({"token_endpoint_auth_methods_supported": []}, Outcome.FAIL),
        ({"token_endpoint_auth_signing_alg_values_supported": ["ES256", "RS384"]}, Outcome.FAIL),
        ({"authorization_response_iss_parameter_supported": "true"}, Outcome.FAIL),
    ],
)
def test_metadata_of_fapi(changed: dict[str, Any], expected: Outcome) -> None:
    told = reply({**FAPI, **changed})
    answer = lambda ask: told if ask.interaction in ("metadata", "smart-configuration") else healthy(ask)  # noqa: E731
    assert verdict("oauth.fapi-metadata", answer).outcome is expected
