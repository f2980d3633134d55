"""An export is whole when it holds as many records as the interface counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import ClassVar

from checker.checks.bodies import resource_of
from checker.checks.tallied import Tallied, TalliedScan
from checker.model.asked import RECORD_TYPES, Counted
from checker.model.need import Need, ScanNeed
from checker.model.registry import check
from checker.model.scan import Keyed, Look, Seen
from checker.model.terms import Reason
from checker.model.value import Params
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange, RecordView

_NOT_OFFERED = frozenset({400, 404, 405, 422, 501})
"""How a server says that it does not count, or not without parameters: it may."""


class ExportCountsParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``types``: the resource types that are counted."""

    types: tuple[str, ...] = RECORD_TYPES


class ExportCounts(TalliedScan[ExportCountsParams], Keyed[ExportCountsParams, Tallied]):
    """How many resources of each type there are: the same type and id, also in two versions, is one.

    Good: an export with resources in it. Bad: an empty one, of which nothing follows.
    """

    id: ClassVar[str] = "export.counts"
    params_type: ClassVar[type[Params]] = ExportCountsParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "docs/policy.md#an-export-is-whole"

    def looking(self, params: ExportCountsParams) -> tuple[Look, ...]:
        """The types that are counted."""
        return (Look(types=params.types),) if params.types else ()

    def emit(self, seen: Seen, params: ExportCountsParams) -> Iterable[tuple[bytes, bytes]]:
        """A resource under its type and id; one without an id stands for itself."""
        kind = seen.about.resource_type
        who = seen.about.resource_id or f"@{seen.where}#{seen.pointer}"
        return ((f"{kind}/{who}".encode(), kind.encode()),)

    def reduce(self, state: Tallied, values: Iterator[bytes], params: ExportCountsParams) -> Tallied:
        """One resource, however often it came."""
        state.count(next(values).decode())
        state.count()
        return state

    def reduces(self, state: Tallied, groups: Iterable[list[bytes]], params: ExportCountsParams) -> Tallied:
        """The same for many."""
        for kind, count in Counter([values[0] for values in groups]).items():
            state.count(kind.decode(), count)
            state.count(by=count)
        return state

    def finish(self, state: Tallied, params: ExportCountsParams) -> Iterator[Statement]:
        """How many there are in all."""
        if state.examined:
            yield Examined(what="resources were counted", count=state.examined)


EXPORT_COUNTS = ExportCounts()


def _counts(p: Counted) -> Need:
    return Need(probe="fhir.counts", params=p)


def _export(p: Counted) -> ScanNeed:
    return ScanNeed(scan=EXPORT_COUNTS.id, params=ExportCountsParams(types=p.types))


@check(
    "export.holds-what-the-api-counts",
    params=Counted,
    needs=lambda p, settings: [_counts(p), _export(p)],
    source="docs/policy.md#an-export-is-whole",
)
def holds_what_the_api_counts(ev: EvidenceView, p: Counted) -> Iterator[Statement]:
    """The export holds as many resources of each type as the interface counts.

    Each type that the server says it searches is counted by ``_summary=count``, twice: a count
    that changes meanwhile decides nothing, so nobody may write between the export and the run. A
    type of which the server gives no total is left undecided. An export that holds more than the
    interface shows loses nothing: that is left undecided too, since this client may not be
    allowed to see all. Types that nobody has any of prove nothing.

    Good: ``GET Observation?_summary=count`` answers with total 14, and 14 are in the export.
    Bad: 13 are.
    """
    scan, view = ev.scan(_export(p)), ev.record(_counts(p))
    if not isinstance(scan.state, Tallied) or not scan.state.examined:
        yield (
            scan.undecided("the export")
            if scan.shortfalls
            else Undecided(
                reason=Reason.NO_DATA, message="the export holds no resource of these types", evidence=scan.evidence
            )
        )
        return
    types = view.record.notes.get("types")
    if not types:
        yield view.undecided("which of these types the server searches, by its CapabilityStatement,")
        return
    for kind in types:
        counted = _counted(view, kind)
        if isinstance(counted, Undecided | Finding):
            yield counted
        else:
            total, evidence = counted
            held = scan.state.counts.get(kind, 0)
            yield from _compared(kind, total, held, (*evidence, *scan.evidence), whole=not scan.shortfalls)


def _counted(view: RecordView, kind: str) -> tuple[int, tuple[str, ...]] | Finding | Undecided:
    """The total of a type, the same before and after, with its evidence; or why there is none."""
    totals: list[int] = []
    exchanges: list[Exchange] = []
    for when in ("before", "after"):
        exchange = view.exchange(f"{when} {kind}")
        if exchange is None:
            return view.undecided(f"the count of {kind}")
        found = _total(exchange, kind)
        if not isinstance(found, int):
            return found
        totals.append(found)
        exchanges.append(exchange)
    evidence = tuple(exchange.id for exchange in exchanges)
    if totals[0] != totals[1]:
        message = (
            f"the number of {kind} changed during the run, from {totals[0]} to {totals[1]}: stop writing meanwhile"
        )
        return Undecided(reason=Reason.PREREQUISITE, message=message, evidence=evidence)
    return totals[0], evidence


def _total(exchange: Exchange, kind: str) -> int | Finding | Undecided:
    if exchange.status in _NOT_OFFERED:
        message = f"a count of all {kind} is not offered here ({exchange.status}), which FHIR allows"
        return Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
    counted = resource_of(exchange, "Bundle", f"the count of {kind}")
    if isinstance(counted, Finding):
        # That the answer is wrong is for other requirements to say; here it gives no number.
        return Undecided(reason=Reason.PREREQUISITE, message=counted.message, evidence=counted.evidence)
    if isinstance(counted, Undecided):
        return counted
    total = counted.get("total")
    if type(total) is int and total >= 0:
        return total
    return Undecided(
        reason=Reason.NO_DATA, message=f"the count of {kind} came without a total", evidence=(exchange.id,)
    )


def _compared(kind: str, total: int, held: int, evidence: tuple[str, ...], *, whole: bool) -> Iterator[Statement]:
    if held == total:
        if total:
            yield Examined(what=f"The export holds all {total} {kind}.", evidence=evidence, count=total)
    elif held > total:
        message = f"the export holds {held} {kind} and this client is shown {total}: it may not see all of them"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=evidence)
    elif not whole:
        message = f"{held} of {total} {kind} are in the part of the export that could be read"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
    else:
        yield Finding(
            message=f"The export holds {held} {kind}, and the interface counts {total}.",
            expected=f"{total} {kind} in the export",
            actual=f"{held}",
            place=kind,
            evidence=evidence,
            count=total - held,
        )
