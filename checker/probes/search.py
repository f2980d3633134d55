"""Probes of search: by criteria that find, that find nothing, and that cannot be read.

No NHS number ever stands in a URL here. Source: http://hl7.org/fhir/R4/search.html.
"""

from __future__ import annotations

from checker.fhir import bundle, identifier
from checker.model.asked import OTHER_SYSTEM, UNKNOWN_PARAMETER, Criterion, OfType
from checker.model.exchange import Request
from checker.model.need import Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason, Safety
from checker.probes.fhir import ACCEPT, absent_id, form_search, found_ids, get, search_need

_LENIENT = ("Prefer", "handling=lenient")


def _by_id(resource_type: str) -> Need:
    return Need(probe="search.by-id", params=OfType(type=resource_type))


@probe(
    "search.by-id",
    "1",
    params=OfType,
    uses=lambda p: (search_need(p.type),),
    budget=lambda p: Budget(requests=2),
    interactions=("search",),
)
async def by_id(s: Session, p: OfType) -> None:
    """Search by the ``_id`` of a resource that is there (control) and by one that is not (mutant)."""
    for known in (await found_ids(s, p.type))[:1]:
        s.note("id", known)
        control, mutant = get(s.url(p.type, _id=known)), get(s.url(p.type, _id=absent_id(known)))
        await s.pair(control, mutant, differs_in="url", interaction="search")


@probe(
    "search.by-post",
    "1",
    params=OfType,
    uses=lambda p: (search_need(p.type), _by_id(p.type)),
    interactions=("search",),
)
async def by_post(s: Session, p: OfType) -> None:
    """POST [base]/[type]/_search with the criterion that was searched for by GET."""
    await s.need(_by_id(p.type))
    for known in (await found_ids(s, p.type))[:1]:
        await s.send(form_search(s, p.type, {"_id": known}), "post", interaction="search")


@probe(
    "search.self-link",
    "1",
    params=OfType,
    uses=lambda p: (search_need(p.type), _by_id(p.type)),
    interactions=("search",),
)
async def self_link(s: Session, p: OfType) -> None:
    """Search by a known ``_id`` and by a parameter that nobody knows, which a server may ignore.

    Where that is refused, the search by ``_id`` alone shows the self link.
    """
    await s.need(_by_id(p.type))
    for known in (await found_ids(s, p.type))[:1]:
        url = s.url(p.type, **{"_id": known, UNKNOWN_PARAMETER: "1"})
        await s.send(Request(url=url, headers=(*ACCEPT, _LENIENT)), "search", interaction="search")


@probe(
    "search.malformed-value",
    "1",
    params=Criterion,
    budget=lambda p: Budget(requests=2),
    safety=Safety.S2,
    interactions=("search",),
)
async def malformed_value(s: Session, p: Criterion) -> None:
    """Search by a value that the parameter takes (control), and by one that it cannot take (mutant)."""
    control, mutant = (get(s.url(p.type, **{p.parameter: value})) for value in (p.works, p.malformed))
    await s.pair(control, mutant, differs_in="url", interaction="search")


@probe(
    "search.token",
    "1",
    params=OfType,
    uses=lambda p: (search_need(p.type),),
    budget=lambda p: Budget(requests=3),
    interactions=("search",),
)
async def token(s: Session, p: OfType) -> None:
    """Search by an identifier that search had shown: with its system, with another one, and with none."""
    if not await found_ids(s, p.type):
        return
    exchange = (await s.need(search_need(p.type))).exchange("search")
    for _, resource in bundle.matches(exchange.json().value if exchange is not None else None, p.type):
        known = identifier.harmless(resource)
        if known is not None and bundle.is_id(resource.get("id")):
            system, value = known
            s.note("id", resource["id"])
            forms = {"own-system": f"{system}|{value}", "other-system": f"{OTHER_SYSTEM}|{value}", "no-system": value}
            await s.together(
                s.send(get(s.url(p.type, identifier=text)), role, interaction="search") for role, text in forms.items()
            )
            return
    s.short(
        Reason.NO_DATA,
        f"no {p.type} that search shows has an identifier that may stand in a URL: "
        "one with a system of your own and a value of other than ten digits",
    )
