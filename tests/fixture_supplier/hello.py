"""A TLS ClientHello made by hand, and the first record of the answer to it."""

from __future__ import annotations

import os
import socket
import struct

SUITES = (0xC009, 0xC00A, 0xC013, 0xC014, 0x002F, 0x0035)
"""ECDHE-ECDSA, ECDHE-RSA and RSA with AES-CBC and SHA-1: what TLS 1.0 and 1.1 know."""
ONLY_RSA = SUITES[-2:]


def client_hello(version: int, offered: tuple[int, ...] = SUITES) -> bytes:
    """A ClientHello that knows ``version`` (0x0301 is TLS 1.0) and nothing newer."""
    suites = b"".join(struct.pack(">H", suite) for suite in offered)
    groups = struct.pack(">HHHH", 10, 4, 2, 0x0017)
    points = struct.pack(">HHBB", 11, 2, 1, 0)
    renegotiation = struct.pack(">HHB", 0xFF01, 1, 0)
    extensions = groups + points + renegotiation
    inside = struct.pack(">H", version) + os.urandom(32) + b"\0"
    inside += struct.pack(">H", len(suites)) + suites + b"\1\0" + struct.pack(">H", len(extensions)) + extensions
    message = b"\1" + struct.pack(">I", len(inside))[1:] + inside
    return b"\x16" + struct.pack(">HH", 0x0301, len(message)) + message


def first_record(port: int, version: int, offered: tuple[int, ...] = SUITES) -> tuple[str, int]:
    """``("alert", code)``, ``("server-hello", version)``, or ``("closed", 0)`` for silence."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(client_hello(version, offered))
        got = b""
        while len(got) < 5 or len(got) < 5 + int.from_bytes(got[3:5], "big"):
            more = connection.recv(4096)
            if not more:
                return "closed", 0
            got += more
    if got[0] == 0x15:
        return "alert", got[6]
    return ("server-hello", int.from_bytes(got[9:11], "big")) if got[0] == 0x16 and got[5] == 2 else ("other", got[0])
