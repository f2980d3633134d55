"""Handshakes and hellos against real TLS, and against peers that only pretend."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from checker.errors import CheckerFault, SupplierFault
from checker.model.ask import Capture, HandshakeAsk, HelloAsk
from checker.model.evidence import Handshake, HandshakeAttempt, RawAttempt, RawExchange
from checker.probes.certificates import certificate_facts, sent_chain
from checker.probes.client_hello import FirstAnswer, client_hello, first_answer, warning_alert
from checker.probes.config import IdentityConfig, NetworkConfig, SecretRef
from checker.probes.trust import Trust
from fixtures.supplier.clock import wall_clock
from fixtures.supplier.switches import SupplierSwitches, switches
from fixtures.supplier.tls import make
from tests.probes.support import Handler, as_limits, bundle, listening, live, only, server_context


@contextmanager
def openssl_server(context: ssl.SSLContext) -> Iterator[int]:
    """A blocking server: unlike asyncio's, it lets OpenSSL send its alert before it hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(2)
                try:
                    with context.wrap_socket(connection, server_side=True) as secure:
                        secure.recv(1)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        # A last visitor wakes the accept; closing alone does not do so everywhere.
        with socket.create_connection(("127.0.0.1", listener.getsockname()[1])):
            listener.close()
        thread.join(5)


async def hello(port: int, *names: str, host: str = "127.0.0.1", timeout_s: float = 5.0) -> tuple[RawAttempt, ...]:
    async with live(f"https://{host}:{port}", limits=as_limits(timeout_s=timeout_s)) as outside:
        capture = await outside.capture(HelloAsk(host=host, port=port, names=names))
    assert isinstance(capture.payload, RawExchange)
    return capture.payload.attempts


def hello_to(handler: Handler, *names: str, timeout_s: float = 5.0) -> tuple[RawAttempt, ...]:
    async def run() -> tuple[RawAttempt, ...]:
        async with listening(handler) as port:
            return await hello(port, *names, timeout_s=timeout_s)

    return asyncio.run(run())


def modern() -> ssl.SSLContext:
    context = server_context(trustme.CA().issue_cert("127.0.0.1"))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def old() -> ssl.SSLContext:
    context = server_context(
        trustme.CA(key_type=trustme.KeyType.RSA).issue_cert("127.0.0.1", key_type=trustme.KeyType.RSA)
    )
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    return context


def test_a_modern_server_refuses_old_hellos_by_an_alert_and_answers_a_new_one() -> None:
    with openssl_server(modern()) as port:
        attempts = asyncio.run(hello(port, "tls1.0", "tls1.1", "tls1.2"))
    assert [(one.sent, one.answer, one.alert) for one in attempts] == [
        ("tls1.0", "alert", 70),
        ("tls1.1", "alert", 70),
        ("tls1.2", "server-hello", None),
    ]
    assert attempts[2].version == 0x0303
    assert attempts[2].cipher_suite in {0xC02B, 0xC02C}
    assert attempts[0].first_bytes[0] == 0x15


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_old_server_is_found_out() -> None:
    with openssl_server(old()) as port:
        attempts = asyncio.run(hello(port, "tls1.0", "tls1.1", host="localhost"))
    assert [(one.answer, one.version) for one in attempts] == [("server-hello", 0x0301), ("server-hello", 0x0302)]
    assert all(one.cipher_suite in {0xC013, 0xC014} for one in attempts)


