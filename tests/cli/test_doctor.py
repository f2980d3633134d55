"""``checker doctor``: the right step is in trouble, says what to do, and no secret is said."""

from __future__ import annotations

import json
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import jwt
import pytest
import trustme

from fixtures.supplier.clock import wall_clock
from fixtures.supplier.scenario import named
from fixtures.supplier.serve import Served
from fixtures.supplier.switches import SupplierSwitches
from tests.cli.support import (
    FAST,
    SECRET,
    Completed,
    Site,
    closed_port,
    odd_server,
    run,
    said_in_three_lines,
    send,
    site,
    start,
)

NAMES = (
    *("configuration", "credential", "assertion", "name", "proxy", "port", "TLS", "clock", "token endpoint", "token"),
    *("metadata", "read"),
)
STATEMENT = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "kind": "instance"}
PATIENT = {"resourceType": "Patient", "id": "p-1"}
FOUND = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": PATIENT}]}

NAMES_HERE = """
import socket
real = socket.getaddrinfo
def getaddrinfo(host, port, *more, **named):
    places = {places!r}
    if str(host).endswith((".invalid", ".example")):
        if host not in places:
            raise socket.gaierror(-2, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in places[host]]
    return real(host, port, *more, **named)
socket.getaddrinfo = getaddrinfo
"""


def names(folder: Path, **places: list[str]) -> dict[str, str]:
    """An environment in which no question to a name server leaves this machine."""
    known = {f"{name}.example": found for name, found in places.items()}
    (folder / "sitecustomize.py").write_text(NAMES_HERE.replace("{places!r}", repr(known)), "utf-8")
    return {"PYTHONPATH": str(folder)}


@dataclass(frozen=True)
class Told:
    """What the command said: by step, and its exit code."""

    done: Completed
    steps: dict[str, dict[str, Any]]

    def state(self, name: str) -> str:
        return str(self.steps[name]["state"])

    def text(self, name: str) -> str:
        """All that a step says."""
        return " ".join([*self.steps[name]["seen"], self.steps[name]["next"]])

    @property
    def trouble(self) -> list[str]:
        return [name for name in NAMES if self.state(name) == "trouble"]

    @property
    def not_tried(self) -> list[str]:
        return [name for name in NAMES if self.state(name) == "not tried"]


def told(done: Completed, code: int) -> Told:
    assert done.returncode == code, done.stdout + done.stderr
    found = json.loads(done.stdout)
    steps = {step["name"]: step for step in found["steps"]}
    assert tuple(steps) == NAMES
    assert found["exit_code"] == code
    in_trouble = [name for name in NAMES if steps[name]["state"] == "trouble" and steps[name]["needed"]]
    assert found["first_trouble"] == (in_trouble[0] if in_trouble else None)
    if in_trouble:
        assert in_trouble[0] in done.stderr.splitlines()[-1]
        assert steps[in_trouble[0]]["next"]
    for word in ("complian", "conform"):
        assert word not in (done.stdout + done.stderr).lower()
    return Told(done, steps)


def asked(url: str, folder: Path, *options: str, code: int = 3, env: Mapping[str, str] | None = None) -> Told:
    return told(run("doctor", "--json", *FAST, "--base-url", url, *options, cwd=folder, env=env), code)


# All works -----------------------------------------------------------------------------------


def test_the_way_to_a_healthy_supplier_is_open_and_nothing_is_written(place: Site, healthy: Served) -> None:
    before, files = healthy.requests, sorted(place.folder.rglob("*"))
    done = place.run("doctor", "--json", *FAST)
    found = told(done, 0)
    assert (found.trouble, found.not_tried) == ([], [])
    assert [found.state(name) for name in ("name", "proxy")] == ["not needed", "not needed"]
    assert "1.3" in found.text("TLS")
    assert "127.0.0.1, which fits" in found.text("TLS")
    assert "600 s" in found.text("token")
    assert "4.0.1" in found.text("metadata")
    assert "reference supplier" in found.text("metadata")
    assert found.text("read").count("status 200") == 2
    assert f"environment variable {SECRET}" in found.text("configuration")
    assert healthy.requests - before == 4
    assert sorted(place.folder.rglob("*")) == files
    assert healthy.client_secret not in done.stdout + done.stderr


