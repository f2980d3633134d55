"""Leaving a product: the plan, what it costs, how long it takes, and whether it was tried."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from checker.checks.assured import Given, months_after
from checker.checks.pack.exit_files import COLUMNS, MANIFEST, files_of, of_manifest
from checker.checks.pack.figures import decimal, span
from checker.checks.pack.given import WHOLE, of_section, part, table
from checker.checks.register import day
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

EXIT = "exit"
OF_EXIT: Need = of_section(EXIT)
_PARTS = (
    *("owner", "triggers", "timeline", "data", "knowledge", "assets", "licences", "staff", "costs"),
    *("contract-start", "delivered"),
)


class Timely(Params, frozen=True, kw_only=True):
    """When the plan is due, and how often it is looked at again."""

    delivered_months: int = 3
    reviewed_months: int = 12


@check(
    "exit.plan-is-complete-and-current",
    params=Timely,
    needs=lambda p, settings: [WHOLE, OF_EXIT],
    source="docs/policy.md#there-is-a-plan-for-leaving",
)
def plan_is_complete_and_current(ev: EvidenceView, p: Timely) -> Iterator[Statement]:
    """The exit plan has all its parts, came within 3 months of the start of the contract, and is reviewed yearly.

    Parts: owner, triggers, timeline in order, data, knowledge, assets, licences, staff, costs, and the period of
    assistance (``timings``). Counted as a review is the delivery itself; no 12 months pass without one. A day of
    delivery that is still to come is a promise, if it is in time.

    Good: start on 30 November, delivered by the last of February. Bad: no owner; last reviewed two years ago.
    """
    found, times = part(ev, EXIT, "plan"), part(ev, EXIT, "timings")
    if isinstance(found, Undecided):
        yield found
        return
    said = found.facts
    wrong = [f"no {key}" for key in _PARTS if not said.get(key)]
    if isinstance(times, Undecided) and times.reason is not Reason.NO_DATA:
        yield times
    elif isinstance(times, Undecided) or span(times.facts.get("assistance", "")) is None:
        wrong.append("no period of assistance")
    steps = [int(one["day"]) for one in said.get("timeline", [])]
    if steps != sorted(steps):
        wrong.append("a timeline that is not in order")
    wrong += _dates(found, p)
    for fault in wrong:
        message = "The exit plan is not complete, late or stale."
        yield found.finding(message, "all its parts; in time; reviewed yearly", fault, "exit plan")
    if not wrong:
        yield Examined(what="the exit plan", evidence=found.evidence)


def _dates(found: Given, p: Timely) -> Iterator[str]:
    start, delivered = (day(found.facts.get(key, "")) for key in ("contract-start", "delivered"))
    if start is None or delivered is None:
        return  # it is said to be missing
    due = months_after(start, p.delivered_months)
    if delivered > due:
        yield f"delivered on {delivered}, and due by {due}"
    if delivered > found.on:
        return  # it is late, and said to be, or still a promise that can be kept
    reviews = [on for text in found.facts.get("reviewed", []) if (on := day(text)) is not None and on <= found.on]
    edges = sorted({delivered, *(on for on in reviews if on > delivered)})
    for sooner, later in zip(edges, [*edges[1:], found.on], strict=True):
        if months_after(sooner, p.reviewed_months) < later:
            yield f"not reviewed from {sooner} to {later}"


@check(
    "exit.charges-are-in-the-prices",
    needs=lambda p, settings: [WHOLE, OF_EXIT, of_section("pricing")],
    source="docs/policy.md#leaving-has-a-price-that-is-known",
)
def charges_are_in_the_prices(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every charge of an exit is a line of the price schedule with the same total; data return is stated, be it 0.00.

    A charge names the line of the section ``pricing`` (``price-line``). Both sections are in one currency.

    Good: a charge of 12,000.00 and a line ``exit-support`` of 12,000.00; data return for 0.00. Bad: a charge that only
    the exit plan has; 12,000.00 here and 9,000.00 there.
    """
    found = part(ev, EXIT, "charges")
    if isinstance(found, Undecided):
        yield found
        return
    returned = [one for one in found.facts if one.get("kind") == "data-return"]
    if not any("total" in one for one in returned):
        message = "What the return of the data costs is not stated."
        yield found.finding(message, "a charge of kind data-return, 0.00 where it is free", "none", "exit charges")
    lines, currency, other = part(ev, "pricing", "lines"), part(ev, EXIT, "currency"), part(ev, "pricing", "currency")
    if isinstance(lines, Undecided):
        yield lines
        return
    if isinstance(currency, Undecided) or isinstance(other, Undecided):
        yield currency if isinstance(currency, Undecided) else other  # type: ignore[misc]
        return
    both = found._replace(evidence=found.evidence + lines.evidence)
    if currency.facts != other.facts:
        message = "Exit charges and prices are in different currencies."
        yield both.finding(message, str(other.facts), str(currency.facts), "exit currency")
        return
    totals = {one["id"]: one.get("total") for one in lines.facts}
    charged: dict[str, Decimal] = {}
    for one in found.facts:
        place, line = f"exit charges {one['id']}", one.get("price-line")
        if "total" not in one:
            yield both.finding("A charge of the exit has no amount.", "an amount", "none", place)
        elif line is None and decimal(one["total"]) == 0:
            yield Examined(what=f"the charge {one['id']}, which is free", evidence=both.evidence)
        elif line not in totals:
            message = "A charge of the exit is not in the price schedule."
            yield both.finding(message, "a line of the section pricing", str(line or "no line")[:80], place)
        else:
            charged[line] = charged.get(line, Decimal(0)) + decimal(one["total"])
    for line, total in charged.items():
        priced = totals[line]
        if priced is None:
            yield both.undecided(f"the line {line} of the price schedule has no total", Reason.PREREQUISITE)
        elif decimal(priced) != total:
            message = "The exit plan and the price schedule name different amounts."
            yield both.finding(message, f"{priced}, in the price schedule", str(total), f"exit charges, line {line}")
        else:
            yield Examined(what=f"the charges of the line {line}", evidence=both.evidence)


