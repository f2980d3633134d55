"""The Data Security and Protection Toolkit (DSPT), and the Digital Technology Assessment Criteria (DTAC)."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.assured import SUBMITTED, months_after, same_name, same_version, section
from checker.checks.editions import editions, named
from checker.checks.register import day
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_DSPT = "https://www.dsptoolkit.nhs.uk/"
_DTAC = "https://transform.england.nhs.uk/key-tools-and-info/digital-technology-assessment-criteria-dtac/"
_MET = ("standards-met", "standards-exceeded")
_MARKS = ("digital-to-health", "staff-50-or-more", "turnover-10m-or-more")


@check("dspt.standards-are-met", needs=lambda p, settings: [SUBMITTED], source=_DSPT)
def standards_are_met(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The status is Standards Met or Exceeded, in the newest edition whose deadline has passed, or a newer one.

    Editions and deadlines are data beside the profile (``editions.yaml``). Where the table ends before the day that is
    judged, or does not know the edition, nothing is decided.

    Good: 2025/26, Standards Met, judged in November 2026. Bad: Approaching Standards; or 2024/25.
    """
    found = section(ev, "dspt")
    if isinstance(found, Undecided):
        yield found
        return
    table, said = editions("dspt"), found.facts
    due = [one for one in table if one.last and one.last < found.on]
    edition, published = named("dspt", said["edition"]), day(said["published"])
    if not due or edition is None or edition.last is None or published is None:
        yield found.undecided("the edition or the day of publication is not known here", Reason.PREREQUISITE)
        return
    newest = due[-1].last
    if newest is None or months_after(newest, 12) < found.on:
        yield found.undecided("the table of editions ends before the day that is judged", Reason.PREREQUISITE)
        return
    yield Examined(what=f"DSPT {edition.name}, published on {published}", evidence=found.evidence)
    if said["status"] not in _MET:
        yield found.finding(
            "The standards of the toolkit are not met.", " or ".join(_MET), said["status"], "dspt status"
        )
    if edition.last < newest:
        message = "The publication is of an old edition."
        yield found.finding(message, f"{due[-1].name} or newer", edition.name, "dspt edition")
    if published > found.on:
        yield found.finding("It is not yet published.", f"by {found.on}", f"{published}", "dspt published")


@check("dspt.is-of-the-supplier", needs=lambda p, settings: [SUBMITTED], source=_DSPT)
def is_of_the_supplier(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The code and the legal name of the publication are those of the supplier.

    Good: the same ODS code in both sections, and the same name. Bad: the code of a parent company.
    """
    found, entity = section(ev, "dspt"), section(ev, "organisation")
    if isinstance(found, Undecided) or isinstance(entity, Undecided):
        yield from (one for one in (found, entity) if isinstance(one, Undecided))
        return
    said, own = found.facts, entity.facts
    if not own.get("ods-code"):
        yield entity.undecided("the section 'organisation' names no ODS code")
        return
    yield Examined(what="code and name of the DSPT publication", evidence=found.evidence)
    if said["ods-code"].strip().upper() != own["ods-code"]:
        yield found.finding("The publication is of another code.", own["ods-code"], said["ods-code"], "dspt ods-code")
    if not same_name(said["organisation"], own["legal-name"]):
        message = "The publication is of another organisation."
        yield found.finding(message, own["legal-name"], said["organisation"], "dspt organisation")


@condition("dspt.it-supplier", needs=lambda p, settings: [SUBMITTED], claim=True)
def it_supplier(ev: EvidenceView, p: NoParams) -> bool | None:
    """Is the supplier an "IT Supplier" of the toolkit: digital goods or services to health or care, 50 staff or more,
    and a turnover of 10 million pounds or more? One of the three that is denied is enough for no.
    """
    found = section(ev, "organisation")
    if isinstance(found, Undecided):
        return None
    said = [found.facts.get(name) for name in _MARKS]
    return False if "no" in said else True if said == ["yes"] * len(_MARKS) else None


@check("dspt.is-audited", needs=lambda p, settings: [SUBMITTED], source=_DSPT)
def is_audited(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The publication of an IT Supplier rests on an independent audit.

    Good: ``audit: independent``. Bad: ``audit: self``.
    """
    found = section(ev, "dspt")
    if isinstance(found, Undecided):
        yield found
        return
    audit = found.facts.get("audit")
    if audit is None:
        yield found.undecided("whether the publication was audited is not said")
        return
    yield Examined(what="the audit of the DSPT publication", evidence=found.evidence)
    if audit != "independent":
        message = "The publication rests on the supplier's own word."
        yield found.finding(message, "an independent audit", "a self-assessment", "dspt audit")


@check("dtac.is-of-the-product", needs=lambda p, settings: [SUBMITTED], source=_DTAC)
def dtac_is_of_the_product(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The assessment is on a form that counts, for this product and version, and confirms code and MFA plan.

    Forms and their days are data beside the profile (``editions.yaml``).

    Good: the form of 2026 for 4.2.0. Bad: the form of 2021 after 5 April 2026, or that of version 3.
    """
    found = section(ev, "dtac")
    if isinstance(found, Undecided):
        yield found
        return
    said, supplier = found.facts, ev.supplier
    form, completed = named("dtac", said["form"]), day(said["completed"])
    if form is None or completed is None or not (supplier.product and supplier.version):
        message = "form, day, or the product and version under test (supplier.toml) are not known"
        yield found.undecided(message, Reason.PREREQUISITE)
        return
    yield Examined(what=f"the assessment on the form of {form.name}", evidence=found.evidence)
    if form.last and found.on > form.last:
        yield found.finding("The form no longer counts.", "the form of 2026", form.name, "dtac form")
    if completed > found.on or (form.first and completed < form.first):
        expected = f"from {form.first} to {found.on}"
        yield found.finding("The form cannot be of that day.", expected, f"{completed}", "dtac completed")
    if not (same_name(said["product"], supplier.product) and same_version(said["version"], supplier.version)):
        expected, actual = f"{supplier.product} {supplier.version}", f"{said['product']} {said['version']}"
        yield found.finding("The assessment is of another product or version.", expected, actual, "dtac product")
    for name, words in (("software-security-code", "the code of practice"), ("mfa-plan", "a plan for MFA")):
        if said.get(name) != "yes":
            yield found.finding(f"The assessment does not confirm {words}.", "yes", said.get(name, "-"), f"dtac {name}")