def test_people_get_one_line_for_a_step_with_words_beside_the_symbols(place: Site) -> None:
    done = place.run("doctor", *FAST)
    lines = done.stdout.splitlines()
    heads = [line for line in lines if line[:1] in "✓✗?–" and line]
    assert heads[0] == "✓ 1 configuration: works"
    assert heads[2:4] == ["– 3 assertion: not needed", "– 4 name: not needed"]
    assert [head.split(maxsplit=2)[2].partition(":")[0] for head in heads] == list(NAMES)
    assert lines[-1].startswith("Exit code 0")
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_colours_are_for_who_wants_them_and_symbols_for_who_can_show_them(tmp_path: Path) -> None:
    url = ("--base-url", f"https://127.0.0.1:{closed_port()}/fhir")
    forced = run("doctor", *url, cwd=tmp_path, env={"FORCE_COLOR": "1"})
    plain = run("doctor", *url, cwd=tmp_path, env={"FORCE_COLOR": "1", "NO_COLOR": "1"})
    ascii_only = run("doctor", *url, cwd=tmp_path, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert "\x1b[" in forced.stdout
    assert "\x1b[" not in plain.stdout
    assert "x 6 port: trouble" in ascii_only.stdout
    assert plain.stdout.splitlines()[-1] == "Exit code 3: the first trouble is step 6, port. Mend that first."


def test_an_option_has_an_environment_variable(place: Site) -> None:
    done = place.run("doctor", env={"CHECKER_DOCTOR_JSON": "1", "CHECKER_DOCTOR_RATE": "200"})
    assert told(done, 0).trouble == []


def test_files_alone_need_no_way(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    (tmp_path / "export/Patient.ndjson").write_text("{}\n", "utf-8")
    found = told(run("doctor", "--json", "--artefact", "export=export", cwd=tmp_path), 0)
    assert "1 file" in found.text("configuration")
    assert {found.state(name) for name in NAMES[1:]} == {"not needed"}


# 1 configuration -----------------------------------------------------------------------------


def test_a_secret_that_is_not_there_is_named_and_the_rest_is_tried(place: Site) -> None:
    done = run("doctor", "--json", *FAST, cwd=place.folder)
    found = told(done, 2)
    assert found.trouble == ["credential"]
    assert SECRET in found.text("credential")
    assert found.not_tried == ["token endpoint", "token", "read"]
    assert [found.state(name) for name in ("TLS", "metadata")] == ["works", "works"]
    assert "without a credential" in found.text("metadata")


@pytest.mark.parametrize(("made", "words"), [(False, "no file or folder"), (True, "no file")])
def test_an_artefact_that_is_not_there_or_empty_is_configuration(place: Site, made: bool, words: str) -> None:
    if made:
        place.path("nothing").mkdir()
    found = told(place.run("doctor", "--json", *FAST, "--supplier", ".", "--artefact", "export=nothing"), 2)
    assert found.trouble == ["configuration"]
    assert words in found.text("configuration")
    assert found.state("read") == "works"


def test_an_audit_log_may_come_with_the_first_request(place: Site) -> None:
    found = told(place.run("doctor", "--json", *FAST, "--supplier", ".", "--artefact", "audit-log=later.ndjson"), 0)
    assert "may come with the first request" in found.text("configuration")


def test_a_ceiling_that_nobody_allowed_is_configuration_and_nothing_above_s1_is_sent(place: Site) -> None:
    file = place.path("supplier.toml")
    file.write_text(file.read_text("utf-8").replace("authorised-by", "# "), "utf-8")
    found = told(place.run("doctor", "--json", *FAST, "--safety", "S2"), 2)
    assert "authorised" in found.text("configuration")
    assert found.state("read") == "works"


def test_roots_that_cannot_be_read_stop_everything_that_rests_on_them(place: Site) -> None:
    found = told(place.run("doctor", "--json", "--ca-bundle", "absent.pem"), 2)
    assert found.trouble == ["configuration"]
    assert {found.state(name) for name in ("port", "TLS", "token", "metadata", "read")} == {"not tried"}
    assert "configuration is in the way" in found.text("token")


def test_what_cannot_be_read_at_all_is_said_in_three_lines(tmp_path: Path) -> None:
    done = run("doctor", "--supplier", "absent.toml", cwd=tmp_path)
    assert done.returncode == 2
    said_in_three_lines(done, "absent.toml", "checker init")


@pytest.mark.skipif(sys.platform == "win32", reason="a process is not interrupted so there")
def test_an_interrupted_doctor_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/fhir"
        process = start("doctor", "--base-url", url, cwd=tmp_path)
        listener.accept()[0].close()  # the first connection, of the port
        with listener.accept()[0]:  # the handshake, which waits
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert (stdout, stderr) == ("", "checker: interrupted; nothing was kept.\n")


# 2 name, 3 proxy, 4 port ---------------------------------------------------------------------


def test_a_name_without_an_address(tmp_path: Path) -> None:
    found = asked("https://no-such-host.invalid/fhir", tmp_path, env=names(tmp_path))
    assert found.trouble == ["name"]
    assert "no address" in found.text("name")
    assert found.not_tried == ["port", "TLS", "clock", "metadata", "read"]
    assert "--proxy" not in found.text("name")


def test_a_name_that_leads_where_it_should_not(tmp_path: Path) -> None:
    found = asked("https://odd.example/fhir", tmp_path, env=names(tmp_path, odd=["127.0.0.1", "169.254.1.1"]))
    assert found.trouble == ["name"]
    assert "169.254.1.1" in found.text("name")
    assert "link-local" in found.text("name")


def test_localhost_is_said_to_be_this_machine(healthy: Served, tmp_path: Path) -> None:
    url = healthy.base_url.replace("127.0.0.1", "localhost")
    found = asked(url, tmp_path, "--ca-bundle", str(healthy.ca))
    assert "this machine itself" in found.text("name")
    assert found.state("metadata") == "works"


def test_a_proxy_of_the_environment_is_said_to_be_ignored_and_its_password_is_not_said(tmp_path: Path) -> None:
    proxy = "http://me:hunter2hunter2@127.0.0.1:1"
    env = {"HTTPS_PROXY": proxy, **names(tmp_path)}
    found = asked("https://no-such-host.invalid/fhir", tmp_path, env=env)
    assert found.state("proxy") == "not needed"
    for step in ("name", "proxy"):
        assert "HTTPS_PROXY" in found.text(step)
        assert "--proxy" in found.text(step)
    assert "hunter2" not in found.done.stdout + found.done.stderr


@pytest.mark.parametrize("option", [(), ("--proxy", "http://127.0.0.1:1")], ids=["environment", "option"])
def test_loopback_never_uses_a_proxy(place: Site, option: tuple[str, ...]) -> None:
    env = {} if option else {"all_proxy": "http://127.0.0.1:1"}
    found = told(place.run("doctor", "--json", *FAST, *option, env=env), 0)
    assert "never asked through a proxy" in found.text("proxy")
    assert ("--proxy" if option else "all_proxy") in found.text("proxy")


def test_a_proxy_that_is_not_there(tmp_path: Path) -> None:
    proxy = f"http://me:hunter2hunter2@127.0.0.1:{closed_port()}"
    found = asked("https://supplier.example/fhir", tmp_path, "--proxy", proxy, env=names(tmp_path))
    assert found.trouble == ["proxy"]
    assert found.state("name") == "not needed"
    assert "refused" in found.text("proxy")
    assert found.not_tried == ["port", "TLS", "clock", "metadata", "read"]
    assert "hunter2" not in found.done.stdout + found.done.stderr


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A raw server on loopback; its port. Each connection is served in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=guarded, args=(peer,), daemon=True).start()

        def guarded(peer: socket.socket) -> None:
            with peer:
                try:
                    serve(peer)
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("status", "words"),
    [("407 Proxy Authentication Required", "user:password"), ("403 Forbidden", "allow CONNECT"), ("502 Bad", "either")],
)
def test_a_proxy_that_refuses_says_why(tmp_path: Path, status: str, words: str) -> None:
    def refuse(peer: socket.socket) -> None:
        peer.recv(4096)
        peer.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    with listening(refuse) as port:
        proxy = f"http://127.0.0.1:{port}"
        found = asked("https://supplier.example/fhir", tmp_path, "--proxy", proxy, env=names(tmp_path))
    assert found.trouble == ["proxy"]
    assert words in found.text("proxy")


