"""URLs of the endpoint's own host: which are looked at, and which are somebody else's."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from checker.model.ask import HttpAsk
from checker.model.exchange import Headers
from checker.model.terms import Outcome, Reason
from checker.model.verdict import Verdict
from tests.checks.bench import instead, is_kind, said, when
from tests.engine.scripted import CAPABILITIES, JSON_HEADERS, SUPPLIER, Reply, Scripted, changed, json_reply

OWN = "urls.own-are-https"


def searches(**changes: Any) -> Scripted:
    """The healthy supplier, with other members in its searchsets."""

    def change(ask: HttpAsk, reply: Reply) -> Reply:
        if ask.interaction != "search":
            return reply
        return json_reply({**json.loads(reply.body), **changes})

    return Scripted(answer=changed(change))


def links(url: Any) -> Verdict:
    """A searchset with that self link and no other URL."""
    return said(OWN, searches(link=[{"relation": "self", "url": url}], entry=[]))


def test_https_links_pass() -> None:
    assert said(OWN).outcome is Outcome.PASS


@pytest.mark.parametrize(
    "url",
    ["http://fhir.test/r4/Patient", "HTTP://FHIR.TEST/r4", "http://fhir.test:8080/r4?_page=2", "http:///fhir.test"],
)
def test_http_to_the_own_host_is_a_finding(url: str) -> None:
    verdict = links(url)
    if url.startswith("http:///"):  # names no host: nothing of it can be told
        assert verdict.reason is Reason.NO_DATA
        return
    assert verdict.outcome is Outcome.FAIL
    assert verdict.findings[0].message == "A link (self) leads to the endpoint by http."
    assert "http://" not in verdict.findings[0].actual


@pytest.mark.parametrize("url", ["?_page=2", "/r4/Patient", "//fhir.test/r4/Patient", "https://fhir.test/r4"])
def test_a_relative_link_keeps_the_scheme(url: str) -> None:
    assert links(url).outcome is Outcome.PASS


@pytest.mark.parametrize("url", ["http://elsewhere.test/r4", "urn:uuid:1", "http://[::bad/", 7, None, ""])
def test_other_hosts_and_odd_values_are_left_alone(url: Any) -> None:
    verdict = links(url)
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.NO_DATA)


def test_full_urls_count_and_those_of_others_do_not() -> None:
    entry = [{"fullUrl": "http://fhir.test/r4/Patient/p1"}, {"fullUrl": "http://fhir.nhs.uk/x"}, 3, {"fullUrl": 3}]
    verdict = said(OWN, searches(entry=entry))
    assert [(f.message, f.count) for f in verdict.findings] == [("A fullUrl leads to the endpoint by http.", 1)]
    systems = [{"resource": {"resourceType": "Patient", "identifier": [{"system": "http://fhir.test/r4/id"}]}}]
    assert said(OWN, searches(entry=systems)).outcome is Outcome.PASS


def test_the_statement_and_the_headers_are_looked_at() -> None:
    statement = {**CAPABILITIES, "implementation": {"url": "http://fhir.test/r4"}}
    found = said(OWN, instead(is_kind("capabilities"), json_reply(statement))).findings
    assert "implementation.url" in found[0].message
    odd = instead(is_kind("capabilities"), json_reply({**CAPABILITIES, "implementation": "http://fhir.test/r4"}))
    assert said(OWN, odd).outcome is Outcome.PASS
    located: Headers = (*JSON_HEADERS, ("Content-Location", "http://fhir.test/r4/Patient/p1/_history/2"))
    found = said(OWN, when(is_kind("search"), headers=located)).findings
    assert "Content-Location" in found[0].message


def test_an_endpoint_without_tls_leaves_it_open() -> None:
    plain = msgspec.structs.replace(SUPPLIER, base_url="http://fhir.test/r4")
    assert said(OWN, supplier=plain).reason is Reason.PREREQUISITE


def test_a_body_that_cannot_be_looked_at_leaves_it_open() -> None:
    verdict = said(OWN, when(is_kind("capabilities"), withheld=Reason.UNSAFE))
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.UNSAFE)
