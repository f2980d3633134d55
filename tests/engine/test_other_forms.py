"""Answers in XML: those that were asked for beside the same in JSON, and those that were not."""

from __future__ import annotations

import msgspec
import pytest

from checker.engine.other_forms import told_in_json
from checker.model.evidence import HTTP_EXCHANGE, Evidence
from checker.model.exchange import Headers, HttpExchange, Request, Response
from checker.model.view import Exchange
from tests.engine.scripted import BEGIN

JSON = b'{"resourceType": "Patient", "id": "p1"}'
XML = b'<Patient xmlns="http://hl7.org/fhir"/>'
URL = "https://fhir.test/r4/Patient/p1"


def answer(id: str, url: str, body: bytes, *, asked: str = "", labelled: str, identity: str = "default") -> Exchange:
    headers: Headers = (("Accept", asked),) if asked else ()
    exchange = HttpExchange(
        request=Request(url=url, headers=headers, identity=identity),
        response=Response(status=200, headers=(("Content-Type", labelled),), body=id),
        interaction="read",
        view="fhir",
    )
    made = Evidence(
        id=id,
        kind=HTTP_EXCHANGE,
        captured_at=BEGIN,
        ask=id,
        payload=msgspec.Raw(msgspec.json.encode(exchange)),
        blobs=(id,),
        sha256="",
    )
    return Exchange(made, lambda name: body if name == id else None)


IN_JSON = answer("json", URL, JSON, asked="application/fhir+json", labelled="application/fhir+json")


@pytest.mark.parametrize(
    ("url", "accept"), [(URL, "application/fhir+xml"), (f"{URL}?_format=xml", ""), (f"{URL}?_format=xml", "text/html")]
)
def test_xml_that_was_asked_for_beside_json_tells_nothing_more(url: str, accept: str) -> None:
    in_xml = answer("xml", url, XML, asked=accept, labelled="application/fhir+xml; charset=utf-8")
    assert told_in_json([IN_JSON, in_xml]) == {"xml"}
    assert told_in_json([in_xml]) == frozenset()


@pytest.mark.parametrize(
    "other",
    [
        answer("xml", URL, XML, asked="application/fhir+json", labelled="application/fhir+xml"),
        answer("xml", URL, b"<html/>", asked="application/fhir+xml", labelled="text/html"),
        answer("xml", f"{URL}x", XML, asked="application/fhir+xml", labelled="application/fhir+xml"),
        answer("xml", URL, XML, asked="application/fhir+xml", labelled="application/fhir+xml", identity=""),
    ],
    ids=["not asked for", "a page", "another record", "somebody else asks"],
)
def test_what_else_is_not_json_stays_open(other: Exchange) -> None:
    assert told_in_json([IN_JSON, other]) == frozenset()


def test_json_that_cannot_be_read_speaks_for_nothing() -> None:
    broken = answer("json", URL, b"{", labelled="application/fhir+json")
    in_xml = answer("xml", URL, XML, asked="application/fhir+xml", labelled="application/fhir+xml")
    assert told_in_json([broken, in_xml]) == frozenset()
