"""Digital maturity: levels that are whole, means that recompute, and a product that moves a pillar to its minimum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import product
from typing import Any

from checker.checks.assured import Given
from checker.checks.pack.figures import agree, decimal, places, rounded
from checker.checks.pack.given import of_section, part, section
from checker.checks.pack.said import grouped
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_SECTION = of_section("maturity")
Levels = Mapping[str, Decimal]
"""Domain → level."""


class LevelParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``lowest`` and ``highest``: the levels of the framework."""

    lowest: int = 1
    highest: int = 5


@check(
    "maturity.levels-are-whole",
    params=LevelParams,
    needs=lambda p, settings: [_SECTION],
    source="docs/policy.md#levels-of-maturity-are-whole-and-recompute",
)
def levels_are_whole(ev: EvidenceView, p: LevelParams) -> Iterator[Statement]:
    """Each domain has a whole level from 1 to 5, every element up to it is met, and the pillar's mean is theirs.

    Elements may be left out: then the level stands on the word of the buyer, whose assessment it is. A mean is compared
    at the places that it is written with, halves rounded up.

    Good: levels 2, 2 and 3 with the mean 2.33. Bad: a level of 2.5; level 3 while an element of level 2 is not met.
    """
    found = part(ev, "maturity", "profile")
    if isinstance(found, Undecided):
        yield found
        return
    if not found.facts.get("pillars"):
        yield found.undecided("the section 'maturity' has no pillars")
    for pillar in found.facts.get("pillars", []):
        domains = pillar.get("domains", [])
        if not domains or any("level" not in one for one in domains):
            yield found.undecided(f"pillar {pillar['id']}: a domain has no level, or there is none")
            continue
        yield Examined(what=f"levels of the domains of {pillar['id']}", evidence=found.evidence, count=len(domains))
        for domain in domains:
            yield from _level(found, pillar["id"], domain, p)
        yield from _mean(found, pillar, [decimal(one["level"]) for one in domains])


def _level(found: Given, pillar: str, domain: Mapping[str, Any], p: LevelParams) -> Iterator[Statement]:
    level, place = decimal(domain["level"]), f"section maturity, {pillar}/{domain['id']}"
    if level != level.to_integral_value() or not p.lowest <= level <= p.highest:
        message = "The level of a domain is no whole number of the scale."
        yield found.finding(message, f"a whole number from {p.lowest} to {p.highest}", domain["level"], place)
    open_ones = [
        one["id"] for one in domain.get("elements", []) if one["met"] == "no" and decimal(one["level"]) <= level
    ]
    if open_ones:
        message = "A level is claimed, and not every element up to it is met."
        yield found.finding(message, f"all elements up to level {level} met", ", ".join(open_ones[:3]), place)


def _mean(found: Given, pillar: Mapping[str, Any], levels: list[Decimal]) -> Iterator[Statement]:
    place = f"section maturity, {pillar['id']}"
    if "mean" not in pillar:
        yield found.undecided(f"pillar {pillar['id']}: its mean is not given")
        return
    mean = sum(levels, Decimal()) / len(levels)
    if not agree(pillar["mean"], mean):
        message = "The mean of a pillar is not that of its domains."
        yield found.finding(message, f"{rounded(mean, max(places(pillar['mean']), 2))}", pillar["mean"], place)


@check(
    "maturity.reaches-the-minimum",
    params=LevelParams,
    needs=lambda p, settings: [_SECTION],
    source="docs/policy.md#a-product-moves-a-pillar-to-its-minimum",
)
def reaches_the_minimum(ev: EvidenceView, p: LevelParams) -> Iterator[Statement]:
    """Each pillar has a minimum and an ideal level, the gaps recompute, and the product closes one of them.

    Judged are the means of the domains' levels, today and with what the product raises (``contribution``). At least one
    pillar that is below its minimum today is not below it with the product; where none is below, one must rise. A gap
    is the level that is missing, or 0; of two entries of a pillar both are held to it. A domain is raised to one level.

    Good: a pillar at 2.33 with the minimum 2.5, and a domain of it that the product raises from 2 to 3. Bad: a product
    that raises no domain; an ideal below the minimum; a gap that is not the difference.
    """
    found = section(ev, "maturity")
    if isinstance(found, Undecided):
        yield found
        return
    profile = part(ev, "maturity", "profile")
    raised = part(ev, "maturity", "contribution")
    for one in (profile, raised):
        if isinstance(one, Undecided):
            yield one
            return
    pillars = found.facts["profile"].get("pillars", [])
    if bare := [one["id"] for one in pillars if not one.get("domains")]:
        yield found.undecided(f"pillar {bare[0]}: it has no domain")
        return
    if lacking := [one["id"] for one in pillars if "minimum" not in one or "ideal" not in one]:
        yield found.undecided(f"pillar {lacking[0]}: its minimum or its ideal is not said")
        return
    if not pillars or any("level" not in domain for one in pillars for domain in one["domains"]):
        yield found.undecided("a domain has no level, or there is no pillar", Reason.PREREQUISITE)
        return
    names = [domain["id"] for one in pillars for domain in one["domains"]]
    if len(names) != len(set(names)):
        yield found.undecided("two pillars have a domain of the same id", Reason.PREREQUISITE)
        return
    now = {domain["id"]: decimal(domain["level"]) for one in pillars for domain in one["domains"]}
    yield from _bounds(found, pillars, p)
    yield from _contributed(found, now, p)
    then = {**now, **{name: min(levels) for name, levels in _raised(found).items()}}
    yield from _moved(found, pillars, now, then)
    yield from _gaps(found, pillars, now)


