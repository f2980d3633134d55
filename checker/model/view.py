"""Evidence as checks and probes read it: records, exchanges with bodies, all of it read-only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec

from checker.model.evidence import Evidence, Payload
from checker.model.exchange import Failure, HttpExchange, Request, Response
from checker.model.json_depth import MAX_DEPTH, nests_too_deep
from checker.model.need import Every, Need, ScanNeed
from checker.model.record import Record, Shortfall
from checker.model.requirement import Settings
from checker.model.supplier import Supplier
from checker.model.terms import Reason
from checker.model.value import Value
from checker.model.verdict import Undecided


class Body(Value, frozen=True, kw_only=True):
    """A parsed JSON body, or the ``problem`` with it in a few words."""

    value: Any = None
    problem: str = ""

    def __hash__(self) -> int:
        """By the problem only: a parsed value may be a dict."""
        return hash(self.problem)

    @property
    def resource_type(self) -> str:
        """``resourceType`` if the body is a JSON object that has one, else ""."""
        found = self.value.get("resourceType") if isinstance(self.value, dict) else None
        return found if isinstance(found, str) else ""


class Exchange:
    """An HTTP exchange with its evidence id and a way to its body."""

    def __init__(self, evidence: Evidence, blob: Callable[[str], bytes | None]) -> None:
        payload = evidence.read()
        if not isinstance(payload, HttpExchange):
            raise TypeError(f"evidence {evidence.id} is {evidence.kind}, not an HTTP exchange")
        self.evidence = evidence
        self.http: HttpExchange = payload
        self._blob = blob
        self._body: Body | None = None

    @property
    def id(self) -> str:
        """The evidence id."""
        return self.evidence.id

    @property
    def at(self) -> datetime:
        """When the answer was complete (UTC)."""
        return self.evidence.captured_at

    @property
    def request(self) -> Request:
        """What was asked."""
        return self.http.request

    @property
    def response(self) -> Response | None:
        """What came back, if anything did."""
        return self.http.response

    @property
    def failure(self) -> Failure | None:
        """Why nothing usable came back."""
        return self.http.failure

    @property
    def status(self) -> int:
        """HTTP status; 0 when there is no response."""
        return self.http.response.status if self.http.response else 0

    @property
    def alert(self) -> str:
        """The TLS alert that was all the answer, in words; "" where there was another one, or none."""
        alone = self.http.connection if self.http.response is None and self.http.failure is None else None
        return alone.alert if alone is not None else ""

    @property
    def ok(self) -> bool:
        """A complete 2xx answer?"""
        return self.failure is None and 200 <= self.status < 300

    def header(self, name: str) -> str | None:
        """First value of that response header."""
        return self.http.response.header(name) if self.http.response else None

    @property
    def lost(self) -> bool:
        """Did a body come back that cannot be looked at: withheld, cut, or missing here?"""
        response = self.http.response
        if response is None:
            return False
        missing = bool(response.body) and self._blob(response.body) is None
        return missing or response.wire.truncated or self.evidence.withheld is not None

    @property
    def body_bytes(self) -> bytes | None:
        """The stored body; None when there is none, it was withheld, or it is missing."""
        if self.http.response is None or not self.http.response.body:
            return None
        return self._blob(self.http.response.body)

    def json(self) -> Body:
        """The body as JSON, parsed once. Never raises: a problem is named in the result."""
        if self._body is None:
            self._body = self._parse()
        return self._body

    def _parse(self) -> Body:
        if self.http.response is None:
            return Body(problem="no response")
        if self.http.response.wire.truncated:
            return Body(problem="the body was cut at the size limit")
        if self.evidence.withheld is not None:
            return Body(problem=f"the body was not stored ({self.evidence.withheld})")
        data = self.body_bytes
        if data is None and self.http.response.body:
            return Body(problem="the body is missing from the recording")
        if not data:
            return Body(problem="the body is empty")
        return parse_json(data)


def parse_json(data: bytes) -> Body:
    """Strictly parse UTF-8 JSON: no duplicate check, depth capped, never raises."""
    if data.startswith(b"\xef\xbb\xbf"):
        return Body(problem="the body starts with a byte order mark, which FHIR JSON does not allow")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return Body(problem=f"not valid UTF-8 at byte {error.start}")
    try:
        value = msgspec.json.decode(data)
    except RecursionError:
        return Body(problem=f"nested deeper than {MAX_DEPTH} levels")
    except (msgspec.MsgspecError, ValueError) as error:
        start = data.lstrip()[:1]
        kind = "HTML or XML" if start == b"<" else "not JSON"
        return Body(problem=f"{kind}: {error}")
    if nests_too_deep(data):  # only text that is known to be JSON can be measured
        return Body(problem=f"nested deeper than {MAX_DEPTH} levels")
    return Body(value=value)


class RecordView:
    """A record with its evidence at hand."""

    def __init__(
        self, record: Record, find: Callable[[str], Evidence | None], blob: Callable[[str], bytes | None]
    ) -> None:
        self.record = record
        self._find = find
        self._blob = blob

    @property
    def key(self) -> str:
        """The record's key."""
        return self.record.key

    @property
    def complete(self) -> bool:
        """Is nothing missing from it? (The engine also checks this for you.)"""
        return self.record.complete and not self.missing

    @property
    def missing(self) -> tuple[str, ...]:
        """Ids of evidence that the record names and that is not there."""
        return tuple(item.evidence for item in self.record.items if self._find(item.evidence) is None)

    def evidence(self, role: str | None = None) -> tuple[Evidence, ...]:
        """The evidence in that role (all roles when None), in order."""
        found = (self._find(i.evidence) for i in self.record.items if role is None or i.role == role)
        return tuple(e for e in found if e is not None)

    def exchanges(self, role: str) -> tuple[Exchange, ...]:
        """The HTTP exchanges in that role, in order; failures included."""
        return tuple(Exchange(e, self._blob) for e in self.evidence(role) if e.kind == "http-exchange")

    def exchange(self, role: str) -> Exchange | None:
        """The last exchange in that role, or None."""
        found = self.exchanges(role)
        return found[-1] if found else None

    def pairs(self) -> tuple[tuple[Exchange, Exchange], ...]:
        """Control and mutant as they were sent; a pair of which one is missing is left out."""
        items = [item for item in self.record.items if item.role in ("control", "mutant")]
        found = []
        for one, other in zip(items[::2], items[1::2], strict=False):
            control, mutant = self._find(one.evidence), self._find(other.evidence)
            if control is not None and mutant is not None and (one.role, other.role) == ("control", "mutant"):
                found.append((Exchange(control, self._blob), Exchange(mutant, self._blob)))
        return tuple(found)

    def payload(self, role: str) -> Payload | None:
        """The typed payload of the last evidence in that role, or None."""
        found = self.evidence(role)
        return found[-1].read() if found else None

    def undecided(self, what: str) -> Undecided:
        """An ``Undecided`` that says why ``what`` is not in this record."""
        if self.record.shortfalls:
            first = self.record.shortfalls[0]
            return Undecided(reason=first.reason, message=f"{what}: {first.message}")
        return Undecided(reason=Reason.NO_DATA, message=f"{what} is not in the recording")


