"""Is the way to a host open: its name, the proxy, and one connection that is closed again at once?"""

from __future__ import annotations

import asyncio
import errno
from dataclasses import dataclass, field

from checker.model.clock import Clock
from checker.model.exchange import Failure
from checker.model.terms import Reason
from checker.probes.addresses import Resolver, host_and_port, plain_host, system_addresses
from checker.probes.net import CONNECT_TIMEOUT_S, Net
from checker.probes.tcp import ConnectTimeout, ProxyRefused, open_pinned, open_tunnel

_UNREACHABLE = frozenset(
    getattr(errno, name)
    for name in ("ENETUNREACH", "EHOSTUNREACH", "ENETDOWN", "EHOSTDOWN", "WSAENETUNREACH", "WSAEHOSTUNREACH")
    if hasattr(errno, name)
)

NAME, PROXY, PORT, LEDGER, OPEN = "name", "proxy", "port", "ledger", ""


@dataclass(frozen=True)
class Lookup:
    """One question to the resolver: what it gave, or why nothing, and the time that it took."""

    addresses: tuple[str, ...] = ()
    problem: str = ""
    elapsed_ms: int = 0


@dataclass
class Lookups:
    """A resolver that remembers what it was asked, by host."""

    clock: Clock
    resolve: Resolver = system_addresses
    found: dict[str, Lookup] = field(default_factory=dict)

    async def __call__(self, host: str, port: int) -> tuple[str, ...]:
        """Resolve; see ``Resolver``."""
        started = self.clock.monotonic()
        addresses: tuple[str, ...] = ()
        problem = "no answer in the time for it"  # unless it is said otherwise below: then it was broken off
        try:
            addresses = await self.resolve(host, port)
            problem = "" if addresses else "no address"
        except (OSError, UnicodeError) as fault:
            problem = getattr(fault, "strerror", "") or str(fault) or type(fault).__name__
            raise
        finally:
            elapsed_ms = round((self.clock.monotonic() - started) * 1000)
            self.found[plain_host(host)] = Lookup(addresses, problem, elapsed_ms)
        return addresses

    def of(self, host: str) -> Lookup | None:
        """What was asked of that host; None for an address, which needs no resolver."""
        return self.found.get(plain_host(host))


@dataclass(frozen=True)
class Reach:
    """How far one connection came.

    ``stage`` is where it ended: ``NAME``, ``PROXY``, ``PORT``, ``LEDGER`` (not allowed, or the budget is
    spent), or ``OPEN``. The causes of a failure to connect are ``refused``, ``connect-timeout``,
    ``unreachable`` and ``proxy``.
    """

    stage: str = OPEN
    failure: Failure | None = None
    address: str = ""
    """The address that answered: of the host, or of the proxy."""
    elapsed_ms: int = 0


async def reach(net: Net, clock: Clock, host: str, port: int, timeout_s: float, *, tunnel: bool) -> Reach:
    """Open one connection through the ledger and close it. ``tunnel``: by a proxy, also ask it for the way on."""
    barred = await net.admit(host, port)
    if barred is not None:
        stages = {"dns": NAME, "host-not-allowed": NAME, "proxy": PROXY}
        return Reach(stages.get(barred.cause, LEDGER), barred)
    proxied = net.proxied(host)
    place = host_and_port(net.proxy) if proxied else (plain_host(host), port)
    stage = PROXY if proxied else PORT
    if place is None:
        return Reach(stage, _failure("proxy", "the proxy is not an http or https URL"))
    started = clock.monotonic()
    try:
        async with asyncio.timeout(timeout_s):
            pipe = await open_pinned(net, *place, min(CONNECT_TIMEOUT_S, timeout_s / 2))
            try:
                if proxied and tunnel:
                    await open_tunnel(pipe, net.proxy, host, port)
            finally:
                pipe.writer.transport.abort()
    except OSError as problem:  # TimeoutError is an OSError
        failure = _explained(problem)
        net.failed(host, port, failure)
        return Reach(stage, failure, elapsed_ms=round((clock.monotonic() - started) * 1000))
    net.connected(host, port)
    address = next(iter(net.addresses(place[0])), "")
    return Reach(OPEN, address=address, elapsed_ms=round((clock.monotonic() - started) * 1000))


def _explained(problem: OSError) -> Failure:
    if isinstance(problem, ProxyRefused):
        return _failure("proxy", str(problem))
    if isinstance(problem, ConnectTimeout):
        return _failure("connect-timeout", "no connection within the time for it")
    if isinstance(problem, TimeoutError):
        return _failure("connect-timeout", "the other side took the connection and said nothing")
    if isinstance(problem, ConnectionRefusedError):
        return _failure("refused", "the connection was refused")
    if problem.errno in _UNREACHABLE:
        return _failure("unreachable", "there is no route to it from this machine")
    if isinstance(problem, ConnectionResetError):
        return _failure("refused", "the connection was reset")
    return _failure("refused", f"no connection: {problem.strerror or type(problem).__name__}")


def _failure(cause: str, message: str) -> Failure:
    reason = Reason.TIMEOUT if cause == "connect-timeout" else Reason.NETWORK
    return Failure(reason=reason, cause=cause, message=message)
