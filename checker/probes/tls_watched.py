"""TLS on a connection that is made for one exchange, watched from its first byte to its last.

A server that speaks TLS 1.3 says what it thinks of a client certificate after the client has completed its handshake
(RFC 8446 section 4.4.2.4). Whoever sends the request at once may lose that: the server closes on bytes that it never
read, and the reset overtakes the alert. So the server has its say before anything is sent.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from checker.model.exchange import OwnConnection
from checker.probes.tls_problems import words

SETTLE_S = 1.0
"""So long a server is waited for after a handshake of TLS 1.3. Most speak at once: a session ticket, or an alert."""
_MOST = 65_536
_CERTIFICATE_REQUEST, _TICKET = 13, 4
"""The types of these messages of the handshake (RFC 8446 section 4, RFC 5246 section 7.4)."""
_EARLY_DATA = 42
"""The extension of a ticket that allows it (RFC 8446 section 4.2.10)."""
_MOST_TICKETS = 16


@dataclass
class Watch:
    """What was seen of the last TLS connection that it was given to."""

    certificate: str = ""
    version: str = ""
    asked: bool | None = None
    alert: str = ""
    tickets: list[bytes] = field(default_factory=list)

    def over(self, context: ssl.SSLContext) -> None:
        """See the messages of the handshakes of this context, as far as the TLS library shows them."""
        # Not documented, and the only way to see a CertificateRequest of TLS 1.3, which is encrypted.
        if hasattr(type(context), "_msg_callback"):
            self.asked = False
            setattr(context, "_msg_callback", self._message)  # noqa: B010

    def _message(
        self, connection: object, direction: str, version: object, content: object, kind: object, data: bytes
    ) -> None:
        if direction != "read" or not _is_handshake(content):
            return
        if kind == _CERTIFICATE_REQUEST:
            self.asked = True
        elif kind == _TICKET and len(self.tickets) < _MOST_TICKETS:
            self.tickets.append(bytes(data))

    def ended(self, problem: ssl.SSLError) -> None:
        """The alert, where the server ended it by one."""
        said = f" {words(problem)}"
        if " alert " in said:
            self.alert = said.rpartition(" alert ")[2].partition(" (")[0]

    def seen(self) -> OwnConnection:
        """As it is recorded."""
        modern = self.tickets if self.version == "TLSv1.3" else []
        return OwnConnection(
            version=self.version,
            asked=self.asked,
            certificate=self.certificate,
            alert=self.alert[:80],
            tickets=None if self.asked is None else len(modern),
            early_data=max((_early_data(one) for one in modern), default=0),
        )


def _early_data(ticket: bytes) -> int:
    """``max_early_data_size`` of a NewSessionTicket of TLS 1.3 with its head (RFC 8446 section 4.6.1); 0 without it."""
    at = 4 + 8  # the head of the message, the lifetime, what is added to the age
    at += 1 + int.from_bytes(ticket[at : at + 1])
    at += 2 + int.from_bytes(ticket[at : at + 2])
    at += 2
    while at + 4 <= len(ticket):
        kind, size = int.from_bytes(ticket[at : at + 2]), int.from_bytes(ticket[at + 2 : at + 4])
        if kind == _EARLY_DATA:
            return int.from_bytes(ticket[at + 4 : at + 4 + size])
        at += 4 + size
    return 0


def _is_handshake(content: object) -> bool:
    """Content type 22 (RFC 8446 section 5.1)."""
    return content == 22


class Raw(Protocol):
    """The bytes below."""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come; b"" at the end."""

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it."""

    async def aclose(self) -> None:
        """Close it."""


@dataclass
class WatchedTls:
    """One TLS connection over ``raw``."""

    raw: Raw
    context: ssl.SSLContext
    host: str
    watch: Watch
    settle_s: float = SETTLE_S
    _incoming: ssl.MemoryBIO = field(default_factory=ssl.MemoryBIO)
    _outgoing: ssl.MemoryBIO = field(default_factory=ssl.MemoryBIO)
    _early: bytes = b""

    async def handshake(self, timeout: float | None) -> None:
        """Complete the handshake, and let the server have its say. Raises ``ssl.SSLError``, ``OSError``."""
        self.watch.over(self.context)
        self.tls = self.context.wrap_bio(self._incoming, self._outgoing, server_hostname=self.host)
        await self._step(self.tls.do_handshake, timeout)
        await self._flush(timeout)
        self.watch.version = self.tls.version() or ""
        if self.watch.version == "TLSv1.3":
            await self._settle()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What was decrypted; b"" at the end."""
        if self._early:
            first, self._early = self._early, b""
            return first
        try:
            found: bytes = await self._step(lambda: self.tls.read(max_bytes), timeout)
        except ssl.SSLZeroReturnError:
            return b""
        except ssl.SSLEOFError:
            return b""
        return found

    async def write(self, data: bytes, timeout: float | None = None) -> None:
        """Encrypt and send all of it."""
        await self._step(lambda: self.tls.write(data), timeout)
        await self._flush(timeout)

    async def _settle(self) -> None:
        """Take what the server says of itself after the handshake; nothing is an answer as well."""
        try:
            async with asyncio.timeout(self.settle_s):
                data = await self.raw.read(_MOST)
        except TimeoutError:
            return
        self._take(data)
        try:
            self._early = self.tls.read(_MOST)
        except (ssl.SSLWantReadError, ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return
        except ssl.SSLError as problem:
            self.watch.ended(problem)
            raise

    def _take(self, data: bytes) -> None:
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    async def _step(self, step: Callable[[], Any], timeout: float | None) -> Any:
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                await self._flush(timeout)
                self._take(await self.raw.read(_MOST, timeout))
            except ssl.SSLError as problem:
                self.watch.ended(problem)
                await self._last_words()
                raise

    async def _flush(self, timeout: float | None) -> None:
        data = self._outgoing.read()
        if data:
            await self.raw.write(data, timeout)

    async def _last_words(self) -> None:
        """Our own alert, where there is one; that nobody listens any more changes nothing."""
        data = self._outgoing.read()
        if data:
            try:
                await self.raw.write(data, self.settle_s)
            except Exception:
                return
