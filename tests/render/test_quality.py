"""The quality of fields in page, console and CSV: the same numbers, as text, and none rounded up."""

from __future__ import annotations

import csv
import doctest
import io

from checker.model.quality import DataQualityNote, FieldQuality
from checker.model.report import Report
from checker.render import console, html, json_, quality, render
from tests.render import samples


def page() -> str:
    return html.render(samples.with_quality()).decode()


def test_the_examples_of_its_docstrings_hold() -> None:
    assert doctest.testmod(quality).failed == 0


def test_the_page_says_every_number_of_a_bar_in_words() -> None:
    assert "900 valid, 5 untested, 30 default, 5 invalid, 60 missing" in page()
    assert "94.0 %" in page()
    assert "\u2717 at least 95 %" in page()
    assert "998 values, 4 resources share one" in page()
    assert "40 days" in page()
    assert "2 of 3" in page()


def test_a_page_without_fields_has_no_section_on_them() -> None:
    assert 'aria-labelledby="quality"' not in html.render(samples.healthy()).decode()
    assert 'aria-labelledby="quality"' in page()


def test_the_console_names_the_lowest_and_what_is_below_its_limit() -> None:
    said = console.text(samples.with_quality())
    assert "Patient: 1000 resources, score 95.7 %, lowest gender 91.5 %; below a limit: gender" in said
    assert "Quality of fields" not in console.text(samples.healthy())


def test_the_csv_has_a_row_for_each_field_and_a_header_without_any() -> None:
    rows = list(csv.DictReader(io.StringIO(render(samples.with_quality(), "quality-csv").decode())))
    assert [(row["type"], row["field"], row["score %"]) for row in rows] == [
        ("Observation", "code", "100.0"),
        ("Patient", "gender", "91.5"),
        ("Patient", "NHS number", "100.0"),
    ]
    assert rows[0]["least complete %"] == ""
    assert render(samples.healthy(), "quality-csv").count(b"\r\n") == 1


def test_a_report_of_before_has_no_fields_and_is_read() -> None:
    old = json_.render(samples.healthy()).replace(b'"data_quality":null,', b"")
    assert b"data_quality" not in old
    assert Report.from_json(old) == samples.healthy()


def test_a_share_below_its_limit_never_looks_as_if_it_met_it() -> None:
    field = FieldQuality(
        type="Patient",
        name="x",
        path="x",
        resources=100_000,
        missing=1,
        valid=99_999,
        default=0,
        invalid=0,
        untested=0,
        least_complete=100,
    )
    (group,) = quality.by_type(DataQualityNote(source="export", fields=(field,)))
    assert group.lines[0].filled == ("99.9 %", "at least 100 %", False)


def test_defaults_beyond_their_limit_cost_score() -> None:
    """The second example of the methodology of the Data Quality Maturity Index: 2,400 of 2,500, 100 defaults, 2 %."""
    field = FieldQuality(
        type="x",
        name="x",
        path="x",
        resources=2500,
        missing=100,
        valid=2300,
        default=100,
        invalid=0,
        untested=0,
        most_default=2,
    )
    assert field.score_tenths == 940
