"""Vulnerabilities and the end of support, from the report and the statements (VEX) in the bill of materials."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from checker.checks.assured import (
    SERIOUS,
    SUBMITTED,
    Given,
    bill,
    is_serious,
    is_version_of,
    moment_day,
    report,
    same_name,
    same_version,
)
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_CE = "https://www.ncsc.gov.uk/cyberessentials/"
_CHARTER = "https://digital.nhs.uk/cyber-and-data-security/guidance-and-assurance/cyber-security-charter-for-suppliers-to-the-nhs"
_VEX = "https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html"
_STATES = {
    "exploitable": "open",
    "in_triage": "under-investigation",
    "not_affected": "not-affected",
    "false_positive": "not-affected",
    "resolved": "fixed",
    "resolved_with_pedigree": "fixed",
}
"""What CycloneDX calls the states of the report."""
_HARMLESS = frozenset({"not-affected", "fixed"})


def of_this_product(ev: EvidenceView, found: Given) -> Undecided | None:
    """Why the report says nothing of what is tested; None if it is of it."""
    product, version = ev.supplier.product, ev.supplier.version
    if not (product and version):
        return found.undecided("which product and version are tested is not said: give both in supplier.toml")
    if same_name(found.facts["product"], product) and same_version(found.facts["version"], version):
        return None
    return found.undecided("the vulnerability report is of another product or version", Reason.PREREQUISITE)


@check("components.are-supported", needs=lambda p, settings: [SUBMITTED], source=_CHARTER)
def are_supported(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """No component is past the end of its support, unless a mitigation holds until a day that is still to come.

    The ends of support are those of the vulnerability report (``end-of-support``), which the supplier gives: where a
    version is the beginning of another, such as 3.9 of 3.9.18, it speaks of that too. A component of which the report
    does not speak is not judged; if it speaks of none, nothing is decided.

    Good: a runtime whose support ends next year. Bad: one whose support ended in March, and no mitigation.
    """
    materials, found = bill(ev), report(ev)
    if isinstance(materials, Undecided) or isinstance(found, Undecided):
        yield from (one for one in (materials, found) if isinstance(one, Undecided))
        return
    if wrong := of_this_product(ev, found):
        yield wrong
        return
    spoken = 0
    for one in found.facts.get("end-of-support", []):
        held = [part for part in materials.facts["components"] if _speaks_of(one, part)]
        spoken += len(held)
        ends, until = day(one["ends"]), day(one.get("until"))
        if ends is None:
            yield found.undecided("the report names a day that there is not", Reason.PREREQUISITE)
        elif held and ends < found.on and not (one.get("mitigation") and until and until >= found.on):
            message = "A component is past the end of its support."
            actual = f"{one['component']} {held[0]['version']}: it ended on {ends}"
            yield found.finding(message, "a supported one, or a mitigation", actual, "end-of-support", len(held))
    if not spoken:
        yield found.undecided("the report says of no component when its support ends")
        return
    left = len(materials.facts["components"]) - spoken
    what = f"components whose end of support is told ({max(left, 0)} others are not judged)"
    yield Examined(what=what, evidence=(*materials.evidence, *found.evidence), count=spoken)


def _speaks_of(one: Any, part: Any) -> bool:
    return one["component"].casefold() == part["name"].casefold() and is_version_of(part["version"], one["version"])


class SlaParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``sla_days``: so long may a serious vulnerability be known. ``data_days``: so old may the report's data be."""

    sla_days: int = 14
    data_days: int = 31


@check("vulnerabilities.are-mended-in-time", params=SlaParams, needs=lambda p, settings: [SUBMITTED], source=_CE)
def are_mended_in_time(ev: EvidenceView, p: SlaParams) -> Iterator[Statement]:
    """No critical or high vulnerability is known for longer than 14 days, and neither fixed nor without effect here.

    Serious is a base score of 7.0 or more, or the word. The report must be of this product and version, and not old,
    and must have looked at as many components as the bill of materials names. A statement in the bill of materials
    (VEX) that a vulnerability has no effect, or is resolved, counts as one in the report; where the two contradict each
    other nothing is decided.

    Good: a score of 9.1 and ``not-affected`` with its reason; or open for three days. Bad: open for 15 days.
    """
    materials, found = bill(ev), report(ev)
    if isinstance(materials, Undecided) or isinstance(found, Undecided):
        yield from (one for one in (materials, found) if isinstance(one, Undecided))
        return
    if wrong := of_this_product(ev, found) or _too_little(found, materials, p):
        yield wrong
    else:
        what = "components that were looked up"
        yield Examined(what=what, evidence=found.evidence, count=int(found.facts["components"]))
    for one in _all(materials, found):
        yield from _late(one, found, p)