@dataclass(frozen=True, kw_only=True)
class ScanView:
    """What a scan came to over one source."""

    state: Any = None
    """The merged state, as the scan's ``load`` gives it; None when there is none."""
    evidence: tuple[str, ...] = ()
    """Ids of the sealed states."""
    shortfalls: tuple[Shortfall, ...] = ()
    """What is missing from it. (The engine also checks this for you.)"""

    def undecided(self, what: str) -> Undecided:
        """An ``Undecided`` that says why nothing follows from this scan."""
        reason, why = Reason.NO_DATA, "it was not scanned"
        if self.shortfalls:
            reason, why = self.shortfalls[0].reason, self.shortfalls[0].message
        return Undecided(reason=reason, message=f"{what}: {why}", evidence=self.evidence)


class EvidenceView(Protocol):
    """All that a check may look at."""

    @property
    def supplier(self) -> Supplier:
        """The supplier as recorded."""

    @property
    def settings(self) -> Settings:
        """Settings of the profile that judges."""

    @property
    def as_of(self) -> datetime:
        """The time for which is judged (``--as-of``), with its zone: by default the end of the collection."""

    def record(self, need: Need) -> RecordView:
        """The record of a need. For one that was never gathered: an empty, incomplete record."""

    def children(self, view: RecordView, probe: str) -> tuple[RecordView, ...]:
        """The records of that probe which ``view`` fanned out to, in order."""

    def every(self, every: Every) -> tuple[Exchange, ...]:
        """The exchanges that the selector takes, in order of capture; failures left out."""

    def scan(self, need: ScanNeed) -> ScanView:
        """What a scan came to. For one that was never run: no state, and why."""
