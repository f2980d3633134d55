"""Full TLS handshakes with a normal client: what completes, what verifies, and the chain that was sent."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass

from checker.errors import CheckerFault
from checker.model.ask import HandshakeAsk
from checker.model.clock import Clock
from checker.model.evidence import CertificateFacts, Handshake, HandshakeAttempt
from checker.probes.certificates import chain_facts, sent_chain
from checker.probes.hello import connection_failure
from checker.probes.net import Net
from checker.probes.tcp import Pipe, connect
from checker.probes.tls_problems import handshake_problem, words
from checker.probes.trust import VERSIONS, ClientCertificate, Trust, offer

_OTHER_PURPOSE = 26
"""``X509_V_ERR_INVALID_PURPOSE`` of OpenSSL."""


@dataclass(frozen=True)
class _Result:
    completed: bool = False
    version: str = ""
    cipher: str = ""
    problem: str = ""
    detail: str = ""
    unverified: bool = False
    """Failed on our side, because of the certificate."""
    purpose: bool = False
    """That it is for another purpose is what it failed by: whether its path is good was not found out."""
    chain: tuple[CertificateFacts, ...] = ()


@dataclass(frozen=True)
class Handshakes:
    """Handshakes through the ledger. ``certificate`` is what a normal client of this supplier shows."""

    net: Net
    trust: Trust
    clock: Clock
    timeout_s: float
    certificate: ClientCertificate | None = None

    async def ask(self, ask: HandshakeAsk) -> Handshake:
        """One attempt for each offer."""
        attempts = [await self._attempt(ask.host, ask.port, names) for names in ask.offers]
        return Handshake(host=ask.host, port=ask.port, attempts=tuple(attempts))

    async def _attempt(self, host: str, port: int, names: tuple[str, ...]) -> HandshakeAttempt:
        unknown = sorted(set(names) - VERSIONS.keys())
        if unknown or not names:
            raise CheckerFault(f"No such TLS version: {unknown}.", next_step=f"Use names of {sorted(VERSIONS)}.")
        started = self.clock.monotonic()
        first = await self._once(host, port, names, self.trust.context(self.certificate))
        result, trusted = first, True if first.completed else None
        if first.unverified:
            # The library stops at the first problem: is it that, or does the chain itself lead nowhere?
            result = await self._once(host, port, names, self.trust.of_the_chain(self.certificate))
            trusted = True if result.completed else False if result.unverified and not result.purpose else None
        if result.unverified:
            # The certificate ended it, so whether TLS itself works, and with what chain, takes another look.
            result = await self._once(host, port, names, self.trust.context(self.certificate, verify=False))
        return HandshakeAttempt(
            offered=names,
            completed=result.completed,
            version=result.version,
            cipher=result.cipher,
            verified=first.completed,
            trusted=trusted,
            store_completes=bool(trusted) and _left_off(result.chain) in self.trust.intermediates(),
            problem=first.problem,
            detail=first.detail if result.completed or result is first else f"{first.detail}; then {result.detail}",
            chain=result.chain,
            at=self.clock.now(),
            elapsed_ms=round((self.clock.monotonic() - started) * 1000),
        )

    async def _once(self, host: str, port: int, names: tuple[str, ...], context: ssl.SSLContext) -> _Result:
        try:
            offer(context, names)
        except (ValueError, ssl.SSLError):
            return _Result(problem="unsupported", detail="this computer's TLS library cannot offer that version")
        barred = await self.net.admit(host, port)
        if barred is not None:
            problem = "timeout" if barred.cause == "connect-timeout" else barred.cause
            return _Result(problem=problem, detail=barred.message)
        connected = False
        try:
            async with asyncio.timeout(self.timeout_s), connect(self.net, host, port, self.timeout_s) as pipe:
                connected = True
                self.net.connected(host, port)
                return await _shake(pipe, context, host)
        except TimeoutError:
            return _Result(problem="timeout", detail=f"no handshake within {self.timeout_s:g} s")
        except OSError as problem:
            if connected:
                return _Result(problem="reset", detail="the connection was reset during the handshake")
            failure = connection_failure(problem)
            self.net.failed(host, port, failure)
            return _Result(
                problem="timeout" if failure.cause == "connect-timeout" else failure.cause, detail=failure.message
            )


def _left_off(chain: tuple[CertificateFacts, ...]) -> str:
    """The issuer of the first certificate, from the leaf on, whose issuer was not sent; "" if a root was."""
    sent = {one.subject: one for one in chain}
    at = chain[0] if chain else None
    for _ in chain:
        if at is None or at.issuer == at.subject:
            return ""
        if at.issuer not in sent:
            return at.issuer
        at = sent[at.issuer]
    return ""


async def _shake(pipe: Pipe, context: ssl.SSLContext, host: str) -> _Result:
    """A handshake (RFC 8446 §4, RFC 5246 §7.3) over buffers, so that each end of it can be told from the others."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    connection = context.wrap_bio(incoming, outgoing, server_hostname=host)
    while True:
        try:
            connection.do_handshake()
        except ssl.SSLWantReadError:
            await pipe.write(outgoing.read())
            data = await pipe.read()
            if not data:
                return _Result(
                    problem="closed", detail="the connection was closed during the handshake, without an alert"
                )
            incoming.write(data)
        except ssl.SSLCertVerificationError as problem:
            await _say(pipe, outgoing)
            other = problem.verify_code == _OTHER_PURPOSE
            told = problem.verify_message
            return _Result(problem=handshake_problem(problem), detail=told, unverified=True, purpose=other)
        except ssl.SSLError as problem:
            await _say(pipe, outgoing)
            return _Result(problem=handshake_problem(problem), detail=words(problem))
        else:
            await _say(pipe, outgoing)
            break
    cipher = connection.cipher()
    return _Result(
        completed=True,
        version=connection.version() or "",
        cipher=cipher[0] if cipher else "",
        chain=chain_facts(sent_chain(connection)),
    )


async def _say(pipe: Pipe, outgoing: ssl.MemoryBIO) -> None:
    """Send what is left, our alert for instance; that the other side is gone changes nothing."""
    try:
        await pipe.write(outgoing.read())
    except OSError:
        return
