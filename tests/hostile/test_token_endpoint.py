"""A token endpoint that attacks: tokens that would be headers, that cannot be encoded, or that never end."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.cli.in_process import here
from tests.cli.support import AUTHORITY, FAST, outcomes, report, supplier_text
from tests.hostile.leaks import every_byte, found
from tests.hostile.raw import raw_server, whole
from tests.hostile.test_suppliers import steers

MARK = "0f4c2a9be17d4c55"
ANSWERS: dict[str, Any] = {
    "a header of its own": {"access_token": f"{MARK}\r\nX-Injected: {MARK}", "token_type": "Bearer"},
    "a NUL": {"access_token": f"{MARK}\0{MARK}", "refresh_token": f"{MARK}\0"},
    "a lone surrogate": {"access_token": f"{MARK}\ud800", "id_token": f"{MARK}\udfff", "token_type": "Bearer"},
    "another script": {"access_token": f"{MARK}é\u202e", "token_type": "Bearer"},
    "no text": {"access_token": {"a": MARK}, "token_type": "Bearer"},
    "a list": [MARK],
    "a number": {"access_token": 10**40, "expires_in": 1e400},
    "a life without end": {
        "access_token": MARK * 2,
        "expires_in": "9" * 400,
        "scope": "\x1b[2J\u202e",
        "token_type": "\x1b",
    },
    "a token that says too much": {
        "access_token": "eyJhbGciOiJub25lIn0." + "A" * 200_000 + ".",
        "token_type": "Bearer",
    },
    "claims that steer": {
        "access_token": "eyJhbGciOiJcdTAwMWJbMkoiLCJraWQiOnt9fQ.eyJleHAiOjFlNDAwLCJpc3MiOlsxXX0.c2ln" + MARK
    },
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_a_token_endpoint_may_say(name: str, tmp_path: Path) -> None:
    token = json.dumps(ANSWERS[name]).encode()

    def answer(connection: socket.socket, head: bytes) -> None:
        if head.startswith(b"POST"):
            connection.settimeout(0.2)
            with suppress(OSError):
                connection.recv(65536)
            connection.sendall(whole(token, kind=b"application/json"))
        else:
            connection.sendall(whole(json.dumps({"resourceType": "Bundle", "link": ANSWERS[name]}).encode()))

    place = tmp_path / "place"
    place.mkdir()
    with raw_server(tmp_path, answer) as server:
        identity = 'kind = "client-credentials"\nclient-id = "me"\nsecret-env = "WORD"'
        text = supplier_text(
            server.base_url,
            token_url=f"https://127.0.0.1:{server.port}/token",
            identity=identity,
            ca=server.ca,
            more=AUTHORITY + "\n[limits]\nretries = 0\n",
        )
        (place / "supplier.toml").write_text(text, "utf-8")
        rows = ("AUTH-001", "AUTH-004", "FHIR-READ-001", "FHIR-SRCH-001")
        only = [part for row in rows for part in ("--only", row)]
        outputs = ("-o", "json:report.json", "-o", "html:report.html", "-o", "console:-")
        env = {"WORD": "a-secret-of-the-client"}
        given = (*FAST, "--timeout", "2", "--safety", "S2")
        done = here("run", *given, *only, *outputs, cwd=place, env=env)
        doctor = here("doctor", *FAST, "--timeout", "2", cwd=place, env=env)
    assert done.returncode in (1, 3), done.stderr
    said = done.stdout + done.stderr + doctor.stdout + doctor.stderr
    assert "Traceback" not in said
    assert steers(said) == set()
    assert not {"pass", "error"} & set(outcomes(report(place / "report.json")).values())
    assert any(head.startswith(b"POST") for head in server.heads)
    assert not any(b"x-injected" in head.lower() for head in server.heads)
    assert found(every_byte(place, said), [MARK.encode() * 2, b"a-secret-of-the-client"]) == []
