"""HTTP/1.1, and HTTP/2 where both sides want it, through the ledger. The only importer of httpx and httpcore.

The transport of httpx is used without its client: nothing follows redirects, keeps cookies, reads
the environment or adds headers behind our back.
"""

from __future__ import annotations

import asyncio
import importlib.util
import ssl
import sys
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote, urlsplit

import httpcore  # noqa: TID251
import httpx  # noqa: TID251
import msgspec

from checker.model.exchange import Failure, Headers, Wire
from checker.model.supplier import Limits
from checker.model.terms import Reason
from checker.probes.addresses import host_and_port
from checker.probes.answer import Answer
from checker.probes.body import Body, Undecodable
from checker.probes.http2 import demand, unsendable
from checker.probes.http_failures import NOT_A_URL, deadline, explain
from checker.probes.net import CONNECT_TIMEOUT_S, Net
from checker.probes.tls_watched import Watch, WatchedTls
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


class _WatchedStream(httpcore.AsyncNetworkStream):
    """A connection whose TLS is watched."""

    def __init__(self, inner: httpcore.AsyncNetworkStream, watch: Watch, tls: WatchedTls | None = None) -> None:
        self._inner = inner
        self._watch = watch
        self._tls = tls

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await (self._tls or self._inner).read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await (self._tls or self._inner).write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        tls = WatchedTls(self, ssl_context, server_hostname or "", self._watch)
        try:
            await tls.handshake(timeout)
        except BaseException:
            await self.aclose()  # nobody else has it to close it
            raise
        return _WatchedStream(self._inner, self._watch, tls)

    def get_extra_info(self, info: str) -> object:
        return self._tls.tls if self._tls and info == "ssl_object" else self._inner.get_extra_info(info)


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Connects to the addresses that the ledger pinned, and to nothing else. ``watch`` sees the TLS of it."""

    def __init__(self, net: Net, watch: Watch | None = None) -> None:
        self._net = net
        self._watch = watch
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
                return stream if self._watch is None else _WatchedStream(stream, self._watch)
        raise failure

    async def sleep(self, seconds: float) -> None:
        """Part of httpcore's interface; used by retries, which are off."""
        await self._backend.sleep(seconds)


class PinnedTransport(httpx.AsyncHTTPTransport):
    """The transport of httpx over a pool whose connections go where the ledger says.

    ``http2``: it is offered in the TLS handshake (RFC 7301), beside HTTP/1.1; the server chooses. ``watch``: what TLS
    shows is seen there.
    """

    def __init__(
        self,
        net: Net,
        context: ssl.SSLContext,
        *,
        proxy: str = "",
        watch: Watch | None = None,
        http2: bool = False,
    ) -> None:
        super().__init__(verify=context, trust_env=False)
        backend = PinnedBackend(net, watch)
        self._pool: httpcore.AsyncConnectionPool
        if not proxy:
            self._pool = httpcore.AsyncConnectionPool(ssl_context=context, network_backend=backend, http2=http2)
            return
        way = httpx.Proxy(proxy)
        self._pool = httpcore.AsyncHTTPProxy(
            proxy_url=str(way.url),
            proxy_auth=way.raw_auth,
            ssl_context=context,
            network_backend=backend,
            http2=http2,
        )

    async def forget_ended(self) -> None:
        """Close each idle connection of HTTP/2 on which the server has something to say: most often its end.

        httpcore looks at idle connections of HTTP/1.1 alone, and a request by one that has ended is lost.
        """
        for connection in self._pool.connections:
            inner = getattr(connection, "_connection", None)
            if not isinstance(inner, httpcore.AsyncHTTP2Connection) or not inner.is_idle():
                continue
            if inner._network_stream.get_extra_info("is_readable"):
                await inner.aclose()


@dataclass(eq=False)
class _Lane:
    """A pool of connections, and how many requests are on their way by it."""

    transport: PinnedTransport
    under_way: int = 0


