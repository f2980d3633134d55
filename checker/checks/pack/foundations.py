"""Basics that work: log-in, start-up and crashes as measured, hosting, transfers of care, and time given back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from checker.checks.assured import Given
from checker.checks.pack.figures import agree, decimal, figure
from checker.checks.pack.given import WHOLE, of_section, of_table, part, table
from checker.checks.pack.messages import digests, not_valid, validated, validation
from checker.checks.pack.said import Part, after, grouped, incomplete, not_held, unsaid
from checker.model.registry import check
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_MEASURES = ("measure", "device", "value")
_CRASHES = "crashes-per-1000-sessions"


class BasicsParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``fewest``: so many measurements make a percentile."""

    fewest: int = 20


@check(
    "foundations.basics-are-quick",
    params=BasicsParams,
    needs=lambda p, settings: [of_section("inclusion"), of_table("login-measures", *_MEASURES)],
    source="docs/policy.md#log-in-start-up-and-crashes-are-measured",
)
def basics_are_quick(ev: EvidenceView, p: BasicsParams) -> Iterator[Statement]:
    """Log-in, start-up and crashes on a reference device are measured, and within the declared limits.

    *login-measures*: measure (login-seconds or start-up-seconds), device, value: one line for each measurement. The
    percentile is that of nearest rank. Crashes are those of the sessions, for a thousand. A figure that equals its
    limit is within it.

    Good: the 90th percentile of 30 log-ins is 7.9 of 10 seconds. Bad: 12.4; an offer of 5.
    """
    limits = part(ev, "inclusion", "limits")
    if isinstance(limits, Undecided):
        yield limits
        return
    rows = table(ev, "login-measures", *_MEASURES)
    if isinstance(rows, Undecided):
        yield rows
        return
    said = grouped(limits.facts, "measure")
    for name in ("login-seconds", "start-up-seconds"):
        place = f"section inclusion limits {name}"
        if name not in said:
            yield limits.finding("A limit is not declared.", name, "none", place)
        found = rows._replace(evidence=tuple(dict.fromkeys((*rows.evidence, *limits.evidence))))
        for one in said.get(name, []):
            yield from incomplete(limits, "A limit is not described.", one, place, "percentile", "device")
            yield from _measured(found, one, p.fewest, place)
    yield from _crashes(ev, limits, said.get(_CRASHES, []))


def _measured(found: Given, one: Part, fewest: int, place: str) -> Iterator[Statement]:
    mine = [row for row in found.facts if row["measure"].casefold() == one["measure"]]
    here = [row for row in mine if row["device"] == one.get("device", row["device"])]
    values = [figure(row["value"]) for row in here]
    if any(value is None or value < 0 for value in values):
        yield found.finding(
            "A measurement is no figure of seconds.", "seconds", "something else", f"{place} measurements"
        )
        return
    known = sorted(value for value in values if value is not None)
    if len(known) < fewest:
        yield found.undecided(
            f"{len(known)} measurements of {one['measure']} on the reference device are too few to tell by"
        )
        return
    yield Examined(what=f"measurements of {one['measure']}", evidence=found.evidence, count=len(known))
    true = percentile(known, int(one.get("percentile", "90")))
    yield from _within(found, one, true, place)


