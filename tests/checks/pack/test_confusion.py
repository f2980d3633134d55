"""The arithmetic of confusion matrices, where no fault shows it: edges, and figures from textbooks."""

from __future__ import annotations

from decimal import Decimal

import pytest

from checker.checks.pack.confusion import Matrix, area, matrix_of, predictive, together, wilson
from checker.checks.pack.foundations import percentile
from checker.checks.pack.inclusion_routes import reading_age


@pytest.mark.parametrize(
    ("favourable", "among", "low", "high"),
    [
        (81, 263, "0.2553", "0.3662"),  # Newcombe 1998, table I
        (15, 148, "0.0624", "0.1605"),
        (0, 20, "0.0000", "0.1611"),
        (1, 29, "0.0061", "0.1718"),
        (29, 29, "0.8830", "1.0000"),
    ],
)
def test_wilson_is_that_of_the_textbook(favourable: int, among: int, low: str, high: str) -> None:
    found = wilson(favourable, among)
    assert [f"{round(end, 4):f}" for end in found] == [low, high]


@pytest.mark.parametrize(("favourable", "among"), [(0, 0), (2, 1), (-1, 3)])
def test_a_share_of_nobody_has_no_interval(favourable: int, among: int) -> None:
    with pytest.raises(ValueError, match="part and a whole"):
        wilson(favourable, among)


def test_a_metric_of_nobody_is_none() -> None:
    nobody_ill = Matrix(0, 3, 0, 7)
    assert nobody_ill.value("sensitivity") is None
    assert nobody_ill.value("specificity") == Decimal("0.7")
    assert predictive(nobody_ill, Decimal("0.1")) == (None, None)


def test_a_test_that_flags_nobody_has_no_positive_value() -> None:
    ppv, npv = predictive(Matrix(0, 0, 10, 90), Decimal("0.1"))
    assert ppv is None
    assert npv == Decimal("0.9")


def test_predictive_values_at_the_prevalence_of_the_test_set_are_those_of_the_counts() -> None:
    matrix = Matrix(352, 324, 48, 3276)
    ppv, npv = predictive(matrix, Decimal("0.1"))
    assert ppv is not None
    assert npv is not None
    assert round(ppv, 12) == round(matrix.value("ppv") or 0, 12)
    assert round(npv, 12) == round(matrix.value("npv") or 0, 12)


def test_a_perfect_and_a_useless_curve() -> None:
    assert area([Matrix(10, 0, 0, 10)]) == 1
    assert area([Matrix(5, 5, 5, 5)]) == Decimal("0.5")
    assert area([Matrix(0, 1, 0, 9)]) is None


def test_groups_make_up_the_whole() -> None:
    assert together([]) == Matrix(0, 0, 0, 0)
    assert together([Matrix(1, 2, 3, 4), Matrix(10, 20, 30, 40)]) == Matrix(11, 22, 33, 44)


@pytest.mark.parametrize("cell", ["", "-1", "1.0", "1e3", "²", "many", "9" * 12])
def test_what_is_no_count(cell: str) -> None:
    assert matrix_of({"tp": cell, "fp": "1", "fn": "1", "tn": "1"}) is None


def test_percentiles_are_of_nearest_rank() -> None:
    ordered = [Decimal(one) for one in range(1, 31)]
    assert [percentile(ordered, one) for one in (50, 90, 95, 99, 100)] == [15, 27, 29, 30, 30]


def test_plain_words_read_younger() -> None:
    assert reading_age(10, 100, 130) < reading_age(5, 100, 180)
