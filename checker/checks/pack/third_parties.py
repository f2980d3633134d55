"""Are the products of others in the release assessed for clinical risk?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checker.checks.assured import SUBMITTED, Given, bill, same_version
from checker.checks.pack.given import WHOLE, of_section, part
from checker.checks.pack.hazards import LOG_NEED, SOURCE, bounded, key, log, together
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_PLACE = "section safety /third-parties"
_NOT_A_WORD = re.compile(r"[\W_]+")


class PartyParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``types``: types of components that are looked at; one without a type is."""

    types: tuple[str, ...] = (
        *("", "application", "framework", "library", "container", "platform", "operating-system", "device", "firmware"),
        *("machine-learning-model", "data", "device-driver"),
    )


@check(
    "safety.third-parties-are-assessed",
    params=PartyParams,
    needs=lambda p, settings: (WHOLE, of_section("safety"), LOG_NEED, SUBMITTED),
    source=SOURCE,
)
def third_parties_are_assessed(ev: EvidenceView, p: PartyParams) -> Iterator[Statement]:
    """Every component of the bill of materials is assessed in its version, or said to have no part in care, and why.

    ``third-parties`` of the section ``safety``: ``assessed``, and ``not-relevant`` with names in which ``*`` stands for
    any text. What is assessed is in the bill, but for services; its hazards are in the log. A model of machine learning
    is assessed.

    Good: quill-web 3.4.1 in both. Bad: a component of which nothing is said; the assessment of 3.3.0; the name ``*``.
    """
    said, materials, hazards = part(ev, "safety", "third-parties"), bill(ev), log(ev)
    if isinstance(said, Undecided) or isinstance(materials, Undecided) or isinstance(hazards, Undecided):
        yield from (one for one in (said, materials, hazards) if isinstance(one, Undecided))
        return
    given = together(said, materials)
    parts = [one for one in materials.facts["components"] if one["type"] in p.types]
    assessed = said.facts.get("assessed", [])
    if not materials.facts["components"] and not assessed:
        yield given.undecided("the bill of materials has no component, and nothing is assessed", Reason.NO_DATA)
        return
    yield Examined(what="components of the bill of materials", evidence=given.evidence, count=max(len(parts), 1))
    others = [(name, one.get("why", "")) for one in said.facts.get("not-relevant", []) for name in one["names"]]
    held = {_plain(one["name"]) for one in materials.facts["components"]}
    yield from bounded(_of_the_list(given, assessed, held, {key(one["id"]) for one in hazards.facts}))
    for name, _ in others:
        if not name.strip("*? "):
            message = "All components at once are said to have no part in care."
            yield given.finding(message, "names", name, f"{_PLACE}/not-relevant")
    if unsaid := [name for name, why in others if not why.strip()]:
        message = "It is not said why components have no part in care."
        yield given.finding(message, "why", ", ".join(unsaid)[:60], f"{_PLACE}/not-relevant", len(unsaid))
    patterns = [name.strip().casefold().split("*") for name, _ in others if name.strip("*? ")]
    by_name: dict[str, list[dict[str, Any]]] = {}
    for one in assessed:
        by_name.setdefault(_plain(one["name"]), []).append(one)
    yield from bounded(
        finding
        for one in parts
        if (finding := _of_component(given, one, by_name.get(_plain(one["name"]), []), patterns)) is not None
    )


def _plain(name: str) -> str:
    """A name as it is compared: without case and punctuation.

    >>> _plain("Quill_Web") == _plain("quill-web")
    True
    """
    return _NOT_A_WORD.sub("", name.casefold())


def matches(steps: list[str], name: str) -> bool:
    """Does a name fit a pattern, given as its texts between stars?

    >>> matches(["larch-", ""], "larch-templates"), matches(["a", "b"], "ab"), matches(["ab", "b"], "ab")
    (True, True, False)
    """
    if len(steps) == 1:
        return name == steps[0]
    first, *inner, last = steps
    if len(name) < len(first) + len(last) or not (name.startswith(first) and name.endswith(last)):
        return False
    at, end = len(first), len(name) - len(last)
    for step in inner:
        found = name.find(step, at, end)
        if found < 0:
            return False
        at = found + len(step)
    return True


def _of_component(
    given: Given, one: dict[str, Any], mine: list[dict[str, Any]], patterns: list[list[str]]
) -> Finding | None:
    at = f"sbom component {one['name'][:60]}"
    if any(same_version(each.get("version", ""), one["version"]) for each in mine):
        return None
    if mine:
        message = "A component is assessed in another version than the one in the release."
        versions = ", ".join(each.get("version", "none")[:30] for each in mine[:5])
        return given.finding(message, one["version"][:60] or "a version", versions, at)
    if one["type"] != "machine-learning-model" and any(matches(each, one["name"].casefold()) for each in patterns):
        return None
    message = "A component of the release is not assessed for clinical risk."
    return given.finding(message, "an assessment, or why it has no part in care", "neither", at)


def _of_the_list(given: Given, assessed: list[dict[str, Any]], held: set[str], known: set[str]) -> Iterator[Finding]:
    for number, one in enumerate(assessed):
        at = f"{_PLACE}/assessed/{number}"
        if not one.get("assessment", "").strip():
            message = "It is not said what the assessment of a third party's product came to."
            yield given.finding(message, "an assessment", one["name"][:60], at)
        if one.get("kind") != "service" and _plain(one["name"]) not in held:
            message = "A component is assessed that the bill of materials does not have."
            yield given.finding(message, "a component of the bill, or kind: service", one["name"][:60], at)
        for name in one.get("hazards", []):
            if key(name) not in known:
                message = "The assessment of a product names a hazard that the log does not have."
                yield given.finding(message, "a hazard of the log", name[:60], at)
