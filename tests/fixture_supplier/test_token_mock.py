"""The stand-in for the NHS API platform answers as the platform does, and writes down no credential."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fixtures.supplier.client_switches import ClientSwitches, client_switches
from fixtures.supplier.nhs_client import NEW, Clock, NhsClient, key_sets
from fixtures.supplier.switches import SwitchError
from fixtures.supplier.token_mock import TokenMock

ROOT = Path(__file__).resolve().parents[2]
_, KEYS = key_sets(ClientSwitches())


class Asking(NhsClient):
    """The client, whose answers are kept."""

    answers: list[tuple[int, Any]]

    def send(self, method: str, path: str, headers: Any, body: str = "") -> tuple[int, Any, Any]:
        """Send, and keep the answer."""
        status, told, content = super().send(method, path, headers, body)
        self.answers.append((status, json.loads(content)))
        return status, told, content

    def ask(self) -> tuple[int, Any]:
        """The answer to the last request for a token."""
        self.answers = []
        self._token(NEW)
        self._token(NEW, last=True)
        return self.answers[-1]


def asked(switches: ClientSwitches, keys: Any = KEYS) -> tuple[int, Any, list[dict[str, Any]]]:
    clock = Clock(1_795_348_800.0)
    with TokenMock(keys=keys, now=clock) as mock:
        status, answer = Asking(mock.origin, clock, switches).ask()
        return status, answer, mock.lines


def test_a_token_lives_for_599_seconds_which_it_says_in_a_text() -> None:
    status, answer, lines = asked(ClientSwitches())
    assert (status, answer["expires_in"], answer["token_type"]) == (200, "599", "Bearer")
    assert answer["access_token"] not in json.dumps(lines)


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({"header": {"alg": "RS256"}}, 400, "must be 'RS512'"),
        ({"header": {"alg": "none"}}, 400, "must be 'RS512'"),
        ({"header": {"kid": None}}, 400, "Missing 'kid'"),
        ({"header": {"kid": "test-1"}}, 401, "no matching public key"),
        ({"header": {"typ": "at+jwt"}}, 400, "Invalid 'typ'"),
        ({"claims": {"sub": "jones"}}, 400, "non-matching iss/sub"),
        ({"claims": {"aud": "{aud}/"}}, 401, "'aud'"),
        ({"claims": {"jti": "again"}}, 400, "Non-unique jti"),
        ({"claims": {"jti": 7}}, 400, "Invalid 'jti'"),
        ({"claims": {"jti": None}}, 400, "Missing 'jti'"),
        ({"claims": {"exp": "now+300 as text"}}, 400, "must be an integer"),
        ({"claims": {"exp": "now+311"}}, 400, "more than 5 minutes"),
        ({"claims": {"exp": "now-1"}}, 400, "has expired"),
        ({"claims": {"exp": None}}, 400, "Missing 'exp'"),
        ({"request": "json"}, 400, "grant_type is missing"),
        ({"request": "query"}, 400, "grant_type is missing"),
        ({"request": "other-grant"}, 400, "grant_type is invalid"),
    ],
)
def test_what_is_wrong_is_refused_with_the_status_that_the_platform_has(
    given: dict[str, Any], status: int, words: str
) -> None:
    found, answer, _ = asked(client_switches(given))
    assert (found, answer["error"]) == (status, "invalid_request")
    assert words in answer["error_description"]
    assert "access_token" not in answer


@pytest.mark.parametrize(
    "given", [{}, {"claims": {"exp": "now+305"}}, {"request": "exchange"}, {"header": {"typ": "jwt"}}]
)
def test_what_is_right_is_taken(given: dict[str, Any]) -> None:
    assert asked(client_switches(given))[0] == 200


def test_a_signature_by_another_key_is_refused_where_keys_are_known() -> None:
    other = {"keys": [{**one, "kid": NEW} for one in KEYS["keys"][:1]]}
    assert asked(ClientSwitches(), other)[:2][0] == 401
    assert asked(ClientSwitches(), None)[0] == 200


def test_a_call_without_a_token_of_its_own_is_refused() -> None:
    with TokenMock() as mock:
        connection = http.client.HTTPConnection("127.0.0.1", mock.port, timeout=10)
        connection.request("GET", "/records/FHIR/R4/Patient/1", headers={"Authorization": "Bearer invented"})
        assert connection.getresponse().status == 401
        connection.close()
        (line,) = mock.lines
    assert line["status"] == 401
    assert "invented" not in json.dumps(line)


def test_the_command_says_where_it_is_and_writes_what_comes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fixtures.supplier.token_mock", "--out", str(tmp_path / "lines.jsonl")]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        address = running.stdout.readline().partition("http://")[2].strip()
        host, _, path = address.partition("/")
        connection = http.client.HTTPConnection(host, timeout=10)
        connection.request("POST", f"/{path}", body="grant_type=password")
        assert connection.getresponse().status == 400
        connection.close()
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=20)
        assert running.returncode == 0
    (line,) = (tmp_path / "lines.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["url"] == f"http://{host}/{path}"


def test_switches_that_there_are_not_are_refused() -> None:
    with pytest.raises(SwitchError):
        client_switches({"header": "RS256"})
    with pytest.raises(SwitchError):
        client_switches({"tokens": "many"})