@check(
    "exit.assistance-is-long-enough",
    needs=lambda p, settings: [WHOLE, OF_EXIT, of_manifest()],
    source="docs/policy.md#help-lasts-as-long-as-leaving-takes",
)
def assistance_is_long_enough(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The period of assistance is at least export + import + parallel run, by the rate that the rehearsal had.

    From the files of the last rehearsal (an artefact of kind ``exit-manifest``) follows how many records an hour were
    exported; for all ``records`` that gives a time, and the longer of it and the declared one counts.

    Good: 90 days for 2 + 20 + 60. Bad: 30 days for the same; a declared day of export that is ten at the measured rate.
    """
    found = part(ev, EXIT, "timings")
    if isinstance(found, Undecided):
        yield found
        return
    said = {key: span(found.facts.get(key, "")) for key in ("assistance", "export", "import", "parallel-run")}
    helped, out, taken, beside = said["assistance"], said["export"], said["import"], said["parallel-run"]
    if helped is None or out is None or taken is None or beside is None:
        missing = [key for key, value in said.items() if value is None]
        message = "The times of an exit are not stated in full."
        yield found.finding(
            message, "assistance, export, import, parallel run", f"no {', no '.join(missing)}", "exit timings"
        )
        return
    files = files_of(table(ev, MANIFEST, *COLUMNS))
    if isinstance(files, Undecided):
        if ev.supplier.artefacts_of(MANIFEST):
            yield files
            return
        longest, given = out, found
    elif not (records := int(found.facts.get("records", "0"))):
        message = "how many records there are to export is not said, so the rate of the rehearsal tells no time"
        yield found.undecided(message, Reason.PREREQUISITE)
        return
    else:
        given = found._replace(evidence=found.evidence + files.given.evidence)
        longest = max(out, files.time_for(records))
    need = longest + taken + beside
    if need > helped:
        message = "The period of assistance is shorter than the exit takes."
        actual = (
            f"{_days(helped)} days, for export {_days(longest)} + import {_days(taken)} + parallel run {_days(beside)}"
        )
        yield given.finding(message, f"{_days(need)} days or more", actual, "exit timings")
    else:
        yield Examined(
            what=f"the period of assistance: {_days(helped)} days for {_days(need)}", evidence=given.evidence
        )


def _days(length: timedelta) -> str:
    return f"{Decimal(length // timedelta(minutes=1)) / 1440:.1f}"


_APART = timedelta(days=31)
"""A rehearsal may be dated so long before or after its files: it is begun earlier, and signed off later."""


class Rehearsed(Params, frozen=True, kw_only=True):
    """How long ago the last rehearsal may have been."""

    most_months: int = 24


@check(
    "exit.was-rehearsed",
    params=Rehearsed,
    needs=lambda p, settings: [WHOLE, OF_EXIT, of_manifest()],
    source="docs/policy.md#leaving-was-tried",
)
def was_rehearsed(ev: EvidenceView, p: Rehearsed) -> Iterator[Statement]:
    """The exit was rehearsed within 24 months, with a measured duration and defects that were counted.

    Where the files of the last rehearsal are given (``exit-manifest``), records and duration are worked out from them,
    and equal what is declared, the duration to the minute; and they were written within 31 days of it.

    Good: on 4 March 2026, 6 hours 12 minutes, 3 defects, none open. Bad: never; no duration; others than its files.
    """
    found = part(ev, EXIT, "rehearsals")
    if isinstance(found, Undecided):
        yield found
        return
    held: list[tuple[date, int]] = []
    for number, one in enumerate(found.facts):
        on = day(one.get("on", ""))
        if on is not None and on <= found.on:
            held.append((on, number))
    if not held or months_after(max(held)[0], p.most_months) < found.on:
        message = "The exit was not rehearsed of late."
        actual = f"the last was on {max(held)[0]}" if held else "never by the day of judgement"
        yield found.finding(message, f"within {p.most_months} months", actual, "exit rehearsals")
        return
    last = found.facts[max(held)[1]]
    place = f"exit rehearsals {last['id']}"
    wrong = [f"no {key}" for key in ("took", "records", "defects", "open-defects") if not last.get(key)]
    if not wrong and int(last["open-defects"]) > int(last["defects"]):
        wrong.append("more defects open than found")
    files = files_of(table(ev, MANIFEST, *COLUMNS))
    if isinstance(files, Undecided) and ev.supplier.artefacts_of(MANIFEST):
        yield files
        return
    if not isinstance(files, Undecided) and not wrong:
        found = found._replace(evidence=found.evidence + files.given.evidence)
        took = span(last["took"]) or timedelta(0)
        on = max(held)[0]
        if not files.first - _APART <= on <= files.last + _APART:
            wrong.append(f"a rehearsal on {on}, and files of {files.first}")
        if files.records != int(last["records"]):
            wrong.append(f"{last['records']} records, and {files.records} in its files")
        if abs(took - files.took) >= timedelta(minutes=1):
            wrong.append(f"a duration of {last['took']}, and {files.took} by its files")
    for fault in wrong:
        message = "The rehearsal of the exit is not told in full, or not as its files say."
        yield found.finding(message, "a duration, records and defects, as in its files", fault, place)
    if not wrong:
        yield Examined(what="the last rehearsal of the exit", evidence=found.evidence)
