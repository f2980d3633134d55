"""What a medical device needs while it is on the market, and what a buyer is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from checker.checks.assured import Given, months_after, same_name, same_version
from checker.checks.pack.devices import NEEDS, SECTION, Tagged, listed_devices, tags_of
from checker.checks.pack.given import file, of_file, part, root
from checker.checks.pack.hazards import files, fold, in_force
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_SURVEILLANCE = "https://www.legislation.gov.uk/uksi/2024/1368/contents/made"
LABEL = "device-label"


class SurveillanceParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``reports``: for each class the kind of report, and after so many months the next: ``PSUR 24``."""

    reports: dict[str, str] = {}


@check(
    "device.surveillance-is-current",
    params=SurveillanceParams,
    needs=lambda p, settings: NEEDS,
    source=_SURVEILLANCE,
)
def surveillance_is_current(ev: EvidenceView, p: SurveillanceParams) -> Iterator[Statement]:
    """Each device has a plan of post-market surveillance, and the report that fits its class, not older than it may be.

    No report is due before the first interval has run since the device was placed on the market.

    Good: class IIa with a PSUR of last year. Bad: the same with a PMSR; a PSUR of three years ago.
    """
    found, pack = listed_devices(ev), files(ev)
    if isinstance(found, Undecided) or isinstance(pack, Undecided):
        yield from (one for one in (found, pack) if isinstance(one, Undecided))
        return
    yield Examined(what="post-market surveillance of devices", evidence=found.evidence, count=len(found.facts))
    for number, one in enumerate(found.facts):
        at, pms = f"{SECTION} /devices/{number}/pms", one.get("pms", {})
        if why := in_force(pack, pms.get("plan", "")):
            message = "The plan of post-market surveillance is not in the pack."
            yield found.finding(message, "its file", why, f"{at}/plan")
        kind, _, months = p.reports.get(one.get("class", ""), "").partition(" ")
        if not months.isdigit():
            message = f"{at}: which report class {one.get('class', 'unknown')} needs is not known here"
            yield found.undecided(message, Reason.PREREQUISITE)
            continue
        yield from _report(found, pack, pms, kind, int(months), day(one.get("placed-on")), at)


def _report(
    found: Given, pack: Given, pms: dict[str, str], kind: str, months: int, placed: date | None, at: str
) -> Iterator[Statement]:
    on = day(pms.get("reported-on"))
    if on is None:
        if placed is None:
            yield found.undecided(f"{at}: neither the last report nor the day of placing on the market is told")
        elif months_after(placed, months) < found.on:
            message = "A report of post-market surveillance is due, and there is none."
            yield found.finding(message, f"a {kind} by {months_after(placed, months)}", "none", at)
        return
    if pms.get("report") != kind:
        message = "The report of post-market surveillance is of the wrong kind for the class."
        yield found.finding(message, kind, pms.get("report", "none"), f"{at}/report")
    if on > found.on or months_after(on, months) < found.on:
        message = "The report of post-market surveillance is out of date, or lies in the future."
        yield found.finding(message, f"every {months} months", f"{on}", f"{at}/reported-on")
    if why := in_force(pack, pms.get("report-artefact", "")):
        message = "The report of post-market surveillance is not in the pack."
        yield found.finding(message, "its file", why, f"{at}/report-artefact")


@check(
    "device.scribe-is-registered",
    params=Tagged,
    needs=lambda p, settings: NEEDS,
    source="https://www.england.nhs.uk/long-read/guidance-on-the-use-of-ai-enabled-ambient-scribing-products-in-health-and-care-settings/",
)
def scribe_is_registered(ev: EvidenceView, p: Tagged) -> Iterator[Statement]:
    """A module that summarises consultations is a registered device of class I or above, and is in the registry.

    Good: class I, registered with the MHRA, listed among the self-certified suppliers. Bad: "not a device".
    """
    modules, devices, listed = (part(ev, "device", name) for name in ("modules", "devices", "scribe-registry"))
    if isinstance(modules, Undecided):
        yield modules
        return
    tagged = [one for one in modules.facts if tags_of(one, p.tags)]
    if not tagged:
        yield modules.undecided("no feature summarises consultations")
        return
    if isinstance(devices, Undecided) and devices.reason is Reason.PREREQUISITE:
        yield devices
        return
    yield Examined(what="modules that summarise consultations", evidence=modules.evidence, count=len(tagged))
    held = [] if isinstance(devices, Undecided) else devices.facts
    for one in tagged:
        mine = [each for each in held if one["id"] in each.get("modules", [])]
        if not any(each.get("class") and each.get("registration") for each in mine):
            message = "A module summarises consultations, and is no registered medical device."
            expected = "a device with class and registration"
            yield modules.finding(message, expected, "none", f"{SECTION} /modules, {one['id']}")
    if isinstance(listed, Undecided):
        if listed.reason is Reason.PREREQUISITE:
            yield listed
            return
        message = "The scribe is not in the registry of self-certified suppliers."
        yield modules.finding(message, "an entry in scribe-registry", "none", f"{SECTION} /scribe-registry")
        return
    names = [each.get("name", "") for each in held if {one["id"] for one in tagged} & set(each.get("modules", []))]
    product = root(ev, "product")
    names += [] if isinstance(product, Undecided) else [product.facts["name"]]
    entry = listed.facts.get("product", "")
    if entry and not any(same_name(entry, name) for name in names):
        message = "The registry lists another product."
        yield listed.finding(message, " or ".join(names)[:200], entry[:60], f"{SECTION} /scribe-registry/product")
    since = day(listed.facts.get("listed-on"))
    if not listed.facts.get("reference") or since is None or since > listed.on:
        message = "The scribe is not in the registry of self-certified suppliers."
        actual = f"{'a' if listed.facts.get('reference') else 'no'} reference, since {since or 'no day'}"
        yield listed.finding(message, f"a reference, by {listed.on}", actual, f"{SECTION} /scribe-registry")


