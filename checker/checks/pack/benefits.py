"""What the buyer gains: each benefit with its measure, counted once, and its sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from checker.checks.assured import Given
from checker.checks.pack.few import few_of_a_kind
from checker.checks.pack.figures import decimal
from checker.checks.pack.given import of_section
from checker.checks.pack.said import differs, if_said, lacking, listed, off, on
from checker.model.registry import check
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_BOUND = Decimal("0.01")
_FALLS, _RISES = frozenset({"agency-hours"}), frozenset({"same-day-discharge"})


class KindParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``kinds`` of benefits on staff, and on how patients flow."""

    kinds: tuple[str, ...] = ("same-day-discharge", "agency-hours", "retention")


@check(
    "benefits.are-counted-once",
    needs=lambda p, settings: [of_section("value")],
    source="docs/policy.md#a-benefit-is-measured-and-counted-once",
)
@few_of_a_kind
def are_counted_once(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each benefit has an owner, a measure with baseline and target, a day, says if it releases cash, and stands once.

    Two benefits are one where they have the same ``measure-id`` or the same measure, and the same population. Like
    words for other measures are two. Where change and value are told, they follow from baseline, target, volume and
    unit value.

    Good: minutes for a letter, 14 to 9, 24000 a year. Bad: the same bed days as a saving of beds and of staff.
    """
    found = listed(ev, "value", "benefits")
    if isinstance(found, Undecided):
        yield found
        return
    seen: dict[tuple[str, str], str] = {}
    for one in found.facts:
        place = f"value benefits {one['id']}"
        yield from lacking(found, one, ("owner", "measure", "unit", "baseline", "target", "due", "cash"), place)
        if "due" in one and "baseline-on" in one and on(one["due"]) < on(one["baseline-on"]):
            message = "The benefit is due before its baseline was measured."
            yield found.finding(message, f"after {one['baseline-on']}", one["due"], place)
        if one.get("kind") not in KindParams().kinds:
            yield from recomputed(found, one, place)
        group = " ".join(one.get("population", "").casefold().split())
        for key in sorted({_plain(one.get(name, "")) for name in ("measure-id", "measure")} - {""}):
            before = seen.setdefault((key, group), one["id"])
            if before != one["id"]:
                yield found.finding("A benefit is counted twice.", "each measure once", f"also {before}", place)
                break
    yield Examined(what="benefits", evidence=found.evidence, count=len(found.facts))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def recomputed(found: Given, one: Mapping[str, Any], place: str) -> Iterator[Finding]:
    """Change and value of a benefit, where they are told and can be made again."""
    if not {"baseline", "target"} <= one.keys():
        return
    change = decimal(one["target"]) - decimal(one["baseline"])
    if "change" in one:
        yield from differs(found, one["change"], change, "The change is not target less baseline.", f"{place} change")
    if "value" in one and "unit-value" in one:
        real = abs(change) * decimal(one.get("volume", "1")) * decimal(one["unit-value"])
        message = "The value does not follow from change, volume and unit value."
        yield from off(found, one["value"], real, _BOUND, message, f"{place} value")


@check(
    "benefits.on-staff-and-flow-recompute",
    params=KindParams,
    needs=lambda p, settings: [of_section("value")],
    source="docs/policy.md#claims-on-staff-and-flow-name-their-measure",
)
@few_of_a_kind
def on_staff_and_flow_recompute(ev: EvidenceView, p: KindParams) -> Iterator[Statement]:
    """Same-day discharge, agency hours and retention: each claim names measure, unit, baseline with its day and source,
    target, change and value, and they follow from each other.

    Agency hours fall, and discharges on the same day rise.

    Good: 5200 to 4300 hours at 31.00 = 27900.00. Bad: "fewer agency hours", without a baseline.
    """
    found = listed(ev, "value", "benefits")
    if isinstance(found, Undecided):
        yield found
        return
    chosen = [one for one in found.facts if one.get("kind") in p.kinds]
    if not chosen:
        yield found.undecided(f"no benefit is of a kind of {', '.join(p.kinds)}")
        return
    wanted = ("measure", "unit", "baseline", "baseline-on", "source", "target", "change", "unit-value", "value")
    for one in chosen:
        place = f"value benefits {one['id']}"
        yield from lacking(found, one, wanted, place)
        yield from recomputed(found, one, place)
        change = decimal(one.get("change", "0"))
        if (one["kind"] in _FALLS and change > 0) or (one["kind"] in _RISES and change < 0):
            message = "The change goes the wrong way for what is claimed."
            yield found.finding(message, "a fall" if one["kind"] in _FALLS else "a rise", one["change"], place)
    yield Examined(what="benefits on staff and flow", evidence=found.evidence, count=len(chosen))


@check(
    "time-saved.recomputes",
    needs=lambda p, settings: [of_section("value")],
    source="docs/policy.md#time-given-back-is-measured",
)
@few_of_a_kind
def time_saved_recomputes(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Time given back to staff was measured, by a method that is named, and its hours follow: minutes times volume.

    Each is the measurement behind a benefit of the kind ``time-given-back``. None saved is a result too; more time than
    before is no saving.

    Good: 14 less 9.5 minutes, 24000 letters, 1800 hours. Bad: hours that nobody timed.
    """
    found = listed(ev, "value", "time-saved")
    if isinstance(found, Undecided):
        yield found
        return
    held = if_said(ev, "value", "benefits", [])
    if isinstance(held, Undecided):
        yield held
        return
    kinds = {one["id"]: one.get("kind") for one in held}
    wanted = ("staff", "task", "method", "n", "site", "on", "baseline-minutes", "measured-minutes", "volume", "hours")
    for one in found.facts:
        place = f"value time-saved {one['id']}"
        yield from lacking(found, one, wanted, place)
        if kinds.get(one.get("benefit", "")) != "time-given-back":
            said = one.get("benefit", "none")
            yield found.finding("It belongs to no benefit.", "a benefit of kind time-given-back", said, place)
        if "on" in one and on(one["on"]) > found.on:
            yield found.finding("It was measured in the future.", found.on.isoformat(), one["on"], place)
        if int(one.get("n", "1")) == 0:
            yield found.finding("Nothing was measured.", "at least one", one["n"], place)
        if not {"baseline-minutes", "measured-minutes", "volume", "hours"} <= one.keys():
            continue
        saved = decimal(one["baseline-minutes"]) - decimal(one["measured-minutes"])
        if saved < 0:
            yield found.finding("It takes more time than before.", "no more", one["measured-minutes"], place)
        real = saved * decimal(one["volume"]) / 60
        yield from differs(found, one["hours"], real, "Minutes times volume are not the hours.", f"{place} hours")
    yield Examined(what="measurements of time", evidence=found.evidence, count=len(found.facts))
