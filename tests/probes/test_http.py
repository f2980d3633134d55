"""Real exchanges with servers on loopback: each way to fail has its own word."""

from __future__ import annotations

import asyncio
import gzip
import socket
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from checker.model.ask import Capture, Outside
from checker.model.exchange import Response
from checker.model.terms import Reason
from checker.model.value import sha256
from checker.probes.config import NetworkConfig
from checker.probes.live import Live
from tests.probes.support import (
    Handler,
    Web,
    all_bytes,
    as_limits,
    bundle,
    exchange,
    failure,
    get,
    listening,
    live,
    reply,
    server_context,
)


def fetch(handler: Handler, path: str = "/", **options: object) -> Capture:
    async def run() -> Capture:
        async with listening(handler) as port, live(f"http://127.0.0.1:{port}", **options) as outside:  # type: ignore[arg-type]
            return await outside.capture(get(f"http://127.0.0.1:{port}{path}"))

    return asyncio.run(run())


def response(capture: Capture) -> Response:
    found = exchange(capture).response
    assert found is not None
    return found


def test_an_answer_is_kept_with_its_wire_facts() -> None:
    web = Web({"/": reply(b'{"resourceType":"Patient"}', "X-Twice: a", "X-Twice: b")})
    capture = fetch(web)
    answer = response(capture)
    assert (answer.status, answer.values("x-twice")) == (200, ("a", "b"))
    assert capture.blobs == {answer.body: b'{"resourceType":"Patient"}'}
    assert (answer.wire.http_version, answer.wire.encoded_bytes, answer.wire.decoded_bytes) == ("HTTP/1.1", 26, 26)
    assert exchange(capture).failure is None


def test_every_request_says_who_asks_and_the_recorded_one_keeps_only_the_probes_headers() -> None:
    web = Web()
    capture = fetch(web)
    sent = web.seen[0].headers
    assert sent["user-agent"].startswith("nhs-standards-checker/")
    assert sent["x-request-id"] == exchange(capture).request_id
    assert sent["accept-encoding"] == "gzip, deflate, identity"
    assert sent["accept"] == "application/fhir+json"
    assert "cookie" not in sent
    assert exchange(capture).request.headers == ()


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data, wbits=-15)),
        ("gzip", lambda data: gzip.compress(data[:50]) + gzip.compress(data[50:])),
    ],
    ids=["gzip", "zlib", "bare-deflate", "two-members"],
)
def test_compressed_bodies_are_undone(encoding: str, encode: Callable[[bytes], bytes]) -> None:
    body = b'{"resourceType":"Bundle"}' * 10
    packed = encode(body)
    capture = fetch(Web({"/": reply(packed, f"Content-Encoding: {encoding}")}))
    answer = response(capture)
    assert capture.blobs == {sha256(body): body}
    assert (answer.wire.encoded_bytes, answer.wire.decoded_bytes) == (len(packed), len(body))
    assert answer.wire.content_encoding == encoding


def test_a_body_in_an_encoding_that_cannot_be_undone_is_not_kept_unseen() -> None:
    capture = fetch(Web({"/": reply(b"\x01\x02packed", "Content-Encoding: br")}))
    assert response(capture).wire.content_encoding == "br"
    assert (failure(capture).cause, capture.blobs) == ("protocol", {})


@pytest.mark.parametrize("body", [b"not gzip at all", gzip.compress(b"x" * 1000)[:20]], ids=["other", "cut"])
def test_a_body_that_is_not_what_its_encoding_says(body: bytes) -> None:
    capture = fetch(Web({"/": reply(body, "Content-Encoding: gzip")}))
    assert (failure(capture).cause, response(capture).status, capture.blobs) == ("protocol", 200, {})


