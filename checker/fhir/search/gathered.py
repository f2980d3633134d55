"""Facts and answers from records: the same for the probe that asks and for the check that judges."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from checker.fhir import bundle
from checker.fhir.search.asking import Answer, Broken, Group, Query
from checker.fhir.search.facts import Facts, Resource
from checker.fhir.search.families.oracle import is_subset
from checker.model.view import Exchange, RecordView

SHOWN = "shown "
"""How roles begin under which the resources of a type were shown."""


def facts(metadata: Exchange | None, shown: RecordView, base: str) -> Facts:
    """What is known, from the CapabilityStatement and the record of what the server showed."""
    statement: Any = None
    if metadata is not None and metadata.ok and metadata.json().resource_type == "CapabilityStatement":
        statement = metadata.json().value
    types = shown.record.notes.get("types")
    held: dict[str, dict[str, Resource]] = {}
    for kind in types if isinstance(types, list) else ():
        found: dict[str, Resource] = {}
        for exchange in shown.exchanges(f"{SHOWN}{kind}"):
            page = exchange.json().value if exchange.ok else None
            for _, resource in bundle.matches(page, kind):
                if bundle.is_id(resource.get("id")) and not is_subset(resource):
                    found[resource["id"]] = resource
        held[kind] = found
    whole, by_patient = (frozenset(shown.record.notes.get(name) or ()) for name in ("whole", "by patient"))
    return Facts(base, statement, held, whole, by_patient)


def following(exchange: Exchange) -> str:
    """The next link of a page, as written; "" where there is none."""
    return bundle.link(exchange.json().value, "next") if exchange.ok else ""


def answered(query: Query, exchanges: Iterable[Exchange]) -> Answer:
    """The pages of one search."""
    pages = tuple(exchanges)
    return Answer(query, pages, whole=bool(pages) and pages[-1].ok and not following(pages[-1]))


def answers(view: RecordView, group: Group) -> tuple[Answer, ...]:
    """What came back, from the record of a trial."""
    return tuple(answered(query, view.exchanges(query.role)) for query in group.queries)


def again(key: str) -> str:
    """The role under which a resource (``Type/id``) was read again."""
    return f"again {key}"


def changed(known: Facts, view: RecordView, broken: Broken) -> bool | None:
    """Did the resource of a finding change while searches were tried? None when that is not known."""
    kind, _, id = broken.key.partition("/")
    before = known.held.get(kind, {}).get(id)
    exchange = view.exchange(again(broken.key))
    if before is None or exchange is None or exchange.response is None:
        return None
    if exchange.status in (404, 410):
        return True
    after = exchange.json().value if exchange.ok and not exchange.lost else None
    if not isinstance(after, dict) or after.get("id") != id:
        return None
    versions = bundle.version_id(before), bundle.version_id(after)
    return versions[0] != versions[1] if all(versions) else before != after
