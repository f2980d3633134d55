"""Law 2 over whole profiles: an endpoint that gives one and the same answer to everything has shown nothing.

/metadata, discovery and tokens are as they should be, so that the rows apply. What then passes rests on these, on TLS,
or on files: on no answer that was spoilt. Where a row may pass all the same, it is named here with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from checker.engine.recording import open_recording
from checker.model.exchange import HttpExchange
from fixtures.supplier.face_switches import FaceSwitches
from fixtures.supplier.handover import handed_over
from fixtures.supplier.serve import Served
from tests.cli.between import Answer, Between
from tests.cli.in_process import here
from tests.cli.support import FAST, SECRET
from tests.conformance import faces

JSON = {"content-type": "application/fhir+json; charset=utf-8"}
PAGE = {"content-type": "text/html; charset=utf-8"}
LOGIN = b"<!doctype html><html><head><title>Sign in</title></head><body><form>Please sign in</form></body></html>"


def outcome(code: str) -> bytes:
    issue = {"severity": "error", "code": code, "diagnostics": "No."}
    return json.dumps({"resourceType": "OperationOutcome", "issue": [issue]}).encode()


WORLDS: dict[str, Answer] = {
    "a login page": (200, PAGE, LOGIN),
    "an empty body": (200, JSON, b""),
    "no content": (204, {}, b""),
    "an empty searchset": (200, JSON, b'{"resourceType":"Bundle","type":"searchset","total":0}'),
    "not found": (404, JSON, outcome("not-found")),
    "forbidden": (403, JSON, outcome("forbidden")),
    "a bad request": (400, JSON, outcome("invalid")),
    "a redirection": (302, {"location": "/login"}, b""),
    "out of order": (503, PAGE, b"<html>down</html>"),
    "an error with status 200": (200, JSON, outcome("exception")),
}
PROFILES = ("baseline", "capability-honesty", "fhir-r4-write", "fhir-r4-search", "api-hardening", "access-control")
MAY_PASS = {
    "a redirection": {"HTTP-003": "the address that it leads to is of the same origin"},
    "an error with status 200": {"FHIR-OP-002": "an OperationOutcome is what $validate answers with"},
    "an empty searchset": {"API-032": "the header that was asked for is not there, whoever is found"},
}
OF_THE_TOKEN = {"AUTH-025", "AUTH-027"}
"""They look at the token that a request carried, not at its answer."""


def spoilt(url: str) -> bool:
    """Is it an address whose answers are all the same?"""
    return "/fhir" in url.lower() and not any(part in url for part in ("/metadata", ".well-known"))


def same(answer: Answer) -> Callable[[str, int, Answer], Answer | None]:
    def manner(path: str, number: int, right: Answer) -> Answer | None:
        return answer if spoilt(path) else None

    return manner


def report_of(profile: str, answer: Answer, folder: Path) -> dict[str, Any]:
    """The report of a run, with the recording beside it."""
    writes = profile == "fhir-r4-write"
    with ExitStack() as stack:
        shown = FaceSwitches(writing="right") if writes else None
        around = partial(Between, manner=same(answer))
        served = stack.enter_context(Served(faces=shown, around=around, out=folder / "place"))
        if writes:
            faces.prepare(served.shared, served, profile, shown or FaceSwitches(), 9)
            given: tuple[str, ...] = faces.SAFETY[profile]
            env = {SECRET: served.client_secret, faces.KEY_VARIABLE: faces.KEY}
        else:
            stack.enter_context(handed_over(served, served.shared))
            given, env = ("--safety", "S2"), served.environment()
        asked = ("run", "-p", profile, "--supplier", str(served.shared), *given, *FAST, "-q")
        kept = ("--recording", "recording.zip", "-o", "json:report.json")
        done = here(*asked, *kept, cwd=folder, env=env)
        assert (folder / "report.json").exists(), done.stderr
    found: dict[str, Any] = json.loads((folder / "report.json").read_bytes())
    return found


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("profile", PROFILES)
def test_nothing_passes_on_an_answer_that_everything_gets(profile: str, world: str, tmp_path: Path) -> None:
    report = report_of(profile, WORLDS[world], tmp_path)
    odd = set()
    for item in open_recording(tmp_path / "recording.zip").evidence.values():
        payload = item.read() if item.kind == "http-exchange" else None
        if isinstance(payload, HttpExchange) and payload.response is not None and spoilt(payload.request.url):
            odd.add(item.id)
    assert odd
    verdicts = {row["id"]: row["verdict"] for row in report["rows"]}
    assert not [name for name, one in verdicts.items() if one["outcome"] == "error"]
    passed = {name for name, one in verdicts.items() if one["outcome"] == "pass" and odd & set(one["evidence"])}
    assert passed - OF_THE_TOKEN <= MAY_PASS.get(world, {}).keys()
    assert report["exit_code"] in (1, 3)
