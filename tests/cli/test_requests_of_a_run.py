"""What a run of ``baseline`` sends: how much, nothing twice, and several at once."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

from checker.cli import compose
from checker.engine.recording import Recording, open_recording
from checker.model.evidence import HTTP_EXCHANGE
from checker.model.exchange import HttpExchange, Intent
from fixtures.supplier.serve import Served
from tests.bench.virtual import chain, collected_again
from tests.cli.in_process import here
from tests.cli.support import FAST, Site, report, site

MOST = 300
"""Requests that ``baseline`` may plan."""
WANTED = ("-o", "json:report.json", "-o", "html:report.html")
REPEATED = {
    "fhir.head": "a statement that says of what second it is has another tag each time, and HEAD is held against it",
    "run.marker": "what the server is at the end is compared with the start",
    "fhir.counts": "a count that changes meanwhile is of records in use",
    "restricted.count": "a count that changes meanwhile is of records in use",
}
"""Probes that ask the same again, and why."""


@pytest.fixture(scope="module", params=["S1", "S2"])
def safety(request: pytest.FixtureRequest) -> str:
    """The ceiling of the run."""
    return str(request.param)


@pytest.fixture(scope="module")
def ran(safety: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, str, Recording]:
    """A run of ``baseline`` against the healthy supplier, what its plan said, and its recording."""
    folder = tmp_path_factory.mktemp(f"requests-{safety}")
    options = ("-p", "baseline", "--safety", safety)
    with Served() as served:
        made = site(folder, served)
        planned = here("plan", *options, cwd=folder, env=made.env).stdout
        done = here(
            "run", *options, *FAST, "-o", "json:report.json", "-o", "html:report.html", cwd=folder, env=made.env
        )
    assert done.returncode in (0, 3), done.stderr
    return made, planned, open_recording(folder / "recording.zip")


def _exchanges(recording: Recording) -> list[HttpExchange]:
    found = (item.read() for item in recording.evidence.values() if item.kind == HTTP_EXCHANGE)
    return [one for one in found if isinstance(one, HttpExchange)]


def test_the_run_makes_no_more_requests_than_the_plan_said(ran: tuple[Site, str, Recording]) -> None:
    made, planned, recording = ran
    said = re.search(r"at most (\d+) requests and \d+ TLS connections", planned)
    assert said is not None, planned
    (note,) = report(made.path("report.json"))["recordings"]
    assert note["planned"] == int(said[1]) <= MOST
    assert note["requests"] == len(_exchanges(recording)) <= note["planned"]
    assert f"{note['requests']} requests of at most {note['planned']} planned" in made.path("report.html").read_text()


def test_the_plan_lists_where_its_requests_come_from(ran: tuple[Site, str, Recording]) -> None:
    _, planned, recording = ran
    lines = planned.partition("\n\n")[0].splitlines()
    listed = {line.split()[0] for line in lines}
    assert {key.partition(" ")[0] for key in recording.records} - {"run.marker"} <= listed


def test_no_two_requests_ask_the_same_without_a_reason(ran: tuple[Site, str, Recording]) -> None:
    """A negative test has a control of its own, right before it; a few probes look again. Nothing else is repeated."""
    asked = defaultdict(list)
    for one in _exchanges(ran[2]):
        if one.intent is Intent.NORMAL and one.interaction != "token" and one.attempt == 1:
            headers = tuple(sorted((name.lower(), value) for name, value in one.request.headers))
            request = one.request
            key = (request.method, request.url, headers, request.body, request.identity, request.alteration)
            asked[key].append(one.scope.partition(" ")[0])
    doubles = {key[:2]: scopes for key, scopes in asked.items() if len(scopes) > 1}
    for what, scopes in doubles.items():
        assert scopes.count("") <= 1, what
        assert {scope for scope in scopes if scope} <= REPEATED.keys(), (what, scopes)
    assert doubles  # those with a reason are there, so that this looks at something


@pytest.mark.parametrize("concurrency", [2, 4, 8])
def test_a_slow_supplier_is_asked_for_several_things_at_once(
    ran: tuple[Site, str, Recording], concurrency: int
) -> None:
    """In virtual time: at most 1.3 times what the longest chain, or the number of requests, takes in any case."""
    recording, known = ran[2], compose.registry()
    wanted = compose.profile("baseline", known)
    again = collected_again(recording, wanted, known, latency_s=0.05, concurrency=concurrency)
    assert len(again.sent) == len(_exchanges(recording))
    assert again.seconds <= 1.3 * max(chain(recording) * 0.05, len(again.sent) * 0.05 / concurrency)
    assert again.at_once() <= concurrency
    one_by_one = collected_again(recording, wanted, known, latency_s=0.05, concurrency=1)
    assert again.order == one_by_one.order  # the order of the recording is that of the plan


def test_what_is_under_way_at_once_changes_nothing_in_the_recording(ran: tuple[Site, str, Recording]) -> None:
    recording, known = ran[2], compose.registry()
    wanted = compose.profile("baseline", known)
    again = collected_again(recording, wanted, known, latency_s=0.05, concurrency=4)
    written = [item.ask for item in recording.evidence.values() if item.kind == HTTP_EXCHANGE]
    assert [key for key in again.order if key in set(written)] == written


def test_a_plan_that_needs_more_than_the_run_may_send_says_what_is_enough(tmp_path: Path) -> None:
    given = ("plan", "-p", "fhir-r4-search", "--base-url", "https://fhir.example.org/r4", "--max-requests")
    little = here(*given, "50", cwd=tmp_path)
    found = re.search(r"--max-requests (\d+)", little.stderr)
    assert found is not None, little.stderr
    enough = here(*given, found[1], cwd=tmp_path)
    assert "is enough for all of it" not in enough.stderr
