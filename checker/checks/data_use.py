"""What data are used for besides care: own purposes, training, releases; and the score that is stated for them."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.data_quality import Quality
from checker.checks.field_rules import DEFAULT, UNTESTED, VALID
from checker.checks.quality import QualityParams, scan_of
from checker.checks.register import REGISTER, Declared, day, declared
from checker.model.registry import check
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView


def _finding(message: str, expected: str, actual: str, place: str, found: Declared, count: int = 1) -> Finding:
    return Finding(message=message, expected=expected, actual=actual, place=place, evidence=found.evidence, count=count)


@check(
    "own-uses.are-declared",
    needs=lambda p, settings: [REGISTER],
    source="docs/policy.md#own-purposes-are-declared",
)
def own_uses_are_declared(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The supplier declares each own use of patient data with its basis, or that there is none; terms and role agree.

    A supplier that is a processor in every activity has no purposes of its own, and terms that allow more than is
    declared will be used.

    Good: none, and terms that allow none. Bad: none, and terms that allow product improvement.
    """
    found = declared(ev, "own-uses")
    if isinstance(found, Undecided):
        yield found
        return
    uses, terms = found.section.get("uses", []), found.section.get("terms-allow", [])
    yield Examined(what="own uses of patient data", evidence=found.evidence, count=len(uses) + 1)
    if (found.section.get("none") == "yes") == bool(uses):
        expected = "uses, or none: yes, and not both"
        yield _finding(
            "The declaration of own uses contradicts itself.", expected, "both or neither", "own-uses", found
        )
    purposes = {one["purpose"].casefold() for one in uses}
    if beyond := [one for one in terms if one.casefold() not in purposes]:
        message = "The terms of the contract allow own uses that are not declared."
        yield _finding(
            message, "the declared uses alone", ", ".join(beyond)[:120], "own-uses terms-allow", found, len(beyond)
        )
    ropa = declared(ev, "ropa")
    if isinstance(ropa, Undecided):
        yield ropa
    elif uses and all(one["role"] == "processor" for one in ropa.section):
        message = "A supplier that is a processor alone has uses of its own."
        yield _finding(message, "no own use, or an activity as controller", f"{len(uses)} uses", "own-uses uses", found)


@check(
    "training.is-declared",
    needs=lambda p, settings: [REGISTER],
    source="docs/policy.md#training-on-patient-data-is-declared",
)
def training_is_declared(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Where models are trained on patient data: data, basis, opt-outs, deletion and opt-in are stated; flows agree.

    A flow that is marked ``model-training`` contradicts a statement that there is no training, and training names its
    flows.

    Good: no training, and no such flow. Bad: no training, and a flow that feeds one.
    """
    found = declared(ev, "training")
    if isinstance(found, Undecided):
        yield found
        return
    flows = declared(ev, "dataflows")
    if isinstance(flows, Undecided):
        yield flows
        return
    section = found.section
    feeding = {flow["id"] for flow in flows.section if flow.get("model-training") == "yes"}
    yield Examined(what="training on patient data", evidence=found.evidence)
    if section["patient-data"] == "no":
        if feeding:
            message = "Flows feed training that is said not to be."
            yield _finding(message, "no such flow", f"{len(feeding)} flows", f"dataflows {min(feeding)}", found)
        return
    if missing := [name for name in ("data", "basis", "opt-outs", "deletion", "opt-in") if not section.get(name)]:
        message = "Training on patient data is not declared in full."
        yield _finding(message, ", ".join(missing), "missing", "training", found, len(missing))
    if differ := feeding ^ set(section.get("flows", [])):
        message = "Training and flows name different flows."
        yield _finding(message, "the same flows in both", ", ".join(sorted(differ))[:120], "training flows", found)


class ReleasesParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``most_days``: the list of releases is at most so old."""

    most_days: int = 92


@check(
    "releases.are-listed",
    params=ReleasesParams,
    needs=lambda p, settings: [REGISTER],
    source="docs/policy.md#releases-are-listed",
)
def releases_are_listed(ev: EvidenceView, p: ReleasesParams) -> Iterator[Statement]:
    """The list of releases is no older than three months, and each names recipient, purpose, data, opt-outs and basis.

    Today is the register's ``assessed-on``.

    Good: published last month. Bad: last year.
    """
    found = declared(ev, "releases")
    if isinstance(found, Undecided):
        yield found
        return
    entries, published = found.section["entries"], day(found.section["published"])
    yield Examined(what="list of releases", evidence=found.evidence, count=len(entries) + 1)
    for number, one in enumerate(entries, 1):
        if missing := [name for name in ("purpose", "data", "opt-outs", "basis") if not one.get(name)]:
            place = f"releases entry {number}"
            yield _finding(
                "A release is not listed in full.", ", ".join(missing), "missing", place, found, len(missing)
            )
    if published is None or found.on is None:
        yield found.undecided("how old the list of releases is cannot be told: a date is missing or is none")
    elif (found.on - published).days > p.most_days:
        age = f"{(found.on - published).days} days"
        yield _finding("The list of releases is old.", f"at most {p.most_days} days", age, "releases published", found)


class ScoreParams(QualityParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``tolerance_tenths``: so far the stated score may lie from the one worked out, in tenths of a per cent."""

    tolerance_tenths: int = 10


@check(
    "quality.stated-score-holds",
    params=ScoreParams,
    needs=lambda p, settings: [REGISTER, scan_of(p)],
    source="docs/policy.md#a-stated-score-can-be-worked-out",
)
def stated_score_holds(ev: EvidenceView, p: ScoreParams) -> Iterator[Statement]:
    """The score that a supplier states for its export can be worked out from it, within one point.

    The score of a field is the share of resources in which it is filled and not invalid, less defaults beyond their
    limit (the data item score of the Data Quality Maturity Index); the score of the export is their mean.

    Good: 92.3 stated, 92.8 worked out. Bad: 99.0 stated.
    """
    found = declared(ev, "data-quality")
    if isinstance(found, Undecided):
        yield found
        return
    view = ev.scan(scan_of(p))
    if not isinstance(view.state, Quality) or not view.state.examined:
        yield view.undecided("the score of the fields")
        return
    scores = [tenths for item in p.items if (tenths := _tenths(view.state, item.key, p)) is not None]
    worked_out, stated = sum(scores) // len(scores), int(found.section["score"].replace(".", ""))
    yield Examined(what="fields with a score", evidence=view.evidence, count=len(scores))
    if abs(stated - worked_out) > p.tolerance_tenths:
        shown = f"{worked_out // 10}.{worked_out % 10}"
        yield _finding("The stated score of the data is another.", shown, found.section["score"], "data-quality", found)


def _tenths(state: Quality, key: str, p: ScoreParams) -> int | None:
    counts = state.items.get(key, {})
    resources = sum(counts.values())
    if not resources:
        return None
    allowed = next((limit.default for limit in p.limits if limit.item == key), 0)
    default = counts.get(DEFAULT, 0)
    excess = max(0, default * 100 - allowed * resources)
    good = counts.get(VALID, 0) + counts.get(UNTESTED, 0) + default
    return (good * 100 - excess) * 10 // resources