def percentile(ordered: list[Decimal], percent: int) -> Decimal:
    """The percentile by nearest rank, of figures in order.

    >>> percentile([Decimal(one) for one in range(1, 11)], 90), percentile([Decimal(3)], 50)
    (Decimal('9'), Decimal('3'))
    """
    rank = -(-len(ordered) * min(max(percent, 1), 100) // 100)
    return ordered[rank - 1]


def _within(found: Given, one: Part, true: Decimal, place: str) -> Iterator[Finding]:
    if true > decimal(one["limit"]):
        message = "What was measured is above the declared limit."
        yield found.finding(message, f"at most {one['limit']}", f"{true:f}", place)
    if one.get("stated") and not agree(one["stated"], true):
        yield found.finding("The offer states another figure than was measured.", f"{true:f}", one["stated"], place)


def _crashes(ev: EvidenceView, limits: Given, declared: Sequence[Part]) -> Iterator[Statement]:
    place = f"section inclusion limits {_CRASHES}"
    if not declared:
        yield limits.finding("A limit is not declared.", _CRASHES, "none", place)
        return
    counted = part(ev, "inclusion", "sessions")
    if isinstance(counted, Undecided):
        yield counted
        return
    if unsaid(counted.facts, "sessions", "crashes") or not int(counted.facts["sessions"]):
        yield counted.finding("Crashes are counted over no sessions.", "sessions and crashes", "none", place)
        return
    sessions, crashes = int(counted.facts["sessions"]), int(counted.facts["crashes"])
    yield Examined(what="sessions", evidence=counted.evidence, count=sessions)
    true = Decimal(1000) * crashes / sessions
    for one in declared:
        if true > decimal(one["limit"]):
            message = "More sessions crash than declared."
            yield counted.finding(message, f"at most {one['limit']}", f"{true:.3f}", place)
        if one.get("stated") and not agree(one["stated"], true):
            message = "The offer states another figure than was counted."
            yield counted.finding(message, f"{true:.3f}", one["stated"], place)


@check(
    "foundations.hosting-is-declared",
    needs=lambda p, settings: [WHOLE, of_section("inclusion")],
    source="https://nhse-dsic.atlassian.net/wiki/spaces/DCSDCS",
)
def hosting_is_declared(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Hosting model, countries, regions, zones and the last failover are declared, with the answers to the standard.

    Good: two zones in the United Kingdom, failed over in September. Bad: no region; no answers in the pack.
    """
    found = part(ev, "inclusion", "hosting")
    if isinstance(found, Undecided):
        yield found
        return
    one, place = found.facts, "section inclusion hosting"
    yield Examined(what="hosting", evidence=found.evidence)
    wanted = ("model", "countries", "regions", "zones", "failover-tested", "answers")
    yield from incomplete(found, "Hosting is not declared.", one, place, *wanted)
    yield from after(found, one, "failover-tested", place)
    if one.get("answers") and not_held(ev, [one["answers"]]):
        yield found.finding("The answers to the hosting standard are not in the pack.", "an artefact", "none", place)


@check(
    "foundations.transfers-are-valid",
    needs=lambda p, settings: [WHOLE, of_section("inclusion"), validation()],
    source="https://theprsb.org/standards/",
)
def transfers_are_valid(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each declared message on a transfer of care has a sample in the pack, and a validation of these very bytes.

    The table *message-validation* (sha256, validator, validated, errors, nhs-number) has a line with the digest of the
    sample, and no errors. Against which rules it was validated is what the validator's name says; our own profiles on
    interoperability judge a server.

    Good: a discharge summary with 0 errors. Bad: 3 errors; a report on another file.
    """
    found = part(ev, "inclusion", "transfers")
    if isinstance(found, Undecided):
        yield found
        return
    if not found.facts:
        yield found.undecided("the section 'inclusion' lists no message under 'transfers'")
        return
    rows = validated(ev)
    if isinstance(rows, Undecided):
        yield rows
        return
    joined = rows._replace(evidence=tuple(dict.fromkeys((*rows.evidence, *found.evidence))))
    known = digests(ev)
    yield Examined(what="messages on transfers of care", evidence=joined.evidence, count=len(found.facts))
    for one in found.facts:
        place = f"section inclusion transfers {one['id']}"
        yield from incomplete(found, "A message is not described.", one, place, "message", "direction", "standard")
        yield from not_valid(joined, one, known, place)


@check(
    "foundations.transfers-are-digital",
    needs=lambda p, settings: [of_section("inclusion")],
    source="docs/policy.md#transfers-of-care-arrive-as-messages",
)
def transfers_are_digital(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Of the transfers of care that were due, as many went as messages as was promised; the share recomputes.

    Good: 1,842 of 1,900, 96.9 % of 95. Bad: 80.0 of 95; a share that is not the counts'.
    """
    found = part(ev, "inclusion", "transfers")
    if isinstance(found, Undecided):
        yield found
        return
    if not found.facts:
        yield found.undecided("the section 'inclusion' lists no message under 'transfers'")
        return
    yield Examined(what="transfers of care", evidence=found.evidence, count=len(found.facts))
    for one in found.facts:
        place = f"section inclusion transfers {one['id']}"
        wanted = ("due", "digital", "share", "aim")
        yield from incomplete(found, "It is not counted how many went as messages.", one, place, *wanted)
        if unsaid(one, *wanted):
            continue
        due, digital = int(one["due"]), int(one["digital"])
        if not due or digital > due:
            yield found.finding(
                "More went as messages than were due, or none was due.", "digital of due", f"{digital} of {due}", place
            )
            continue
        true = Decimal(100) * digital / due
        if not agree(one["share"], true):
            yield found.finding("The share does not follow from the counts.", f"{true:.3f} %", one["share"], place)
        if true < decimal(one["aim"]):
            message = "Fewer transfers of care go as messages than was promised."
            yield found.finding(message, f"at least {one['aim']} %", f"{true:.3f} %", place)


@check(
    "foundations.time-recomputes",
    needs=lambda p, settings: [of_section("inclusion")],
    source="docs/policy.md#time-given-back-is-what-was-measured",
)
def time_recomputes(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each claim of time given back to staff is the minutes before less the minutes now, times the volume, in hours.

    Method and number of measurements are stated. A claim of less than was found is no fault.

    Good: (14.0 - 9.5) minutes, 12,000 a year: 900 hours. Bad: 1,200 hours; no number of measurements.
    """
    found = part(ev, "inclusion", "time-released")
    if isinstance(found, Undecided):
        yield found
        return
    if not found.facts:
        yield found.undecided("the section 'inclusion' claims no time under 'time-released'")
        return
    yield Examined(what="claims of time", evidence=found.evidence, count=len(found.facts))
    for one in found.facts:
        place = f"section inclusion time-released {one['id']}"
        wanted = ("activity", "method", "n", "baseline-minutes", "measured-minutes", "volume", "period", "hours")
        yield from incomplete(found, "A claim of time is not described.", one, place, *wanted)
        if one.get("n") and not int(one["n"]):
            yield found.finding("The time was never measured.", "one measurement or more", "0", place)
        if unsaid(one, *wanted):
            continue
        saved = decimal(one["baseline-minutes"]) - decimal(one["measured-minutes"])
        true = saved * int(one["volume"]) / 60
        if not agree(one["hours"], true) and decimal(one["hours"]) > true:
            message = "More time is claimed than follows from what was measured."
            yield found.finding(message, f"{true:.2f} hours a {one['period']}", one["hours"], place)