class Http:
    """Sends one request at a time to admitted hosts; one pool for each client certificate.

    ``http2``: HTTP/2 is offered. Raises ``SupplierFault`` if it cannot be spoken here.
    """

    def __init__(self, net: Net, trust: Trust, limits: Limits, *, http2: bool = False) -> None:
        self._net = net
        self._trust = trust
        self._limits = limits
        self._http2 = http2
        self._trouble: tuple[type[Exception], ...] = (*_TROUBLE, *_of_http2()) if http2 else _TROUBLE
        self._lanes: dict[_Way, _Lane] = {}
        self._left: list[_Lane] = []
        """By these nothing more is sent; who comes back last closes it."""

    async def close(self) -> None:
        """Close every connection."""
        for lane in (*self._lanes.values(), *self._left):
            await self._closed(lane)
        self._lanes.clear()
        self._left.clear()

    async def send(
        self, method: str, url: str, headers: Headers, body: bytes, certificate: ClientCertificate | None = None
    ) -> Answer:
        """Send it once and read the answer within the deadline and the size limit. Never raises for the network."""
        place = host_and_port(url)
        if place is None:
            return Answer(failure=NOT_A_URL)
        why = unsendable(method, headers) if self._http2 and urlsplit(url).scheme == "https" else ""
        if why:
            message = f"Nothing was sent: HTTP/2 cannot carry {why}."
            return Answer(failure=Failure(reason=Reason.PREREQUISITE, cause="protocol", message=message))
        way = (certificate, self._net.proxied(urlsplit(url).hostname or ""))
        lane = self._lane(way)
        answer = await self._bounded(method, url, headers, body, lane)
        if self._http2 and answer.failure is not None:
            self._leave(way, lane)
        if lane in self._left and not lane.under_way:
            self._left.remove(lane)
            await self._closed(lane)
        if answer.status is not None:
            self._net.connected(*place)
            self._net.answered(answer.status)
        elif answer.failure is not None:
            self._net.failed(*place, answer.failure)
        return answer

    async def send_alone(
        self,
        method: str,
        url: str,
        headers: Headers,
        body: bytes,
        certificate: ClientCertificate | None,
        *,
        verify: bool = True,
    ) -> Answer:
        """The same over a connection that is made for it, and closed behind it: what TLS showed is in the answer.

        Where the server ended the connection by an alert before it answered, the alert is the answer. ``verify``
        off: for requests that carry nothing, since nobody knows who is at the other end.
        """
        place = host_and_port(url)
        if place is None:
            return Answer(failure=NOT_A_URL)
        watch = Watch(certificate=certificate.fingerprint() if certificate else "")
        proxied = self._net.proxied(place[0])
        context = self._trust.context(certificate, verify=verify)
        alone = PinnedTransport(self._net, context, proxy=self._net.proxy if proxied else "", watch=watch)
        try:
            answer = await self._bounded(method, url, headers, body, _Lane(alone))
        finally:
            await alone.aclose()
        if watch.alert and answer.status is None:
            answer = Answer()
        if answer.failure is None:
            self._net.connected(*place)
        else:
            self._net.failed(*place, answer.failure)
        if answer.status is not None:
            self._net.answered(answer.status)
        return msgspec.structs.replace(answer, connection=watch.seen())

    async def _bounded(self, method: str, url: str, headers: Headers, body: bytes, lane: _Lane) -> Answer:
        reader = _Reader(self._limits.max_body_bytes)
        lane.under_way += 1
        failure: Failure | None = None
        try:
            async with asyncio.timeout(self._limits.timeout_s):
                request = self._request(method, url, headers, body)
                if self._http2 and lane.under_way == 1:  # what httpcore calls idle may be about to be used
                    await lane.transport.forget_ended()
                await reader.read(await lane.transport.handle_async_request(request))
        except TimeoutError:
            failure = deadline(self._limits.timeout_s, answering=reader.status is not None)
        except self._trouble as problem:
            failure = explain(problem)
        finally:
            lane.under_way -= 1
        return reader.answer(failure)

    def _leave(self, way: _Way, lane: _Lane) -> None:
        """Use that pool no more. httpcore does not end a stream of HTTP/2 that it gives up: it would go on by itself,

        and use up the window of the connection, which all others share.
        """
        if self._lanes.get(way) is lane:
            del self._lanes[way]
            self._left.append(lane)

    async def _closed(self, lane: _Lane) -> None:
        with suppress(*self._trouble):  # what goes wrong with a goodbye is nobody's business
            await lane.transport.aclose()

    def _request(self, method: str, url: str, headers: Headers, body: bytes) -> httpx.Request:
        raw = [(name.encode("ascii", "replace"), value.encode(errors="surrogateescape")) for name, value in headers]
        # Silence is measured by the deadline as a whole: a limit for each read would cut slow answers short.
        connect = min(CONNECT_TIMEOUT_S, self._limits.timeout_s / 2)
        timeouts = {"connect": connect, "read": None, "write": None, "pool": None}
        extensions: dict[str, object] = {"timeout": timeouts}
        if not self._net.proxied(urlsplit(url).hostname or ""):  # httpcore would send this to the proxy as well
            extensions["target"] = request_target(url)
        return httpx.Request(method, url, headers=raw, content=body, extensions=extensions)

    def _lane(self, way: _Way) -> _Lane:
        if way not in self._lanes:
            certificate, proxied = way
            context = self._trust.context(certificate)
            proxy = self._net.proxy if proxied else ""
            self._lanes[way] = _Lane(PinnedTransport(self._net, context, proxy=proxy, http2=self._http2))
        return self._lanes[way]


_Way = tuple[ClientCertificate | None, bool]
"""The client certificate that is shown, and whether it goes by the proxy."""
_TROUBLE = (httpx.HTTPError, httpx.InvalidURL, httpcore.ConnectError, OSError, ValueError)


def _of_http2() -> tuple[type[Exception], ...]:
    """What else goes wrong where HTTP/2 is spoken. Raises ``SupplierFault`` where it cannot be."""
    demand()
    from h2.config import H2Configuration
    from h2.exceptions import H2Error
    from hpack.exceptions import HPACKError
    from hyperframe.exceptions import HyperframeError

    # As it comes, httpcore takes malformed answers (RFC 9113 section 8.1.1): one without a status would be a 200.
    httpcore.AsyncHTTP2Connection.CONFIG = H2Configuration(validate_inbound_headers=True)
    return (H2Error, HPACKError, HyperframeError, httpcore.ConnectionNotAvailable)


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
