"""Run the installed command as a process, against real TLS servers on loopback."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme

from fixtures.supplier.export import write_export
from fixtures.supplier.handed import write_logs, write_release
from fixtures.supplier.handover import NUMBER_REPORT, RECORDS, number_report
from fixtures.supplier.serve import Served
from fixtures.supplier.switches import ExportSwitches, HandedSwitches

COMMAND = [sys.executable, "-m", "checker"]
SECRET = "SUPPLIER_SECRET"
"""The environment variable that holds the secret of the default identity."""
FAST = ("--rate", "200")
AUTHORITY = """
[authority]
authorised-by = "A. Person, Example Supplier"
hosts = ["127.0.0.1"]
window-start = 2020-01-01T00:00:00Z
window-end = 2999-01-01T00:00:00Z
contacts = ["on-call@supplier.example"]
"""

Completed = subprocess.CompletedProcess[str]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Nothing of ours: no proxy, no colour, no CHECKER_ variable but where parsed profiles are kept for the tests."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP") if name in os.environ}
    if "TESTS_PROFILE_CACHE" in os.environ:
        kept["CHECKER_CACHE"] = os.environ["TESTS_PROFILE_CACHE"]
    return {**kept, "PYTHONUTF8": "1", "PYTHONWARNINGS": "error", **(more or {})}


_MEASURED = (
    "import pathlib, resource, subprocess, sys\n"
    "code = subprocess.call(sys.argv[2:])\n"
    "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
    "pathlib.Path(sys.argv[1]).write_text(str(peak))\n"
    "sys.exit(code)"
)
"""Starts a command from a small process: one that is started from a large one counts the memory of that as its own."""


def run(
    *arguments: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    timeout: float = 60,
    peak: Path | None = None,
) -> Completed:
    """Run ``checker`` to its end. It never shows a traceback. ``peak``: file for the most memory it had, in KB."""
    before = [sys.executable, "-c", _MEASURED, str(peak)] if peak else []
    done = subprocess.run(
        [*before, *COMMAND, *arguments],
        cwd=cwd,
        env=environment(env),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=timeout,
        stdin=subprocess.DEVNULL,
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


def start(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start ``checker`` and go on."""
    return subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=environment(env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )


def said_in_three_lines(done: Completed, *words: str) -> None:
    """A fault: what, where and next on stderr, at most three lines, each word somewhere in them."""
    lines = done.stderr.strip().splitlines()
    assert 1 <= len(lines) <= 3, done.stderr
    assert lines[0].startswith("checker: "), done.stderr
    assert any(line.startswith("  next:") for line in lines), done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


@dataclass(frozen=True)
class Case:
    """One test case of a JUnit file, as a build server sees it."""

    name: str
    kind: str
    """``pass``, ``failure``, ``error`` or ``skipped``."""
    text: str


def junit(path: Path) -> list[Case]:
    """The cases of a JUnit file, read strictly: the counts it states must be those it has."""
    root = ET.fromstring(path.read_bytes())
    assert root.tag == "testsuites"
    cases = [_case(element) for element in root.iter("testcase")]
    for element in (root, *root.iter("testsuite")):
        inside = [_case(one).kind for one in element.iter("testcase")]
        assert int(element.attrib["tests"]) == len(inside)
        for kind, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert int(element.attrib[attribute]) == inside.count(kind)
    assert cases
    return cases


def _case(element: ET.Element) -> Case:
    children = [child for child in element if child.tag in ("failure", "error", "skipped")]
    assert len(children) <= 1
    if not children:
        return Case(element.attrib["name"], "pass", "")
    child = children[0]
    assert child.attrib.get("message")
    return Case(element.attrib["name"], child.tag, f"{child.attrib['message']}\n{child.text or ''}")


def is_red(path: Path) -> bool:
    """Would a build server stop at this file?"""
    return any(case.kind in ("failure", "error") for case in junit(path))


def report(path: Path) -> dict[str, Any]:
    """A JSON report."""
    found = json.loads(path.read_bytes())
    assert isinstance(found, dict)
    return found


def outcomes(found: Mapping[str, Any]) -> dict[str, str]:
    """Requirement → outcome, with the reason of an inconclusive one: ``inconclusive(network)``."""
    said = {}
    for row in found["rows"]:
        reason = row["verdict"].get("reason")
        said[row["id"]] = row["verdict"]["outcome"] + (f"({reason})" if reason else "")
    return said


