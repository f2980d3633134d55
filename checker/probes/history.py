"""Probe of the history of one resource. Source: http://hl7.org/fhir/R4/http.html#history."""

from __future__ import annotations

from checker.fhir import bundle
from checker.model.asked import OfType
from checker.model.need import Budget
from checker.model.registry import probe
from checker.model.session import Session
from checker.probes.fhir import FIRST_VERSION, found_ids, get, search_need

_MOST_TRIED = 3


@probe(
    "fhir.history",
    "1",
    params=OfType,
    uses=lambda p: (search_need(p.type),),
    budget=lambda p: Budget(requests=_MOST_TRIED),
    interactions=("history",),
)
async def history(s: Session, p: OfType) -> None:
    """GET [base]/[type]/[id]/_history?_count=5 of up to three resources, until one has two versions.

    Those that search showed in a version other than 1 come first: an order shows in two versions.
    """
    ids = await found_ids(s, p.type)
    exchange = (await s.need(search_need(p.type))).exchange("search")
    found = bundle.matches(exchange.json().value if exchange is not None else None, p.type)
    amended = [one.get("id") for _, one in found if bundle.version_id(one) not in ("", FIRST_VERSION)]
    for id in sorted(ids, key=lambda one: one not in amended)[:_MOST_TRIED]:
        url = s.url(f"{p.type}/{id}/_history", _count="5")
        answer = await s.send(get(url), "history", interaction="history")
        if not answer.ok or sum(1 for _ in bundle.entries(answer.json().value)) > 1:
            return
