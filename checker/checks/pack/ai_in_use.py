"""AI functions in use: who looks at their output, what changes, how they are watched, what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.assured import Given, same_version
from checker.checks.pack.figures import decimal
from checker.checks.pack.given import WHOLE, of_section, of_table, part, root, table
from checker.checks.pack.said import Part, after, grouped, incomplete, not_held, parts, shown
from checker.checks.register import day
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_ESF = "https://www.nice.org.uk/corporate/ecd7/chapter/section-c-evidence-standards-tables"
INCIDENTS = "safety-incidents"
_SAMPLE = ("function", "output", "marked", "model-version")


def _paired(functions: Given, said: Given, key: str) -> Iterator[tuple[str, Part, Finding | None]]:
    """Each function with each of its entries; where it has none, a finding."""
    entries = grouped(said.facts, "function")
    for one in functions.facts:
        place = f"section ai {key} {one['id']}"
        none = said.finding(f"A function has no entry under {key}.", "an entry", "none", place)
        for entry in entries.get(one["id"], [{}]):
            yield one["id"], entry, None if entry else none


@check(
    "ai.people-oversee",
    needs=lambda p, settings: [of_section("ai"), of_table("ai-output-sample", *_SAMPLE)],
    source=_ESF,
)
def people_oversee(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Who looks at an output, how it is overridden and how sure it is are stated; sampled outputs say what made them.

    The artefact *ai-output-sample* has a line for each sampled output: function, output, marked (yes or no: does the
    record say that a machine made it), model-version. Each function has one, and the version is one of its models'.

    Good: marked yes, version 2.3.0. Bad: no; a version that is not in the inventory; no way to override.
    """
    found = parts(ev, "ai", "functions", "oversight", "models")
    if isinstance(found, Undecided):
        yield found
        return
    functions, said, models = found
    yield Examined(what="oversight of functions", evidence=said.evidence, count=max(len(said.facts), 1))
    for name, one, missing in _paired(functions, said, "oversight"):
        if missing:
            yield missing
            continue
        wanted = ("role", "override", "uncertainty", "marking")
        yield from incomplete(said, "Oversight is not described.", one, f"section ai oversight {name}", *wanted)
    sample = table(ev, "ai-output-sample", *_SAMPLE)
    if isinstance(sample, Undecided):
        yield sample
        return
    yield Examined(what="sampled outputs", evidence=sample.evidence, count=max(len(sample.facts), 1))
    versions = {one["id"]: one["version"] for one in models.facts}
    lines = grouped(sample.facts, "function")
    for one in functions.facts:
        mine = sample._replace(facts=lines.get(one["id"], []))
        yield from _sampled(mine, one, [versions[name] for name in one.get("models", ()) if name in versions])


def _sampled(sample: Given, function: Part, versions: list[str]) -> Iterator[Finding]:
    if not sample.facts:
        place = f"ai-output-sample {function['id']}"
        yield sample.finding("No output of a function was sampled.", "one line or more", "none", place)
    for row in sample.facts:
        place = f"ai-output-sample line {row['line']}"
        if row["marked"].casefold() != "yes":
            message = "An output is not marked as made by a machine."
            yield sample.finding(message, "yes", shown(row["marked"], 20) or "nothing", place)
        if not any(same_version(row["model-version"], one) for one in versions):
            message = "An output names no version of a model that its function uses."
            yield sample.finding(message, ", ".join(versions) or "a version", shown(row["model-version"], 40), place)