def verdict(found: Mapping[str, Any], requirement: str) -> dict[str, Any]:
    """The verdict on a requirement."""
    chosen = next(row["verdict"] for row in found["rows"] if row["id"] == requirement)
    assert isinstance(chosen, dict)
    return chosen


def closed_port() -> int:
    """A port on loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def identity_of(served: Served) -> str:
    """The default identity of the fixture: client credentials."""
    return f'kind = "client-credentials"\nclient-id = "{served.client_id}"\nsecret-env = "{SECRET}"'


def supplier_text(
    base_url: str,
    *,
    token_url: str = "",
    identity: str = 'kind = "none"',
    ca: Path | None = None,
    artefacts: Mapping[str, Path | str] | None = None,
    environment: str = "test",
    more: str = "",
) -> str:
    """A ``supplier.toml``."""
    said = {"name": "Example Supplier", "product": "Record", "version": "1.0.0", "environment": environment}
    parts = ["\n".join(["[supplier]", *(f'{key} = "{value}"' for key, value in said.items())])]
    parts.append(f'[endpoint]\nbase-url = "{base_url}"' + (f'\ntoken-url = "{token_url}"' if token_url else ""))
    parts.append(f"[identity.default]\n{identity}")
    for kind, path in (artefacts or {}).items():
        place = path.as_posix() if isinstance(path, Path) else path
        parts.append(f'[[artefact]]\nid = "{kind}"\nkind = "{kind.partition("-of-")[0]}"\npath = "{place}"')
    if ca is not None:
        parts.append(f'[network]\nca-bundle = "{ca.as_posix()}"')
    return "\n\n".join([*parts, more]) + "\n"


@dataclass
class Site:
    """A folder with a ``supplier.toml`` for a served supplier, its export, and its secret."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, env: Mapping[str, str] | None = None, timeout: float = 60) -> Completed:
        """Run ``checker`` here, with the secret."""
        return run(*arguments, cwd=self.folder, env={**self.env, **(env or {})}, timeout=timeout)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start ``checker`` here, with the secret."""
        return start(*arguments, cwd=self.folder, env=self.env)

    def path(self, name: str) -> Path:
        """A file here."""
        return self.folder / name

    def report(self, name: str = "report.json") -> dict[str, Any]:
        """A JSON report here."""
        return report(self.folder / name)


def site(
    folder: Path,
    served: Served,
    *,
    export: ExportSwitches | None = None,
    handed: HandedSwitches | None = None,
    identity: str = "",
    more: str = AUTHORITY,
    artefacts: Mapping[str, Path | str] | None = None,
    environment: str = "demonstration",
) -> Site:
    """A folder that is ready for ``checker run``."""
    folder.mkdir(parents=True, exist_ok=True)
    write_export(folder / "export", switches=export)
    (folder / NUMBER_REPORT).write_text(number_report(export), "utf-8")
    write_release(folder / "release", handed)
    write_logs(folder / "logs", handed)
    usual: dict[str, Path | str] = {
        "export": "export",
        "audit-log": served.audit_log,
        "nhs-number-report": NUMBER_REPORT,
        "server-log": "logs",
        "release": "release",
    }
    given = usual if artefacts is None else artefacts
    text = supplier_text(
        served.base_url,
        token_url=served.token_url,
        identity=identity or identity_of(served),
        ca=served.ca,
        artefacts=given,
        environment=environment,
        more=more + RECORDS,
    )
    (folder / "supplier.toml").write_text(text, "utf-8")
    return Site(folder, {SECRET: served.client_secret})


Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Odd:
    """A TLS server on loopback that answers as it likes."""

    port: int
    ca: Path

    @property
    def base_url(self) -> str:
        """Where it is."""
        return f"https://127.0.0.1:{self.port}/fhir"


@contextmanager
def odd_server(folder: Path, answer: Answer) -> Iterator[Odd]:
    """Answer every GET by ``answer``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(OSError):  # the client had enough
                answer(self)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a handshake that is broken off is no fault here

    authority = trustme.CA()
    folder.mkdir(parents=True, exist_ok=True)
    ca = folder / "odd-ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with Server(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield Odd(server.server_address[1], ca)
        finally:
            server.shutdown()
            thread.join(10)


def send(
    handler: BaseHTTPRequestHandler,
    body: bytes,
    content_type: str = "application/fhir+json",
    *,
    status: int = 200,
    length: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> None:
    """One whole answer."""
    handler.send_response(status)
    handler.send_header("Content-Type", content_type)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)
