"""The summary of a penetration test: when, by whom, of what, and what became of the findings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from checker.checks.assured import SUBMITTED, Given, is_serious, months_after, same_name, same_version, section
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_DTAC = "https://transform.england.nhs.uk/key-tools-and-info/digital-technology-assessment-criteria-dtac/"


class RecentParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``months``: a test is at most so old."""

    months: int = 12


@check("penetration-test.is-recent", params=RecentParams, needs=lambda p, settings: [SUBMITTED], source=_DTAC)
def is_recent(ev: EvidenceView, p: RecentParams) -> Iterator[Statement]:
    """The test ended within the last 12 months, and after the last major release.

    Good: seven months ago, and no major release since. Bad: 14 months ago.
    """
    found, product = section(ev, "penetration-test"), section(ev, "product")
    if isinstance(found, Undecided):
        yield found
        return
    finished = day(found.facts["finished"])
    if finished is None or finished > found.on:
        yield found.undecided("the test has not ended on the day that is judged", Reason.PREREQUISITE)
        return
    yield Examined(what=f"the test that ended on {finished}", evidence=found.evidence)
    if months_after(finished, p.months) < found.on:
        message = "The penetration test is too old."
        yield found.finding(
            message, f"within {p.months} months of {found.on}", f"{finished}", "penetration-test finished"
        )
    if isinstance(product, Undecided):
        yield product
        return
    release = day(product.facts.get("major-release"))
    if release is None:
        yield product.undecided("the section 'product' does not say when the last major release was")
    elif finished < release:
        message = "The penetration test is older than the last major release."
        yield found.finding(message, f"after {release}", f"{finished}", "penetration-test finished")


@check("penetration-test.is-by-accredited-testers", needs=lambda p, settings: [SUBMITTED], source=_DTAC)
def is_by_accredited_testers(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Testers are members of CHECK, CREST or the Cyber Scheme, and not the supplier.

    Good: a firm of CREST. Bad: the supplier's own staff.
    """
    found, entity = section(ev, "penetration-test"), section(ev, "organisation")
    if isinstance(found, Undecided):
        yield found
        return
    by = found.facts.get("accreditation")
    if by is None:
        yield found.undecided("who accredited the testers is not said")
        return
    yield Examined(what="who tested", evidence=found.evidence)
    if by == "none":
        message = "The testers are not accredited."
        yield found.finding(message, "CHECK, CREST or Cyber Scheme", "none", "penetration-test accreditation")
    if isinstance(entity, Given) and same_name(found.facts["tester"], entity.facts["legal-name"]):
        yield found.finding("The supplier tested itself.", "another", "the supplier", "penetration-test tester")


@check("penetration-test.covers-what-is-tested", needs=lambda p, settings: [SUBMITTED], source=_DTAC)
def covers_what_is_tested(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The test was of this product, its API and an environment, and went by the OWASP Top 10.

    A test of an earlier version of the same major release counts. Where the run knows an address and the test lists
    hosts without it, a person decides whether the environments are alike.

    Good: product, API, environment, OWASP Top 10. Bad: the web front end alone.
    """
    found = section(ev, "penetration-test")
    if isinstance(found, Undecided):
        yield found
        return
    said, supplier = found.facts, ev.supplier
    if not (supplier.product and supplier.version):
        yield found.undecided("which product and version are tested is not said: give both in supplier.toml")
        return
    yield Examined(what="the scope of the penetration test", evidence=found.evidence)
    if not same_name(said["product"], supplier.product):
        message = "The test was of another product."
        yield found.finding(message, supplier.product, said["product"], "penetration-test product")
    elif not same_version(_major(said["version"]), _major(supplier.version)):
        message = "The test was of another major release."
        yield found.finding(message, supplier.version, said["version"], "penetration-test version")
    for name, words in (("api", "the API"), ("owasp-top-10", "the OWASP Top 10")):
        if said.get(name) != "yes":
            message = f"The test did not take in {words}."
            yield found.finding(message, "yes", said.get(name, "not said"), f"penetration-test {name}")
    if not said.get("environment"):
        message = "The summary does not say which environment was tested."
        yield found.finding(message, "its name", "none", "penetration-test environment")
    if supplier.base_url and said.get("hosts"):
        host = (urlsplit(supplier.base_url).hostname or "").casefold()
        if host not in {one.strip().casefold() for one in said["hosts"]}:
            message = "the host under test is not among those of the penetration test: are the environments alike?"
            yield found.undecided(message, Reason.HUMAN)


def _major(version: str) -> str:
    return version.strip().casefold().removeprefix("v").partition(".")[0]


@check("penetration-test.serious-findings-are-closed", needs=lambda p, settings: [SUBMITTED], source=_DTAC)
def serious_findings_are_closed(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """No critical or high finding (CVSS 7.0 or more) is open, and each that is closed was tested again.

    Good: 8.1, closed, with the day of the retest. Bad: 8.1, open; or closed on the supplier's word.
    """
    found = section(ev, "penetration-test")
    if isinstance(found, Undecided):
        yield found
        return
    listed, finished = found.facts["findings"], day(found.facts["finished"])
    yield Examined(what="findings of the penetration test", evidence=found.evidence, count=max(len(listed), 1))
    for one in listed:
        serious, retested = is_serious(one), day(one.get("retested"))
        if serious is None:
            yield found.undecided(f"finding {one['id']}: neither score nor severity is given", Reason.PREREQUISITE)
        elif serious and one["status"] == "open":
            yield _wrong(found, one, "A serious finding is open.", "closed and tested again")
        elif serious and (retested is None or retested > found.on or (finished and retested < finished)):
            yield _wrong(found, one, "A serious finding was closed without a retest.", "the day of the retest")


def _wrong(found: Given, one: Any, message: str, expected: str) -> Statement:
    actual = f"{one['id']}: {one.get('cvss') or one.get('severity')}, {one['status']}"
    return found.finding(message, expected, actual, "penetration-test findings")


@check("penetration-test.medium-findings-have-a-plan", needs=lambda p, settings: [SUBMITTED], source=_DTAC)
def medium_findings_have_a_plan(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each open finding of medium severity (CVSS 4.0 to 6.9) has an owner, and a day that is not past.

    Good: an owner, due next month. Bad: neither.
    """
    found = section(ev, "penetration-test")
    if isinstance(found, Undecided):
        yield found
        return
    listed = found.facts["findings"]
    yield Examined(what="findings of the penetration test", evidence=found.evidence, count=max(len(listed), 1))
    for one in listed:
        due = day(one.get("due"))
        if one["status"] == "open" and _is_medium(one) and not (one.get("owner") and due and due >= found.on):
            yield _wrong(found, one, "A medium finding has no plan.", "an owner, and a day to come")


def _is_medium(one: Any) -> bool:
    score = one.get("cvss")
    return not is_serious(one) and (one.get("severity") == "medium" or (score is not None and float(score) >= 4))
