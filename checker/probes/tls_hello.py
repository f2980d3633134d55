"""The bytes of a ClientHello from its description, and the smaller forms of it."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable

import msgspec

from checker.model.tls import (
    EXTENDED_MASTER_SECRET,
    PLAIN_SIGNATURES,
    RENEGOTIATION_INFO,
    SESSION_TICKET,
    SSL_3_0,
    STATUS_REQUEST,
    TLS_1_0,
    TLS_1_2,
    TLS_1_3,
    X25519,
    Hello,
)
from checker.model.tls_suites import RENEGOTIATION_SCSV
from checker.probes.addresses import literal

RandomBytes = Callable[[int], bytes]
REDUCTIONS = 3


def reduced(hello: Hello, step: int) -> Hello:
    """A smaller form of the same offer, 1 to 3: the signatures of 2010, then few extensions, then none.

    One of TLS 1.3 keeps what that version cannot do without.
    """
    if step == 1:
        usual = {one: None for one in hello.signatures if one in PLAIN_SIGNATURES} or hello.signatures
        return msgspec.structs.replace(hello, reduced=1, extras=False, alpn=(), signatures=tuple(usual))
    smaller = msgspec.structs.replace(hello, reduced=step, extras=False, alpn=(), compression=(0,))
    if TLS_1_3 in hello.supported:
        return msgspec.structs.replace(smaller, server_name=step == 2)
    return msgspec.structs.replace(smaller, signatures=(), groups=(), server_name=step == 2)


def hello_bytes(hello: Hello, host: str, random_bytes: RandomBytes) -> bytes:
    """The record that holds the ClientHello. ``host`` is named in it unless it is an address (RFC 6066 §3)."""
    suites = hello.suites
    if not hello.extras and RENEGOTIATION_SCSV not in suites and not hello.supported:
        suites = (*suites, RENEGOTIATION_SCSV)
    extensions = b"" if hello.version == SSL_3_0 else _extensions(hello, host, random_bytes)
    session = random_bytes(32) if hello.supported else b""  # RFC 8446 appendix D.4
    body = struct.pack("!H", hello.version) + random_bytes(32) + bytes([len(session)]) + session
    body += _vector16(_numbers(suites)) + bytes([len(hello.compression), *hello.compression])
    body += _vector16(extensions) if extensions else b""
    handshake = b"\x01" + struct.pack("!I", len(body))[1:] + body
    record = SSL_3_0 if hello.version == SSL_3_0 else TLS_1_0
    return b"\x16" + struct.pack("!HH", record, len(handshake)) + handshake


def _extensions(hello: Hello, host: str, random_bytes: RandomBytes) -> bytes:
    found = b""
    if hello.server_name and literal(host) is None:
        found += _extension(0x0000, _vector16(b"\x00" + _vector16(host.encode("ascii", "replace"))))
    if hello.extras:
        found += _extension(RENEGOTIATION_INFO, b"\x00") + _extension(EXTENDED_MASTER_SECRET, b"")
        found += _extension(SESSION_TICKET, b"") + _extension(STATUS_REQUEST, b"\x01\x00\x00\x00\x00")
    if hello.groups:
        found += _extension(0x000A, _vector16(_numbers(hello.groups))) + _extension(0x000B, b"\x01\x00")
    if hello.signatures and (hello.version >= TLS_1_2 or hello.supported):  # RFC 5246 §7.4.1.4.1
        found += _extension(0x000D, _vector16(_numbers(hello.signatures)))
    if hello.alpn:
        names = b"".join(bytes([len(one)]) + one.encode("ascii", "replace") for one in hello.alpn)
        found += _extension(0x0010, _vector16(names))
    if hello.supported:
        versions = _numbers(hello.supported)
        found += _extension(0x002B, bytes([len(versions)]) + versions) + _extension(0x002D, b"\x01\x01")
        # Any 32 bytes are a public key of X25519 (RFC 7748 §5); an empty list asks for a HelloRetryRequest.
        share = struct.pack("!H", X25519) + _vector16(random_bytes(32))
        found += _extension(0x0033, _vector16(share if hello.shares and X25519 in hello.groups else b""))
    return found


def _numbers(numbers: Iterable[int]) -> bytes:
    return b"".join(struct.pack("!H", number) for number in numbers)


def _vector16(data: bytes) -> bytes:
    return struct.pack("!H", len(data)) + data


def _extension(kind: int, data: bytes) -> bytes:
    return struct.pack("!H", kind) + _vector16(data)
