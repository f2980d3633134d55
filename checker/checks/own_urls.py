"""URLs that a server makes about itself. Source: docs/policy.md#links-keep-to-https."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.passive import Alike, host_of, is_https, own_answers
from checker.fhir import bundle
from checker.model.asked import OfType
from checker.model.exchange import joined
from checker.model.need import Every, Need, Selector
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_ANSWERS = Every(
    selector=Selector(views=("fhir",), statuses=("1xx", "2xx", "3xx", "4xx", "5xx")),
    cover=("search",),
)
"""Every answer; not each kind has such a URL, so only a search must be among those that have one."""
_HEADERS = ("Location", "Content-Location")


@check(
    "urls.own-are-https",
    params=OfType,
    needs=lambda p, settings: [
        _ANSWERS,
        Need(probe="fhir.capabilities", params=NoParams()),
        Need(probe="fhir.search", params=p),
    ],
    source="docs/policy.md#links-keep-to-https",
)
def own_are_https(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Every URL that the server makes about itself begins with https.

    Looked at are the links and fullUrls of Bundles, ``implementation.url`` of the CapabilityStatement,
    and the headers Location and Content-Location, of all answers. Only URLs of the endpoint's own host
    count; a relative one keeps the scheme of the request. Names that only look like addresses (systems,
    profiles, ``urn:`` ids) and other hosts are left alone. If the endpoint itself is http, what its
    links should be cannot be told.

    Good: ``"url": "https://api.supplier.example/fhir/Patient?_page=2"``.
    Bad: ``"url": "http://api.supplier.example/fhir/Patient?_page=2"`` behind a proxy that speaks https.
    """
    if not is_https(ev.supplier.base_url):
        yield Undecided(reason=Reason.PREREQUISITE, message="the endpoint is not https")
        return
    own = host_of(ev.supplier.base_url)
    wrong = Alike(expected="https", place="URLs in the answers")
    for exchange in own_answers(ev, _ANSWERS):
        if exchange.lost and 200 <= exchange.status < 300:
            reason = exchange.evidence.withheld or Reason.NO_DATA
            message = f"the body of an answer to a {exchange.http.interaction} cannot be looked at"
            yield Undecided(reason=reason, message=message, evidence=(exchange.id,))
        about_itself = [
            (place, url)
            for place, written in _urls(exchange)
            if host_of(url := joined(exchange.request.url, written)) == own
        ]
        for place, url in about_itself:
            if not is_https(url):
                wrong.add(f"{place} leads to the endpoint by http.", "http", exchange)
        if about_itself and all(is_https(url) for _, url in about_itself):
            yield Examined(
                what="URLs of the endpoint's own host are https.",
                evidence=(exchange.id,),
                interaction=exchange.http.interaction,
                count=len(about_itself),
            )
    yield from wrong.findings()


def _urls(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """The URLs of an answer with the place where they stand."""
    for name in _HEADERS:
        value = exchange.header(name)
        if value:
            yield f"The header {name}", value
    body = exchange.json()
    if body.resource_type == "Bundle":
        for one in bundle.links(body.value):
            yield from _text(f"A link ({_word(one.get('relation'))})", one.get("url"))
        for _, entry in bundle.entries(body.value):
            yield from _text("A fullUrl", entry.get("fullUrl"))
    elif body.resource_type == "CapabilityStatement":
        implementation = body.value.get("implementation")
        if isinstance(implementation, dict):
            yield from _text("CapabilityStatement.implementation.url", implementation.get("url"))


def _text(place: str, url: Any) -> Iterator[tuple[str, str]]:
    if isinstance(url, str) and url:
        yield place, url


def _word(relation: Any) -> str:
    return relation if isinstance(relation, str) and relation.isascii() and relation.isalpha() else "?"
