"""Are hazards whose risk is not acceptable controlled, and is each control shown, verified and tested?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.assured import Given, same_version
from checker.checks.pack.given import of_file, part
from checker.checks.pack.hazards import (
    CONTROLS,
    CONTROLS_NEED,
    NEEDS,
    SOURCE,
    bounded,
    by_hazard,
    controls,
    files,
    fold,
    in_force,
    key,
    listed,
    log,
    officers,
    place,
    retired,
    scheme,
    together,
    transferred,
    unreadable,
)
from checker.checks.pack.junit import TESTS, tests
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView


class ControlParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``planned``: words for the state of a control that is not there yet, or no more."""

    planned: tuple[str, ...] = (
        *("planned", "proposed", "rejected", "withdrawn", "retired", "not implemented", "to do", "todo", "open"),
        *("in progress", "under way", "pending", "draft", "none", "no", "not started", "deferred", "future"),
    )


@check("safety.controls-are-shown", params=ControlParams, needs=lambda p, settings: NEEDS, source=SOURCE)
def controls_are_shown(ev: EvidenceView, p: ControlParams) -> Iterator[Statement]:
    """Every hazard whose initial risk is not acceptable has a control in place; each control in place is shown.

    Shown is: a file of the pack in ``evidence``, there with its digest, or a test in ``test-id``; and in
    ``verification`` how it was found to be effective. A control without a state is held to the same. A hazard that is
    handed over may be controlled by others. Where the initial risk is acceptable no control is asked for (DCB0129
    5.1.2); a hazard that is closed counts, and one that is retired does not.

    Good: a control with a file and the day of its verification. Bad: a control that names a file which is not there.
    """
    found, scored, joined, pack = log(ev), scheme(ev), controls(ev), files(ev)
    if (
        isinstance(found, Undecided)
        or isinstance(scored, Undecided)
        or isinstance(joined, Undecided)
        or isinstance(pack, Undecided)
    ):
        yield from (one for one in (found, scored, joined, pack) if isinstance(one, Undecided))
        return
    given, planned = together(found, scored, joined), {fold(one) for one in p.planned}
    of_hazard = by_hazard(joined.facts, found.facts)
    looked, left = 0, 0
    findings: list[Finding] = []
    for row in found.facts:
        if retired(row):
            continue
        risk = scored.facts.rank("levels", row.get("initial-risk", ""))
        if risk is None:
            left += 1
            continue
        looked += 1
        in_place = [one for one in of_hazard[key(row["id"])] if fold(one.get("state", "")) not in planned]
        if risk not in scored.facts.acceptable and not in_place and not transferred(row):
            message = "A hazard whose initial risk is not acceptable has no control in place."
            findings.append(given.finding(message, "a control", row.get("initial-risk", "")[:60], place(row)))
    known = {key(one["id"]) for one in found.facts}
    for control in joined.facts:
        findings += _of_one(given, pack, control, known, fold(control.get("state", "")) not in planned)
    if looked:
        yield Examined(what="hazards and their controls", evidence=given.evidence, count=looked + len(joined.facts))
    yield from bounded(findings)
    yield from unreadable(given, left, "their initial risk is on no scale")


def _of_one(given: Given, pack: Given, control: dict[str, str], known: set[str], in_place: bool) -> Iterator[Finding]:
    at = place(control, CONTROLS)
    for name in listed(control["hazard"]) or [""]:
        if key(name) not in known:
            message = "A control is for a hazard that the log does not have."
            yield given.finding(message, "a hazard of the log", name[:60] or "none", at)
    if not in_place:
        return
    shown = listed(control.get("evidence", ""))
    if not shown and not control.get("test-id"):
        yield given.finding("A control in place is not shown.", "a file or a test", "neither", at)
    for name in shown:
        if why := in_force(pack, name):
            message = "The file that shows a control is not in the pack as declared."
            yield given.finding(message, "an artefact of the pack", f"{name[:60]}: {why}", at)
    if not control.get("verification"):
        message = "It is not said how a control in place was found to be effective."
        yield given.finding(message, "how and when it was verified", "nothing", at)


