"""The supplier's own report on NHS numbers against what is in the export: numbers met twice, records without one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from operator import itemgetter
from typing import ClassVar, Literal

import msgspec

from checker.checks.nhs_number import NHS_NUMBER_SYSTEM, is_nhs_number, number_of
from checker.checks.number_use import ISB_0149, identifiers
from checker.checks.tallied import Tallied, TalliedScan
from checker.model.evidence import Artefact
from checker.model.need import Need, ScanNeed
from checker.model.registry import check
from checker.model.scan import Keyed, Look, Seen
from checker.model.terms import Reason
from checker.model.value import NoParams, Params, canonical
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

SEVERAL: Literal["numbers-on-several-records"] = "numbers-on-several-records"
WITHOUT: Literal["records-without-number"] = "records-without-number"
_RECORDS = "records"


class ReportParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``system``: the identifier system of NHS numbers."""

    system: str = NHS_NUMBER_SYSTEM


class NumberCounts(TalliedScan[ReportParams], Keyed[ReportParams, Tallied]):
    """How many NHS numbers stand on more than one patient, and how many patients have none.

    The same logical id is one patient, also in several versions; a version with a number tells that there is one. A
    former number (``use`` old), and a patient who was merged into another (``link`` replaced-by), do not count.
    """

    id: ClassVar[str] = "nhs-number.counts"
    params_type: ClassVar[type[Params]] = ReportParams
    looks: ClassVar[tuple[Look, ...]] = (Look(types=("Patient",)),)
    source: ClassVar[str] = ISB_0149

    def emit(self, seen: Seen, params: ReportParams) -> Iterator[tuple[bytes, bytes]]:
        """A patient under their id, and under each of their numbers."""
        if not isinstance(seen.node, dict):
            return
        who = f"id {seen.resource_id}" if seen.resource_id else f"at {seen.place}"
        links = seen.node.get("link")
        merged = any(
            isinstance(one, dict) and one.get("type") == "replaced-by"
            for one in (links if isinstance(links, list) else ())
        )
        numbers = {
            number
            for _, one in identifiers(seen.node)
            if is_nhs_number(one, params.system) and one.get("use") != "old" and (number := number_of(one["value"]))
        }
        yield f"record {who}".encode(), canonical([merged, bool(numbers)])
        for number in sorted(numbers):
            yield f"number {number}".encode(), canonical([who, merged])

    def reduce(self, state: Tallied, values: Iterator[bytes], params: ReportParams) -> Tallied:
        """One patient, or one number with its patients."""
        found = [msgspec.json.decode(next(values))]
        if isinstance(found[0][0], bool):
            merged, has = found[0]
            for value in values:
                aside, has_too = msgspec.json.decode(value)
                merged, has = merged or aside, has or has_too
            if not merged:
                state.count(_RECORDS)
                state.count(WITHOUT, 0 if has else 1)
            return state
        state.count()
        own = itertools.chain(found, (msgspec.json.decode(value) for value in values))
        carriers = (all(not aside for _, aside in said) for _, said in itertools.groupby(own, key=itemgetter(0)))
        if sum(itertools.islice((1 for one in carriers if one), 2)) > 1:  # sorted: each patient stands together
            state.count(SEVERAL)
        return state

    def finish(self, state: Tallied, params: ReportParams) -> Iterator[Statement]:
        """How many patients were counted."""
        if records := state.counts.get(_RECORDS, 0):
            yield Examined(what="patients and their NHS numbers were counted", count=records)


NUMBER_COUNTS = NumberCounts()
_REPORT = Need(probe="nhs-number.report", params=NoParams())


class MeasureParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``measure``: which of the two counts is compared."""

    measure: Literal["numbers-on-several-records", "records-without-number"] = SEVERAL


def _counts() -> ScanNeed:
    return ScanNeed(scan=NUMBER_COUNTS.id, params=ReportParams())


@check("nhs-number.reported", params=MeasureParams, needs=lambda p, settings: [_REPORT, _counts()], source=ISB_0149)
def reported(ev: EvidenceView, p: MeasureParams) -> Iterator[Statement]:
    """The supplier's own report counts what the export holds.

    The report is an artefact of kind ``nhs-number-report``: CSV with the header ``measure,count`` and the measures
    ``numbers-on-several-records`` and ``records-without-number``, made at the time of the export. Without a report
    nothing is decided, and what was counted is said.

    Good: ``numbers-on-several-records,2`` where two numbers stand on two patients each. Bad: 0 there.
    """
    scan = ev.scan(_counts())
    held = scan.state if isinstance(scan.state, Tallied) else None
    if held is None or not held.counts.get(_RECORDS, 0):
        message = "the export holds no patient"
        yield (
            scan.undecided("the NHS numbers of the export")
            if scan.shortfalls or held is None
            else Undecided(reason=Reason.NO_DATA, message=message, evidence=scan.evidence)
        )
        return
    counted = held.counts.get(p.measure, 0)
    records = held.counts[_RECORDS]
    view = ev.record(_REPORT)
    evidence = (*(one.id for one in view.evidence("report")), *scan.evidence)
    reports = [made for one in view.evidence("report") if isinstance(made := one.read(), Artefact)]
    said = [one.facts["counts"][p.measure] for one in reports if p.measure in one.facts.get("counts", {})]
    problems = [str(why) for one in reports for why in (*one.facts.get("unread", ()), one.facts.get("problem")) if why]
    if not said:
        why = f"the report cannot be read: {problems[0]}" if problems else "no report of the supplier's own says so"
        message = f"{counted} {p.measure.replace('-', ' ')} among {records} patients; {why} (kind nhs-number-report)"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
    elif scan.shortfalls:
        yield scan.undecided("the NHS numbers of the export")
    elif any(one != counted for one in said):
        other = next(one for one in said if one != counted)
        yield Finding(
            message=f"The supplier's report says {other} {p.measure.replace('-', ' ')}, and the export has {counted}.",
            expected=str(counted),
            actual=str(other),
            place=p.measure,
            evidence=evidence,
            count=abs(int(other) - counted),
        )
    else:
        words = f"The report and the export agree: {counted} {p.measure.replace('-', ' ')} among {records} patients."
        yield Examined(what=words, evidence=evidence, count=records)
