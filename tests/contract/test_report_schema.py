"""The published schema of the report: equal to the model, and strict."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from checker import resources
from checker.model.report import Report
from checker.render import json_
from checker.render.schemas import REPORT_SCHEMA, report_schema, schema_bytes
from tests.render import samples
from tests.render.strategies import reports

FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def is_moment(value: object) -> bool:
    """An ISO moment; jsonschema itself checks none unless another package is there."""
    return not isinstance(value, str) or bool(datetime.fromisoformat(value))


VALIDATOR = Draft202012Validator(report_schema(), format_checker=FORMATS)


def as_dict(report: Report) -> Any:
    return json.loads(json_.render(report))


def test_the_committed_schema_is_the_one_that_the_model_makes() -> None:
    committed = resources.data("reports/schemas").joinpath(REPORT_SCHEMA).read_bytes()
    assert committed == schema_bytes(), "write schema_bytes() to reports/schemas again"


def test_the_schema_is_a_schema_with_a_name_of_its_own() -> None:
    Draft202012Validator.check_schema(report_schema())
    assert report_schema()["$id"] == "urn:nhs-standards-checker:schema:report:1"
    assert report_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_samples_fit(name: str) -> None:
    VALIDATOR.validate(as_dict(samples.SAMPLES[name]()))
    assert Report.from_json(json_.render(samples.SAMPLES[name]())) == samples.SAMPLES[name]()


@settings(max_examples=40, deadline=None)
@given(reports())
def test_any_report_that_can_be_written_fits(report: Report) -> None:
    data = json_.render(report)
    VALIDATOR.validate(json.loads(data))
    assert data.endswith(b"}\n")
    assert b"\n" not in data[:-1]


def test_a_lone_surrogate_does_not_cost_the_report() -> None:
    report = samples.replaced(samples.healthy(), warnings=("\ud800",), inputs={"\udfff": "d"})
    read = Report.from_json(json_.render(report))
    assert read.warnings == (r"\ud800",)
    assert read.inputs == {r"\udfff": "d"}
    assert read.rows == report.rows


def _set(*path: Any) -> Callable[[Any], None]:
    *way, last, value = path

    def change(document: Any) -> None:
        for step in way:
            document = document[step]
        document[last] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set("surprise", 1),
        _set("rows", 0, "surprise", 1),
        _set("rows", 0, "verdict", "surprise", 1),
        _set("rows", 0, "verdict", "outcome", "passed"),
        _set("rows", 0, "verdict", "reason", "because"),
        _set("conclusion", "fine"),
        _set("exit_code", 7),
        _set("format", 2),
        _set("as_of", "yesterday"),
        _set("recordings", 0, "ended", "later"),
        _set("scope", "ceiling", "S9"),
        lambda document: document.pop("tally"),
    ],
)
def test_what_does_not_fit_is_refused(change: Callable[[Any], None]) -> None:
    document = as_dict(samples.healthy())
    VALIDATOR.validate(document)
    change(document)
    with pytest.raises(ValidationError):
        VALIDATOR.validate(document)
