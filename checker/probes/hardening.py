"""Probes of an interface as an attacker looks at it, that change nothing: origins, methods, forged headers, odd values.

Source: OWASP ASVS 5.0.0, chapters 3, 4 and 13; https://fetch.spec.whatwg.org; RFC 9110; RFC 9116.
"""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

import msgspec

from checker.model.asked import (
    ASIDE,
    EXPOSED,
    FORGED_HOST,
    INJECTED,
    INJECTED_HEADER,
    MARKER,
    NO_METHOD,
    NOBODY,
    ODD_IDS,
    ExposedPath,
    OfType,
)
from checker.model.exchange import Request
from checker.model.need import Budget
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Safety
from checker.model.value import NoParams
from checker.probes.fhir import UNKNOWN_ID, get
from checker.probes.platform import CORRELATION_ID, ORIGIN

WEB = "web"
"""The view of what lies at the host beside the interface."""
_FORM = ("Content-Type", "application/x-www-form-urlencoded")
_NUMBER_SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"


def marked(request: Request, name: str, value: str) -> Request:
    """The request with one header more."""
    return msgspec.structs.replace(request, headers=(*request.headers, (name, value)))


def look_alikes(base_url: str) -> tuple[str, ...]:
    """Origins that a careless comparison takes for the host of the endpoint.

    >>> look_alikes("https://api.supplier.example/fhir")
    ('null', 'https://api.supplier.example.checker.example', 'https://checker-api.supplier.example')
    >>> look_alikes("https://[::1]/fhir")
    ('null',)
    """
    host = urlsplit(base_url).hostname or ""
    if not host or ":" in host:
        return ("null",)
    return ("null", f"https://{host}.{FORGED_HOST}", f"https://checker-{host}")


@probe("hardening.foreign-origin", "1", params=OfType, budget=lambda p: Budget(requests=2), interactions=("search",))
async def foreign_origin(s: Session, p: OfType) -> None:
    """A search as it is (control), and as a page of an origin sends it that nobody has registered (mutant)."""
    control = get(s.url(p.type, _count="1"))
    await s.pair(control, marked(control, "Origin", ORIGIN), differs_in="headers:origin", interaction="search")


@probe(
    "hardening.look-alike-origins", "1", params=OfType, budget=lambda p: Budget(requests=6), interactions=("search",)
)
async def look_alike_origins(s: Session, p: OfType) -> None:
    """The same for ``Origin: null``, and for hosts that begin or end with that of the endpoint."""
    control = get(s.url(p.type, _count="1"))
    for origin in look_alikes(s.supplier.base_url):
        await s.pair(control, marked(control, "Origin", origin), differs_in="headers:origin", interaction="search")


async def _method(s: Session, method: str) -> None:
    """GET /metadata by nobody (control), and the same by another method (mutant): no token is there to be echoed."""
    control = get(s.url("metadata"), identity="")
    mutant = msgspec.structs.replace(control, method=method)
    await s.pair(control, mutant, differs_in="method", interaction="other-method", view=ASIDE)


@probe("hardening.trace", "1", budget=lambda p: Budget(requests=4), safety=Safety.S2, identities=lambda p: ("",))
async def trace(s: Session, p: NoParams) -> None:
    """TRACE, and TRACK as some servers call it."""
    for method in ("TRACE", "TRACK"):
        await _method(s, method)


@probe(
    "hardening.no-such-method", "1", budget=lambda p: Budget(requests=2), safety=Safety.S2, identities=lambda p: ("",)
)
async def no_such_method(s: Session, p: NoParams) -> None:
    """A method that nobody has."""
    await _method(s, NO_METHOD)


@probe(
    "hardening.odd-content-type",
    "1",
    params=OfType,
    budget=lambda p: Budget(requests=2),
    safety=Safety.S2,
    interactions=("search",),
)
async def odd_content_type(s: Session, p: OfType) -> None:
    """A search by POST as a form (control), and the same bytes as text/plain (mutant)."""
    bare = Request(
        url=s.url(f"{p.type}/_search"), method="POST", headers=get("").headers, body=urlencode({"_count": "1"}).encode()
    )
    control, mutant = marked(bare, *_FORM), marked(bare, "Content-Type", "text/plain")
    await s.pair(control, mutant, differs_in="headers:content-type", interaction="search")


