"""Certificates that a supplier holds: Cyber Essentials, Cyber Essentials Plus and ISO/IEC 27001."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from checker.checks.assured import SUBMITTED, Given, months_after, same_name, section
from checker.checks.editions import named
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_CE = "https://www.ncsc.gov.uk/cyberessentials/"
_ISO = "https://www.iso.org/standard/27001"
_DAY = timedelta(days=1)


class HeldParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``months``: a certificate lasts so long."""

    months: int = 12


def in_date(found: Given, what: str, months: int) -> Iterator[Statement]:
    """Is a certificate in force on the day that is judged? Without ``expires`` it lasts so many months."""
    issued, expires = day(found.facts["issued"]), day(found.facts.get("expires"))
    if issued is None or (expires is None and found.facts.get("expires")):
        yield found.undecided(f"{what}: a day is named that there is not", Reason.PREREQUISITE)
        return
    longest = months_after(issued, months)
    last = min(expires or longest, longest + _DAY)
    yield Examined(what=f"{what}: issued on {issued}, to {last}", evidence=found.evidence)
    if issued > found.on:
        yield found.finding(f"{what} is not yet in force.", f"issued by {found.on}", f"{issued}", "issued")
    if last < found.on:
        yield found.finding(f"{what} has expired.", f"in force on {found.on}", f"to {last}", "expires")


@check("cyber-essentials.is-in-date", params=HeldParams, needs=lambda p, settings: [SUBMITTED], source=_CE)
def is_in_date(ev: EvidenceView, p: HeldParams) -> Iterator[Statement]:
    """The certificate of Cyber Essentials is in force on the day that is judged: 12 months from its issue at most.

    The day is ``--as-of``, or that of the collection. A certificate that names a later end than 12 months after its
    issue counts to the 12 months.

    Good: issued in March, judged in November. Bad: issued in March of the year before.
    """
    found = section(ev, "cyber-essentials")
    if isinstance(found, Undecided):
        yield found
        return
    yield from in_date(found, "Cyber Essentials", p.months)