def test_a_proxy_that_opens_the_way(healthy: Served, tmp_path: Path) -> None:
    def tunnel(peer: socket.socket) -> None:
        assert peer.recv(4096).startswith(b"CONNECT supplier.example:443 ")
        with socket.create_connection(("127.0.0.1", healthy.port)) as onward:
            peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=pump, args=(onward, peer), daemon=True)
            back.start()
            pump(peer, onward)
            back.join(5)

    def pump(one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(16_384):
                other.sendall(data)
        except OSError:
            pass

    with listening(tunnel) as port:
        options = ("--proxy", f"http://127.0.0.1:{port}", "--ca-bundle", str(healthy.ca))
        found = asked("https://supplier.example/fhir", tmp_path, *options, env=names(tmp_path))
    assert found.state("proxy") == "works"
    assert "supplier.example:443" in found.text("proxy")
    assert found.state("port") == "not needed"
    assert found.trouble == ["TLS"]  # the certificate is for loopback
    assert "does NOT fit supplier.example" in found.text("TLS")


def test_a_closed_port(tmp_path: Path) -> None:
    found = asked(f"https://127.0.0.1:{closed_port()}/fhir", tmp_path)
    assert found.trouble == ["port"]
    assert "refused" in found.text("port")
    assert found.not_tried == ["TLS", "clock", "metadata", "read"]


# 5 TLS ---------------------------------------------------------------------------------------


def test_a_server_that_says_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        started = time.monotonic()
        found = asked(f"https://127.0.0.1:{listener.getsockname()[1]}/fhir", tmp_path, "--timeout", "0.3")
        assert time.monotonic() - started < 10
    assert found.trouble == ["TLS"]
    assert "nobody answers" in found.text("TLS")


def test_plain_http_on_the_port(tmp_path: Path) -> None:
    def plain(peer: socket.socket) -> None:
        peer.recv(4096)
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with listening(plain) as port:
        found = asked(f"https://127.0.0.1:{port}/fhir", tmp_path)
    assert found.trouble == ["TLS"]
    assert "http://" in found.text("TLS")


def test_a_certificate_that_ended(tmp_path: Path) -> None:
    with Served(named("fault", "CERT-003")) as served:
        found = told(site(tmp_path, served).run("doctor", "--json", *FAST), 3)
    assert found.trouble == ["TLS"]
    assert "ENDED" in found.text("TLS")
    assert "renew" in found.text("TLS")
    assert found.not_tried == ["clock", "token endpoint", "token", "metadata", "read"]


def test_an_authority_that_is_not_trusted(healthy: Served, tmp_path: Path) -> None:
    before = healthy.requests
    found = asked(healthy.base_url, tmp_path)
    assert found.trouble == ["TLS"]
    assert "trustme" in found.text("TLS")
    assert "--ca-bundle" in found.text("TLS")
    assert "reading along" not in found.text("TLS")  # nobody stands between this machine and itself
    assert healthy.requests == before


@contextmanager
def issued_by(authority: trustme.CA, folder: Path, *hosts: str) -> Iterator[tuple[int, Path]]:
    """A TLS server with a certificate of that authority, which hangs up after the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(hosts or ("127.0.0.1",))).configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))

    def serve(peer: socket.socket) -> None:
        with context.wrap_socket(peer, server_side=True) as tls:
            tls.recv(1)

    with listening(serve) as port:
        yield port, folder / "authority.pem"


@pytest.mark.parametrize("maker", ["Zscaler", "Netskope", "Fortinet"])
def test_a_proxy_that_reads_along_is_named(tmp_path: Path, maker: str) -> None:
    with issued_by(trustme.CA(organization_name=f"{maker} Inc."), tmp_path) as (port, _):
        found = asked(f"https://127.0.0.1:{port}/fhir", tmp_path)
    assert found.trouble == ["TLS"]
    advice = found.steps["TLS"]["next"]
    assert f"issued by {maker} Inc." in advice
    assert "may be reading along" in advice
    assert "--ca-bundle" in advice
    assert "--trust system" in advice


def test_a_proxy_that_reads_along_is_named_also_when_it_is_trusted(tmp_path: Path) -> None:
    with issued_by(trustme.CA(organization_name="Zscaler Inc."), tmp_path) as (port, authority):
        found = asked(f"https://127.0.0.1:{port}/fhir", tmp_path, "--ca-bundle", str(authority))
    assert found.state("TLS") == "works"
    assert "Zscaler" in found.steps["TLS"]["next"]
    assert "reads along" in found.steps["TLS"]["next"]


def test_an_unknown_authority_before_a_public_name_may_be_a_proxy(tmp_path: Path) -> None:
    env = names(tmp_path, supplier=["127.0.0.1"])
    authority = trustme.CA(organization_name="Example Trust IT")
    with issued_by(authority, tmp_path, "supplier.example") as (port, bundle):
        url = f"https://supplier.example:{port}/fhir"
        untrusted = asked(url, tmp_path, env=env)
        trusted = asked(url, tmp_path, "--ca-bundle", str(bundle), env=env)
    assert untrusted.trouble == ["TLS"]
    assert "issued by Example Trust IT" in untrusted.steps["TLS"]["next"]
    assert "may be reading along" in untrusted.steps["TLS"]["next"]
    assert trusted.state("TLS") == "works"
    assert "no public authority" in trusted.steps["TLS"]["next"]


# 6 clock, 7 token ----------------------------------------------------------------------------


def dated(ahead_s: int, *, age_s: int = 0) -> Callable[[BaseHTTPRequestHandler], None]:
    """A tiny FHIR server whose clock is wrong."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.date_time_string = lambda *_: format_datetime(  # type: ignore[method-assign]
            wall_clock() + timedelta(seconds=ahead_s), usegmt=True
        )
        body = STATEMENT if "metadata" in handler.path else PATIENT if handler.path.endswith("p-1") else FOUND
        send(handler, json.dumps(body).encode(), headers={"Age": str(age_s)} if age_s else {})

    return answer


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (dated(0), "works", "agrees"),
        (dated(20), "works", "ahead"),
        (dated(300), "trouble", "ahead"),
        (dated(-300), "trouble", "behind"),
        (dated(-300, age_s=300), "works", "agrees"),
    ],
    ids=["right", "a little", "ahead", "behind", "from a cache"],
)
def test_the_clocks_are_compared(
    tmp_path: Path, answer: Callable[[BaseHTTPRequestHandler], None], state: str, words: str
) -> None:
    with odd_server(tmp_path, answer) as odd:
        found = asked(odd.base_url, tmp_path, "--ca-bundle", str(odd.ca), code=0)
    assert found.state("clock") == state
    assert words in found.text("clock")


