"""Whether the Content-Type of an answer is that of its body. Source: OWASP ASVS 5.0.0, 4.1.1; RFC 9110 section 8.3."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.checks.passive import Alike, own_answers
from checker.model.asked import Sample
from checker.model.need import Every, Need, Selector
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_ANY = ("1xx", "2xx", "3xx", "4xx", "5xx")
_ANSWERS = Every(selector=Selector(views=("fhir",), statuses=_ANY), cover=("capabilities", "read", "search"))
_HTML = ("<!doctype html", "<html")
_XML_ROOT = re.compile(r"<[a-z][\w:.-]*\s[^>]*xmlns")
_XML_TYPES = ("application/xml", "text/xml")


def written_as(exchange: Exchange) -> str:
    """``json``, ``html``, ``xml``, or "" for a body that begins like none of them."""
    body = exchange.json()
    if not body.problem:
        return "json" if isinstance(body.value, dict | list) else ""
    start = (exchange.body_bytes or b"")[:400].decode("utf-8", "replace").lstrip("\ufeff \t\r\n").lower()
    if start.startswith(_HTML):
        return "html"
    return "xml" if start.startswith("<?xml") or _XML_ROOT.match(start) else ""


def mislabelled(media_type: str, kind: str) -> bool:
    """Does a media type (lower case, no parameters) say something else than the body is?

    >>> mislabelled("application/fhir+json", "json"), mislabelled("text/html", "json")
    (False, True)
    """
    if kind == "json":
        return not (
            media_type.endswith(("+json", "/json", "/ndjson", "+ndjson")) or media_type == "application/json+fhir"
        )
    if kind == "html":
        return media_type not in ("text/html", "application/xhtml+xml")
    if kind == "xml":
        return not (media_type.endswith("+xml") or media_type in _XML_TYPES or media_type == "text/html")
    return False


@check(
    "content-type.is-that-of-the-body",
    needs=lambda p, settings: [
        _ANSWERS,
        Need(probe="fhir.capabilities", params=NoParams()),
        Need(probe="fhir.sample", params=Sample(type="Patient")),
    ],
    source="https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/0x13-V4-API-and-Web-Service.md",
)
def is_that_of_the_body(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every body has a Content-Type, which is that of what it is; text and pages name their charset.

    Looks at all answers of the endpoint, errors too. JSON is in UTF-8 by its definition (RFC 8259 section 8.1) and
    needs no charset; XML may say it in its first line. Which FHIR type it is, is for another requirement.

    Good: ``application/fhir+json``; ``text/html; charset=utf-8`` around a page.
    Bad: ``text/html`` around JSON; ``application/json`` around a page; a page without charset; none.
    """
    wrong = Alike(expected="the media type of the body, with charset for text/*", place="header Content-Type")
    for exchange in own_answers(ev, _ANSWERS):
        response = exchange.response
        if response is None or response.wire.encoded_bytes == 0 or exchange.request.method == "HEAD":
            continue
        if exchange.lost:
            reason = exchange.evidence.withheld or Reason.NO_DATA
            message = f"the body of an answer to a {exchange.http.interaction} cannot be looked at"
            yield Undecided(reason=reason, message=message, evidence=(exchange.id,))
            continue
        media_type, _, parameters = (exchange.header("Content-Type") or "").partition(";")
        media_type = media_type.strip().lower()
        shown = media_type[:60] if media_type.isascii() and media_type.isprintable() else "another type"
        kind = written_as(exchange)
        if not media_type:
            wrong.add("A body has no Content-Type.", "none", exchange)
        elif mislabelled(media_type, kind):
            wrong.add(f"A body that is {kind.upper()} is labelled otherwise.", shown, exchange)
        elif media_type.startswith("text/") and kind != "xml" and "charset=" not in parameters.lower():
            wrong.add("Text is sent without its charset.", shown, exchange)
        else:
            what = "The Content-Type of answers is that of their bodies."
            yield Examined(what=what, evidence=(exchange.id,), interaction=exchange.http.interaction)
    yield from wrong.findings()
