"""The headers of supplier.toml: with which requests they go, and that a secret among them is never written."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from checker.errors import SupplierFault
from checker.model.ask import Capture
from checker.model.exchange import LEFT_OUT
from checker.model.supplier import Authority, HeaderTemplate, Supplier
from checker.probes.config import IdentityConfig, SecretRef
from checker.probes.redact import find_secrets
from tests.probes.support import Web, all_bytes, get, listening, live, reply

KEY = "s3cret-of-the-platform"
HEADERS = {
    "X-Correlation-ID": "{correlation-id}",
    "X-Same": "{request-id}",
    "NHSD-Session-URID": "093895563513",
    "apikey": "{env:KEY}",
    "NHSD-Requesting-Software": "{json:device.json}",
}


def templates(headers: dict[str, str]) -> tuple[HeaderTemplate, ...]:
    return tuple(HeaderTemplate(name=name, value=value) for name, value in headers.items())


def asked(tmp_path: Path, *asks: dict[str, Any], headers: dict[str, str] | None = None) -> tuple[Web, list[Capture]]:
    """Requests with those headers: what the server saw, and what would be written."""
    (tmp_path / "device.json").write_text('{ "resourceType": "Device",\n "manufacturer": "Ünited" }', "utf-8")
    token = json.dumps({"access_token": "t" * 20, "expires_in": 600}).encode()
    web = Web({"/token": reply(token), "/fhir/echo": lambda seen: reply(json.dumps(seen.headers).encode())})

    async def run() -> list[Capture]:
        async with listening(web) as port, listening(web) as other:
            url = f"http://127.0.0.1:{port}/fhir"
            login = IdentityConfig(
                name="default",
                kind="client-credentials",
                secret=SecretRef(env="SECRET"),
                token_url=f"http://127.0.0.1:{port}/token",
                client_id="me",
            )
            anywhere = Authority(hosts=("127.0.0.1",))
            supplier = Supplier(name="Test", base_url=url, headers=templates(headers or HEADERS), authority=anywhere)
            environ = {"KEY": KEY, "SECRET": "s" * 20}
            async with live(url, login, root=tmp_path, environ=environ, supplier=supplier) as outside:
                found = [await outside.ready("default")]
                for ask in asks:
                    there = f"http://127.0.0.1:{other}/fhir" if ask.pop("elsewhere", False) else url
                    found.append(await outside.capture(get(f"{there}/{ask.pop('path', 'x')}", **ask)))
                captures = [one for one in found if one is not None]
                for one in captures:
                    assert find_secrets(all_bytes(one), outside.known_secrets()) == []
                return captures

    return web, asyncio.run(run())


def test_they_go_with_every_request_to_the_endpoint_and_not_to_the_token_endpoint_or_elsewhere(tmp_path: Path) -> None:
    web, _ = asked(tmp_path, {"identity": "default"}, {"identity": "default", "elsewhere": True})
    token, here, there = (one.headers for one in web.seen)
    assert here["nhsd-session-urid"] == "093895563513"
    assert here["apikey"] == KEY
    assert here["x-same"] == here["x-request-id"]
    for other in (token, there):
        assert not {"apikey", "nhsd-session-urid", "x-correlation-id"} & other.keys()
        assert "x-request-id" in other


def test_a_correlation_id_is_one_for_the_run_and_follows_from_its_seed(tmp_path: Path) -> None:
    first, _ = asked(tmp_path, {"path": "a"}, {"path": "b"})
    again, _ = asked(tmp_path, {"path": "a"})
    ids = [one.headers["x-correlation-id"] for one in first.seen[1:] + again.seen[1:]]
    assert len(set(ids)) == 1
    assert str(uuid.UUID(ids[0])) == ids[0]
    assert len({one.headers["x-request-id"] for one in first.seen}) == 3


def test_nobody_shows_no_secret_and_says_the_rest(tmp_path: Path) -> None:
    web, _ = asked(tmp_path, {"identity": ""})
    bare = web.seen[1].headers
    assert "apikey" not in bare
    assert "authorization" not in bare
    assert bare["nhsd-session-urid"] == "093895563513"


def test_a_probe_may_say_something_else_or_leave_one_out(tmp_path: Path) -> None:
    own = (("nhsd-session-urid", "1"), ("X-Correlation-ID", LEFT_OUT))
    web, captures = asked(tmp_path, {"identity": "default", "headers": own})
    sent = web.seen[1].headers
    assert sent["nhsd-session-urid"] == "1"
    assert "x-correlation-id" not in sent
    assert LEFT_OUT.encode() in all_bytes(captures[1])  # the evidence says that it was left out


def test_a_file_is_json_in_base64(tmp_path: Path) -> None:
    web, _ = asked(tmp_path, {"identity": "default"})
    told = base64.b64decode(web.seen[1].headers["nhsd-requesting-software"], validate=True)
    assert json.loads(told) == {"resourceType": "Device", "manufacturer": "Ünited"}
    assert b"\n" not in told


def test_a_secret_that_is_sent_back_is_not_written(tmp_path: Path) -> None:
    web, captures = asked(tmp_path, {"identity": "default", "path": "echo"})
    assert web.seen[1].headers["apikey"] == KEY
    assert KEY.encode() not in all_bytes(captures[1])


@pytest.mark.parametrize(
    ("value", "content", "says"),
    [
        ("{env:GONE}", b"", "is not set"),
        ("{env:SHORT}", b"", "shorter than 8"),
        ("{env:LINES}", b"", "cannot be sent"),
        ("{json:absent.json}", b"", "cannot be read"),
        ("{json:there.json}", b"not json", "not one JSON object"),
        ("{json:there.json}", b"[1]", "not one JSON object"),
        ("{json:there.json}", b"[" * 70_000, "not one JSON object"),
        ("{json:there.json}", b"[" * 30_000, "not one JSON object"),
        ("{json:there.json}", json.dumps({"a": "b" * 9000}).encode(), "characters long"),
    ],
)
def test_what_cannot_be_sent_is_said_before_anything_is_sent(
    tmp_path: Path, value: str, content: bytes, says: str
) -> None:
    (tmp_path / "there.json").write_bytes(content)
    environ = {"SHORT": "1234567", "LINES": "abcdefgh\nijkl"}
    supplier = Supplier(name="Test", base_url="http://127.0.0.1:1", headers=templates({"X-A": value}))
    with pytest.raises(SupplierFault, match=says) as caught:
        live("http://127.0.0.1:1", supplier=supplier, root=tmp_path, environ=environ)
    assert not any(secret in str(caught.value) for secret in environ.values())