def test_a_gzip_bomb_is_cut_with_flat_memory() -> None:
    packer = zlib.compressobj(9, wbits=31)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    web = Web({"/": reply(packed, "Content-Encoding: gzip")})
    tracemalloc.start()
    capture = fetch(web, limits=as_limits(max_body_bytes=1 << 20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20
    assert (failure(capture).cause, failure(capture).reason) == ("body-limit", Reason.BUDGET)
    assert response(capture).wire.truncated
    assert (response(capture).status, response(capture).body, capture.blobs) == (200, "", {})


def test_a_plain_body_beyond_the_limit_is_cut() -> None:
    capture = fetch(Web({"/": reply(bytes(100_000))}), limits=as_limits(max_body_bytes=1000))
    assert failure(capture).cause == "body-limit"
    exact = fetch(Web({"/": reply(b"x" * 1000)}), limits=as_limits(max_body_bytes=1000))
    assert exchange(exact).failure is None


def test_html_is_an_answer_like_any_other() -> None:
    capture = fetch(Web({"/": reply(b"<html>Sign in</html>", "Content-Type: text/html")}))
    assert response(capture).header("content-type") == "text/html"
    assert list(capture.blobs.values()) == [b"<html>Sign in</html>"]


def test_a_redirect_is_not_followed() -> None:
    web = Web({"/": reply(b"", "Location: /elsewhere", status="302 Found")})
    capture = fetch(web)
    assert (response(capture).status, response(capture).header("location")) == (302, "/elsewhere")
    assert [one.target for one in web.seen] == ["/"]


def test_a_cookie_is_never_sent_back() -> None:
    async def run() -> Web:
        web = Web({"/": reply(b"{}", "Set-Cookie: sid=0123456789; Path=/; HttpOnly")})
        async with listening(web) as port, live(f"http://127.0.0.1:{port}") as outside:
            first = await outside.capture(get(f"http://127.0.0.1:{port}/"))
            await outside.capture(get(f"http://127.0.0.1:{port}/", attempt=2))
        cookie = response(first).header("set-cookie")
        assert cookie == "sid=[redacted: cookie]; Path=/; HttpOnly"
        assert b"0123456789" not in all_bytes(first)
        return web

    assert ["cookie" in one.headers for one in asyncio.run(run()).seen] == [False, False]


def test_proxy_variables_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert exchange(fetch(Web())).failure is None


def test_loopback_never_uses_the_proxy() -> None:
    assert exchange(fetch(Web(), network=NetworkConfig(proxy="http://127.0.0.1:1"))).failure is None


def test_another_host_goes_through_the_proxy_and_407_is_the_proxys() -> None:
    async def run() -> tuple[Capture, Capture, Web]:
        refuse = reply(b"", status="407 Proxy Authentication Required")
        proxy = Web({"http://supplier.test/one": reply(b"{}"), "http://supplier.test/two": refuse})
        async with listening(proxy) as port:
            network = NetworkConfig(proxy=f"http://127.0.0.1:{port}")
            async with live("http://supplier.test", network=network) as outside:
                one = await outside.capture(get("http://supplier.test/one"))
                return one, await outside.capture(get("http://supplier.test/two")), proxy

    one, two, proxy = asyncio.run(run())
    assert exchange(one).failure is None
    assert proxy.seen[0].target == "http://supplier.test/one"
    assert (failure(two).cause, failure(two).reason) == ("proxy", Reason.NETWORK)


def test_a_proxy_that_opens_no_tunnel() -> None:
    async def run() -> Capture:
        proxy = Web({"supplier.test:443": reply(b"", status="407 Proxy Authentication Required")})
        async with listening(proxy) as port:
            network = NetworkConfig(proxy=f"http://127.0.0.1:{port}")
            async with live("https://supplier.test", network=network) as outside:
                return await outside.capture(get("https://supplier.test/"))

    assert failure(asyncio.run(run())).cause == "proxy"


def test_what_is_recorded_is_what_was_sent() -> None:
    web = Web()
    capture = fetch(web, "/a/../b//c?x=%7c|é&y=1 2")
    assert web.seen[0].target == "/a/../b//c?x=%7c%7C%C3%A9&y=1%202"
    assert exchange(capture).request.url.endswith("/a/../b//c?x=%7c|é&y=1 2")


def test_live_is_an_outside() -> None:
    outside: Outside = live("http://127.0.0.1:1")
    assert isinstance(outside, Live)


def test_a_refused_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    async def run() -> Capture:
        async with live(f"http://127.0.0.1:{port}") as outside:
            return await outside.capture(get(f"http://127.0.0.1:{port}/"))

    capture = asyncio.run(run())
    assert (failure(capture).cause, failure(capture).reason) == ("refused", Reason.NETWORK)


def test_a_name_without_address() -> None:
    async def nowhere(host: str, port: int) -> tuple[str, ...]:
        raise socket.gaierror("no such name")

    async def run() -> Capture:
        async with live("https://supplier.test", resolve=nowhere) as outside:
            return await outside.capture(get("https://supplier.test/metadata"))

    assert failure(asyncio.run(run())).cause == "dns"


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(-1)


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")


async def stop_halfway(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")


async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")


@pytest.mark.parametrize(
    ("handler", "cause", "reason"),
    [
        (drip, "deadline", Reason.TIMEOUT),
        (silence, "read-timeout", Reason.TIMEOUT),
        (hang_up, "closed", Reason.NETWORK),
        (stop_halfway, "closed", Reason.NETWORK),
        (nonsense, "protocol", Reason.NETWORK),
    ],
)
def test_a_server_that_does_not_answer_whole(handler: Handler, cause: str, reason: Reason) -> None:
    capture = fetch(handler, limits=as_limits(timeout_s=0.4))
    assert (failure(capture).cause, failure(capture).reason) == (cause, reason)
    assert capture.blobs == {}
    assert exchange(capture).elapsed_ms < 3000


def test_the_client_is_usable_after_a_deadline() -> None:
    async def run() -> tuple[Capture, Capture]:
        limits = as_limits(timeout_s=0.3)
        async with (
            listening(drip) as slow,
            listening(Web()) as good,
            live("http://127.0.0.1", limits=limits) as outside,
        ):
            first = await outside.capture(get(f"http://127.0.0.1:{slow}/"))
            return first, await outside.capture(get(f"http://127.0.0.1:{good}/"))

    first, second = asyncio.run(run())
    assert failure(first).cause == "deadline"
    assert exchange(second).failure is None


def over_tls(folder: Path, certificate: trustme.LeafCert, trusted: trustme.CA, host: str = "127.0.0.1") -> Capture:
    async def run() -> Capture:
        outside = live(f"https://{host}", network=bundle(trusted, folder))
        async with listening(Web(), server_context(certificate)) as port, outside:
            return await outside.capture(get(f"https://{host}:{port}/"))

    return asyncio.run(run())


def test_a_trusted_certificate_is_accepted(tmp_path: Path) -> None:
    authority = trustme.CA()
    assert exchange(over_tls(tmp_path, authority.issue_cert("127.0.0.1"), authority)).failure is None


def test_certificates_that_are_not_accepted_say_why(tmp_path: Path) -> None:
    authority, other = trustme.CA(), trustme.CA()
    past = authority.issue_cert(
        "127.0.0.1", not_before=datetime(2020, 1, 1, tzinfo=UTC), not_after=datetime(2021, 1, 1, tzinfo=UTC)
    )
    cases = {
        "untrusted": (other.issue_cert("127.0.0.1"), authority),
        "host-name": (authority.issue_cert("other.test"), authority),
        "expired": (past, authority),
    }
    for word, (certificate, trusted) in cases.items():
        found = failure(over_tls(tmp_path, certificate, trusted))
        assert (found.cause, found.reason) == ("tls", Reason.NETWORK)
        assert f"({word})" in found.message


def test_plain_http_to_a_tls_port_and_tls_to_a_plain_port(tmp_path: Path) -> None:
    authority = trustme.CA()

    async def run() -> tuple[Capture, Capture]:
        context = server_context(authority.issue_cert("127.0.0.1"))
        outside = live("https://127.0.0.1", network=bundle(authority, tmp_path))
        async with listening(Web(), context) as tls, listening(nonsense_at_once) as plain, outside:
            one = await outside.capture(get(f"http://127.0.0.1:{tls}/"))
            return one, await outside.capture(get(f"https://127.0.0.1:{plain}/"))

    one, two = asyncio.run(run())
    assert failure(one).cause in {"closed", "protocol"}
    assert (failure(two).cause, "wrong version" in failure(two).message) == ("tls", True)


async def nonsense_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()
    await reader.read(-1)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "javascript:alert(1)", "http://[::1", "https://"])
def test_what_is_not_an_http_url_is_not_sent(url: str) -> None:
    async def run() -> tuple[Capture, int]:
        async with live("http://127.0.0.1:1") as outside:
            return await outside.capture(get(url)), outside.requests_sent

    capture, sent = asyncio.run(run())
    assert (failure(capture).cause, sent) == ("protocol", 0)


def test_a_header_that_cannot_be_sent_is_a_failure_and_not_a_crash() -> None:
    async def run() -> Capture:
        async with listening(Web()) as port, live(f"http://127.0.0.1:{port}") as outside:
            ask = get(f"http://127.0.0.1:{port}/", headers=(("X-Bad", "a\r\nb"),))
            return await outside.capture(ask)

    assert failure(asyncio.run(run())).cause == "protocol"
