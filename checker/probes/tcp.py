"""Raw connections through the ledger, by way of the proxy where there is one."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from checker.probes.addresses import host_and_port
from checker.probes.net import CONNECT_TIMEOUT_S, Net

_LONGEST_HEAD = 16_384


class ProxyRefused(OSError):
    """The proxy does not open the tunnel."""


class ConnectTimeout(OSError):
    """No connection in the time for it."""


@dataclass(frozen=True)
class Pipe:
    """An open connection. Reads b"" at its end."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def read(self) -> bytes:
        """What has come, at least one byte unless it is the end."""
        return await self.reader.read(16_384)

    async def write(self, data: bytes) -> None:
        """Send all of it."""
        self.writer.write(data)
        await self.writer.drain()


@asynccontextmanager
async def connect(net: Net, host: str, port: int, timeout_s: float, address: str = "") -> AsyncIterator[Pipe]:
    """A connection to a host that was admitted; ``address`` is one of its own. Raises ``OSError``.

    The caller sets the deadline.
    """
    proxied = net.proxied(host)
    place = host_and_port(net.proxy) if proxied else (host, port)
    if place is None or (proxied and not net.proxy.startswith("http://")):
        raise ProxyRefused("raw connections go through an http proxy only")
    pipe = await open_pinned(net, *place, min(CONNECT_TIMEOUT_S, timeout_s / 2), "" if proxied else address)
    try:
        if proxied:
            await open_tunnel(pipe, net.proxy, host, port)
        yield pipe
    finally:
        # Not a graceful end: what the other side still says does not matter.
        pipe.writer.transport.abort()


async def open_pinned(net: Net, host: str, port: int, timeout_s: float, only: str = "") -> Pipe:
    """A connection to the first pinned address that answers, or to one of the host's own. Raises ``OSError``."""
    problem = OSError(f"{host} was not admitted")
    for address in (one for one in net.located(host) if one == only) if only else net.addresses(host):
        try:
            async with asyncio.timeout(timeout_s):
                reader, writer = await asyncio.open_connection(address, port)
        except TimeoutError:
            problem = ConnectTimeout("no connection within the time for it")
        except OSError as fault:
            problem = fault
        else:
            if not only:
                net.settle(host, address)
            return Pipe(reader, writer)
    raise problem


async def open_tunnel(pipe: Pipe, proxy: str, host: str, port: int) -> None:
    """CONNECT (RFC 9110 §9.3.6). Raises ``ProxyRefused``."""
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    parts = urlsplit(proxy)
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(pair.encode()).decode()}")
    await pipe.write("\r\n".join([*lines, "", ""]).encode())
    try:
        head = await pipe.reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as fault:
        raise ProxyRefused("the proxy did not answer as one") from fault
    words = head[:_LONGEST_HEAD].split(None, 2)
    status = words[1].decode("ascii", "replace") if len(words) > 1 else ""
    if not status.startswith("2"):
        said = f" (status {status})" if status.isdigit() else ""
        raise ProxyRefused(f"the proxy does not open the tunnel{said}")
