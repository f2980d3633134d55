"""HTTP/1.1 through the ledger. The only importer of httpx and httpcore.

The transport of httpx is used without its client: nothing follows redirects, keeps cookies, reads
the environment or adds headers behind our back.
"""

from __future__ import annotations

import asyncio
import importlib.util
import ssl
import sys
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import cast
from urllib.parse import quote, urlsplit

import httpcore  # noqa: TID251
import httpx  # noqa: TID251

from checker.model.exchange import Failure, Headers, Wire
from checker.model.supplier import Limits
from checker.model.terms import Reason
from checker.probes.addresses import host_and_port
from checker.probes.answer import Answer
from checker.probes.body import Body, Undecodable
from checker.probes.http_failures import NOT_A_URL, deadline, explain
from checker.probes.net import CONNECT_TIMEOUT_S, Net
from checker.probes.trust import ClientCertificate, Trust

if importlib.util.find_spec("sniffio") is None:
    # httpcore imports it for every lock it makes, several a request, and a module that is not there is looked for on
    # the whole path each time. That it is not there is what it finds now, too.
    sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

_KEPT = "%/?:@!$&'()*+,;=-._~[]"


def request_target(url: str) -> bytes:
    """Path and query as they are written (RFC 9112 §3.2.1), encoded only where they must be.

    httpx would tidy the path; then what is recorded would not be what was sent. By a proxy it still does.
    """
    parts = urlsplit(url)
    path = quote(parts.path or "/", safe=_KEPT)
    return (f"{path}?{quote(parts.query, safe=_KEPT)}" if parts.query else path).encode("ascii")


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Connects to the addresses that the ledger pinned, and to nothing else."""

    def __init__(self, net: Net) -> None:
        self._net = net
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Try the pinned addresses in order; the first that answers is kept."""
        failure: Exception = httpcore.ConnectError(f"{host} was not admitted")
        for address in self._net.addresses(host):
            try:
                stream = await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as problem:
                failure = problem
            else:
                self._net.settle(host, address)
                return stream
        raise failure

    async def sleep(self, seconds: float) -> None:
        """Part of httpcore's interface; used by retries, which are off."""
        await self._backend.sleep(seconds)


class PinnedTransport(httpx.AsyncHTTPTransport):
    """The transport of httpx over a pool whose connections go where the ledger says."""

    def __init__(self, net: Net, context: ssl.SSLContext, *, proxy: str = "") -> None:
        super().__init__(verify=context, trust_env=False)
        backend = PinnedBackend(net)
        self._pool: httpcore.AsyncConnectionPool
        if not proxy:
            self._pool = httpcore.AsyncConnectionPool(ssl_context=context, network_backend=backend)
            return
        way = httpx.Proxy(proxy)
        self._pool = httpcore.AsyncHTTPProxy(
            proxy_url=str(way.url), proxy_auth=way.raw_auth, ssl_context=context, network_backend=backend
        )


