"""The audit log of the supplier: are the requests that this run made in it?"""

from __future__ import annotations

from checker.model.asked import OfType, Sample
from checker.model.need import Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason, Safety


@probe(
    "audit.log",
    "1",
    params=OfType,
    uses=lambda p: (
        Need(probe="fhir.search", params=OfType(type=p.type)),
        Need(probe="fhir.sample", params=Sample(type=p.type)),
    ),
    budget=lambda p: Budget(artefacts=1),
    safety=Safety.S0,
)
async def audit_log(s: Session, p: OfType) -> None:
    """Search and read, then look for the X-Request-ID of each answered request in the audit log."""
    search = await s.need(Need(probe="fhir.search", params=OfType(type=p.type)))
    sample = await s.need(Need(probe="fhir.sample", params=Sample(type=p.type)))
    exchanges = list(search.exchanges("search"))
    for read in await s.children(sample, "fhir.read"):
        exchanges += read.exchanges("read")
    wanted = tuple(sorted({e.http.request_id for e in exchanges if e.ok and e.http.request_id}))
    if not wanted:
        s.short(Reason.NO_DATA, f"no search or read of {p.type} was answered, so there is nothing to look for")
        return
    await s.artefacts("audit-log", "log", "request-ids", wanted)
