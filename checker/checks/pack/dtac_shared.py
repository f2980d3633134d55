"""Does the DTAC form agree with the rest of the pack, and does it name the company as its registers do?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.checks.assured import Given, same_name, same_version
from checker.checks.pack.dtac_form import NEEDS, SECTION, Answers, answers
from checker.checks.pack.given import of_section, part, root, shortened
from checker.checks.register import day
from checker.model.evidence import Artefact
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_DTAC = "https://transform.england.nhs.uk/key-tools-and-info/digital-technology-assessment-criteria-dtac/"
_REGISTER = Need(probe="register.facts", params=NoParams())
_NUMBER = re.compile(
    r"(?:(?:AC|CE|CS|FC|FE|GE|GN|GS|IC|IP|LP|NA|NC|NF|NI|NL|NO|NP|NR|NV|NZ|OC|OE|PC|R0|RC|RS|SA|SC|SE|SF|SG|SI|SL|SO|SP|SR"
    r"|SZ|ZC|[0-9]{2})[0-9]{5}[0-9A-Z])"
)
_UNITED_KINGDOM = frozenset(
    {
        "uk",
        "united kingdom",
        "england",
        "england and wales",
        "england & wales",
        "wales",
        "scotland",
        "northern ireland",
        "great britain",
        "gb",
    }
)
_FACTS = (("C1.1.1", "device"), ("C1.2", "used-in-health-care"), ("C2.2", "personal-data"))
"""Questions of yes or no, and the facts of the product in the root that they ask for."""


def is_company_number(text: str) -> bool:
    """Has a text the form of a number at Companies House, spaces and letter case aside?

    >>> is_company_number("09990000"), is_company_number("SC 123456"), is_company_number("999000")
    (True, True, False)
    """
    return _NUMBER.fullmatch("".join(text.upper().split())) is not None


@check(
    "dtac.agrees-with-the-pack",
    needs=lambda p, settings: [*NEEDS, of_section("safety"), _REGISTER],
    source=_DTAC,
)
def agrees_with_the_pack(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Product, version, device, use in care, personal data and data flows are the same as elsewhere in the pack.

    Held against the root, the clinical safety case (its product version) where the pack has one, and the register of
    data flows where ``shared.flows`` names any. Texts (B1 to B3) are for a person.

    Good: A3 4.2.0, and 4.2.0 in the root. Bad: C2.2 *No*, and personal-data: yes; an unknown flow.
    """
    found, product = answers(ev), root(ev, "product")
    if isinstance(found, Undecided):
        yield found
        return
    if isinstance(product, Undecided):
        yield product
        return
    yield from _names(found, product)
    for code, key in _FACTS:
        said, fact = found.option(code), product.facts.get(key)
        if not said or code in found.skipped or fact is None:
            continue
        if said != fact:
            message = f"{code} and the root of the pack contradict each other."
            yield found.given.finding(message, f"{key}: {fact}", said, f"section {SECTION} answers {code}")
        else:
            yield Examined(what=f"{code} and {key}", evidence=found.given.evidence)
    yield from _safety(ev, found)
    yield from _flows(ev, found)


def _names(found: Answers, product: Given) -> Iterator[Statement]:
    place = f"section {SECTION} answers"
    name, version = found.text("A2"), found.text("A3")
    if name and not same_name(name, product.facts["name"]):
        message = "The form is for another product than the pack."
        yield found.given.finding(message, shortened(product.facts["name"]), shortened(name), f"{place} A2")
    if not version:
        yield found.given.undecided("A3 names no version", Reason.PREREQUISITE)
    elif not same_version(version, product.facts["version"]):
        message = "The form is for another version than the pack."
        yield found.given.finding(message, shortened(product.facts["version"]), shortened(version), f"{place} A3")
    else:
        yield Examined(what="A3, the version", evidence=found.given.evidence)


def _safety(ev: EvidenceView, found: Answers) -> Iterator[Statement]:
    case = part(ev, "safety", "safety-case")
    if isinstance(case, Undecided):
        if case.reason is not Reason.NO_DATA:
            yield case
        return
    version = case.facts.get("product-version", "") if isinstance(case.facts, dict) else ""
    if version and found.text("A3") and not same_version(version, found.text("A3")):
        message = "The clinical safety case is of another version than the form."
        yield case.finding(message, shortened(found.text("A3")), shortened(version), "section safety safety-case")
    elif version:
        yield Examined(what="the version of the clinical safety case", evidence=case.evidence)


