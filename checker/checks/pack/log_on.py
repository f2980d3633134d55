"""The time that goes into signing in, as measured, and how soon the access of somebody who leaves is ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from checker.checks.assured import Given, months_after
from checker.checks.pack.figures import agree, figure, rounded, span
from checker.checks.pack.given import of_section, of_table, part, table
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_SECTION = of_section("identity")
_SHIFTS = ("log-on-times", "period", "shift", "log-ons", "seconds")
_PERIODS = ("before", "after")


class ShiftParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``shifts``: so many must be measured in each period."""

    shifts: int = 5


@check(
    "log-on.time-is-measured",
    params=ShiftParams,
    needs=lambda p, settings: [_SECTION, of_table(*_SHIFTS)],
    source="docs/policy.md#time-spent-on-signing-in-is-measured",
)
def time_is_measured(ev: EvidenceView, p: ShiftParams) -> Iterator[Statement]:
    """Log-ons and seconds in a shift were measured before and after, and the means and the saving recompute.

    Measured is a table of kind ``log-on-times`` (CSV: ``period,shift,log-ons,seconds``; ``seconds`` is the whole time
    of the shift). Stated are mean log-ons, mean seconds of a shift, the seconds of one log-on (their quotient), and the
    saving. Each is compared at the places it is written with. Whether the saving is large is not judged, but there
    must be one.

    Good: 18.2 log-ons of 31.0 seconds before, 4.0 of 9.5 after. Bad: a mean that the shifts do not have.
    """
    found, log = part(ev, "identity", "log-on"), table(ev, *_SHIFTS)
    if isinstance(found, Undecided) or isinstance(log, Undecided):
        yield from (one for one in (found, log) if isinstance(one, Undecided))
        return
    both = found._replace(evidence=(*found.evidence, *log.evidence))
    means: dict[str, Decimal] = {}
    for period in _PERIODS:
        lines = [line for line in log.facts if line["period"].casefold() == period]
        read = [(_figure(line["log-ons"]), _figure(line["seconds"])) for line in lines]
        if any(one is None for pair in read for one in pair):
            yield log.undecided(f"a shift of the period {period!r} has no figure", Reason.PREREQUISITE)
            return
        if len(read) < p.shifts:
            yield log.undecided(f"{len(read)} shifts were measured {period}, and it takes {p.shifts}")
            return
        yield Examined(what=f"shifts measured {period}", evidence=both.evidence, count=len(read))
        log_ons, seconds = (sum((pair[n] or Decimal() for pair in read), Decimal()) for n in (0, 1))
        means[period] = seconds / len(read)
        yield from _as_stated(both, period, log_ons / len(read), means[period])
    yield from _saved(both, means)


def _figure(text: str) -> Decimal | None:
    found = figure(text)
    return found if found is not None and found >= 0 else None


def _as_stated(found: Given, period: str, log_ons: Decimal, seconds: Decimal) -> Iterator[Statement]:
    stated: Mapping[str, str] = found.facts.get(period, {})
    measured = {"log-ons": log_ons, "seconds-per-shift": seconds}
    if log_ons:
        measured["seconds"] = seconds / log_ons
    for key, true in measured.items():
        place = f"section identity, log-on/{period}/{key}"
        if key not in stated:
            yield found.undecided(f"{place} is not stated")
        elif not agree(stated[key], true):
            message = "A figure on signing in is not the one that was measured."
            yield found.finding(message, f"{rounded(true)}", stated[key], place)


def _saved(found: Given, means: Mapping[str, Decimal]) -> Iterator[Statement]:
    saved, place = means["before"] - means["after"], "section identity, log-on/saved-per-shift"
    if "saved-per-shift" not in found.facts:
        yield found.undecided("the time that is saved in a shift is not stated")
    elif not agree(found.facts["saved-per-shift"], saved):
        message = "The time that is saved is not the difference of what was measured."
        yield found.finding(message, f"{rounded(saved)} seconds", found.facts["saved-per-shift"], place)
    if saved <= 0:
        yield found.finding("Signing in takes no less time than before.", "less", f"{rounded(-saved)} more", place)


class LeaverParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``months``: so old may the test be."""

    months: int = 12


@check(
    "log-on.leavers-lose-access",
    params=LeaverParams,
    needs=lambda p, settings: [_SECTION],
    source="https://www.rfc-editor.org/rfc/rfc7644",
)
def leavers_lose_access(ev: EvidenceView, p: LeaverParams) -> Iterator[Statement]:
    """The access of somebody who leaves ends within a time that is declared, and a test within a year kept to it.

    Good: SCIM, within PT1H, tested in June and measured at PT12M. Bad: measured at PT26H where PT24H is declared; a
    test of two years ago.
    """
    found = part(ev, "identity", "leavers")
    if isinstance(found, Undecided):
        yield found
        return
    said: Mapping[str, Any] = found.facts
    within, measured, tested = span(said.get("within", "")), span(said.get("measured", "")), day(said.get("tested-on"))
    place = "section identity, leavers"
    if "method" not in said or within is None or measured is None or tested is None:
        yield found.undecided("how and how soon access ends, and its test with day and time, are not all given")
        return
    yield Examined(what=f"end of access ({said['method']}), tested on {tested}", evidence=found.evidence)
    if within <= timedelta():
        yield found.finding("No time is declared in which access ends.", "a time", said["within"], place)
    if measured > within:
        message = "Access ended later than is declared."
        yield found.finding(message, f"within {said['within']}", said["measured"], place)
    if tested > found.on or months_after(tested, p.months) < found.on:
        message = "The test of the end of access is not of the last months."
        yield found.finding(message, f"within {p.months} months, by {found.on}", f"{tested}", place)
