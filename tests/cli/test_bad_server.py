"""Servers that are not there, are not trusted, or answer nonsense: never a pass, never a crash, never endless."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from fixtures.supplier.serve import Served
from tests.cli.support import (
    FAST,
    Completed,
    Site,
    closed_port,
    is_red,
    junit,
    odd_server,
    outcomes,
    report,
    run,
    send,
    site,
    supplier_text,
    verdict,
)

OUTPUTS = ("-q", "-o", "junit:out.xml", "-o", "json:report.json")
NO_RETRIES = "[limits]\nretries = 0\n"
MEMORY_LIMIT_KB = 400 * 1024
NEEDS_THE_SERVER = (
    "FHIR-CAP-001",
    "FHIR-READ-001",
    "FHIR-READ-004",
    "FHIR-READ-005",
    "FHIR-VREAD-001",
    "FHIR-SRCH-001",
    "FHIR-SRCH-003",
    "FHIR-SRCH-011",
    "TLS-002",
    "CERT-003",
    "AUTH-001",
    "DH-AUD-01",
)


def run_against(
    base_url: str, folder: Path, *arguments: str, ca: Path | None = None, peak: Path | None = None, **env: str
) -> Completed:
    """``checker run`` against an endpoint, without a credential."""
    folder.mkdir(exist_ok=True)
    (folder / "supplier.toml").write_text(supplier_text(base_url, ca=ca, more=NO_RETRIES), "utf-8")
    return run("run", *FAST, *OUTPUTS, *arguments, cwd=folder, env=env, peak=peak)


def nothing_passed(folder: Path) -> dict[str, str]:
    """The outcomes; no row passes, and none is blamed on the checker."""
    found = outcomes(report(folder / "report.json"))
    assert not {"pass", "error"} & set(found.values())
    return found


# Not reached ---------------------------------------------------------------------------------


def test_a_closed_port_is_inconclusive_for_network_and_red(tmp_path: Path) -> None:
    done = run_against(f"https://127.0.0.1:{closed_port()}/fhir", tmp_path)
    found = nothing_passed(tmp_path)
    assert done.returncode == 3
    assert {name: found[name] for name in NEEDS_THE_SERVER if name != "FHIR-VREAD-001"} == dict.fromkeys(
        (name for name in NEEDS_THE_SERVER if name != "FHIR-VREAD-001"), "inconclusive(network)"
    )
    red = {case.name.partition(" ")[0] for case in junit(tmp_path / "out.xml") if case.kind == "error"}
    assert set(NEEDS_THE_SERVER) <= red
    assert "refused" in done.stderr
    assert (tmp_path / "recording.zip").exists()


def test_a_condition_on_a_server_that_is_not_reached_is_no_reason_to_leave_a_row_out(tmp_path: Path) -> None:
    run_against(f"https://127.0.0.1:{closed_port()}/fhir", tmp_path, "--only", "FHIR-VREAD-001")
    assert outcomes(report(tmp_path / "report.json")) == {"FHIR-VREAD-001": "inconclusive(prerequisite)"}


NO_NAMES = """
import socket
real = socket.getaddrinfo
def getaddrinfo(host, *more, **named):
    if str(host).endswith("invalid"):
        raise socket.gaierror(-2, "Name or service not known")
    return real(host, *more, **named)
