"""What is mended at no charge, and whether support goes on where that ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from checker.checks.assured import Given, months_after
from checker.checks.pack.few import few_of_a_kind
from checker.checks.pack.given import of_section
from checker.checks.pack.price_model import first_day, last_day, years_of
from checker.checks.pack.said import by_key, lacking, on
from checker.model.registry import check
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_DAY = timedelta(days=1)


@check(
    "warranty.meets-support",
    needs=lambda p, settings: [of_section("pricing")],
    source="docs/policy.md#where-the-warranty-ends-support-begins",
)
@few_of_a_kind
def meets_support(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The warranty is as long as it says, covers something, and support is priced from its end to the end of the term.

    The end may be written as the last day or as the day after it. What begins on 29 February ends on the last of
    February of a year that has none, or with the day before. Each year of the term with a day after the end has one of
    the ``support-lines``, of category ``maintain``; it may be at zero.

    Good: from 2027-03-01, 12 months, to 2028-02-29, support from 2028-03-01. Bad: support from 2028-06-01.
    """
    found = by_key(ev, "pricing", "term", "lines", "warranty")
    if isinstance(found, Undecided):
        yield found
        return
    one, term, place = found.facts["warranty"], found.facts["term"], "pricing warranty"
    yield from lacking(found, one, ("covers", "response"), place)
    if int(one["months"]) == 0:
        yield found.finding("The warranty is none.", "a month or more", one["months"], f"{place} months")
    start, end = on(one["start"]), on(one["end"])
    after = months_after(start, int(one["months"]))
    if end not in _ends(start, after):
        message = "The end is not as many months after the start as is said."
        expected = f"{_before(after).isoformat()}, {one['months']} months after {one['start']}"
        yield found.finding(message, expected, one["end"], f"{place} end")
    uncovered = max(_ends(start, after))
    if uncovered <= last_day(term):
        yield from _support(found, uncovered, one, term)
    yield Examined(what="warranty and what comes after", evidence=found.evidence)


def _before(day: date) -> date:
    """The day before; the first day that there is has none."""
    return day - _DAY if day > date.min else day


def _ends(start: date, after: date) -> set[date]:
    """The days that may be called the end: the last, or the one after; one more where the month has no such day."""
    shorter = {after + _DAY} if after.day < start.day else set()
    return {_before(after), after} | shorter


def _support(found: Given, after: date, one: Mapping[str, Any], term: Mapping[str, Any]) -> Iterator[Finding]:
    place = "pricing warranty"
    yield from lacking(found, one, ("support-from", "support-lines"), place)
    if "support-from" in one and on(one["support-from"]) > after:
        message = "Between the warranty and the support that is paid for lies a gap."
        yield found.finding(message, f"from {after.isoformat()}", one["support-from"], f"{place} support-from")
    lines = {line["id"]: line for line in found.facts["lines"]}
    named = one.get("support-lines", [])
    for name in named:
        if name not in lines or lines[name]["category"] != "maintain":
            yield found.finding("A line of support is not in the model.", "a line of category maintain", name, place)
    covered = {int(lines[name]["year"]) for name in named if name in lines}
    for year in years_of(term):
        if first_day(term, year + 1) > after and year not in covered:
            message = "A year after the warranty has no line of support."
            yield found.finding(message, "a line", f"none in year {year}", f"{place} support-lines")
