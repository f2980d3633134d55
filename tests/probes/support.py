"""Small servers on loopback, a clock to turn by hand, and a ``Live`` to put between them."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import msgspec
import trustme

from checker.model.ask import Capture, HttpAsk
from checker.model.evidence import HandshakeAttempt
from checker.model.exchange import Failure, HttpExchange, Request
from checker.model.supplier import Authority, Limits, Supplier
from checker.model.value import canonical
from checker.probes.addresses import named_host
from checker.probes.config import IdentityConfig, NetworkConfig
from checker.probes.live import Live

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SEED = b"seed of the tests"
FAST = Limits(requests_per_s=10_000.0, timeout_s=5.0)

SIGNED = jwt.encode(
    {"iss": "https://auth.test", "aud": "api", "sub": "me", "iat": 1_000_000_000, "exp": 1_000_000_300, "scope": "a b"},
    "k" * 32,
    algorithm="HS256",
    headers={"kid": "key-1"},
)
"""A signed token of nobody's."""

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class TurnedClock:
    """Stands still but for what is slept."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.sleeps: list[float] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)


class RunningClock(TurnedClock):
    """Durations are real; the date is not."""

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        await asyncio.sleep(seconds)


@asynccontextmanager
async def listening(handler: Handler, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on a free loopback port; its number."""

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client went away
        finally:
            writer.close()

    server = await asyncio.start_server(guarded, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@dataclass
class Seen:
    """A request as a server saw it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Web:
    """A tiny HTTP/1.1 server: ``answers`` maps a path to the bytes of a whole response."""

    answers: Mapping[str, bytes | Callable[[Seen], bytes]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *fields = head.strip().split("\r\n")
        method, target, _ = line.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (entry.partition(":") for entry in fields)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        request = Seen(method, target, headers, body)
        self.seen.append(request)
        answer = self.answers.get(target.partition("?")[0], reply(b"{}"))
        writer.write(answer(request) if callable(answer) else answer)
        await writer.drain()


def reply(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """A response that ends its connection."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    if not any(one.lower().startswith("content-type") for one in headers):
        lines.append("Content-Type: application/fhir+json")
    return "\r\n".join([*lines, "", ""]).encode() + body


def live(
    base_url: str,
    *identities: IdentityConfig,
    root: Path = Path(),
    environ: Mapping[str, str] | None = None,
    network: NetworkConfig = NetworkConfig(),  # noqa: B008 - frozen
    limits: Limits = FAST,
    clock: TurnedClock | None = None,
    **more: Any,
) -> Live:
    # Servers of tests have ports that nobody knows before: all of that host are allowed.
    facts = {"authority": Authority(hosts=(named_host(base_url),)), **more.pop("facts", {})}
    return Live(
        supplier=more.pop("supplier", None) or Supplier(name="Test", base_url=base_url, **facts),
        root=root,
        identities=identities,
        network=network,
        limits=limits,
        seed=SEED,
        clock=clock or RunningClock(),
        environ=environ or {},
        random_bytes=bytes,
        **more,
    )


def get(url: str, *, identity: str = "", attempt: int = 1, alteration: str = "", **changes: Any) -> HttpAsk:
    return HttpAsk(
        request=Request(url=url, identity=identity, alteration=alteration, headers=changes.pop("headers", ())),
        interaction=changes.pop("interaction", "read"),
        attempt=attempt,
        **changes,
    )


def exchange(capture: Capture) -> HttpExchange:
    assert isinstance(capture.payload, HttpExchange)
    return capture.payload


def failure(capture: Capture) -> Failure:
    found = exchange(capture).failure
    assert found is not None
    return found


def all_bytes(capture: Capture) -> bytes:
    """Everything of a capture that may be written, the bodies in requests decoded too."""
    parts = [canonical(capture), *capture.blobs.values()]
    if isinstance(capture.payload, HttpExchange):
        parts.append(capture.payload.request.body)
    return b"\n".join(parts)


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def bundle(authority: trustme.CA, folder: Path) -> NetworkConfig:
    """Trust in that authority alone."""
    path = folder / "ca.pem"
    path.write_bytes(authority.cert_pem.bytes())
    return NetworkConfig(ca_bundle=str(path))


def only(attempts: tuple[HandshakeAttempt, ...]) -> HandshakeAttempt:
    assert len(attempts) == 1
    return attempts[0]


def as_limits(**changes: Any) -> Limits:
    return msgspec.structs.replace(FAST, **changes)
