"""Verdicts on the quality of fields: what was counted in one pass (``data.quality``), held against limits.

The limits are parameters, and choices of this project where a profile sets no other: docs/policy.md says which, and
what the Data Quality Maturity Index of NHS England measures.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import NamedTuple

from checker.checks.data_quality import (
    AVAILABLE,
    DATA_QUALITY,
    MISSING,
    RECORDED,
    Quality,
    QualityScanParams,
    percentile,
)
from checker.checks.field_rules import DEFAULT, INVALID, UNTESTED, VALID
from checker.checks.quality_fields import EVENTS, ITEMS, LIMITS, Event, Item, Limit
from checker.fhir.days import days
from checker.model.need import ScanNeed
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, ScanView


class QualityParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``items``: the fields that are counted. ``limits``: what is asked of them. ``events``: when things took place."""

    items: tuple[Item, ...] = ITEMS
    limits: tuple[Limit, ...] = LIMITS
    events: tuple[Event, ...] = EVENTS

    def __post_init__(self) -> None:
        """Refuse a limit of a field that is not counted."""
        QualityScanParams(items=self.items, events=self.events)
        known = {item.key for item in self.items}
        for limit in self.limits:
            if limit.item not in known:
                raise ValueError(f"no field is called {limit.item!r}")


class Shares(NamedTuple):
    """One field in numbers."""

    resources: int
    missing: int
    valid: int
    default: int
    invalid: int
    untested: int

    @staticmethod
    def of(counts: dict[str, int]) -> Shares:
        """From the words of a scan."""
        words = (MISSING, VALID, DEFAULT, INVALID, UNTESTED)
        return Shares(sum(counts.values()), *(counts.get(word, 0) for word in words))

    @property
    def filled(self) -> int:
        """In how many resources something stands there."""
        return self.resources - self.missing


def scan_of(p: QualityParams, organisations: tuple[str, ...] = ()) -> ScanNeed:
    """The scan behind all of these checks."""
    params = QualityScanParams(items=p.items, events=p.events, organisations=organisations)
    return ScanNeed(scan=DATA_QUALITY.id, params=params)


def per_cent(part: int, whole: int) -> str:
    """``91.6 %``, cut and never rounded up: what is below a limit must not look as if it met it.

    >>> per_cent(11, 12), per_cent(2, 2)
    ('91.6 %', '100.0 %')
    """
    return f"{part * 1000 // whole / 10:.1f} %"


_SOURCE = "docs/policy.md#fields-are-filled"


def _state(view: ScanView, what: str) -> Quality | Undecided:
    return view.state if isinstance(view.state, Quality) else view.undecided(what)


class _Asked(NamedTuple):
    """What is asked of one field, and how it stands."""

    part: int
    whole: int
    limit: int
    at_most: bool = False

    @property
    def kept(self) -> bool:
        return (
            (self.part * 100 <= self.limit * self.whole) if self.at_most else self.part * 100 >= self.limit * self.whole
        )


def _held(ev: EvidenceView, p: QualityParams, what: str, fault: str) -> Iterator[Statement]:
    """Each field with a limit against it. ``fault``: the word of the scan under which the places are kept."""
    view = ev.scan(scan_of(p))
    state = _state(view, f"how {what} the fields are")
    if isinstance(state, Undecided):
        yield state
        return
    for limit in p.limits:
        asked = _asked(Shares.of(state.items.get(limit.item, {})), limit, fault)
        if not asked.whole:
            continue
        bound = "at most" if asked.at_most else "at least"
        share = per_cent(asked.part, asked.whole)
        if asked.kept:
            yield Examined(what=f"{limit.item}: {share} {what}", evidence=view.evidence, count=asked.whole)
            continue
        places = tuple(state.places[f"{fault} {limit.item}"].items)
        yield Finding(
            message=f"{limit.item}: {share} {what}",
            expected=f"{bound} {limit_of(limit, fault)} % (a limit of this profile)",
            actual=f"{asked.part} of {asked.whole}",
            place=places[0],
            evidence=view.evidence,
            count=asked.part if asked.at_most else asked.whole - asked.part,
            examples=places,
        )


