"""Probes of the FHIR RESTful API: capabilities, search, pages, read, vread.

They decide what to ask next, never whether it conforms.
Source: http://hl7.org/fhir/R4/http.html and http://hl7.org/fhir/R4/search.html.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from urllib.parse import urlencode

from checker.fhir import bundle
from checker.fhir.statement import searchable
from checker.model.asked import Counted, OfType, OneResource, Paging, Sample
from checker.model.exchange import Request, joined
from checker.model.need import ANY, AtMost, Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.view import RecordView

ACCEPT = (("Accept", "application/fhir+json"),)
AS_IT_IS = (("Cache-Control", "no-cache"),)
"""What is there now (RFC 9111 section 5.2.1.4). Some servers answer a search that is repeated within a minute by what
they found the first time, unless they are told not to."""
FIRST_VERSION = "1"
"""The version id that most servers begin with."""
UNKNOWN_ID = "no-such-id-9f6c2d"
"""An id that no server has by chance; well-formed (http://hl7.org/fhir/R4/datatypes.html#id)."""
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]{16,64}")
UNKNOWN_TYPE = "NoSuchType"
"""A resource type that no version of FHIR has."""


def get(url: str, identity: str = "default") -> Request:
    """A plain FHIR GET."""
    return Request(url=url, headers=ACCEPT, identity=identity)


def form_search(s: Session, resource_type: str, criteria: dict[str, str]) -> Request:
    """A search by POST: the criteria in a form, and not in the URL (http.html#search)."""
    form = ("Content-Type", "application/x-www-form-urlencoded")
    url, body = s.url(f"{resource_type}/_search"), urlencode(criteria).encode()
    return Request(url=url, method="POST", headers=(*ACCEPT, form), body=body)


def search_need(resource_type: str) -> Need:
    """The search that others go on from."""
    return Need(probe="fhir.search", params=OfType(type=resource_type))


def read_need(resource_type: str, id: str = ANY) -> Need:
    """The read of one resource."""
    return Need(probe="fhir.read", params=OneResource(type=resource_type, id=id))


@probe("fhir.capabilities", "1", interactions=("capabilities",))
async def capabilities(s: Session, p: NoParams) -> None:
    """GET [base]/metadata (http.html#capabilities)."""
    await s.send(get(s.url("metadata")), "metadata", interaction="capabilities")


@probe("fhir.search", "1", params=OfType, interactions=("search",))
async def search(s: Session, p: OfType) -> None:
    """GET [base]/[type]?_count=5: a few resources to go on from (http.html#search)."""
    await s.send(get(s.url(p.type, _count="5")), "search", interaction="search")


@probe("fhir.read", "1", params=OneResource, interactions=("read",))
async def read(s: Session, p: OneResource) -> None:
    """GET [base]/[type]/[id] (http.html#read)."""
    await s.send(get(s.url(f"{p.type}/{p.id}")), "read", interaction="read")


@probe(
    "fhir.sample",
    "1",
    params=Sample,
    uses=lambda p: (search_need(p.type), AtMost(need=read_need(p.type), times=p.times)),
    budget=lambda p: Budget(),
)
async def sample(s: Session, p: Sample) -> None:
    """Search, then read the first few that were found, each by its id."""
    ids = await found_ids(s, p.type)
    await s.each(read_need(p.type, one) for one in ids[: p.times])


@probe(
    "fhir.vread",
    "1",
    params=OfType,
    uses=lambda p: (search_need(p.type), AtMost(need=read_need(p.type), times=1)),
    budget=lambda p: Budget(requests=2),
    interactions=("vread",),
)
async def vread(s: Session, p: OfType) -> None:
    """Read one resource, then ask for the version that it names, and for version 1 (http.html#vread).

    Version ids are opaque: that 1 came first is a guess, and a server may have dropped it.
    """
    for id in (await found_ids(s, p.type))[:1]:
        version = await version_of(s, p.type, id)
        if not version:
            s.short(Reason.NO_DATA, f"the {p.type} that was read names no meta.versionId")
            return
        s.note("id", id)
        s.note("version", version)
        await s.send(vread_of(s, p.type, id, version), "vread", interaction="vread")
        if version != FIRST_VERSION:
            await s.send(vread_of(s, p.type, id, FIRST_VERSION), "first-version", interaction="vread")


@probe(
    "fhir.unknown-id",
    "1",
    params=OfType,
    uses=lambda p: (search_need(p.type),),
    budget=lambda p: Budget(requests=2),
    interactions=("read",),
)
async def unknown_id(s: Session, p: OfType) -> None:
    """Read a known id (control) and one that does not exist (mutant): the URL alone differs."""
    for known in (await found_ids(s, p.type))[:1]:
        control, mutant = get(s.url(f"{p.type}/{known}")), get(s.url(f"{p.type}/{absent_id(known)}"))
        await s.pair(control, mutant, differs_in="url", interaction="read")


