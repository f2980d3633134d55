"""The same over HTTP/2 as over HTTP/1.1: what passes and what fails, and nothing by a mixture of the two."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from fixtures.supplier.over_http2 import ServedOverHttp2
from fixtures.supplier.scenario import Scenario, load
from fixtures.supplier.serve import Served
from tests.cli.in_process import here
from tests.cli.support import FAST, Site, outcomes, site, verdict

SECURITY = "api-security"
FAULTS = Path(__file__).parents[2] / "fixtures" / "faults"
CAUGHT = ("AUTH-001", "AUTH-007", "API-007", "HSTS-001", "FHIR-SRCH-006")


def ran(place: Site, profile: str, *more: str) -> dict[str, Any]:
    """The report of a run at S2 from there."""
    command = ("run", "-p", profile, "--safety", "S2", *FAST, *more, "-q", "-o", "json:report.json")
    done = here(*command, cwd=place.folder, env=place.env)
    assert place.path("report.json").exists(), done.stderr
    return place.report()


def protocols(place: Site) -> Counter[str]:
    """How many answers of the recording came over which protocol."""
    with zipfile.ZipFile(place.path("recording.zip")) as recording:
        found = b"\n".join(recording.read(name) for name in recording.namelist())
    return Counter(one.decode() for one in re.findall(rb'"http_version":"([^"]*)"', found))


def over(kind: type[Served], folder: Path, profile: str, *more: str, scenario: Scenario | None = None) -> Site:
    """A site on which that profile was run against the supplier, over what it speaks."""
    with kind(scenario) as served:
        place = site(folder, served)
        ran(place, profile, *more)
    return place


@pytest.mark.parametrize("at_once", ["1", "6"])
def test_every_row_says_the_same_over_both_and_judging_again_gives_the_same_bytes(tmp_path: Path, at_once: str) -> None:
    said = ("--http2", "--concurrency", at_once)
    one = over(Served, tmp_path / "one", SECURITY, *said)
    two = over(ServedOverHttp2, tmp_path / "two", SECURITY, *said)
    assert outcomes(two.report()) == outcomes(one.report())
    assert set(outcomes(two.report()).values()) == {"pass"}
    assert (set(protocols(one)), set(protocols(two))) == ({"HTTP/1.1"}, {"HTTP/2"})
    assert protocols(one).total() == protocols(two).total()
    here("judge", "recording.zip", "-p", SECURITY, "-o", "json:again.json", cwd=two.folder)
    assert two.path("again.json").read_bytes() == two.path("report.json").read_bytes()


def test_who_does_not_ask_for_it_is_answered_in_http1(tmp_path: Path) -> None:
    place = over(ServedOverHttp2, tmp_path, SECURITY, "--only", "HSTS-001")
    assert outcomes(place.report())["HSTS-001"] == "pass"
    assert set(protocols(place)) == {"HTTP/1.1"}


@pytest.mark.parametrize("name", CAUGHT)
def test_a_fault_is_caught_by_the_same_rows(tmp_path: Path, name: str) -> None:
    fault = load(FAULTS / f"{name}.yaml")
    picked = ("--http2", *(part for row in fault.requirements for part in ("--only", row)))
    one = over(Served, tmp_path / "one", "baseline", *picked, scenario=fault)
    two = over(ServedOverHttp2, tmp_path / "two", "baseline", *picked, scenario=fault)
    assert outcomes(two.report()) == outcomes(one.report())
    assert {outcomes(two.report())[row] for row in fault.requirements} == {"fail"}
    assert set(protocols(two)) == {"HTTP/2"}


@pytest.mark.parametrize("name", [None, "AUTH-001"], ids=["refuses", "gives-it-all"])
def test_a_pair_over_two_protocols_is_neither_a_pass_nor_a_fail(tmp_path: Path, name: str | None) -> None:
    with ServedOverHttp2(load(FAULTS / f"{name}.yaml") if name else None, fickle=True) as served:
        place = site(tmp_path, served)
        found = verdict(ran(place, "baseline", "--http2", "--only", "AUTH-001"), "AUTH-001")
    assert (found["outcome"], found["reason"]) == ("inconclusive", "prerequisite")
    assert any("did not go over the same protocol" in one for one in found["why"])
    assert set(protocols(place)) == {"HTTP/1.1", "HTTP/2"}
