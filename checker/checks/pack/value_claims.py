"""What is claimed for efficiency, patients and staff: with cases, interval and sums, and what of it is promised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from checker.checks.assured import Given
from checker.checks.pack.few import few_of_a_kind
from checker.checks.pack.figures import decimal
from checker.checks.pack.given import WHOLE, of_section, part
from checker.checks.pack.said import Part, artefacts, differs, grouped, if_said, lacking, listed, not_in_pack, off, on
from checker.model.registry import check
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_GUIDANCE = (
    "https://www.gov.uk/government/publications/value-based-procurement-for-medical-technology/"
    "value-based-procurement-national-standard-guidance-for-medical-technology"
)
_BOUND = Decimal("0.01")
_CLAIM = (
    *("kind", "measure", "unit", "n", "site", "from", "to", "comparator", "effect"),
    *("interval-low", "interval-high", "level-percent", "volume", "saving", "evidence"),
)


@check("claims.on-efficiency-have-figures", needs=lambda p, s: [WHOLE, of_section("value")], source=_GUIDANCE)
@few_of_a_kind
def on_efficiency_have_figures(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each claim on efficiency rests on cases: how many, where, when, compared with what; and its sums hold.

    It may be of a single day. The effect lies inside its interval; the saving is effect times volume, and its worth
    that times what a unit is worth; the evidence is in the pack. A saving of zero is one.

    Good: 0.8 days (95 %: 0.3 to 1.3), 412 patients, 600 a year, 480.0 days. Bad: the same without n.
    """
    found = listed(ev, "value", "claims")
    if isinstance(found, Undecided):
        yield found
        return
    named = artefacts(ev)
    for one in found.facts:
        place = f"value claims {one['id']}"
        yield from lacking(found, one, _CLAIM, place)
        if int(one.get("n", "1")) == 0:
            yield found.finding("The claim rests on no case.", "1 or more", one["n"], f"{place} n")
        yield from _interval(found, one, place)
        yield from _period(found, one, "from", "to", place, may_be_one_day=True)
        if {"effect", "volume", "saving"} <= one.keys():
            real = decimal(one["effect"]) * decimal(one["volume"])
            yield from differs(found, one["saving"], real, "Effect times volume is not the saving.", f"{place} saving")
        if {"saving", "unit-value", "saving-value"} <= one.keys():
            real = decimal(one["saving"]) * decimal(one["unit-value"])
            message = "The worth does not follow from saving and unit value."
            yield from off(found, one["saving-value"], real, _BOUND, message, f"{place} saving-value")
        yield from not_in_pack(found, named, one.get("evidence", []), f"{place} evidence")
    yield Examined(what="claims on efficiency", evidence=found.evidence, count=len(found.facts))


def _interval(found: Given, one: Mapping[str, Any], place: str) -> Iterator[Finding]:
    if not {"effect", "interval-low", "interval-high"} <= one.keys():
        return
    low, high = decimal(one["interval-low"]), decimal(one["interval-high"])
    if not low <= decimal(one["effect"]) <= high:
        expected = f"{one['interval-low']} to {one['interval-high']}"
        yield found.finding("The effect does not lie inside its interval.", expected, one["effect"], f"{place} effect")


def _period(
    found: Given, one: Mapping[str, Any], first: str, last: str, place: str, *, may_be_one_day: bool = False
) -> Iterator[Finding]:
    if {first, last} <= one.keys():
        begins, ends = on(one[first]), on(one[last])
        if ends < begins or (ends == begins and not may_be_one_day):
            said = f"{one[first]} to {one[last]}"
            yield found.finding("The period ends before it begins.", f"{first} before {last}", said, place)
    if last in one and on(one[last]) > found.on:
        yield found.finding("The figures are of the future.", f"up to {found.on.isoformat()}", one[last], place)


_OUTCOME = (
    *("kind", "measure", "measure-type", "baseline", "baseline-on", "baseline-n"),
    *("follow-up", "follow-up-on", "follow-up-n", "change"),
)


@check("claims.on-outcomes-name-their-measure", needs=lambda p, s: [of_section("value")], source=_GUIDANCE)
@few_of_a_kind
def on_outcomes_name_their_measure(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each claim on outcomes, experience or safety names its measure and its sort, with baseline and follow-up.

    The change is the follow-up less the baseline, which comes first. Whether the measure is a validated one is for a
    person.

    Good: medication incidents for 1,000 bed days, 4.1, then 3.4. Bad: "patients are happier".
    """
    found = listed(ev, "value", "outcomes")
    if isinstance(found, Undecided):
        yield found
        return
    for one in found.facts:
        place = f"value outcomes {one['id']}"
        yield from lacking(found, one, _OUTCOME, place)
        yield from _period(found, one, "baseline-on", "follow-up-on", place)
        if {"baseline", "follow-up", "change"} <= one.keys():
            real = decimal(one["follow-up"]) - decimal(one["baseline"])
            message = "The change is not follow-up less baseline."
            yield from differs(found, one["change"], real, message, f"{place} change")
        for name in ("baseline-n", "follow-up-n"):
            if int(one.get(name, "1")) == 0:
                yield found.finding("Nobody was measured.", "1 or more", one[name], f"{place} {name}")
    yield Examined(what="claims on patients and staff", evidence=found.evidence, count=len(found.facts))


@check(
    "claims.become-indicators",
    needs=lambda p, settings: [of_section("value"), of_section("kpis")],
    source="docs/policy.md#what-is-promised-is-followed-up",
)
@few_of_a_kind
def become_indicators(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """What a bid promises is followed by an indicator of the contract, from a named source, with a remedy.

    Promised is each claim, outcome and benefit with ``award-promise: yes``. Its line in ``promises`` names one
    of the ``indicators`` of the section ``kpis``; where that names a ``claim`` in its turn, it is this one.

    Good: stay-hip, followed by kpi-stay-hip, 2 % for each half day short. Bad: a promise that nobody counts.
    """
    promised: list[tuple[str, str]] = []
    for kind in ("claims", "outcomes", "benefits"):
        many = if_said(ev, "value", kind, [])
        if isinstance(many, Undecided):
            yield many
        else:
            promised += [(kind, one["id"]) for one in many if one.get("award-promise") == "yes"]
    found = part(ev, "value", "promises")
    if isinstance(found, Undecided):
        yield found
        return
    if not promised:
        yield found.undecided("no claim, outcome or benefit is marked as a promise")
        return
    lines = grouped(found.facts, "claim")
    kpis = part(ev, "kpis", "indicators")
    known = {} if isinstance(kpis, Undecided) else {one["id"]: one for one in kpis.facts}
    for kind, name in promised:
        place = f"value promises {name}"
        if name not in lines:
            message = "A promise is followed by nothing."
            yield found.finding(message, "a line of promises", "none", f"value {kind} {name}")
        for line in lines.get(name, []):
            yield from lacking(found, line, ("kpi", "data-source", "remedy"), place)
            if not isinstance(kpis, Undecided) and "kpi" in line:
                yield from _followed(found, name, line["kpi"], known, place)
    if isinstance(kpis, Undecided):
        yield kpis
        return
    evidence = (*found.evidence, *kpis.evidence)
    yield Examined(what="promises", evidence=evidence, count=len(promised))


def _followed(found: Given, name: str, kpi: str, known: Mapping[str, Part], place: str) -> Iterator[Finding]:
    if kpi not in known:
        yield found.finding("The indicator is not in the section kpis.", "one of its indicators", kpi, place)
    elif known[kpi].get("claim", name) != name:
        yield found.finding("The indicator is for another claim.", name, known[kpi]["claim"], place)
