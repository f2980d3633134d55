"""Was each licence in the bill of materials looked at?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checker.checks.assured import SUBMITTED, Given, bill
from checker.checks.pack.few import few_of_a_kind
from checker.checks.pack.given import of_section
from checker.checks.pack.said import by_key
from checker.checks.pack.spdx_expression import ways
from checker.model.registry import check
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_LONGEST = 300
"""What is as long as this was cut when it was read."""
_SHOWN = 5


@check(
    "licences.of-components-were-decided",
    needs=lambda p, settings: [of_section("pricing"), SUBMITTED],
    source="https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/",
)
@few_of_a_kind
def of_components_were_decided(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each component of the bill of materials has a licence that reads as SPDX and was decided, with no conflict.

    ``open-source`` of the section ``pricing`` has a line for each licence: whether it conflicts with what the buyer is
    granted, what it asks for and how that is met. Of ``A OR B`` one is enough. What has no id of SPDX is looked up by
    its name. Case does not matter.

    Good: MIT, "the notice stays with it", "notices page". Bad: a component under a licence that nobody decided.
    """
    found = by_key(ev, "pricing", "open-source")
    if isinstance(found, Undecided):
        yield found
        return
    held = bill(ev)
    if isinstance(held, Undecided):
        yield held
        return
    components = held.facts["components"]
    if not components:
        yield held.undecided("the bill of materials names no component")
        return
    told = sorted(found.facts["open-source"]["licences"], key=lambda one: one.get("conflicts") == "yes")
    decided = {one["licence"].casefold(): one for one in told}  # of two decisions the one that conflicts holds
    for name, one in sorted(decided.items()):
        yield from _met(found, name, one)
    wrong: dict[tuple[str, str], list[str]] = {}
    for one in components:
        for said in _judged(one, decided):
            wrong.setdefault(said, []).append(one["name"] or one["ref"] or "?")
    for (message, what), names in sorted(wrong.items()):
        shown = ", ".join(sorted(names)[:_SHOWN])
        yield held.finding(message, "a licence that was decided", f"{what}: {shown}", "sbom components", len(names))
    if any(len(entry["text"]) >= _LONGEST for one in components for entry in one.get("licences", [])):
        yield held.undecided("a licence expression is too long to be read")
    evidence = (*held.evidence, *found.evidence)
    yield Examined(what="components, for their licences", evidence=evidence, count=len(components))


def _met(found: Given, name: str, one: Mapping[str, Any]) -> Iterator[Finding]:
    place = f"pricing open-source {name[:60]}"
    if one.get("conflicts") == "yes":
        return  # what matters is whether a component stands under it alone
    missing = [key for key in ("conflicts", "obligations", "met-by") if not one.get(key)]
    if missing:
        message = "Of a licence it is not said what it asks for and how that is met."
        yield found.finding(message, "conflicts, obligations, met-by", f"missing: {', '.join(missing)}", place)


def _judged(component: Mapping[str, Any], decided: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    entries = component.get("licences", [])
    if not entries:
        yield "Components have no licence.", "none"
    for entry in entries:
        text = entry["text"]
        if len(text) >= _LONGEST:
            continue
        found = ways(text) if entry["form"] == "spdx" else (frozenset({text}),)
        if found is None:
            yield "A licence is no SPDX expression.", text[:60]
            continue
        answers = [_way(way, decided) for way in found]
        if "" not in answers:
            yield answers[0], text[:60]


def _way(way: frozenset[str], decided: Mapping[str, Any]) -> str:
    """Why a set of licences will not do; "" where it does."""
    said = [decided.get(name.casefold()) for name in way]
    if any(one is None for one in said):
        return "Nobody decided on a licence that stands in the bill of materials."
    if any(one is not None and one.get("conflicts") != "no" for one in said):
        return "A licence conflicts with what the buyer is granted, or that was not decided."
    return ""
