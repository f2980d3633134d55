"""Probes that try searches: first what the server shows of itself, then searches made of that.

They decide what to ask next, never whether it conforms. Source: http://hl7.org/fhir/R4/search.html.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from checker.fhir import bundle
from checker.fhir.search.asking import PAGE, Answer, Broken, Group, Query, said_of
from checker.fhir.search.facts import Facts
from checker.fhir.search.families import FAMILIES
from checker.fhir.search.gathered import SHOWN, again, answered, facts, following
from checker.fhir.statement import searchable
from checker.model.asked import READ_AGAIN, UNKNOWN_MODIFIER, Shown, Trial
from checker.model.exchange import Request, joined
from checker.model.need import Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason, Safety
from checker.model.value import NoParams
from checker.model.view import Exchange
from checker.probes.fhir import ACCEPT, AS_IT_IS, get

CAPABILITIES = Need(probe="fhir.capabilities", params=NoParams())
_TOO_BROAD = frozenset({400, 403, 422})


@probe(
    "search.shown",
    "1",
    params=Shown,
    uses=lambda p: (CAPABILITIES,),
    budget=lambda p: Budget(requests=p.types * (1 + max(p.pages - 1, p.patients))),
    interactions=("search", "page"),
)
async def shown(s: Session, p: Shown) -> None:
    """Page through each type that the server says it searches.

    A type that is not shown without a patient is asked for patients that were shown. Notes: ``types`` that were
    asked for; ``whole``: those of which the last page was reached; ``by patient``: those that were refused without one.
    """
    stated = (await s.need(CAPABILITIES)).exchange("metadata")
    types = searchable(stated.json().value if stated is not None and stated.ok else None)[: p.types]
    if not types:
        s.short(Reason.NO_DATA, "the CapabilityStatement names no type that can be searched")
    shown = await s.together(_pages(s, get(s.url(kind, _count=PAGE)), f"{SHOWN}{kind}", p.pages) for kind in types)
    pages = dict(zip(types, shown, strict=True))
    by_patient = [kind for kind in types if pages[kind][0].status in _TOO_BROAD]
    patients = [id for page in pages.get("Patient", ()) for id in bundle.ids(page.json().value, "Patient")]
    asked = [(kind, id) for kind in by_patient for id in patients[: p.patients]]
    await s.together(
        s.send(get(s.url(kind, patient=f"Patient/{id}", _count=PAGE)), f"{SHOWN}{kind}", interaction="search")
        for kind, id in asked
    )
    s.note("types", list(types))
    s.note("whole", [kind for kind in types if pages[kind][-1].ok and not following(pages[kind][-1])])
    s.note("by patient", by_patient)


@probe(
    "search.trial",
    "1",
    params=Trial,
    uses=lambda p: (CAPABILITIES, Need(probe="search.shown", params=Shown())),
    budget=lambda p: Budget(requests=p.requests + READ_AGAIN),
    interactions=("search", "page", "read"),
)
async def trial(s: Session, p: Trial) -> None:
    """Try the searches of one family, then read again the resources in doubt: they may have changed meanwhile."""
    family = FAMILIES[p.family]
    stated = (await s.need(CAPABILITIES)).exchange("metadata")
    known = facts(stated, await s.need(Need(probe="search.shown", params=Shown())), s.supplier.base_url)
    groups = _that_fit(family.asks(known), p.requests)
    queries = {query.role: query for group in groups for query in group.queries}
    firsts = await s.together(_first(s, query) for query in queries.values())
    left = p.requests - len(queries)
    tried: dict[str, Answer] = {}
    for (role, query), first in zip(queries.items(), firsts, strict=True):
        exchanges = await _followed(s, first, role, min(query.pages - 1, left))
        left -= len(exchanges) - 1
        tried[role] = answered(query, exchanges)
    doubtful: dict[str, None] = {}
    for group in groups:
        doubtful |= dict.fromkeys(_doubts(p.family, known, group, tried))
    await s.together(
        s.send(get(s.url(key)), again(key), interaction="read", fresh=True) for key in list(doubtful)[:READ_AGAIN]
    )


def _that_fit(groups: Iterable[Group], requests: int) -> list[Group]:
    """The first groups whose searches can all be sent, each once; what is left over is for further pages."""
    fitting: list[Group] = []
    roles: set[str] = set()
    for group in groups:
        roles |= {query.role for query in group.queries}
        if len(roles) > requests:
            break
        fitting.append(group)
    return fitting


def _doubts(family: str, known: Facts, group: Group, tried: dict[str, Answer]) -> list[str]:
    """``Type/id`` of resources that speak against the server, if they have not changed."""
    answers = [tried[query.role] for query in group.queries if query.role in tried]
    if len(answers) < len(group.queries):
        return []
    one = FAMILIES[family]
    said = (said for judge in one.judges.values() for said in said_of(one, judge, known, group, answers))
    return [each.key for each in said if isinstance(each, Broken) and each.key]


async def _first(s: Session, query: Query) -> Exchange:
    """Send one search, for its first page; what is asked again, past any cache."""
    headers = (*ACCEPT, ("Prefer", query.prefer)) if query.prefer else ACCEPT
    headers = (*headers, *AS_IT_IS) if query.again else headers
    if query.post:
        form = (*headers, ("Content-Type", "application/x-www-form-urlencoded"))
        first = Request(url=s.url(query.where), method="POST", headers=form, body=urlencode(query.pairs).encode())
    else:
        first = Request(url=f"{s.url(query.where)}?{query.text}", headers=headers)
    return await s.send(first, query.role, interaction="search", fresh=query.again > 0)


async def _pages(s: Session, first: Request, role: str, most: int) -> list[Exchange]:
    """A search and its pages."""
    return await _followed(s, await s.send(first, role, interaction="search"), role, most - 1)


async def _followed(s: Session, first: Exchange, role: str, most: int) -> list[Exchange]:
    """Follow next links from a first page, so often at most; a link that was followed already ends the walk."""
    exchanges = [first]
    seen = {first.request.url}
    while len(exchanges) <= most and (link := following(exchanges[-1])):
        url = joined(exchanges[-1].request.url, link)
        if not url or url in seen:
            break
        seen.add(url)
        exchanges.append(await s.send(get(url), role, interaction="page"))
    return exchanges


@probe(
    "search.unknown-modifier",
    "1",
    uses=lambda p: (CAPABILITIES, Need(probe="search.shown", params=Shown())),
    budget=lambda p: Budget(requests=2),
    safety=Safety.S2,
    interactions=("search",),
)
async def unknown_modifier(s: Session, p: NoParams) -> None:
    """Search by a declared parameter with a value that is there (control), and with a modifier that nobody knows."""
    stated = (await s.need(CAPABILITIES)).exchange("metadata")
    known = facts(stated, await s.need(Need(probe="search.shown", params=Shown())), s.supplier.base_url)
    for kind, found in known.each("string", "token"):
        for value in [word for word in known.wordings(kind, found) if word][:1]:
            s.note("type", kind)
            asked = (Query(kind, ((name, value),)) for name in (found.name, f"{found.name}:{UNKNOWN_MODIFIER}"))
            control, mutant = (get(f"{s.url(kind)}?{one.text}") for one in asked)
            await s.pair(control, mutant, differs_in="url", interaction="search")
            return
    s.short(Reason.NO_DATA, "no declared parameter has a value in the resources that were shown")
