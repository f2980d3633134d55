"""A profile of obligations against the face of the supplier that offers them, whole and with one thing changed.

One supplier serves all scenarios of a face: what is changed is changed between two runs.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from checker.cli.compose import profile, registry
from fixtures.supplier.faces.made import known_text
from fixtures.supplier.faces.switches import FaceSwitches
from fixtures.supplier.scenario import Scenario, files, load
from fixtures.supplier.serve import Served
from tests.cli.in_process import here
from tests.cli.support import AUTHORITY, FAST, SECRET, Site, identity_of, outcomes, supplier_text

PROFILES = {"uk-core-access": "uk-core-access", "bars": "bars-receiver", "gp-connect": "gp-connect-provider"}
"""Face, and folder of its faults and decoys → the profile that it is judged by."""


class Bench:
    """A face that is served, and the command that judges it."""

    def __init__(self, face: str) -> None:
        self.face = face
        self.profile = PROFILES[face]
        self.served = Served(face=face)
        self._folder = tempfile.TemporaryDirectory(prefix="face-")

    def __enter__(self) -> Self:
        """Start it."""
        self.served.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.served.__exit__(kind, error, trace)
        self._folder.cleanup()

    def site(self) -> Site:
        """The folder, with a supplier file that leads to the face."""
        assert self.served.face is not None
        elsewhere = self.served.face.switches.base_path
        text = supplier_text(
            self.served.origin + elsewhere if elsewhere else self.served.face_url,
            token_url=self.served.token_url,
            identity=identity_of(self.served),
            ca=self.served.ca,
            more=AUTHORITY + known_text(self.face),
        )
        folder = Path(self._folder.name)
        (folder / "supplier.toml").write_text(text, "utf-8")
        return Site(folder, {SECRET: self.served.client_secret})

    def report(self, switches: FaceSwitches | None = None, only: Sequence[str] = ()) -> dict[str, Any]:
        """The report on the face with these switches; None is the healthy one."""
        assert self.served.face is not None
        self.served.face.switches = switches or FaceSwitches(face=self.face)
        place = self.site()
        picked = [part for name in only for part in ("--only", name)]
        given = ("run", "-p", self.profile, "--safety", "S2", *FAST, "-q", "--overwrite", *picked)
        done = here(*given, "-o", "json:report.json", cwd=place.folder, env=place.env)
        assert place.path("report.json").exists(), done.stderr
        return place.report()

    @staticmethod
    def said(report: dict[str, Any]) -> dict[str, str]:
        """Requirement → outcome, of a report."""
        return outcomes(report)

    def outcomes(self, scenario: Scenario | None = None, only: Sequence[str] = ()) -> dict[str, str]:
        """Requirement → outcome."""
        return outcomes(self.report(scenario.face if scenario else None, only))


def scenarios(face: str) -> list[Scenario]:
    """The faults, then the decoys of a face."""
    return [load(path) for kind in ("fault", "decoy") for path in files(kind, face)]


def by_machine(face: str) -> set[str]:
    """The rows that a check decides."""
    return {row.id for row in profile(PROFILES[face], registry()).requirements if row.check is not None}


def problems(scenario: Scenario, found: dict[str, str], before: dict[str, str]) -> list[str]:
    """What is not as the file of the scenario says. Empty: all is explained."""
    changed = {name for name, said in found.items() if said != before[name]}
    explained = set(scenario.also)
    said = [f"{name} is an error" for name, one in found.items() if one.startswith("error")]
    if scenario.kind == "fault":
        (caught_by,) = scenario.requirements
        explained.add(caught_by)
        if found.get(caught_by) != "fail":
            said.append(f"{caught_by} does not catch it: {found.get(caught_by)}")
    else:
        said += [f"{name} fails" for name in sorted(changed) if found[name] == "fail"]
    said += [f"{name} became {found[name]}" for name in sorted(changed - explained) if "*" not in explained]
    return said + [f"{name} is explained and did not change" for name in sorted(set(scenario.also) - changed - {"*"})]


def main() -> int:
    """All rows of each profile for each scenario of its face; 1 when something is not explained."""
    bad = 0
    for face in PROFILES:
        with Bench(face) as bench:
            before = bench.outcomes()
            sys.stdout.write(f"{face}: {sum(1 for one in before.values() if one == 'pass')} rows pass\n")
            for scenario in scenarios(face):
                told = problems(scenario, bench.outcomes(scenario), before)
                bad += bool(told)
                sys.stdout.write(f"{scenario.kind} {scenario.name}: {'; '.join(told) or 'explained'}\n")
                sys.stdout.flush()
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
