"""Servers that attack by TLS: what is no handshake, what never ends, and certificates that nobody should print."""

from __future__ import annotations

import datetime
import json
import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.cli.in_process import here
from tests.cli.support import FAST, junit, outcomes, report, supplier_text
from tests.hostile.raw import raw_server, whole
from tests.hostile.test_suppliers import SCRIPT, STATEMENT, STEERING, steers

OUTPUTS = ("-o", "json:report.json", "-o", "html:report.html", "-o", "junit:out.xml", "-o", "csv:report.csv")
ROWS = ("TLS-002", "TLS-003", "CERT-001", "CERT-002", "CERT-003", "CERT-006")
ONLY = tuple(part for row in ROWS for part in ("--only", row))


def judged(folder: Path, base_url: str, ca: Path) -> dict[str, str]:
    """The outcomes of the rows about TLS, and of a survey of the server; what is printed is tame."""
    text = supplier_text(base_url, ca=ca, more="[limits]\nretries = 0\n")
    (folder / "supplier.toml").write_text(text, "utf-8")
    quick = (*FAST, "--timeout", "0.4", "-q", "--overwrite")
    done = here("run", *quick, *OUTPUTS, "-o", "console:-", "-p", "api-security", *ONLY, cwd=folder)
    seen = here("doctor", *FAST, "--timeout", "0.4", cwd=folder)
    for one in (done, seen):
        assert "Traceback" not in one.stdout + one.stderr
        assert steers(one.stdout + one.stderr) == set()
    assert steers((folder / "report.html").read_text("utf-8")) == set()
    assert junit(folder / "out.xml")
    found = outcomes(report(folder / "report.json"))
    assert "error" not in found.values()
    assert done.returncode == (1 if "fail" in found.values() else 3), done.stderr
    return found


def record(kind: int, data: bytes, version: int = 0x0303) -> bytes:
    return struct.pack(">BHH", kind, version, len(data)) + data


def _server_hello(size: int = 70) -> bytes:
    return b"\x02" + size.to_bytes(3, "big") + b"\x03\x03" + os.urandom(32) + b"\0\x13\x01\0" + bytes(size - 38)


def _endless(connection: socket.socket, data: bytes) -> None:
    while True:
        connection.sendall(data)


BYTES: dict[str, Callable[[socket.socket, bytes], None]] = {
    "random bytes": lambda c, h: c.sendall(os.urandom(4000)),
    "a ServerHello of rubbish": lambda c, h: c.sendall(record(22, b"\x02\0\0\x46" + os.urandom(70))),
    "a record that is too long": lambda c, h: c.sendall(b"\x16\x03\x03\xff\xff" + bytes(70_000)),
    "a handshake that is said to be long": lambda c, h: _endless(c, record(22, b"\x0b\xff\xff\xff" + bytes(16_000))),
    "endless certificates": lambda c, h: _endless(c, record(22, _server_hello() + b"\x0b\x00\x40\x00" + bytes(0x3FBA))),
    "endless empty records": lambda c, h: _endless(c, record(22, b"") * 1000),
    "endless warnings": lambda c, h: _endless(c, record(21, b"\x01\x5a") * 1000),
    "alerts of no kind": lambda c, h: c.sendall(record(21, b"\x09\xfe") * 3),
    "endless requests to begin": lambda c, h: _endless(c, record(22, b"\0\0\0\0") * 1000),
    "another protocol": lambda c, h: c.sendall(b"SSH-2.0-\x1b[2J\x1b]0;owned\x07\r\n"),
    "plain HTTP that steers": lambda c, h: c.sendall(b"HTTP/1.1 400 \x1b[2J\r\nServer: \x1b[31m\r\n\r\n"),
    "half a record": lambda c, h: c.sendall(b"\x16\x03\x03\x10\x00\x02"),
}


@pytest.mark.parametrize("name", BYTES)
def test_what_is_no_handshake(name: str, tmp_path: Path) -> None:
    with raw_server(tmp_path, BYTES[name], tls=False) as server:
        server.ca.write_bytes(_certificate()[0])
        found = judged(tmp_path, server.base_url, server.ca)
    assert "pass" not in found.values()


def _certificate(
    subject: str = "127.0.0.1", *, names: tuple[str, ...] = (), more: tuple[x509.ExtensionType, ...] = ()
) -> tuple[bytes, bytes]:
    """A certificate of its own making, and its key: PEM."""
    import ipaddress

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, subject[:64]),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, subject[-64:]),
        ]
    )
    now = datetime.datetime.now(datetime.UTC)  # noqa: TID251 - the clock of the library that verifies
    others = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), *map(x509.DNSName, names)]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(others), critical=False)
    )
    for one in more:
        made = made.add_extension(one, critical=False)
    certificate = made.sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    return certificate.public_bytes(serialization.Encoding.PEM), pem


NASTY = "\x1b[2J\x1b]0;owned\x07\u202egpj.exe<script>x</script>"
CERTIFICATES: dict[str, Callable[[], tuple[bytes, bytes]]] = {
    "names that steer": lambda: _certificate(NASTY, names=(STEERING.encode("ascii", "ignore").decode(), "<script>x")),
    "ten thousand names": lambda: _certificate(names=tuple(f"host-{at}.example" for at in range(10_000))),
    "an extension of nonsense": lambda: _certificate(
        more=(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"), os.urandom(300)),)
    ),
    "policies that do not parse": lambda: _certificate(
        more=(x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.32"), b"\x30\x84\xff\xff\xff\xff"),)
    ),
}


@pytest.mark.parametrize("name", CERTIFICATES)
def test_certificates_that_nobody_should_print(name: str, tmp_path: Path) -> None:
    body = whole(json.dumps({**STATEMENT, "software": {"name": SCRIPT}}).encode())
    certificate = CERTIFICATES[name]()
    with raw_server(tmp_path, lambda c, h: c.sendall(body), certificate=certificate) as server:
        judged(tmp_path, server.base_url, server.ca)
        # And where nobody trusts it, so that what is wrong with it is said.
        server.ca.write_bytes(_certificate()[0])
        found = judged(tmp_path, server.base_url, server.ca)
    assert found["CERT-001"] != "pass"
    assert "<script" not in (tmp_path / "report.html").read_text("utf-8")
