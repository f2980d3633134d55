"""Starting, stopping, TLS, and dying on purpose."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fixtures.supplier.serve import Served, ServeError
from fixtures.supplier.switches import SupplierSwitches
from tests.fixture_supplier.client import Client, leaf
from tests.fixture_supplier.hello import ONLY_RSA, first_record

PROTOCOL_VERSION = 70
HANDSHAKE_FAILURE = 40


@pytest.mark.parametrize("version", [0x0301, 0x0302])
def test_old_tls_is_refused_with_an_alert(healthy: Client, version: int) -> None:
    assert first_record(healthy.served.port, version) == ("alert", PROTOCOL_VERSION)


def test_suites_that_are_not_offered_are_refused_with_an_alert(healthy: Client) -> None:
    assert first_record(healthy.served.port, 0x0303) == ("alert", HANDSHAKE_FAILURE)


def test_a_refused_handshake_does_no_harm(healthy: Client) -> None:
    for _ in range(20):
        first_record(healthy.served.port, 0x0301)
    with socket.create_connection(("127.0.0.1", healthy.served.port)) as silent:
        silent.sendall(b"GET / HTTP/1.1\r\n\r\n")  # no TLS at all
        silent.settimeout(10)
        assert silent.recv(100)[:1] in {b"", b"\x15"}
    assert healthy.get("/Patient").status == 200


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_new_tls_is_spoken(healthy: Client, version: ssl.TLSVersion) -> None:
    context = ssl.create_default_context(cafile=str(healthy.served.ca))
    context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection(("127.0.0.1", healthy.served.port), timeout=10) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as wrapped,
    ):
        assert wrapped.version() == version.name.replace("TLSv1_", "TLSv1.")


def test_a_weak_supplier_completes_tls_1_0() -> None:
    with Served(switches=SupplierSwitches(tls="weak")) as served:
        context = ssl.create_default_context(cafile=str(served.ca))
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
        with (
            socket.create_connection(("127.0.0.1", served.port), timeout=10) as raw,
            context.wrap_socket(raw, server_hostname="localhost") as wrapped,
        ):
            assert wrapped.version() == "TLSv1"
        assert first_record(served.port, 0x0302, ONLY_RSA) == ("server-hello", 0x0302)
        assert Client(served).get("/Patient").status == 200


def test_the_certificate_is_valid_for_some_weeks_around_now() -> None:
    when = datetime(2027, 5, 1, 12, tzinfo=UTC)
    with Served(now=lambda: when) as served:
        certificate = leaf(served)
        assert certificate.not_valid_before_utc == when - timedelta(days=1)
        assert certificate.not_valid_after_utc == when + timedelta(days=90)
    with Served(now=lambda: when, switches=SupplierSwitches(certificate="expired")) as served:
        assert leaf(served).not_valid_after_utc == when - timedelta(days=1)


def test_nothing_stays_after_the_end(tmp_path: Path) -> None:
    before = threading.active_count()
    with Served(out=tmp_path) as served:
        assert served.ca.parent == served.audit_log.parent == tmp_path
        assert served.client_key.stat().st_mode & 0o077 == 0
        assert all(key.stat().st_mode & 0o077 == 0 for key in served.folder.glob("*.key"))
        assert served.folder.stat().st_mode & 0o077 == 0
        port, folder = served.port, served.folder
    assert list(tmp_path.iterdir()) == []
    assert not folder.exists()
    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_a_folder_that_was_made_is_removed(tmp_path: Path) -> None:
    wanted = tmp_path / "new" / "folder"
    with Served(out=wanted) as served:
        assert served.ca.is_file()
    assert not wanted.exists()


def test_a_port_in_use_is_an_error_at_once(healthy: Client) -> None:
    with pytest.raises(OSError, match="in use"), Served(port=healthy.served.port):
        pytest.fail("two servers on one port")


def test_a_server_that_cannot_start_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no loop today")

    monkeypatch.setattr("fixtures.supplier.serve.Served.loop", broken)
    with pytest.raises(ServeError, match="did not start"), Served():
        pytest.fail("it cannot have started")


def test_dying_after_so_many_requests() -> None:
    with Served(die_after=2) as served:
        client = Client(served)
        assert [client.get("/Patient").status for _ in range(2)] == [200, 200]
        with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected, ssl.SSLError)):
            client.get("/Patient")
        with pytest.raises(ConnectionRefusedError):
            client.get("/Patient")
        assert served.requests == 3


def test_an_open_connection_does_not_hinder_the_stop() -> None:
    with Served() as served:
        context = ssl.create_default_context(cafile=str(served.ca))
        idle = context.wrap_socket(
            socket.create_connection(("127.0.0.1", served.port), timeout=10), server_hostname="localhost"
        )
        idle.sendall(b"POST /fhir/Patient/_search HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
    with idle:
        assert not served.folder.exists()


def test_what_a_client_needs_is_described(healthy: Client) -> None:
    described = healthy.served.describe()
    assert described["base_url"] == f"https://127.0.0.1:{healthy.served.port}/fhir"
    assert described["token_url"] == f"https://127.0.0.1:{healthy.served.port}/oauth2/token"
    assert all(Path(described[name]).is_file() for name in ("ca", "audit_log", "client_key"))


def test_another_host_name() -> None:
    with Served(host="localhost") as served:
        assert served.base_url.startswith("https://localhost:")
        assert Client(served).get("/Patient").status == 200
