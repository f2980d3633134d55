"""A profile over the good evidence pack of an invented supplier, and over the same with something changed."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from checker.cli.clock import SystemClock
from fixtures.packs.build import build
from fixtures.supplier import VERSION
from fixtures.supplier.capability import SOFTWARE
from fixtures.supplier.edits import Edit
from fixtures.supplier.scenario import PACKED_LIVE, Scenario
from fixtures.supplier.serve import Served
from tests.cli.in_process import here
from tests.cli.support import FAST, outcomes, site
from tests.conformance import folders

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""When the packs are judged: what they hold expires."""
ENDPOINT = "https://supplier.invalid/fhir"
"""Stands in a pack for the address of a supplier that runs."""

scenarios = folders.scenarios


def report_of(
    profile: str,
    scenario: Scenario | None = None,
    *,
    only: Sequence[str] = (),
    given: Sequence[str] = (),
) -> dict[str, Any]:
    """The report on the good pack, with a scenario's edits made, as at ``NOW``.

    ``only``: some rows and what they build on. ``given``: further options. No request is sent, unless the scenario
    changes the supplier: then that one is asked.
    """
    with tempfile.TemporaryDirectory(prefix="pack-") as place, patch.object(SystemClock, "now", lambda self: NOW):
        changes = (scenario.pack, scenario.pack_after) if scenario else ((), ())
        if scenario is not None and "supplier" in scenario.changes:
            with Served(scenario) as served:
                build(Path(place) / "pack", *changes, texts={ENDPOINT: served.base_url})
                folder = site(Path(place), served, artefacts={"evidence-pack": "pack"})
                return _run(Path(place), profile, only, (*FAST, *given), folder.env)
        build(Path(place) / "pack", *changes)
        usual = ("--artefact", "evidence-pack=pack", "--name", "Harrow & Vale")
        return _run(Path(place), profile, only, (*usual, *given))


def _run(
    place: Path, profile: str, only: Sequence[str], given: Sequence[str], env: Mapping[str, str] | None = None
) -> dict[str, Any]:
    picked = [part for name in only for part in ("--only", name)]
    done = here("run", "-p", profile, *picked, *given, "-q", "-o", "json:report.json", cwd=place, env=env)
    assert (place / "report.json").exists(), done.stderr
    found: dict[str, Any] = json.loads((place / "report.json").read_bytes())
    assert found["exit_code"] == done.returncode
    return found


def live_report_of(
    profile: str,
    scenario: Scenario | None = None,
    *,
    changes: Iterable[Edit] = (),
    texts: Mapping[str, str] | None = None,
    only: Sequence[str] = (),
) -> dict[str, Any]:
    """The report on the good pack and the reference supplier that it speaks of, which is served and asked.

    ``scenario``: what is changed in the supplier or the pack; ``changes``: what else is in the pack; ``texts``: what
    else stands for a text in its files, besides the address, name and version of the supplier that runs.
    """
    picked = [part for name in only for part in ("--only", name)]
    asked_for = (*(scenario.pack if scenario else ()), *changes)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pack-") as place, Served(scenario) as served:
        found = site(Path(place), served, artefacts={"evidence-pack": "pack"})
        told = found.path("supplier.toml")
        named = told.read_text("utf-8").replace('"Record"', f'"{SOFTWARE}"').replace('"1.0.0"', f'"{VERSION}"')
        told.write_text(named, "utf-8")
        known = {ENDPOINT: served.base_url, "Rowan Record": SOFTWARE, "4.2.0": VERSION, **(texts or {})}
        build(Path(place) / "pack", [_told(one, served.base_url) for one in asked_for], texts=known)
        asked = ("-p", profile, *FAST, *picked, "-q", "-o", "json:report.json")
        with patch.object(SystemClock, "now", lambda self: NOW + timedelta(seconds=time.monotonic() - began)):
            done = here("run", *asked, cwd=found.folder, env=found.env)
        assert found.path("report.json").exists(), done.stderr
        return found.report()


def _told(edit: Edit, address: str) -> Edit:
    """The edit with the address of the supplier that runs."""
    return replace(edit, value=json.loads(json.dumps(edit.value).replace(ENDPOINT, address)))


@contextmanager
def bench(profile: str) -> Iterator[Any]:
    """All rows of a profile over a scenario (see ``families``); nothing is served."""
    yield lambda scenario: outcomes(report_of(profile, scenario))


def live_family() -> tuple[Any, Any]:
    """The scenarios of ``evidence-pack`` that take a supplier that runs, and their bench."""

    @contextmanager
    def live() -> Iterator[Any]:
        yield lambda scenario: outcomes(live_report_of("evidence-pack", scenario))

    return partial(scenarios, PACKED_LIVE), live


def family(profile: str) -> tuple[Any, Any]:
    """The scenarios of a profile and its bench."""
    return partial(scenarios, profile), partial(bench, profile)
