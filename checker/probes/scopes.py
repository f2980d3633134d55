"""Probes of who may see whose records: everything is asked by whom it belongs to, and by somebody else.

Two identities with a patient each (``patient`` in the supplier file) are needed, in a test system with synthetic
patients. Control and mutant differ in who asks, and in nothing else. They read only. Source: OWASP API Security Top 10
(2023) API1; http://hl7.org/fhir/R4/security.html.
"""

from __future__ import annotations

from typing import Any

import msgspec

from checker.fhir import bundle
from checker.fhir import statement as stated
from checker.fhir.statement import searchable
from checker.model.asked import READ_ONLY, RECORD_TYPES, OfType, Pairwise
from checker.model.exchange import Request, joined
from checker.model.need import Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason, Safety
from checker.model.value import NoParams
from checker.probes.bench import RESOURCE, Bench
from checker.probes.fhir import absent_id, get

_METADATA = Need(probe="fhir.capabilities", params=NoParams())
MOST_TYPES = 3
"""So many types of records besides Patient are tried."""
MOST_JOINS = 3
"""So many declared _revincludes of shared resources are tried."""
_FIRST = ("Observation", "DocumentReference")
_RECORDS = (*_FIRST, *(kind for kind in RECORD_TYPES if kind not in ("Patient", *_FIRST)))
"""What most patients have much of comes first."""


def _known(p: Pairwise) -> Need:
    return Need(probe="scope.known", params=p)


def _both(p: Pairwise) -> tuple[str, str]:
    return p.one, p.other


@probe(
    "scope.known",
    "1",
    params=Pairwise,
    uses=lambda p: (_METADATA,),
    budget=lambda p: Budget(requests=2 + MOST_TYPES),
    safety=Safety.S2,
    interactions=("read", "search"),
    identities=_both,
)
async def known(s: Session, p: Pairwise) -> None:
    """Each identity reads its own patient, and the second one finds a record of each of a few types."""
    mine, theirs = s.supplier.patient_of(p.one), s.supplier.patient_of(p.other)
    if not mine or not theirs or mine == theirs:
        wanted = f"the identities '{p.one}' and '{p.other}' have to name two patients (patient = \"id\")"
        s.short(Reason.PREREQUISITE, wanted)
        return
    await s.send(get(s.url(f"Patient/{mine}"), identity=p.one), "own", interaction="read")
    first = await s.send(get(s.url(f"Patient/{theirs}"), identity=p.other), "theirs", interaction="read")
    s.note("version", bundle.version_id(first.json().value) if first.ok else "")
    said = (await s.need(_METADATA)).exchange("metadata")
    searched = searchable(said.json().value) if said is not None and said.ok else ()
    found: dict[str, str] = {}
    for kind in [one for one in _RECORDS if one in searched][:MOST_TYPES]:
        url = s.url(kind, patient=f"Patient/{theirs}", _count="1")
        answer = await s.send(get(url, identity=p.other), f"records {kind}", interaction="search")
        ids = bundle.ids(answer.json().value, kind) if answer.ok else ()
        if ids:
            found[kind] = ids[0]
    s.note("records", found)


async def _records(s: Session, p: Pairwise) -> tuple[str, dict[str, str]]:
    """The patient of the other identity, and a record of each type; "" when nothing can be tried."""
    view = await s.need(_known(p))
    theirs = view.exchange("theirs")
    if theirs is None or not theirs.ok:
        s.short(Reason.PREREQUISITE, f"the identity '{p.other}' cannot read the patient that goes with it")
        return "", {}
    found = view.record.notes.get("records")
    return s.supplier.patient_of(p.other), found if isinstance(found, dict) else {}


async def _tried(s: Session, p: Pairwise, *urls: str, interaction: str) -> None:
    """Each URL by whom it belongs to (control), then by the other identity (mutant)."""
    await s.together(
        s.pair(get(url, identity=p.other), get(url, identity=p.one), differs_in="identity", interaction=interaction)
        for url in urls
    )


@probe(
    "scope.reads",
    "1",
    params=Pairwise,
    uses=lambda p: (_known(p),),
    budget=lambda p: Budget(requests=2 + 2 * MOST_TYPES),
    safety=Safety.S2,
    interactions=("read",),
    identities=_both,
)
async def reads(s: Session, p: Pairwise) -> None:
    """Read the other one's patient, and a record of each type, by their ids."""
    theirs, found = await _records(s, p)
    if theirs:
        urls = [s.url(f"Patient/{theirs}"), *(s.url(f"{kind}/{id}") for kind, id in found.items())]
        await _tried(s, p, *urls, interaction="read")


@probe(
    "scope.searches",
    "1",
    params=Pairwise,
    uses=lambda p: (_known(p),),
    budget=lambda p: Budget(requests=4 + 8 * MOST_TYPES),
    safety=Safety.S2,
    interactions=("search",),
    identities=_both,
)
async def searches(s: Session, p: Pairwise) -> None:
    """Search for the other one's patient and records: by id, by patient, by count, in the compartment, and for all."""
    theirs, found = await _records(s, p)
    if not theirs:
        return
    whose = f"Patient/{theirs}"
    urls = [s.url("Patient", _id=theirs), s.url("Patient", _count="50")]
    for kind in found:
        urls.append(s.url(kind, patient=whose, _count="5"))
        urls.append(s.url(kind, patient=whose, _summary="count"))
        urls.append(s.url(f"{whose}/{kind}", _count="5"))
        urls.append(s.url(kind, _count="100"))
    await _tried(s, p, *urls, interaction="search")


