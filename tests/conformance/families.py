"""The families of faults and decoys: a profile, what is tried on it, and how it is run against one of them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from checker.model.verdict import Verdict
from fixtures.supplier.export import export
from fixtures.supplier.face_switches import FaceSwitches
from fixtures.supplier.scenario import (
    DATA_PROTECTION,
    DATA_QUALITY,
    FACES,
    HONESTY,
    PACKED,
    PACKED_LIVE,
    TLS,
    WRITE,
    Scenario,
)
from fixtures.supplier.serve import Served
from fixtures.supplier.switches import ExportSwitches
from tests.cli.in_process import here
from tests.cli.support import FAST, outcomes, site
from tests.conformance import (
    authorising,
    client_side,
    exit_rehearsal,
    faces,
    folders,
    guarded,
    hardening,
    mutual_tls,
    obligations,
    packs,
    releases,
    searching,
    signing_on,
    supply_chain,
    tls_servers,
    uk_core,
)

Outcomes = Mapping[str, str]
"""Requirement → outcome, the reason of an inconclusive one in brackets."""
Runs = Callable[[Scenario | None], Outcomes]
"""What the whole profile says of a scenario; None is the healthy supplier."""


@dataclass(frozen=True)
class Family:
    """A profile with the faults and decoys that are tried on it."""

    profile: str
    scenarios: Callable[[], list[Scenario]]
    bench: Callable[[], AbstractContextManager[Runs]]


def takes_writes() -> Scenario:
    """The supplier that takes writes, and does so rightly."""
    return Scenario(
        name="healthy", kind="decoy", requirements=("*",), title="It takes writes", faces=FaceSwitches(writing="right")
    )


def honesty(scenario: Scenario | None = None) -> dict[str, Any]:
    """The report of a run of `capability-honesty` against the reference supplier, changed as the scenario says."""
    with tempfile.TemporaryDirectory(prefix="honesty-") as place, Served(scenario) as served:
        found = site(Path(place), served)
        done = here("run", "-p", HONESTY, *FAST, "-q", "-o", "json:report.json", cwd=found.folder, env=found.env)
        assert found.path("report.json").exists(), done.stderr
        return found.report()


@contextmanager
def _plain(run: Callable[[Scenario | None], dict[str, Any]]) -> Iterator[Runs]:
    yield lambda scenario: outcomes(run(scenario))


@contextmanager
def _release() -> Iterator[Runs]:
    yield lambda scenario: {name: _said(one) for name, one in releases.measured(scenario).items()}


def _said(verdict: Mapping[str, Any]) -> str:
    reason = verdict.get("reason")
    return f"{verdict['outcome']}({reason})" if reason else str(verdict["outcome"])


@contextmanager
def _records() -> Iterator[Runs]:
    def said(found: Mapping[str, Verdict]) -> dict[str, str]:
        return {name: str(one.outcome) for name, one in found.items()}

    yield lambda scenario: said(uk_core.changed(scenario) if scenario else uk_core.conforming())


@contextmanager
def _own_records() -> Iterator[Runs]:
    """Over the reference supplier's own export, which shows less than the one that conforms."""

    def run(scenario: Scenario | None) -> Outcomes:
        found = export(switches=scenario.export if scenario else None)
        files = {name: text.splitlines() for name, text in found.items() if name.endswith(".ndjson")}
        return {name: str(one.outcome) for name, one in uk_core.verdicts(files).items()}

    yield run


def _of_records(*, own: bool) -> list[Scenario]:
    return [one for one in uk_core.scenarios() if ("export" in one.changes) is own]


@contextmanager
def _exit() -> Iterator[Runs]:
    with Served(None) as served, tempfile.TemporaryDirectory(prefix="exit-") as folder:

        def run(scenario: Scenario | None) -> Outcomes:
            asked: ExportSwitches = scenario.export if scenario else exit_rehearsal.WHOLE
            place = Path(tempfile.mkdtemp(dir=folder))
            return outcomes(exit_rehearsal.rehearsed(exit_rehearsal.handed_over(place, served, asked)))

        yield run


@contextmanager
def _face(name: str) -> Iterator[Runs]:
    with obligations.Bench(name) as bench:
        yield bench.outcomes


def _in_folder(name: str) -> Family:
    return Family(name, partial(folders.scenarios, name), partial(_plain, partial(folders.report_of, name)))


def _faced(name: str) -> Family:
    return Family(name, partial(faces.scenarios, name), partial(_plain, partial(faces.report_of, name)))


def _written(scenario: Scenario | None) -> dict[str, Any]:
    return faces.report_of(WRITE, scenario or takes_writes())


FAMILIES: Mapping[str, Family] = {
    family.profile: family
    for family in (
        _in_folder(DATA_QUALITY),
        _in_folder(DATA_PROTECTION),
        Family(releases.PROFILE, releases.scenarios, _release),
        Family(exit_rehearsal.PROFILE, exit_rehearsal.scenarios, _exit),
        Family(uk_core.PROFILE, partial(_of_records, own=False), _records),
        Family("uk-core-of-the-supplier", partial(_of_records, own=True), _own_records),
        Family(HONESTY, partial(folders.scenarios, HONESTY), partial(_plain, honesty)),
        Family(searching.PROFILE, searching.scenarios, partial(_plain, searching.measure)),
        *(_faced(name) for name in FACES),
        Family(WRITE, partial(faces.scenarios, WRITE), partial(_plain, _written)),
        *(
            Family(name, partial(tls_servers.scenarios, name), partial(_plain, partial(tls_servers.report_of, name)))
            for name in TLS
        ),
        *(
            Family(of, partial(obligations.scenarios, name), partial(_face, name))
            for name, of in obligations.PROFILES.items()
        ),
        Family(guarded.PROFILE, guarded.scenarios, partial(_plain, guarded.measure)),
        Family(hardening.PROFILE, hardening.scenarios, partial(_plain, hardening.report_of)),
        Family(authorising.PROFILE, authorising.scenarios, partial(_plain, authorising.measure)),
        Family(supply_chain.PROFILE, supply_chain.scenarios, partial(_plain, supply_chain.report_of)),
        Family(client_side.PROFILE, client_side.scenarios, partial(_plain, client_side.report_of)),
        Family(mutual_tls.PROFILE, mutual_tls.scenarios, partial(_plain, mutual_tls.measure)),
        *(Family(name, *packs.family(name)) for name in PACKED if packs.scenarios(name)),
        Family(PACKED_LIVE, *packs.live_family()),
        Family(signing_on.FOLDER, signing_on.scenarios, partial(_plain, signing_on.report_of)),
    )
}
"""Profile → its family: all but those of the baseline, which `matrix` runs as a supplier would."""
