"""Do the endpoints that an evidence pack declares answer, and as what it says?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from checker.checks.assured import Given
from checker.checks.bodies import answer, resource_of
from checker.checks.pack.given import WHOLE, root, shortened
from checker.checks.pack.one_version import FHIR, METADATA
from checker.checks.passive import host_of
from checker.fhir import bundle
from checker.model.asked import OfType
from checker.model.exchange import joined
from checker.model.need import Every, Need, Selector
from checker.model.registry import check, condition
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_ANSWERS = Every(selector=Selector(statuses=("2xx",)))
_PAGING = frozenset({"self", "first", "previous", "prev", "next", "last"})
_PORTS = {"https": 443, "http": 80}


@check(
    "pack.endpoints-answer",
    params=OfType,
    needs=lambda p, settings: [
        WHOLE,
        METADATA,
        Need(probe="fhir.search", params=OfType(type=p.type), optional=True),
        _ANSWERS,
    ],
    source="docs/policy.md#declared-endpoints-answer",
)
def endpoints_answer(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """The endpoint under test is one that the pack declares, serves the FHIR version it says, and links to none else.

    The links of Bundles that page through a search (self, next and the like) keep to hosts that the pack declares;
    other links may lead anywhere. An endpoint of which the recording holds no answer is left open, never passed.

    Good: ``{url: https://api.example/fhir, kind: fhir-r4, version: 4.0.1}`` and a CapabilityStatement with that
    fhirVersion. Bad: 4.3.0; ``next`` leads to ``http://10.0.0.7:8080/fhir``; the address under test is not declared.
    """
    found = root(ev, "endpoints")
    if isinstance(found, Undecided):
        yield found
        return
    if not found.facts and not ev.supplier.base_url:
        yield found.undecided("the pack declares no endpoint")
        return
    tested = [one for one in found.facts if _same(one["url"], ev.supplier.base_url)]
    if ev.supplier.base_url and not tested:
        message = "The endpoint that was tested is not one that the pack declares."
        expected = ", ".join(shortened(one["url"]) for one in found.facts if one["kind"] == FHIR) or "declared"
        yield found.finding(message, expected, shortened(ev.supplier.base_url), "pack.yaml /endpoints")
    for one in found.facts:
        yield _of_version(ev, found, one) if one in tested and one["kind"] == FHIR else _contacted(ev, found, one)
    yield from _links(ev, found)


@condition("pack.has-an-endpoint", params=NoParams, needs=lambda p, settings: [WHOLE], claim=True)
def has_an_endpoint(ev: EvidenceView, p: NoParams) -> bool | None:
    """Does the pack declare an endpoint, or was one tested? Not known where its root says nothing of endpoints."""
    if ev.supplier.base_url:
        return True
    found = root(ev, "endpoints")
    return None if isinstance(found, Undecided) else bool(found.facts)


def _of_version(ev: EvidenceView, found: Given, one: Mapping[str, Any]) -> Statement:
    exchange = answer(ev.record(METADATA), "metadata", f"the endpoint {one['id']}")
    if isinstance(exchange, Undecided):
        return exchange
    statement = resource_of(exchange, "CapabilityStatement", f"GET metadata of the endpoint {one['id']}")
    if isinstance(statement, Finding | Undecided):
        return statement
    if not one.get("version"):
        return found.undecided(f"the FHIR version of the endpoint {one['id']} is not declared")
    served = str(statement.get("fhirVersion", ""))
    both = found._replace(evidence=(*found.evidence, exchange.id))
    if served != one["version"]:
        message = "An endpoint serves another FHIR version than the pack declares."
        return both.finding(message, one["version"], shortened(served) or "none", f"pack.yaml endpoint {one['id']}")
    return Examined(what="endpoints that answer as declared", evidence=both.evidence)


def _contacted(ev: EvidenceView, found: Given, one: Mapping[str, Any]) -> Statement:
    """Something else that was asked there, by whichever row, shows that it answers."""
    for exchange in ev.every(_ANSWERS):
        if _below(exchange.request.url, one["url"]):
            return Examined(what="endpoints that answer", evidence=(*found.evidence, exchange.id))
    return found.undecided(f"the endpoint {one['id']} ({one['kind']}) was not contacted")


def _links(ev: EvidenceView, found: Given) -> Iterator[Statement]:
    hosts = {host_of(one["url"]) for one in found.facts} | {host_of(ev.supplier.base_url)}
    elsewhere: dict[str, list[str]] = {}
    for exchange in ev.every(_ANSWERS):
        if host_of(exchange.request.url) not in hosts:
            continue
        body = exchange.json()
        for one in bundle.links(body.value) if body.resource_type == "Bundle" else ():
            url = one.get("url")
            host = host_of(joined(exchange.request.url, url)) if isinstance(url, str) else ""
            if one.get("relation") in _PAGING and host and host not in hosts:
                elsewhere.setdefault(host, []).append(exchange.id)
    for host, where in sorted(elsewhere.items()):
        message = "A link of a Bundle leads to a host that the pack does not declare."
        both = found._replace(evidence=(*found.evidence, *dict.fromkeys(where[:5])))
        yield both.finding(message, ", ".join(sorted(hosts - {""})[:4]), shortened(host), "Bundle.link", len(where))


def _same(one: str, other: str) -> bool:
    """Are two base addresses the same?

    >>> _same("https://API.example/fhir/", "https://api.example:443/fhir"), _same("https://a.example", "http://a.example")
    (True, False)
    """
    return bool(one and other) and _parts(one) == _parts(other)


def _below(url: str, base: str) -> bool:
    """Is a URL that of an address, or below it?

    >>> _below("https://a.example/fhir/Patient?_count=5", "https://a.example/fhir"), _below("https://a.example/fhirs", "https://a.example/fhir")
    (True, False)
    """
    (*origin, path), (*of_base, of_path) = _parts(url), _parts(base)
    return bool(origin[0]) and origin == of_base and (path == of_path or path.startswith(f"{of_path}/"))


def _parts(url: str) -> tuple[str, str, int, str]:
    try:
        parts = urlsplit(url)
        scheme = parts.scheme.lower()
        return scheme, parts.hostname or "", parts.port or _PORTS.get(scheme, 0), parts.path.rstrip("/")
    except ValueError:
        return "", "", 0, ""
