"""The evidence standards framework of NICE: the tier of a product, and the standards that apply to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from checker.checks.pack.given import WHOLE, of_section, part, root
from checker.checks.pack.said import incomplete, not_held, shown, unsaid
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_TABLES = "https://www.nice.org.uk/corporate/ecd7/chapter/section-c-evidence-standards-tables"
_LEAST: Final = {
    "system-service": "a",
    **dict.fromkeys(("communicating", "diaries", "promoting-health"), "b"),
    **dict.fromkeys(("inform-management", "drive-management", "diagnose", "treat"), "c"),
}
"""The lowest tier of what a product does."""
APPLIES: Final = {
    **{str(number): "abc" for number in (*range(1, 7), *range(10, 14), *range(15, 22))},
    **dict.fromkeys(("7", "8", "9"), "bc"),
    "14": "c",
}
"""To which tiers each of the 21 standards applies (section C, introduction)."""


class TierParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``tier``: ``a``, ``b`` or ``c``."""

    tier: str = "c"


@condition(
    "effectiveness.tier-is", params=TierParams, needs=lambda p, settings: [of_section("effectiveness")], claim=True
)
def tier_is(ev: EvidenceView, p: TierParams) -> bool | None:
    """Is that the declared tier? Not known where none is declared."""
    found = part(ev, "effectiveness", "tier")
    return None if isinstance(found, Undecided) else bool(found.facts["tier"] == p.tier)


@check("effectiveness.tier-fits", needs=lambda p, settings: [WHOLE, of_section("effectiveness")], source=_TABLES)
def tier_fits(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The declared tier is that of what the product does, or a higher one; a medical device is in tier C.

    Good: tier c for a product that informs treatment. Bad: tier a for one that diagnoses.
    """
    found, product = part(ev, "effectiveness", "tier"), root(ev, "product")
    if isinstance(found, Undecided):
        yield found
        return
    declared, place = found.facts["tier"], "section effectiveness tier"
    yield Examined(what="the declared tier", evidence=found.evidence)
    yield from incomplete(
        found, "What the tier rests on is not stated.", found.facts, place, "functions", "intended-use"
    )
    for one in found.facts.get("functions", []):
        if declared < _LEAST[one]:
            message = "The product does something that belongs to a higher tier."
            yield found.finding(message, f"{_LEAST[one]} for {one}", declared, place)
    if isinstance(product, Undecided):
        yield product
    elif product.facts.get("device") == "yes" and declared != "c":
        yield found.finding("A medical device is in tier C.", "c", declared, place)


@check(
    "effectiveness.standards-are-met", needs=lambda p, settings: [WHOLE, of_section("effectiveness")], source=_TABLES
)
def standards_are_met(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each standard of the framework that applies to the tier has an answer, and evidence or a study that is there.

    Standards 7 to 9 do not apply to tier A, and 14 applies to tier C alone. Whether the evidence is good enough is for
    people.

    Good: tier b without an entry for 14. Bad: tier c without one; an entry whose study is not listed.
    """
    found, tier = part(ev, "effectiveness", "standards"), part(ev, "effectiveness", "tier")
    if isinstance(found, Undecided) or isinstance(tier, Undecided):
        for one in (found, tier):
            if isinstance(one, Undecided):
                yield one
        return
    studies = part(ev, "effectiveness", "studies")
    if isinstance(studies, Undecided) and studies.reason is Reason.PREREQUISITE:
        yield studies
        return
    study_ids = set() if isinstance(studies, Undecided) else {one["id"] for one in studies.facts}
    wanted = [name for name, tiers in APPLIES.items() if tier.facts["tier"] in tiers]
    said = {one["id"]: one for one in found.facts}
    yield Examined(what=f"standards of tier {tier.facts['tier'].upper()}", evidence=found.evidence, count=len(wanted))
    for name in sorted(wanted, key=int):
        place, one = f"section effectiveness standards {name}", said.get(name, {})
        yield from incomplete(found, f"Standard {name} applies, and is not answered.", one, place, "answer")
        if one and len(unsaid(one, "evidence", "studies")) > 1:
            yield found.finding(f"Standard {name} rests on nothing.", "evidence, or a study", "none", place)
        for missing in sorted({*not_held(ev, one.get("evidence", ())), *(set(one.get("studies", ())) - study_ids)}):
            yield found.finding(f"What standard {name} rests on is not in the pack.", shown(missing), "none", place)
    if unknown := sorted(said.keys() - APPLIES.keys()):
        message = "The framework has no standard of this number."
        yield found.finding(message, "1 to 21", ", ".join(unknown), "section effectiveness standards")
