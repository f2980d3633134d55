"""Scans of other tools: both forms of one, that of the other, and whatever else a file may hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from checker.probes.tls_scan import TlsScan
from fixtures.tls.scans import MODERN, OLDER, scan

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def read(*files: bytes) -> dict[str, Any]:
    """What is read of these files."""
    reader = TlsScan()
    for file in files:
        for at in range(0, len(file), 1000):
            reader.feed(file[at : at + 1000])
        reader.end()
    return reader.facts()


@pytest.mark.parametrize(
    ("kind", "tool", "version", "at"),
    [
        ("sslyze", "sslyze", "6.3.1", "2026-11-20T09:00:00+00:00"),
        ("testssl", "testssl.sh", "", ""),
        ("testssl-pretty", "testssl.sh", "3.2.1", "2026-11-20T09:00:00+00:00"),
    ],
)
def test_all_forms_say_the_same(kind: str, tool: str, version: str, at: str) -> None:
    found = read(scan(kind, 8443, NOW))
    assert (found["tool"], found["version"], found["at"]) == (tool, version, at)
    (server,) = found["servers"]
    assert (set(server["names"]), server["port"]) == ({"localhost", "127.0.0.1"}, 8443)
    assert server["versions"] == {
        "SSL 3.0": False,
        "TLS 1.0": False,
        "TLS 1.1": False,
        "TLS 1.2": True,
        "TLS 1.3": True,
    }
    assert (server["suites"]["TLS 1.2"], server["suites"]["TLS 1.3"]) == (sorted(OLDER), sorted(MODERN))
    weak = {name: server["properties"][name] for name in ("Heartbleed", "CCS injection", "ROBOT")}
    assert weak == dict.fromkeys(weak, False)


def test_a_command_that_failed_says_nothing() -> None:
    made = json.loads(scan("sslyze", 443, NOW))
    result = made["server_scan_results"][0]["scan_result"]
    result["tls_1_2_cipher_suites"] = {"status": "ERROR", "error_reason": "CONNECTIVITY_ISSUE", "result": None}
    result["robot"]["result"]["robot_result"] = "UNKNOWN_INCONSISTENT_RESULTS"
    (server,) = read(json.dumps(made).encode())["servers"]
    assert "TLS 1.2" not in server["versions"]
    assert "ROBOT" not in server["properties"]


def test_a_weakness_of_testssl_is_one() -> None:
    lines = json.loads(scan("testssl", 443, NOW))
    for line in lines:
        if line["id"] == "ROBOT":
            line["finding"] = "VULNERABLE, exploitable"
        elif line["id"] == "CCS":
            line["finding"] = "test failed"
    (server,) = read(json.dumps(lines).encode())["servers"]
    assert server["properties"]["ROBOT"] is True
    assert "CCS injection" not in server["properties"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"[1, 2]",
        b'{"server_scan_results": 3}',
        b'{"a": 1}',
        b"[" * 100_000,
        b"<html></html>",
    ],
)
def test_what_is_no_scan_is_said_to_be_none(content: bytes) -> None:
    assert set(read(content)) == {"fault"}


def test_one_file_and_no_more_and_none_that_is_huge() -> None:
    assert "there are 2" in read(b"[]", b"[]")["fault"]
    assert "there are 0" in read()["fault"]
    assert "longer" in read(b" " * (17 * 1024 * 1024))["fault"]


ODD: list[Any] = [None, True, 7, -1.5, "x", "\u202e", [], [[]], {}, {"result": []}, 10**30]


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("kind", ["sslyze", "testssl", "testssl-pretty"])
def test_a_hostile_file_breaks_nothing(kind: str, odd: Any) -> None:
    made = json.loads(scan(kind, 443, NOW))
    for path in _paths(made):
        changed = json.loads(json.dumps(made))
        _set(changed, path, odd)
        found = read(json.dumps(changed).encode())
        assert "fault" in found or isinstance(found["servers"], list)
        json.dumps(found)


def _paths(node: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    found = [] if not before else [before]
    for name, inner in items[:6]:
        found += _paths(inner, (*before, name))
    return found[:60]


def _set(node: Any, path: tuple[Any, ...], value: Any) -> None:
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
