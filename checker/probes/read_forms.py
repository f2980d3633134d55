"""Probes of one resource that is read in another way: HEAD, with conditions, in parts, in other letters.

Source: http://hl7.org/fhir/R4/http.html#read, #cread, #head.
"""

from __future__ import annotations

import msgspec

from checker.model.asked import ASIDE, NO_TAG, PART, OfType
from checker.model.exchange import Request
from checker.model.need import AtMost, Budget
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason
from checker.model.view import Exchange
from checker.probes.fhir import ACCEPT, found_ids, get, read_need, search_need, version_of, vread_of

NO_VERSION = "no-such-version-9f6c2d"
"""A version id that no resource has by chance; well-formed (http://hl7.org/fhir/R4/datatypes.html#id)."""
ORIGIN = "https://app.checker.invalid"
"""An origin that no server knows (RFC 2606 section 2)."""


async def _one_read(s: Session, resource_type: str) -> Exchange | None:
    """The read of the first resource that search found; None without it, and the record says why."""
    for known in (await found_ids(s, resource_type))[:1]:
        (read,) = await s.each([read_need(resource_type, known)])
        exchange = read.exchange("read")
        if exchange is not None and exchange.ok:
            return exchange
        s.short(Reason.NO_DATA, f"the {resource_type} that search had found could not be read")
    return None


@probe(
    "fhir.head",
    "1",
    params=OfType,
    uses=lambda p: (search_need(p.type), AtMost(need=read_need(p.type), times=1)),
    budget=lambda p: Budget(requests=3),
)
async def head(s: Session, p: OfType) -> None:
    """HEAD of [base]/metadata and of a resource that was read (http.html#head).

    Where the first brings an ETag, /metadata is asked for once more: a statement may say of what second it is.
    """
    asked = msgspec.structs.replace(get(s.url("metadata")), method="HEAD")
    brought = await s.send(asked, "metadata", interaction="head", view=ASIDE)
    if brought.ok and brought.header("ETag"):
        await s.send(get(s.url("metadata")), "metadata after", interaction="capabilities", view=ASIDE, fresh=True)
    read = await _one_read(s, p.type)
    if read is not None:
        await s.send(msgspec.structs.replace(read.request, method="HEAD"), "read", interaction="head", view=ASIDE)


@probe(
    "fhir.type-in-lower-case",
    "1",
    params=OfType,
    uses=lambda p: (search_need(p.type),),
    budget=lambda p: Budget(requests=2),
    interactions=("read",),
)
async def type_in_lower_case(s: Session, p: OfType) -> None:
    """Read a known id (control), and the same with the type in lower case (mutant): the URL alone differs."""
    for known in (await found_ids(s, p.type))[:1]:
        control, mutant = get(s.url(f"{p.type}/{known}")), get(s.url(f"{p.type.lower()}/{known}"))
        await s.pair(control, mutant, differs_in="url", interaction="read", view=ASIDE)


@probe(
    "fhir.conditional-read",
    "1",
    params=OfType,
    uses=lambda p: (search_need(p.type), AtMost(need=read_need(p.type), times=1)),
    budget=lambda p: Budget(requests=3),
)
async def conditional_read(s: Session, p: OfType) -> None:
    """Read again what was just read, unless it is as its ETag says, as Last-Modified says, and as a tag of nobody's."""
    read = await _one_read(s, p.type)
    if read is None:
        return
    conditions = (
        ("same-tag", "If-None-Match", read.header("ETag")),
        ("other-tag", "If-None-Match", NO_TAG),
        ("same-time", "If-Modified-Since", read.header("Last-Modified")),
    )
    url = read.request.url
    await s.together(
        s.send(Request(url=url, headers=(*ACCEPT, (name, value))), role, interaction="conditional read", view=ASIDE)
        for role, name, value in conditions
        if value and value.isascii() and value.isprintable()
    )


@probe(
    "fhir.part",
    "1",
    params=OfType,
    uses=lambda p: (search_need(p.type), AtMost(need=read_need(p.type), times=1)),
    budget=lambda p: Budget(requests=2),
)
async def part(s: Session, p: OfType) -> None:
    """Read a summary, and one element, of a resource that was just read (search.html#summary, #elements)."""
    read = await _one_read(s, p.type)
    if read is None:
        return
    path = f"{p.type}/{read.request.url.rpartition('/')[2]}"
    asked = {"summary": {"_summary": "true"}, "elements": {"_elements": PART}}
    await s.together(
        s.send(get(s.url(path, **parameters)), role, interaction="part of a read", view=ASIDE)
        for role, parameters in asked.items()
    )


@probe(
    "fhir.unknown-version",
    "1",
    params=OfType,
    uses=lambda p: (search_need(p.type), AtMost(need=read_need(p.type), times=1)),
    budget=lambda p: Budget(requests=2),
)
async def unknown_version(s: Session, p: OfType) -> None:
    """Read the version of a resource that is there (control), and one that never was (mutant)."""
    for known in (await found_ids(s, p.type))[:1]:
        version = await version_of(s, p.type, known)
        if not version:
            s.short(Reason.NO_DATA, f"the {p.type} that was read names no meta.versionId")
            return
        control, mutant = vread_of(s, p.type, known, version), vread_of(s, p.type, known, NO_VERSION)
        await s.pair(control, mutant, differs_in="url", interaction="vread", view=ASIDE)


@probe("fhir.preflight", "1", params=OfType, identities=lambda p: ("",))
async def preflight(s: Session, p: OfType) -> None:
    """OPTIONS [base]/[type], as a browser asks it before a page of another origin may: without credentials."""
    asked = Request(
        url=s.url(p.type),
        method="OPTIONS",
        headers=(
            ("Origin", ORIGIN),
            ("Access-Control-Request-Method", "GET"),
            ("Access-Control-Request-Headers", "authorization"),
        ),
        identity="",
    )
    await s.send(asked, "preflight", interaction="preflight", view=ASIDE)
