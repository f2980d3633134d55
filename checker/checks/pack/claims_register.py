"""What an offer claims, what each claim rests on, and how staff fare with the product."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from checker.checks.assured import Given
from checker.checks.pack.figures import agree
from checker.checks.pack.given import WHOLE, of_section, part
from checker.checks.pack.said import Part, after, incomplete, not_held, shown, unsaid
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_DESIGNS: Final = {
    "randomised": {"randomised"},
    "controlled": {"randomised", "controlled"},
    "before-and-after": {"randomised", "controlled", "before-and-after", "interrupted-time-series"},
    "observational": {
        *("randomised", "controlled", "before-and-after", "interrupted-time-series", "observational", "audit"),
    },
}
"""The designs of studies by which a claim may be called so strong."""


@check(
    "claims.rest-on-evidence",
    needs=lambda p, settings: [WHOLE, of_section("effectiveness")],
    source="docs/policy.md#a-claim-rests-on-evidence-or-says-that-it-does-not",
)
def rest_on_evidence(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each claim of the offer names what it rests on and how strong that is; one without evidence says so in the offer.

    A claim is no stronger than the design of its studies.

    Good: strength none, and the offer says that it is an expectation. Bad: randomised, from a study before and after.
    """
    found = part(ev, "effectiveness", "claims")
    if isinstance(found, Undecided):
        yield found
        return
    if not found.facts:
        yield found.undecided("the section 'effectiveness' lists no claim")
        return
    studies = part(ev, "effectiveness", "studies")
    if isinstance(studies, Undecided) and studies.reason is Reason.PREREQUISITE:
        yield studies
        return
    designs = {} if isinstance(studies, Undecided) else {one["id"]: one.get("design", "") for one in studies.facts}
    yield Examined(what="claims of the offer", evidence=found.evidence, count=len(found.facts))
    for one in found.facts:
        yield from _claim(found, one, designs, not_held(ev, one.get("evidence", ())))


def _claim(found: Given, one: Part, designs: dict[str, str], lost: list[str]) -> Iterator[Finding]:
    place = f"section effectiveness claims {one['id']}"
    yield from incomplete(found, "A claim does not say how strong its evidence is.", one, place, "strength")
    rests = set(one.get("studies", ())) | set(one.get("evidence", ()))
    for name in sorted({*lost, *(set(one.get("studies", ())) - designs.keys())}):
        yield found.finding("What a claim rests on is not in the pack.", shown(name), "none", place)
    if one.get("strength") == "none":
        if one.get("marked-in-offer") != "yes":
            message = "A claim has no evidence, and the offer does not say so."
            yield found.finding(message, "marked in the offer", "not marked", place)
    elif not rests:
        yield found.finding("A claim rests on nothing.", "a study, or an artefact", "none", place)
    elif (wanted := _DESIGNS.get(one.get("strength", ""))) and not any(
        designs.get(name) in wanted for name in one.get("studies", ())
    ):
        message = "A claim is called stronger than the studies that it rests on."
        shows = ", ".join(sorted({designs[name] for name in one.get("studies", ()) if name in designs})) or "no study"
        yield found.finding(message, one["strength"], shows, place)


class StaffParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``measures``: what has to be measured."""

    measures: tuple[str, ...] = ("training-completion", "competency", "satisfaction")


@check(
    "staff.are-confident",
    params=StaffParams,
    needs=lambda p, settings: [of_section("effectiveness")],
    source="docs/policy.md#how-staff-fare-is-measured",
)
def are_confident(ev: EvidenceView, p: StaffParams) -> Iterator[Statement]:
    """Training completion, competency and satisfaction of staff are stated with number, day and method, and recompute.

    Completion is n of those asked; the others are the favourable of n.

    Good: 412 of 450 trained, 91.6 %. Bad: 92 % satisfied, of nobody said how many.
    """
    found = part(ev, "effectiveness", "staff")
    if isinstance(found, Undecided):
        yield found
        return
    yield Examined(what="figures on staff", evidence=found.evidence, count=max(len(found.facts), 1))
    for name in p.measures:
        if not any(one["measure"] == name for one in found.facts):
            yield found.finding("How staff fare was not measured.", name, "none", "section effectiveness staff")
    for one in found.facts:
        place = f"section effectiveness staff {one['id']}"
        wanted = ("asked", "n", "favourable", "percent", "on", "method")
        yield from incomplete(found, "A figure on staff does not say what it rests on.", one, place, *wanted)
        yield from after(found, one, "on", place)
        if not unsaid(one, *wanted):
            yield from _percent(found, one, place)


def _percent(found: Given, one: Part, place: str) -> Iterator[Finding]:
    asked, n, favourable = (int(one[name]) for name in ("asked", "n", "favourable"))
    if not favourable <= n <= asked or not n:
        message = "More staff answered than were asked, or were favourable than answered; or none did."
        yield found.finding(message, "favourable of n of asked", f"{favourable} of {n} of {asked}", place)
        return
    among = (n, asked) if one["measure"] == "training-completion" else (favourable, n)
    true = Decimal(100) * among[0] / among[1]
    if not agree(one["percent"], true):
        message = "A figure on staff does not follow from its counts."
        yield found.finding(message, f"{among[0]}/{among[1]} = {true:.2f} %", one["percent"], place)