def limit_of(limit: Limit, fault: str) -> int:
    """The per cent that the limit names for that word of the scan."""
    return {MISSING: limit.complete, INVALID: limit.valid, DEFAULT: limit.default}[fault]


def _asked(found: Shares, limit: Limit, fault: str) -> _Asked:
    if fault == MISSING:
        return _Asked(found.filled, found.resources, limit.complete)
    if fault == INVALID:
        return _Asked(found.valid, found.valid + found.invalid, limit.valid)
    return _Asked(found.default, found.filled, limit.default, at_most=True)


@check("quality.complete", params=QualityParams, needs=lambda p, settings: [scan_of(p)], source=_SOURCE)
def complete(ev: EvidenceView, p: QualityParams) -> Iterator[Statement]:
    """Each field is filled in as many resources as its limit asks for.

    Counted are the resources of its type in the export. Blank text is nothing. A value that stands for none (a
    default) is something here, and counted by another requirement.

    Good: 99 of 100 patients have a birth date. Bad: 90 of 100.
    """
    yield from _held(ev, p, "filled", MISSING)


@check("quality.valid", params=QualityParams, needs=lambda p, settings: [scan_of(p)], source=_SOURCE)
def valid(ev: EvidenceView, p: QualityParams) -> Iterator[Statement]:
    """Of the values that can be tested and are no defaults, as many are valid as the limit asks for.

    By rule of the field: NHS numbers by modulus 11, dates by the calendar, gender and ethnic category by their lists,
    postcodes and organisation codes by their form, SNOMED CT and dm+d codes by their check digit.

    Good: 99 of 100 postcodes have the form of one. Bad: 90 of 100.
    """
    yield from _held(ev, p, "valid", INVALID)


@check("quality.few-defaults", params=QualityParams, needs=lambda p, settings: [scan_of(p)], source=_SOURCE)
def few_defaults(ev: EvidenceView, p: QualityParams) -> Iterator[Statement]:
    """Of the values of a field, no more are defaults than the limit allows.

    A default stands for a value that nobody has: pseudo postcodes ZZ99, birth date 1900-01-01, ethnic category Z,
    practice V81999, gender unknown.

    Good: 2 of 100 postcodes begin with ZZ99. Bad: 20 of 100.
    """
    yield from _held(ev, p, "defaults", DEFAULT)


