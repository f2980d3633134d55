"""Answers in another format than JSON that were asked for beside the same in JSON: they tell nothing more."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from checker.model.view import Exchange

_XML = frozenset({"application/fhir+xml", "application/xml", "text/xml", "xml"})
"""What asks for XML in ``Accept`` or ``_format``, and what labels it (FHIR R4, http.html#mime-type)."""


def told_in_json(answers: Iterable[Exchange]) -> frozenset[str]:
    """The ids of the answers in XML that was asked for, where the same was answered in JSON that can be read.

    The same: by method, URL (``_format`` aside), body, and who asks. A server that speaks XML too is so not worse off
    than one that does not. XML, or a page, that came although JSON was asked for is none of these.
    """
    every = tuple(answers)
    read = {_asked(one) for one in every if not one.lost and one.json().resource_type}
    return frozenset(one.id for one in every if _is_xml(one) and _wants_xml(one) and _asked(one) in read)


def _asked(exchange: Exchange) -> tuple[str, str, bytes, str, str]:
    request = exchange.request
    parts = urlsplit(request.url)
    query = urlencode([pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "_format"])
    url = urlunsplit(parts._replace(query=query))
    return request.method.upper(), url, request.body, request.identity, request.alteration


def _is_xml(exchange: Exchange) -> bool:
    return _name(exchange.header("Content-Type") or "") in _XML


def _wants_xml(exchange: Exchange) -> bool:
    """``_format`` wins over ``Accept`` (FHIR R4, http.html#parameters)."""
    query = parse_qsl(urlsplit(exchange.request.url).query)
    wanted = next((value.replace(" ", "+") for name, value in query if name == "_format"), "")
    return _name(wanted or exchange.request.header("Accept") or "") in _XML


def _name(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()
