"""The history of one resource. Source: http://hl7.org/fhir/R4/http.html#history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from checker.checks.bodies import resource_of
from checker.fhir import bundle
from checker.model.asked import OfType
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_VERBS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"})
"""http://hl7.org/fhir/R4/valueset-http-verb.html."""


def _history(p: OfType) -> Need:
    return Need(probe="fhir.history", params=p)


@check(
    "history.is-a-history",
    params=OfType,
    needs=lambda p, settings: [_history(p)],
    source="http://hl7.org/fhir/R4/http.html#history",
)
def is_a_history(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """The history of a resource is a Bundle of type ``history``: newest first, each entry with its request.

    Each entry must say by which request the version came about (method and URL, invariant bdl-3), and
    hold the resource when that was POST or PUT. The order is taken from ``meta.lastUpdated`` (for a
    deletion ``response.lastModified``); version numbers that fall are in order whatever the times. Equal
    times show no order, unless numbers fall beside them: version ids are opaque, and one that rises proves
    nothing. Up to three resources are asked for until one has two versions: one version has no order.

    Good: type ``history``, version 2 before version 1, each with ``request.method`` and ``request.url``.
    Bad: type ``searchset``; the oldest version first; entries without ``request``.
    """
    view = ev.record(_history(p))
    compared = 0
    exchanges = view.exchanges("history")
    for exchange in exchanges:
        what = f"the history of a {p.type}"
        found = resource_of(exchange, "Bundle", what)
        if not isinstance(found, dict):
            yield found
            return
        entries = list(bundle.entries(found))
        yield from _type(found, exchange, p.type)
        yield from _requests(entries, exchange, p.type)
        yield from _order(entries, exchange, p.type)
        if entries:
            said = f"A history of {len(entries)} versions was read." if len(entries) > 1 else "A history was read."
            yield Examined(what=said, evidence=(exchange.id,), interaction="history")
        compared += sum(1 for (_, one), (_, other) in pairwise(entries) if _shows_order(one, other))
    if exchanges and not compared:
        message = (
            f"no {p.type} that was tried has two versions of different times (meta.lastUpdated), to see an order: "
            f"amend one {p.type} of those that GET {p.type}?_count=5 shows"
        )
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=tuple(one.id for one in exchanges))


def _type(found: dict[str, Any], exchange: Exchange, name: str) -> Iterator[Statement]:
    if found.get("type") != "history":
        yield Finding(
            message=f"The history of a {name} is a Bundle of another type.",
            expected="Bundle.type history",
            actual="searchset" if found.get("type") == "searchset" else "another type, or none",
            place=f"{exchange.request.url}#/type",
            evidence=(exchange.id,),
        )


def _requests(entries: list[tuple[int, dict[str, Any]]], exchange: Exchange, name: str) -> Iterator[Statement]:
    for index, entry in entries:
        problem = _problem(entry)
        if problem:
            yield Finding(
                message=f"An entry in the history of a {name} has {problem}.",
                expected="request.method and request.url, and the resource when the method is POST or PUT",
                actual=problem,
                place=f"{exchange.request.url}#/entry/{index}",
                evidence=(exchange.id,),
            )


def _problem(entry: dict[str, Any]) -> str:
    request = entry.get("request")
    if not isinstance(request, dict):
        return "no request"
    method, url = request.get("method"), request.get("url")
    if not (isinstance(method, str) and method in _VERBS):
        return "no request.method that FHIR knows"
    if not (isinstance(url, str) and url):
        return "no request.url"
    if method in ("POST", "PUT") and not isinstance(entry.get("resource"), dict):
        return f"no resource beside {method}"
    return ""


def _order(entries: list[tuple[int, dict[str, Any]]], exchange: Exchange, name: str) -> Iterator[Statement]:
    for (_, one), (index, following) in pairwise(entries):
        if _is_newer(following, one):
            yield Finding(
                message=f"The history of a {name} shows an older version before a newer one.",
                expected="the newest version first, the oldest last",
                actual="a version that is newer than the one before it",
                place=f"{exchange.request.url}#/entry/{index}",
                evidence=(exchange.id,),
            )


def _shows_order(one: dict[str, Any], following: dict[str, Any]) -> bool:
    """Does the pair show which is newer: by its times, or by version numbers that fall beside equal times?"""
    times, numbers = (_when(one), _when(following)), (_number(one), _number(following))
    if times[0] is None or times[1] is None:
        return False
    falls = numbers[0] is not None and numbers[1] is not None and numbers[0] > numbers[1]
    return times[0] != times[1] or falls


def _is_newer(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Surely newer: by time and, where both have version numbers, not older by them."""
    mine, theirs = _when(one), _when(other)
    my_number, their_number = _number(one), _number(other)
    if my_number is not None and their_number is not None and my_number <= their_number:
        return False
    return mine is not None and theirs is not None and mine > theirs


def _when(entry: dict[str, Any]) -> datetime | None:
    resource, response = entry.get("resource"), entry.get("response")
    meta = resource.get("meta") if isinstance(resource, dict) else None
    text = meta.get("lastUpdated") if isinstance(meta, dict) else None
    if text is None and isinstance(response, dict):
        text = response.get("lastModified")
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _number(entry: dict[str, Any]) -> int | None:
    version = bundle.version_id(entry.get("resource"))
    return int(version) if version.isascii() and version.isdigit() else None
