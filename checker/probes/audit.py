"""The audit log of the supplier: are the requests that this run made in it?"""

from __future__ import annotations

from checker.fhir import bundle
from checker.model.asked import OfType, Paging, Sample
from checker.model.need import AtMost, Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason
from checker.model.view import RecordView
from checker.probes.fhir import read_need, version_of, vread_of


@probe(
    "audit.log",
    "1",
    params=OfType,
    uses=lambda p: (
        Need(probe="fhir.search", params=OfType(type=p.type)),
        Need(probe="fhir.sample", params=Sample(type=p.type)),
        Need(probe="fhir.pages", params=Paging(type=p.type)),
        AtMost(need=read_need(p.type), times=1),
    ),
    budget=lambda p: Budget(requests=1, artefacts=1),
    interactions=("vread",),
    alone=True,
)
async def audit_log(s: Session, p: OfType) -> None:
    """Search, page, read, and vread where the server has it; then look for each X-Request-ID in the log."""
    search = await s.need(Need(probe="fhir.search", params=OfType(type=p.type)))
    sample = await s.need(Need(probe="fhir.sample", params=Sample(type=p.type)))
    pages = await s.need(Need(probe="fhir.pages", params=Paging(type=p.type)))
    exchanges = [*search.exchanges("search"), *pages.exchanges("page")]
    for read in await s.children(sample, "fhir.read"):
        exchanges += read.exchanges("read")
    for id in bundle.ids(search_body(search), p.type)[:1]:
        version = await version_of(s, p.type, id)
        if version:
            exchanges.append(await s.send(vread_of(s, p.type, id, version), "vread", interaction="vread"))
    wanted = tuple(sorted({e.http.request_id for e in exchanges if e.ok and e.http.request_id}))
    if not wanted:
        s.short(Reason.NO_DATA, f"no search or read of {p.type} was answered, so there is nothing to look for")
        return
    await s.artefacts("audit-log", "log", "request-ids", wanted)


@probe(
    "audit.events",
    "1",
    params=OfType,
    uses=lambda p: (Need(probe="audit.log", params=p, optional=True),),
    budget=lambda p: Budget(artefacts=1),
    alone=True,
)
async def audit_events(s: Session, p: OfType) -> None:
    """Read the AuditEvents of the log, after the requests of this run were made."""
    if s.supplier.base_url:
        await s.need(Need(probe="audit.log", params=p, optional=True))
    await s.artefacts("audit-log", "log", "audit-events")


@probe(
    "audit.trail",
    "1",
    params=OfType,
    uses=lambda p: (
        Need(probe="audit.log", params=p, optional=True),
        Need(probe="fhir.search", params=OfType(type=p.type), optional=True),
    ),
    budget=lambda p: Budget(artefacts=1),
    alone=True,
)
async def audit_trail(s: Session, p: OfType) -> None:
    """Read what the AuditEvents of the log say of single requests, after those of this run were made."""
    since = ""
    if s.supplier.base_url:
        made = await s.need(Need(probe="audit.log", params=p, optional=True))
        times = [exchange.at for exchange in made.exchanges("vread")]
        search = (await s.need(Need(probe="fhir.search", params=p))).exchange("search")
        times += [search.at] if search is not None else []
        since = min(times).isoformat() if times else ""
    await s.artefacts("audit-log", "log", "audit-trail", (since,) if since else ())


def search_body(found: RecordView) -> object:
    """The parsed answer to a search; None if there is none."""
    exchange = found.exchange("search")
    return exchange.json().value if exchange is not None and exchange.ok else None