@probe(
    "hardening.forged-host",
    "1",
    params=OfType,
    budget=lambda p: Budget(requests=4),
    safety=Safety.S2,
)
async def forged_host(s: Session, p: OfType) -> None:
    """A search (control), and the same as if a proxy had been asked for another host (mutants)."""
    control = get(s.url(p.type, _count="1"))
    for name, value in (("X-Forwarded-Host", FORGED_HOST), ("Forwarded", f"host={FORGED_HOST}")):
        await s.pair(
            control,
            marked(control, name, value),
            differs_in=f"headers:{name.lower()}",
            interaction="search",
            view=ASIDE,
        )


@probe(
    "hardening.odd-values",
    "1",
    params=OfType,
    budget=lambda p: Budget(requests=2 * len(INJECTED)),
    safety=Safety.S2,
    interactions=("search",),
)
async def odd_values(s: Session, p: OfType) -> None:
    """A search for a name that nobody has (control), and with characters that careless code takes for its own."""
    control = get(s.url(p.type, family=NOBODY))
    for more in INJECTED:
        await s.pair(control, get(s.url(p.type, family=NOBODY + more)), differs_in="url", interaction="search")


@probe(
    "hardening.markup",
    "1",
    params=OfType,
    budget=lambda p: Budget(requests=2),
    safety=Safety.S2,
    interactions=("search",),
)
async def markup(s: Session, p: OfType) -> None:
    """A search by a date (control), and by a piece of HTML in its place (mutant)."""
    control, mutant = (get(s.url(p.type, _lastUpdated=value, _count="1")) for value in ("ge1900-01-01", MARKER))
    await s.pair(control, mutant, differs_in="url", interaction="search")


@probe(
    "hardening.line-break",
    "1",
    params=OfType,
    budget=lambda p: Budget(requests=2),
    safety=Safety.S2,
    interactions=("search",),
)
async def line_break(s: Session, p: OfType) -> None:
    """A search by an id (control), and by one with a line break and what would be a header (mutant)."""
    broken = f"{UNKNOWN_ID}\r\n{INJECTED_HEADER}: 1"
    control, mutant = (get(s.url(p.type, _id=value)) for value in (UNKNOWN_ID, broken))
    await s.pair(control, mutant, differs_in="url", interaction="search")


@probe(
    "hardening.odd-ids",
    "1",
    params=OfType,
    budget=lambda p: Budget(requests=2 * len(ODD_IDS)),
    safety=Safety.S2,
    interactions=("search",),
)
async def odd_ids(s: Session, p: OfType) -> None:
    """A search with an X-Correlation-ID as it should be (control), and with ones that are none (mutants)."""
    plain = get(s.url(p.type, _count="1"))
    control = marked(plain, "X-Correlation-ID", CORRELATION_ID)
    for value in ODD_IDS:
        mutant = marked(plain, "X-Correlation-ID", value)
        await s.pair(control, mutant, differs_in="headers:x-correlation-id", interaction="search")


@probe("hardening.unfiltered", "1", budget=lambda p: Budget(requests=2), safety=Safety.S2, interactions=("search",))
async def unfiltered(s: Session, p: NoParams) -> None:
    """A search for an NHS number that nobody has (control), and one for all patients there are (mutant)."""
    control = get(s.url("Patient", identifier=f"{_NUMBER_SYSTEM}|9990000000", _count="2"))
    await s.pair(control, get(s.url("Patient", _count="2")), differs_in="url", interaction="search")


@probe(
    "hardening.exposed",
    "1",
    params=ExposedPath,
    safety=Safety.S2,
    identities=lambda p: ("",),
)
async def exposed(s: Session, p: ExposedPath) -> None:
    """GET what should not be there, by nobody, and no more of it than its first bytes."""
    parts = urlsplit(s.supplier.base_url)
    headers = (("Accept", "*/*"), ("Range", "bytes=0-199"))
    request = Request(url=f"{parts.scheme}://{parts.netloc}/{EXPOSED[p.name][0]}", headers=headers, identity="")
    await s.send(request, "exposed", interaction="exposed", view=WEB, follow=False)


@probe("hardening.security-txt", "1", identities=lambda p: ("",))
async def security_txt(s: Session, p: NoParams) -> None:
    """GET /.well-known/security.txt at the host of the endpoint (RFC 9116 section 3)."""
    parts = urlsplit(s.supplier.base_url)
    url = f"{parts.scheme}://{parts.netloc}/.well-known/security.txt"
    request = Request(url=url, headers=(("Accept", "text/plain"),), identity="")
    await s.send(request, "file", interaction="security-txt", view=WEB)