def test_a_wrong_secret_says_what_the_token_server_says(place: Site, healthy: Served) -> None:
    done = place.run("doctor", "--json", *FAST, env={SECRET: "not-the-secret-at-all"})
    found = told(done, 3)
    assert found.trouble == ["token"]
    assert "invalid_client" in found.text("token")
    assert "not known" in found.text("token")
    assert "client-id" in found.steps["token"]["next"]
    assert found.state("metadata") == "works"
    assert found.not_tried == ["read"]
    assert "not-the-secret" not in done.stdout + done.stderr
    assert healthy.client_id not in found.text("token").partition("error_description")[2]


def identity(served: Served, *more: str) -> str:
    return "\n".join(
        (
            'kind = "private-key-jwt"',
            f'client-id = "{served.client_id}"',
            f'key-file = "{served.client_key.as_posix()}"',
            f'key-id = "{served.key_id}"',
            *more,
        )
    )


def test_a_signed_assertion_works_and_its_clock_is_needed(healthy: Served, tmp_path: Path) -> None:
    found = told(site(tmp_path, healthy, identity=identity(healthy)).run("doctor", "--json", *FAST), 0)
    assert found.state("token") == "works"
    assert found.steps["clock"]["needed"] is True


def test_a_wrong_audience_of_the_assertion(healthy: Served, tmp_path: Path) -> None:
    wrong = identity(healthy, 'audience = "https://elsewhere.example/token"')
    found = told(site(tmp_path, healthy, identity=wrong).run("doctor", "--json", *FAST), 3)
    assert found.trouble == ["token"]
    assert "error: invalid_" in found.text("token")


