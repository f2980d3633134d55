"""Communication needs, reasonable adjustments and other formats: does the product do what providers must be able to?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from checker.checks.assured import Given
from checker.checks.pack.given import WHOLE, of_section, part, whole
from checker.checks.pack.said import grouped
from checker.model.registry import check
from checker.model.value import Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

SECTION = "accessibility"
_AIS = "https://standards.nhs.uk/published-standards/accessible-information"
_FLAG = "https://standards.nhs.uk/published-standards/reasonable-adjustment-digital-flag"
NEEDS = (WHOLE, of_section(SECTION))


def artefacts(ev: EvidenceView) -> dict[str, Mapping[str, Any]] | Undecided:
    """The artefacts of the pack by id whose files are there: what the root says of them; or why it cannot be told."""
    pack = whole(ev)
    if isinstance(pack, Undecided):
        return pack
    there = {one["what"] for one in pack.facts["named"] if one["found"] and not one["problem"]}
    listed = pack.facts["content"].get("artefacts", [])
    return {one["id"]: one for one in listed if f"artefact {one['id']}" in there}


class Cited(NamedTuple):
    """A part of the section, and the artefacts that it may cite."""

    part: Given
    known: Mapping[str, Any]


def cited(ev: EvidenceView, key: str) -> Cited | Undecided:
    """A part of the section with the artefacts of the pack, or why there is nothing to judge."""
    found = part(ev, SECTION, key)
    if isinstance(found, Undecided):
        return found
    if not found.facts:
        return found.undecided(f"{key} is empty")
    known = artefacts(ev)
    return known if isinstance(known, Undecided) else Cited(found, known)


def without(given: Mapping[str, Any], known: Mapping[str, Any]) -> list[str]:
    """Ids of evidence that lead to no file of the pack."""
    return [one for one in given.get("evidence", []) if one not in known]


class Steps(Params, frozen=True, kw_only=True):
    """The steps of the Accessible Information Standard that the product supports."""

    steps: tuple[str, ...] = ("identify", "record", "flag", "share", "meet", "review")
    coded: tuple[str, ...] = ("record", "share")
    """Those at which a need must be held as a code."""


@check("accessibility.needs-are-supported", params=Steps, needs=lambda p, settings: list(NEEDS), source=_AIS)
def needs_are_supported(ev: EvidenceView, p: Steps) -> Iterator[Statement]:
    """Each step for communication needs is supported, said how, and coded where others must read it.

    The supplier's word, with the files that it cites looked for; a round trip over an interface is not tried.

    Good: six steps with yes. Bad: ``review`` missing; ``{step: record, coded: no}``; evidence that is in no pack.
    """
    yield from _abilities(ev, "communication-needs", "step", p.steps, p.coded)


class Abilities(Params, frozen=True, kw_only=True):
    """What the product can do with reasonable adjustments."""

    abilities: tuple[str, ...] = ("record", "show", "share")


@check("accessibility.adjustments-are-supported", params=Abilities, needs=lambda p, settings: list(NEEDS), source=_FLAG)
def adjustments_are_supported(ev: EvidenceView, p: Abilities) -> Iterator[Statement]:
    """Reasonable adjustments can be recorded and shown, and shared where the product is connected.

    ``share`` may be *no* only where the entry says that the product is not connected (``connected: no``).

    Good: record, show and share with yes. Bad: ``show`` missing; connected, and not shared.
    """
    yield from _abilities(ev, "reasonable-adjustments", "ability", p.abilities, ())


def _abilities(
    ev: EvidenceView, key: str, name: str, wanted: tuple[str, ...], coded: tuple[str, ...]
) -> Iterator[Statement]:
    given = cited(ev, key)
    if isinstance(given, Undecided):
        yield given
        return
    found, known = given
    said = {one[name]: one for one in found.facts}
    for one in wanted:
        place = f"section {SECTION} {key} {one}"
        entry = said.get(one)
        if entry is None:
            yield found.finding(f"Nothing is said of the step {one!r}.", f"an entry for {one}", "none", place)
            continue
        excused = one == "share" and entry.get("connected") == "no"
        if entry["supported"] != "yes" and not excused:
            yield found.finding(f"The product does not support {one!r}.", "supported: yes", "no", place)
        elif one in coded and entry.get("coded") != "yes":
            message = f"At {one!r} a need is not held as a code."
            yield found.finding(message, "coded: yes", entry.get("coded", "not said"), place)
        elif missing := without(entry, known):
            yield found.finding("Evidence is cited that is in no pack.", "an artefact", missing[0], place)
        elif not excused and not entry.get("how") and not entry.get("evidence"):
            yield found.finding(f"It is not said how {one!r} is supported.", "how, or evidence", "neither", place)
        else:
            yield Examined(what=f"{key}: {one}", evidence=found.evidence)


class Formats(Params, frozen=True, kw_only=True):
    """The formats in which a person may need a letter."""

    formats: tuple[str, ...] = ("large-print", "easy-read", "audio", "bsl")


@check("accessibility.formats-are-offered", params=Formats, needs=lambda p, settings: list(NEEDS), source=_AIS)
def formats_are_offered(ev: EvidenceView, p: Formats) -> Iterator[Statement]:
    """Letters can be had in each format, made by the product with a sample in the pack, or by the provider.

    Good: ``{format: large-print, made-by: product, evidence: [a-letter]}``. Bad: ``made-by: nobody``; no sample.
    """
    given = cited(ev, "formats")
    if isinstance(given, Undecided):
        yield given
        return
    found, known = given
    said = grouped(found.facts, "format")
    for name in p.formats:
        for one in said.get(name, [None]):
            yield _format(found, name, one, known)


def _format(found: Given, name: str, entry: Mapping[str, Any] | None, known: Mapping[str, Any]) -> Statement:
    place = f"section {SECTION} formats {name}"
    if entry is None or entry["made-by"] == "nobody":
        actual = "nothing is said" if entry is None else "made by nobody"
        return found.finding(f"Letters cannot be had as {name}.", "made by the product or the provider", actual, place)
    if missing := without(entry, known):
        return found.finding("A sample is cited that is in no pack.", "an artefact", missing[0], place)
    if entry["made-by"] == "product" and not entry.get("evidence"):
        return found.finding(f"There is no sample of a letter as {name}.", "a sample", "none", place)
    if entry["made-by"] == "provider" and not entry.get("how"):
        return found.finding(f"It is not said how the provider makes {name}.", "how", "nothing", place)
    return Examined(what=f"letters as {name}", evidence=found.evidence)
