"""The audit of refusals in TLS: every check that believes one, against runs whose refusals or controls are spoilt.

``test_negative_controls`` does the same for HTTP. Here the wrapper is ``checker.model.tls_seen.refusal``; the runs are
real ones against TLS servers on loopback, and are judged again with one sort of answer changed.
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
from checker.model.evidence import Evidence
from checker.model.tls import TlsAnswer
from fixtures.supplier.scenario import files, load
from tests.checks.negative_checks import checks_that_reach
from tests.cli.in_process import here
from tests.cli.support import outcomes
from tests.conformance import tls_servers

MODULES = ("checker.model.tls_seen", "checker.checks.tls_looked")
"""Where the wrapper is, and where its answers are put in words."""
BY_WHAT_IS_TAKEN = {
    "tls.newest-preferred",
    "tls.one-of-policy",
    "tls.stronger-suite-chosen",
    "tls.no-compression",
    "tls.downgrade-guarded",
    "tls.scan-is-true",
}
"""Checks that pass by what a server takes; a refusal only says why they stay open, or that the question is another."""
RUNS = (
    *((tls_servers.PROFILE, ""), (tls_servers.SPINE, "")),
    *((tls_servers.PROFILE, "scan-sslyze"), (tls_servers.PROFILE, "two-addresses")),
)
"""Profile, and the decoy that its server is; "" is the right one as it is."""
Spoil = Callable[[TlsAnswer], TlsAnswer]


def tls_checks() -> set[str]:
    """The checks whose modules take the wrapper for refusals in TLS, and that reach it."""
    found: set[str] = set()
    for path in sorted(Path(checker.checks.__path__[0]).glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        if any(isinstance(one, ast.ImportFrom) and one.module in MODULES for one in tree.body):
            found |= checks_that_reach(tree, {"refusal", "refused", "open_versions"})
    return found - BY_WHAT_IS_TAKEN


class Kept:
    """A run that was kept, and the rows of it that pass by a check of TLS refusals."""

    def __init__(self, folder: Path, named: str) -> None:
        self.folder = folder
        self.named = named
        rows = profile(named, registry()).requirements
        checks = {row.id: row.check.check for row in rows if row.check is not None}
        believing = tls_checks()
        self.before = self.judged()
        self.rows = {row: one for row, one in checks.items() if self.before[row] == "pass" and one in believing}

    def judged(self) -> dict[str, str]:
        """The outcomes of the recording, judged now."""
        written = self.folder / "judged.json"
        written.unlink(missing_ok=True)
        done = here("judge", "recording.zip", "-p", self.named, "-o", f"json:{written.name}", cwd=self.folder)
        assert written.exists(), done.stderr
        return outcomes(json.loads(written.read_bytes()))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> list[Kept]:
    """The runs, against servers that are right."""
    found = []
    for name, decoy in RUNS:
        folder = tmp_path_factory.mktemp(name)
        scenario = next((load(path) for path in files("decoy", name) if path.stem == decoy), None)

        def keep(*arguments: str, cwd: Path, env: Any = None, folder: Path = folder) -> Any:
            done = here(*arguments, cwd=cwd, env=env)
            if arguments[0] == "run":
                shutil.copy(cwd / "recording.zip", folder / "recording.zip")
            return done

        with patch.object(tls_servers, "here", keep):
            tls_servers.report_of(name, scenario)
        found.append(Kept(folder, name))
        assert found[-1].rows, name
    return found


def _silent(said: TlsAnswer) -> TlsAnswer:
    return msgspec.structs.replace(said, answer="closed", alert=None) if said.refuses else said


def _late(said: TlsAnswer) -> TlsAnswer:
    return msgspec.structs.replace(said, at=said.at + timedelta(hours=1)) if said.refuses else said


def _about_something_else(said: TlsAnswer) -> TlsAnswer:
    # internal_error says nothing of the offer.
    return msgspec.structs.replace(said, alert=80) if said.refuses else said


def _control_refused(said: TlsAnswer) -> TlsAnswer:
    return msgspec.structs.replace(said, answer="alert", alert=40) if said.speaks else said


def _let_in(said: TlsAnswer) -> TlsAnswer:
    """What was refused is taken: in the version that was offered, with the first suite and group of the offer."""
    if not said.refuses:
        return said
    hello = said.hello
    return msgspec.structs.replace(
        said,
        answer="server-hello",
        alert=None,
        version=hello.supported[0] if hello.supported else hello.version,
        suite=hello.suites[0] if hello.suites else 0,
        complete=True,
    )


SPOILT: dict[str, Spoil] = {
    "the server closes without a word": _silent,
    "the refusal comes an hour later": _late,
    "the alert is about something else": _about_something_else,
    "the control is refused too": _control_refused,
}


@contextmanager
def _spoiling(spoil: Spoil) -> Iterator[None]:
    reading = Evidence.read

    def read(self: Evidence) -> Any:
        said = reading(self)
        return spoil(said) if isinstance(said, TlsAnswer) else said

    with patch.object(Evidence, "read", read):
        yield


def test_every_check_of_refusals_passes_somewhere_here(kept: list[Kept]) -> None:
    seen = {check for run in kept for check in run.rows.values()}
    assert tls_checks() - seen == set(), "add a server that a pass of it can be looked at by"


@pytest.mark.parametrize("name", SPOILT)
def test_a_refusal_is_not_believed(kept: list[Kept], name: str) -> None:
    for run in kept:
        with _spoiling(SPOILT[name]):
            found = run.judged()
        believed = {row: check for row, check in run.rows.items() if found[row] == "pass"}
        assert believed == {}, run.named


def test_what_is_let_in_is_found(kept: list[Kept]) -> None:
    for run in kept:
        with _spoiling(_let_in):
            found = run.judged()
        missed = {row: (check, found[row]) for row, check in run.rows.items() if found[row] == "pass"}
        assert missed == {}, run.named
