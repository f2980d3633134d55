"""The addresses of the entries of Bundles.

Source: http://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.fullUrl.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checker.checks.bodies import cut_off
from checker.checks.criteria import found
from checker.fhir import bundle
from checker.model.asked import OfType
from checker.model.need import Every, Selector
from checker.model.registry import check
from checker.model.verdict import Examined, Finding, Statement
from checker.model.view import EvidenceView

_BUNDLES = Every(
    selector=Selector(interactions=("search", "page", "history"), views=("fhir",), statuses=("2xx",)),
    cover=("search",),
)
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+")


@check(
    "bundle.full-urls",
    params=OfType,
    needs=lambda p, settings: [_BUNDLES, found(p)],
    source="http://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.fullUrl",
)
def full_urls(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Each entry has a fullUrl that is absolute, names no version, is unique, and agrees with the resource's id.

    Looks at every searchset and history that the FHIR endpoint gives. A fullUrl that ends in
    ``[type]/[id]`` must end in the id of its resource; a ``urn:uuid:`` need not. Two entries may share
    one when their ``meta.versionId`` differs, and in a history (bdl-7). None is asked of an
    OperationOutcome, of an entry without a resource or without an id, and of a history; an answer of such alone is not
    examined.

    Good: ``https://server.example/fhir/Patient/a1`` beside a Patient with id ``a1``, on any host.
    Bad: ``Patient/a1``; ``…/Patient/b2`` beside id ``a1``; ``…/Patient/a1/_history/2``; none at all.
    """
    for exchange in ev.every(_BUNDLES):
        doubt = cut_off(exchange, f"the answer to a {exchange.http.interaction}")
        if doubt is not None:
            yield doubt
            continue
        body = exchange.json()
        if body.resource_type != "Bundle" or body.value.get("type") not in ("searchset", "history"):
            continue
        problems: dict[str, list[int]] = {}
        for index, problem in _problems(body.value):
            problems.setdefault(problem, []).append(index)
        for problem, places in problems.items():
            yield Finding(
                message=f"The answer to a {exchange.http.interaction} has entries with {problem}.",
                expected="a fullUrl that is absolute, without version, unique, and agrees with Resource.id",
                actual=problem,
                place=f"{exchange.request.url}#/entry/{places[0]}/fullUrl",
                evidence=(exchange.id,),
                count=len(places),
            )
        if not problems and any("fullUrl" in entry for _, entry in bundle.entries(body.value)):
            what = "Entries have a fullUrl that agrees with their resource."
            yield Examined(what=what, evidence=(exchange.id,), interaction=exchange.http.interaction)


def _problems(page: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """Index and kind of what is wrong with the fullUrls of a Bundle."""
    is_history = page.get("type") == "history"
    seen: set[tuple[str, str]] = set()
    for index, entry in bundle.entries(page):
        url, resource = entry.get("fullUrl"), entry.get("resource")
        if url is None:
            if not is_history and _is_identified(resource):
                yield index, "no fullUrl"
            continue
        if not isinstance(url, str) or not _ABSOLUTE.fullmatch(url):
            yield index, "a fullUrl that is not absolute"
            continue
        if "/_history/" in url:
            yield index, "a fullUrl that names a version"
        elif _disagrees(url, resource):
            yield index, "a fullUrl that ends in another id than the resource has"
        key = (url, bundle.version_id(resource))
        if key in seen and not is_history:
            yield index, "a fullUrl that another entry has"
        seen.add(key)


def _is_identified(resource: object) -> bool:
    return (
        isinstance(resource, dict) and resource.get("resourceType") != "OperationOutcome" and bool(resource.get("id"))
    )


def _disagrees(url: str, resource: object) -> bool:
    """Does it end in ``[type]/[id]`` of this type with another id?"""
    if not isinstance(resource, dict) or not url.lower().startswith(("http:", "https:")):
        return False
    kind, _, id = url.rpartition("/")
    return kind.rpartition("/")[2] == resource.get("resourceType") and id != resource.get("id")
