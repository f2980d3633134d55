"""Each fault of an export to leave with is caught by its own row, and says what would be lost; no decoy is a fault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from checker.cli.compose import profile, registry
from fixtures.supplier.scenario import EXIT, Scenario, files, load
from fixtures.supplier.serve import Served
from tests.cli.in_process import here
from tests.cli.support import FAST, outcomes, verdict
from tests.conformance.exit_rehearsal import PROFILE, handed_over, rehearsed, scenarios

OF_RECORDS = ("9990000018", "Abernquill", "960784", "1948-02-29", "Fuller", "Ward 7")
"""Values of the records: no report holds one."""


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served(None) as found:
        yield found


@pytest.fixture(scope="module")
def healthy(served: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return outcomes(rehearsed(handed_over(tmp_path_factory.mktemp("whole"), served)))


def test_a_whole_export_passes_every_row_that_a_tool_decides(healthy: dict[str, str]) -> None:
    by_person = {"DH-EXIT-09"}
    assert {name: said for name, said in healthy.items() if said != "pass"} == dict.fromkeys(
        by_person, "inconclusive(human)"
    )
    assert len(healthy) == 12


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda one: f"{one.kind}-{one.name}")
def test_a_fault_is_caught_by_its_row_alone(
    scenario: Scenario, served: Served, healthy: dict[str, str], tmp_path: Path
) -> None:
    place = handed_over(tmp_path, served, scenario.export)
    found = outcomes(rehearsed(place))
    changed = {name for name, said in found.items() if said != healthy[name]}
    if scenario.kind == "fault":
        (caught_by,) = scenario.requirements
        assert found[caught_by] == "fail"
        assert changed == {caught_by, *scenario.also}
    else:
        assert changed == set()
    text = place.path("report.json").read_text("utf-8")
    assert not [value for value in OF_RECORDS if value in text]


def test_every_row_that_a_machine_decides_has_a_fault() -> None:
    elsewhere = {"DH-EXIT-02", "DH-DQ-10"}  # of export-basics, in the folder of the baseline
    by_machine = {row.id for row in profile(PROFILE, registry()).requirements if row.check is not None}
    broken = {name for path in files("fault", EXIT) for name in load(path).requirements}
    assert by_machine - broken == elsewhere


def test_ten_missing_resources_are_told_by_type_and_altered_ones_by_path(served: Served, tmp_path: Path) -> None:
    said = {}
    for name in ("DH-EXIT-03", "DH-EXIT-03.2"):
        fault = load(next(path for path in files("fault", EXIT) if path.stem == name))
        said[name] = verdict(rehearsed(handed_over(tmp_path / name, served, fault.export)), "DH-EXIT-03")["findings"]
    (altered,) = said["DH-EXIT-03"]
    assert (altered["place"], altered["count"]) == ("Observation.valueQuantity.unit", 10)
    assert [(one["place"], one["count"]) for one in said["DH-EXIT-03.2"]] == [("Condition", 3), ("Observation", 7)]
    assert all(at.partition("#")[2].startswith("/entry/") for one in said["DH-EXIT-03.2"] for at in one["examples"])


def test_a_cut_off_export_never_passes_and_says_what_would_be_lost(served: Served, tmp_path: Path) -> None:
    place = handed_over(tmp_path, served)
    path = place.path("export") / "Observation.ndjson"
    path.write_bytes(path.read_bytes()[:-3000])
    report = rehearsed(place)
    for row in ("DH-EXIT-02", "DH-EXIT-03"):
        assert outcomes(report)[row] in ("fail", "inconclusive(no-data)")
    assert "Observation that the interface shows are not in the export" in str(verdict(report, "DH-EXIT-03"))


def test_judging_the_recording_again_gives_the_same_bytes(served: Served, tmp_path: Path) -> None:
    place = handed_over(tmp_path, served)
    rehearsed(place)
    for name in ("one.json", "two.json"):
        here("judge", "recording.zip", "-p", PROFILE, "-o", f"json:{name}", cwd=place.folder)
    one, two = (place.path(name).read_bytes() for name in ("one.json", "two.json"))
    assert one == two
    assert outcomes(place.report("one.json")) == outcomes(place.report())


def test_without_an_endpoint_what_the_export_says_of_itself_is_judged(served: Served, tmp_path: Path) -> None:
    place = handed_over(tmp_path, served)
    given = ("--artefact", "export=export", "--artefact", "dictionary=dictionary", "--artefact", "audit-log=export")
    place.path("supplier.toml").unlink()
    here("run", "-p", PROFILE, *FAST, "-q", *given, "-o", "json:report.json", cwd=place.folder)
    found = outcomes(place.report())
    assert found["DH-EXIT-03"] == "inconclusive(no-data)"
    assert {name for name, said in found.items() if said == "pass"} >= {"DH-EXIT-01", "DH-EXIT-05", "DH-EXIT-11"}
