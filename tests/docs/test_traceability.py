"""The traceability page is current, and every requirement that a demand names exists."""

from __future__ import annotations

from functools import cache

from tests.docs import traceability
from tests.docs.traceability import PAGE, Known, Theme


@cache
def made() -> tuple[list[Theme], Known]:
    """The demands, and what decides them."""
    return traceability.themes(), traceability.known()


def test_every_requirement_that_a_demand_names_exists() -> None:
    assert traceability.missing(*made()) == []


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == traceability.page(*made()), "python -m tests.docs.traceability --write"


def test_a_demand_has_requirements_or_says_why_not() -> None:
    themes, _ = made()
    demands = [one for theme in themes for one in theme.demands]
    assert [one.id for one in demands if bool(one.requirements) == bool(one.why_not)] == []
    assert [
        one.id for theme in themes for one in theme.demands if len(set(one.requirements)) < len(one.requirements)
    ] == []
    for theme in themes:
        ids = [one.id for one in theme.demands]
        assert len(ids) == len(set(ids))


def test_every_row_of_these_profiles_answers_some_demand() -> None:
    """The families that were written for the demands: none of their rows stands without one."""
    themes, held = made()
    named = {name for theme in themes for demand in theme.demands for name in demand.requirements}
    ours = {name for name, (of, _) in held.rows.items() if of in ("maturity", "standards-coverage")}
    assert ours - named == set()


def test_what_a_machine_decides_is_proven() -> None:
    themes, held = made()
    named = {name for theme in themes for demand in theme.demands for name in demand.requirements}
    assert [name for name in sorted(named) if held.decided(name) == "machine" and not held.faults.get(name)] == []
