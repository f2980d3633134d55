"""Clients that prove themselves, or do not: what is sent, where it may go, and that none of it is written."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from checker.model.ask import Capture, HttpAsk
from checker.model.asked_oauth import (
    AS_CLIENT,
    BY_GET,
    LEFT_OUT_PROOF,
    REFRESH,
    REFRESH_AGAIN,
    SAME_AGAIN,
    WRONG_SECRET,
)
from checker.model.exchange import Request
from checker.probes.config import IdentityConfig, SecretRef
from checker.probes.redact import find_secrets
from checker.probes.tokens import jwt_parts
from tests.probes.support import Seen, Web, all_bytes, exchange, failure, listening, live, reply

SECRET = "s3cret/with+chars&more"
OLD, NEW = "refresh-token-that-was-given", "refresh-token-that-came-back"
TOKEN = "access-token-that-came-back"
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


def echo(seen: Seen) -> bytes:
    """A careless server: a token, and all that it was sent."""
    said = {"access_token": TOKEN, "refresh_token": NEW, "message": seen.body.decode(), "to": seen.target}
    return reply(json.dumps({**said, "headers": seen.headers}).encode())


def by_key(folder: Path) -> dict[str, Any]:
    key = ec.generate_private_key(ec.SECP384R1())
    form = serialization.PrivateFormat.PKCS8
    (folder / "client.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    )
    where = SecretRef(file=str(folder / "client.key"))
    return {"kind": "private-key-jwt", "key": where, "algorithm": "ES384", "key_id": "k1"}


def by_secret(folder: Path) -> dict[str, Any]:
    return {"kind": "client-credentials", "secret": SecretRef(env="SECRET")}


def sent(
    client: dict[str, Any], *alterations: str, path: str = "/token", elsewhere: bool = False, identity: str = "default"
) -> tuple[list[Capture], Web]:
    """The captures of a form that is posted so, one after the other. ``elsewhere``: to another origin."""
    web = Web(answers={"/token": echo, "/introspect": echo})

    async def run() -> list[Capture]:
        async with listening(web) as port, listening(web) as other:
            origin = f"http://127.0.0.1:{port}"
            default = IdentityConfig(name="default", token_url=f"{origin}/token", client_id="my:id", **client)
            refresh = IdentityConfig(name="refresh", kind="bearer", secret=SecretRef(env="REFRESH"))
            env = {"SECRET": SECRET, "REFRESH": OLD}
            facts = {"token_url": f"{origin}/token"}
            async with live(f"{origin}/fhir", default, refresh, environ=env, facts=facts) as outside:
                url = f"http://127.0.0.1:{other if elsewhere else port}{path}"
                captures = []
                for alteration in alterations:
                    request = Request(
                        url=url,
                        method="POST",
                        headers=FORM,
                        body=b"grant_type=client_credentials",
                        identity=identity,
                        alteration=alteration,
                    )
                    ask = HttpAsk(request=request, interaction="client-token", view="oauth")
                    captures.append(await outside.capture(ask))
                secrets = outside.known_secrets()
                for one in captures:
                    assert find_secrets(all_bytes(one), secrets) == []
                return captures

    return asyncio.run(run()), web


def assertion(seen: Seen) -> str:
    (found,) = parse_qs(seen.body.decode() or seen.target.partition("?")[2])["client_assertion"]
    return found


def test_each_assertion_is_another_one_and_the_last_can_be_sent_again(tmp_path: Path) -> None:
    captures, web = sent(by_key(tmp_path), AS_CLIENT, AS_CLIENT, SAME_AGAIN, f"{AS_CLIENT}:jti-absent")
    first, second, again, without = (assertion(one) for one in web.seen)
    assert second == again != first
    parts = jwt_parts(without)
    assert parts is not None
    assert "jti" not in parts[1]
    for one in captures:
        assert exchange(one).request.body == b"grant_type=client_credentials"
        assert exchange(one).token is not None


def test_by_get_an_assertion_is_in_the_query_and_a_secret_is_not(tmp_path: Path) -> None:
    _, web = sent(by_key(tmp_path), BY_GET)
    assert web.seen[0].method == "GET"
    assert assertion(web.seen[0]) in web.seen[0].target
    captures, web = sent(by_secret(tmp_path), BY_GET)
    assert web.seen[0].target == "/token?grant_type=client_credentials"
    assert web.seen[0].headers["authorization"].startswith("Basic ")
    assert (exchange(captures[0]).request.method, exchange(captures[0]).request.url[-6:]) == ("POST", "/token")


def test_a_wrong_secret_is_not_the_right_one_and_none_is_none(tmp_path: Path) -> None:
    _, web = sent(by_secret(tmp_path), AS_CLIENT, WRONG_SECRET, LEFT_OUT_PROOF)
    right, wrong = (base64.b64decode(one.headers["authorization"][6:]).decode() for one in web.seen[:2])
    assert right == "my%3Aid:s3cret%2Fwith%2Bchars%26more"
    assert wrong.startswith("my%3Aid:")
    assert wrong != right
    assert "authorization" not in web.seen[2].headers


@pytest.mark.parametrize("client", [by_key, by_secret], ids=["key", "secret"])
def test_a_client_proves_itself_to_the_origin_of_its_token_endpoint_alone(tmp_path: Path, client: Any) -> None:
    _, web = sent(client(tmp_path), AS_CLIENT, path="/introspect")
    assert len(web.seen) == 1
    captures, web = sent(client(tmp_path), AS_CLIENT, LEFT_OUT_PROOF, path="/introspect", elsewhere=True)
    assert web.seen == []
    assert all("origin of its token endpoint" in failure(one).message for one in captures)


def test_a_refresh_token_goes_to_the_token_endpoint_alone(tmp_path: Path) -> None:
    captures, web = sent(by_key(tmp_path), REFRESH, REFRESH_AGAIN, identity="refresh")
    assert [parse_qs(one.body.decode())["refresh_token"] for one in web.seen] == [[OLD], [OLD]]
    for one in captures:
        assert OLD.encode() not in all_bytes(one)
        assert NEW.encode() not in all_bytes(one)
    captures, web = sent(by_key(tmp_path), REFRESH, path="/introspect", identity="refresh")
    assert web.seen == []
    assert "token endpoint of the supplier file alone" in failure(captures[0]).message


@pytest.mark.parametrize(
    ("client", "alteration", "identity"),
    [
        (by_secret, SAME_AGAIN, "default"),
        (by_secret, f"{AS_CLIENT}:exp-far", "default"),
        (by_key, WRONG_SECRET, "default"),
        (by_key, SAME_AGAIN, "default"),
        (by_key, REFRESH, "default"),
        (by_key, AS_CLIENT, "refresh"),
        (by_key, "", "refresh"),
        (by_key, AS_CLIENT, "nobody-of-that-name"),
    ],
)
def test_what_cannot_be_made_is_not_sent(tmp_path: Path, client: Any, alteration: str, identity: str) -> None:
    captures, web = sent(client(tmp_path), alteration, identity=identity)
    assert web.seen == []
    assert failure(captures[0]).message.startswith("Nothing was sent: ")
