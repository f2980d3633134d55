"""What is seen of a TLS connection of one exchange: alerts in words, tickets, and whatever else may be sent as one."""

from __future__ import annotations

import ssl
import struct

import pytest

from checker.probes.tls_watched import Watch


def ticket(*extensions: tuple[int, bytes]) -> bytes:
    """A NewSessionTicket of TLS 1.3 (RFC 8446 section 4.6.1)."""
    tail = b"".join(struct.pack("!HH", kind, len(data)) + data for kind, data in extensions)
    body = bytes(8) + b"\x01\x00" + struct.pack("!H", 3) + b"abc" + struct.pack("!H", len(tail)) + tail
    return b"\x04" + len(body).to_bytes(3, "big") + body


@pytest.mark.parametrize(
    ("message", "bytes_allowed"),
    [
        (ticket(), 0),
        (ticket((42, struct.pack("!I", 16384))), 16384),
        (ticket((10, b"xx"), (42, struct.pack("!I", 7))), 7),
        (ticket((42, struct.pack("!I", 0))), 0),
        (ticket((42, b"")), 0),
        (b"", 0),
        (b"\x04", 0),
        (b"\x04" + b"\xff" * 40, 0),
    ],
)
def test_early_data_is_read_from_tickets(message: bytes, bytes_allowed: int) -> None:
    watch = Watch(version="TLSv1.3", asked=False, tickets=[message])
    assert (watch.seen().early_data, watch.seen().tickets) == (bytes_allowed, 1)
    old = Watch(version="TLSv1.2", asked=False, tickets=[message])
    assert (old.seen().early_data, old.seen().tickets) == (0, 0)


def test_where_the_library_shows_no_messages_nothing_is_known() -> None:
    seen = Watch(version="TLSv1.3").seen()
    assert (seen.asked, seen.tickets) == (None, None)


@pytest.mark.parametrize(
    ("text", "alert"),
    [
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "certificate required"),
        ("SSLV3_ALERT_BAD_CERTIFICATE", "bad certificate"),
        ("SSL/TLS_ALERT_HANDSHAKE_FAILURE", "handshake failure"),
        ("[SSL] tlsv13 alert certificate required (_ssl.c:2580)", "certificate required"),
        ("WRONG_VERSION_NUMBER", ""),
        ("UNEXPECTED_EOF_WHILE_READING", ""),
    ],
)
def test_an_alert_is_told_from_any_other_end(text: str, alert: str) -> None:
    watch = Watch()
    problem = ssl.SSLError(1, text)
    problem.reason = "" if text.startswith("[") else text
    watch.ended(problem)
    assert watch.seen().alert == alert
