"""Clinical safety over evidence packs of odd forms, and over big ones: never an error, and never a pass by mistake."""

from __future__ import annotations

import csv
import io

import pytest

from checker.checks.pack.device_upkeep import check_digit_fits
from checker.checks.pack.hazards import bounded, by_hazard, scheme_of
from checker.checks.pack.third_parties import matches
from checker.model.verdict import Finding
from fixtures.packs.build import GOOD
from fixtures.supplier.edits import Edit
from fixtures.supplier.scenario import Scenario
from tests.cli.support import outcomes, verdict
from tests.conformance.packs import report_of

PROFILE = "clinical-safety"
LOG = "safety/hazard-log.csv"
SAFETY = "safety/safety.yaml"


def over(*edits: Edit) -> dict[str, str]:
    """What the rows say of the good pack with edits made."""
    return outcomes(report_of(PROFILE, Scenario(name="x", kind="fault", requirements=("X-1",), title="x", pack=edits)))


def whole(path: str, text: str) -> Edit:
    """An edit that sets the whole text of a file."""
    return Edit(resource=path, at="", value=text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "id\n",
        "PK\x03\x04",
        "%PDF-1.7\n",
        '"id\n',
        "id,id\nHAZ-01,HAZ-02\n",
        "name\nwithout an id\n",
        "id;name\nHAZ-01;semicolons\n",
        "id,initial-risk\nHAZ-01\n",
    ],
)
def test_a_hazard_log_of_another_form_passes_nothing(text: str) -> None:
    found = over(whole(LOG, text))
    assert not [name for name, said in found.items() if said.startswith("error")]
    for number in (1, 3, 4, 5, 6, 7):
        assert not found[f"CS-HAZ-0{number}"].startswith("pass"), number


@pytest.mark.parametrize(
    "text",
    ["", "[]", "scheme: text\n", "a: &a [*a]\n", "officers: [{id: 'CSO 1'}]\n", "\x00", "scheme: {matrix: [1]}\n"],
)
def test_a_section_of_another_form_is_not_decided(text: str) -> None:
    found = over(whole(SAFETY, text))
    assert not [name for name, said in found.items() if said.startswith("error")]
    for name in ("CS-HAZ-02", "CS-HAZ-03", "CS-HAZ-06", "CS-HAZ-08", "CS-CASE-02", "CS-CASE-05", "CS-CASE-10"):
        assert found[name].startswith("inconclusive"), name


@pytest.mark.parametrize("text", ["", "[]", "modules: []\ndevices: []\n", "devices: [{id: a}]\nmodules: [{id: b}]\n"])
def test_devices_of_another_form_pass_nothing(text: str) -> None:
    found = over(whole("device/device.yaml", text))
    assert not [name for name, said in found.items() if said.startswith(("error", "pass")) and "-MD-" in name]


def test_a_bomb_for_a_test_report_is_not_decided() -> None:
    bomb = '<!DOCTYPE t [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><testsuite>&b;</testsuite>'
    assert over(whole("safety/safety-tests.xml", bomb))["CS-CASE-06"] == "inconclusive(prerequisite)"


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", ""])
def test_a_day_that_there_is_not_is_not_taken_for_one(day: str) -> None:
    found = over(Edit(resource="safety/safety-incidents.csv", at="/0/reported", value=day))
    assert found["CS-HAZ-11"] == "fail"
    found = over(Edit(resource=LOG, at="/0/changed", value=day))
    assert found["CS-HAZ-08"] == ("pass" if not day else "inconclusive(prerequisite)")


def test_a_slip_in_the_list_of_artefacts_makes_no_file_a_missing_one() -> None:
    found = over(Edit(resource="pack.yaml", at="/artefacts/9/kind", remove=True))
    assert not [name for name, said in found.items() if said in ("fail", "error")]


def test_ten_thousand_hazards() -> None:
    rows = list(csv.DictReader(io.StringIO((GOOD / LOG).read_text("utf-8"))))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    for number in range(10_000):
        writer.writerow({**rows[10], "id": f"HAZ-{number + 100}", "initial-risk": "2" if number % 2 else "1"})
    edit = whole(LOG, text.getvalue())
    scenario = Scenario(name="x", kind="fault", requirements=("X-1",), title="x", pack=(edit,))
    report = report_of(PROFILE, scenario)
    found = outcomes(report)
    assert found["CS-HAZ-03"] == "fail"
    assert found["CS-HAZ-01"] == found["CS-HAZ-13"] == "pass"
    findings = verdict(report, "CS-HAZ-03")["findings"]
    assert sum(one["count"] for one in findings) == 5_000
    assert len(findings) < 50


def test_findings_beyond_a_bound_are_counted_by_message() -> None:
    every = [Finding(message="a", expected="", actual="", place=str(one)) for one in range(100)]
    found = list(bounded([*every, Finding(message="b", expected="", actual="")]))
    assert sum(one.count for one in found) == 101
    assert len(found) == 27


def test_a_control_is_joined_from_either_side_once() -> None:
    hazards = [{"id": "H-1", "controls": "C-1; c-2"}, {"id": "H-2", "controls": "none"}]
    controls = [{"id": "C-1", "hazard": "h-1"}, {"id": "C-2", "hazard": "H-2; H-9"}]
    found = by_hazard(controls, hazards)
    assert [one["id"] for one in found["h-1"]] == ["C-1", "C-2"]
    assert [one["id"] for one in found["h-2"]] == ["C-2"]


def test_words_of_one_scale_are_not_those_of_another() -> None:
    found = scheme_of(
        {
            "severities": ["low", "high"],
            "likelihoods": ["low", "high"],
            "levels": ["1", "2"],
            "acceptable": ["1", "9"],
            "matrix": {"low": {"low": "1", "HIGH": "1"}, "high": {"low": "2", "never": "2"}},
            "also-called": {"severities": {"2": "high"}},
        }
    )
    assert found.rank("severities", "2") == 1
    assert found.rank("likelihoods", "2") is None
    assert found.matrix == {(0, 0): 0, (0, 1): 0, (1, 0): 1}
    assert found.acceptable == frozenset({0})


def test_patterns_of_names() -> None:
    assert matches(["a", "b", "c"], "axbyc")
    assert not matches(["a", "b", "c"], "acb")
    assert not matches(["ab", "ba"], "aba")
    assert matches(["", "x", ""], "x")


def test_check_digits() -> None:
    assert check_digit_fits("05099990000010")
    assert not check_digit_fits("05099990000011")
