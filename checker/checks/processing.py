"""What the law asks to be written down about processing: records, contracts, assessments, breaches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from checker.checks.register import REGISTER, Declared, day, declared, same
from checker.model.registry import check
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_LAW = "https://www.legislation.gov.uk/eur/2016/679/article"
CONTROLLER_FIELDS: Final = ("contact", "dpo", "purposes", "people", "data", "recipients", "retention", "security")
"""Article 30(1); transfers may be none."""
PROCESSOR_FIELDS: Final = ("contact", "dpo", "controllers", "purposes", "security")
"""Article 30(2): each controller, and the categories of processing, which stand under ``purposes``."""


@check("processing.is-recorded", needs=lambda p, settings: [REGISTER], source=f"{_LAW}/30")
def is_recorded(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each processing activity has the fields that its role asks for, and each flow belongs to one.

    A controller records contact, data protection officer, purposes, people, data, recipients, time limits and security;
    a processor contact, officer, each controller, what it does for them, and security. Transfers may be none.

    Good: an activity of a processor with its controllers. Bad: the same without them.
    """
    found = declared(ev, "ropa")
    if isinstance(found, Undecided):
        yield found
        return
    yield Examined(what="processing activities", evidence=found.evidence, count=len(found.section))
    for one in found.section:
        wanted = PROCESSOR_FIELDS if one["role"] == "processor" else CONTROLLER_FIELDS
        missing = [name for name in wanted if not one.get(name)]
        if missing:
            yield _missing("A processing activity is not recorded in full.", missing, f"ropa {one['id']}", found)


def _missing(message: str, missing: list[str], place: str, found: Declared) -> Finding:
    shown = ", ".join(missing)
    return Finding(
        message=message, expected=shown, actual="missing", place=place, evidence=found.evidence, count=len(missing)
    )


TOPICS: Final = (
    *("summary", "fields", "flows", "access", "measures", "countries", "staff-access", "controllers", "retention"),
    *("sub-processors", "risks", "rights"),
)
"""DTAC 2.0, C2.2.2."""


