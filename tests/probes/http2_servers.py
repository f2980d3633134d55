"""Small servers that speak HTTP/2 over TLS on loopback, well or not."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import trustme
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RequestReceived, StreamEnded
from h2.exceptions import ProtocolError

from checker.probes.config import NetworkConfig
from checker.probes.live import Live
from tests.probes.support import Handler, as_limits, bundle, listening, live, server_context

JSON = ((b":status", b"200"), (b"content-type", b"application/fhir+json"))


@dataclass
class Peer:
    """One connection, as the server sees it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    state: H2Connection

    async def send(self, raw: bytes = b"") -> None:
        """What the state machine wants to say, and then those bytes as they are."""
        self.writer.write(self.state.data_to_send() + raw)
        await self.writer.drain()

    async def answer(self, stream: int, body: bytes = b"{}", headers: tuple[tuple[bytes, bytes], ...] = JSON) -> None:
        """A whole answer."""
        self.state.send_headers(stream, headers)
        self.state.send_data(stream, body, end_stream=True)
        await self.send()


Does = Callable[[Peer, int], object]
"""What a server does when the request of a stream is whole."""


@dataclass
class Http2:
    """A server of HTTP/2: ``does`` answers. ``seen``: the headers of each request; ``bodies``: by stream.

    It never gives back the window that a body has used (RFC 9113 section 6.9).
    """

    does: Does | None = None
    seen: list[list[tuple[bytes, bytes]]] = field(default_factory=list)
    bodies: dict[int, bytes] = field(default_factory=dict)
    connections: int = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        # What goes out is not looked at: a hostile server says what it likes.
        told = H2Configuration(
            client_side=False,
            header_encoding=None,
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
        )
        peer = Peer(reader, writer, H2Connection(told))
        peer.state.initiate_connection()
        await peer.send()
        with contextlib.suppress(ProtocolError):
            while data := await reader.read(65_536):
                for event in peer.state.receive_data(data):
                    await self._happened(peer, event)
                await peer.send()

    async def _happened(self, peer: Peer, event: Event) -> None:
        if isinstance(event, RequestReceived):
            self.seen.append([(bytes(n), bytes(v)) for n, v in event.headers or ()])
        elif isinstance(event, DataReceived):
            stream = event.stream_id or 0
            self.bodies[stream] = self.bodies.get(stream, b"") + (event.data or b"")
        elif isinstance(event, StreamEnded):
            stream = event.stream_id or 0
            done = self.does(peer, stream) if self.does is not None else peer.answer(stream)
            if asyncio.iscoroutine(done):
                await done


@asynccontextmanager
async def over_tls(
    handler: Handler, folder: Path, *alpn: str, http2: bool = True, **limits: float
) -> AsyncIterator[tuple[str, Live]]:
    """The origin of that server, and a ``Live`` that offers HTTP/2 to it."""
    authority = trustme.CA()
    context: ssl.SSLContext = server_context(authority.issue_cert("127.0.0.1"))
    if alpn:
        context.set_alpn_protocols(list(alpn))
    network: NetworkConfig = msgspec.structs.replace(bundle(authority, folder), http2=http2)
    usual = {"timeout_s": 5.0, **limits}
    async with listening(handler, context) as port:
        origin = f"https://127.0.0.1:{port}"
        async with live(origin, network=network, limits=as_limits(**usual)) as outside:
            yield origin, outside
