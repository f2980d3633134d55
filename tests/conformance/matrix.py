"""The matrix: every fault and every decoy against the rows of its profile.

``python -m tests.conformance.matrix`` runs all rows for each, prints the tables, and exits 1 on anything unexplained;
``-p PROFILE`` for one profile, ``--shard 1/4`` for every fourth, names of faults and decoys for those alone. The
tests run, for each, the rows that it names, what those build on, and all passive ones.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from checker.cli.compose import profile, registry
from checker.cli.tables import table
from checker.engine.plan import needs_of_check
from checker.model.need import Need
from fixtures.supplier.scenario import Scenario, files, load
from fixtures.supplier.serve import Served
from tests.cli.in_process import here
from tests.cli.support import FAST, outcomes, site
from tests.conformance import folders
from tests.conformance.families import FAMILIES, Family

PROFILE = "baseline"


@dataclass(frozen=True)
class Measured:
    """What one run came to."""

    exit_code: int
    outcomes: dict[str, str]
    """Requirement → outcome, the reason of an inconclusive one in brackets."""
    rows: tuple[dict[str, Any], ...]
    stderr: str
    whole: bool = True
    """All rows of the profile: some of them never conclude compliant."""

    @property
    def computed_exit(self) -> int:
        """The exit code that the rows call for, worked out here and not by the tool."""
        counted = [row for row in self.rows if row["in_scope"] and row["confirmed"] and not row["draft"]]
        found = {row["verdict"]["outcome"] for row in counted if row["verdict"]["obligation"] == "MUST"}
        errors = any(row["verdict"]["outcome"] == "error" for row in counted)
        if "fail" in found:
            return 1
        if errors:
            return 4
        return 3 if "inconclusive" in found or "pass" not in found or not self.whole else 0


@cache
def passive() -> frozenset[str]:
    """The rows that look at whatever was exchanged or exported, and not at requests of their own alone."""
    known = registry()
    whole = profile(PROFILE, known)
    return frozenset(
        row.id
        for row in whole.requirements
        if row.check is not None
        and any(not isinstance(need, Need) for need in needs_of_check(row.check, known, whole.settings))
    )


def near(scenario: Scenario) -> tuple[str, ...]:
    """The rows that a fault or decoy is tried with in the tests: its own, and all passive ones."""
    rows = {row.id for row in profile(PROFILE, registry()).requirements}
    return tuple(sorted(passive() | (rows & {*scenario.requirements})))


def measure(scenario: Scenario | None = None, only: Sequence[str] = (), *, apart: bool = True) -> Measured:
    """Run the command at S2 against the supplier of a scenario and its export; None is the healthy one.

    ``only``: some rows and what they build on; none is the whole profile. ``apart``: in a process of its own; else in
    this one, which spares the start of another and must have no other threads that mind the current folder.
    """
    picked = [part for name in only for part in ("--only", name)]
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder, Served(scenario) as served:
        said = {"environment": scenario.environment, "handed": scenario.handed} if scenario else {}
        place = site(Path(folder), served, export=scenario.export if scenario else None, **said)  # type: ignore[arg-type]
        safety = "S1" if scenario and scenario.environment == "live" else "S2"
        asked = ("run", "-p", PROFILE, "--safety", safety, *FAST, "-q", *picked, "-o", "json:report.json")
        done = place.run(*asked) if apart else here(*asked, cwd=place.folder, env=place.env)
        assert place.path("report.json").exists(), done.stderr
        found = place.report()
        assert found["exit_code"] == done.returncode, (scenario and scenario.name, done.returncode, done.stderr)
        return Measured(done.returncode, outcomes(found), tuple(found["rows"]), done.stderr, whole=not only)


def changes(measured: Measured, healthy: Measured) -> dict[str, str]:
    """Requirement → what it says now, for the rows that say something else than with the healthy supplier."""
    assert measured.outcomes.keys() == healthy.outcomes.keys() or not measured.whole
    return {name: said for name, said in measured.outcomes.items() if said != healthy.outcomes[name]}


def problems(scenario: Scenario, measured: Measured, healthy: Measured) -> list[str]:
    """What is not as it should be. Empty: all is explained."""
    changed = changes(measured, healthy)
    explained = set(changed) if "*" in scenario.also else set(scenario.also)
    found = [] if measured.exit_code == measured.computed_exit else [f"exit {measured.exit_code} does not fit the rows"]
    if any(said.startswith("error") for said in measured.outcomes.values()):
        found.append("a row is an error of the checker")
    if scenario.kind == "fault":
        (caught_by,) = scenario.requirements
        if measured.outcomes.get(caught_by) != "fail":
            found.append(f"{caught_by} does not catch it: {measured.outcomes.get(caught_by, 'not in the profile')}")
        explained.add(caught_by)
        row = next((one for one in measured.rows if one["id"] == caught_by), None)
        if row and row["confirmed"] and row["verdict"]["obligation"] == "MUST" and measured.exit_code != 1:
            found.append(f"exit {measured.exit_code} although a confirmed MUST fails")
    else:
        found += [f"{name} fails" for name, said in measured.outcomes.items() if said == "fail"]
        usual = healthy.exit_code if measured.whole else 3
        if measured.exit_code != usual and not explained & set(changed):
            found.append(f"exit {measured.exit_code} instead of {usual}")
    found += [f"{name}: {healthy.outcomes[name]} became {changed[name]}" for name in changed if name not in explained]
    return found


def scenarios() -> list[Scenario]:
    """All faults, then all decoys."""
    return [load(path) for kind in ("fault", "decoy") for path in files(kind)]


def line(scenario: Scenario, measured: Measured, healthy: Measured) -> tuple[str, ...]:
    """One line of the table."""
    own = ", ".join(f"{name} {measured.outcomes.get(name, '(not in profile)')}" for name in scenario.requirements)
    others = [
        f"{name} {said}" for name, said in changes(measured, healthy).items() if name not in scenario.requirements
    ]
    return f"{scenario.kind} {scenario.name}", own, str(measured.exit_code), "; ".join(others) or "-"


Line = tuple[str, ...]


def of_baseline(asked: Sequence[Scenario]) -> tuple[list[Line], list[str]]:
    """The table of the baseline, and what is not explained."""
    healthy = measure()
    with ThreadPoolExecutor(2) as pool:
        measured = list(pool.map(measure, asked))
    pairs = list(zip(asked, measured, strict=True))
    unexplained = [
        f"{scenario.kind} {scenario.name}: {problem}"
        for scenario, one in pairs
        for problem in problems(scenario, one, healthy)
    ]
    return [line(scenario, one, healthy) for scenario, one in pairs], unexplained


def of_family(family: Family, asked: Sequence[Scenario]) -> tuple[list[Line], list[str]]:
    """The same of another profile: all of its rows for each."""
    rows: list[Line] = []
    unexplained: list[str] = []
    with family.bench() as run:
        before = run(None)
        for scenario in asked:
            found = run(scenario)
            own = ", ".join(f"{name} {found.get(name, '(not in profile)')}" for name in scenario.requirements)
            others = [
                f"{name} {said}"
                for name, said in found.items()
                if said != before[name] and name not in scenario.requirements
            ]
            rows.append((f"{scenario.kind} {scenario.name}", own, "-", "; ".join(others) or "-"))
            told = folders.problems(scenario, found, before)
            unexplained += [f"{scenario.kind} {scenario.name}: {problem}" for problem in told]
    return rows, unexplained


def shard(value: str) -> tuple[int, int]:
    """``2/4``: the second of four."""
    number, _, of = value.partition("/")
    if not (number.isdigit() and of.isdigit() and 1 <= int(number) <= int(of)):
        raise argparse.ArgumentTypeError(f"{value!r} is not of the form 2/4")
    return int(number), int(of)


@cache
def _every() -> dict[str, list[Scenario]]:
    """Profile → all its scenarios, read once."""
    return {PROFILE: scenarios()} | {name: family.scenarios() for name, family in FAMILIES.items()}


def chosen(profiles: Sequence[str], names: Sequence[str], part: tuple[int, int]) -> dict[str, list[Scenario]]:
    """Profile → its scenarios: those of the names, or every ``of``-th of all."""
    every = _every()
    number, of = part
    asked = {name: [one for one in every[name] if not names or one.name in names] for name in profiles or every}
    return {name: found[number - 1 :: of] for name, found in asked.items() if found[number - 1 :: of]}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the matrix; 1 when something is not explained, 2 for a name that there is not."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.matrix", description=__doc__)
    parser.add_argument("names", nargs="*", help="files of fixtures/faults and fixtures/decoys, without .yaml; or all")
    parser.add_argument("-p", "--profile", action="append", choices=[PROFILE, *FAMILIES], help="or all; repeatable")
    parser.add_argument("--shard", type=shard, default=(1, 1), help="1/4: the first quarter, for four jobs beside")
    given = parser.parse_args(arguments)
    asked = chosen(given.profile or (), given.names, given.shard)
    if missing := sorted({*given.names} - {one.name for found in asked.values() for one in found}):
        parser.error(f"there is no fault or decoy {', '.join(missing)}")
    unexplained: list[str] = []
    for name, found in asked.items():
        rows, problems_here = of_baseline(found) if name == PROFILE else of_family(FAMILIES[name], found)
        heading: Line = ("fault or decoy", "its rows", "exit", "other changes")
        sys.stdout.write(f"profile {name}\n{table([heading, *rows])}\n\n")
        sys.stdout.flush()
        unexplained += [f"{name}: {problem}" for problem in problems_here]
    tried = sum(len(found) for found in asked.values())
    sys.stdout.write("\n".join([f"{tried} tried.", *(unexplained or ["Everything is explained."])]) + "\n")
    return 1 if unexplained else 0


if __name__ == "__main__":
    raise SystemExit(main())
