"""Is what a pack says not to apply borne out by what it says elsewhere?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from checker.checks.assured import Given
from checker.checks.pack.given import WHOLE, of_section, part, root, shortened
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView


class _Fact(NamedTuple):
    """A fact of the product: which types contradict a "no", and which parts of sections would."""

    key: str
    types: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()


_FACTS: Mapping[str, _Fact] = {
    "not-a-device": _Fact("device", ("device",), (("device", "devices"),)),
    "not-patient-facing": _Fact("patient-facing", ("patient-facing",)),
    "no-personal-data": _Fact("personal-data"),
    "no-ai": _Fact("ai", ("ai", "ambient-scribe"), (("ai", "functions"),)),
    "not-used-in-health-care": _Fact("used-in-health-care", ("epr", "medicines", "diagnostics", "imaging", "device")),
    "not-social-care": _Fact("social-care", ("social-care",)),
    "no-mobile-app": _Fact("mobile-app"),
}
"""Reason → the fact that bears it out."""
_LOOKED_AT = sorted({section for fact in _FACTS.values() for section, _ in fact.parts})


@check(
    "pack.not-applicable-is-borne-out",
    needs=lambda p, settings: [WHOLE, *(of_section(name) for name in _LOOKED_AT)],
    source="docs/policy.md#what-does-not-apply-is-borne-out-by-facts",
)
def not_applicable_is_borne_out(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each reason for not applying is a fact of the product, and no fact is contradicted by its types or a section.

    A requirement applies or not by the facts of ``product``, and never by the list ``not-applicable``; so a fact that
    says "no" is held against the types of the product and the sections whether the list names it or not.

    Good: reason ``no-ai`` with ``ai: "no"`` and no list of AI functions. Bad: the same with ``ai: "yes"``; ``ai: "no"``
    with a section that lists functions, or with the type ``ambient-scribe``.
    """
    found = root(ev, "product")
    if isinstance(found, Undecided):
        yield found
        return
    listed = root(ev, "not-applicable")
    if isinstance(listed, Undecided) and listed.reason is Reason.PREREQUISITE:
        yield listed
    for one in [] if isinstance(listed, Undecided) else listed.facts:
        said = found.facts.get(_FACTS[one["reason"]].key, "")
        place = f"pack.yaml not-applicable {one['requirement']}"
        if said == "no":
            yield Examined(what="reasons that the product bears out", evidence=found.evidence)
        else:
            message = f"The reason {one['reason']} is not what the product says of itself."
            actual = f"{_FACTS[one['reason']].key}: {said or 'not said'}"
            yield found.finding(message, f"{_FACTS[one['reason']].key}: no", actual, place)
    told = [fact for fact in _FACTS.values() if fact.key in found.facts]
    for fact in told:
        wrong = [*_contradicted(ev, found, fact, found.facts)] if found.facts[fact.key] == "no" else []
        yield from wrong
        if not wrong:
            yield Examined(what="facts of the product that nothing contradicts", evidence=found.evidence)
    if not told:
        yield found.undecided("the product says nothing of what it is: device, patient-facing, ai and the like")


def _contradicted(ev: EvidenceView, found: Given, fact: _Fact, product: Mapping[str, Any]) -> Iterator[Statement]:
    for one in product.get("types", []):
        if one in fact.types:
            message = f"The product says {fact.key}: no, and its type says otherwise."
            yield found.finding(message, f"no type {one}", shortened(one), "pack.yaml /product/types")
    for section, key in fact.parts:
        given = part(ev, section, key)
        if isinstance(given, Undecided):
            if given.reason is Reason.PREREQUISITE:
                yield given
        elif given.facts:
            message = f"The product says {fact.key}: no, and a section says otherwise."
            both = given._replace(evidence=(*found.evidence, *given.evidence))
            yield both.finding(message, "nothing there", "something", f"section {section} /{key}")
