"""A ClientHello by hand, and the first thing that comes back.

The TLS library of this computer may be unable to offer what is asked about: RC4, 3DES, SSL 3.0, or
TLS 1.0 under a strict policy. Then a handshake would call a server clean that is not. Only the
first record of the answer is read, and no cryptography is needed.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from checker.probes.addresses import literal

VERSIONS = {"ssl3.0": 0x0300, "tls1.0": 0x0301, "tls1.1": 0x0302, "tls1.2": 0x0303}
"""The version that a hello of that name offers at most."""

_SUITES_1_2: tuple[int, ...] = (
    0xC02B,
    0xC02F,
    0xC02C,
    0xC030,
    0xCCA9,
    0xCCA8,
    0x009E,
    0x009F,
    0x009C,
    0x009D,
    0xC023,
    0xC027,
)
_SUITES_1_2 += (0xC024, 0xC028, 0x003C, 0x003D, 0x0067, 0x006B)
"""AES-GCM, ChaCha20 and AES-CBC with SHA-2: TLS 1.2 only."""
_SUITES_OLD: tuple[int, ...] = (
    0xC009,
    0xC013,
    0xC00A,
    0xC014,
    0x0033,
    0x0039,
    0x002F,
    0x0035,
    0x0032,
    0x0038,
    0x0041,
    0x0084,
)
_SUITES_OLD += (0xC008, 0xC012, 0x0016, 0x000A, 0x0013, 0xC007, 0xC011, 0x0005, 0x0004)
"""ECDHE, DHE and RSA with AES-CBC-SHA, Camellia, 3DES and RC4: any version."""
_GROUPS = (0x001D, 0x0017, 0x0018, 0x0019)
_SIGNATURES = (0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0202)
"""RFC 8446 §4.2.3, with SHA-1 at the end for servers of old."""
_SCSV = 0x00FF
"""RFC 5746 §3.3: secure renegotiation, said without an extension."""


def client_hello(name: str, host: str, random_bytes: Callable[[int], bytes], *, reduced: bool = False) -> bytes:
    """The bytes of a ClientHello (RFC 5246 §7.4.1.2) that offers the named version and nothing above it.

    ``reduced`` leaves off all extensions but the server's name: some servers hang up on an
    extension they do not know, which is not a refusal of the version.
    """
    version = VERSIONS[name]
    suites = (*(_SUITES_1_2 if version >= 0x0303 else ()), *_SUITES_OLD, *((_SCSV,) if reduced else ()))
    extensions = b"" if version == 0x0300 else _extensions(version, host, reduced)
    body = struct.pack("!H", version) + random_bytes(32) + b"\0"
    body += _vector16(b"".join(struct.pack("!H", suite) for suite in suites)) + b"\x01\x00"
    body += _vector16(extensions) if extensions else b""
    handshake = b"\x01" + struct.pack("!I", len(body))[1:] + body
    return b"\x16" + struct.pack("!HH", version, len(handshake)) + handshake


def _extensions(version: int, host: str, reduced: bool) -> bytes:
    found = b""
    if literal(host) is None:  # RFC 6066 §3: literal addresses are not permitted
        found += _extension(0x0000, _vector16(b"\x00" + _vector16(host.encode("ascii", "replace"))))
    if reduced:
        return found
    found += _extension(0x000A, _vector16(_numbers(_GROUPS))) + _extension(0x000B, b"\x01\x00")
    if version >= 0x0303:  # RFC 5246 §7.4.1.4.1: not for earlier versions
        found += _extension(0x000D, _vector16(_numbers(_SIGNATURES)))
    return found + _extension(0xFF01, b"\x00")


def _numbers(numbers: tuple[int, ...]) -> bytes:
    return b"".join(struct.pack("!H", number) for number in numbers)


def _vector16(data: bytes) -> bytes:
    return struct.pack("!H", len(data)) + data


def _extension(kind: int, data: bytes) -> bytes:
    return struct.pack("!H", kind) + _vector16(data)


@dataclass(frozen=True)
class FirstAnswer:
    """What the other side said first: ``server-hello``, ``alert`` or ``garbage``."""

    answer: str
    alert: int | None = None
    version: int | None = None
    cipher_suite: int | None = None


_GARBAGE = FirstAnswer("garbage")


def first_answer(data: bytes) -> FirstAnswer | None:
    """Read the first record of an answer (RFC 5246 §6.2.1); None while more bytes are needed.

    A warning alert, such as ``unrecognized_name``, is passed over when something follows it: the
    handshake goes on after it.
    """
    while data[:1] == b"\x15" and data[1:2] == b"\x03" and data[3:6] == b"\x00\x02\x01" and len(data) >= 7:
        data = data[7:]  # a server may send any number of them
    if not data:
        return None
    kind = data[0]
    if kind not in {0x15, 0x16} or (len(data) > 1 and data[1] != 3):
        return _GARBAGE
    if len(data) < 5:
        return None
    length = struct.unpack("!H", data[3:5])[0]
    record = data[5 : 5 + length]
    if kind == 0x16:
        return _server_hello(record, whole=len(record) == length)
    if length != 2:
        return _GARBAGE
    if len(record) < 2:
        return None
    return FirstAnswer("alert", alert=record[1])


def warning_alert(data: bytes) -> FirstAnswer | None:
    """The warning alert that an answer starts with, for when nothing followed it."""
    if len(data) >= 7 and data[0] == 0x15 and data[1] == 3 and data[3:6] == b"\x00\x02\x01":
        return FirstAnswer("alert", alert=data[6])
    return None


def _server_hello(record: bytes, *, whole: bool) -> FirstAnswer | None:
    """RFC 5246 §7.4.1.3: type, length, version, random, session id, cipher suite."""
    missing = _GARBAGE if whole else None
    if not record:
        return missing
    if record[0] != 0x02:
        return _GARBAGE
    if len(record) < 39:
        return missing
    at = 39 + record[38]
    if len(record) < at + 2:
        return missing
    version, suite = struct.unpack("!H", record[4:6])[0], struct.unpack("!H", record[at : at + 2])[0]
    return FirstAnswer("server-hello", version=version, cipher_suite=suite)