def _too_little(found: Given, materials: Given, p: SlaParams) -> Undecided | None:
    of = day(found.facts["data-of"])
    if of is None or of > found.on or (found.on - of).days > p.data_days:
        message = f"the data of the vulnerability report are not of the last {p.data_days} days"
        return found.undecided(message, Reason.PREREQUISITE)
    if int(found.facts["components"]) < len(materials.facts["components"]):
        message = "the vulnerability report looked up fewer components than the bill of materials names"
        return found.undecided(message, Reason.PREREQUISITE)
    return None


def _all(materials: Given, found: Given) -> Iterator[dict[str, Any]]:
    """The vulnerabilities of the report with what the bill says of them, then those that stand in the bill alone."""
    said: dict[str, list[dict[str, Any]]] = {}
    for one in materials.facts["vulnerabilities"]:
        said.setdefault(one["id"], []).append(one)
    names = {one["ref"]: one["name"] for one in materials.facts["components"]}
    told = set()
    for one in found.facts["vulnerabilities"]:
        told.add(one["id"])
        about = [vex for vex in said.get(one["id"], ()) if _is_about(vex, one["component"], names)]
        yield {**one, "vex": {_STATES.get(vex["state"], "") for vex in about} - {""}}
    for one in materials.facts["vulnerabilities"]:
        if one["id"] not in told:
            score = max(map(float, one["scores"]), default=None)
            yield {
                "id": one["id"],
                "component": ", ".join(names.get(ref, "?") for ref in one["affects"][:2]),
                "status": _STATES.get(one["state"], "open"),
                **({} if score is None else {"cvss": f"{score:g}"}),
                **({"severity": one["severities"][0]} if one["severities"] else {}),
                "known-since": one["since"],
                "vex": set(),
            }


def _is_about(vex: Any, component: str, names: dict[str, str]) -> bool:
    """A statement that names no component is about all of them."""
    return not vex["affects"] or component.casefold() in {names.get(ref, "").casefold() for ref in vex["affects"]}


def _late(one: dict[str, Any], found: Given, p: SlaParams) -> Iterator[Statement]:
    states = {one["status"]} | one["vex"]
    serious = is_serious(one)
    if serious is False or states <= _HARMLESS:
        return
    if serious is None:
        yield found.undecided(f"{one['id']}: neither score nor severity is given", Reason.PREREQUISITE)
        return
    since = moment_day(one["known-since"])
    if since is None:
        yield found.undecided(f"{one['id']}: since when it is known is not said", Reason.PREREQUISITE)
    elif "fixed" in states and "open" in states:
        message = f"{one['id']}: report and bill of materials contradict each other"
        yield found.undecided(message, Reason.PREREQUISITE)
    elif not states & _HARMLESS and found.on - since > timedelta(days=p.sla_days):
        message = "A serious vulnerability is known for longer than it may be."
        actual = f"{one['id']} in {one['component']}: {(found.on - since).days} days"
        expected = f"mended within {p.sla_days} days (CVSS {SERIOUS:g} or more)"
        yield found.finding(message, expected, actual, "vulnerabilities")


@check("vulnerabilities.not-affected-says-why", needs=lambda p, settings: [SUBMITTED], source=_VEX)
def not_affected_says_why(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each vulnerability that is said to have no effect has a reason beside it.

    In the vulnerability report that is ``justification``; in a bill of materials ``analysis.justification`` or
    ``analysis.detail``.

    Good: ``not-affected`` with "The parser is compiled out". Bad: ``not-affected`` alone.
    """
    materials, found = bill(ev), report(ev)
    given = [one for one in (found, materials) if isinstance(one, Given)]
    if not isinstance(found, Given) and not (isinstance(materials, Given) and materials.facts["vulnerabilities"]):
        yield found
        return
    for one in given:
        listed = one.facts["vulnerabilities"]
        what = "statements on vulnerabilities" if listed else "a list of vulnerabilities that is empty"
        yield Examined(what=what, evidence=one.evidence, count=max(len(listed), 1))
        without = [vuln["id"] for vuln in listed if _without_reason(vuln)]
        if without:
            message = "Vulnerabilities are said to have no effect, and not why."
            yield one.finding(message, "a reason for each", ", ".join(without[:3]), "vulnerabilities", len(without))


def _without_reason(one: dict[str, Any]) -> bool:
    if "state" in one:
        return one["state"] == "not_affected" and not one["justified"]
    return one["status"] == "not-affected" and not one.get("justification", "").strip()
