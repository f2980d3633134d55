"""What can be wrong with TLS, certificates and keys, at either end: a clear word, or inconclusive with the reason."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from fixtures.supplier import tls
from fixtures.supplier.clock import wall_clock
from fixtures.supplier.mutual import MutualServed
from fixtures.supplier.mutual_switches import MutualSwitches
from fixtures.supplier.tls_switches import TlsSwitches
from fixtures.tls.serve import TlsServed
from fixtures.tls.threads import Listening
from tests.cli.in_process import here
from tests.cli.support import AUTHORITY, FAST, SECRET, Completed, identity_of, outcomes, report, supplier_text

HOLLOW = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
LOOKED_AT = ("TLS-001", "TLS-002", "TLS-003", "TLS-004", "CERT-001", "CERT-002")
PICKED = tuple(part for row in LOOKED_AT for part in ("--only", row))
CERTIFICATES = ("CERT-001", "CERT-002", "CERT-003", "CERT-004", "CERT-005", "CERT-006", "CERT-008")


def judged(
    folder: Path, url: str, *more: str, profile: str = "tls-ncsc", ca: Path | None = None, known: str = ""
) -> dict[str, Any]:
    """The report of a run against an endpoint. Whatever was wrong, there is one, and no fault of ours."""
    text = supplier_text(url, ca=ca, environment="demonstration", more=f"{AUTHORITY}\n{known}")
    (folder / "supplier.toml").write_text(text, "utf-8")
    done = here("run", "-p", profile, *FAST, *more, "-q", "-o", "json:report.json", cwd=folder)
    assert done.returncode in (0, 1, 3), done.stderr
    assert "Traceback" not in done.stderr
    return report(folder / "report.json")


def said(found: dict[str, Any], row: str) -> str:
    """All that a report says of why a row is what it is."""
    (verdict,) = (one["verdict"] for one in found["rows"] if one["id"] == row)
    return " ".join(verdict["why"])


@contextmanager
def plain_tls(context: ssl.SSLContext, host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """A TLS server that completes handshakes, and has nothing to show."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=(connection,), daemon=True).start()

        def one(connection: socket.socket) -> None:
            connection.settimeout(3)
            with connection, suppress(OSError), context.wrap_socket(connection, server_side=True) as secured:
                if secured.recv(4096):
                    secured.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def modern(folder: Path, *names: str) -> ssl.SSLContext:
    """A server's context with a certificate for these names, whose authority is in ``ca.pem``."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AESGCM")
    authority.issue_cert(*names).configure_cert(context)
    (folder / "ca.pem").write_bytes(authority.cert_pem.bytes())
    return context


# What a server sends.


@pytest.mark.parametrize("sent", [b"", b"not a certificate", b"\x30\x82\xff\xff\x00", b"\x30\x03\x02\x01\x00" * 40])
def test_a_certificate_that_does_not_parse_passes_nothing(tmp_path: Path, sent: bytes) -> None:
    def answer(connection: socket.socket) -> None:
        connection.recv(4096)
        hello = b"\3\3" + bytes(range(32)) + b"\0" + struct.pack("!HB", 0xC02F, 0)
        chain = len(sent).to_bytes(3, "big") + sent
        body = len(chain).to_bytes(3, "big") + chain
        messages = b"".join(
            bytes([kind]) + len(part).to_bytes(3, "big") + part for kind, part in ((2, hello), (11, body), (14, b""))
        )
        connection.sendall(b"\x16\x03\x03" + struct.pack("!H", len(messages)) + messages)
        with suppress(OSError):
            connection.recv(4096)

    with Listening(answer) as served:
        found = outcomes(judged(tmp_path, f"https://127.0.0.1:{served.port}/fhir"))
    assert not [row for row in CERTIFICATES if found[row] == "pass"], found
    assert "error" not in {one.partition("(")[0] for one in found.values()}


@pytest.mark.parametrize("profile", ["tls-ncsc", "mutual-tls", "api-security"])
def test_plain_http_on_the_port_of_tls_is_said_in_words(tmp_path: Path, profile: str) -> None:
    page = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"

    def answer(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(page)

    with Listening(answer) as served:
        report = judged(tmp_path, f"https://127.0.0.1:{served.port}/fhir", "--safety", "S2", profile=profile)
    found = outcomes(report)
    assert "pass" not in found.values()
    if profile == "tls-ncsc":
        assert {found[row] for row in ("TLS-001", "TLS-002")} == {"inconclusive(network)"}
        assert "it does not speak TLS" in said(report, "TLS-001")


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6 on loopback")
def test_an_address_of_ipv6_is_looked_at_like_any_other(tmp_path: Path) -> None:
    with plain_tls(modern(tmp_path, "::1"), "::1") as port:
        found = outcomes(judged(tmp_path, f"https://[::1]:{port}/fhir", *PICKED, ca=Path("ca.pem")))
    assert {found[row] for row in LOOKED_AT} == {"pass"}


def _only_by_name(folder: Path) -> ssl.SSLContext:
    context = modern(folder, "localhost", "127.0.0.1")

    def named(connection: Any, name: str | None, context: Any) -> int | None:
        return None if name == "localhost" else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME

    context.sni_callback = named
    return context


def test_a_server_that_wants_a_name_is_given_one(tmp_path: Path) -> None:
    with plain_tls(_only_by_name(tmp_path)) as port:
        found = outcomes(judged(tmp_path, f"https://localhost:{port}/fhir", *PICKED, ca=Path("ca.pem")))
    assert {found[row] for row in LOOKED_AT} == {"pass"}


def test_a_server_that_wants_a_name_and_is_called_by_its_address_has_failed_nothing(tmp_path: Path) -> None:
    with plain_tls(_only_by_name(tmp_path)) as port:
        report = judged(tmp_path, f"https://127.0.0.1:{port}/fhir", ca=Path("ca.pem"))
    found = outcomes(report)
    assert not {"pass", "fail"} & set(found.values()), found
    assert "name" in said(report, "TLS-003")


def test_a_trust_store_that_does_not_know_the_issuer_says_how_to_give_it(tmp_path: Path) -> None:
    with TlsServed(TlsSwitches(), wall_clock()) as served:
        report = judged(tmp_path, f"https://127.0.0.1:{served.port}/fhir")
    assert "pass" not in {outcomes(report)[row] for row in ("CERT-001", "TLS-001")}
    assert "--ca-bundle" in said(report, "TLS-001")


@pytest.mark.parametrize(
    ("expected", "said_of"),
    [("trustme", "pass"), ("A Public Authority", "inconclusive(network)"), ("", "pass")],
)
def test_a_certificate_by_somebody_unexpected_may_be_that_of_a_proxy(
    tmp_path: Path, expected: str, said_of: str
) -> None:
    known = f'[known]\ncertificate-issuer = "{expected}"\n' if expected else ""
    with plain_tls(modern(tmp_path, "127.0.0.1")) as port:
        report = judged(tmp_path, f"https://127.0.0.1:{port}/fhir", *PICKED, ca=Path("ca.pem"), known=known)
    found = outcomes(report)
    assert {found[row] for row in ("TLS-001", "TLS-004", "CERT-001", "CERT-002")} == {said_of}
    assert ("intercepted" in said(report, "CERT-001")) is (said_of != "pass")


def test_a_proxy_that_only_the_environment_names_is_not_used(tmp_path: Path) -> None:
    with plain_tls(modern(tmp_path, "127.0.0.1")) as port, pytest.MonkeyPatch.context() as patched:
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            patched.setenv(name, "http://127.0.0.1:9")
        found = outcomes(judged(tmp_path, f"https://127.0.0.1:{port}/fhir", *PICKED, ca=Path("ca.pem")))
    assert {found[row] for row in LOOKED_AT} == {"pass"}


# What the user gives.


@pytest.fixture
def served() -> Iterator[MutualServed]:
    with MutualServed(MutualSwitches()) as served:
        yield served


def run_with(folder: Path, served: MutualServed, lines: str, *, ca: str = "", env: dict[str, str]) -> Completed:
    """One row of mutual-tls with these lines in the default identity."""
    text = supplier_text(
        served.base_url,
        token_url=served.token_url,
        identity=f"{identity_of(served)}\n{lines}",
        ca=Path(ca) if ca else served.ca,
        environment="demonstration",
        more=AUTHORITY,
    )
    (folder / "supplier.toml").write_text(text, "utf-8")
    secrets = {SECRET: served.client_secret, **env}
    command = ("run", "-p", "mutual-tls", "--only", "MTLS-001", *FAST, "-q", "--overwrite", "-o", "json:report.json")
    return here(*command, cwd=folder, env=secrets)


def files(folder: Path, served: MutualServed, passphrase: bytes = b"") -> str:
    """The good certificate and its key in files of their own, the key encrypted where there is a passphrase."""
    pem = served.issued.by_name["good"]
    chain, mark, key = pem.partition(b"-----BEGIN RSA") if b"BEGIN RSA" in pem else pem.partition(b"-----BEGIN EC")
    opened = serialization.load_pem_private_key(mark + key, None)
    locked: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        locked = serialization.BestAvailableEncryption(passphrase)
    private = opened.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
    (folder / "client.pem").write_bytes(chain)
    tls.write_private(folder / "client.key", private)
    return 'certificate-file = "client.pem"\ncertificate-key-file = "client.key"\n'


def refused(done: Completed, *words: str) -> None:
    """A fault of usage in at most three lines, with these words, before anything was sent."""
    assert done.returncode == 2, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) <= 3, done.stderr
    assert lines[-1].startswith("  next:")
    for word in words:
        assert word in done.stderr, done.stderr


def test_the_good_files_do(tmp_path: Path, served: MutualServed) -> None:
    assert run_with(tmp_path, served, files(tmp_path, served), env={}).returncode in (0, 3)
    assert outcomes(report(tmp_path / "report.json")) == {"MTLS-001": "pass"}


def test_a_passphrase_comes_from_the_environment_or_is_asked_for_by_name(tmp_path: Path, served: MutualServed) -> None:
    lines = files(tmp_path, served, b"an umbrella for the key")
    before = served.requests
    refused(run_with(tmp_path, served, lines, env={}), "encrypted", "certificate-key-passphrase-env")
    named = f'{lines}certificate-key-passphrase-env = "CERTIFICATE_PASSPHRASE"\n'
    refused(run_with(tmp_path, served, named, env={"CERTIFICATE_PASSPHRASE": "a sun shade instead"}), "passphrase")
    assert served.requests == before
    right = {"CERTIFICATE_PASSPHRASE": "an umbrella for the key"}
    assert run_with(tmp_path, served, named, env=right).returncode in (0, 3)
    assert outcomes(report(tmp_path / "report.json")) == {"MTLS-001": "pass"}
    (tmp_path / "passphrase").write_text("an umbrella for the key\n", "utf-8")
    from_file = f'{lines}certificate-key-passphrase-file = "passphrase"\n'
    assert run_with(tmp_path, served, from_file, env={}).returncode in (0, 3)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("client.key", b"", ("key of the client certificate", "no private key in PEM", "client.key")),
        ("client.key", b"what is this", ("key of the client certificate", "client.key")),
        (
            "client.pem",
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            ("no certificate in PEM", "client.pem"),
        ),
        ("client.pem", b"\xff\xfe\x00", ("no certificate in PEM", "client.pem")),
        ("ca.pem", b"no certificates here", ("The CA bundle cannot be read", "ca.pem")),
        ("ca.pem", b"", ("The CA bundle cannot be read",)),
    ],
)
def test_a_file_that_is_no_key_and_no_certificate_is_named(
    tmp_path: Path, served: MutualServed, name: str, content: bytes, words: tuple[str, ...]
) -> None:
    lines = files(tmp_path, served)
    (tmp_path / "ca.pem").write_bytes(served.ca.read_bytes())
    (tmp_path / name).write_bytes(content)
    refused(run_with(tmp_path, served, lines, ca="ca.pem", env={}), *words)


def test_a_key_that_is_of_another_certificate_is_told(tmp_path: Path, served: MutualServed) -> None:
    lines = files(tmp_path, served)
    other = trustme.CA().issue_cert("other.example")
    (tmp_path / "client.key").write_bytes(other.private_key_pem.bytes())
    refused(run_with(tmp_path, served, lines, env={}), "does not fit its client certificate", "client.key")


@pytest.mark.parametrize("missing", ["client.key", "client.pem", "ca.pem"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, served: MutualServed, missing: str) -> None:
    lines = files(tmp_path, served)
    (tmp_path / "ca.pem").write_bytes(served.ca.read_bytes())
    (tmp_path / missing).unlink()
    refused(run_with(tmp_path, served, lines, ca="ca.pem", env={}), missing)


@pytest.mark.skipif(not hasattr(__import__("os"), "getuid"), reason="file rights are those of POSIX")
def test_a_key_that_everybody_can_read_is_remarked_on(tmp_path: Path, served: MutualServed) -> None:
    lines = files(tmp_path, served)
    (tmp_path / "client.key").chmod(0o644)
    with ExitStack() as stack:
        stack.callback((tmp_path / "client.key").chmod, 0o600)
        assert run_with(tmp_path, served, lines, env={}).returncode in (0, 3)
        done = here("doctor", cwd=tmp_path, env={SECRET: served.client_secret})
    assert "Other users of this machine can read the key of the client certificate" in done.stdout + done.stderr, (
        done.stdout
    )
