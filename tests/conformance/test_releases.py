"""Each fault of a release is caught by the one row that names it, and no decoy is taken for a fault."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from fixtures.supplier.release import TextEdit, write_release
from fixtures.supplier.scenario import RELEASE, Scenario, files, load
from fixtures.supplier.switches import SwitchError
from tests.conformance.releases import measured, problems, scenarios


@cache
def healthy() -> dict[str, dict[str, Any]]:
    """The release as it lies in the folder."""
    return measured()


def test_every_row_that_a_machine_decides_passes_on_the_healthy_release() -> None:
    by_machine = {name: one["outcome"] for name, one in healthy().items() if one["decider"] == "machine"}
    assert len(by_machine) == 20
    assert by_machine.pop("DH-ANON-11") == "not-applicable"  # under controlled access nobody need have tried
    assert set(by_machine.values()) == {"pass"}


@pytest.mark.parametrize(
    ("made", "outcome"),
    [("2026-03-01", "pass"), ("2023-01-01", "fail"), ("2999-01-01", "fail"), ("2026-02-30", "fail")],
)
def test_when_others_tried_to_name_people(made: str, outcome: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.cli.clock.SystemClock.now", lambda self: datetime(2026, 11, 22, 12, tzinfo=UTC))
    test = f"intruder-test: {{made: {made}, by: A firm, method: open sources, findings: none named}}"
    edit = TextEdit(file="release-declaration.yaml", find="publication: controlled", put=f"publication: open\n{test}")
    scenario = replace(load(files("fault", RELEASE)[0]), release=(edit,))
    assert measured(scenario)["DH-ANON-11"]["outcome"] == outcome


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda one: f"{one.kind}-{one.name}")
def test_what_a_fault_or_decoy_changes_is_what_its_file_says(scenario: Scenario) -> None:
    assert problems(scenario, measured(scenario), healthy()) == []


def test_no_finding_shows_a_value_of_the_release() -> None:
    for scenario in scenarios():
        if scenario.kind == "fault" and scenario.name.startswith(("DH-ANON-07", "DH-ANON-08", "DH-OPT-02")):
            said = str(measured(scenario))
            assert not re.search(r"999000\d{4}|999 000 [1-9]|H7003K", said)


@pytest.mark.parametrize("edit", [{"in": "x"}, 7, {"in": "x", "find": "y", "put": "z", "more": 1}])
def test_an_edit_that_is_none_is_refused(edit: object) -> None:
    with pytest.raises(SwitchError):
        TextEdit.read(edit)


def test_an_edit_of_what_is_not_there_is_refused(tmp_path: Any) -> None:
    with pytest.raises(SwitchError):
        write_release(tmp_path, [TextEdit(file="tables/stay.csv", find="no such text", put="")])
