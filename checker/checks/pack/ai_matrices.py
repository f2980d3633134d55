"""What the pack holds of the performance of AI functions: the stated figures, and the counts that they come from."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from checker.checks.assured import Given
from checker.checks.pack.confusion import WHOLE, Matrix, matrix_of, wilson
from checker.checks.pack.figures import agree, decimal, figure
from checker.checks.pack.given import of_section, of_table, part, table
from checker.checks.pack.said import Part, grouped
from checker.model.need import Need
from checker.model.terms import Reason
from checker.model.verdict import Finding, Undecided
from checker.model.view import EvidenceView

KIND = "confusion-matrices"
_COLUMNS = ("function", "group-by", "group", "threshold?", "tp", "fp", "fn", "tn")
NEEDS: list[Need] = [of_section("ai"), of_table(KIND, *_COLUMNS)]


class Line(NamedTuple):
    """One line of the table of counts."""

    by: str
    group: str
    threshold: Decimal | None
    matrix: Matrix


class Measured(NamedTuple):
    """One function that classifies: what is stated of it, and its counts."""

    id: str
    function: Part
    stated: Part
    lines: tuple[Line, ...]
    unread: tuple[str, ...]
    """Lines whose counts are no counts."""

    def at_threshold(self) -> tuple[Line, ...]:
        """The lines at the threshold at which it is used; those that name none are."""
        used = self.stated.get("threshold")
        at = decimal(used) if used else None
        return tuple(one for one in self.lines if one.threshold is None or at is None or one.threshold == at)

    def whole(self) -> Matrix | None:
        """The counts of everybody; None where no line, or more than one, has them."""
        found = [one.matrix for one in self.at_threshold() if one.by == WHOLE]
        return found[0] if len(found) == 1 else None

    def groups(self, by: str) -> dict[str, Matrix]:
        """The counts of each group of a grouping."""
        return {one.group: one.matrix for one in self.at_threshold() if one.by == by}


class Performance(NamedTuple):
    """All functions that classify."""

    functions: tuple[Measured, ...]
    given: Given
    """With the evidence of both the section and the table."""


def classifying(ev: EvidenceView) -> Given | Undecided:
    """The functions that classify; the evidence of the section."""
    found = part(ev, "ai", "functions")
    if isinstance(found, Undecided):
        return found
    chosen = [one for one in found.facts if one.get("kind", "classifies") == "classifies"]
    return found._replace(facts=chosen)


def measured(ev: EvidenceView) -> Performance | Undecided:
    """What is stated and counted of the functions that classify, or why there is nothing.

    A function of which two entries speak stands there twice: each is held against the counts.
    """
    functions = classifying(ev)
    if isinstance(functions, Undecided):
        return functions
    counted = table(ev, KIND, *_COLUMNS)
    if isinstance(counted, Undecided):
        return counted
    stated = part(ev, "ai", "performance")
    if isinstance(stated, Undecided):
        return stated
    entries = grouped(stated.facts, "function")
    evidence = tuple(dict.fromkeys((*counted.evidence, *stated.evidence)))
    rows = grouped(counted.facts, "function")
    found = tuple(
        _one(one, entry, rows.get(one["id"], [])) for one in functions.facts for entry in entries.get(one["id"], [{}])
    )
    return Performance(found, functions._replace(evidence=evidence))


def _one(function: Part, stated: Part, rows: list[dict[str, str]]) -> Measured:
    lines: list[Line] = []
    unread: list[str] = []
    for row in rows:
        said = row.get("threshold", "")
        matrix, threshold = matrix_of(row), figure(said)
        if matrix is None or (said and threshold is None):
            unread.append(row["line"])
            continue
        lines.append(Line(row["group-by"].casefold(), row["group"].casefold(), threshold, matrix))
    return Measured(function["id"], function, stated, tuple(lines), tuple(unread))


def none_that_classifies(found: Performance) -> Undecided | None:
    """Why there is nothing to judge, where no function classifies."""
    return None if found.functions else found.given.undecided("no function of the section 'ai' classifies")


def restated(found: Given, matrix: Matrix, said: Part, place: str, wilsons: bool) -> Iterator[Finding]:
    """What does not follow from the counts: value, number, or interval."""
    metric = said["metric"]
    favourable, among = matrix.part(metric)
    value = matrix.value(metric)
    if value is None:
        yield found.finding(f"A {metric} is stated where nobody could have one.", "no figure", said["value"], place)
        return
    if not agree(said["value"], value):
        message = f"The stated {metric} does not follow from the counts."
        yield found.finding(message, f"{favourable}/{among} = {value:.4f}", said["value"], place)
    if said.get("n") and int(said["n"]) != among:
        message = f"The number that the {metric} is said to rest on is not its denominator."
        yield found.finding(message, str(among), said["n"], f"{place}/n")
    yield from _interval(found, said, (favourable, among), place, wilsons)


def _interval(found: Given, said: Part, counts: tuple[int, int], place: str, wilsons: bool) -> Iterator[Finding]:
    ends: list[Any] = [said.get("low"), said.get("high")]
    if not all(ends):
        message = f"The {said['metric']} has no 95% interval."
        yield found.finding(message, "low and high", "missing", place)
        return
    low, high = map(decimal, ends)
    if not low <= decimal(said["value"]) <= high:
        message = f"The {said['metric']} lies outside of its interval."
        yield found.finding(message, f"{low} to {high}", said["value"], place)
    elif wilsons and not all(agree(text, end) for text, end in zip(ends, wilson(*counts), strict=True)):
        shown = " to ".join(f"{end:.4f}" for end in wilson(*counts))
        message = f"The interval of the {said['metric']} is not Wilson's for these counts."
        yield found.finding(message, shown, f"{low} to {high}", place)


def malformed(one: Measured, found: Given) -> Undecided | None:
    """Why a function's counts decide nothing, where lines of them are none."""
    if not one.unread:
        return None
    message = f"the table of kind {KIND!r} has no counts at line {one.unread[0]}"
    return found.undecided(message, Reason.PREREQUISITE)