@check("safety.unacceptable-risk-is-justified", needs=lambda p, settings: NEEDS, source=SOURCE)
def unacceptable_risk_is_justified(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every hazard whose residual risk is not acceptable has a benefit analysis that an officer approved.

    A closed hazard too: closing it does not make its risk acceptable. ``benefit-cases`` of the section ``safety`` names
    the file, which is there with its digest, the day and the officer.

    Good: no such hazard, or one with its analysis. Bad: a residual risk 4 of 5, with no word on why.
    """
    found, scored, pack, known = log(ev), scheme(ev), files(ev), officers(ev)
    if (
        isinstance(found, Undecided)
        or isinstance(scored, Undecided)
        or isinstance(pack, Undecided)
        or isinstance(known, Undecided)
    ):
        yield from (one for one in (found, scored, pack, known) if isinstance(one, Undecided))
        return
    said = part(ev, "safety", "benefit-cases")
    cases = {} if isinstance(said, Undecided) else {key(one["hazard"]): one for one in said.facts}
    given = together(found, scored)
    looked, left = 0, 0
    findings: list[Finding] = []
    unread = isinstance(said, Undecided) and said.reason is Reason.PREREQUISITE
    for row in found.facts:
        if retired(row) or not row.get("residual-risk"):
            continue
        risk = scored.facts.rank("levels", row["residual-risk"])
        if risk is None:
            left += 1
            continue
        looked += 1
        if risk not in scored.facts.acceptable:
            if unread:
                left += 1
                continue
            findings += _benefit(given, pack, row, cases.get(key(row["id"]), {}), known.facts)
    if looked:
        yield Examined(what="residual risks", evidence=given.evidence, count=looked)
    else:
        yield found.undecided("no hazard has a residual risk")
    yield from bounded(findings)
    yield from unreadable(given, left, "their residual risk is on no scale, or the benefit analyses cannot be read")


def _benefit(
    given: Given, pack: Given, row: dict[str, str], case: dict[str, Any], known: dict[str, Any]
) -> Iterator[Finding]:
    at, on = f"{place(row)}; section safety /benefit-cases", day(case.get("approved-on"))
    if not case:
        message = "A residual risk is not acceptable, and no benefit analysis is recorded."
        yield given.finding(message, "a benefit analysis", row["residual-risk"][:60], at)
        return
    if why := in_force(pack, case.get("artefact", "")):
        yield given.finding("The file of a benefit analysis is not in the pack.", "an artefact of the pack", why, at)
    if case.get("approved-by") not in known or on is None or on > given.on:
        actual = f"{case.get('approved-by', 'nobody')} on {on or 'no day'}"
        message = "A benefit analysis is not approved by a clinical safety officer."
        yield given.finding(message, f"an officer of the pack, by {given.on}", actual, at)


class TestParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``version_properties``: properties of a suite that name the version which was tested."""

    version_properties: tuple[str, ...] = ("product-version", "product.version", "version", "sut.version")


@check(
    "safety.cited-tests-passed",
    params=TestParams,
    needs=lambda p, settings: (*NEEDS, CONTROLS_NEED, of_file(TESTS, "pack-junit")),
    source=SOURCE,
)
def cited_tests_passed(ev: EvidenceView, p: TestParams) -> Iterator[Statement]:
    """Every test that a control cites is in the test report, and passed, and the report is that of the pack's version.

    A case is cited by its property ``id``, its name, or class and name with a dot between. Where several cases bear the
    name, each must have passed; one that was skipped has not. The version is a property of the suite, or the
    ``product-version`` of the artefact.

    Good: ``test-id`` ST-014, and a case of that id without failure. Bad: a skipped test; the report of 4.1.0.
    """
    joined, report, pack = controls(ev), tests(ev), files(ev)
    if isinstance(joined, Undecided) or isinstance(report, Undecided) or isinstance(pack, Undecided):
        yield from (one for one in (joined, report, pack) if isinstance(one, Undecided))
        return
    given = together(report, joined)
    cited = [(row, name) for row in joined.facts for name in listed(row.get("test-id", ""))]
    if not cited:
        yield joined.undecided("no control cites a test")
        return
    yield Examined(what="tests that controls cite", evidence=given.evidence, count=len(cited))
    states = _states(report.facts["cases"])
    findings: list[Finding] = []
    for row, name in cited:
        found = states.get(name.strip())
        if found is None:
            message = "A control cites a test that the report does not have."
            findings.append(given.finding(message, "a case of the report", name[:80], place(row, CONTROLS)))
        elif wrong := sorted(found - {"passed"}):
            message = "A test that a control cites did not pass."
            findings.append(given.finding(message, "passed", f"{name[:80]}: {', '.join(wrong)}", place(row, CONTROLS)))
    yield from bounded(findings)
    yield from _of_the_version(given, pack, report, p.version_properties)


def _states(cases: list[dict[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in cases:
        dotted = f"{one['class']}.{one['name']}" if one["class"] else ""
        for name in {one["id"], one["name"], dotted, dotted.replace(".", "::")} - {""}:
            found.setdefault(name, set()).add(one["state"])
    return found


def _of_the_version(given: Given, pack: Given, report: Given, names: tuple[str, ...]) -> Iterator[Statement]:
    wanted = pack.facts["content"].get("product", {}).get("version", "")
    known = {one.casefold() for one in names}
    said = {one["value"] for one in report.facts["properties"] if one["name"].casefold() in known and one["value"]}
    if not said:
        artefacts = pack.facts["content"].get("artefacts", [])
        said = {one["product-version"] for one in artefacts if one["kind"] == TESTS and one.get("product-version")}
    if not wanted or not said:
        yield given.undecided("which version of the product was tested is not said", Reason.PREREQUISITE)
        return
    for one in sorted(said):
        if not same_version(one, wanted):
            message = "The test report is that of another version of the product."
            yield given.finding(message, wanted, one[:60], "safety-tests")
