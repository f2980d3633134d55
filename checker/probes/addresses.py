"""Hosts and addresses: which may be contacted, and which never by accident."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Awaitable[tuple[str, ...]]]
"""Host and port → addresses. Raises ``OSError`` when the name has none."""

_METADATA = frozenset(
    ipaddress.ip_address(text) for text in ("169.254.169.254", "100.100.100.200", "192.0.0.192", "fd00:ec2::254")
)
"""Where clouds hand credentials to whoever asks from inside."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")


def plain_host(text: str) -> str:
    """A host in its one form: lower case, no brackets, no final dot, IDNA for other scripts."""
    host = text.strip().strip("[]").rstrip(".").lower()
    if not host.isascii():
        try:
            return host.encode("idna").decode("ascii")
        except UnicodeError:
            return host
    return host


def host_and_port(url: str) -> tuple[str, int] | None:
    """Host and port of an http or https URL, None when it is not one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    return plain_host(parts.hostname), port or (443 if parts.scheme == "https" else 80)


def origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port (RFC 6454 §4): what a credential belongs to."""
    place = host_and_port(url)
    return None if place is None else (urlsplit(url).scheme, *place)


def named_host(text: str) -> str:
    """The host of an entry such as ``host``, ``host:port``, ``[::1]:443`` or a URL."""
    if "://" in text:
        place = host_and_port(text)
        return place[0] if place else ""
    if literal(text) is not None:
        return plain_host(text)
    try:
        return plain_host(urlsplit(f"//{text}").hostname or "")
    except ValueError:
        return ""


def literal(host: str) -> Address | None:
    """The address that the host is written as, IPv4-mapped IPv6 (RFC 4291 §2.5.5.2) unwrapped."""
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_loopback(host: str) -> bool:
    """Is the host this machine by its spelling: a loopback address, or ``localhost`` (RFC 6761 §6.3)?"""
    address = literal(host)
    if address is not None:
        return address.is_loopback
    name = plain_host(host)
    return name == "localhost" or name.endswith(".localhost")


def _inside(address: Address) -> Address:
    """The IPv4 address that an IPv6 address leads to: 6to4 (RFC 3056), NAT64 (RFC 6052 §2.1), or ``::a.b.c.d``."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.sixtofour is not None:
        return address.sixtofour
    last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return last if address in _NAT64 or (address in _COMPATIBLE and int(last) > 0xFFFF) else address


def forbidden(address: str) -> str:
    """Why a name may not lead to that address, or "": no supplier's name does so for a good reason."""
    found = literal(address)
    if found is None:
        return "not an address"
    found = _inside(found)
    kinds = {
        "a cloud metadata address": found in _METADATA,
        "a link-local address": found.is_link_local,
        "a multicast address": found.is_multicast,
        "an unspecified address": found.is_unspecified,
    }
    return next((kind for kind, holds in kinds.items() if holds), "")


Place = tuple[str, int]
"""Host and port; the port `ANY_PORT` stands for every one."""
ANY_PORT = 0
_WEB = (80, 443)


def allowed_places(urls: Iterable[str], hosts: Iterable[str]) -> frozenset[Place]:
    """Where requests may go: the places of those URLs, with the ports of the web there, and what the entries say.

    An entry that names a port (or is a URL) allows that one, an entry without a port all of them. Files and what
    cannot be read add nothing. A link or redirect to another port of the supplier's host is thus not followed:
    something else may listen there.
    """
    places = [place for place in map(host_and_port, urls) if place]
    found = {(host, one) for host, port in places for one in (port, *_WEB)}
    return frozenset(found | {(host, _named_port(text)) for text in hosts if (host := named_host(text))})


def _named_port(text: str) -> int:
    if "://" in text:
        place = host_and_port(text)
        return place[1] if place else ANY_PORT
    if literal(text) is not None:
        return ANY_PORT
    try:
        return urlsplit(f"//{text}").port or ANY_PORT
    except ValueError:
        return ANY_PORT


async def system_addresses(host: str, port: int) -> tuple[str, ...]:
    """The addresses that the system's resolver gives, in its order."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