@probe(
    "fhir.unknown-type",
    "1",
    params=OfType,
    uses=lambda p: (search_need(p.type),),
    budget=lambda p: Budget(requests=2),
    interactions=("read",),
)
async def unknown_type(s: Session, p: OfType) -> None:
    """Read a known id (control) and one of a type that FHIR does not have (mutant): the URL alone differs."""
    for known in (await found_ids(s, p.type))[:1]:
        control, mutant = get(s.url(f"{p.type}/{known}")), get(s.url(f"{UNKNOWN_TYPE}/1"))
        await s.pair(control, mutant, differs_in="url", interaction="read")


@probe("fhir.pages", "1", params=Paging, budget=lambda p: Budget(requests=p.pages), interactions=("search",))
async def pages(s: Session, p: Paging) -> None:
    """Search with a small _count and follow the next links to the end (http.html#paging).

    Stops at a link that was followed already: that the server loops is for the check to say.
    """
    url = s.url(p.type, _count=str(p.count))
    seen: set[str] = set()
    while len(seen) < p.pages:
        exchange = await s.send(get(url), "page", interaction="page" if seen else "search")
        seen.add(url)
        following = bundle.link(exchange.json().value, "next") if exchange.ok else ""
        if not following:
            return
        url = joined(exchange.request.url, following)
        if url in seen:
            s.note("loops", url)
            return
    s.note("more", url)


@probe(
    "fhir.counts",
    "1",
    params=Counted,
    uses=lambda p: (Need(probe="fhir.capabilities", params=NoParams()),),
    budget=lambda p: Budget(requests=2 * len(p.types)),
    interactions=("search",),
)
async def counts(s: Session, p: Counted) -> None:
    """GET [base]/[type]?_summary=count for each type that the server says it searches, twice.

    All types once, then all again: a count that changes meanwhile is of records in use.
    """
    stated = (await s.need(Need(probe="fhir.capabilities", params=NoParams()))).exchange("metadata")
    searched = searchable(stated.json().value) if stated is not None and stated.ok else ()
    asked = [kind for kind in p.types if kind in searched]
    s.note("types", asked)
    for when in ("before", "after"):
        await s.together(
            s.send(get(s.url(kind, _summary="count")), f"{when} {kind}", interaction="search", fresh=True)
            for kind in asked
        )


def absent_id(known: str) -> str:
    """An id that nobody has, of the form of one that is known: some servers take UUIDs or hexadecimal ids only.

    Beside an id of digits it is of another form: a number could be somebody's.
    """
    digest = hashlib.sha256(known.encode())
    if _UUID.fullmatch(known):
        return str(uuid.UUID(bytes=digest.digest()[:16], version=4))
    if _HEXADECIMAL.fullmatch(known) and not known.isdigit():
        return digest.hexdigest()[: len(known)]
    return UNKNOWN_ID


async def found_ids(s: Session, resource_type: str) -> tuple[str, ...]:
    """The ids that the search found. If there is none, the record says why."""
    found = await s.need(search_need(resource_type))
    exchange = found.exchange("search")
    ids = bundle.ids(exchange.json().value, resource_type) if exchange is not None and exchange.ok else ()
    if not ids:
        s.short(Reason.NO_DATA, _why_none(found, resource_type))
    return ids


async def version_of(s: Session, resource_type: str, id: str) -> str:
    """``meta.versionId`` of a resource, read by its id; "" if it names none."""
    (current,) = await s.each([read_need(resource_type, id)])
    exchange = current.exchange("read")
    return bundle.version_id(exchange.json().value) if exchange is not None and exchange.ok else ""


def vread_of(s: Session, resource_type: str, id: str, version: str) -> Request:
    """The request for one version of a resource."""
    return get(s.url(f"{resource_type}/{id}/_history/{version}"))


def _why_none(found: RecordView, resource_type: str) -> str:
    exchange = found.exchange("search")
    if exchange is None or exchange.response is None:
        return f"the search for {resource_type} got no answer"
    if not exchange.ok:
        return f"the search for all {resource_type} was answered with {exchange.status}"
    if exchange.json().problem:
        return f"the search for {resource_type}: {exchange.json().problem}"
    if any(resource.get("id") for _, resource in bundle.matches(exchange.json().value, resource_type)):
        return f"the ids of each {resource_type} that the search shows are not what FHIR allows for an id"
    return f"the search for {resource_type} found nothing: load at least one synthetic {resource_type}"
