"""Each fault of a national API is caught by its own row; the healthy face passes all; no decoy is taken for a fault."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from fixtures.supplier.faces.made import KNOWN
from fixtures.supplier.scenario import Scenario, files, load
from fixtures.supplier.serve import Served
from tests.cli.in_process import here
from tests.cli.support import AUTHORITY, FAST, outcomes, site
from tests.conformance.obligations import PROFILES, Bench, by_machine, problems, scenarios

EVERY = [(face, scenario) for face in PROFILES for scenario in scenarios(face)]
DECIDED = {"uk-core-access": 89, "bars": 44, "gp-connect": 49}
OF_RECORDS = ("Abernquill", "Brackenfold", "1948-02-29", *(one["patient-nhs-number"] for one in KNOWN.values() if one))
"""Values of the records: no report holds one."""


@pytest.fixture(scope="module")
def benches() -> Iterator[dict[str, Bench]]:
    """One supplier for each face."""
    with ExitStack() as stack:
        yield {face: stack.enter_context(Bench(face)) for face in PROFILES}


@pytest.mark.parametrize("face", PROFILES)
def test_the_healthy_face_passes_every_row_that_a_machine_decides(benches: dict[str, Bench], face: str) -> None:
    report = benches[face].report()
    found = benches[face].said(report)
    machine = by_machine(face)
    assert {name: said for name, said in found.items() if name in machine} == dict.fromkeys(machine, "pass")
    assert len(machine) == DECIDED[face]
    assert {said for name, said in found.items() if name not in machine} == {"inconclusive(human)"}
    text = str([row["verdict"] for row in report["rows"]])
    assert not [value for value in OF_RECORDS if value in text]


@pytest.mark.parametrize(("face", "scenario"), EVERY, ids=lambda one: one if isinstance(one, str) else one.name)
def test_what_a_fault_or_decoy_changes_is_what_its_file_says(
    benches: dict[str, Bench], face: str, scenario: Scenario
) -> None:
    """With the rows that it names, and at most five of those that it explains; the whole is a command of its own."""
    rows = (*scenario.requirements, *list(scenario.also)[:5])
    told = Scenario(
        name=scenario.name,
        kind=scenario.kind,
        requirements=scenario.requirements,
        title=scenario.title,
        face=scenario.face,
        also={name: why for name, why in scenario.also.items() if name in rows},
    )
    report = benches[face].report(scenario.face, rows)
    found = benches[face].said(report)
    assert problems(told, found, dict.fromkeys(found, "pass")) == []
    text = str([row["verdict"] for row in report["rows"]])
    assert not [value for value in OF_RECORDS if value in text]


@pytest.mark.parametrize("face", PROFILES)
def test_every_row_that_a_machine_decides_has_a_fault(face: str) -> None:
    broken = {name for path in files("fault", face) for name in load(path).requirements}
    assert by_machine(face) - broken == set()


def test_there_are_decoys_enough() -> None:
    assert len([one for _, one in EVERY if one.kind == "decoy"]) >= 16


def test_the_worked_example_of_the_documentation_is_a_profile_that_runs(tmp_path: Path) -> None:
    """A new API is a new data file: here one that judges the records of the reference supplier."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "obligations.md").read_text("utf-8")
    head, obligations = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)[:2]
    told = re.findall(r"^(CLINIC-[A-Z-]+) +(MUST|SHOULD) ", page, re.MULTILINE)
    (known,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    place = tmp_path / "clinic-calendar"
    place.mkdir()
    (place / "profile.yaml").write_text(head, "utf-8")
    (place / "obligations.yaml").write_text(obligations, "utf-8")
    with Served() as served:
        at = site(tmp_path, served, more=AUTHORITY + known)
        here("run", "-p", str(place), *FAST, "-q", "-o", "json:report.json", cwd=at.folder, env=at.env)
        report = at.report()
    assert [(row["id"], row["verdict"]["obligation"]) for row in report["rows"]] == told
    assert outcomes(report) == dict.fromkeys((id for id, _ in told), "pass")
