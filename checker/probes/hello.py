"""Sends hand-made ClientHellos and records the first answer of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from checker.errors import CheckerFault
from checker.model.ask import HelloAsk
from checker.model.clock import Clock
from checker.model.evidence import RawAttempt, RawExchange
from checker.model.exchange import Failure
from checker.model.terms import Reason
from checker.probes.client_hello import VERSIONS, FirstAnswer, client_hello, first_answer, warning_alert
from checker.probes.net import Net
from checker.probes.tcp import ConnectTimeout, ProxyRefused, connect

_KEPT_BYTES = 64
_LONGEST_ANSWER = 20_000
_NO_ANSWER = frozenset({"closed", "reset"})
"""Silence. It is not a refusal: the same is asked once more with fewer extensions."""


@dataclass(frozen=True)
class Hellos:
    """Raw TLS probing through the ledger."""

    net: Net
    clock: Clock
    random_bytes: Callable[[int], bytes]
    timeout_s: float

    async def ask(self, ask: HelloAsk) -> RawExchange:
        """One attempt for each name, a second and smaller one where the connection was closed in silence."""
        attempts: list[RawAttempt] = []
        for name in ask.names:
            if name not in VERSIONS:
                raise CheckerFault(
                    f"There is no ClientHello called {name}.", next_step=f"Use one of {sorted(VERSIONS)}."
                )
            attempts.append(await self._attempt(ask.host, ask.port, name, reduced=False))
            if attempts[-1].answer in _NO_ANSWER:
                attempts.append(await self._attempt(ask.host, ask.port, name, reduced=True))
        return RawExchange(host=ask.host, port=ask.port, attempts=tuple(attempts))

    async def _attempt(self, host: str, port: int, name: str, *, reduced: bool) -> RawAttempt:
        sent = f"{name}-reduced" if reduced else name
        refused = await self.net.admit(host, port)
        started = self.clock.monotonic()
        data = bytearray()
        if refused is not None:
            found = FirstAnswer("timeout" if refused.cause == "connect-timeout" else refused.cause)
        else:
            found = await self._exchange(host, port, client_hello(name, host, self.random_bytes, reduced=reduced), data)
        return RawAttempt(
            sent=sent,
            answer=found.answer,
            alert=found.alert,
            version=found.version,
            cipher_suite=found.cipher_suite,
            first_bytes=bytes(data[:_KEPT_BYTES]),
            at=self.clock.now(),
            elapsed_ms=round((self.clock.monotonic() - started) * 1000),
        )

    async def _exchange(self, host: str, port: int, hello: bytes, data: bytearray) -> FirstAnswer:
        connected = False
        try:
            async with asyncio.timeout(self.timeout_s), connect(self.net, host, port, self.timeout_s) as pipe:
                connected = True
                self.net.connected(host, port)
                await pipe.write(hello)
                while len(data) < _LONGEST_ANSWER:
                    chunk = await pipe.read()
                    if not chunk:
                        return warning_alert(bytes(data)) or FirstAnswer("garbage" if data else "closed")
                    data += chunk
                    found = first_answer(bytes(data))
                    if found is not None:
                        return found
                return FirstAnswer("garbage")
        except TimeoutError:
            return warning_alert(bytes(data)) or FirstAnswer("timeout")
        except ProxyRefused:
            return FirstAnswer("proxy")
        except OSError as problem:
            if connected:
                return warning_alert(bytes(data)) or FirstAnswer("reset")
            failure = connection_failure(problem)
            self.net.failed(host, port, failure)
            return FirstAnswer("timeout" if failure.cause == "connect-timeout" else "refused")


def connection_failure(problem: OSError) -> Failure:
    """The failure that a raw connection which did not come about stands for."""
    if isinstance(problem, ProxyRefused):
        return Failure(reason=Reason.NETWORK, cause="proxy", message=f"Proxy: {problem}.")
    if isinstance(problem, ConnectTimeout):
        return Failure(reason=Reason.TIMEOUT, cause="connect-timeout", message="No connection within the time for it.")
    return Failure(reason=Reason.NETWORK, cause="refused", message="The connection was refused.")
