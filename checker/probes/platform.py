"""Probes of what the NHS API platform adds around a FHIR interface: headers, health, preflight, clear text.

Source: the OpenAPI documents and proxies of APIs that NHS England publishes, for example
https://github.com/NHSDigital/personal-demographics-service-api.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

import msgspec

from checker.model.asked import MALFORMED, WITHOUT, ClearText, OfHeader, OfType
from checker.model.exchange import Request
from checker.model.need import Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason, Safety
from checker.model.value import NoParams
from checker.probes.fhir import absent_id, found_ids, get, search_need

PLATFORM = "platform"
"""The view of what is not FHIR: health, preflights, clear text."""
CORRELATION_ID = "0f7b5b3c-5a0e-4c86-9d3e-6d1f2c9b7a41"
"""One value for all runs: what comes back must be it, whoever sent it before."""
ORIGIN = "https://checker.example"
"""An origin that is nobody's (RFC 6761 section 6.5)."""
_FHIR_PATH = re.compile(r"/FHIR(/(DSTU2|STU3|R4B?|R5))?$", re.IGNORECASE)
_KEY_HEADER = "apikey"
READS = 4
"""So often one resource is read."""


def service_roots(base_url: str) -> tuple[str, ...]:
    """Where the health of a service may be asked for: below its base, and below the base without the FHIR version.

    >>> service_roots("https://api.service.nhs.uk/booking/FHIR/R4")
    ('https://api.service.nhs.uk/booking/FHIR/R4', 'https://api.service.nhs.uk/booking')
    >>> service_roots("https://supplier.example/fhir-server")
    ('https://supplier.example/fhir-server',)
    """
    parts = urlsplit(base_url)
    path = _FHIR_PATH.sub("", parts.path)
    above = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
    return (base_url, above) if above != base_url else (base_url,)


@probe(
    "platform.request-id",
    "1",
    params=OfHeader,
    budget=lambda p: Budget(requests=4),
    safety=Safety.S2,
    interactions=("search",),
)
async def request_id(s: Session, p: OfHeader) -> None:
    """A search with the header as every request has it (control), without it, and with a value that it cannot have."""
    control = get(s.url(p.type, _count="1"))
    for alteration in (WITHOUT + p.name, MALFORMED + p.name):
        mutant = msgspec.structs.replace(control, alteration=alteration)
        await s.pair(control, mutant, differs_in="alteration", interaction="search")


@probe(
    "platform.required-header",
    "1",
    params=OfHeader,
    budget=lambda p: Budget(requests=2),
    safety=Safety.S2,
    interactions=("search",),
)
async def required_header(s: Session, p: OfHeader) -> None:
    """A search with the headers of the run (control), and without that one (mutant)."""
    control = get(s.url(p.type, _count="1"))
    mutant = msgspec.structs.replace(control, alteration=WITHOUT + p.name)
    await s.pair(control, mutant, differs_in="alteration", interaction="search")


@probe(
    "platform.correlation",
    "1",
    params=OfType,
    uses=lambda p: (search_need(p.type),),
    budget=lambda p: Budget(requests=2),
    interactions=("read", "search"),
)
async def correlation(s: Session, p: OfType) -> None:
    """A search and a read of an unknown id, both with X-Correlation-ID: where all is well, and where it is not."""
    known = next(iter(await found_ids(s, p.type)), "")
    marked = (("X-Correlation-ID", CORRELATION_ID),)
    for url, kind in ((s.url(p.type, _count="1"), "search"), (s.url(f"{p.type}/{absent_id(known)}"), "read")):
        request = get(url)
        request = msgspec.structs.replace(request, headers=(*request.headers, *marked))
        await s.send(request, "marked", interaction=kind)


def _health(url: str, identity: str) -> Request:
    return Request(url=url, headers=(("Accept", "*/*"),), identity=identity)


@probe("platform.ping", "1", budget=lambda p: Budget(requests=2), identities=lambda p: ("",))
async def ping(s: Session, p: NoParams) -> None:
    """GET _ping without a credential: below the base, and where it does not answer, below the base of the service."""
    for root in service_roots(s.supplier.base_url):
        exchange = await s.send(
            _health(f"{root}/_ping", ""), "ping", interaction="ping", view=PLATFORM, follow=False, fresh=True
        )
        if exchange.ok:
            s.note("root", root)
            return


def key_identity(s: Session) -> str:
    """The identity whose credential is a key in the header ``apikey``; "" if there is none."""
    fitting = (one.name for one in s.supplier.identities if one.kind == "api-key" and one.header.lower() == _KEY_HEADER)
    return min(fitting, default="")


@probe(
    "platform.status",
    "1",
    uses=lambda p: (Need(probe="platform.ping", params=NoParams()),),
    budget=lambda p: Budget(requests=2),
    identities=lambda p: ("",),
)
async def status(s: Session, p: NoParams) -> None:
    """GET _status with the key of the platform (control) and without (mutant), beside _ping.

    Without a key among the identities of the supplier file the bare request goes alone: an open _status is a
    finding by itself, and a closed one proves nothing.
    """
    found = await s.need(Need(probe="platform.ping", params=NoParams()))
    root = str(found.record.notes.get("root", service_roots(s.supplier.base_url)[-1]))
    bare = _health(f"{root}/_status", "")
    name = key_identity(s)
    if not name:
        s.short(Reason.PREREQUISITE, "no identity of kind api-key with the header apikey is in the supplier file")
        await s.send(bare, "bare", interaction="status", view=PLATFORM, follow=False, fresh=True)
        return
    control = msgspec.structs.replace(bare, identity=name)
    await s.pair(control, bare, differs_in="identity", interaction="status", view=PLATFORM)


@probe("platform.preflight", "1", params=OfType, identities=lambda p: ("",))
async def preflight(s: Session, p: OfType) -> None:
    """OPTIONS as a browser sends it before a page of another origin may search (https://fetch.spec.whatwg.org)."""
    asked = (
        ("Origin", ORIGIN),
        ("Access-Control-Request-Method", "GET"),
        ("Access-Control-Request-Headers", "authorization"),
        ("Accept", "*/*"),
    )
    request = Request(url=s.url(p.type), method="OPTIONS", headers=asked, identity="")
    await s.send(request, "preflight", interaction="preflight", view=PLATFORM, follow=False, fresh=True)


@probe("platform.clear-text", "1", params=ClearText, identities=lambda p: ("",))
async def clear_text(s: Session, p: ClearText) -> None:
    """GET [base]/metadata over http, without a credential: nothing of the run goes over the wire in the clear."""
    parts = urlsplit(s.supplier.base_url)
    if parts.scheme != "https" or not parts.hostname:
        s.short(Reason.PREREQUISITE, "the endpoint is not https")
        return
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    place = host if p.port == 80 else f"{host}:{p.port}"
    request = get(urlunsplit(("http", place, f"{parts.path}/metadata", "", "")), identity="")
    await s.send(
        request, "clear", interaction="clear-text", view=PLATFORM, follow=False, fresh=True, may_be_closed=True
    )


@probe(
    "platform.read-again",
    "1",
    params=OfType,
    uses=lambda p: (search_need(p.type),),
    budget=lambda p: Budget(requests=READS),
    interactions=("read",),
)
async def read_again(s: Session, p: OfType) -> None:
    """Read one resource a few times in a row: does reading change it?"""
    for id in (await found_ids(s, p.type))[:1]:
        for number in range(READS):
            await s.send(get(s.url(f"{p.type}/{id}")), f"read {number}", interaction="read", fresh=True)