@check("cyber-essentials.covers-the-supplier", needs=lambda p, settings: [SUBMITTED], source=_CE)
def covers_the_supplier(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Its holder is the contracting legal entity, its scope takes in the product, and no cloud service is left out.

    Names are the same where only case, punctuation and short forms (Ltd, Limited; &, and) differ. A scope of the whole
    organisation takes in every product; any other lists it under ``covers``.

    Good: the whole organisation, held by the entity of the contract. Bad: held by a sister company.
    """
    found, entity = section(ev, "cyber-essentials"), section(ev, "organisation")
    if isinstance(found, Undecided) or isinstance(entity, Undecided):
        yield from (one for one in (found, entity) if isinstance(one, Undecided))
        return
    said, name = found.facts, entity.facts["legal-name"]
    yield Examined(what="holder and scope of Cyber Essentials", evidence=found.evidence)
    if not same_name(said["holder"], name):
        yield found.finding("Another entity holds the certificate.", name, said["holder"], "cyber-essentials holder")
    if said["scope"] == "part":
        yield from covers_product(ev, found, "cyber-essentials covers")
    if said.get("cloud-left-out") == "yes":
        message = "Cloud services are left out of the scope."
        yield found.finding(message, "none left out", "some", "cyber-essentials cloud-left-out")
    elif "cloud-left-out" not in said:
        yield found.undecided("whether cloud services are left out of the scope is not said")


def covers_product(ev: EvidenceView, found: Given, place: str) -> Iterator[Statement]:
    """Is the product that is tested among what a certificate covers?"""
    product = ev.supplier.product
    if not product:
        yield found.undecided("which product is tested is not said: give it in supplier.toml")
    elif not any(same_name(one, product) for one in found.facts.get("covers", ())):
        yield found.finding("The scope does not take in the product.", product, "not listed", place)


class PlusParams(HeldParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``within_months``: Plus is issued so long after Cyber Essentials at most."""

    within_months: int = 3


@check("cyber-essentials-plus.is-held", params=PlusParams, needs=lambda p, settings: [SUBMITTED], source=_CE)
def plus_is_held(ev: EvidenceView, p: PlusParams) -> Iterator[Statement]:
    """Cyber Essentials Plus is in force, held by the same, and was issued within 3 months after Cyber Essentials.

    Good: Plus five weeks after the other. Bad: Plus that expired, or that came half a year later.
    """
    found, plain = section(ev, "cyber-essentials-plus"), section(ev, "cyber-essentials")
    if isinstance(found, Undecided) or isinstance(plain, Undecided):
        yield from (one for one in (found, plain) if isinstance(one, Undecided))
        return
    yield from in_date(found, "Cyber Essentials Plus", p.months)
    if not same_name(found.facts["holder"], plain.facts["holder"]):
        message = "Another entity holds Cyber Essentials Plus."
        yield found.finding(message, plain.facts["holder"], found.facts["holder"], "cyber-essentials-plus holder")
    first, second = day(plain.facts["issued"]), day(found.facts["issued"])
    if first and second and not first <= second <= months_after(first, p.within_months):
        message = "Cyber Essentials Plus does not follow Cyber Essentials in time."
        expected = f"issued from {first} to {months_after(first, p.within_months)}"
        yield found.finding(message, expected, f"{second}", "cyber-essentials-plus issued")


@check("cyber-essentials.question-set-fits", needs=lambda p, settings: [SUBMITTED], source=_CE)
def question_set_fits(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The set of questions is one by which certificates were issued on the day of issue.

    The sets and their days are data beside the profile (``editions.yaml``). A set that the table does not know decides
    nothing.

    Good: Danzell, issued in June 2026. Bad: Willow, issued in November 2026.
    """
    found = section(ev, "cyber-essentials")
    if isinstance(found, Undecided):
        yield found
        return
    asked, issued = found.facts.get("question-set"), day(found.facts["issued"])
    edition = named("cyber-essentials", asked or "")
    if edition is None or issued is None:
        yield found.undecided("the set of questions or the day of issue is not known", Reason.PREREQUISITE)
        return
    yield Examined(what=f"the set of questions {edition.name}, of {issued}", evidence=found.evidence)
    if (edition.first and issued < edition.first) or (edition.last and issued > edition.last):
        message = "By this set of questions no certificate was issued on that day."
        expected = f"issued from {edition.first or 'the beginning'} to {edition.last or 'now'}"
        yield found.finding(message, expected, f"{issued}", "cyber-essentials question-set")


class IsoParams(HeldParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``months``: a certificate lasts so long. ``accreditation``: by whom its body is accredited."""

    months: int = 36
    accreditation: tuple[str, ...] = ("UKAS",)


@check("iso-27001.is-held", params=IsoParams, needs=lambda p, settings: [SUBMITTED], source=_ISO)
def iso_is_held(ev: EvidenceView, p: IsoParams) -> Iterator[Statement]:
    """The certificate of ISO/IEC 27001 is in force, to an edition that counts, accredited, and covers the product.

    Good: the edition of 2022, a body that UKAS accredits, and the product among what it covers. Bad: the edition of
    2013 after 31 October 2025.
    """
    found, entity = section(ev, "iso-27001"), section(ev, "organisation")
    if isinstance(found, Undecided):
        yield found
        return
    yield from in_date(found, "ISO/IEC 27001", p.months)
    edition = named("iso-27001", found.facts["edition"].rpartition(":")[2])
    if edition is None:
        yield found.undecided("the edition of ISO/IEC 27001 is not known here", Reason.PREREQUISITE)
    elif edition.last and found.on > edition.last:
        message = "The edition of ISO/IEC 27001 no longer counts."
        yield found.finding(message, "2022", edition.name, "iso-27001 edition")
    by = found.facts.get("accreditation")
    if by is None:
        yield found.undecided("who accredited the certifying body is not said")
    elif by.strip().casefold() not in {one.casefold() for one in p.accreditation}:
        message = "The certifying body is accredited by another."
        yield found.finding(message, " or ".join(p.accreditation), by, "iso-27001 accreditation")
    if isinstance(entity, Given) and not same_name(found.facts["holder"], entity.facts["legal-name"]):
        message = "Another entity holds the certificate."
        yield found.finding(message, entity.facts["legal-name"], found.facts["holder"], "iso-27001 holder")
    yield from covers_product(ev, found, "iso-27001 covers")


@check("iso-27001.names-its-statement", needs=lambda p, settings: [SUBMITTED], source=_ISO)
def iso_names_its_statement(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The version of the Statement of Applicability is named. Good: "3.2 of 2026-02-10". Bad: nothing."""
    found = section(ev, "iso-27001")
    if isinstance(found, Undecided):
        yield found
        return
    yield Examined(what="the Statement of Applicability", evidence=found.evidence)
    if not found.facts.get("statement-of-applicability", "").strip():
        message = "The Statement of Applicability is not named."
        yield found.finding(message, "its version", "none", "iso-27001 statement-of-applicability")