@check("dpia.covers-its-topics", needs=lambda p, settings: [REGISTER], source=f"{_LAW}/35")
def covers_its_topics(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The data protection impact assessment speaks of twelve topics, and of the same fields as the flows.

    Good: all twelve, each in words, and its list of fields is that of the flows. Bad: nothing on sub-processors.
    """
    found = declared(ev, "dpia")
    if isinstance(found, Undecided):
        yield found
        return
    topics = found.section.get("topics", {})
    yield Examined(what="topics of the impact assessment", evidence=found.evidence, count=len(TOPICS))
    if missing := [name for name in TOPICS if not topics.get(name, "").strip()]:
        yield _missing("The impact assessment leaves topics out.", missing, "dpia topics", found)
    flows = declared(ev, "dataflows")
    if isinstance(flows, Undecided):
        yield flows
        return
    fields, paths = set(found.section.get("fields", [])), {path for flow in flows.section for path in flow["paths"]}
    if differ := sorted(fields ^ paths):
        yield Finding(
            message="The fields of the impact assessment are not those of the flows.",
            expected="the same paths in both",
            actual=f"{len(fields - paths)} only in the assessment, {len(paths - fields)} only in the flows",
            place="dpia fields",
            evidence=found.evidence,
            count=len(differ),
            examples=tuple(differ[:5]),
        )


class DpiaParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``review_months``: an assessment is reviewed at least so often."""

    review_months: int = 24


@check("dpia.came-first", params=DpiaParams, needs=lambda p, settings: [REGISTER], source=f"{_LAW}/35")
def came_first(ev: EvidenceView, p: DpiaParams) -> Iterator[Statement]:
    """The impact assessment was signed before the first processing, and reviewed since the last change and in time.

    Where a high risk remains, the Information Commissioner was consulted before. The day on which the register was
    written (``assessed-on``) counts as today.

    Good: signed in May, first processing in June. Bad: signed in July.
    """
    found = declared(ev, "dpia")
    if isinstance(found, Undecided):
        yield found
        return
    dpia = found.section
    signed, first = day(dpia.get("signed")), day(dpia.get("first-processing"))
    yield Examined(what="dates of the impact assessment", evidence=found.evidence)
    if missing := [name for name in ("signed-by", "signed", "first-processing") if not dpia.get(name)]:
        yield _missing("The impact assessment does not say who signed it, and when.", missing, "dpia", found)
    if signed and first and signed > first:
        yield _late("The impact assessment was signed after the first processing.", "signed before", "after", found)
    last = max(filter(None, (signed, day(dpia.get("reviewed")), day(dpia.get("date")))), default=None)
    changed = day(dpia.get("changed"))
    if last and changed and last < changed:
        yield _late("The impact assessment is older than the last change.", "reviewed since", "before it", found)
    if last and found.on and _months(last, found.on) > p.review_months:
        message = f"The impact assessment was last reviewed more than {p.review_months} months ago."
        yield _late(message, f"a review within {p.review_months} months", "none", found)
    consulted = day(dpia.get("ico-consulted"))
    if dpia.get("residual-risk") == "high" and not (consulted and first and consulted <= first):
        message = "A high risk remains, and the Information Commissioner was not consulted before."
        yield _late(message, "a consultation before the first processing", "none", found)
    if found.on is None:
        yield found.undecided("the register does not say for which day it was written (assessed-on)")


def _late(message: str, expected: str, actual: str, found: Declared) -> Finding:
    return Finding(message=message, expected=expected, actual=actual, place="dpia", evidence=found.evidence)


def _months(one: date, other: date) -> int:
    return (other.year - one.year) * 12 + other.month - one.month - (other.day < one.day)


CLAUSES: Final = (
    *("instructions", "confidentiality", "security", "sub-processors", "rights", "assistance"),
    *("deletion-or-return", "audit"),
)
"""Article 28(3)(a) to (h)."""


@check("processors.have-contracts", needs=lambda p, settings: [REGISTER], source=f"{_LAW}/28")
def have_contracts(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each processor and sub-processor has a dated contract with the eight clauses of Article 28(3).

    Good: a contract of 2025-03-01 with all clauses. Bad: a sub-processor without a contract.
    """
    found = declared(ev, "processors")
    if isinstance(found, Undecided):
        yield found
        return
    yield Examined(what="processors", evidence=found.evidence, count=len(found.section))
    for one in found.section:
        contract = one.get("contract")
        place = f"processors {one['id']}"
        if contract is None or day(contract["date"]) is None:
            yield _missing("A processor has no contract.", ["contract"], place, found)
        elif missing := [name for name in CLAUSES if name not in contract["clauses"]]:
            yield _missing("A contract lacks clauses that it must have.", missing, place, found)


class BreachParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours: to the Information Commissioner (the law), and to the controller (a choice of this project)."""

    ico_hours: int = 72
    controller_hours: int = 24


@check("breaches.are-told-in-time", params=BreachParams, needs=lambda p, settings: [REGISTER], source=f"{_LAW}/33")
def told_in_time(ev: EvidenceView, p: BreachParams) -> Iterator[Statement]:
    """The breach procedure names its clocks, none longer than allowed, and the contract's is not longer either.

    Good: 72 hours to the Commissioner, the DSPT route, 24 hours to the controller. Bad: no time for the controller.
    """
    found = declared(ev, "breaches")
    if isinstance(found, Undecided):
        yield found
        return
    section = found.section
    limits = {"ico-hours": p.ico_hours, "controller-hours": p.controller_hours, "contract-hours": p.controller_hours}
    yield Examined(what="clocks of the breach procedure", evidence=found.evidence, count=len(limits))
    if missing := [name for name in (*limits, "dspt-route") if name not in section or section[name] == "no"]:
        yield _missing("The breach procedure leaves out what it must say.", missing, "breaches", found)
    for name, most in limits.items():
        if name in section and int(section[name]) > most:
            yield Finding(
                message="A clock of the breach procedure is too long.",
                expected=f"{name} at most {most}",
                actual=section[name],
                place=f"breaches {name}",
                evidence=found.evidence,
            )


@check(
    "registration.is-current",
    needs=lambda p, settings: [REGISTER],
    source="https://www.legislation.gov.uk/uksi/2018/480",
)
def registration_is_current(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The data protection fee is paid: a plausible number, not expired, and for the supplier itself.

    A number has Z or ZA or ZB and seven or six characters. Whether the register of the Commissioner has it, a file
    cannot tell. Today is the register's ``assessed-on``.

    Good: ZA123456 until next March. Bad: the same until last March.
    """
    found = declared(ev, "registration")
    if isinstance(found, Undecided):
        yield found
        return
    number, expires = found.section["number"].upper(), day(found.section["expires"])
    yield Examined(what="registration", evidence=found.evidence)
    plausible = len(number) == 8 and number[0] == "Z" and number.isascii() and number[2:].isdigit() and number.isalnum()
    if not plausible:
        yield Finding(
            message="The registration number has not the form of one.",
            expected="Z, a letter or digit, and six digits",
            actual="another form",
            place="registration number",
            evidence=found.evidence,
        )
    name = ev.supplier.name
    entity = found.section["entity"]
    if name and name != "unnamed supplier" and name.casefold() != entity.casefold():
        yield Finding(
            message="The registration is in another name than the supplier's.",
            expected="the supplier as supplier.toml names it",
            actual="another name",
            place="registration entity",
            evidence=found.evidence,
        )
    if expires is None or found.on is None:
        yield found.undecided("whether the registration has expired cannot be told: a date is missing or is none")
    elif expires < found.on:
        yield Finding(
            message="The registration has expired.",
            expected=f"valid on {found.on}",
            actual=f"until {expires}",
            place="registration expires",
            evidence=found.evidence,
        )


PRINCIPLES: Final = (
    *("purpose", "necessity", "minimum", "need-to-know", "responsibilities", "law", "duty-to-share", "informing"),
)


class CaldicottParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``most_alike``: so many flows may have the same text under a principle."""

    most_alike: int = 3


@check(
    "flows.follow-caldicott",
    params=CaldicottParams,
    needs=lambda p, settings: [REGISTER],
    source="https://www.gov.uk/government/publications/the-caldicott-principles",
)
def follow_caldicott(ev: EvidenceView, p: CaldicottParams) -> Iterator[Statement]:
    """Each flow with health data has a text for each of the eight Caldicott Principles, written for that flow.

    The same text in more than three flows was not written for any of them.

    Good: eight texts. Bad: nothing under need-to-know.
    """
    found = declared(ev, "dataflows")
    if isinstance(found, Undecided):
        yield found
        return
    flows: list[dict[str, Any]] = [flow for flow in found.section if flow["health"] == "yes"]
    if flows:
        yield Examined(what="flows with health data", evidence=found.evidence, count=len(flows))
    for flow in flows:
        texts = flow.get("caldicott", {})
        if missing := [name for name in PRINCIPLES if not texts.get(name, "").strip()]:
            message = "A flow leaves Caldicott Principles out."
            yield _missing(message, missing, f"dataflows {flow['id']}", found)
    for name in PRINCIPLES:
        told = [" ".join(flow.get("caldicott", {}).get(name, "").casefold().split()) for flow in flows]
        alike = max((told.count(text) for text in same(told) if text), default=0)
        if alike > p.most_alike:
            yield Finding(
                message="The same text stands under a Caldicott Principle of many flows.",
                expected=f"at most {p.most_alike} alike",
                actual=f"{alike} alike",
                place=f"dataflows caldicott {name}",
                evidence=found.evidence,
                count=alike,
            )