def test_a_scope_that_is_not_given(healthy: Served, tmp_path: Path) -> None:
    more = f'kind = "client-credentials"\nclient-id = "{healthy.client_id}"\nsecret-env = "{SECRET}"\nscope = "x/y"'
    found = told(site(tmp_path, healthy, identity=more).run("doctor", "--json", *FAST), 3)
    assert found.trouble == ["token"]
    assert "invalid_scope" in found.text("token")
    assert "scope" in found.steps["token"]["next"]


def test_a_token_endpoint_that_is_none(place: Site) -> None:
    file = place.path("supplier.toml")
    file.write_text(file.read_text("utf-8").replace("/token", "/tokens"), "utf-8")
    found = told(place.run("doctor", "--json", *FAST), 3)
    assert found.trouble == ["token endpoint"]
    assert "token-url" in found.steps["token endpoint"]["next"]
    assert found.state("token") == "not tried"


def test_a_token_endpoint_elsewhere_that_is_not_reached(place: Site, healthy: Served) -> None:
    file = place.path("supplier.toml")
    elsewhere = f"https://127.0.0.1:{closed_port()}/token"
    file.write_text(file.read_text("utf-8").replace(healthy.token_url, elsewhere), "utf-8")
    found = told(place.run("doctor", "--json", *FAST), 3)
    assert found.trouble == ["token endpoint"]
    assert "refused" in found.text("token endpoint")
    assert elsewhere in found.text("token endpoint")