class Http:
    """Sends one request at a time to admitted hosts; one pool for each client certificate."""

    def __init__(self, net: Net, trust: Trust, limits: Limits) -> None:
        self._net = net
        self._trust = trust
        self._limits = limits
        self._transports: dict[tuple[ClientCertificate | None, bool], PinnedTransport] = {}

    async def close(self) -> None:
        """Close every connection."""
        for transport in self._transports.values():
            await transport.aclose()
        self._transports.clear()

    async def send(
        self, method: str, url: str, headers: Headers, body: bytes, certificate: ClientCertificate | None = None
    ) -> Answer:
        """Send it once and read the answer within the deadline and the size limit. Never raises for the network."""
        place = host_and_port(url)
        if place is None:
            return Answer(failure=NOT_A_URL)
        answer = await self._bounded(method, url, headers, body, certificate)
        if answer.status is not None:
            self._net.connected(*place)
            self._net.answered(answer.status)
        elif answer.failure is not None:
            self._net.failed(*place, answer.failure)
        return answer

    async def _bounded(
        self, method: str, url: str, headers: Headers, body: bytes, certificate: ClientCertificate | None
    ) -> Answer:
        reader = _Reader(self._limits.max_body_bytes)
        try:
            async with asyncio.timeout(self._limits.timeout_s):
                request = self._request(method, url, headers, body)
                await reader.read(await self._transport(url, certificate).handle_async_request(request))
        except TimeoutError:
            return reader.answer(deadline(self._limits.timeout_s, answering=reader.status is not None))
        except (httpx.HTTPError, httpx.InvalidURL, httpcore.ConnectError, OSError, ValueError) as problem:
            return reader.answer(explain(problem))
        return reader.answer(None)

    def _request(self, method: str, url: str, headers: Headers, body: bytes) -> httpx.Request:
        raw = [(name.encode("ascii", "replace"), value.encode(errors="surrogateescape")) for name, value in headers]
        # Silence is measured by the deadline as a whole: a limit for each read would cut slow answers short.
        connect = min(CONNECT_TIMEOUT_S, self._limits.timeout_s / 2)
        timeouts = {"connect": connect, "read": None, "write": None, "pool": None}
        extensions: dict[str, object] = {"timeout": timeouts}
        if not self._net.proxied(urlsplit(url).hostname or ""):  # httpcore would send this to the proxy as well
            extensions["target"] = request_target(url)
        return httpx.Request(method, url, headers=raw, content=body, extensions=extensions)

    def _transport(self, url: str, certificate: ClientCertificate | None) -> PinnedTransport:
        proxied = self._net.proxied(urlsplit(url).hostname or "")
        key = (certificate, proxied)
        if key not in self._transports:
            context = self._trust.context(certificate)
            self._transports[key] = PinnedTransport(self._net, context, proxy=self._net.proxy if proxied else "")
        return self._transports[key]


class _Reader:
    """Reads one response; what it has is an answer also when it was interrupted."""

    def __init__(self, limit: int) -> None:
        self.status: int | None = None
        self._limit = limit
        self._headers: Headers = ()
        self._body = Body("", limit)
        self._version = "HTTP/1.1"
        self._failure: Failure | None = None

    async def read(self, response: httpx.Response) -> None:
        try:
            self.status = response.status_code
            self._headers = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in response.headers.raw)
            self._version = response.extensions.get("http_version", b"HTTP/1.1").decode("ascii", "replace")
            self._body = Body(", ".join(v for n, v in self._headers if n.lower() == "content-encoding"), self._limit)
            chunks = cast("AsyncGenerator[bytes, None]", response.aiter_raw())
            async with aclosing(chunks):
                async for chunk in chunks:
                    if not self._body.feed(chunk):
                        break
            self._body.end()
        except Undecodable as problem:
            self._failure = Failure(reason=Reason.NETWORK, cause="protocol", message=str(problem))
        finally:
            await response.aclose()

    def answer(self, failure: Failure | None) -> Answer:
        """The answer, with the first failure that holds. No part of a body that is not whole."""
        failure = failure or self._failure
        if self.status is None:
            return Answer(failure=failure)
        if self._body.truncated:
            failure = Failure(
                reason=Reason.BUDGET,
                cause="body-limit",
                message=f"The body is larger than {self._limit} bytes: it was not read to its end and not stored.",
            )
        if self.status == 407:
            failure = Failure(
                reason=Reason.NETWORK,
                cause="proxy",
                message="A proxy asks for credentials (407): give them in --proxy.",
            )
        wire = Wire(
            http_version=self._version,
            encoded_bytes=self._body.encoded_bytes,
            decoded_bytes=self._body.decoded_bytes,
            content_encoding=self._body.encoding,
            truncated=self._body.truncated,
        )
        body = b"" if failure else self._body.content()
        return Answer(status=self.status, headers=self._headers, body=body, wire=wire, failure=failure)
