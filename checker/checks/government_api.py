"""What government asks of every API: encrypted, safe to read from, in formats that everybody reads.

Source: https://www.gov.uk/guidance/gds-api-technical-and-data-standards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from checker.checks.bodies import cut_off
from checker.checks.over_http import needs, over_http
from checker.checks.passive import Alike, host_of, own_answers
from checker.fhir.bundle import version_id
from checker.model.asked import ClearText, OfType, Sample
from checker.model.evidence import Artefact
from checker.model.exchange import joined
from checker.model.need import Every, Need, Selector
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_SOURCE = "https://www.gov.uk/guidance/gds-api-technical-and-data-standards"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CLOSED = frozenset({400, 403, 404, 405, 410, 421, 426, 497})
"""Refusals of HTTP itself: 400 and 497 of a server that awaits TLS, 421 and 426 by RFC 9110, others by a firewall."""
_OF_A_PROXY = ("Via", "X-Squid-Error", "Proxy-Authenticate")
"""Headers that a proxy adds: its answer may be its own. A page to sign in is on another host."""


@check(
    "transport.nothing-in-the-clear",
    params=ClearText,
    needs=lambda p, settings: needs(p),
    source=f"{_SOURCE}#use-https",
)
def nothing_in_the_clear(ev: EvidenceView, p: ClearText) -> Iterator[Statement]:
    """The interface is not served without TLS: http is redirected to https, or refused with a status.

    One GET of /metadata over http, without any credential, on port 80 or the one that a profile names. A connection
    that does not come about is no refusal: a firewall in between, or here, looks just the same. It decides only where
    the supplier file says that the port is closed (`checker.checks.over_http`).

    Good: 308 with ``Location: https://…``; 403. Bad: 200 with the CapabilityStatement; a redirect to http.
    """
    what = f"GET /metadata over http on port {p.port}"
    exchange = over_http(ev, p, what)
    if not isinstance(exchange, Exchange):
        yield exchange
        return
    target = joined(exchange.request.url, exchange.header("Location") or "")
    if any(exchange.header(name) for name in _OF_A_PROXY) or (
        target and host_of(target) != host_of(ev.supplier.base_url)
    ):
        message = f"{what} was answered by something in between ({exchange.status})"
        yield Undecided(reason=Reason.NETWORK, message=message, evidence=(exchange.id,))
    elif exchange.status in _REDIRECTS and target[:6].lower() == "https:":
        yield Examined(what="http is redirected to https.", evidence=(exchange.id,))
    elif exchange.status in _CLOSED:
        yield Examined(what=f"http is refused with {exchange.status}.", evidence=(exchange.id,))
    elif exchange.ok or exchange.status in (401, *_REDIRECTS):
        told = "a redirect that stays with http" if exchange.status in _REDIRECTS else str(exchange.status)
        yield Finding(
            message="The interface is served without encryption.",
            expected="a redirect to https, or a refusal",
            actual=told,
            place=exchange.request.url,
            evidence=(exchange.id,),
        )
    else:
        message = f"{what} was answered with {exchange.status}"
        yield Undecided(reason=Reason.NETWORK, message=message, evidence=(exchange.id,))


def _openapi() -> Need:
    return Need(probe="openapi.current", params=NoParams(), optional=True)


@check(
    "http.reading-changes-nothing",
    params=OfType,
    needs=lambda p, settings: [Need(probe="platform.read-again", params=p), _openapi()],
    source=f"{_SOURCE}#use-restful",
)
def reading_changes_nothing(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """GET is safe (RFC 9110 section 9.2.1): a resource that is read again and again stays as it is.

    One resource is read four times in a row. A finding takes that its version, or where it has none its
    ``meta.lastUpdated``, is another one each time; once could be somebody at work. Where the supplier submits its
    OpenAPI document, a GET with a request body in it is a finding as well: it asks for something to be done.

    Good: version 2 four times. Bad: versions 2, 3, 4 and 5.
    """
    yield from _bodies_of_get(ev)
    view = ev.record(Need(probe="platform.read-again", params=p))
    reads = [one for number in range(8) for one in view.exchanges(f"read {number}")]
    marks = [_mark(one) for one in reads if one.ok and not one.lost]
    evidence = tuple(one.id for one in reads)
    if len(marks) < 2 or len(marks) < len(reads) or not all(marks):
        message = f"a {p.type} could not be read several times with a version or time of its last change"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=evidence)
    elif len(set(marks)) == 1:
        yield Examined(what=f"A {p.type} was read {len(marks)} times and stayed as it is.", evidence=evidence)
    elif len(set(marks)) == len(marks) > 2:
        yield Finding(
            message=f"A {p.type} changes whenever it is read.",
            expected="the same version each time",
            actual=f"{len(marks)} versions in {len(marks)} reads",
            place=reads[0].request.url,
            evidence=evidence,
        )
    else:
        message = f"the {p.type} was changed while it was read: somebody is at work"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=evidence)


def _mark(exchange: Exchange) -> str:
    """What tells one version of a resource from another."""
    resource = exchange.json().value
    version = version_id(resource)
    meta = resource.get("meta") if isinstance(resource, dict) else None
    changed = meta.get("lastUpdated") if isinstance(meta, dict) else None
    return version or (changed if isinstance(changed, str) else "")


def _bodies_of_get(ev: EvidenceView) -> Iterator[Finding]:
    for item in ev.record(_openapi()).evidence("document"):
        payload = item.read()
        found = payload.facts.get("documents") if isinstance(payload, Artefact) else None
        for one in found if isinstance(found, list) else ():
            document = one.get("document") if isinstance(one, dict) else None
            paths = document.get("paths") if isinstance(document, dict) else None
            for path, entry in paths.items() if isinstance(paths, dict) else ():
                asked = entry.get("get") if isinstance(entry, dict) else None
                if isinstance(asked, dict) and "requestBody" in asked:
                    yield Finding(
                        message="The OpenAPI document describes a GET with a request body.",
                        expected="GET without a body (RFC 9110 section 9.3.1)",
                        actual="requestBody",
                        place=f"/paths/{path[:80]}/get",
                        evidence=(item.id,),
                    )


_DATA = Every(selector=Selector(views=("fhir",), statuses=("2xx",)), cover=("read", "search"))
_VERSION = re.compile(r"(?:v?[0-9]{1,3}(?:\.[0-9]{1,3}){0,2}|R[2-6]B?|DSTU2|STU3)", re.IGNORECASE)
_OTHER_DATE = re.compile(
    r"(?:[0-3]?[0-9][/.][01]?[0-9][/.](?:19|20)[0-9]{2}|[0-3]?[0-9][ -](?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|"
    r"dec)[a-z]{0,6}[ -](?:19|20)[0-9]{2})(?:[ T][0-2][0-9]:[0-5][0-9](?::[0-5][0-9])?)?",
    re.IGNORECASE,
)
_OF_TIME = re.compile(r"date|time|birth|deceased|start|end$|issued|author|record|updated|created|sent$", re.IGNORECASE)
_MOST_VALUES = 200_000
_PROSE = frozenset({"text", "div", "display", "title", "description", "comment", "diagnostics", "value", "valueString"})


@check(
    "http.formats-are-common",
    params=OfType,
    needs=lambda p, settings: [_DATA, Need(probe="fhir.sample", params=Sample(type=p.type))],
    source=f"{_SOURCE}#use-json",
)
def formats_are_common(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """The interface has a version in its address, and answers in JSON, in UTF-8, with dates as ISO 8601 writes them.

    A date of another form is looked for in every member whose name says that it is a date or time: ``05/04/1979`` in
    a note is a person's business, and ``1.2.2023`` may be a version.

    Good: ``https://…/FHIR/R4``, ``"birthDate": "1979-04-05"``.
    Bad: an address without a version; ``charset=ISO-8859-1``; ``"birthDate": "05/04/1979"``.
    """
    wrong = Alike(expected="JSON in UTF-8, with dates as YYYY-MM-DD", place="body of the answer")
    answers = list(own_answers(ev, _DATA))
    # An address where nothing answers is not yet the address of an interface.
    if answers and not _has_version(ev.supplier.base_url):
        yield Finding(
            message="The address of the interface has no version in it.",
            expected="a step such as R4 or v1",
            actual="no such step",
            place=ev.supplier.base_url,
            evidence=(answers[0].id,),
        )
    for exchange in answers:
        doubt = cut_off(exchange, f"an answer to a {exchange.http.interaction}")
        if doubt is not None:
            yield doubt
            continue
        problem, actual = _format_problem(exchange)
        if problem:
            wrong.add(problem, actual, exchange)
        else:
            what = "Answers are JSON in UTF-8 with ISO 8601 dates."
            yield Examined(what=what, evidence=(exchange.id,), interaction=exchange.http.interaction)
    yield from wrong.findings()


def _has_version(base_url: str) -> bool:
    steps = urlsplit(base_url).path.split("/")
    return any(_VERSION.fullmatch(step) for step in (*steps, host_of(base_url).partition(".")[0]))


def _format_problem(exchange: Exchange) -> tuple[str, str]:
    """What is wrong with an answer, and what it says; two times "" if nothing is."""
    content_type = (exchange.header("Content-Type") or "").lower()
    charset = re.search(r"charset\s*=\s*\"?([a-z0-9_-]{1,40})", content_type)
    if charset and charset[1] not in ("utf-8", "utf8"):
        return "An answer says that it is not UTF-8.", f"charset {charset[1]}"
    body = exchange.json()
    if body.problem and not exchange.body_bytes:
        return "", ""  # nothing was due, as to HEAD and 204
    if body.problem:
        return "An answer is not JSON in UTF-8.", body.problem[:80]
    name = _other_date(body.value)
    return ("A date is not written as ISO 8601 has it.", f"{name} (masked)") if name else ("", "")


def _other_date(value: Any) -> str:
    """The name of the first member that is a date of another form; "" if there is none."""
    waiting: list[tuple[str, Any]] = [("", value)]
    seen = 0
    while waiting and seen < _MOST_VALUES:
        name, node = waiting.pop()
        seen += 1
        if isinstance(node, dict):
            waiting += [(key, inner) for key, inner in node.items() if key not in _PROSE]
        elif isinstance(node, list):
            waiting += [(name, inner) for inner in node]
        elif isinstance(node, str) and len(node) <= 40 and _OF_TIME.search(name) and _OTHER_DATE.fullmatch(node):
            return name if name.isalnum() and len(name) <= 40 else "a member"
    return ""
