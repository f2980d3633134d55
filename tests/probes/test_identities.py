"""Identities, tokens and alterations: what is sent, where it may go, and that none of it is written."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote_plus

import jwt
import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from checker.errors import CheckerFault, SupplierFault
from checker.model.ask import Capture
from checker.model.exchange import TokenFacts
from checker.model.terms import Reason
from checker.probes.alterations import ALTERATIONS, alter, garbage
from checker.probes.config import IdentityConfig, NetworkConfig, SecretRef
from checker.probes.credentials import with_query
from checker.probes.live import Live
from checker.probes.redact import find_secrets
from checker.probes.request_id import request_id
from tests.probes.support import (
    SEED,
    SIGNED,
    START,
    RunningClock,
    Seen,
    Web,
    all_bytes,
    bundle,
    exchange,
    failure,
    get,
    listening,
    live,
    reply,
    server_context,
)

SECRET = "s3cret/with+chars&more"


def identity(kind: str, name: str = "default", **more: Any) -> IdentityConfig:
    return IdentityConfig(name=name, kind=kind, **more)


def bearer(name: str = "default") -> IdentityConfig:
    return identity("bearer", name, secret=SecretRef(env="TOKEN"))


def client(token_url: str, **more: Any) -> IdentityConfig:
    more.setdefault("secret", SecretRef(env="SECRET"))
    return identity("client-credentials", token_url=token_url, client_id="my:id", **more)


def send(
    *identities: IdentityConfig, environ: dict[str, str], web: Web | None = None, alteration: str = ""
) -> tuple[Capture, Web, Live]:
    web = web or Web()
    outside: list[Live] = []

    async def run() -> Capture:
        async with listening(web) as port:
            url = f"http://127.0.0.1:{port}"
            async with live(url, *identities, environ=environ) as one:
                outside.append(one)
                return await one.capture(get(f"{url}/Patient", identity="default", alteration=alteration))

    return asyncio.run(run()), web, outside[0]


def echo(seen: Seen) -> bytes:
    """A careless server: it sends back every header and the body, also in base64 and in its own headers."""
    plain = json.dumps(seen.headers).encode() + seen.body
    sent = seen.headers.get("authorization", "") or seen.headers.get("apikey", "none")
    return reply(plain + base64.b64encode(b"xx" + plain), f"X-Debug: {sent}", f"Location: /x?access_token={sent[7:]}")


def test_an_api_key_goes_into_its_header_and_nowhere_else() -> None:
    config = identity("api-key", header="apikey", secret=SecretRef(env="KEY"))
    capture, web, outside = send(config, environ={"KEY": SECRET}, web=Web({"/Patient": echo}))
    assert web.seen[0].headers["apikey"] == SECRET
    assert exchange(capture).credential == TokenFacts(form="opaque")
    assert outside.known_secrets() == (SECRET.encode(),)
    assert find_secrets(all_bytes(capture), outside.known_secrets()) == []
    assert any(one.name == "API key" for one in capture.redactions)


def test_a_bearer_token_from_a_file_is_sent_and_only_its_facts_are_kept(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{SIGNED}\n")

    async def run() -> tuple[Capture, Web, tuple[bytes, ...]]:
        web = Web({"/Patient": echo})
        async with listening(web) as port:
            url = f"http://127.0.0.1:{port}"
            async with live(url, identity("bearer", secret=SecretRef(file="token")), root=tmp_path) as outside:
                return await outside.capture(get(f"{url}/Patient", identity="default")), web, outside.known_secrets()

    capture, web, secrets = asyncio.run(run())
    assert web.seen[0].headers["authorization"] == f"Bearer {SIGNED}"
    facts = exchange(capture).credential
    assert facts == TokenFacts(
        form="jwt",
        algorithm="HS256",
        key_id="key-1",
        audience=("api",),
        issuer="https://auth.test",
        lifetime_s=300,
        scope="a b",
        ends=1000000300,
    )
    assert secrets == (SIGNED.encode(), SIGNED.rpartition(".")[2].encode())
    assert find_secrets(all_bytes(capture), secrets) == []


def test_a_probes_own_authorization_header_is_sent_as_it_is_and_not_written() -> None:
    async def run() -> tuple[Capture, Web]:
        web = Web()
        async with listening(web) as port, live(f"http://127.0.0.1:{port}") as outside:
            ask = get(f"http://127.0.0.1:{port}/", headers=(("Authorization", "Basic Zm9vOmJhcmJhcg=="),))
            return await outside.capture(ask), web

    capture, web = asyncio.run(run())
    assert web.seen[0].headers["authorization"] == "Basic Zm9vOmJhcmJhcg=="
    assert exchange(capture).request.headers == (("Authorization", "[redacted: authorization]"),)


def test_a_credential_never_goes_to_another_origin() -> None:
    async def run() -> tuple[Capture, Web]:
        base, other = Web(), Web()
        async with listening(base) as here, listening(other) as there:
            url = f"http://127.0.0.1:{here}"
            async with live(url, bearer(), environ={"TOKEN": SIGNED}) as outside:
                return await outside.capture(get(f"http://127.0.0.1:{there}/", identity="default")), other

    capture, other = asyncio.run(run())
    assert "authorization" not in other.seen[0].headers
    assert exchange(capture).credential is None


def test_an_altered_credential_is_not_replaced_by_none_at_another_origin() -> None:
    async def run() -> Capture:
        async with live("http://127.0.0.1:1", bearer(), environ={"TOKEN": SIGNED}) as outside:
            return await outside.capture(get("http://127.0.0.1:2/", identity="default", alteration="alg-none"))

    assert (failure(asyncio.run(run())).cause, "origin" in failure(asyncio.run(run())).message) == ("credential", True)


def test_default_is_nobody_when_it_is_not_configured_and_other_names_must_be() -> None:
    capture, web, _ = send(environ={})
    assert exchange(capture).failure is None
    assert "authorization" not in web.seen[0].headers
    async_capture, _, outside = send(identity("none"), environ={}, alteration="garbage")
    assert (failure(async_capture).cause, failure(async_capture).reason) == ("credential", Reason.PREREQUISITE)
    assert outside.requests_sent == 0

    async def run() -> Capture:
        async with live("http://127.0.0.1:1") as one:
            return await one.capture(get("http://127.0.0.1:1/", identity="stranger"))

    assert "stranger" in failure(asyncio.run(run())).message


Faulty = Callable[[Path], IdentityConfig]


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (identity("bearer"), "is not named"),
        (identity("bearer", secret=SecretRef(env="SHORT")), "shorter than 8"),
        (identity("bearer", secret=SecretRef(env="MISSING")), "is not set"),
        (identity("bearer", secret=SecretRef(env="A", file="b")), "not both"),
        (identity("bearer", secret=SecretRef(env="LINES")), "cannot be sent in a header"),
        (identity("api-key", secret=SecretRef(file="nowhere")), "cannot be read"),
        (identity("magic"), "unknown kind"),
        (identity("client-certificate"), "has no certificate"),
        (identity("client-certificate", certificate=SecretRef(env="JUNK")), "cannot be used"),
        (identity("client-credentials", secret=SecretRef(env="JUNK")), "lacks a token_url"),
        (
            identity("private-key-jwt", token_url="http://127.0.0.1:1/t", client_id="c", key=SecretRef(env="JUNK")),
            "is no PEM text",
        ),
        (
            identity(
                "private-key-jwt",
                token_url="http://127.0.0.1:1/t",
                client_id="c",
                key=SecretRef(env="JUNK"),
                algorithm="HS256",
            ),
            "unknown algorithm",
        ),
        (identity("none", name=""), "has no name"),
    ],
)
def test_what_is_wrong_with_an_identity_is_said_before_anything_is_sent(config: IdentityConfig, says: str) -> None:
    environ = {"SHORT": "1234567", "JUNK": "not a key at all", "LINES": "abcdefgh\nijklmnop"}
    with pytest.raises(SupplierFault, match=says) as caught:
        live("http://127.0.0.1:1", config, environ=environ)
    assert not any(value in str(caught.value) for value in environ.values())


def test_two_identities_of_one_name_and_a_bad_bundle_are_faults(tmp_path: Path) -> None:
    with pytest.raises(SupplierFault, match="named twice"):
        live("http://127.0.0.1:1", identity("none"), identity("none"))
    with pytest.raises(SupplierFault, match="CA bundle"):
        live("http://127.0.0.1:1", network=NetworkConfig(ca_bundle="nowhere.pem"), root=tmp_path)


def token_server(expires_in: object = "599", token: str = SIGNED, status: str = "200 OK") -> Web:
    answer = json.dumps(
        {"access_token": token, "token_type": "Bearer", "expires_in": expires_in, "refresh_token": "r" * 20}
    )
    return Web({"/token": reply(answer.encode(), "Content-Type: application/json", status=status), "/Patient": echo})


async def use(web: Web, clock: RunningClock | None = None, **more: object) -> tuple[Capture | None, Capture, Live]:
    async with listening(web) as port:
        url = f"http://127.0.0.1:{port}"
        async with live(url, client(f"{url}/token", **more), environ={"SECRET": SECRET}, clock=clock) as outside:
            first = await outside.ready("default")
            return first, await outside.capture(get(f"{url}/Patient", identity="default")), outside


def test_a_client_secret_is_sent_by_basic_and_buys_a_token_that_is_not_written() -> None:
    web = token_server()
    token, capture, outside = asyncio.run(use(web, scope="a b"))
    assert token is not None
    asked = web.seen[0]
    assert (
        base64.b64decode(asked.headers["authorization"].removeprefix("Basic "))
        == b"my%3Aid:s3cret%2Fwith%2Bchars%26more"
    )
    assert parse_qs(asked.body.decode()) == {"grant_type": ["client_credentials"], "scope": ["a b"]}
    assert web.seen[1].headers["authorization"] == f"Bearer {SIGNED}"
    bought = exchange(token)
    assert (bought.view, bought.interaction, bought.request.method) == ("oauth", "token", "POST")
    assert bought.request_id == asked.headers["x-request-id"] == request_id(SEED, "token default 1")
    assert bought.token is not None
    assert (bought.token.form, bought.token.lifetime_s) == ("jwt", 599)
    assert bought.response is not None
    stored = json.loads(token.blobs[bought.response.body])
    assert stored["access_token"] == "[redacted: access_token]"
    assert (stored["expires_in"], stored["refresh_token"]) == ("599", "[redacted: refresh_token]")
    secrets = outside.known_secrets()
    assert {SIGNED.encode(), SECRET.encode(), b"r" * 20} <= set(secrets)
    for one in (token, capture):
        assert find_secrets(all_bytes(one), secrets) == []


def test_a_token_is_fetched_once_and_again_when_its_life_runs_out() -> None:
    async def run() -> list[bool]:
        clock = RunningClock()
        now = [100.0]
        clock.monotonic = lambda: now[0]  # type: ignore[method-assign]
        web = token_server(expires_in=300)
        async with listening(web) as port:
            url = f"http://127.0.0.1:{port}"
            async with live(url, client(f"{url}/token"), environ={"SECRET": SECRET}, clock=clock) as outside:
                fetched = []
                for later in (0.0, 200.0, 69.0, 2.0, 1.0):
                    now[0] += later
                    fetched.append(await outside.ready("default") is not None)
                assert await outside.ready("nobody") is None
                return fetched

    assert asyncio.run(run()) == [True, False, False, True, False]


def test_a_refused_identity_sends_nothing_more() -> None:
    web = token_server(status="401 Unauthorized")
    token, capture, outside = asyncio.run(use(web))
    assert token is not None
    assert exchange(token).token is None
    assert SIGNED.encode() not in all_bytes(token)
    assert (failure(capture).cause, failure(capture).reason) == ("credential", Reason.AUTH)
    assert [one.target for one in web.seen] == ["/token"]
    assert asyncio.run(outside.ready("default")) is None


def test_an_answer_without_a_token_is_a_refusal_and_a_lost_connection_is_the_networks() -> None:
    for body in (b"<html>", b"[]", b'{"access_token": 5}', b"{}"):
        _, capture, _ = asyncio.run(use(Web({"/token": reply(body)})))
        assert failure(capture).reason == Reason.AUTH
    _, capture, _ = asyncio.run(use(Web({"/token": b"garbage\r\n\r\n"})))
    assert (failure(capture).cause, failure(capture).reason) == ("credential", Reason.NETWORK)


def test_without_ready_there_is_no_token_to_send() -> None:
    capture, web, _ = send(client("http://127.0.0.1:1/token"), environ={"SECRET": SECRET})
    assert (failure(capture).cause, failure(capture).reason, web.seen) == ("credential", Reason.AUTH, [])


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384"])
def test_a_private_key_signs_a_short_lived_assertion(algorithm: str) -> None:
    curve = ec.SECP384R1() if algorithm == "ES384" else ec.SECP256R1()
    key = ec.generate_private_key(curve) if algorithm.startswith("ES") else rsa.generate_private_key(65537, 2048)

    async def run() -> tuple[Capture, Web, tuple[bytes, ...]]:
        web = token_server()
        async with listening(web) as port:
            url = f"http://127.0.0.1:{port}"
            config = identity(
                "private-key-jwt",
                token_url=f"{url}/token",
                client_id="me",
                key=SecretRef(env="K"),
                key_id="k1",
                algorithm=algorithm,
            )
            async with live(url, config, environ={"K": pem(key)}) as outside:
                capture = await outside.ready("default")
                assert capture is not None
                return capture, web, outside.known_secrets()

    capture, web, secrets = asyncio.run(run())
    form = parse_qs(web.seen[0].body.decode())
    assertion = form["client_assertion"][0]
    assert form["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
    assert jwt.get_unverified_header(assertion) == {"alg": algorithm, "typ": "JWT", "kid": "k1"}
    options = {"verify_exp": False, "verify_iat": False}
    token_url = exchange(capture).request.url
    claims = jwt.decode(assertion, key.public_key(), algorithms=[algorithm], audience=token_url, options=options)  # type: ignore[arg-type]
    issued = int(START.timestamp())
    assert claims == {"iss": "me", "sub": "me", "aud": token_url, "jti": "00" * 16, "iat": issued, "exp": issued + 240}
    assert assertion.encode() in secrets
    assert find_secrets(all_bytes(capture), secrets) == []
    assert b"client_assertion=redacted-client-assertion" in exchange(capture).request.body


@pytest.mark.parametrize(("kind", "nobody"), [("client-certificate", False), ("bearer", True), ("api-key", True)])
def test_a_client_certificate_is_shown_to_the_base_url_and_to_no_other_origin(
    tmp_path: Path, kind: str, nobody: bool
) -> None:
    """Beside a token or key it belongs to the connection: then a request of nobody shows it too."""
    authority = trustme.CA()
    mine = authority.issue_cert("client.test")
    environ = {"CHAIN": mine.cert_chain_pems[0].bytes().decode(), "KEY": mine.private_key_pem.bytes().decode()}
    environ["TOKEN"] = SIGNED
    parts: dict[str, Any] = {"certificate": SecretRef(env="CHAIN"), "certificate_key": SecretRef(env="KEY")}
    secret: dict[str, Any] = {} if kind == "client-certificate" else {"secret": SecretRef(env="TOKEN")}
    config = identity(kind, **parts, **secret)
    shown: list[bool] = []

    async def look(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        shown.append(bool(writer.get_extra_info("ssl_object").getpeercert(binary_form=True)))
        await Web()(reader, writer)

    async def run() -> None:
        context = server_context(authority.issue_cert("127.0.0.1"))
        context.verify_mode = 1  # type: ignore[assignment]
        authority.configure_trust(context)
        async with listening(look, context) as here, listening(look, context) as there:
            url = f"https://127.0.0.1:{here}"
            async with live(url, config, environ=environ, network=bundle(authority, tmp_path)) as outside:
                for ask in (
                    get(f"{url}/", identity="default"),
                    get(f"{url}/", identity=""),
                    get(f"https://127.0.0.1:{there}/", identity="default"),
                    get(f"https://127.0.0.1:{there}/", identity=""),
                ):
                    assert exchange(await outside.capture(ask)).failure is None

    asyncio.run(run())
    assert shown == [True, nobody, False, False]


@pytest.mark.parametrize("alteration", [one for one in ALTERATIONS if one != "garbage"])
@pytest.mark.parametrize("token", ["opaque-token-value", "aaaa.bbbb.cccc", SIGNED.rpartition(".")[0] + "."])
def test_a_token_without_that_part_is_not_altered_and_not_sent(alteration: str, token: str) -> None:
    capture, web, _ = send(bearer(), environ={"TOKEN": token}, alteration=alteration)
    found = failure(capture)
    assert (found.cause, found.reason, web.seen) == ("credential", Reason.PREREQUISITE, [])
    assert "not a signed JWT" in found.message


def test_an_altered_token_is_sent_and_not_written_either() -> None:
    for alteration in ALTERATIONS:
        capture, web, outside = send(
            bearer(), environ={"TOKEN": SIGNED}, web=Web({"/Patient": echo}), alteration=alteration
        )
        assert web.seen[0].headers["authorization"] == f"Bearer {alter(SIGNED, alteration, SEED)}"
        assert find_secrets(all_bytes(capture), outside.known_secrets()) == []
    assert exchange(capture).request.alteration == ALTERATIONS[-1]


def link_back(seen: Seen) -> bytes:
    """A server that puts what it was asked for into its self link, plain and encoded, and into its headers."""
    bundle = {"resourceType": "Bundle", "link": [{"relation": "self", "url": f"https://api.test{seen.target}"}]}
    body = json.dumps(bundle).encode() + seen.target.encode() + unquote_plus(seen.target).encode()
    return reply(body, f"Location: {seen.target}", f"Content-Location: https://api.test{seen.target}", "X-Seen: yes")


@pytest.mark.parametrize("token", [SIGNED, "an-opaque+token/with=all&sorts%of things"])
def test_a_token_in_the_query_is_sent_there_alone_and_written_nowhere(token: str) -> None:
    capture, web, outside = send(
        bearer(), environ={"TOKEN": token}, web=Web({"/Patient": link_back}), alteration="in-query"
    )
    assert parse_qs(web.seen[0].target.partition("?")[2]) == {"access_token": [token]}
    assert "authorization" not in web.seen[0].headers
    assert exchange(capture).request.url.endswith("/Patient")
    assert exchange(capture).request.alteration == "in-query"
    assert exchange(capture).response is not None
    assert outside.known_secrets()[0] == token.encode()
    assert find_secrets(all_bytes(capture), outside.known_secrets()) == []
    assert {one.place for one in capture.redactions} >= {"response.body", "response.headers.location"}


def test_an_api_key_or_nobody_has_no_token_for_the_query() -> None:
    for config, environ in (
        (identity("api-key", secret=SecretRef(env="KEY")), {"KEY": SECRET}),
        (identity("none"), {}),
    ):
        capture, web, _ = send(config, environ=environ, alteration="in-query")
        assert (failure(capture).reason, web.seen) == (Reason.PREREQUISITE, [])


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://a.test/x", "https://a.test/x?t=1"),
        ("https://a.test/x?a=b", "https://a.test/x?a=b&t=1"),
        ("https://a.test/x#part", "https://a.test/x?t=1#part"),
    ],
)
def test_a_query_is_added_before_the_fragment(url: str, wanted: str) -> None:
    assert with_query(url, "t=1") == wanted
    assert with_query(url, "") == url


def test_an_unknown_alteration_is_a_fault_and_an_api_key_has_no_parts() -> None:
    with pytest.raises(CheckerFault, match="no alteration"):
        alter(SIGNED, "sprinkled", SEED)
    config = identity("api-key", secret=SecretRef(env="KEY"))
    capture, web, _ = send(config, environ={"KEY": SECRET}, alteration="alg-none")
    assert (failure(capture).reason, web.seen) == (Reason.PREREQUISITE, [])
    _, web, _ = send(config, environ={"KEY": SECRET}, alteration="garbage")
    assert web.seen[0].headers["apikey"] == garbage(SEED)
