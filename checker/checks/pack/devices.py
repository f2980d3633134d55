"""Is the product, or a part of it, a medical device; and is there what follows from its class?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.assured import Given
from checker.checks.pack.given import WHOLE, of_section, part, root
from checker.checks.pack.hazards import files, in_force
from checker.checks.register import day
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

NEEDS = (WHOLE, of_section("device"))
SECTION = "section device"
_REGULATIONS = "https://www.legislation.gov.uk/uksi/2002/618/contents"
SELF_DECLARED = ("I", "IVD-general", "IVD-A")


class Tagged(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``tags``: of which a feature has one."""

    tags: tuple[str, ...]


@condition("device.feature-is-tagged", params=Tagged, needs=lambda p, settings: NEEDS, claim=True)
def feature_is_tagged(ev: EvidenceView, p: Tagged) -> bool | None:
    """Has a feature of the product one of these tags? Not known where the modules are not listed."""
    found = part(ev, "device", "modules")
    if isinstance(found, Undecided) or not found.facts or not all("features" in one for one in found.facts):
        return None
    return any(tags_of(one, p.tags) for one in found.facts)


def tags_of(module: dict[str, Any], wanted: tuple[str, ...]) -> list[str]:
    """The tags of the features of a module that are among those that are wanted."""
    return [tag for one in module.get("features", []) for tag in one.get("tags", []) if tag in wanted]


class QualifyParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``tags``: a feature with one of them needs a rationale, whatever was decided."""

    tags: tuple[str, ...] = (
        "diagnose",
        "treat",
        "triage",
        "monitor",
        "predict",
        "calculate-dose",
        "summarise-consultation",
    )


@check("device.modules-are-qualified", params=QualifyParams, needs=lambda p, settings: NEEDS, source=_REGULATIONS)
def modules_are_qualified(ev: EvidenceView, p: QualifyParams) -> Iterator[Statement]:
    """Of each module it is decided whether it is a medical device, with its intended purpose; the root says the same.

    A rationale is needed where a module is a device, and where a feature diagnoses, treats, triages, monitors,
    predicts, computes a dose or summarises a consultation. Whether the decision is right is for people.

    Good: "not a device: it prints what was entered". Bad: a feature with the tag ``triage``, and no decision.
    """
    found, product = part(ev, "device", "modules"), root(ev, "product")
    if isinstance(found, Undecided) or isinstance(product, Undecided):
        yield from (one for one in (found, product) if isinstance(one, Undecided))
        return
    if not found.facts:
        yield found.undecided("no module of the product is listed")
        return
    yield Examined(what="modules of the product", evidence=found.evidence, count=len(found.facts))
    decided: set[str] = set()
    for number, one in enumerate(found.facts):
        said, at = one.get("qualification", {}), f"{SECTION} /modules/{number}/qualification"
        decided.add(said.get("decision", ""))
        yield from _qualified(found, said, tags_of(one, p.tags), at)
        when = day(said.get("decided-on"))
        if when is not None and when > found.on:
            yield found.finding("A decision lies in the future.", f"by {found.on}", f"{when}", at)
    states = product.facts.get("device")
    if states is None:
        yield found.undecided("the root does not say whether the product is a medical device")
    elif "" not in decided and (states == "yes") != ("device" in decided):
        message = "The root of the pack and the modules do not agree on whether there is a medical device."
        actual = f"root: {states}; modules: {', '.join(sorted(decided))}"
        yield found.finding(message, "the same in both", actual, f"{SECTION} /modules; pack.yaml /product/device")


def _qualified(found: Given, said: dict[str, str], tags: list[str], at: str) -> Iterator[Finding]:
    if not said.get("decision"):
        message = "Of a module it is not decided whether it is a medical device."
        yield found.finding(message, "a decision", f"none; tags: {', '.join(tags) or 'none'}", at)
        return
    if not said.get("intended-purpose", "").strip():
        yield found.finding("The intended purpose of a module is not told.", "its purpose", "nothing", at)
    if (said["decision"] == "device" or tags) and not said.get("rationale", "").strip():
        message = "It is not said why a module is, or is not, a medical device."
        yield found.finding(message, "a rationale", f"none; tags: {', '.join(tags) or 'none'}", at)


def listed_devices(ev: EvidenceView) -> Given | Undecided:
    """The medical devices of the section, at least one, or why there is none."""
    found = part(ev, "device", "devices")
    if not isinstance(found, Undecided) and not found.facts:
        return found.undecided("no medical device is listed")
    return found


class ClassParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``self_declared``: classes without a certificate; ``domestic``: where a manufacturer needs no representative."""

    self_declared: tuple[str, ...] = SELF_DECLARED
    domestic: tuple[str, ...] = ("GB",)


