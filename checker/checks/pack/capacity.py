"""Capacity: was the service tried at more than the load that is expected?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from checker.checks.assured import Given, months_after
from checker.checks.pack.figures import decimal
from checker.checks.pack.given import WHOLE, of_table, part, table
from checker.checks.pack.promises import OF_SERVICE, SERVICE
from checker.checks.pack.said import if_said
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

LOAD_TEST = "load-test"
_COLUMNS = ("on", "operation", "rate", "requests", "errors", "percentile", "latency-ms")
_FIGURES = ("rate", "requests", "errors", "percentile", "latency-ms")


class Loaded(Params, frozen=True, kw_only=True):
    """How much more than the peak, and how long ago."""

    times: str = "1.2"
    most_months: int = 12


@check(
    "service.load-is-tested",
    params=Loaded,
    needs=lambda p, settings: [WHOLE, OF_SERVICE, of_table(LOAD_TEST, *_COLUMNS)],
    source="docs/policy.md#capacity-was-tried",
)
def load_is_tested(ev: EvidenceView, p: Loaded) -> Iterator[Statement]:
    """A load test within 12 months went to 1.2 times the declared peak or more, within latency and error targets.

    The test is an artefact of kind ``load-test`` (CSV: ``on``, ``operation``, ``rate``, ``requests``, ``errors``,
    ``percentile``, ``latency-ms``), a line for each operation and step of load. Rates of the operations of a day and
    step are compared as they stand with ``peak`` of the section, so they are in its unit and of the whole service.
    Held against the targets are the lines of each operation at the lowest rate that is enough, and of a percentile
    that those do not tell the lines at the lowest that does; what broke at more than that is no fault. An operation
    with a promised latency that was not tried at that rate leaves the row open.

    Good: a peak of 400 a second and a step at 480. Bad: a step at 479; 480 with a 95th percentile above its target.
    """
    found = part(ev, SERVICE, "capacity")
    log = table(ev, LOAD_TEST, *_COLUMNS)
    if isinstance(found, Undecided) or isinstance(log, Undecided):
        yield found if isinstance(found, Undecided) else log  # type: ignore[misc]
        return
    both = log._replace(evidence=log.evidence + found.evidence)
    peak = decimal(found.facts["peak"])
    if peak <= 0:
        yield found.undecided("the declared peak is not above 0", Reason.PREREQUISITE)
        return
    steps = [_figures(row) for row in log.facts]
    if wrong := [one for one in steps if isinstance(one, str)]:
        yield log.undecided(wrong[0], Reason.PREREQUISITE)
        return
    lines = [one for one in steps if not isinstance(one, str)]
    recent = [one for one in lines if one["on"] <= both.on <= months_after(one["on"], p.most_months)]
    need = peak * decimal(p.times)
    enough = [one for one in recent if one["rate"] >= need]
    if not enough:
        most = max((one["rate"] for one in recent), default=None)
        actual = "no line of that time" if most is None else f"{most} at most"
        message = "The service was not tried at the load that it needs."
        expected = f"{need} or more, {p.times} times the peak, within {p.most_months} months"
        yield both.finding(message, expected, actual, "load-test")
        return
    limits = if_said(ev, SERVICE, "latency", [])
    if isinstance(limits, Undecided):
        yield limits
        return
    held = [one for one in limits if {"operation", "percentile", "limit-ms"} <= one.keys()]
    tried = {(one["operation"], one["percentile"]) for one in enough}
    for one in held:
        if (one["operation"].casefold(), decimal(one["percentile"])) not in tried:
            message = f"at that load the test has no line for the latency {one['id']}"
            yield both.undecided(message, Reason.PREREQUISITE)
    least: dict[tuple[str, Decimal | None], Decimal] = {}
    for one in sorted(enough, key=lambda one: one["rate"]):
        least.setdefault((one["operation"], None), one["rate"])
        least.setdefault((one["operation"], one["percentile"]), one["rate"])
    for one in sorted(enough, key=lambda one: one["operation"]):
        if one["rate"] == least[one["operation"], None]:
            yield from _kept(both, one, held, found.facts.get("error-percent"))
        elif one["rate"] == least[one["operation"], one["percentile"]]:
            yield from _kept(both, one, held, None)  # the first step that tells this percentile


def _figures(row: Mapping[str, str]) -> dict[str, Any] | str:
    on = day(row["on"])
    if on is None:
        return f"line {row['line']} of the load test has no day"
    found: dict[str, Any] = {"on": on, "operation": row["operation"].casefold(), "line": row["line"]}
    for name in _FIGURES:
        try:
            found[name] = decimal(row[name])
        except ValueError:
            return f"line {row['line']} of the load test has no figure for {name}"
        if found[name] < 0 or found[name] > Decimal(10) ** 15:
            return f"line {row['line']} of the load test has a figure for {name} that cannot be"
    if found["requests"] <= 0 or found["errors"] > found["requests"]:
        return f"line {row['line']} of the load test has no requests, or more errors than requests"
    return found


def _kept(given: Given, one: Mapping[str, Any], limits: list[Any], errors: str | None) -> Iterator[Statement]:
    place, wrong = f"load-test line {one['line']}", False
    said = [limit for limit in limits if limit["operation"].casefold() == one["operation"]]
    for limit in said:
        if decimal(limit["percentile"]) != one["percentile"]:
            continue
        if one["latency-ms"] > decimal(limit["limit-ms"]):
            wrong = True
            message = "Under load the service is slower than it promises."
            expected = f"{limit['limit-ms']} ms or less, {one['percentile']}th percentile"
            yield given.finding(message, expected, f"{one['latency-ms']} ms", place)
    if errors is not None and one["errors"] * 100 > decimal(errors) * one["requests"]:
        wrong = True
        message = "Under load more requests fail than may."
        yield given.finding(message, f"{errors} per cent or less", f"{one['errors']} of {one['requests']}", place)
    if not wrong:
        yield Examined(what=f"line {one['line']} of the load test", evidence=given.evidence)