async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(10_000)


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(10_000)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def speak_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(10_000)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def wait_long(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(-1)


async def warn_only(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(10_000)
    writer.write(b"\x15\x03\x01\x00\x02\x01\x70")


@pytest.mark.parametrize(
    ("handler", "answers"),
    [
        (close, [("tls1.1", "closed"), ("tls1.1-reduced", "closed")]),
        (reset, [("tls1.1", "reset"), ("tls1.1-reduced", "reset")]),
        (speak_http, [("tls1.1", "garbage")]),
        (wait_long, [("tls1.1", "timeout")]),
        (warn_only, [("tls1.1", "alert")]),
    ],
)
def test_silence_is_not_an_alert_and_is_asked_twice(handler: Handler, answers: list[tuple[str, str]]) -> None:
    attempts = hello_to(handler, "tls1.1", timeout_s=0.5)
    assert [(one.sent, one.answer) for one in attempts] == answers
    assert [one.alert for one in attempts] == [112 if one.answer == "alert" else None for one in attempts]


def test_a_server_that_chokes_on_extensions_is_found_out_by_the_second_hello() -> None:
    async def choke(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"\xff\x01\x00\x01\x00" not in await reader.read(10_000):
            body = b"\x03\x02" + bytes(32) + b"\x00" + b"\x00\x05" + b"\x00"
            record = b"\x02\x00\x00" + bytes([len(body)]) + body
            writer.write(b"\x16\x03\x02\x00" + bytes([len(record)]) + record)

    attempts = hello_to(choke, "tls1.1")
    assert [(one.sent, one.answer, one.cipher_suite) for one in attempts] == [
        ("tls1.1", "closed", None),
        ("tls1.1-reduced", "server-hello", 0x0005),
    ]


def test_a_closed_port_is_refused_for_hellos_and_handshakes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    async def run() -> tuple[tuple[RawAttempt, ...], HandshakeAttempt]:
        return await hello(port, "tls1.2"), await shake(port, NetworkConfig())

    attempts, handshake = asyncio.run(run())
    assert [one.answer for one in attempts] == ["refused"]
    assert (handshake.problem, handshake.completed) == ("refused", False)


def test_unknown_names_are_faults() -> None:
    with pytest.raises(CheckerFault, match="tls9"):
        asyncio.run(hello(1, "tls9"))
    with pytest.raises(CheckerFault, match="TLSv9"):
        asyncio.run(shake(1, NetworkConfig(), "TLSv9"))


def extensions_of(data: bytes) -> list[int]:
    at = 5 + 4 + 2 + 32 + 1
    at += 2 + struct.unpack("!H", data[at : at + 2])[0] + 2
    end = at + 2 + struct.unpack("!H", data[at : at + 2])[0]
    at += 2
    found = []
    while at < end:
        kind, length = struct.unpack("!HH", data[at : at + 4])
        found.append(kind)
        at += 4 + length
    assert at == end == len(data)
    return found


def test_the_shape_of_a_hello() -> None:
    for name, version in (("tls1.0", 0x0301), ("tls1.1", 0x0302), ("tls1.2", 0x0303)):
        data = client_hello(name, "a.test", bytes)
        assert struct.unpack("!H", data[1:3])[0] == struct.unpack("!H", data[9:11])[0] == version
        assert struct.unpack("!H", data[3:5])[0] == len(data) - 5
    assert extensions_of(client_hello("tls1.2", "a.test", bytes)) == [0x00, 0x0A, 0x0B, 0x0D, 0xFF01]
    assert extensions_of(client_hello("tls1.1", "127.0.0.1", bytes)) == [0x0A, 0x0B, 0xFF01]
    assert extensions_of(client_hello("tls1.1", "a.test", bytes, reduced=True)) == [0x00]
    assert b"a.test" not in client_hello("ssl3.0", "a.test", bytes)


def test_answers_are_read_record_by_record() -> None:
    assert first_answer(b"") is None
    assert first_answer(b"\x15\x03\x01\x00") is None
    assert first_answer(b"\x15\x03\x01\x00\x02\x02") is None
    assert first_answer(b"\x15\x03\x01\x00\x02\x02\x28") == FirstAnswer("alert", alert=40)
    assert first_answer(b"\x15\x03\x01\x00\x02\x01\x70") is None
    assert first_answer(b"\x15\x03\x01\x00\x02\x01\x70\x15\x03\x01\x00\x02\x02\x46") == FirstAnswer("alert", alert=70)
    assert warning_alert(b"\x15\x03\x01\x00\x02\x01\x70") == FirstAnswer("alert", alert=112)
    assert warning_alert(b"\x16") is None
    for data in (
        b"HTTP",
        b"\x15\x04",
        b"\x15\x03\x01\x00\x05\x02\x28",
        b"\x16\x03\x01\x00\x01\x05",
        b"\x16\x03\x01\x00\x00",
    ):
        assert first_answer(data) == FirstAnswer("garbage")
    start = b"\x16\x03\x01\x00\x40\x02\x00\x00\x3c\x03\x01"
    assert first_answer(start) is None
    assert first_answer(start + bytes(10)) is None


async def shake(port: int, network: NetworkConfig, *offer: str, host: str = "127.0.0.1") -> HandshakeAttempt:
    async with live(f"https://{host}:{port}", network=network, limits=as_limits(timeout_s=1.0)) as outside:
        capture: Capture = await outside.capture(
            HandshakeAsk(host=host, port=port, offers=(offer or ("TLSv1.2", "TLSv1.3"),))
        )
    assert isinstance(capture.payload, Handshake)
    return only(capture.payload.attempts)


def shake_with(certificate: trustme.LeafCert, network: NetworkConfig) -> HandshakeAttempt:
    async def run() -> HandshakeAttempt:
        async with listening(close, server_context(certificate)) as port:
            return await shake(port, network)

    return asyncio.run(run())


def test_a_good_handshake_has_its_version_cipher_and_whole_chain(tmp_path: Path) -> None:
    root = trustme.CA()
    middle = root.create_child_ca()
    end = datetime(2036, 1, 1, tzinfo=UTC)
    leaf = middle.issue_cert("127.0.0.1", "a.test", not_before=datetime(2026, 1, 1, tzinfo=UTC), not_after=end)
    attempt = shake_with(leaf, bundle(root, tmp_path))
    assert (attempt.completed, attempt.verified, attempt.problem) == (True, True, "")
    assert attempt.version == "TLSv1.3"
    assert attempt.cipher.startswith("TLS_")
    assert [one.is_ca for one in attempt.chain] == [False, True]
    first = attempt.chain[0]
    assert (first.dns_names, first.ip_addresses) == (("a.test",), ("127.0.0.1",))
    assert (first.not_after, first.key_type, first.key_bits, first.signature_hash) == (end, "EC", 256, "sha256")
    assert first.issuer == attempt.chain[1].subject


def test_what_does_not_verify_says_why_and_still_shows_its_chain(tmp_path: Path) -> None:
    authority, other = trustme.CA(), trustme.CA()
    past, future = datetime(2021, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)
    expired = authority.issue_cert("127.0.0.1", not_before=datetime(2020, 1, 1, tzinfo=UTC), not_after=past)
    cases = {
        "untrusted": other.issue_cert("127.0.0.1"),
        "host-name": authority.issue_cert("other.test"),
        "expired": expired,
        "not-yet-valid": authority.issue_cert(
            "127.0.0.1", not_before=future, not_after=datetime(2091, 1, 1, tzinfo=UTC)
        ),
    }
    for problem, certificate in cases.items():
        attempt = shake_with(certificate, bundle(authority, tmp_path))
        assert (attempt.problem, attempt.completed, attempt.verified) == (problem, True, False)
        assert len(attempt.chain) == 1
        assert attempt.detail
        if problem == "expired":
            assert attempt.chain[0].not_after == past


@pytest.mark.parametrize(
    ("certificate", "problem", "trusted"),
    [
        ("valid", "", True),
        ("expired", "expired", True),
        ("other-host", "host-name", True),
        ("rsa-1024", "weak", True),
        ("self-signed", "untrusted", False),
    ],
)
def test_the_path_is_judged_apart_from_dates_names_and_keys(
    tmp_path: Path, certificate: str, problem: str, trusted: bool
) -> None:
    chosen = switches(SupplierSwitches, {"certificate": certificate})
    made = make(tmp_path, wall_clock(), chosen)
    (tmp_path / "ca.pem").write_bytes(made.ca_pem)
    with openssl_server(made.context) as port:
        network = NetworkConfig(ca_bundle=str(tmp_path / "ca.pem"))
        attempt = asyncio.run(shake(port, network, "TLSv1.2", "TLSv1.3", host="127.0.0.1"))
    assert (attempt.problem, attempt.trusted, attempt.completed) == (problem, trusted, True)
    assert attempt.verified is (certificate == "valid")
    assert attempt.chain


def test_what_is_expired_and_from_nobody_is_not_trusted(tmp_path: Path) -> None:
    past = datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)
    stranger = trustme.CA().issue_cert("127.0.0.1", not_before=past[0], not_after=past[1])
    with openssl_server(server_context(stranger)) as port:
        attempt = asyncio.run(shake(port, bundle(trustme.CA(), tmp_path), "TLSv1.3"))
    assert (attempt.completed, attempt.trusted) == (True, False)


def test_without_an_answer_whether_it_is_trusted_is_not_known() -> None:
    async def run() -> HandshakeAttempt:
        async with listening(close) as port:
            return await shake(port, NetworkConfig(), "TLSv1.3")

    assert asyncio.run(run()).trusted is None


def test_an_rsa_chain_in_the_bundled_trust_store_is_untrusted() -> None:
    authority = trustme.CA(key_type=trustme.KeyType.RSA)
    for network in (NetworkConfig(), NetworkConfig(trust="system")):
        attempt = shake_with(authority.issue_cert("127.0.0.1", key_type=trustme.KeyType.RSA), network)
        assert (attempt.problem, attempt.chain[0].key_type, attempt.chain[0].key_bits) == ("untrusted", "RSA", 2048)


def test_a_version_that_is_refused_by_an_alert_did_not_complete() -> None:
    context = modern()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    with openssl_server(context) as port:
        attempt = asyncio.run(shake(port, NetworkConfig(), "TLSv1.2"))
    assert (attempt.problem, attempt.completed, attempt.chain) == ("alert", False, ())
    assert "protocol version" in attempt.detail


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_old_version_can_be_offered() -> None:
    with openssl_server(old()) as port:
        attempt = asyncio.run(shake(port, NetworkConfig(), "TLSv1.1"))
    assert (attempt.completed, attempt.verified, attempt.version) == (True, False, "TLSv1.1")


@pytest.mark.parametrize(
    ("handler", "problem"), [(close, "closed"), (reset, "reset"), (speak_http, "protocol"), (wait_long, "timeout")]
)
def test_peers_that_speak_no_tls(handler: Handler, problem: str) -> None:
    async def run() -> HandshakeAttempt:
        async with listening(handler) as port:
            return await shake(port, NetworkConfig())

    attempt = asyncio.run(run())
    assert (attempt.problem, attempt.completed, attempt.verified) == (problem, False, False)


def test_raw_probes_go_through_the_proxy() -> None:
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await reader.read(10_000)
        writer.write(b"\x15\x03\x01\x00\x02\x02\x46")

    async def deny(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")

    async def run(handler: Handler, scheme: str = "http") -> RawAttempt:
        async with listening(handler) as port:
            network = NetworkConfig(proxy=f"{scheme}://user:pass%40word@127.0.0.1:{port}")
            async with live("https://supplier.test", network=network) as outside:
                capture = await outside.capture(HelloAsk(host="supplier.test", port=443, names=("tls1.1",)))
                assert b"pass@word" not in b"".join(outside.known_secrets()) or scheme == "http"
        assert isinstance(capture.payload, RawExchange)
        return capture.payload.attempts[0]

    found = asyncio.run(run(proxy))
    assert (found.answer, found.alert) == ("alert", 70)
    assert asked[0].startswith(b"CONNECT supplier.test:443 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic dXNlcjpwYXNzQHdvcmQ=" in asked[0]
    assert asyncio.run(run(deny)).answer == "proxy"
    assert asyncio.run(run(close)).answer == "proxy"


def test_bytes_that_are_no_certificate_have_no_facts() -> None:
    assert certificate_facts(b"junk") is None


def test_without_a_chain_there_is_the_leaf() -> None:
    class LeafOnly:
        def getpeercert(self, *, binary_form: bool) -> bytes | None:
            return b"leaf" if binary_form else None

    class Newer:
        def get_unverified_chain(self) -> list[bytes]:
            return [b"leaf", b"middle"]

    assert sent_chain(LeafOnly()) == (b"leaf",)  # type: ignore[arg-type]
    assert sent_chain(Newer()) == (b"leaf", b"middle")  # type: ignore[arg-type]


def test_the_contexts_verify_unless_told_not_to() -> None:
    trust = Trust(NetworkConfig(), Path())
    assert trust.context().verify_mode == ssl.CERT_REQUIRED
    assert trust.context().check_hostname
    assert trust.context(verify=False).verify_mode == ssl.CERT_NONE


def test_an_encrypted_client_key_is_a_fault_and_asks_for_no_password(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    form, lock = serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"unknown-password")
    (tmp_path / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, lock))
    (tmp_path / "chain.pem").write_bytes(trustme.CA().issue_cert("client.test").cert_chain_pems[0].bytes())
    config = IdentityConfig(
        name="default",
        kind="client-certificate",
        certificate=SecretRef(file="chain.pem"),
        certificate_key=SecretRef(file="key.pem"),
    )
    with pytest.raises(SupplierFault, match="encrypted, and no passphrase"):
        live("http://127.0.0.1:1", config, root=tmp_path)
