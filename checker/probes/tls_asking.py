"""Sends described ClientHellos through the ledger and records what came back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from checker.model.ask import TlsAsk
from checker.model.clock import Clock
from checker.model.tls import TlsAnswer
from checker.probes.hello import connection_failure
from checker.probes.net import Net
from checker.probes.tcp import ConnectTimeout, Pipe, ProxyRefused, connect
from checker.probes.tls_flight import LONGEST, Flight, read_flight
from checker.probes.tls_hello import hello_bytes

LONGEST_SILENCE_S = 5.0
"""A server that says nothing for so long to a ClientHello will not."""


@dataclass(frozen=True)
class TlsHellos:
    """One connection for each ask. Nothing is sent by way of a proxy: it would be the proxy's TLS that is looked at."""

    net: Net
    clock: Clock
    random_bytes: Callable[[int], bytes]
    timeout_s: float

    async def ask(self, ask: TlsAsk) -> TlsAnswer:
        """Connect, send the ClientHello, read the first flight. Failures are answers, never raised."""
        if self.net.proxied(ask.host):
            return self._answer(ask, Flight(answer="intercepted"), self.clock.monotonic())
        refused = await self.net.admit(ask.host, ask.port)
        started = self.clock.monotonic()
        if refused is not None:
            word = "timeout" if refused.cause == "connect-timeout" else refused.cause
            return self._answer(ask, Flight(answer=word), started)
        return self._answer(ask, await self._exchange(ask), started)

    def _answer(self, ask: TlsAsk, found: Flight, started: float) -> TlsAnswer:
        return TlsAnswer(
            host=ask.host,
            port=ask.port,
            hello=ask.hello,
            answer=found.answer,
            alert=found.alert,
            version=found.version,
            suite=found.suite,
            compression=found.compression,
            extensions=found.extensions,
            sentinel=found.sentinel,
            group=found.group,
            dh_bits=found.dh_bits,
            signature=found.signature,
            certificates=found.certificates,
            staple=found.staple,
            asks_certificate=found.asks_certificate,
            complete=found.complete,
            protocol=found.protocol,
            address=ask.address or next(iter(self.net.addresses(ask.host)), ""),
            addresses=self.net.located(ask.host),
            at=self.clock.now(),
            elapsed_ms=round((self.clock.monotonic() - started) * 1000),
        )

    async def _exchange(self, ask: TlsAsk) -> Flight:
        data = bytearray()
        connected = False
        try:
            async with (
                asyncio.timeout(min(self.timeout_s, LONGEST_SILENCE_S * 2)),
                connect(self.net, ask.host, ask.port, self.timeout_s, ask.address) as pipe,
            ):
                connected = True
                self.net.connected(ask.host, ask.port)
                await pipe.write(hello_bytes(ask.hello, ask.host, self.random_bytes))
                return await _read(pipe, data)
        except TimeoutError:
            return _ended(data, "silent" if connected else "timeout")
        except ProxyRefused:
            return Flight(answer="proxy")
        except OSError as problem:
            if connected:
                return _ended(data, "reset")
            failure = connection_failure(problem)
            if not ask.address:  # that another address is out of reach is nothing against the host
                self.net.failed(ask.host, ask.port, failure)
            return Flight(answer="timeout" if isinstance(problem, ConnectTimeout) else "refused")


async def _read(pipe: Pipe, data: bytearray) -> Flight:
    """Until the flight is whole, the other side has closed, or nothing more comes."""
    while len(data) < LONGEST:
        try:
            async with asyncio.timeout(LONGEST_SILENCE_S):
                chunk = await pipe.read()
        except TimeoutError:
            return _ended(data, "silent")
        if not chunk:
            return _ended(data, "closed")
        data += chunk
        found = read_flight(bytes(data))
        if found.complete:
            return found
    return _ended(data, "garbage")


def _ended(data: bytearray, word: str) -> Flight:
    """What had come before it ended so. A warning alert that nothing followed was the answer."""
    found = read_flight(bytes(data))
    if not found.answer and found.warning is not None:
        found.answer, found.alert = "alert", found.warning
    found.answer = found.answer or ("garbage" if data and found.warning is None else word)
    return found