def _flows(ev: EvidenceView, found: Answers) -> Iterator[Statement]:
    shared = part(ev, SECTION, "shared")
    if isinstance(shared, Undecided):
        if shared.reason is not Reason.NO_DATA:
            yield shared
        return
    flows = shared.facts.get("flows", [])
    if not flows:
        return
    view = ev.record(_REGISTER)
    payload = view.payload("register")
    if not isinstance(payload, Artefact) or payload.facts.get("problem"):
        yield found.given.undecided("flows are named, and there is no register to hold them against")
        return
    known = payload.facts["sections"].get("dataflows")
    if known is None:
        message = "flows are named, and the register has no data flows that fit their schema"
        yield found.given.undecided(message, Reason.PREREQUISITE)
        return
    ids = {one["id"] for one in known}
    for one in flows:
        if one not in ids:
            place = f"section {SECTION} shared flows {one}"
            yield shared.finding("A flow of the form is not in the register.", "an id of dataflows", one, place)
    if ids.issuperset(flows):
        evidence = (*shared.evidence, *(item.id for item in view.evidence("register")))
        yield Examined(what="the data flows", evidence=evidence, count=len(flows))


@check("dtac.company-is-named", needs=lambda p, settings: list(NEEDS), source=_DTAC)
def company_is_named(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The number of the company has the form of its register and is that of the bidder; a regulated one has a CQC day.

    The numbers of other registers (a charity, a company abroad) are for a person. Whether the company is there is not
    asked of any register.

    Good: ``SC123456``. Bad: ``1234567``; another number than in the root; a regulated activity, and no day in A11.
    """
    found, supplier = answers(ev), root(ev, "supplier")
    if isinstance(found, Undecided):
        yield found
        return
    yield _number(found, "" if isinstance(supplier, Undecided) else supplier.facts.get("company-number", ""))
    regulated = part(ev, SECTION, "regulated-activity")
    if isinstance(regulated, Undecided):
        yield regulated
    elif regulated.facts == "yes":
        yield from _quality_commission(found)


def _number(found: Answers, declared: str) -> Statement:
    place = f"section {SECTION} answers A10"
    text, country = found.text("A10"), found.text("A9").casefold().removeprefix("the ").strip(" .")
    if not text:
        return found.given.undecided("A10 names no number", Reason.PREREQUISITE)
    if country and country not in _UNITED_KINGDOM:
        return found.given.undecided("the company is registered abroad: a person looks at its number", Reason.HUMAN)
    plain = "".join(text.upper().split())
    if not is_company_number(text):
        if len(plain) > 10 or "-" in plain:
            return found.given.undecided("A10 names another register: a person looks at its number", Reason.HUMAN)
        message = "The number of the company has not the form of one of Companies House."
        return found.given.finding(message, "eight characters: 01234567, SC123456", shortened(text, 20), place)
    if declared and "".join(declared.upper().split()) != plain:
        message = "The form names another company than the root of the pack."
        return found.given.finding(message, shortened(declared, 20), shortened(text, 20), place)
    return Examined(what="A10, the number of the company", evidence=found.given.evidence)


def _quality_commission(found: Answers) -> Iterator[Statement]:
    place = f"section {SECTION} answers A11"
    last = day(found.text("A11"))
    if last is None and any(map(str.isdigit, found.text("A11"))):
        message = "A11 holds no day of the form 2026-03-01, and may hold one of another: a person has to look"
        yield found.given.undecided(message, Reason.HUMAN)
    elif last is None:
        message = "A regulated activity is carried out, and there is no day of an assessment by the CQC."
        yield found.given.finding(message, "a day: 2026-03-01", shortened(found.text("A11"), 20) or "none", place)
    elif last > found.given.on:
        yield found.given.finding("The day of the CQC assessment is to come.", str(found.given.on), str(last), place)
    else:
        yield Examined(what="A11, the day of the assessment", evidence=found.given.evidence)
    if not found.text("A12"):
        message = "A regulated activity is carried out, and the report of the CQC is not named."
        yield found.given.finding(message, "an answer to A12", "none", f"section {SECTION} answers A12")