@check(
    "ai.changes-are-decided",
    needs=lambda p, settings: [WHOLE, of_section("ai"), of_section("safety")],
    source=_ESF,
)
def changes_are_decided(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every model says what makes it be trained again, has a plan for changes, and each version a safety decision.

    The version in use is among the versions. Each version names the release of the product that brought it, and the
    section *safety* has a decision on clinical risk for that release (``decisions``), or a safety case report of it.

    Good: 2.3.0 came with 4.2.0, of which there is a safety case report. Bad: it came with no release; nobody decided.
    """
    models = part(ev, "ai", "models")
    if isinstance(models, Undecided):
        yield models
        return
    if not models.facts:
        yield models.undecided("the section 'ai' lists no model")
        return
    yield Examined(what="models and their versions", evidence=models.evidence, count=max(len(models.facts), 1))
    for one in models.facts:
        place = f"section ai models {one['id']}"
        wanted = ("retraining", "change-plan", "versions")
        yield from incomplete(models, "The change control of a model is not stated.", one, place, *wanted)
        if one.get("change-plan") and not_held(ev, [one["change-plan"]]):
            yield models.finding("A plan for changes is not in the pack.", "an artefact", "none", place)
        versions = one.get("versions", [])
        if versions and not any(same_version(said["version"], one["version"]) for said in versions):
            message = "The version in use is not among the versions that were brought into use."
            yield models.finding(message, shown(one["version"], 40), "not there", f"{place} versions")
        for said in versions:
            at = f"{place} {shown(said['version'], 40)}"
            yield from incomplete(models, "A version does not say when and with what it came.", said, at, "release")
    yield from _decisions(ev, models)


def _decisions(ev: EvidenceView, models: Given) -> Iterator[Statement]:
    parts_of = [part(ev, "safety", key) for key in ("decisions", "earlier-cases", "safety-case")]
    given = [one for one in parts_of if not isinstance(one, Undecided)]
    unread = [one for one in parts_of if isinstance(one, Undecided) and one.reason is Reason.PREREQUISITE]
    if unread:
        yield unread[0]
        return
    if not given:
        yield from (one for one in parts_of[:1] if isinstance(one, Undecided))
        return
    listed = [entry for one in given for entry in (one.facts if isinstance(one.facts, list) else [one.facts])]
    decided = [str(entry.get("release") or entry.get("product-version") or "") for entry in listed]
    evidence = tuple(dict.fromkeys(name for one in given for name in one.evidence))
    yield Examined(what="safety decisions", evidence=evidence, count=max(len(decided), 1))
    for one in models.facts:
        for said in one.get("versions", []):
            place = f"section ai models {one['id']} {shown(said['version'], 40)}"
            if said.get("release") and not any(same_version(known, said["release"]) for known in decided):
                message = "A version of a model came with a release on which there is no safety decision."
                yield models.finding(message, f"a decision on {shown(said['release'], 40)}", "none", place)


@check("ai.is-watched", needs=lambda p, settings: [WHOLE, of_section("ai")], source=_ESF)
def is_watched(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each function is watched for drift and errors by somebody, with thresholds; the last report is in date.

    A value beyond its threshold is no fault where the report says what was done. The report is an artefact of the pack.

    Good: calibration drift at most 0.05, found 0.02, every 31 days, last on 2026-11-02. Bad: a report of March.
    """
    found = parts(ev, "ai", "functions", "monitoring")
    if isinstance(found, Undecided):
        yield found
        return
    functions, said = found
    yield Examined(what="monitoring of functions", evidence=said.evidence, count=max(len(said.facts), 1))
    for name, one, missing in _paired(functions, said, "monitoring"):
        if missing:
            yield missing
            continue
        place = f"section ai monitoring {name}"
        wanted = ("every-days", "owner", "last-report", "report", "measures")
        yield from incomplete(said, "Monitoring is not described.", one, place, *wanted)
        yield from after(said, one, "last-report", place)
        last, every = day(one.get("last-report")), one.get("every-days")
        if last and every and (said.on - last).days > int(every):
            yield said.finding("The last report is older than it may be.", f"every {every} days", str(last), place)
        if one.get("report") and not_held(ev, [one["report"]]):
            yield said.finding("The last report is not in the pack.", "an artefact", "none", place)
        about = {measure.get("about") for measure in one.get("measures", [])}
        if one.get("measures") and not {"drift", "error"} <= about:
            message = "A function is not watched for drift and for errors."
            yield said.finding(message, "drift, error", ", ".join(sorted(filter(None, about))) or "neither", place)
        for measure in one.get("measures", []):
            yield from _measure(said, measure, f"{place} {measure['id']}")


def _measure(said: Given, one: Part, place: str) -> Iterator[Finding]:
    yield from incomplete(said, "A measure has no threshold or value.", one, place, "threshold", "good", "value")
    if one.get("threshold") and one.get("value") and one.get("good") and not one.get("action", "").strip():
        value, threshold = decimal(one["value"]), decimal(one["threshold"])
        if value > threshold if one["good"] == "at-most" else value < threshold:
            message = "A value is beyond its threshold, and nothing is said to have been done."
            yield said.finding(message, f"{one['good']} {one['threshold']}, or an action", one["value"], place)


@check(
    "ai.errors-are-incidents",
    needs=lambda p, settings: [WHOLE, of_section("ai"), of_table(INCIDENTS, "id")],
    source="https://digital.nhs.uk/data-and-information/information-standards/governance/latest-activity/standards-and-collections/dcb0129-clinical-risk-management-its-application-in-the-manufacture-of-health-it-systems/",
)
def errors_are_incidents(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each error of an AI function is in the log of safety incidents and, for a device, in its surveillance.

    A list that is empty says that no error was found.

    Good: error E-2 is incident INC-7 there. Bad: an error that names no incident, or one that is not there.
    """
    found = parts(ev, "ai", "errors", "functions")
    if isinstance(found, Undecided):
        yield found
        return
    errors, functions = found
    product = root(ev, "product")
    device = not isinstance(product, Undecided) and product.facts.get("device") == "yes"
    yield Examined(what="errors of AI functions", evidence=errors.evidence, count=max(len(errors.facts), 1))
    wanted = ("on", "incident", "surveillance") if device else ("on", "incident")
    known = {one["id"] for one in functions.facts}
    for one in errors.facts:
        place = f"section ai errors {one['id']}"
        yield from incomplete(errors, "An error is not linked to where it is looked into.", one, place, *wanted)
        yield from after(errors, one, "on", place)
        if one["function"] not in known:
            yield errors.finding("An error is of a function that is not listed.", "a function", "none", place)
    named = [one for one in errors.facts if one.get("incident")]
    incidents = table(ev, INCIDENTS, "id")
    if isinstance(incidents, Undecided):
        if named:
            yield incidents
        return
    there = {str(one.get("id", "")).casefold() for one in incidents.facts}
    for one in named:
        if one["incident"].casefold() not in there:
            message = "An error names an incident that the log of safety incidents does not have."
            yield errors.finding(
                message, "an incident there", shown(one["incident"], 40), f"section ai errors {one['id']}"
            )


@check(
    "ai.failure-is-tried",
    needs=lambda p, settings: [WHOLE, of_section("ai")],
    source="docs/policy.md#work-goes-on-without-the-model",
)
def failure_is_tried(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """What happens when a model is not there is defined, has a hazard, and was tried with the version that is offered.

    Good: tried with 4.2.0 and passed. Bad: nobody tried; it failed; it was tried with 3.9.
    """
    found = parts(ev, "ai", "functions", "failure")
    if isinstance(found, Undecided):
        yield found
        return
    product = root(ev, "product")
    if isinstance(product, Undecided):
        yield product
        return
    functions, said = found
    yield Examined(what="behaviour without the model", evidence=said.evidence, count=max(len(said.facts), 1))
    for name, one, missing in _paired(functions, said, "failure"):
        if missing:
            yield missing
            continue
        place = f"section ai failure {name}"
        wanted = ("behaviour", "hazard", "tested", "product-version", "result")
        yield from incomplete(said, "What happens without the model is not shown.", one, place, *wanted)
        yield from after(said, one, "tested", place)
        if one.get("result") == "failed":
            yield said.finding("Work did not go on without the model.", "passed", "failed", place)
        if one.get("product-version") and not same_version(one["product-version"], product.facts["version"]):
            message = "It was tried with another version than the one that is offered."
            yield said.finding(message, product.facts["version"], shown(one["product-version"], 40), place)
