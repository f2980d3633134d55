"""Each fault of the fields is caught by its own row, and no decoy is a fault; the table says what was counted."""

from __future__ import annotations

import csv
import io
from functools import cache
from typing import Any

import pytest

from checker.cli.compose import profile, registry
from checker.model.report import Report as Model
from checker.model.value import canonical
from checker.render import render
from fixtures.supplier.scenario import DATA_QUALITY, Scenario, files, load
from tests.conformance.folders import Report, outcomes_of, outcomes_over, problems, report_of, scenarios

OF_RECORDS = ("Abernquill", "Brackenfold", "LS1", "YO1 9TL", "1948-02-29", "9990002", "Q00001")
"""Values of the records: no report holds one."""


@cache
def healthy() -> Report:
    """Measured once for each worker."""
    return report_of(DATA_QUALITY)


def test_every_row_passes_over_the_export() -> None:
    found = outcomes_of(healthy())
    assert found == dict.fromkeys(found, "pass")
    assert len(found) == len(profile(DATA_QUALITY, registry()).requirements)


@pytest.mark.parametrize("scenario", scenarios(DATA_QUALITY), ids=lambda one: f"{one.kind}-{one.name}")
def test_what_a_fault_or_decoy_changes_is_what_its_file_says(scenario: Scenario) -> None:
    found = report_of(DATA_QUALITY, scenario)
    assert problems(scenario, outcomes_of(found), outcomes_of(healthy())) == []
    text = canonical(found).decode()
    assert not [value for value in OF_RECORDS if value in text]


def test_every_row_has_a_fault_that_is_named_after_it() -> None:
    caught = {name for path in files("fault", DATA_QUALITY) for name in load(path).requirements}
    assert caught == {row.id for row in profile(DATA_QUALITY, registry()).requirements if row.check is not None}
    for path in files("fault", DATA_QUALITY):
        assert load(path).requirements == (path.stem.partition(".")[0],)


def test_the_report_holds_the_fields_in_numbers() -> None:
    note = healthy()["data_quality"]
    fields = {(one["type"], one["name"]): one for one in note["fields"]}
    number = fields["Patient", "NHS number"]
    assert (number["resources"], number["valid"], number["missing"]) == (6, 6, 0)
    assert (number["distinct"], number["shared"], number["least_complete"]) == (6, 0, 95)
    assert fields["Patient", "gender"]["distinct"] == 2
    assert fields["Organization", "organisation code"]["resources"] == 1  # the department needs none
    assert {(one["type"], one["months"], one["with_events"], one["events"]) for one in note["coverage"]} == {
        ("Encounter", 3, 3, 36),
        ("Observation", 3, 3, 36),
    }
    delays = {(one["type"], one["measure"]): (one["p50_hours"], one["p95_hours"]) for one in note["delays"]}
    assert delays == {
        ("Encounter", "available"): (3, 3),
        ("Observation", "available"): (2, 2),
        ("Observation", "recorded"): (0, 0),
    }


def test_a_table_for_a_spreadsheet() -> None:
    report = Model.from_json(canonical(healthy()))
    rows = list(csv.DictReader(io.StringIO(render(report, "quality-csv").decode())))
    assert len(rows) == len(healthy()["data_quality"]["fields"])
    (postcode,) = [row for row in rows if row["field"] == "postcode"]
    assert (postcode["resources"], postcode["valid"], postcode["score %"]) == ("6", "6", "100.0")


def test_a_profile_without_these_rows_says_nothing_of_fields() -> None:
    assert report_of("nhs-number", folder=DATA_QUALITY)["data_quality"] is None


NUMBERED = {"system": "https://fhir.nhs.uk/Id/nhs-number"}
NEAR: list[dict[str, Any]] = [
    {"resourceType": "Basic", "id": "a", "code": {"text": "something"}},
    {"resourceType": "Patient", "id": "b", "status": "entered-in-error", "identifier": [NUMBERED]},
    {"resourceType": "Observation", "id": "c", "status": "entered-in-error", "subject": {"display": "somebody"}},
]


def test_nothing_examined_is_never_a_pass() -> None:
    """Nobody's records, and what was entered in error: no row has anything to look at."""
    found = outcomes_over(DATA_QUALITY, NEAR)
    assert found == dict.fromkeys(found, "inconclusive(no-data)")


def test_former_numbers_and_those_of_organisations_are_no_identifiers_of_patients() -> None:
    former = {"system": "https://supplier.example/Id/h", "value": "1", "use": "old"}
    resources: list[dict[str, Any]] = [
        {"resourceType": "Patient", "id": "a", "identifier": [NUMBERED, former]},
        {"resourceType": "Organization", "id": "b", "identifier": [{**former, "use": "usual"}]},
    ]
    assert outcomes_over(DATA_QUALITY, resources)["DH-DQ-08"] == "inconclusive(no-data)"
