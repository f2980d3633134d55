"""The profile fhir-r4-search against the reference supplier, whole and with one thing changed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from checker.cli.compose import profile, registry
from fixtures.supplier.scenario import SEARCH, Scenario, files, load
from fixtures.supplier.serve import Served
from tests.cli.in_process import here
from tests.cli.support import AUTHORITY, FAST, SECRET, identity_of, report, supplier_text

PROFILE = "fhir-r4-search"


def scenarios() -> list[Scenario]:
    """All faults, then all decoys."""
    return [load(path) for kind in ("fault", "decoy") for path in files(kind, SEARCH)]


def rows() -> tuple[str, ...]:
    """The rows of the profile."""
    return tuple(row.id for row in profile(PROFILE, registry()).requirements)


def near(scenario: Scenario) -> tuple[str, ...]:
    """The rows that a scenario is tried with in the tests: its own, and those that it says may change."""
    return (*scenario.requirements, *scenario.also)


def measure(scenario: Scenario | None = None, *only: str) -> dict[str, Any]:
    """The report of a run at S2; ``only`` some rows, or all."""
    with Served(scenario) as served:
        return measured(served, *only)


def measured(served: Served, *only: str) -> dict[str, Any]:
    """The same against a supplier that is running."""
    with tempfile.TemporaryDirectory(prefix="search-") as folder:
        place = Path(folder)
        text = supplier_text(
            served.base_url,
            token_url=served.token_url,
            identity=identity_of(served),
            ca=served.ca,
            environment="demonstration",
            more=AUTHORITY,
        )
        (place / "supplier.toml").write_text(text, "utf-8")
        picked = [part for name in only for part in ("--only", name)]
        given = ("run", "-p", PROFILE, "--safety", "S2", *FAST, "-q", *picked, "-o", "json:report.json")
        done = here(*given, cwd=place, env={SECRET: served.client_secret})
        assert (place / "report.json").exists(), done.stderr
        return report(place / "report.json")