class CoverageParams(QualityParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``first`` and ``last``: the months expected (``2026-01``); "" for those of the first and the last event.
    ``organisations``: ODS codes expected. ``steady``: types with events in every month, where a month of theirs
    usually has at least ``usual``.
    """

    first: str = ""
    last: str = ""
    organisations: tuple[str, ...] = ()
    steady: tuple[str, ...] = ("Encounter", "Observation")
    usual: int = 10

    def __post_init__(self) -> None:
        """Refuse what is no month."""
        for month in filter(None, (self.first, self.last)):
            if days(month) is None or len(month) != len("2026-01"):
                raise ValueError(f"not a month, written as 2026-01: {month!r}")


@check(
    "quality.covers-its-time",
    params=CoverageParams,
    needs=lambda p, settings: [scan_of(p, p.organisations)],
    source="docs/policy.md#no-month-is-missing",
)
def covers_its_time(ev: EvidenceView, p: CoverageParams) -> Iterator[Statement]:
    """No month between the first and the last event is without events, and every expected organisation is there.

    Looked at are encounters and observations, each for itself. A type with fewer than ten events in its usual month
    (the median of those with any) proves nothing: a month may be empty by chance. Months at either end with less than
    half of the usual are not counted on: a stray date makes no period. A profile may name the months and
    the organisations that are expected.

    Good: encounters in every month from January to December. Bad: none in June.
    """
    view = ev.scan(scan_of(p, p.organisations))
    state = _state(view, "which months the export covers")
    if isinstance(state, Undecided):
        yield state
        return
    looked_at = 0
    for kind in p.steady:
        months = state.months.get(kind, {})
        if not months or median(months.values()) < p.usual:
            continue
        looked_at += 1
        busy = [month for month, events in months.items() if events * 2 >= median(months.values())]
        expected = months_between(p.first or min(busy), p.last or max(busy))
        gaps = [month for month in expected if not months.get(month)]
        yield Examined(what=f"months with {kind}", evidence=view.evidence, count=len(expected))
        if gaps:
            yield Finding(
                message=f"{len(gaps)} months have no {kind}.",
                expected=f"events in each month from {expected[0]} to {expected[-1]}",
                actual=f"none in {', '.join(gaps[:5])}" + (" and others" if len(gaps) > 5 else ""),
                place=kind,
                evidence=view.evidence,
                count=len(gaps),
            )
    if not looked_at:
        message = f"no type of {', '.join(p.steady)} has {p.usual} events in its usual month: fewer prove nothing"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=view.evidence)
    absent = [code for code in p.organisations if not state.organisations.get(code)]
    if p.organisations:
        yield Examined(what="organisations expected", evidence=view.evidence, count=len(p.organisations))
    if absent:
        yield Finding(
            message=f"{len(absent)} of {len(p.organisations)} expected organisations are not in the export.",
            expected="an Organization with its ODS code for each",
            actual=f"none for {', '.join(absent[:5])}",
            evidence=view.evidence,
            count=len(absent),
        )


def months_between(first: str, last: str) -> list[str]:
    """All months from the first to the last; none where they are no months, and at most 100 years of them.

    >>> months_between("2025-11", "2026-02")
    ['2025-11', '2025-12', '2026-01', '2026-02']
    """
    start, end = _number(first), _number(last)
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(max(start, end - 1199), end + 1)]


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:7]) - 1


class TimelyParams(QualityParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours within which half, and 95 of 100, events are recorded, and can be read. ``least``: fewer prove nothing."""

    recorded_p50: int = 24
    recorded_p95: int = 168
    available_p50: int = 72
    available_p95: int = 720
    least: int = 20


@check(
    "quality.timely",
    params=TimelyParams,
    needs=lambda p, settings: [scan_of(p)],
    source="docs/policy.md#events-are-recorded-in-time",
)
def timely(ev: EvidenceView, p: TimelyParams) -> Iterator[Statement]:
    """Events are recorded, and can be read, within the hours that the profile names.

    From the event to ``issued`` or ``recorded``, and from the event to ``meta.lastUpdated`` of a first version (a later
    one tells when the record was changed). An event that has a date alone ends with that day. Delays are counted by
    the hour, from three days on by the day, so that the percentiles are exact to that. Fewer than 20 events of a type
    prove nothing.

    Good: half of the encounters can be read on the same day. Bad: five in 100 after two months.
    """
    view = ev.scan(scan_of(p))
    state = _state(view, "how soon events are recorded")
    if isinstance(state, Undecided):
        yield state
        return
    few = 0
    for key, counts in sorted(state.lags.items()):
        name, _, kind = key.partition(" ")
        events = sum(counts.values())
        if events < p.least:
            few += 1
            continue
        yield Examined(what=f"{kind} {name}: delays", evidence=view.evidence, count=events)
        bounds = {RECORDED: (p.recorded_p50, p.recorded_p95), AVAILABLE: (p.available_p50, p.available_p95)}[name]
        for percent, most in zip((50, 95), bounds, strict=True):
            if (hours := percentile(counts, percent)) > most:
                yield Finding(
                    message=f"{kind}: {100 - percent} in 100 events are {name} later than {most} hours after.",
                    expected=f"{percent} in 100 within {most} hours (a limit of this profile)",
                    actual=f"within {hours} hours",
                    place=kind,
                    evidence=view.evidence,
                    count=events - sum(n for each, n in counts.items() if int(each) <= most),
                )
    if few and few == len(state.lags):
        message = f"no type has {p.least} events whose delay is known: fewer prove nothing"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=view.evidence)
