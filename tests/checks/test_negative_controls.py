"""The audit of negative tests: every check that believes a refusal, against runs whose controls or mutants are spoilt.

The runs are real ones, against the reference supplier; they are judged again with one side of every pair changed.
Whoever adds a check that uses the wrapper for refusals, and no row that passes by it here, is told.
"""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import pytest

import checker.checks
from checker.cli.compose import profile, registry
from checker.model.exchange import Failure, Intent, Response, differences
from checker.model.terms import Reason
from checker.model.view import Exchange, RecordView
from fixtures.supplier.authorisation_switches import AuthorisationSwitches
from fixtures.supplier.face_switches import FaceSwitches
from fixtures.supplier.scenario import Scenario, files, load
from tests.checks.negative_checks import checks_that_reach
from tests.cli.in_process import here
from tests.cli.support import outcomes
from tests.conformance import authorising, faces, guarded, hardening, mutual_tls, obligations, searching

ACCEPTS = "access.scheme-in-any-case"
"""The one check that uses the wrapper the other way round: what differs has to be let in."""

LET_IN_LOOKS_OTHERWISE = {"cors.foreign-origin", "cors.look-alike-origins", "search.all-patients-are-not-listed"}
"""Checks whose control is answered as a refused mutant is (without leave for an origin; with few patients). What a
server says that lets the mutant in, the faults of their rows say."""