@pytest.mark.parametrize(
    ("lives_s", "code", "state", "words"), [(-600, 3, "trouble", "ended"), (3600, 0, "works", "in 60 minutes")]
)
def test_a_bearer_token_that_says_when_it_ends(tmp_path: Path, lives_s: int, code: int, state: str, words: str) -> None:
    token = jwt.encode({"exp": int(wall_clock().timestamp()) + lives_s}, "k" * 32, algorithm="HS256")
    with odd_server(tmp_path, dated(0)) as odd:
        options = ("--ca-bundle", str(odd.ca), "--token-env", "TOKEN")
        found = asked(odd.base_url, tmp_path, *options, code=code, env={"TOKEN": token})
    assert found.state("token") == state
    assert words in found.text("token")
    assert token not in found.done.stdout + found.done.stderr


def test_an_opaque_bearer_token_is_said_not_to_tell(healthy: Served, tmp_path: Path) -> None:
    options = ("--ca-bundle", str(healthy.ca), "--token-env", "TOKEN")
    found = asked(healthy.base_url, tmp_path, *options, code=0, env={"TOKEN": healthy.static_bearer})
    assert found.state("token") == "not needed"
    assert "does not say when it ends" in found.text("token")
    assert healthy.static_bearer not in found.done.stdout


def test_an_api_key_is_sent_and_not_shown(healthy: Served, tmp_path: Path) -> None:
    key = f'kind = "api-key"\nheader = "apikey"\nsecret-env = "{SECRET}"'
    place = site(tmp_path, healthy, identity=key)
    found = told(place.run("doctor", "--json", *FAST, env={SECRET: healthy.api_key}), 0)
    assert "header apikey" in found.text("token")
    assert healthy.api_key not in found.done.stdout


# 8 metadata, 9 read --------------------------------------------------------------------------


