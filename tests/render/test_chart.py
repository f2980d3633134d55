"""The picture: parts fill the bar, squares do not overlap, and every row is there once."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings

from checker.model.report import Report
from checker.model.terms import Conclusion, Cover, Outcome
from checker.render import chart
from tests.render import samples
from tests.render.strategies import reports


@settings(max_examples=40, deadline=None)
@given(reports())
def test_every_row_is_drawn_once(report: Report) -> None:
    squares = [square for area in chart.areas(report) for square in area.squares]
    assert Counter(square.row.id for square in squares) == Counter(row.id for row in report.rows)
    assert sum(bar.total for bar in chart.by_obligation(report)) == len(report.rows)
    counted = sum(square.counted for square in squares)
    assert sum(bar.total for bar in chart.by_basis(report)) == counted


def test_the_parts_of_a_bar_fill_it_from_left_to_right() -> None:
    bar = chart.by_obligation(samples.broken())[0]
    assert bar.label == "MUST"
    assert bar.total == sum(bar.numbers) == sum(part.number for part in bar.parts)
    ends = 0.0
    for part in bar.parts:
        assert float(part.x.rstrip("%")) == pytest.approx(ends, abs=0.01)
        width = float(part.width.rstrip("%"))
        assert float(part.middle.rstrip("%")) == pytest.approx(ends + width / 2, abs=0.01)
        ends += width
    assert ends == pytest.approx(100, abs=0.01)


def test_a_narrow_part_holds_no_text_but_is_said() -> None:
    rows = (*(samples.row(f"A-{n}") for n in range(30)), samples.row("B-1", Outcome.FAIL, red=True))
    (bar,) = chart.by_obligation(samples.report(rows, Conclusion.NOT_COMPLIANT, 1))
    assert [part.roomy for part in bar.parts] == [True, False]
    assert bar.said == "30 pass, 1 fail"


def test_a_covered_row_is_never_drawn_as_a_pass_nor_as_a_fail() -> None:
    rows = (samples.row("A-1", Outcome.FAIL, cover=Cover.WAIVER, waiver=samples.WAIVER),)
    (bar,) = chart.by_obligation(samples.report(rows, Conclusion.INCONCLUSIVE, 3))
    assert [(part.mark.word, part.number) for part in bar.parts] == [("covered", 1)]


def test_what_does_not_count_has_its_own_bar() -> None:
    bars = {bar.label: bar for bar in chart.by_obligation(samples.broken())}
    assert bars["not counted"].total == sum(not (r.in_scope and r.verdict.counts) for r in samples.broken().rows)


def test_squares_lie_side_by_side_within_the_picture() -> None:
    rows = tuple(samples.row(f"A-{n}") for n in range(19))
    (area,) = chart.areas(samples.report(rows, Conclusion.COMPLIANT, 0))
    places = [(square.x, square.y) for square in area.squares]
    assert len(set(places)) == 19
    assert all(x + chart.SIDE < area.width and y + chart.SIDE < area.height for x, y in places)
    assert area.width <= 288  # what is left of a screen of 320 pixels


@pytest.mark.parametrize(
    ("source", "tags", "label"),
    [
        ("profiles/fhir-r4-rest/profile.yaml:17", ("read", "errors"), "fhir-r4-rest, read"),
        ("fhir-r4-rest:17", ("read",), "fhir-r4-rest, read"),
        ("C:\\buyer\\profile.yaml:3", (), "buyer, general"),
        ("", ("tls",), "tls"),
    ],
)
def test_the_area_is_the_profile_and_the_first_tag(source: str, tags: tuple[str, ...], label: str) -> None:
    assert chart.area_of(samples.row("A-1", source=source, tags=tags)) == label