@check(
    "device.questionnaire-is-given",
    needs=lambda p, settings: NEEDS,
    source="https://digital.nhs.uk/services/digital-technology-assessment-criteria-dtac",
)
def questionnaire_is_given(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The pre-acquisition questionnaire of the device is in the pack, and speaks of the version that is offered.

    Good: completed this year for 4.2.0. Bad: that of 3.9.
    """
    found, pack, product = part(ev, "device", "questionnaire"), files(ev), root(ev, "product")
    if isinstance(found, Undecided) or isinstance(pack, Undecided) or isinstance(product, Undecided):
        yield from (one for one in (found, pack, product) if isinstance(one, Undecided))
        return
    at = f"{SECTION} /questionnaire"
    yield Examined(what="pre-acquisition questionnaire", evidence=found.evidence)
    if why := in_force(pack, found.facts.get("artefact", "")):
        yield found.finding("The pre-acquisition questionnaire is not in the pack.", "its file", why, f"{at}/artefact")
    said, wanted = found.facts.get("product-version", ""), product.facts["version"]
    if not said or not same_version(said, wanted):
        message = "The pre-acquisition questionnaire speaks of another version."
        yield found.finding(message, wanted, said[:60] or "none", f"{at}/product-version")
    on = day(found.facts.get("completed-on"))
    if on is None or on > found.on:
        message = "It is not said when the questionnaire was completed, or the day is still to come."
        yield found.finding(message, f"a day by {found.on}", f"{on or 'none'}", f"{at}/completed-on")


@check(
    "device.identifier-is-shown",
    needs=lambda p, settings: (*NEEDS, of_file(LABEL, "pack-document")),
    source="https://www.gs1.org/services/how-calculate-check-digit-manually",
)
def identifier_is_shown(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The device identifier (UDI-DI) of each device is the one that the product shows, and a GTIN's check digit fits.

    File: kind ``device-label``, the text or HTML of what the product shows of itself, or its FHIR Device. Of a picture
    or a PDF a person decides.

    Good: 05099990000010 in the pack and on the page. Bad: another number there; a wrong check digit.
    """
    found, label = listed_devices(ev), file(ev, LABEL, "pack-document")
    if isinstance(found, Undecided):
        yield found
        return
    named = [(number, _bare(one["udi-di"])) for number, one in enumerate(found.facts) if one.get("udi-di")]
    for number, one in enumerate(found.facts):
        if not one.get("udi-di"):
            at = f"{SECTION} /devices/{number}/udi-di"
            yield found.finding("A medical device has no device identifier.", "a UDI-DI", "none", at)
    for number, udi in named:
        yield Examined(what="device identifier", evidence=found.evidence)
        if udi.isascii() and udi.isdigit() and len(udi) in (8, 12, 13, 14) and not check_digit_fits(udi):
            message = "The check digit of a device identifier does not fit."
            yield found.finding(message, "a GTIN", udi[:20], f"{SECTION} /devices/{number}/udi-di")
    if isinstance(label, Undecided):
        yield label
        return
    if label.facts["form"] not in ("text", "html"):
        yield label.undecided("what the product shows of itself is no text: a person has to look", Reason.HUMAN)
        return
    words = {fold(one) for one in label.facts["references"]}
    for number, udi in named:
        if fold(udi) not in words:
            message = "The product does not show the device identifier of the pack."
            yield label.finding(message, udi[:40], "not on the label", f"{SECTION} /devices/{number}/udi-di")
    yield Examined(what="what the product shows of itself", evidence=label.evidence)


def _bare(udi: str) -> str:
    """An identifier without blanks, and without the mark that stands before a GTIN."""
    return "".join(udi.split()).removeprefix("(01)")


def check_digit_fits(digits: str) -> bool:
    """Is the last digit of a GTIN the one that follows from the others?

    >>> check_digit_fits("05099990000010"), check_digit_fits("05099990000011")
    (True, False)
    """
    total = sum(int(one) * (3 if place % 2 == 0 else 1) for place, one in enumerate(reversed(digits[:-1])))
    return (10 - total % 10) % 10 == int(digits[-1])