def answers(metadata: Any, search: Any = FOUND, patient: Any = PATIENT) -> Callable[[BaseHTTPRequestHandler], None]:
    """A tiny FHIR server: each answer is a body, or a status with a body."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        body = metadata if "metadata" in handler.path else search if "?" in handler.path else patient
        status, body = body if isinstance(body, tuple) else (200, body)
        if isinstance(body, str):
            send(handler, body.encode(), "text/html", status=status)
        else:
            send(handler, json.dumps(body).encode(), status=status)

    return answer


OUTCOME = {"resourceType": "OperationOutcome"}
EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}


@pytest.mark.parametrize(
    ("answer", "step", "words"),
    [
        (answers((404, OUTCOME), (404, OUTCOME)), "metadata", "in front of /metadata"),
        (answers("<!doctype html><p>It works!", "<p>No"), "metadata", "is not FHIR"),
        (answers(OUTCOME), "metadata", "type OperationOutcome"),
        (answers((503, OUTCOME)), "metadata", "server broke"),
        (answers((429, OUTCOME)), "metadata", "--rate"),
        (answers(STATEMENT, EMPTY), "read", "synthetic patient"),
        (answers(STATEMENT, (401, OUTCOME)), "read", "describe an identity"),
        (answers(STATEMENT, (403, OUTCOME)), "read", "scope or right"),
        (answers(STATEMENT, (400, OUTCOME)), "read", "other search parameters"),
        (answers(STATEMENT, FOUND, (404, OUTCOME)), "read", "status 404"),
        (answers(STATEMENT, FOUND, OUTCOME), "read", "type OperationOutcome"),
        (answers(STATEMENT, OUTCOME), "read", "It is FHIR, and not a Bundle"),
        (answers(STATEMENT, (302, OUTCOME)), "read", "does not say where to"),
    ],
)
def test_an_answer_that_a_run_could_not_use(
    tmp_path: Path, answer: Callable[[BaseHTTPRequestHandler], None], step: str, words: str
) -> None:
    with odd_server(tmp_path, answer) as odd:
        found = asked(odd.base_url, tmp_path, "--ca-bundle", str(odd.ca))
    assert found.trouble[0] == step
    assert words in found.text(step)


def test_a_redirect_is_followed_and_said(tmp_path: Path) -> None:
    def moved(handler: BaseHTTPRequestHandler) -> None:
        if handler.path.startswith("/fhir/"):
            location = handler.path.replace("/fhir/", "/r4/", 1)
            send(handler, b"", status=308, headers={"Location": location})
        else:
            answers(STATEMENT)(handler)

    with odd_server(tmp_path, moved) as odd:
        found = asked(odd.base_url, tmp_path, "--ca-bundle", str(odd.ca), code=0)
    assert "after 1 redirect" in found.text("metadata")
    assert "/r4/metadata" in found.text("metadata")


def test_a_redirect_to_another_host_is_not_followed(tmp_path: Path) -> None:
    def away(handler: BaseHTTPRequestHandler) -> None:
        send(handler, b"", status=302, headers={"Location": "https://elsewhere.example/fhir"})

    with odd_server(tmp_path, away) as odd:
        found = asked(odd.base_url, tmp_path, "--ca-bundle", str(odd.ca))
    assert found.trouble == ["metadata"]
    assert "authority.hosts" in found.text("metadata")


def test_no_id_and_no_data_of_a_patient_is_shown(tmp_path: Path) -> None:
    patient = {"resourceType": "Patient", "id": "id-of-somebody", "name": [{"family": "Family-of-somebody"}]}
    found_one = {**FOUND, "entry": [{"resource": patient}]}
    with odd_server(tmp_path, answers(STATEMENT, found_one, patient)) as odd:
        done = run("doctor", *FAST, "--base-url", odd.base_url, "--ca-bundle", str(odd.ca), cwd=tmp_path)
    assert done.returncode == 0
    assert "somebody" not in done.stdout + done.stderr


def test_live_data_is_not_looked_at(tmp_path: Path) -> None:
    number = str(4_000_000_000 + 4)  # of a range that may be issued; computed, so that no file holds it
    identifier = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": number}
    live = {**FOUND, "entry": [{"resource": {**PATIENT, "identifier": [identifier]}}]}
    with odd_server(tmp_path, answers(STATEMENT, live)) as odd:
        found = asked(odd.base_url, tmp_path, "--ca-bundle", str(odd.ca))
    assert found.trouble == ["read"]
    assert "synthetic" in found.text("read")
    assert number not in found.done.stdout


def test_a_server_must_not_write_on_the_readers_screen(tmp_path: Path) -> None:
    odd_name = {**STATEMENT, "software": {"name": "\x1b[2Jgone\u202e", "version": "1\n2"}}
    with odd_server(tmp_path, answers(odd_name)) as odd:
        done = run("doctor", *FAST, "--base-url", odd.base_url, "--ca-bundle", str(odd.ca), cwd=tmp_path)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert "\\x1b[2Jgone" in done.stdout


def test_a_supplier_without_patients(tmp_path: Path) -> None:
    with Served(switches=SupplierSwitches(unauthenticated="refused")) as served:
        place = site(tmp_path, served)
        file = place.path("supplier.toml")
        text = file.read_text("utf-8").replace(served.base_url, served.base_url + "/nothing")
        file.write_text(text, "utf-8")
        found = told(place.run("doctor", "--json", *FAST), 3)
    assert found.trouble == ["metadata", "read"]
    assert "base URL" in found.steps["metadata"]["next"]
