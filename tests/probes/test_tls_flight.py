"""ClientHellos as bytes and first flights read back, whatever comes."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.model.tls import GROUPS, SIGNATURES, TLS_1_2, TLS_1_3, VERSION_NAMES, Hello
from checker.model.tls_suites import SUITES, broken, forward_secret, is_aead, key_exchange, name, offered_at
from checker.probes.tls_flight import read_flight
from checker.probes.tls_hello import hello_bytes, reduced

HELLOS = st.builds(
    Hello,
    name=st.just("x"),
    version=st.sampled_from([0x0300, 0x0301, 0x0302, 0x0303]),
    suites=st.lists(st.sampled_from(sorted(SUITES)), min_size=1, unique=True).map(tuple),
    supported=st.sampled_from([(), (TLS_1_3,), (TLS_1_3, TLS_1_2)]),
    groups=st.lists(st.sampled_from(sorted(GROUPS)), unique=True).map(tuple),
    signatures=st.lists(st.sampled_from(sorted(SIGNATURES)), unique=True).map(tuple),
    shares=st.booleans(),
    extras=st.booleans(),
    server_name=st.booleans(),
    alpn=st.sampled_from([(), ("h2", "http/1.1")]),
)


def fixed(count: int) -> bytes:
    return b"\x07" * count


def parsed(data: bytes) -> tuple[tuple[int, ...], dict[int, bytes]]:
    """Suites and extensions, every length checked to the last byte."""
    assert data[0] == 0x16
    assert struct.unpack("!H", data[3:5])[0] == len(data) - 5
    body = data[5:]
    assert body[0] == 1
    assert int.from_bytes(body[1:4], "big") == len(body) - 4
    at = 4 + 2 + 32
    at += 1 + body[at]
    count = struct.unpack("!H", body[at : at + 2])[0]
    suites = struct.unpack(f"!{count // 2}H", body[at + 2 : at + 2 + count])
    at += 2 + count
    at += 1 + body[at]
    extensions: dict[int, bytes] = {}
    if at < len(body):
        assert struct.unpack("!H", body[at : at + 2])[0] == len(body) - at - 2
        at += 2
        while at < len(body):
            kind, length = struct.unpack("!HH", body[at : at + 4])
            assert kind not in extensions
            extensions[kind] = body[at + 4 : at + 4 + length]
            at += 4 + length
    assert at == len(body)
    return suites, extensions


@given(HELLOS, st.sampled_from([0, 1, 2, 3]))
def test_every_length_of_a_hello_is_right_and_it_offers_what_it_says(hello: Hello, step: int) -> None:
    shape = reduced(hello, step) if step else hello
    suites, extensions = parsed(hello_bytes(shape, "records.test", fixed))
    assert suites[: len(hello.suites)] == hello.suites
    assert (0x002B in extensions) == (bool(hello.supported) and hello.version != 0x0300)
    if hello.version == 0x0300:
        assert extensions == {}
    if step == 3 and not hello.supported:
        assert extensions == {}
    assert (0x0000 in extensions) == (shape.server_name and hello.version != 0x0300)


def test_an_address_is_not_named() -> None:
    _, extensions = parsed(hello_bytes(Hello(name="x", version=TLS_1_2, suites=(0xC02F,)), "127.0.0.1", fixed))
    assert 0x0000 not in extensions


@given(st.binary(max_size=300))
def test_whatever_comes_is_read_without_an_error(data: bytes) -> None:
    found = read_flight(data)
    assert found.answer in ("", "alert", "server-hello", "hello-retry", "garbage", "not-tls")


@given(st.binary(max_size=200), st.sampled_from([2, 11, 12, 13, 14, 22]))
def test_whatever_a_record_holds_is_read_without_an_error(data: bytes, kind: int) -> None:
    message = bytes([kind]) + len(data).to_bytes(3, "big") + data
    read_flight(b"\x16\x03\x03" + struct.pack("!H", len(message)) + message)
    read_flight(SERVER_HELLO + b"\x16\x03\x03" + struct.pack("!H", len(message)) + message)


def record(*messages: tuple[int, bytes]) -> bytes:
    joined = b"".join(bytes([kind]) + len(body).to_bytes(3, "big") + body for kind, body in messages)
    return b"\x16\x03\x03" + struct.pack("!H", len(joined)) + joined


def server_hello(suite: int, random: bytes = b"\x01" * 32, extensions: bytes = b"") -> bytes:
    tail = struct.pack("!H", len(extensions)) + extensions if extensions else b""
    return b"\x03\x03" + random + b"\0" + struct.pack("!H", suite) + b"\0" + tail


SERVER_HELLO = record((2, server_hello(0xC02F)))
CURVE = b"\x03\x00\x17\x04aaaa" + struct.pack("!HH", 0x0401, 2) + b"ss"


def test_a_flight_in_any_number_of_pieces_is_the_same() -> None:
    whole = record((2, server_hello(0xC02F, b"\x01" * 24 + b"DOWNGRD\x01"))) + record((11, b"\0\0\7\0\0\4abcd"))
    whole += record((12, CURVE), (14, b""))
    found = read_flight(whole)
    assert (found.answer, found.suite, found.group, found.signature) == ("server-hello", 0xC02F, 0x17, 0x0401)
    assert (found.certificates, found.sentinel, found.complete) == (1, TLS_1_3, True)
    for end in range(len(whole)):
        assert not read_flight(whole[:end]).complete


def test_a_prime_is_measured_without_its_leading_zeros() -> None:
    prime = b"\x00\x00" + b"\x80" + b"\x01" * 127
    body = struct.pack("!H", len(prime)) + prime + b"\0\1\2" + b"\0\1\3" + struct.pack("!HH", 0x0401, 0)
    found = read_flight(record((2, server_hello(0x009E)), (12, body), (14, b"")))
    assert (found.dh_bits, found.signature) == (1024, 0x0401)


def test_a_hello_retry_request_says_its_group_and_version() -> None:
    retry = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
    extensions = b"\x00\x2b\x00\x02\x03\x04" + b"\x00\x33\x00\x02\x00\x17"
    found = read_flight(record((2, server_hello(0x1301, retry, extensions))))
    assert (found.answer, found.version, found.group, found.complete) == ("hello-retry", TLS_1_3, 0x17, True)


@pytest.mark.parametrize(
    ("data", "answer", "alert"),
    [
        (b"\x15\x03\x03\x00\x02\x02\x28", "alert", 40),
        (b"\x15\x03\x03\x00\x02\x01\x70" + b"\x15\x03\x03\x00\x02\x02\x46", "alert", 70),
        (b"\x15\x03\x03\x00\x02\x01\x70" + SERVER_HELLO, "server-hello", None),
        (b"HTTP/1.1 400 Bad Request", "not-tls", None),
        (b"\x00\x01\x02", "garbage", None),
        (b"\x16\x02\x00\x00\x01\x00", "garbage", None),
        (record((14, b"")), "garbage", None),
        (b"\x15\x03\x03\x00\x03\x02\x28\x00", "garbage", None),
    ],
)
def test_alerts_and_what_is_no_tls(data: bytes, answer: str, alert: int | None) -> None:
    found = read_flight(data)
    assert (found.answer, found.alert) == (answer, alert)


def test_every_suite_is_offered_where_it_may_be_and_said_to_be_what_it_is() -> None:
    assert {one for version in VERSION_NAMES for one in offered_at(version)} == set(SUITES)
    assert name(0x0005) == "TLS_RSA_WITH_RC4_128_SHA"
    assert {one: broken(one) for one in (0x0005, 0x000A, 0x0001, 0xC018, 0x0009, 0x0003)} == {
        0x0005: "RC4",
        0x000A: "3DES",
        0x0001: "no encryption",
        0xC018: "no proof of who answers",
        0x0009: "DES",
        0x0003: "an export key",
    }
    assert not any(broken(one) for one in (0xC02F, 0xC030, 0x009E, 0x1301, 0xC013, 0x002F, 0xCCA8))
    assert is_aead(0xC02F)
    assert not is_aead(0xC013)
    assert [forward_secret(one) for one in (0xC02F, 0x009E, 0x1301, 0x009C, 0xC02D, 0x00A0)] == [True] * 3 + [False] * 3
    assert [key_exchange(one) for one in (0xC02F, 0x0034, 0xC018, 0x009C, 0xC02D)] == [
        "ECDHE",
        "DHE",
        "ECDHE",
        "RSA",
        "ECDH",
    ]