socket.getaddrinfo = getaddrinfo
"""


def test_a_name_without_an_address_is_inconclusive_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(NO_NAMES, "utf-8")  # no question to a name server leaves loopback
    done = run_against("https://no-such-host.invalid/fhir", tmp_path, PYTHONPATH=str(tmp_path))
    assert done.returncode == 3
    assert nothing_passed(tmp_path)["CERT-003"] == "inconclusive(network)"
    assert "no address" in done.stderr
    assert is_red(tmp_path / "out.xml")


@pytest.mark.parametrize(
    "url", ["https://" + "a" * 64 + ".example/r4", "https://xn--/r4"], ids=["long-label", "bad-idna"]
)
def test_a_name_that_cannot_be_one_is_never_a_fault_of_the_checker(tmp_path: Path, url: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(NO_NAMES.replace('endswith("invalid")', "startswith('xn--')"), "utf-8")
    done = run_against(url, tmp_path, PYTHONPATH=str(tmp_path))
    assert done.returncode in (2, 3), done.stderr
    assert is_red(tmp_path / "out.xml")


def test_a_certificate_that_is_not_trusted_is_inconclusive_and_says_so(tmp_path: Path, healthy: Served) -> None:
    before = healthy.requests
    done = run_against(healthy.base_url, tmp_path)
    found = outcomes(report(tmp_path / "report.json"))
    assert done.returncode == 3
    assert found["FHIR-CAP-001"] == "inconclusive(network)"
    # Of a certificate, whoever vouches for it.
    ours = {"TLS-002", "TLS-003", *(f"CERT-{number:03}" for number in (2, 3, 4, 6, 7, 9))}
    assert {name for name, said in found.items() if said == "pass"} <= ours
    assert found["CERT-001"] == "inconclusive(prerequisite)"
    assert "certificate was not accepted (untrusted)" in done.stderr
    assert is_red(tmp_path / "out.xml")
    assert healthy.requests == before


def test_a_certificate_that_is_not_trusted_is_said_with_how_to_trust_it(tmp_path: Path, healthy: Served) -> None:
    done = run_against(healthy.base_url, tmp_path, "--only", "FHIR-CAP-001")
    assert "--ca-bundle" in done.stderr


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "all_proxy"])
def test_a_proxy_of_the_environment_is_never_used(place: Site, name: str) -> None:
    done = place.run("run", *FAST, *OUTPUTS, env={name: f"http://127.0.0.1:{closed_port()}"})
    assert done.returncode == 0, done.stderr


def test_a_proxy_option_is_never_used_for_loopback(place: Site) -> None:
    done = place.run("run", *FAST, *OUTPUTS, "--proxy", f"http://127.0.0.1:{closed_port()}")
    assert done.returncode == 0, done.stderr


def test_a_server_that_never_finishes_a_handshake_is_inconclusive_and_red(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/fhir"
        # The transport of a handshake that is broken off is closed by the collector of garbage.
        done = run_against(url, tmp_path, "--timeout", "0.2", "-p", "fhir-r4-rest", PYTHONWARNINGS="ignore")
    assert done.returncode == 3
    assert nothing_passed(tmp_path)
    assert is_red(tmp_path / "out.xml")


def test_a_server_that_never_finishes_a_handshake_is_a_timeout(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/fhir"
        run_against(url, tmp_path, "--timeout", "0.2", "--only", "FHIR-CAP-001", PYTHONWARNINGS="ignore")
    assert nothing_passed(tmp_path) == {"FHIR-CAP-001": "inconclusive(timeout)"}


def test_a_server_that_never_answers_a_request_is_a_timeout_and_red(tmp_path: Path) -> None:
    with odd_server(tmp_path, lambda handler: time.sleep(1)) as odd:
        done = run_against(odd.base_url, tmp_path, "--timeout", "0.3", "--only", "FHIR-CAP-001", ca=odd.ca)
    assert done.returncode == 3
    assert nothing_passed(tmp_path) == {"FHIR-CAP-001": "inconclusive(timeout)"}
    assert is_red(tmp_path / "out.xml")


# Nonsense ------------------------------------------------------------------------------------

STATEMENT = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "kind": "instance"}


def html(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"<!doctype html><title>Welcome</title><p>It works!", "text/html")


def truncated_json(handler: BaseHTTPRequestHandler) -> None:
    send(handler, json.dumps(STATEMENT).encode()[:-5])


def cut_short(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b'{"resourceType"', length=5000)


def endless_redirect(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"", status=302, headers={"Location": handler.path + ("&" if "?" in handler.path else "?") + "a=1"})


def redirect_elsewhere(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"", status=302, headers={"Location": "https://elsewhere.example/fhir"})


def deep_json(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b'{"a":' * 100_000 + b"1" + b"}" * 100_000)


def deep_lists(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b'{"resourceType":"Bundle","entry":' + b"[" * 100_000 + b"]" * 100_000 + b"}")


def not_utf8(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b'{"resourceType": "\xff\xfe\xff"}')


def json_scalar(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"42")


def wrong_shapes(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b'{"resourceType": ["Bundle"], "entry": {"resource": 3}, "link": "next", "software": 1, "rest": {}}')


def not_modified(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"", status=204)


def huge_headers(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"{}", headers={f"X-{number}": "a" * 1000 for number in range(300)})


def no_http(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"SSH-2.0-nothing here\r\n")


@pytest.mark.parametrize(
    "answer",
    [
        html,
        truncated_json,
        cut_short,
        endless_redirect,
        redirect_elsewhere,
        deep_json,
        deep_lists,
        not_utf8,
        json_scalar,
        wrong_shapes,
        not_modified,
        huge_headers,
        no_http,
    ],
    ids=lambda answer: answer.__name__,
)
def test_nonsense_never_passes_a_row_about_fhir(
    tmp_path: Path, answer: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    with odd_server(tmp_path, answer) as odd:
        done = run_against(odd.base_url, tmp_path, "-p", "fhir-r4-rest", ca=odd.ca)
    found = nothing_passed(tmp_path)
    assert done.returncode in (1, 3), done.stderr
    assert (done.returncode == 1) == ("fail" in found.values())
    assert is_red(tmp_path / "out.xml")


ZEROS = gzip.compress(bytes(16 * 1024 * 1024))


def gzip_bomb(handler: BaseHTTPRequestHandler) -> None:
    """A gibibyte in a mebibyte: a gzip file of 64 members."""
    send(handler, ZEROS * 64, headers={"Content-Encoding": "gzip"})


def a_gibibyte(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"", length=1024**3)
    for _ in range(1024):
        handler.wfile.write(bytes(1024 * 1024))


@pytest.mark.parametrize("answer", [gzip_bomb, a_gibibyte], ids=lambda answer: answer.__name__)
def test_a_gibibyte_is_cut_at_the_limit_and_memory_stays_flat(
    tmp_path: Path, answer: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    with odd_server(tmp_path, answer) as odd:
        peak = tmp_path / "peak"
        done = run_against(odd.base_url, tmp_path, "--only", "FHIR-CAP-001", ca=odd.ca, peak=peak)
    assert done.returncode == 3
    assert nothing_passed(tmp_path) == {"FHIR-CAP-001": "inconclusive(budget)"}
    assert is_red(tmp_path / "out.xml")
    assert int(peak.read_text()) < MEMORY_LIMIT_KB
    assert (tmp_path / "recording.zip").stat().st_size < 1024 * 1024


# Three ways in which others pass wrongly -----------------------------------------------------


def nobody_here(handler: BaseHTTPRequestHandler) -> None:
    """A statement that is right, and no patients at all."""
    metadata = handler.path.endswith("/metadata")
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    send(handler, json.dumps(STATEMENT if metadata else bundle).encode())


def test_an_empty_search_result_proves_nothing(tmp_path: Path) -> None:
    with odd_server(tmp_path, nobody_here) as odd:
        done = run_against(odd.base_url, tmp_path, "-p", "fhir-r4-rest", ca=odd.ca)
    found = outcomes(report(tmp_path / "report.json"))
    assert done.returncode in (1, 3)
    for name in ("FHIR-READ-001", "FHIR-READ-004", "FHIR-SRCH-011"):
        assert found[name] == "inconclusive(no-data)"
    assert "found nothing" in verdict(report(tmp_path / "report.json"), "FHIR-READ-001")["why"][0]
    assert is_red(tmp_path / "out.xml")


@pytest.mark.parametrize("after", [1, 7])
def test_a_server_that_dies_after_a_few_requests_never_concludes_compliant(tmp_path: Path, after: int) -> None:
    with Served(die_after=after) as served:
        dying = site(tmp_path, served, more=NO_RETRIES)
        done = dying.run("run", *FAST, *OUTPUTS)
    found = dying.report()
    assert done.returncode == 3
    assert found["conclusion"] == "inconclusive"
    assert set(outcomes(found).values()) & {"inconclusive(network)"}
    assert not {"fail", "error"} & set(outcomes(found).values())
    assert is_red(tmp_path / "out.xml")


OF_ANY_ANSWER = {"FHIR-CAP-001", "FHIR-MIME-001", "FHIR-MIME-003", "FHIR-MIME-007"}
"""Rows about how any answer is given: in JSON to who asks for JSON, and readable to who takes gzip."""


def empty_statement(handler: BaseHTTPRequestHandler) -> None:
    """Claims nothing, has nothing."""
    metadata = handler.path.endswith("/metadata")
    bundle = {"resourceType": "Bundle", "type": "searchset"}
    send(handler, json.dumps({"resourceType": "CapabilityStatement"} if metadata else bundle).encode())


def test_an_empty_capability_statement_is_not_thereby_compliant(tmp_path: Path) -> None:
    with odd_server(tmp_path, empty_statement) as odd:
        done = run_against(odd.base_url, tmp_path, "-p", "fhir-r4-rest", ca=odd.ca)
    found = outcomes(report(tmp_path / "report.json"))
    assert done.returncode == 1
    assert found["FHIR-CAP-002"] == "fail"
    passed = {name for name, said in found.items() if said == "pass"}
    assert passed <= OF_ANY_ANSWER
    assert is_red(tmp_path / "out.xml")