def negative_checks() -> set[str]:
    """The checks that use the wrapper for refusals of HTTP, by their source."""
    found: set[str] = set()
    for path in sorted(Path(checker.checks.__path__[0]).glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        if any(isinstance(one, ast.ImportFrom) and one.module == "checker.checks.refusal" for one in tree.body):
            found |= checks_that_reach(tree, {"refusal"})
    return found


RUNS: dict[str, Callable[[], object]] = {
    "access-control": lambda: guarded.measure(),
    "api-hardening": lambda: hardening.report_of(),
    "api-hardening (XML)": lambda: hardening.report_of(_xml()),
    "smart-fapi": lambda: authorising.measure(),
    "smart-fapi (secret)": lambda: authorising.measure(_by_secret()),
    "nhs-api-platform": lambda: faces.report_of("nhs-api-platform"),
    "nhs-api-platform (health)": lambda: faces.report_of("nhs-api-platform", _health()),
    "bulk-data": lambda: faces.report_of("bulk-data"),
    "fhir-r4-search": lambda: searching.measure(),
    "fhir-r4-rest": lambda: faces.report_of("fhir-r4-rest"),
    "gp-connect-provider": lambda: _obliged("gp-connect"),
    "mutual-tls": lambda: mutual_tls.measure(),
}


def _health() -> Scenario:
    switches = FaceSwitches(health="closed")
    return Scenario(name="health", kind="decoy", requirements=("*",), title="Health is closed", faces=switches)


def _xml() -> Scenario:
    return load(next(path for path in files("decoy", hardening.PROFILE) if path.stem == "document-type-refused"))


def _by_secret() -> Scenario:
    switches = AuthorisationSwitches(client="secret")
    return Scenario(name="secret", kind="decoy", requirements=("*",), title="A secret", authorisation=switches)


def _obliged(face: str) -> None:
    with obligations.Bench(face) as bench:
        bench.outcomes()


class Kept:
    """A run that was kept: its recording, its profile, and the rows that negative checks pass."""

    def __init__(self, folder: Path, named: str) -> None:
        self.folder = folder
        self.named = named
        self.checks = {row.id: row.check.check for row in self._profile().requirements if row.check is not None}
        negative = negative_checks()
        self.rows = {
            row: self.checks[row]
            for row, said in self.judged().items()
            if said == "pass" and self.checks.get(row) in negative
        }

    def _profile(self) -> Any:
        path = self.folder / self.named
        return profile(str(path) if path.exists() else self.named, registry())

    def judged(self) -> dict[str, str]:
        """The outcomes of the recording, judged now."""
        written = self.folder / "judged.json"
        written.unlink(missing_ok=True)
        done = here("judge", "recording.zip", "-p", self.named, "-o", f"json:{written.name}", cwd=self.folder)
        assert written.exists(), done.stderr
        return outcomes(json.loads(written.read_bytes()))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> list[Kept]:
    """Every run, kept."""
    found = []
    for name, run in RUNS.items():
        folder = tmp_path_factory.mktemp("kept")
        with _keeping(folder) as named:
            run()
        found.append(Kept(folder, named[0]))
        assert found[-1].rows, name
    return found


@contextmanager
def _keeping(folder: Path) -> Iterator[list[str]]:
    """Keep the recording of the first run, and the profile where it is a file. Yields what the profile is called."""
    named: list[str] = []

    def keep(*arguments: str, cwd: Path, env: Any = None) -> Any:
        done = here(*arguments, cwd=cwd, env=env)
        if arguments[0] == "run":
            named.append(arguments[2])
            shutil.copy(cwd / "recording.zip", folder / "recording.zip")
            if (cwd / arguments[2]).exists():
                shutil.copy(cwd / arguments[2], folder / arguments[2])
        return done

    with (
        patch.object(authorising, "here", keep),
        patch.object(guarded, "here", keep),
        patch.object(hardening, "here", keep),
        patch.object(faces, "here", keep),
        patch.object(searching, "here", keep),
        patch.object(obligations, "here", keep),
        patch.object(mutual_tls, "here", keep),
    ):
        yield named


SILENT = Failure(reason=Reason.NETWORK, cause="closed", message="the connection was closed")


def _answered(status: int) -> Callable[[Exchange], None]:
    def spoil(exchange: Exchange) -> None:
        exchange.http = msgspec.structs.replace(exchange.http, response=Response(status=status), failure=None)

    return spoil


def _silent(exchange: Exchange) -> None:
    exchange.http = msgspec.structs.replace(exchange.http, response=None, failure=SILENT)


def _later(exchange: Exchange) -> None:
    at = exchange.evidence.captured_at + timedelta(seconds=3600)
    exchange.evidence = msgspec.structs.replace(exchange.evidence, captured_at=at)


def _by_http_2(exchange: Exchange) -> None:
    response = exchange.http.response
    if response is not None:
        wire = msgspec.structs.replace(response.wire, http_version="HTTP/2")
        exchange.http = msgspec.structs.replace(exchange.http, response=msgspec.structs.replace(response, wire=wire))
    elif exchange.http.connection is not None:
        other = msgspec.structs.replace(exchange.http.connection, version="TLSv1.1")
        exchange.http = msgspec.structs.replace(exchange.http, connection=other)


SPOILT: dict[str, tuple[Intent, Callable[[Exchange], None]]] = {
    "the control is refused": (Intent.CONTROL, _answered(401)),
    "the control is not found": (Intent.CONTROL, _answered(404)),
    "the control breaks": (Intent.CONTROL, _answered(500)),
    "the control gives nothing": (Intent.CONTROL, _answered(200)),
    "the control leads to a login page": (Intent.CONTROL, _answered(302)),
    "the control is closed upon": (Intent.CONTROL, _silent),
    "the mutant is closed upon": (Intent.MUTANT, _silent),
    "the mutant is one too many": (Intent.MUTANT, _answered(429)),
    "the mutant meets a gateway": (Intent.MUTANT, _answered(502)),
    "the mutant is an hour later": (Intent.MUTANT, _later),
    "the mutant goes another way": (Intent.MUTANT, _by_http_2),
}


@contextmanager
def _spoiling(side: Intent, spoil: Callable[[Exchange], None]) -> Iterator[None]:
    made = Exchange.__init__

    def make(self: Exchange, evidence: Any, blob: Any) -> None:
        made(self, evidence, blob)
        if self.http.intent is side:
            spoil(self)

    with patch.object(Exchange, "__init__", make):
        yield


LET_IN: tuple[Callable[[Exchange], bool], ...] = (
    lambda mutant: mutant.request.identity != "",
    lambda mutant: mutant.request.identity == "" and mutant.http.interaction in ("history", "operation"),
    lambda mutant: mutant.request.identity == "",
    lambda mutant: mutant.request.alteration.startswith("client-certificate:in-"),
)
"""Which mutants are let in, one sort after the other: many rows rest on that which closes the door to nobody."""


@contextmanager
def _let_in(which: Callable[[Exchange], bool]) -> Iterator[None]:
    """Some mutants are answered as their controls are."""
    paired = RecordView.pairs

    def pairs(self: RecordView) -> tuple[tuple[Exchange, Exchange], ...]:
        found = paired(self)
        for control, mutant in found:
            if not which(mutant):
                continue
            mutant.http = msgspec.structs.replace(
                mutant.http, response=control.http.response, failure=control.http.failure
            )
        return found

    with patch.object(RecordView, "pairs", pairs):
        yield


def test_every_negative_check_passes_somewhere_here(kept: list[Kept]) -> None:
    seen = {check for run in kept for check in run.rows.values()}
    assert negative_checks() - seen == set(), "add a run, or a row, that a pass of it can be looked at by"


@pytest.mark.parametrize("name", SPOILT)
def test_a_refusal_is_not_believed(kept: list[Kept], name: str) -> None:
    for run in kept:
        with _spoiling(*SPOILT[name]):
            found = run.judged()
        believed = {row: check for row, check in run.rows.items() if found[row] == "pass"}
        assert believed == {}, run.named


def test_what_is_let_in_is_found(kept: list[Kept]) -> None:
    for run in kept:
        failing: set[str] = set()
        for which in LET_IN:
            with _let_in(which):
                failing |= {row for row, said in run.judged().items() if said == "fail"}
        missed = {row: check for row, check in run.rows.items() if row not in failing and check != ACCEPTS}
        for row in [row for row, check in missed.items() if check in LET_IN_LOOKS_OTHERWISE]:
            del missed[row]
            assert any(
                scenario.requirements == (row,) for scenario in hardening.scenarios() if scenario.kind == "fault"
            )
        assert missed == {}, run.named


def test_every_mutant_differs_from_its_control_in_one_respect(kept: list[Kept]) -> None:
    pairs = 0
    seen = RecordView.pairs

    def look(self: RecordView) -> tuple[tuple[Exchange, Exchange], ...]:
        nonlocal pairs
        for control, mutant in seen(self):
            pairs += 1
            assert len(differences(control.request, mutant.request)) == 1
            assert (control.http.intent, mutant.http.intent) == (Intent.CONTROL, Intent.MUTANT)
        return seen(self)

    with patch.object(RecordView, "pairs", look):
        for run in kept:
            run.judged()
    assert pairs > 100
