"""Studies of a product: rates that recompute, where and on whom, and how old they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from checker.checks.assured import Given, months_after
from checker.checks.pack.figures import agree, decimal, figure
from checker.checks.pack.given import WHOLE, of_section, of_table, part, root, table
from checker.checks.pack.said import Part, grouped, incomplete, not_held, shown, unsaid
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

KIND = "study-table"
_COLUMNS = ("study", "outcome", "arm", "n", "events", "rate")
_COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)
_ARMS = ("intervention", "comparator")
_ESF = "https://www.nice.org.uk/corporate/ecd7/chapter/how-to-meet-the-standards"


@check(
    "studies.compare",
    needs=lambda p, settings: [WHOLE, of_section("effectiveness"), of_table(KIND, *_COLUMNS)],
    source=_ESF,
)
def compare(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A study compares the product with something else, is registered or has a protocol, and its figures recompute.

    *study-table*: study, outcome, arm (intervention or comparator), n, events, rate in percent. Each rate is events of
    n, and the effect is the difference in percentage points, or the ratio, of the two rates; it lies in its interval.
    How the interval was made is not recomputed. Limitations are stated.

    Good: 48 of 800 against 72 of 790: 6.0 %, 9.1 %, difference -3.1. Bad: a rate that is not events of n; one arm.
    """
    studies = part(ev, "effectiveness", "studies")
    if isinstance(studies, Undecided):
        yield studies
        return
    rows = table(ev, KIND, *_COLUMNS)
    if isinstance(rows, Undecided):
        yield rows
        return
    found = rows._replace(evidence=tuple(dict.fromkeys((*rows.evidence, *studies.evidence))))
    yield Examined(what="lines of the study table", evidence=found.evidence, count=max(len(rows.facts), 1))
    for row in rows.facts:
        yield from _rate(found, row)
    gaps: list[list[Finding]] = []
    by_study = grouped(rows.facts, "study")
    for one in studies.facts:
        mine = by_study.get(one["id"], [])
        for result in one.get("results", []):
            yield from _effect(found, one, result, mine)
        if set(_ARMS) <= {row["arm"].casefold() for row in mine}:
            gaps.append(list(_gaps(ev, found, one)))
    if not gaps:
        message = "No study compares the product with anything."
        yield found.finding(message, "one with two arms in the study table", "none", "section effectiveness studies")
    elif all(gaps):
        yield from min(gaps, key=len)


def _rate(found: Given, row: dict[str, str]) -> Iterator[Finding]:
    place = f"study-table line {row['line']}"
    counts = _counts(row)
    if counts is None:
        message = "A line counts no people, or more events than people."
        yield found.finding(message, "events of n", shown(f"{row['events']} of {row['n']}", 40), place)
        return
    rate = Decimal(100) * counts[0] / counts[1]
    if figure(row["rate"]) is None or not agree(row["rate"], rate):
        message = "A rate does not follow from its counts."
        yield found.finding(message, f"{rate:.3f} %", shown(row["rate"], 20) or "none", place)


def _counts(row: dict[str, str]) -> tuple[int, int] | None:
    """Events, and of how many; None for what is none."""
    if not all(_COUNT.fullmatch(row[name]) for name in ("events", "n")):
        return None
    events, n = int(row["events"]), int(row["n"])
    return (events, n) if events <= n and n else None


def _effect(found: Given, study: Part, result: Part, rows: list[dict[str, str]]) -> Iterator[Statement]:
    place = f"section effectiveness studies {study['id']} {result['outcome']}"
    rates: dict[str, Decimal] = {}
    for row in rows:
        if row["outcome"] == result["outcome"] and (counts := _counts(row)) is not None:
            if row["arm"].casefold() in rates:
                yield found.undecided(f"{place}: an arm has several lines in the study table", Reason.PREREQUISITE)
                return
            rates[row["arm"].casefold()] = Decimal(100) * counts[0] / counts[1]
    if not set(_ARMS) <= rates.keys():
        yield found.finding(
            "An effect is stated whose counts are not in the study table.", "both arms", "not there", place
        )
        return
    mine, other = rates["intervention"], rates["comparator"]
    ratio = result.get("measure") == "risk-ratio"
    effect = (mine / other if other else None) if ratio else mine - other
    if result.get("value") and (effect is None or not agree(result["value"], effect)):
        message = "An effect does not follow from the counts."
        yield found.finding(message, f"{effect:.3f}" if effect is not None else "none", result["value"], place)
    if not unsaid(result, "value", "low", "high"):
        low, value, high = (decimal(result[name]) for name in ("low", "value", "high"))
        if not low <= value <= high:
            yield found.finding("An effect lies outside of its interval.", f"{low} to {high}", str(value), place)


