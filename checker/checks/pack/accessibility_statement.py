"""The accessibility statement: does it say what it must, and is what it says of compliance true?"""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.assured import Given, months_after
from checker.checks.pack.accessibility_audit import COLUMNS, TABLE, audited, result
from checker.checks.pack.automated_accessibility import NEEDS as AUTOMATED
from checker.checks.pack.automated_accessibility import results
from checker.checks.pack.given import WHOLE, file, of_file, of_section, of_table, part
from checker.checks.pack.wcag import counts, criteria
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

KIND = "accessibility-statement"
_PLACE = "section accessibility statement"
_WORDS = {
    "not-accessible": "which content is not accessible",
    "contact": "how to report a problem",
    "enforcement": "to whom to turn who is not content with the answer",
    "prepared": "when it was prepared",
}


class Review(Params, frozen=True, kw_only=True):
    """How long ago the last review may be. The law says *regular*; a year is what the model statement is read as."""

    most_months: int = 12


@check(
    "accessibility.statement-is-whole",
    params=Review,
    needs=lambda p, settings: [WHOLE, of_section("accessibility"), of_file(KIND, KIND)],
    source="https://www.legislation.gov.uk/uksi/2018/952/regulation/8",
)
def statement_is_whole(ev: EvidenceView, p: Review) -> Iterator[Statement]:
    """The statement as published says what it must, is where it is said to be, and was reviewed within the year.

    Read are the words of the file of kind ``accessibility-statement`` (status, content that is not accessible, contact,
    enforcement, preparation) and, in the section, its address and its days. Whether the address answers is not asked.

    Good: reviewed 2026-09-01, headings of the model statement. Bad: no word on enforcement; reviewed 2025-06-01.
    """
    said, text = part(ev, "accessibility", "statement"), file(ev, KIND, KIND)
    if isinstance(said, Undecided):
        yield said
    else:
        yield from _days(said, p)
        if not said.facts.get("url"):
            yield said.finding("The statement is published nowhere.", "an address", "none", f"{_PLACE} url")
    if isinstance(text, Undecided):
        yield text
        return
    if why := text.facts.get("unread") or (text.facts.get("not_read") or [""])[0]:
        yield text.undecided(f"the accessibility statement was not read: {why}", Reason.PREREQUISITE)
        return
    says = text.facts["says"]
    whole = text.facts["status"] == ["fully-compliant"]
    missing = [one for one in _WORDS if one not in says and not (one == "not-accessible" and whole)]
    for one in missing:
        yield text.finding(f"The statement does not say {_WORDS[one]}.", f"words on it: {one}", "none", KIND)
    if not text.facts["status"]:
        expected = "fully compliant, partially compliant or not compliant"
        yield text.finding("The statement does not say how far it complies.", expected, "none of them", KIND)
    if not missing and text.facts["status"]:
        yield Examined(what="the words of the statement", evidence=text.evidence)


def _days(said: Given, p: Review) -> Iterator[Statement]:
    prepared, reviewed = day(said.facts.get("prepared")), day(said.facts.get("reviewed"))
    if prepared is None:
        yield said.finding("The statement does not say when it was prepared.", "a day", "none", f"{_PLACE} prepared")
        return
    last = reviewed or prepared
    if max(prepared, last) > said.on:
        yield said.finding(
            "A day of the statement is to come.", f"{said.on} or before", str(max(prepared, last)), _PLACE
        )
    elif last < prepared:
        message = "The statement was reviewed before it was prepared."
        yield said.finding(message, f"{prepared} or later", str(last), f"{_PLACE} reviewed")
    elif said.on > months_after(last, p.most_months):
        message = "The statement was not reviewed within the time that it may go without."
        expected = f"a review within {p.most_months} months before {said.on}"
        yield said.finding(message, expected, str(last), f"{_PLACE} reviewed")
    else:
        yield Examined(what="the days of the statement", evidence=said.evidence)


@check(
    "accessibility.status-is-true",
    needs=lambda p, settings: [*AUTOMATED, of_table(TABLE, *COLUMNS), of_file(KIND, KIND)],
    source="docs/policy.md#an-accessibility-statement-agrees-with-what-was-found",
)
def status_is_true(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Who says *fully compliant* has no failure of A or AA on record, and the pack says what the statement says.

    On record are failures in the table of the audit, violations that axe found on rules of A and AA, of any impact, and
    what the statement itself lists as not compliant. A status of *partially* or *not compliant* contradicts no failure.

    Good: partially compliant, with three failures. Bad: fully compliant, and 1.4.3 fails in the audit.
    """
    said = part(ev, "accessibility", "statement")
    if isinstance(said, Undecided):
        yield said
        return
    status = said.facts["status"]
    text = file(ev, KIND, KIND)
    if isinstance(text, Undecided):
        yield text
    elif why := text.facts.get("unread"):
        yield text.undecided(f"the accessibility statement was not read: {why}", Reason.PREREQUISITE)
    elif not (found := text.facts["status"]):
        yield text.undecided("the published statement has no status in words that are known, so none to compare")
    elif status not in found:
        message = "The published statement has another status than the section says."
        yield text.finding(message, status, ", ".join(found), f"{_PLACE} status")
    if status != "fully-compliant":
        yield Examined(what=f"the status {status}", evidence=said.evidence)
        return
    for one in said.facts.get("lists", []):
        if one.get("why", "not-compliant") == "not-compliant":
            message = "The statement says that all complies, and lists what does not."
            yield said.finding(message, "no such entry", one["id"], f"{_PLACE} lists {one['id']}")
    yield from _failures(ev)


def _failures(ev: EvidenceView) -> Iterator[Statement]:
    message = "The statement says that all complies, and a failure is on record."
    rows, pages = audited(ev), results(ev)
    if isinstance(rows, Undecided):
        yield rows
    else:
        failed = [
            one for one in rows.facts if result(one["result"]) == "fail" and one["criterion"] in criteria().levels
        ]
        for one in failed:
            yield rows.finding(message, "no failure of A or AA", one["criterion"], f"{TABLE} line {one['line']}")
        if rows.facts and not failed:
            yield Examined(what="the audit", evidence=rows.evidence)
    if isinstance(pages, Undecided):
        yield pages
        return
    broken = [(page["url"], one) for page in pages.facts for one in page["violations"] if counts(one["tags"])]
    for number, (_, one) in enumerate(broken[:20]):
        yield pages.finding(message, "no violation of A or AA", one["id"], f"axe-results violation {number}")
    if not broken:
        yield Examined(what="the results of axe", evidence=pages.evidence)
