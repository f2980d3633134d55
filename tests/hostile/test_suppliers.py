"""Suppliers that attack who tests them, by HTTP: no pass, no traceback, nothing done that the file does not allow."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.in_process import here
from tests.cli.support import FAST, closed_port, junit, odd_server, outcomes, report, run, send, supplier_text
from tests.hostile.raw import raw_server, whole
from tests.hostile.watching import Watch

ROWS = ("FHIR-CAP-001", "FHIR-CAP-002", "FHIR-READ-001", "FHIR-READ-003", "FHIR-SRCH-001", "FHIR-SRCH-011")
ONLY = tuple(part for row in ROWS for part in ("--only", row))
OUTPUTS = (
    "-o",
    "json:report.json",
    "-o",
    "html:report.html",
    "-o",
    "junit:out.xml",
    "-o",
    "csv:report.csv",
    "-o",
    "console:-",
)
QUICK = ("--timeout", "0.5", "-q")
NO_RETRIES = "[limits]\nretries = 0\n"
STATEMENT: dict[str, Any] = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "kind": "instance"}
STEERING = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egpj.exe\u2066\u2069\u200b\r\x08\x00"
SCRIPT = "<script>window.owned=1</script><img src=x onerror=window.owned=1>\"'><svg onload=window.owned=1>"


def steers(text: str) -> set[str]:
    """Characters of a text that move a cursor or turn letters round."""
    return {one for one in text if (ord(one) < 32 and one not in "\n\t") or 0x7F <= ord(one) < 0xA0} | (
        set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f\ufeff")
    )


def judged(folder: Path, base_url: str, ca: Path, *more: str, text: str = "") -> dict[str, str]:
    """The outcomes of a run, of which all that is printed and written is tame."""
    folder.mkdir(exist_ok=True)
    (folder / "supplier.toml").write_text(supplier_text(base_url, ca=ca, more=NO_RETRIES + text), "utf-8")
    done = here("run", *FAST, *QUICK, *OUTPUTS, "-p", "fhir-r4-rest", *(more or ONLY), cwd=folder)
    assert "Traceback" not in done.stdout + done.stderr
    assert steers(done.stdout + done.stderr) == set()
    assert steers((folder / "report.html").read_text("utf-8")) == set()
    assert junit(folder / "out.xml")
    found = outcomes(report(folder / "report.json"))
    assert done.returncode == (1 if "fail" in found.values() else 3), done.stderr
    assert "error" not in found.values()
    return found


# What is not HTTP, or too much of it --------------------------------------------------------------


def _endless(connection: socket.socket, start: bytes, again: bytes) -> None:
    connection.sendall(start)
    while True:
        connection.sendall(again * 50)


def _each(connection: socket.socket, start: bytes, data: bytes, seconds: float = 0.1) -> None:
    connection.sendall(start)
    for byte in data:
        connection.sendall(bytes((byte,)))
        time.sleep(seconds)


GOOD = whole(json.dumps(STATEMENT).encode())
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nTransfer-Encoding: chunked\r\n\r\n"
WIRE: dict[str, Callable[[socket.socket, bytes], None]] = {
    "a byte at a time": lambda c, h: _each(c, b"", GOOD),
    "a body a byte at a time": lambda c, h: _each(c, b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b"{" * 900),
    "endless chunks": lambda c, h: _endless(c, CHUNKED, b"1\r\n \r\n"),
    "a chunk without an end of its size": lambda c, h: _endless(c, CHUNKED, b"0"),
    "endless extensions of a chunk": lambda c, h: _endless(c, CHUNKED + b"1;", b"a=b;"),
    "endless trailers": lambda c, h: _endless(c, CHUNKED + b"0\r\n", b"X-More: 1\r\n"),
    "endless headers": lambda c, h: _endless(c, b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"),
    "a header without an end": lambda c, h: _endless(c, b"HTTP/1.1 200 OK\r\nX-More: ", b"aaaa"),
    "endless 1xx": lambda c, h: _endless(c, b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
    "101": lambda c, h: c.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"),
    "two lengths": lambda c, h: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x"),
    "length and chunks": lambda c, h: c.sendall(
        CHUNKED[:-2] + b"Content-Length: 5\r\n\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
    ),
    "a huge length": lambda c, h: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n{}"),
    "a length below nothing": lambda c, h: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"),
    "NUL in a header": lambda c, h: c.sendall(whole(b"{}", b"X-A: a\0b")),
    "NUL in a name": lambda c, h: c.sendall(whole(b"{}", b"X-\0A: a")),
    "escapes in a header": lambda c, h: c.sendall(whole(b"{}", b"Server: \x1b[2J\x1b]0;owned\x07", b"ETag: \x9b31m")),
    "a bare CR in a header": lambda c, h: c.sendall(whole(b"{}", b"X-A: a\rSet-Cookie: b=c")),
    "a folded header": lambda c, h: c.sendall(whole(b"{}", b"X-A: a\r\n b: c", b"Location: https://a/\r\n\t.evil/")),
    "escapes for a reason": lambda c, h: c.sendall(whole(b"{}", status=b"500 \x1b[2J\x1b[31mowned")),
    "another status": lambda c, h: c.sendall(whole(b"{}", status=b"999 No")),
    "HTTP/9": lambda c, h: c.sendall(b"HTTP/9.9 200 OK\r\n\r\n"),
    "nothing": lambda c, h: None,
    "gzip in gzip": lambda c, h: c.sendall(whole(gzip.compress(gzip.compress(b"{}")), b"Content-Encoding: gzip, gzip")),
    "brotli": lambda c, h: c.sendall(whole(b"\x0b\x02\x80{}\x03", b"Content-Encoding: br")),
}


@pytest.mark.parametrize("name", WIRE)
def test_what_is_not_http_or_never_ends(name: str, tmp_path: Path) -> None:
    with raw_server(tmp_path, WIRE[name]) as server:
        found = judged(tmp_path, server.base_url, server.ca, "--only", "FHIR-CAP-001", "--only", "FHIR-READ-001")
    assert "pass" not in found.values()


# Bodies ---------------------------------------------------------------------------------------


def _deep_xml(levels: int) -> bytes:
    return b"<a>" * levels + b"</a>" * levels


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + at, b"&%c;" % (97 + at) * 10) for at in range(12)
)
BODIES: dict[str, tuple[str, bytes]] = {
    "a number of a million digits": (
        "application/fhir+json",
        b'{"resourceType":"CapabilityStatement","x":' + b"9" * 10**6 + b"}",
    ),
    "huge exponents": ("application/fhir+json", b'{"resourceType":"Bundle","total":1e999999999,"x":-1E+99999}'),
    "a total below nothing": ("application/fhir+json", b'{"resourceType":"Bundle","type":"searchset","total":-1e30}'),
    "NaN": ("application/fhir+json", b'{"resourceType":"Bundle","total":NaN,"x":-Infinity}'),
    "a key twice": (
        "application/fhir+json",
        b'{"resourceType":"Patient","resourceType":"CapabilityStatement","id":"a","id":"b"}',
    ),
    "lone surrogates": (
        "application/fhir+json",
        b'{"resourceType":"\\ud800","id":"\\udfff","software":{"name":"\\udc1b"}}',
    ),
    "a thousand levels": ("application/fhir+json", b'{"a":[' * 1000 + b"]}" * 1000),
    "deep XML": ("application/fhir+xml", _deep_xml(50_000)),
    "a billion laughs": ("application/fhir+xml", LAUGHS + b"]><Patient>&m;</Patient>"),
    "an entity of this machine": (
        "application/fhir+xml",
        b'<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        b'<Patient xmlns="http://hl7.org/fhir"><id value="&x;"/></Patient>',
    ),
    "many names": ("application/fhir+json", json.dumps({f"k{at}": at for at in range(100_000)}).encode()),
    "a tag without end": ("text/html", b"<" * 200_000 + b"<!--" * 50_000),
    "script for a type": ('text/html; charset="><script>x</script>', SCRIPT.encode()),
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies_that_are_hard_to_read(name: str, tmp_path: Path) -> None:
    kind, body = BODIES[name]
    with odd_server(tmp_path, lambda handler: send(handler, body, kind)) as odd:
        found = judged(tmp_path, odd.base_url, odd.ca)
    assert {row for row, said in found.items() if said == "pass"} <= {"FHIR-CAP-001"}
    assert b"root:" not in (tmp_path / "recording.zip").read_bytes()


def test_text_that_steers_is_shown_and_steers_nothing(tmp_path: Path) -> None:
    """In every string that a server says: software, diagnostics, ids, links, codes, header fields."""
    nasty = STEERING + SCRIPT + '\n=HYPERLINK("http://a/","x")'

    def answer(handler: Any) -> None:
        names = ("resourceType", "fhirVersion", "kind")
        said: dict[str, Any] = dict.fromkeys(("id", "status", "date", "publisher", "type", "total", "language"), nasty)
        said |= {"software": {"name": nasty, "version": nasty}, "link": [{"relation": "next", "url": nasty}]}
        said |= {"issue": [{"severity": nasty, "code": nasty, "diagnostics": nasty}]}
        said |= {"entry": [{"fullUrl": nasty, "resource": {"resourceType": nasty, "id": nasty}}]}
        if handler.path.endswith("/metadata"):
            said |= {name: STATEMENT[name] for name in names}
            said["rest"] = [{"mode": nasty, "resource": [{"type": nasty, "searchParam": [{"name": nasty}]}]}]
        else:
            said["resourceType"] = nasty
        header = "".join(one for one in nasty if one not in "\r\n\0").encode("utf-8").decode("latin-1")
        send(handler, json.dumps(said).encode(), headers={"ETag": header, "Location": header, "Server": header})

    with odd_server(tmp_path, answer) as odd:
        every = [part for row in _rest_rows() for part in ("--only", row)]
        found = judged(tmp_path, odd.base_url, odd.ca, *every)
    assert len(found) > 20
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<script" not in page
    assert "onerror=window.owned=1>" not in page
    for line in (tmp_path / "report.csv").read_text("utf-8").splitlines():
        assert not line.startswith(("=", "+", "@"))
        assert ',"=' not in line


def _rest_rows() -> list[str]:
    from checker.cli.compose import profile, registry

    return [one.id for one in profile("fhir-r4-rest", registry(), ()).requirements]


# Where it is led ------------------------------------------------------------------------------

PLACES = (
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://[fd00:ec2::254]/",
    "http://10.0.0.1/",
    "http://192.168.0.1/",
    "https://127.0.0.1:{other}/",
    "https://localhost:{other}/",
    "https://127.1:{other}/",
    "https://[::1]:{other}/",
    "https://127.0.0.1:{port}@127.0.0.1:{other}/",
    "https://127.0.0.1:{other}\\@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}.evil.example/",
    "https://１２７.0.0.1:{other}/",
    "https://еxample.com/",
    "//127.0.0.1:{other}/fhir",
    "file:///etc/passwd",
    "ftp://127.0.0.1:{other}/",
    "gopher://127.0.0.1:{other}/",
    "data:application/fhir+json,{{}}",
    "javascript:alert(1)",
    "https://127.0.0.1:99999/",
    "https://[::1",
    "\\\\127.0.0.1\\share",
    "https://127.0.0.1:{other}\r\nX-Injected: 1",
)


@pytest.mark.parametrize("by", ["redirects", "links", "discovery"])
def test_it_goes_nowhere_but_to_the_supplier(by: str, tmp_path: Path) -> None:
    """Redirects, links of pages, and addresses in discovery documents: by what the process itself connected to."""
    other = closed_port()
    turn = [0]

    def place(port: int) -> str:
        turn[0] += 1
        return PLACES[turn[0] % len(PLACES)].format(port=port, other=other)

    def answer(handler: Any) -> None:
        port = handler.server.server_address[1]
        target = place(port)
        if by == "redirects" and turn[0] % 2:
            send(handler, b"", status=302, headers={"Location": target.replace("\r\n", "\r\n ")})
        elif "well-known" in handler.path:
            names = ("issuer", "jwks_uri", "token_endpoint", "authorization_endpoint", "introspection_endpoint")
            send(handler, json.dumps({name: place(port) for name in names}).encode(), "application/json")
        elif handler.path.endswith("/metadata"):
            uris = [{"url": name, "valueUri": place(port)} for name in ("authorize", "token", "register")]
            url = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
            security = {"extension": [{"url": url, "extension": uris}]}
            rest = [{"mode": "server", "security": security, "resource": [_everything()]}]
            send(handler, json.dumps({**STATEMENT, "rest": rest, "implementation": {"url": target}}).encode())
        else:
            entry = [
                {
                    "fullUrl": place(port),
                    "resource": {"resourceType": "Patient", "id": "a", "photo": [{"url": place(port)}]},
                }
            ]
            links = [{"relation": name, "url": place(port)} for name in ("self", "next", "last")]
            send(
                handler,
                json.dumps({"resourceType": "Bundle", "type": "searchset", "link": links, "entry": entry}).encode(),
            )

    watch = Watch(tmp_path / "watch")
    with odd_server(tmp_path, answer) as odd:
        (tmp_path / "supplier.toml").write_text(supplier_text(odd.base_url, ca=odd.ca, more=NO_RETRIES), "utf-8")
        profile = "smart-discovery" if by == "discovery" else "interoperability"
        given = ("--max-requests", "60", "-p", profile, "-o", "json:report.json", "-o", "html:report.html")
        done = run("run", *FAST, "-q", *given, cwd=tmp_path, env=watch.environment(), timeout=200)
    assert done.returncode in (1, 3), done.stderr
    assert turn[0] > (4 if by == "discovery" else 40)
    assert watch.seen("connect") <= {("127.0.0.1", str(odd.port))}
    assert watch.seen("name") <= {("127.0.0.1",)}
    assert watch.seen("program") == set()
    outside = {path for (path,) in watch.seen("write") if not path.startswith((str(tmp_path), "/dev/", "/tmp/"))}
    assert {path for path in outside if not path.isdigit() and "__pycache__" not in path} == set()


def _everything() -> dict[str, Any]:
    interactions = [{"code": code} for code in ("read", "search-type", "vread", "history-instance")]
    return {"type": "Patient", "interaction": interactions, "versioning": "versioned"}
