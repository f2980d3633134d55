"""How supply is kept up, and what shows that the product is fit for its purpose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checker.checks.assured import SUBMITTED, Given, bill
from checker.checks.pack.few import few_of_a_kind
from checker.checks.pack.given import WHOLE, of_section
from checker.checks.pack.said import artefacts, by_key, grouped, lacking, listed, not_in_pack
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_GUIDANCE = (
    "https://www.gov.uk/government/publications/value-based-procurement-for-medical-technology/"
    "value-based-procurement-national-standard-guidance-for-medical-technology"
)


@check(
    "supply.critical-parts-have-another-way",
    needs=lambda p, settings: [of_section("value"), SUBMITTED],
    source=_GUIDANCE,
)
@few_of_a_kind
def critical_parts_have_another_way(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each part that nothing works without has a second source, or a plan; its origin and stock are said.

    Software that is named by ``sbom-component`` stands in the bill of materials, where one was submitted. How the
    product works with others, and how it is used again, is said.

    Good: one source, a copy in escrow, rehearsed once a year. Bad: one source, and nothing else.
    """
    found = by_key(ev, "value", "supply-chain")
    if isinstance(found, Undecided):
        yield found
        return
    chain = found.facts["supply-chain"]
    if not chain["critical"]:
        yield found.undecided("no critical part is named")
        return
    yield from lacking(found, chain, ("interoperability", "circularity"), "value supply-chain")
    held = bill(ev)
    for one in chain["critical"]:
        place = f"value supply-chain critical {one['id']}"
        yield from lacking(found, one, ("name", "origin", "second-source", "stock-days"), place)
        if one.get("second-source") == "no" and not one.get("plan"):
            yield found.finding(
                "It has one source, and nothing is planned.", "a second source, or a plan", "none", place
            )
        if "sbom-component" in one:
            yield from _in_bill(found, held, one, place)
    yield Examined(what="critical parts", evidence=found.evidence, count=len(chain["critical"]))


def _in_bill(found: Given, held: Given | Undecided, one: Mapping[str, Any], place: str) -> Iterator[Statement]:
    if isinstance(held, Undecided):
        yield held
        return
    names = {component["name"].casefold() for component in held.facts["components"]}
    if one["sbom-component"].casefold() not in names:
        message = "A critical component is not in the bill of materials."
        yield found.finding(message, "its name there", one["sbom-component"][:80], place)


class AspectParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``aspects`` that are shown. ``rows``: how requirements begin, one of which each of these names."""

    aspects: tuple[str, ...] = ("compliance", "usability", "implementation", "training", "support")
    compliance: tuple[str, ...] = ("DT-", "CS-")
    usability: tuple[str, ...] = ("AX-", "DT-")


@check(
    "purpose.each-aspect-is-shown",
    params=AspectParams,
    needs=lambda p, settings: [WHOLE, of_section("value")],
    source=_GUIDANCE,
)
@few_of_a_kind
def each_aspect_is_shown(ev: EvidenceView, p: AspectParams) -> Iterator[Statement]:
    """Compliance, usability, implementation, training and support each have something in the pack that shows them.

    What shows them: sections, artefacts, or requirements of this tool. Compliance names one of the DTAC or of clinical
    safety, usability one of accessibility or the DTAC; what those say is judged by their own profiles.

    Good: compliance, DT-FORM-01 and CS-CASE-01. Bad: no evidence of training.
    """
    found = listed(ev, "value", "purpose")
    if isinstance(found, Undecided):
        yield found
        return
    named = artefacts(ev)
    if isinstance(named, Undecided):
        yield found.undecided(named.message, named.reason or Reason.PREREQUISITE)
        return
    aspects = grouped(found.facts, "aspect")
    for name in p.aspects:
        place, entries = f"value purpose {name}", aspects.get(name, [])
        if not any(one.get(key) for one in entries for key in ("rows", "sections", "evidence")):
            yield found.finding("Nothing shows that it is fit in this respect.", "evidence", "none", place)
        begins = {"compliance": p.compliance, "usability": p.usability}.get(name, ())
        if entries and begins and not any(row.startswith(begins) for one in entries for row in one.get("rows", [])):
            expected = f"one that begins with {' or '.join(begins)}"
            yield found.finding("No requirement of the right kind is named.", expected, "none", f"{place} rows")
        for one in entries:
            yield from _there(found, one, named, place)
    yield Examined(what="aspects of its purpose", evidence=found.evidence, count=len(p.aspects))


def _there(
    found: Given, one: Mapping[str, Any], named: Mapping[str, Mapping[str, Any]], place: str
) -> Iterator[Statement | Finding]:
    yield from not_in_pack(found, named, one.get("evidence", []), f"{place} evidence")
    for name in one.get("sections", []):
        if f"section {name}" not in named:
            yield found.finding("A section that shows it is not in the pack.", "a section", name, f"{place} sections")