def _gaps(ev: EvidenceView, found: Given, one: Part) -> Iterator[Finding]:
    place = f"section effectiveness studies {one['id']}"
    if len(unsaid(one, "registration", "protocol")) > 1:
        yield found.finding("The study has no registration and no protocol.", "one of them", "neither", place)
    if one.get("protocol") and not_held(ev, [one["protocol"]]):
        yield found.finding("The protocol is not in the pack.", "an artefact", "none", place)
    yield from incomplete(found, "A study is not described.", one, place, "design", "results", "limitations")
    for result in one.get("results", []):
        wanted = ("measure", "value", "low", "high")
        yield from incomplete(found, "A result has no effect and interval.", result, place, *wanted)


@check("studies.cover-the-setting", needs=lambda p, settings: [of_section("effectiveness")], source=_ESF)
def cover_the_setting(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Evidence from live use covers the settings and groups of the buyer, or a local evaluation is planned.

    Good: a live study in acute care, where the buyer is, that says what share of its people is over 75. Bad: mental
    health alone; a group of which no study gives the share.
    """
    setting, studies = part(ev, "effectiveness", "setting"), part(ev, "effectiveness", "studies")
    if isinstance(setting, Undecided) or isinstance(studies, Undecided):
        for one in (setting, studies):
            if isinstance(one, Undecided):
                yield one
        return
    live = [one for one in studies.facts if one.get("live") == "yes"]
    place, planned = "section effectiveness setting", setting.facts.get("evaluation", "").strip()
    yield Examined(what="studies in live use", evidence=studies.evidence, count=max(len(live), 1))
    yield from incomplete(setting, "The buyer's setting is not stated.", setting.facts, place, "settings", "groups")
    covered = {name for one in live for name in one.get("settings", [])}
    for name in setting.facts.get("settings", []):
        if name not in covered and not planned:
            message = "No study in live use is of a setting of the buyer, and no local evaluation is planned."
            yield setting.finding(message, shown(name), ", ".join(sorted(covered)) or "none", place)
    there = {(one["by"], one["group"].casefold()) for study in live for one in study.get("population", [])}
    for group in setting.facts.get("groups", []):
        if (group["by"], group["group"].casefold()) not in there and not planned:
            message = "No study in live use says what share a group of the buyer's has."
            yield setting.finding(message, shown(f"{group['by']}: {group['group']}"), "no share", place)


class AgeParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``months``: evidence speaks for so long."""

    months: int = 60


@check(
    "studies.are-recent",
    params=AgeParams,
    needs=lambda p, settings: [WHOLE, of_section("effectiveness")],
    source="docs/policy.md#evidence-is-of-this-product-and-not-old",
)
def are_recent(ev: EvidenceView, p: AgeParams) -> Iterator[Statement]:
    """Each study ended within ``months`` months and is of the same major version, or says why it still speaks of it.

    Good: of 4.1, ended last year. Bad: of 2.3 without a word; ended in 2019; ended next year.
    """
    studies, product = part(ev, "effectiveness", "studies"), root(ev, "product")
    if isinstance(studies, Undecided) or isinstance(product, Undecided):
        for one in (studies, product):
            if isinstance(one, Undecided):
                yield one
        return
    if not studies.facts:
        yield studies.undecided("the section 'effectiveness' lists no study")
        return
    offered = _major(product.facts["version"])
    yield Examined(what="days and versions of studies", evidence=studies.evidence, count=len(studies.facts))
    for study in studies.facts:
        place = f"section effectiveness studies {study['id']}"
        yield from incomplete(
            studies, "A study does not say of when and what it is.", study, place, "ended", "product-version"
        )
        ended = day(study.get("ended"))
        if ended and ended > studies.on:
            yield studies.finding("A study ends on a day that is yet to come.", f"by {studies.on}", str(ended), place)
        if study.get("bridging", "").strip():
            continue
        if ended and months_after(ended, p.months) < studies.on:
            message = "A study is old, and nobody says why it still speaks of the product."
            yield studies.finding(message, f"within {p.months} months", f"ended {ended}", place)
        if study.get("product-version") and _major(study["product-version"]) != offered:
            message = "A study is of another major version, and nobody says why it still speaks of the product."
            yield studies.finding(message, f"{offered}.x", shown(study["product-version"], 40), place)


def _major(version: str) -> str:
    return version.strip().casefold().removeprefix("v").partition(".")[0]
