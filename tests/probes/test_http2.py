"""HTTP/2 with servers on loopback: what is sent, what is recorded, and how each way to fail ends."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trustme
from h2.errors import ErrorCodes
from h2.settings import SettingCodes

from checker.errors import SupplierFault
from checker.model.ask import Capture, HttpAsk
from checker.model.exchange import Request
from checker.model.terms import Reason
from checker.probes.config import NetworkConfig
from tests.probes.http2_servers import JSON, Does, Http2, Peer, over_tls
from tests.probes.support import Handler, Web, bundle, exchange, failure, get, listening, live, reply, server_context


def ask(url: str, method: str = "GET", body: bytes = b"", **more: Any) -> HttpAsk:
    request = Request(url=url, method=method, headers=more.pop("headers", ()), body=body, identity="")
    return HttpAsk(request=request, interaction="read", **more)


def asked(handler: Handler, folder: Path, *asks: dict[str, Any], alpn: str = "h2", **options: Any) -> list[Capture]:
    """The captures of those asks, one after the other, and then of a plain one."""

    async def run() -> list[Capture]:
        async with over_tls(handler, folder, *alpn.split(), **options) as (origin, outside):
            each = enumerate(asks or ({},), 1)
            return [await outside.capture(ask(f"{origin}/fhir", **one, attempt=number)) for number, one in each]

    return asyncio.run(run())


def version(capture: Capture) -> str:
    found = exchange(capture).response
    return found.wire.http_version if found else ""


# What is sent and recorded


def test_an_answer_over_http2_is_recorded_as_such(tmp_path: Path) -> None:
    server = Http2()
    (capture,) = asked(server, tmp_path)
    assert (version(capture), exchange(capture).failure) == ("HTTP/2", None)
    assert list(capture.blobs.values()) == [b"{}"]
    sent = dict(server.seen[0])
    assert (sent[b":method"], sent[b":path"]) == (b"GET", b"/fhir")
    assert all(name == name.lower() for name in sent)
    assert not {b"host", b"connection", b"transfer-encoding", b"keep-alive"} & sent.keys()


@pytest.mark.parametrize("alpn", ["http/1.1", ""])
def test_a_server_that_does_not_agree_is_spoken_to_in_http1(tmp_path: Path, alpn: str) -> None:
    (capture,) = asked(Web({"/fhir": reply(b"{}")}), tmp_path, alpn=alpn)
    assert (version(capture), exchange(capture).failure) == ("HTTP/1.1", None)


def test_without_the_option_it_is_not_offered(tmp_path: Path) -> None:
    (capture,) = asked(Web({"/fhir": reply(b"{}")}), tmp_path, alpn="h2 http/1.1", http2=False)
    assert version(capture) == "HTTP/1.1"


def test_requests_share_a_connection_and_repeated_headers_odd_methods_and_bodies_arrive(tmp_path: Path) -> None:
    server = Http2()
    twice = (("Authorization", "Bearer a"), ("Authorization", "Bearer b"))
    captures = asked(server, tmp_path, {"headers": twice}, {"method": "TRACE"}, {"method": "POST", "body": b"x" * 300})
    assert [version(one) for one in captures] == ["HTTP/2"] * 3
    assert server.connections == 1
    assert [value for name, value in server.seen[0] if name == b"authorization"] == [b"Bearer a", b"Bearer b"]
    assert dict(server.seen[1])[b":method"] == b"TRACE"
    assert list(server.bodies.values()) == [b"x" * 300]


@pytest.mark.parametrize(
    ("headers", "method", "word"),
    [
        ((("Connection", "close"),), "GET", "Connection"),
        ((("Transfer-Encoding", "chunked"),), "POST", "Transfer-Encoding"),
        ((("Upgrade", "h2c"),), "GET", "Upgrade"),
        ((("TE", "gzip"),), "GET", "TE"),
        ((("Host", "a.example"), ("Host", "b.example")), "GET", "Host"),
        ((("X-Bad", "a\r\nb: c"),), "GET", "control character"),
        ((("X Bad", "a"),), "GET", "no token"),
        ((), "GE T", "method"),
    ],
)
def test_what_http2_cannot_carry_is_not_sent(tmp_path: Path, headers: Any, method: str, word: str) -> None:
    server = Http2()
    captures = asked(server, tmp_path, {"headers": headers, "method": method}, {})
    assert (failure(captures[0]).cause, failure(captures[0]).reason) == ("protocol", Reason.PREREQUISITE)
    assert word in failure(captures[0]).message
    assert exchange(captures[1]).failure is None
    assert len(server.seen) == 1


def test_it_is_a_fault_before_anything_is_sent_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SupplierFault, match="http2") as fault:
        live("https://127.0.0.1", network=NetworkConfig(http2=True))
    assert "pip install" in fault.value.next_step
    assert fault.value.exit_code == 2
    live("https://127.0.0.1")


# Servers that end a connection


async def parting(peer: Peer, stream: int) -> None:
    """Answers, and ends the connection as RFC 9113 section 6.8 has it: gracefully."""
    await peer.answer(stream)
    peer.state.close_connection(last_stream_id=2**31 - 1)
    await peer.send()
    peer.writer.close()


def test_a_connection_that_ended_while_idle_is_not_used_again(tmp_path: Path) -> None:
    async def run() -> list[Capture]:
        async with over_tls(server, tmp_path, "h2") as (origin, outside):
            captures = []
            for number in range(1, 4):
                captures.append(await outside.capture(ask(f"{origin}/fhir", attempt=number)))
                await asyncio.sleep(0.05)
            return captures

    server = Http2(parting)
    captures = asyncio.run(run())
    assert [exchange(one).failure for one in captures] == [None] * 3
    assert server.connections == 3


def test_bodies_that_are_cut_do_not_use_up_the_window_of_those_that_follow(tmp_path: Path) -> None:
    async def large(peer: Peer, stream: int) -> None:
        peer.state.send_headers(stream, JSON)
        for _ in range(200):
            if peer.state.local_flow_control_window(stream) < 16_384:
                break
            peer.state.send_data(stream, bytes(16_384))
            await peer.send()

    captures = asked(Http2(large), tmp_path, *[{}] * 8, max_body_bytes=1000)
    assert {failure(one).cause for one in captures} == {"body-limit"}


# Hostile servers


def frame(kind: int, flags: int, stream: int, body: bytes) -> bytes:
    """Any frame (RFC 9113 section 4.1)."""
    return struct.pack(">I", len(body))[1:] + struct.pack(">BBI", kind, flags, stream) + body


async def reset(peer: Peer, stream: int) -> None:
    peer.state.reset_stream(stream, ErrorCodes.INTERNAL_ERROR)
    await peer.send()


async def wants_http1(peer: Peer, stream: int) -> None:
    peer.state.reset_stream(stream, ErrorCodes.HTTP_1_1_REQUIRED)
    await peer.send()


async def reset_halfway(peer: Peer, stream: int) -> None:
    peer.state.send_headers(stream, JSON)
    peer.state.send_data(stream, b'{"half":')
    peer.state.reset_stream(stream, ErrorCodes.CANCEL)
    await peer.send()


async def goaway(peer: Peer, stream: int) -> None:
    peer.state.close_connection(ErrorCodes.ENHANCE_YOUR_CALM, last_stream_id=0)
    await peer.send()


async def goaway_halfway(peer: Peer, stream: int) -> None:
    peer.state.send_headers(stream, JSON)
    peer.state.send_data(stream, b'{"half":')
    await peer.send()
    await asyncio.sleep(0.05)
    await peer.send(frame(7, 0, 0, struct.pack(">II", 1, 0)))
    peer.writer.close()


async def hang_up(peer: Peer, stream: int) -> None:
    peer.writer.close()


async def hang_up_halfway(peer: Peer, stream: int) -> None:
    peer.state.send_headers(stream, JSON)
    peer.state.send_data(stream, b'{"half":')
    await peer.send()
    peer.writer.close()


def endless(raw: Callable[[int], bytes], first: bytes = b"") -> Does:
    """Sends the same again and again for as long as it is taken."""

    async def flood(peer: Peer, stream: int) -> None:
        await peer.send(first)
        while True:
            await peer.send(raw(stream) * 20)
            await asyncio.sleep(0)

    return flood


def headed(*headers: tuple[bytes, bytes], body: bytes = b"{}") -> Does:
    """A whole answer with those headers, as they are."""

    async def answer(peer: Peer, stream: int) -> None:
        await peer.answer(stream, body, headers)

    return answer


async def no_header_block(peer: Peer, stream: int) -> None:
    await peer.send(frame(1, 4, stream, b"\xff" * 40))


async def text(peer: Peer, stream: int) -> None:
    await peer.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


async def push(peer: Peer, stream: int) -> None:
    await peer.send(frame(5, 4, stream, struct.pack(">I", 2) + b"\x82\x84"))


async def silence(peer: Peer, stream: int) -> None:
    pass


def settings(stream: int) -> bytes:
    return frame(4, 0, 0, struct.pack(">HI", SettingCodes.INITIAL_WINDOW_SIZE, 65_535))


STATUS = (b":status", b"200")
HOSTILE: dict[str, tuple[Does, str]] = {
    "reset": (reset, "closed"),
    "reset halfway": (reset_halfway, "closed"),
    "wants HTTP/1.1": (wants_http1, "closed"),
    "goaway": (goaway, "closed"),
    "goaway halfway": (goaway_halfway, "closed"),
    "hang up": (hang_up, "closed"),
    "hang up halfway": (hang_up_halfway, "closed"),
    "silence": (silence, "read-timeout"),
    "endless CONTINUATION": (endless(lambda s: frame(9, 0, s, b"\x88"), frame(1, 0, 1, b"\x88")), "protocol"),
    "endless SETTINGS": (endless(settings), "read-timeout"),
    "endless PING": (endless(lambda s: frame(6, 0, 0, bytes(8))), "read-timeout"),
    "endless empty DATA": (endless(lambda s: frame(0, 0, s, b""), frame(1, 4, 1, b"\x88")), "deadline"),
    "endless 103": (endless(lambda s: frame(1, 4, s, b"\x08\x03103")), "read-timeout"),
    "endless unknown frames": (endless(lambda s: frame(200, 0, s, b"x")), "read-timeout"),
    "huge header list": (headed(STATUS, *[(b"x-%d" % n, b"v" * 4000) for n in range(30)]), "protocol"),
    "no status": (headed((b"content-type", b"text/plain")), "protocol"),
    "no number as status": (headed((b":status", b"abc")), "protocol"),
    "two statuses": (headed((b":status", b"401"), STATUS), "protocol"),
    "upper case": (headed(STATUS, (b"X-Upper", b"1")), "protocol"),
    "of one connection": (headed(STATUS, (b"connection", b"close")), "protocol"),
    "line break": (headed(STATUS, (b"x-a", b"b\r\nc: d")), "protocol"),
    "longer than it says": (headed(STATUS, (b"content-length", b"1")), "protocol"),
    "shorter than it says": (headed(STATUS, (b"content-length", b"100")), "protocol"),
    "no header block": (no_header_block, "protocol"),
    "HTTP/1.1 in HTTP/2": (text, "read-timeout"),
    "push": (push, "protocol"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_server_ends_in_a_stable_word_and_the_next_request_is_whole(tmp_path: Path, name: str) -> None:
    does, cause = HOSTILE[name]
    hostile = [True]

    def first(peer: Peer, stream: int) -> object:
        if hostile:
            hostile.clear()
            return does(peer, stream)
        return peer.answer(stream)

    captures = asked(Http2(first), tmp_path, {}, {}, timeout_s=0.6)
    assert failure(captures[0]).cause == cause, failure(captures[0]).message
    assert captures[0].blobs == {}
    assert exchange(captures[1]).failure is None, exchange(captures[1]).failure


def test_what_a_server_said_as_it_broke_off_is_told(tmp_path: Path) -> None:
    said = {name: failure(asked(Http2(HOSTILE[name][0]), tmp_path)[0]).message for name in ("wants HTTP/1.1", "goaway")}
    assert "HTTP_1_1_REQUIRED" in said["wants HTTP/1.1"]
    assert "ENHANCE_YOUR_CALM" in said["goaway"]


def test_a_server_that_gives_no_window_for_a_body(tmp_path: Path) -> None:
    (capture,) = asked(Http2(), tmp_path, {"method": "POST", "body": bytes(100_000)}, timeout_s=0.6)
    assert failure(capture).cause == "read-timeout"


def test_one_stream_that_hangs_does_not_spoil_those_beside_it(tmp_path: Path) -> None:
    async def by_path(peer: Peer, stream: int) -> None:
        if not server.seen[-1] or dict(server.seen[-1])[b":path"] != b"/hangs":
            await asyncio.sleep(0.02)
            await peer.answer(stream)

    async def run() -> list[Capture]:
        async with over_tls(server, tmp_path, "h2", timeout_s=0.6) as (origin, outside):
            paths = ("good", "hangs", "fine", "well")
            return await asyncio.gather(*[outside.capture(get(f"{origin}/{path}")) for path in paths])

    server = Http2(by_path)
    found = [exchange(one).failure for one in asyncio.run(run())]
    assert [one.cause if one else "" for one in found] == ["", "read-timeout", "", ""]


# By other ways


async def pumped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


def test_a_proxy_opens_a_tunnel_and_http2_goes_through_it(tmp_path: Path) -> None:
    asked_for: list[bytes] = []

    async def run() -> Capture:
        authority, server = trustme.CA(), Http2()
        context = server_context(authority.issue_cert("supplier.test"))
        context.set_alpn_protocols(["h2"])

        async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked_for.append(await reader.readuntil(b"\r\n\r\n"))
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(pumped(reader, there_writer), pumped(there_reader, writer))

        async with listening(server, context) as port, listening(proxy) as by:
            trust = bundle(authority, tmp_path)
            network = msgspec.structs.replace(trust, http2=True, proxy=f"http://user:word@127.0.0.1:{by}")
            async with live("https://supplier.test", network=network) as outside:
                return await outside.capture(get("https://supplier.test/fhir"))

    capture = asyncio.run(run())
    assert (version(capture), exchange(capture).failure) == ("HTTP/2", None)
    assert asked_for[0].startswith(b"CONNECT supplier.test:443 HTTP/1.1\r\n")


def test_a_redirect_is_not_followed_over_http2_either(tmp_path: Path) -> None:
    elsewhere = headed((b":status", b"302"), (b"location", b"https://elsewhere.example/"), body=b"")
    server = Http2(elsewhere)
    (capture,) = asked(server, tmp_path)
    found = exchange(capture).response
    assert found is not None
    assert (found.status, found.header("Location"), len(server.seen)) == (302, "https://elsewhere.example/", 1)


def test_a_name_stays_at_its_address_over_http2(tmp_path: Path) -> None:
    looked_up: list[str] = []

    async def resolve(host: str, port: int) -> tuple[str, ...]:
        looked_up.append(host)
        return ("127.0.0.1",)

    async def run() -> list[Capture]:
        authority = trustme.CA()
        context = server_context(authority.issue_cert("supplier.test"))
        context.set_alpn_protocols(["h2"])
        network = msgspec.structs.replace(bundle(authority, tmp_path), http2=True)
        async with listening(server, context) as port:
            url = f"https://supplier.test:{port}/fhir"
            async with live("https://supplier.test", network=network, resolve=resolve) as outside:
                return [await outside.capture(get(url, attempt=number)) for number in (1, 2)]

    server = Http2(parting)
    assert [version(one) for one in asyncio.run(run())] == ["HTTP/2"] * 2
    assert (looked_up, server.connections) == (["supplier.test"], 2)