@probe(
    "scope.joins",
    "1",
    params=Pairwise,
    uses=lambda p: (_known(p), _METADATA),
    budget=lambda p: Budget(requests=2 * (MOST_JOINS + 2 * MOST_TYPES + 1)),
    safety=Safety.S2,
    interactions=("search",),
    identities=_both,
)
async def joins(s: Session, p: Pairwise) -> None:
    """Get at the other one's records by way of others: _revinclude, _include, _has, and $everything where declared."""
    theirs, found = await _records(s, p)
    if not theirs:
        return
    said = (await s.need(_METADATA)).exchange("metadata")
    listed = tuple(stated.resources(said.json().value if said is not None and said.ok else None))
    urls = [s.url(kind, **criteria) for kind, criteria in _shared(listed)[:MOST_JOINS]]
    for kind, id in found.items():
        urls.append(s.url(kind, _id=id, _include=f"{kind}:patient"))
        urls.append(s.url("Patient", **{f"_has:{kind}:patient:_id": id}))
    patient = next((one for one in listed if one.get("type") == "Patient"), {})
    offered = patient.get("operation")
    names = [one.get("name") for one in offered if isinstance(one, dict)] if isinstance(offered, list) else []
    if "everything" in names:
        urls.append(s.url(f"Patient/{theirs}/$everything"))
    await _tried(s, p, *urls, interaction="search")


def _shared(listed: Any) -> list[tuple[str, dict[str, str]]]:
    """Searches of resources that many patients share, with the records that refer to them."""
    found = []
    for one in listed:
        kind, back = one.get("type"), one.get("searchRevInclude")
        if not isinstance(kind, str) or not kind.isalpha() or kind in RECORD_TYPES or not isinstance(back, list):
            continue
        for name in [each for each in back if isinstance(each, str) and each.split(":")[0] in RECORD_TYPES][:2]:
            found.append((kind, {"_count": "20", "_revinclude": name}))
    return found


@probe(
    "scope.versions",
    "1",
    params=Pairwise,
    uses=lambda p: (_known(p),),
    budget=lambda p: Budget(requests=6),
    safety=Safety.S2,
    interactions=("vread", "history"),
    identities=_both,
)
async def versions(s: Session, p: Pairwise) -> None:
    """A version of the other one's patient, its history, and the history of all patients."""
    theirs, _ = await _records(s, p)
    if not theirs:
        return
    version = (await s.need(_known(p))).record.notes.get("version")
    if isinstance(version, str) and version:
        await _tried(s, p, s.url(f"Patient/{theirs}/_history/{version}"), interaction="vread")
    both = s.url(f"Patient/{theirs}/_history"), s.url("Patient/_history", _count="100")
    await _tried(s, p, *both, interaction="history")


@probe(
    "scope.batch",
    "1",
    params=Pairwise,
    uses=lambda p: (_known(p),),
    budget=lambda p: Budget(requests=2),
    safety=Safety.S2,
    interactions=("batch",),
    identities=_both,
)
async def batch(s: Session, p: Pairwise) -> None:
    """One batch of reads of the other one's patient and records."""
    theirs, found = await _records(s, p)
    if not theirs:
        return
    urls = [f"Patient/{theirs}", f"Patient?_id={theirs}", *(f"{kind}/{id}" for kind, id in found.items())]
    entries = [{"request": {"method": "GET", "url": url}} for url in urls]
    body = msgspec.json.encode({"resourceType": "Bundle", "type": "batch", "entry": entries})
    accept = (*RESOURCE, ("Accept", "application/fhir+json"))
    control = Request(url=s.supplier.base_url, method="POST", headers=accept, body=body, identity=p.other)
    mutant = msgspec.structs.replace(control, identity=p.one)
    await s.pair(control, mutant, differs_in="identity", interaction="batch")


@probe(
    "scope.pages",
    "1",
    params=Pairwise,
    uses=lambda p: (_known(p),),
    budget=lambda p: Budget(requests=3 * MOST_TYPES),
    safety=Safety.S2,
    interactions=("search", "page"),
    identities=_both,
)
async def pages(s: Session, p: Pairwise) -> None:
    """The second page of the other one's search, by the link that it was given."""
    theirs, found = await _records(s, p)
    for kind in found:
        url = s.url(kind, patient=f"Patient/{theirs}", _count="1")
        first = await s.send(get(url, identity=p.other), f"first {kind}", interaction="search")
        following = bundle.link(first.json().value, "next") if first.ok else ""
        if following:
            await _tried(s, p, joined(first.request.url, following), interaction="page")
            return
    if theirs:
        s.short(Reason.NO_DATA, f"no search by '{p.other}' for its own patient has a second page")


@probe(
    "scope.alike",
    "1",
    params=Pairwise,
    uses=lambda p: (_known(p),),
    budget=lambda p: Budget(requests=2),
    safety=Safety.S2,
    interactions=("read",),
    identities=_both,
)
async def alike(s: Session, p: Pairwise) -> None:
    """By the first identity: a patient who does not exist, and the other one's."""
    theirs, _ = await _records(s, p)
    if theirs:
        control = get(s.url(f"Patient/{absent_id(theirs)}"), identity=p.one)
        mutant = get(s.url(f"Patient/{theirs}"), identity=p.one)
        await s.pair(control, mutant, differs_in="url", interaction="read")


@probe(
    "scope.write",
    "1",
    params=OfType,
    budget=lambda p: Budget(requests=14),
    safety=Safety.S3,
    interactions=("write-create",),
    identities=lambda p: ("default", READ_ONLY),
)
async def write(s: Session, p: OfType) -> None:
    """A patient is created by the default identity (control), then by one that may only read. Both are removed."""
    async with Bench(s) as bench:
        await bench.created_by_both("scope", READ_ONLY)
    url = s.url("Patient", _count="1")
    await s.send(get(url, identity=READ_ONLY), "reads", interaction="search")
