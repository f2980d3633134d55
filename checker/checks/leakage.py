"""NHS numbers in URLs that the server makes: they end in logs, histories and referrers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote_plus

from checker.checks.logs import FRONT_END, urls_of_front_end
from checker.checks.nhs_number import NHS_NUMBER_SYSTEM, is_nhs_number, number_of
from checker.fhir import bundle
from checker.model.asked import OfType, Paging, Sample
from checker.model.need import Every, Need, Selector
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_ANSWERS = Every(selector=Selector(views=("fhir",)), cover=("read", "search"))
_NUMBER = re.compile(r"(?<![0-9A-Za-z])([0-9]{3})[ -]?([0-9]{3})[ -]?([0-9]{4})(?![0-9A-Za-z])", re.ASCII)
_URL = re.compile(r"https?://[^\s\"'<>]+")
_HEADERS = ("Location", "Content-Location", "Link")
_SELF = "the self link"


@check(
    "url.no-nhs-number",
    params=OfType,
    needs=lambda p, settings: [
        _ANSWERS,
        Need(probe="fhir.sample", params=Sample(type=p.type)),
        Need(probe="fhir.pages", params=Paging(type=p.type)),
        FRONT_END,
    ],
    source="docs/policy.md#urls-name-no-patient",
)
def no_nhs_number(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """No URL that the server makes, or that its pages ask for, holds an NHS number.

    Looked at in every answer of the FHIR endpoint: the headers Location, Content-Location and
    Link; the links, full URLs and locations of a Bundle; every URL in a body that is not JSON.
    Only the numbers that identifiers in this run's own answers carry count as NHS numbers, so that
    a counter, a time or an opaque id of ten digits is none. What the client itself had put in the
    URL that it asked for may come back; in a self link, so may what it had put in the body. Where no answer has a URL
    that the server made, nothing is decided.

    Of HAR files among the artefacts of kind ``server-log``, which say what the supplier's pages asked for, each URL,
    redirect and referrer is looked at, for dates of birth, postcodes and searches by name as well.

    A service that uses the NHS number as its logical id (as PDS does) cannot meet this: its
    profile excludes the requirement, with that reason.

    Good: ``…/Patient?_page=7f0c``. Bad: ``…/Patient?_after=9990000018``.
    """
    yield from urls_of_front_end(ev)
    exchanges = ev.every(_ANSWERS)
    known = frozenset(number for exchange in exchanges for number in _identified(exchange.json().value))
    if not known:
        message = "no answer holds an NHS number, so that none could be looked for in URLs"
        yield Undecided(reason=Reason.NO_DATA, message=message)
        return
    if not any(True for exchange in exchanges if not exchange.lost for _ in urls_made(exchange)):
        yield Undecided(reason=Reason.NO_DATA, message="no answer holds a URL that the server made")
        return
    leaks: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        if exchange.lost:
            reason = exchange.evidence.withheld or Reason.NO_DATA
            message = f"the body of an answer to a {exchange.http.interaction} cannot be looked at"
            yield Undecided(reason=reason, message=message, evidence=(exchange.id,))
            continue
        for where in places_of_numbers(exchange, known):
            leaks.setdefault(where, []).append(exchange)
        yield Examined(
            what="URLs that the server makes", evidence=(exchange.id,), interaction=exchange.http.interaction
        )
    for where, found in leaks.items():
        yield Finding(
            message=f"An NHS number stands in {where}.",
            expected="a URL that names nobody",
            actual="the NHS number of a patient who was shown",
            place=f"{where} of the answer to a {found[0].http.interaction}",
            evidence=(found[0].id,),
            count=len(found),
        )


def _identified(value: Any) -> Iterator[str]:
    """The NHS numbers of all identifiers in a body."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if is_nhs_number(node, NHS_NUMBER_SYSTEM) and (number := number_of(node["value"])):
                yield number
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def places_of_numbers(exchange: Exchange, known: frozenset[str]) -> Iterator[str]:
    """Where an answer holds one of the numbers, each place once."""
    asked = _numbers(exchange.request.url)
    sent = asked | _numbers(exchange.request.body.decode("utf-8", errors="replace"))
    told: set[str] = set()
    for where, url in urls_made(exchange):
        own = sent if where == _SELF else asked
        if where not in told and (_numbers(url) & known) - own:
            told.add(where)
            yield where


def urls_made(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """Every URL that the server made, and what it is."""
    response = exchange.response
    for name in _HEADERS if response is not None else ():
        yield from ((f"the header {name}", value) for value in (response.values(name) if response else ()))
    body = exchange.json()
    if body.problem:
        text = (exchange.body_bytes or b"").decode("utf-8", errors="replace")
        yield from (("a URL in the body", url) for url in _URL.findall(text))
        return
    if body.resource_type == "Bundle":
        yield from _links(bundle.links(body.value), "")
        for _, entry in bundle.entries(body.value):
            yield from _links(bundle.links(entry), "an entry's ")
            answered = entry.get("response")
            located = answered.get("location") if isinstance(answered, dict) else None
            for where, url in (("a fullUrl", entry.get("fullUrl")), ("an entry's location", located)):
                if isinstance(url, str):
                    yield where, url


def _links(links: Iterable[dict[str, Any]], whose: str) -> Iterator[tuple[str, str]]:
    for link in links:
        relation, url = link.get("relation"), link.get("url")
        if isinstance(url, str):
            known = relation if relation in ("self", "next", "previous", "prev", "first", "last") else "other"
            yield f"{whose or 'the '}{known} link", url


def _numbers(text: str) -> frozenset[str]:
    """What stands alone in a URL and may be an NHS number, escapes undone."""
    return frozenset("".join(found) for found in _NUMBER.findall(unquote_plus(text)))
