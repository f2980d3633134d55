"""A host with several addresses is as good as the worst of them; what is out of reach is left aside."""

from __future__ import annotations

import socket
import ssl
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cli.support import outcomes
from tests.cli.test_bad_tls_input import judged, modern, plain_tls
from tests.conformance.tls_servers import leading_to

FIRST, SECOND = "127.0.0.1", "127.0.0.2"
ROWS = ("TLS-001", "TLS-025", "TLS-003", "TLS-004", "TLS-005", "TLS-007")
PICKED = tuple(part for row in ROWS for part in ("--only", row))


def _both() -> bool:
    try:
        with socket.create_server((SECOND, 0)):
            return True
    except OSError:
        return False


pytestmark = pytest.mark.skipif(not _both(), reason="this machine has one address on loopback")


def run(folder: Path, second: ssl.SSLContext | None, *addresses: str) -> dict[str, str]:
    """The outcomes where the first address serves as it should, and the second as that context says."""
    healthy = modern(folder, "localhost")
    with ExitStack() as stack:
        port = stack.enter_context(plain_tls(healthy, FIRST))
        if second is not None:
            stack.enter_context(plain_tls(second, SECOND, port))
        stack.enter_context(leading_to(*addresses))
        return outcomes(judged(folder, f"https://localhost:{port}/fhir", *PICKED, ca=Path("ca.pem")))


def weak(folder: Path, *, old: bool, ciphers: str = "ECDHE+AESGCM") -> ssl.SSLContext:
    """A context of another certificate; ``old``: it takes TLS 1.1."""
    context = modern(folder, "localhost")
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    if old:
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            context.minimum_version = ssl.TLSVersion.TLSv1_1
    return context


def test_all_alike_pass(tmp_path: Path) -> None:
    found = run(tmp_path, weak(tmp_path, old=False), FIRST, SECOND)
    assert set(found.values()) == {"pass"}


def test_an_old_version_at_the_second_address_is_found(tmp_path: Path) -> None:
    context = weak(tmp_path, old=True, ciphers="ECDHE+AESGCM:ECDHE+AES")
    assert run(tmp_path, context, FIRST, SECOND)["TLS-025"] == "fail"
    (tmp_path / "alone").mkdir()
    assert run(tmp_path / "alone", context, FIRST)["TLS-025"] == "not-applicable"


def test_a_weak_suite_at_the_second_address_is_found(tmp_path: Path) -> None:
    context = weak(tmp_path, old=False, ciphers="ECDHE+AESGCM:ECDHE+AES")
    found = run(tmp_path, context, FIRST, SECOND)
    assert (found["TLS-025"], found["TLS-007"]) == ("pass", "fail")


def test_an_address_that_is_out_of_reach_says_nothing(tmp_path: Path) -> None:
    found = run(tmp_path, None, FIRST, SECOND)
    assert found.pop("TLS-025") == "inconclusive(prerequisite)"
    assert set(found.values()) == {"pass"}
