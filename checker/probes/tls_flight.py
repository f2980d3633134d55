"""Reads a server's first flight: ServerHello, HelloRetryRequest, alert, and what follows in the clear.

No cryptography: only what TLS sends unencrypted is read. Whatever comes, nothing here raises.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from checker.model.tls import TLS_1_2, TLS_1_3
from checker.model.tls_suites import key_exchange

_ALERT, _HANDSHAKE = 0x15, 0x16
_SERVER_HELLO, _CERTIFICATE, _KEY_EXCHANGE, _REQUEST, _DONE, _STATUS = 0x02, 0x0B, 0x0C, 0x0D, 0x0E, 0x16
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""The random of a ServerHello that is a HelloRetryRequest (RFC 8446 §4.1.3)."""
_SENTINELS = {b"DOWNGRD\x01": TLS_1_3, b"DOWNGRD\x00": TLS_1_2}
_WARNING = 1
LONGEST = 100_000
"""A flight beyond this is not read to its end."""


class _Short(Exception):
    """More bytes are needed than there are."""


@dataclass
class Flight:
    """What has been read. ``answer`` as in ``TlsAnswer``; "" while nothing can be said yet."""

    answer: str = ""
    alert: int | None = None
    version: int = 0
    suite: int = 0
    compression: int = 0
    extensions: tuple[int, ...] = ()
    sentinel: int = 0
    group: int = 0
    dh_bits: int = 0
    signature: int = 0
    certificates: int = 0
    staple: bytes = b""
    asks_certificate: bool = False
    complete: bool = False
    protocol: str = ""
    warning: int | None = field(default=None, repr=False)
    """A warning alert that came first; it is passed over when something follows."""


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise _Short
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def vector(self, size: int) -> bytes:
        return self.take(self.number(size))

    @property
    def left(self) -> int:
        return len(self.data) - self.at


def read_flight(data: bytes) -> Flight:
    """What these bytes, from the beginning of the connection, say. ``complete`` when no more needs to be read."""
    found = Flight()
    if not data:
        return found
    if data[0] not in (_ALERT, _HANDSHAKE) or (len(data) > 1 and data[1] != 3):
        found.answer = "not-tls" if data[:5].isascii() and data[:1].isalpha() else "garbage"
        found.complete = True
        return found
    for kind, message in _messages(data, found):
        try:
            _read(kind, message, found)
        except _Short:
            found.answer, found.complete = "garbage", True
        if found.complete:
            break
    return found


def _messages(data: bytes, found: Flight) -> Iterator[tuple[int, bytes]]:
    """The handshake messages, joined over records (RFC 8446 §5.1); alerts go into ``found``."""
    records, joined = _Reader(data), bytearray()
    try:
        while True:
            kind, version, fragment = records.number(1), records.number(2), records.vector(2)
            if version >> 8 != 3 or kind not in (_ALERT, _HANDSHAKE):
                found.complete = True
                found.answer = found.answer or "garbage"
                return
            if kind == _ALERT:
                _read_alert(fragment, found)
                if _is_whole(found):
                    return
            else:
                joined += fragment
                while len(joined) >= 4 and len(joined) >= 4 + int.from_bytes(joined[1:4], "big"):
                    length = 4 + int.from_bytes(joined[1:4], "big")
                    message = bytes(joined[4:length])
                    number = joined[0]
                    del joined[:length]
                    yield number, message
                    if _is_whole(found):
                        return
    except _Short:
        return


def _is_whole(found: Flight) -> bool:
    return found.complete


def _read_alert(fragment: bytes, found: Flight) -> None:
    if len(fragment) != 2:
        found.answer, found.complete = found.answer or "garbage", True
    elif fragment[0] == _WARNING and fragment[1] != 0:
        found.warning = fragment[1]
    else:  # fatal, or close_notify
        found.complete = True
        if not found.answer:
            found.answer, found.alert = "alert", fragment[1]


def _read(kind: int, message: bytes, found: Flight) -> None:
    if not found.answer:
        if kind == _SERVER_HELLO:
            _read_server_hello(_Reader(message), found)
        else:
            found.answer, found.complete = "garbage", True
    elif kind == _CERTIFICATE:
        chain = _Reader(_Reader(message).vector(3))
        while chain.left:
            chain.vector(3)
            found.certificates += 1
    elif kind == _STATUS:
        status = _Reader(message)
        if status.number(1) == 1:
            found.staple = status.vector(3)
    elif kind == _KEY_EXCHANGE:
        _read_key_exchange(_Reader(message), key_exchange(found.suite), found)
    elif kind == _REQUEST:
        found.asks_certificate = True
    elif kind == _DONE:
        found.complete = True


def _read_server_hello(hello: _Reader, found: Flight) -> None:
    """RFC 8446 §4.1.3, RFC 5246 §7.4.1.3."""
    version, random = hello.number(2), hello.take(32)
    hello.vector(1)
    suite, compression = hello.number(2), hello.number(1)
    extensions: dict[int, bytes] = {}
    if hello.left:
        inside = _Reader(hello.vector(2))
        while inside.left:
            kind = inside.number(2)
            extensions[kind] = inside.vector(2)
    if len(extensions.get(0x002B, b"")) == 2:
        version = struct.unpack("!H", extensions[0x002B])[0]
    if len(extensions.get(0x0033, b"")) >= 2:
        found.group = struct.unpack("!H", extensions[0x0033][:2])[0]
    if 0x0010 in extensions:
        names = _Reader(_Reader(extensions[0x0010]).vector(2))
        found.protocol = names.vector(1).decode("ascii", "replace") if names.left else ""
    found.version, found.suite, found.compression = version, suite, compression
    found.extensions = tuple(sorted(extensions))
    found.sentinel = _SENTINELS.get(random[24:], 0) if version < TLS_1_3 else 0
    found.answer = "hello-retry" if random == _RETRY else "server-hello"
    found.complete = version >= TLS_1_3


def _read_key_exchange(message: _Reader, exchange: str, found: Flight) -> None:
    """RFC 5246 §7.4.3, RFC 8422 §5.4."""
    if exchange == "DHE":
        prime = message.vector(2)
        found.dh_bits = int.from_bytes(prime, "big").bit_length()
        message.vector(2)
        message.vector(2)
    elif exchange == "ECDHE":
        if message.number(1) != 3:  # explicit curves (RFC 8422 deprecates them) are not read
            return
        found.group = message.number(2)
        message.vector(1)
    else:
        return
    if found.version == TLS_1_2 and message.left >= 4:
        found.signature = message.number(2)
