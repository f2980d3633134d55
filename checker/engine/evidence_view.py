"""The evidence as one check sees it, and what is missing from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from checker.engine.gather import empty_record
from checker.engine.plan import Plan, bound
from checker.engine.scan_results import ScanResults
from checker.model.evidence import HTTP_EXCHANGE, Evidence
from checker.model.exchange import HttpExchange
from checker.model.need import Every, Need, ScanNeed
from checker.model.record import Record, Shortfall
from checker.model.requirement import Settings
from checker.model.supplier import Supplier
from checker.model.terms import Reason
from checker.model.view import Exchange, RecordView, ScanView

_OF_AN_IDENTITY = "token"
"""The interaction that fetches a token: for an identity, and so in no probe's record."""


class JudgingView:
    """Read-only evidence. Implements :class:`checker.model.view.EvidenceView`."""

    def __init__(
        self,
        *,
        supplier: Supplier,
        settings: Settings,
        plan: Plan,
        records: Mapping[str, Record],
        evidence: Mapping[str, Evidence],
        ledger: Iterable[str],
        blob: Callable[[str], bytes | None],
        scans: ScanResults,
        as_of: datetime,
    ) -> None:
        self._scans = scans
        self._supplier = supplier
        self._settings = settings
        self._as_of = as_of
        self._plan = plan
        self._records = records
        self._evidence = evidence
        self._ledger = tuple(ledger)
        self._blob = blob
        self._exchanges: tuple[Exchange, ...] | None = None

    @property
    def supplier(self) -> Supplier:
        """The supplier as recorded."""
        return self._supplier

    @property
    def settings(self) -> Settings:
        """Settings of the profile that judges."""
        return self._settings

    @property
    def as_of(self) -> datetime:
        """The time for which is judged."""
        return self._as_of

    def record(self, need: Need) -> RecordView:
        """The record of a need, or an empty one that says why."""
        return RecordView(self._records.get(need.key) or self._absent(need), self._evidence.get, self._blob)

    def _absent(self, need: Need) -> Record:
        why = self._plan.left_out.get(need.key)
        return empty_record(need, why or Shortfall(reason=Reason.NO_DATA, message="this was never gathered"))

    def children(self, view: RecordView, probe: str) -> tuple[RecordView, ...]:
        """The records of that probe to which ``view`` fanned out."""
        found = (self._records.get(key) for key in view.record.closure)
        return tuple(RecordView(r, self._evidence.get, self._blob) for r in found if r is not None and r.probe == probe)

    def every(self, every: Every) -> tuple[Exchange, ...]:
        """The exchanges with a response that the selector takes, in order of capture."""
        return tuple(e for e in self._all() if e.response is not None and self._takes(every, e))

    def scan(self, need: ScanNeed) -> ScanView:
        """The merged state of a scan, or none and why. Raises ``CheckerFault`` if the scan itself broke."""
        need = bound(need, self._scans.registry, self._supplier)
        left_out = self._plan.left_out.get(need.key)
        if left_out is not None:
            return ScanView(shortfalls=(left_out,))
        state, evidence = self._scans.merged(need)
        return ScanView(state=state, evidence=evidence, shortfalls=tuple(self._scans.shortfalls(need)))

    def failed(self, every: Every) -> tuple[Exchange, ...]:
        """The exchanges that the selector would take and that brought no response, then or later.

        A mutant that could not be made (an opaque token has no claim to alter) was never sent, so
        no answer to it is missing. Nor is one to what was asked before a resume and is in no record that holds now:
        the pages of a search have other addresses when the search is made again.
        """
        answered = {(e.http.scope, e.request.key) for e in self._all() if e.response is not None}
        named = {item.evidence for record in self._records.values() for item in record.items}
        return tuple(
            e
            for e in self._all()
            if e.failure is not None
            and e.failure.reason is not Reason.PREREQUISITE
            and self._takes(every, e)
            and (e.response is not None or (e.http.scope, e.request.key) not in answered)
            and (e.id in named or e.http.interaction == _OF_AN_IDENTITY)
        )

    def _all(self) -> tuple[Exchange, ...]:
        if self._exchanges is None:
            found = (self._evidence.get(name) for name in self._ledger)
            self._exchanges = tuple(Exchange(e, self._blob) for e in found if e is not None and e.kind == HTTP_EXCHANGE)
        return self._exchanges

    def _takes(self, every: Every, exchange: Exchange) -> bool:
        selector = every.selector
        http: HttpExchange = exchange.http
        return (
            (not selector.interactions or http.interaction in selector.interactions)
            and (not selector.intents or http.intent in selector.intents)
            and (not selector.views or http.view in selector.views)
            and (not selector.identities or http.request.identity in selector.identities)
            and (exchange.response is None or selector.selects_status(exchange.status))
        )

    # What is missing -------------------------------------------------------------------------

    def shortfalls(self, need: Need) -> tuple[Shortfall, ...]:
        """All that is missing from the record of a need and from what it rests on or led to."""
        return tuple(dict.fromkeys(self._missing(need.key, set(), self.record(need).record)))

    def faults(self, need: Need) -> tuple[str, ...]:
        """What broke in the probes behind a need."""
        found: list[str] = []
        seen: set[str] = set()
        queue = [need.key]
        while queue:
            key = queue.pop()
            record = self._records.get(key)
            if key in seen or record is None:
                continue
            seen.add(key)
            if record.fault:
                found.append(f"probe {record.probe}: {record.fault}")
            queue += record.closure
        return tuple(found)

    def _missing(self, key: str, seen: set[str], record: Record | None) -> Iterable[Shortfall]:
        if key in seen:
            return
        seen.add(key)
        if record is None:
            yield Shortfall(reason=Reason.NO_DATA, message=f"the record {key} is not in the recording")
            return
        yield from record.shortfalls
        for item in record.items:
            yield from self._missing_evidence(item.evidence)
        for other in record.closure:
            yield from self._missing(other, seen, self._records.get(other))

    def _missing_evidence(self, name: str) -> Iterable[Shortfall]:
        evidence = self._evidence.get(name)
        if evidence is None:
            yield Shortfall(reason=Reason.NO_DATA, message=f"evidence {name} is missing from the recording")
            return
        for sha in evidence.blobs:
            if self._blob(sha) is None:
                yield Shortfall(reason=Reason.NO_DATA, message=f"the body of evidence {name} is missing")

    def missing_from_ledger(self) -> tuple[Shortfall, ...]:
        """Every sealed piece of evidence that is not there: what forbids a passive pass."""
        return tuple(shortfall for name in self._ledger for shortfall in self._missing_evidence(name))

    def evidence_of(self, name: str) -> Evidence | None:
        """One piece of evidence by id."""
        return self._evidence.get(name)
