"""The supplier's own look at the NHS service standard, and the conformance reports of its apps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from checker.checks.assured import same_version
from checker.checks.pack.communication_needs import NEEDS, SECTION, cited, without
from checker.checks.register import day
from checker.model.registry import check
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView


class Points(Params, frozen=True, kw_only=True):
    """How many points the standard has: fourteen of GOV.UK and three of health and care."""

    points: int = 17


@check(
    "accessibility.service-standard-is-assessed",
    params=Points,
    needs=lambda p, settings: list(NEEDS),
    source="https://service-manual.nhs.uk/standards-and-technology/service-standard",
)
def service_standard_is_assessed(ev: EvidenceView, p: Points) -> Iterator[Statement]:
    """Each point has an answer with evidence or a link, and what is not met has a plan; the assessment has its day.

    A point that is not met is no gap: one without answer, evidence or plan is.

    Good: ``{point: 5, met: partly, plan: …, evidence: [research]}``. Bad: point 16 missing; no evidence.
    """
    given = cited(ev, "service-standard")
    if isinstance(given, Undecided):
        yield given
        return
    found, known = given
    place = f"section {SECTION} service-standard"
    made = day(found.facts["date"])
    if made is None or made > found.on:
        yield found.finding("The assessment is dated after today.", f"{found.on} or before", found.facts["date"], place)
    points = found.facts.get("points", [])
    times = Counter(int(one["point"]) for one in points)
    said = {int(one["point"]): one for one in points}
    for number in sorted(times.keys() | set(range(1, p.points + 1))):
        here = f"{place} point {number}"
        if not 1 <= number <= p.points or times[number] > 1:
            expected = f"each of 1 to {p.points} once"
            yield found.finding("A point stands twice, or is none.", expected, f"{times[number]} times", here)
            continue
        entry = said.get(number)
        if entry is None:
            yield found.finding("A point of the service standard has no answer.", "an answer", "none", here)
        elif missing := without(entry, known):
            yield found.finding("Evidence is cited that is in no pack.", "an artefact", missing[0], here)
        elif not entry.get("evidence") and not entry.get("link"):
            yield found.finding("An answer has no evidence.", "evidence or a link", "neither", here)
        elif entry["met"] != "yes" and not entry.get("plan"):
            yield found.finding("A point is not met, and there is no plan.", "a plan", "none", here)
        else:
            yield Examined(what=f"point {number}", evidence=found.evidence)


@check(
    "accessibility.apps-are-reported",
    needs=lambda p, settings: list(NEEDS),
    source="https://www.etsi.org/deliver/etsi_en/301500_301599/301549/",
)
def apps_are_reported(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each app has a conformance report in the pack, of the version that is in the store.

    Good: report-version 4.2.0, store-version v4.2.0. Bad: a report on 4.1.0; no report.
    """
    given = cited(ev, "apps")
    if isinstance(given, Undecided):
        yield given
        return
    found, known = given
    for one in found.facts:
        place = f"section {SECTION} apps {one['id']}"
        store, report = one.get("store-version", ""), one.get("report-version", "")
        made = day(one.get("reported"))
        if not one.get("evidence"):
            yield found.finding("An app has no conformance report.", "an artefact", "none", place)
        elif missing := without(one, known):
            yield found.finding("A report is cited that is in no pack.", "an artefact", missing[0], place)
        elif not store or not report:
            yield found.finding("A version of an app is not said.", "of the store and of the report", "not both", place)
        elif not same_version(store, report):
            message = "The conformance report is of another version than the one in the store."
            yield found.finding(message, store, report, place)
        elif made is not None and made > found.on:
            yield found.finding("A conformance report is dated after today.", f"{found.on}", str(made), place)
        else:
            yield Examined(what=f"the app {one['id']!r}", evidence=found.evidence)