@check("device.class-has-its-papers", params=ClassParams, needs=lambda p, settings: NEEDS, source=_REGULATIONS)
def class_has_its_papers(ev: EvidenceView, p: ClassParams) -> Iterator[Statement]:
    """Each device has class, route and registration, and from class IIa a certificate in force with a body's number.

    So do sterile, measuring and reusable ones of class I. The certificate is a file of the pack; the number of the body
    has four digits. A manufacturer elsewhere names a UK Responsible Person. Every module that is a device belongs to a
    device. Nothing is looked up.

    Good: class I, self-declared and registered. Bad: class IIa without a certificate.
    """
    found, pack, modules = listed_devices(ev), files(ev), part(ev, "device", "modules")
    if isinstance(found, Undecided) or isinstance(pack, Undecided) or isinstance(modules, Undecided):
        yield from (one for one in (found, pack, modules) if isinstance(one, Undecided))
        return
    yield Examined(what="medical devices", evidence=found.evidence, count=len(found.facts))
    for number, one in enumerate(found.facts):
        yield from _papers(found, pack, one, f"{SECTION} /devices/{number}", p)
    held = {name for one in found.facts for name in one.get("modules", [])}
    for one in modules.facts:
        if one.get("qualification", {}).get("decision") == "device" and one["id"] not in held:
            message = "A module is a medical device, and no device of the section has it."
            yield found.finding(message, "a device with the module", one["id"], f"{SECTION} /devices")


def _papers(found: Given, pack: Given, one: dict[str, Any], at: str, p: ClassParams) -> Iterator[Statement]:
    for name in ("class", "route", "registration", "manufacturer-country"):
        if not one.get(name, "").strip():
            yield found.finding("Of a medical device something is not told.", name, "nothing", f"{at}/{name}")
    country = one.get("manufacturer-country", "")
    if country and country not in p.domestic and not one.get("responsible-person"):
        message = "The manufacturer is established elsewhere, and no UK Responsible Person is named."
        yield found.finding(message, "a UK Responsible Person", country, f"{at}/responsible-person")
    if "class" not in one or one["class"] in p.self_declared:
        return
    paper = one.get("certificate", {})
    if not paper:
        message = "A medical device needs the certificate of an approved or notified body, and has none."
        yield found.finding(message, f"a certificate for class {one['class']}", "none", f"{at}/certificate")
        return
    if why := in_force(pack, paper.get("artefact", "")):
        message = "The certificate of a medical device is not in the pack."
        yield found.finding(message, "its file", why, f"{at}/certificate/artefact")
    elif not any("certificate" in kind for kind in _kinds(pack, paper["artefact"])):
        message = f"{at}: the file of the certificate is of another kind: whether it is one, a person has to tell"
        yield found.undecided(message, Reason.HUMAN)
    number = paper.get("body-number", "")
    if not (len(number) == 4 and number.isascii() and number.isdigit()):
        message = "The number of the body that certified a medical device has not four digits."
        yield found.finding(message, "four digits", number[:20] or "none", f"{at}/certificate/body-number")
    if not paper.get("number"):
        yield found.finding("A certificate has no number.", "its number", "none", f"{at}/certificate/number")
    issued, ends = day(paper.get("issued")), day(paper.get("expires"))
    if ends is None or ends < found.on or (issued is not None and issued > found.on):
        message = "The certificate of a medical device is not in force."
        actual = f"{issued or 'no day'} to {ends or 'no day'}"
        yield found.finding(message, f"in force on {found.on}", actual, f"{at}/certificate")


def _kinds(pack: Given, artefact: str) -> list[str]:
    return [one["kind"] for one in pack.facts["content"].get("artefacts", []) if one["id"] == artefact]
