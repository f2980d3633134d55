"""The one ledger of a run: allowed hosts, pinned addresses, limiter, budget, stop rule, circuit.

Whoever opens a connection, HTTP or raw, asks ``admit`` first and reports back what came of it.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Iterable

from checker.errors import UsageFault
from checker.model.clock import Clock
from checker.model.exchange import Failure
from checker.model.supplier import Limits
from checker.model.terms import Reason
from checker.probes.addresses import (
    ANY_PORT,
    Place,
    Resolver,
    forbidden,
    host_and_port,
    is_loopback,
    literal,
    plain_host,
    system_addresses,
)

ANSWERS_WATCHED = 20
SERVER_ERRORS_ALLOWED = 9
"""One more among the answers watched, and the run stops: we may be what hurts the system."""
CONNECTIONS_TRIED = 3
"""So many failed connections in a row to one host and port, and it is not tried again."""
RESOLVE_TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 10.0

_CONNECTION_CAUSES = frozenset({"dns", "refused", "connect-timeout"})


class Net:
    """The ledger. ``sent`` counts what was let through: requests, handshakes and hellos."""

    def __init__(
        self,
        *,
        allowed: Iterable[Place],
        limits: Limits,
        clock: Clock,
        proxy: str = "",
        resolve: Resolver = system_addresses,
    ) -> None:
        if limits.requests_per_s <= 0:
            raise UsageFault("requests_per_s must be more than 0.", next_step="Set it to 2, for instance.")
        self.sent = 0
        self.proxy = proxy
        self._allowed = frozenset(allowed)
        self._limits = limits
        self._clock = clock
        self._resolve = resolve
        self._pinned: dict[str, tuple[str, ...]] = {}
        self._located: dict[str, tuple[str, ...]] = {}
        self._next_slot = clock.monotonic()
        self._answers: deque[bool] = deque(maxlen=ANSWERS_WATCHED)
        self._stopped = False
        self._failed: Counter[tuple[str, int]] = Counter()
        self._last_failure: dict[tuple[str, int], Failure] = {}

    async def admit(self, host: str, port: int, *, same_slot: bool = False) -> Failure | None:
        """May one connection or request go to that host now? Waits for its slot; None means yes."""
        host = plain_host(host)
        barred = self._barred(host, port)
        if barred is not None:
            return barred
        self.sent += 1
        await self._slot(same_slot)
        if self._stopped:  # it happened while this one waited
            self.sent -= 1
            return self._stop()
        problem = await self._locate(host, port)
        if problem is not None:
            self.failed(host, port, problem)
        return problem

    def _barred(self, host: str, port: int) -> Failure | None:
        if not {(host, port), (host, ANY_PORT)} & self._allowed:
            known = any(host == one for one, _ in self._allowed)
            where = f"{host}:{port} is not an address" if known else f"{host} is not a host"
            return Failure(
                reason=Reason.UNSAFE,
                cause="host-not-allowed",
                message=f"{where} of the supplier file: add it to authority.hosts if it may be contacted.",
            )
        if self._stopped:
            return self._stop()
        if self._failed[host, port] >= CONNECTIONS_TRIED:
            last = self._last_failure[host, port]
            message = f"Not tried: {CONNECTIONS_TRIED} connections in a row to {host}:{port} failed. {last.message}"
            return Failure(reason=last.reason, cause="given-up", message=message)
        if self.sent >= self._limits.max_requests:
            return Failure(
                reason=Reason.BUDGET,
                cause="budget",
                message=f"The {self._limits.max_requests} requests of this run are spent: raise --max-requests, "
                "or max-requests in supplier.toml.",
            )
        return None

    def _stop(self) -> Failure:
        return Failure(
            reason=Reason.UNSAFE,
            cause="stopped",
            message=f"Stopped to spare the system: more than {SERVER_ERRORS_ALLOWED} of its last "
            f"{ANSWERS_WATCHED} answers were server errors (5xx).",
        )

    async def _slot(self, same_slot: bool) -> None:
        now = self._clock.monotonic()
        mine = max(now, self._next_slot)
        # Spent also by what does not wait, so that the average rate holds.
        self._next_slot = mine + 1 / self._limits.requests_per_s
        if mine > now and not same_slot:
            await self._clock.sleep(mine - now)

    async def wait(self, seconds: float) -> None:
        """Send nothing for so long, not even what is queued already (RFC 9110 §10.2.3 Retry-After)."""
        self._next_slot = max(self._next_slot, self._clock.monotonic() + seconds)
        await self._clock.sleep(seconds)

    def proxied(self, host: str) -> bool:
        """Does traffic to that host go through the proxy? Never to loopback."""
        return bool(self.proxy) and not is_loopback(host)

    async def _locate(self, host: str, port: int) -> Failure | None:
        if not self.proxied(host):
            return await self._pin(host, port)
        place = host_and_port(self.proxy)
        problem = await self._pin(*place) if place else None
        if place is None or problem is not None:
            message = problem.message if problem else "The proxy must be an http or https URL."
            return Failure(reason=Reason.NETWORK, cause="proxy", message=message)
        return None

    async def _pin(self, host: str, port: int) -> Failure | None:
        if host in self._pinned:
            return None
        if literal(host) is not None:  # named so on purpose
            self._pinned[host] = self._located[host] = (host,)
            return None
        try:
            async with asyncio.timeout(RESOLVE_TIMEOUT_S):
                found = await self._resolve(host, port)
        except (OSError, UnicodeError):  # TimeoutError is an OSError
            found = ()
        if not found:
            return Failure(reason=Reason.NETWORK, cause="dns", message=f"The name {host} has no address here.")
        # Any bad answer condemns the name: a resolver under attack may mix good and bad ones.
        why = next((kind for kind in map(forbidden, found) if kind), "")
        if why:
            message = f"{host} leads to {why}. Name the address itself in the supplier file if that is meant."
            return Failure(reason=Reason.UNSAFE, cause="host-not-allowed", message=message)
        self._pinned.setdefault(host, found)
        self._located.setdefault(host, found)
        return None

    def addresses(self, host: str) -> tuple[str, ...]:
        """The addresses of a host that was admitted; () for any other."""
        return self._pinned.get(plain_host(host), ())

    def located(self, host: str) -> tuple[str, ...]:
        """All addresses that the name of an admitted host led to, whichever the run settled on."""
        return self._located.get(plain_host(host), ())

    def settle(self, host: str, address: str) -> None:
        """That address answered: the name stays there for the rest of the run."""
        self._pinned[plain_host(host)] = (address,)

    def connected(self, host: str, port: int) -> None:
        """A connection worked."""
        self._failed[plain_host(host), port] = 0

    def failed(self, host: str, port: int, failure: Failure) -> None:
        """An attempt failed. Only failures to connect count towards the circuit."""
        key = (plain_host(host), port)
        if failure.cause not in _CONNECTION_CAUSES:
            self._failed[key] = 0
            return
        self._failed[key] += 1
        self._last_failure[key] = failure

    def answered(self, status: int) -> None:
        """An HTTP answer came. Too many server errors stop the run for good."""
        self._answers.append(status >= 500)
        if sum(self._answers) > SERVER_ERRORS_ALLOWED:
            self._stopped = True
