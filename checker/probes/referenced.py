"""Probe of what resources refer to: a few targets that were not met yet are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from checker.fhir import bundle, references_in
from checker.model.asked import Declared, Referenced
from checker.model.need import ANY, AtMost, Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason
from checker.probes.fhir import read_need

_MOST_TARGETS = 10_000
"""So many references are looked at."""


@probe(
    "fhir.referenced",
    "1",
    params=Referenced,
    uses=lambda p: (
        Need(probe="fhir.declared", params=Declared(types=p.types)),
        AtMost(need=read_need(ANY), times=p.times),
    ),
    budget=lambda p: Budget(),
)
async def referenced(s: Session, p: Referenced) -> None:
    """Read what the resources of the declared searches refer to on this server and what is not among them.

    One target of each element comes first, so that a few reads say something of many elements.
    """
    view = await s.need(Need(probe="fhir.declared", params=Declared(types=p.types)))
    met: list[dict[str, Any]] = []
    for search in await s.children(view, "fhir.search"):
        exchange = search.exchange("search")
        if exchange is None or exchange.failure is not None:
            s.short(Reason.NO_DATA, "a declared search got no answer, so that what is met already is not known")
            return
        if exchange.ok:
            met += list(_resources(exchange.json().value))
    if not met:
        s.short(Reason.NO_DATA, "the declared searches found nothing that could refer to anything")
        return
    named = [(one.get("resourceType"), one.get("id")) for one in met]
    there = {(kind, id) for kind, id in named if isinstance(kind, str) and bundle.is_id(id)}
    targets: dict[tuple[str, str], tuple[str, str]] = {}
    for one in met:
        for path, kind, id in references_in.literal(one, s.supplier.base_url):
            if len(targets) < _MOST_TARGETS:
                targets.setdefault((kind, id), (str(one.get("resourceType")), path))
    s.note("met", sum(target in there for target in targets))
    unmet = [(target, holder) for target, holder in targets.items() if target not in there]
    s.note("unmet", len(unmet))
    await s.each(read_need(kind, id) for (kind, id), _ in list(_each_element_first(unmet))[: p.times])


def _resources(found: Any) -> Iterator[dict[str, Any]]:
    for _, entry in bundle.entries(found):
        resource = entry.get("resource")
        if isinstance(resource, dict):
            yield resource


Target = tuple[tuple[str, str], tuple[str, str]]
"""Type and id; of which type and in which element it was found."""


def _each_element_first(targets: Iterable[Target]) -> Iterator[Target]:
    later: list[Target] = []
    seen: set[tuple[str, str]] = set()
    for one in targets:
        if one[1] in seen:
            later.append(one)
        else:
            seen.add(one[1])
            yield one
    yield from later