def _bounds(found: Given, pillars: list[Any], p: LevelParams) -> Iterator[Statement]:
    for one in pillars:
        minimum, ideal = decimal(one["minimum"]), decimal(one["ideal"])
        if not p.lowest <= minimum <= ideal <= p.highest:
            message = "The minimum and the ideal of a pillar do not follow each other on the scale."
            expected = f"{p.lowest} <= minimum <= ideal <= {p.highest}"
            place = f"section maturity, {one['id']}"
            yield found.finding(message, expected, f"minimum {minimum}, ideal {ideal}", place)


def _raised(found: Given) -> dict[str, list[Decimal]]:
    """Domain → the levels that the product is said to raise it to."""
    entries = grouped(found.facts["contribution"], "domain")
    return {name: [decimal(one["to"]) for one in listed] for name, listed in entries.items()}


def _contributed(found: Given, now: Levels, p: LevelParams) -> Iterator[Statement]:
    for name, levels in _raised(found).items():
        if len(set(levels)) > 1:
            message, place = "The product raises a domain to two levels.", f"section maturity, contribution to {name}"
            yield found.finding(message, "one level", ", ".join(map(str, sorted(set(levels)))), place)
    for one in found.facts["contribution"]:
        place, to = f"section maturity, contribution to {one['domain']}", decimal(one["to"])
        if one["domain"] not in now:
            yield found.finding("The product is said to raise a domain that there is not.", "a domain", "none", place)
        elif "from" in one and decimal(one["from"]) != now[one["domain"]]:
            message = "The product starts from another level than the profile has."
            yield found.finding(message, str(now[one["domain"]]), one["from"], place)
        elif to != to.to_integral_value() or not now[one["domain"]] <= to <= p.highest:
            message = "The level that the product leads to is none that it can raise a domain to."
            yield found.finding(message, f"a whole number from {now[one['domain']]} to {p.highest}", one["to"], place)


def _moved(found: Given, pillars: list[Any], now: Levels, then: Levels) -> Iterator[Statement]:
    """Findings on the whole, and for each pillar what is met today and with the product."""
    below, moved, rising = 0, 0, 0
    for one in pillars:
        before, after = _mean_of(one, now), _mean_of(one, then)
        minimum, ideal = decimal(one["minimum"]), decimal(one["ideal"])
        below += before < minimum
        moved += before < minimum <= after
        rising += after > before
        met = f"minimum {minimum} {_word(after, minimum)}, ideal {ideal} {_word(after, ideal)}"
        what = f"{one['id']}: {rounded(before)} today, {rounded(after)} with the product; {met}"
        yield Examined(what=what, evidence=found.evidence)
    if not (moved if below else rising):
        message = "The product moves no pillar to its minimum."
        actual = f"{below} below, and none of them reaches it" if below else "none is below, and none rises"
        yield found.finding(message, "at least one", actual, "section maturity, contribution")


def _mean_of(pillar: Mapping[str, Any], levels: Levels) -> Decimal:
    found = [levels[domain["id"]] for domain in pillar["domains"]]
    return sum(found, Decimal()) / len(found)


def _word(level: Decimal, wanted: Decimal) -> str:
    return "met" if level >= wanted else f"not met by {rounded(wanted - level)}"


def _gaps(found: Given, pillars: list[Any], now: Levels) -> Iterator[Statement]:
    told = grouped(found.facts.get("gaps", []), "pillar")
    if missing := [one["id"] for one in pillars if one["id"] not in told]:
        yield found.undecided(f"the table of gaps lacks {', '.join(missing[:3])}")
    for one, key in product(pillars, ("minimum", "ideal")):
        gap, place = max(decimal(one[key]) - _mean_of(one, now), Decimal()), f"section maturity, gaps of {one['id']}"
        for said in told.get(one["id"], []):
            if f"to-{key}" not in said:
                yield found.undecided(f"the gap to-{key} of {one['id']} is not given")
            elif not agree(said[f"to-{key}"], gap):
                message = f"A gap (to-{key}) is not the difference."
                yield found.finding(message, f"{rounded(gap)}", said[f"to-{key}"], place)
