"""NHS numbers in URLs: where they are looked for, and what may come back to whoever sent it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checker.checks.leakage import places_of_numbers
from checker.engine.gather import run_offline
from checker.engine.source import LiveSource
from checker.model.ask import HttpAsk
from checker.model.exchange import Failure, Request
from checker.model.terms import Outcome, Reason
from checker.model.view import Exchange
from tests.checks.bench import instead, is_kind, read_of, said, when
from tests.engine.scripted import BASE, JSON_HEADERS, Memory, Reply, Scripted, changed, json_reply, nhs_number
from tests.engine.suppliers import failing

CHECK = "url.no-nhs-number"
NUMBER = nhs_number(3)
NOBODYS = nhs_number(30)
GROUPED = f"{NUMBER[:3]}%20{NUMBER[3:6]}%20{NUMBER[6:]}"


def edited(**changes: Any) -> Scripted:
    """The first search answers with these members changed."""

    def change(ask: HttpAsk, reply: Reply) -> Reply | Failure:
        return json_reply({**json.loads(reply.body), **changes}) if ask.interaction == "search" else reply

    return Scripted(answer=changed(change))


def links(relation: str, url: str) -> Scripted:
    return edited(link=[{"relation": relation, "url": url}])


def test_a_supplier_that_makes_opaque_urls_passes() -> None:
    assert said(CHECK).outcome is Outcome.PASS


@pytest.mark.parametrize(
    "outside",
    [
        links("next", f"{BASE}/Patient?_after={NUMBER}"),
        links("next", f"{BASE}/Patient?_after={GROUPED}"),
        links("next", f"{BASE}/Patient?identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C{NUMBER}"),
        links("self", f"{BASE}/Patient?_last={NUMBER}"),
        links("first", f"Patient?_after={NUMBER}"),
        edited(entry=[{"fullUrl": f"{BASE}/Patient/{NUMBER}", "resource": {"resourceType": "Patient"}}]),
        edited(entry=[{"response": {"location": f"Patient/{NUMBER}/_history/1"}}]),
        edited(entry=[{"link": [{"relation": "x", "url": f"{BASE}/Patient/{NUMBER}"}]}]),
        when(is_kind("read"), headers=(*JSON_HEADERS, ("Content-Location", f"{BASE}/Patient/{NUMBER}"))),
        when(is_kind("read"), headers=(*JSON_HEADERS, ("Link", f"<{BASE}/x?n={NUMBER}>; rel=next"))),
        instead(read_of("p2"), Reply(302, b"", (("Location", f"https://login.test/?who={NUMBER}"),))),
    ],
)
def test_a_number_in_a_url_is_found_and_not_shown(outside: Scripted) -> None:
    verdict = said(CHECK, outside)
    assert verdict.outcome is Outcome.FAIL
    assert NUMBER not in str(verdict.findings)
    assert len(verdict.findings) == 1


@pytest.mark.parametrize(
    "url",
    [
        f"{BASE}/Patient?_page={NOBODYS}",
        f"{BASE}/Patient?_page=1767225600",
        f"{BASE}/Patient?_page=a{NUMBER}",
        f"{BASE}/Patient?_page={NUMBER}0",
        f"{BASE}/Patient?_page=7f0c",
        "http://[",
    ],
)
def test_what_is_nobodys_number_may_stand_in_a_url(url: str) -> None:
    assert said(CHECK, links("next", url)).outcome is not Outcome.FAIL


def test_a_page_that_is_no_json_is_looked_through_for_urls() -> None:
    page = f'<html><a href="https://fhir.test/r4/Patient/{NUMBER}">here</a></html>'.encode()
    plain = f"<html>{NUMBER} was not found</html>".encode()
    for body, found in ((page, Outcome.FAIL), (plain, Outcome.PASS)):
        unknown = Reply(404, body, (("Content-Type", "text/html"),))
        assert said(CHECK, instead(read_of("p2"), unknown)).outcome is found


def asked(url: str, body: bytes, links: list[dict[str, str]]) -> list[str]:
    """Where the answer to that request holds a number that its client did not send."""
    answer = json_reply({"resourceType": "Bundle", "link": links})
    ledger = Memory()
    source = LiveSource(Scripted(answer=lambda ask: answer), ledger)
    request = Request(url=url, method="POST" if body else "GET", body=body)
    evidence = run_offline(source.obtain(HttpAsk(request=request, interaction="search")))
    assert evidence is not None
    return list(places_of_numbers(Exchange(evidence, ledger.blob), frozenset({NUMBER})))


def test_what_the_client_itself_sent_may_come_back() -> None:
    plain, with_number = f"{BASE}/Patient", f"{BASE}/Patient?identifier={NUMBER}"
    form = f"identifier={NUMBER}".encode()
    own, following = [{"relation": "self", "url": with_number}], [{"relation": "next", "url": with_number}]
    assert asked(with_number, b"", own + following) == []
    assert asked(f"{plain}/_search", form, own) == []
    assert asked(f"{plain}/_search", form, following) == ["the next link"]
    assert asked(plain, b"", own + following) == ["the self link", "the next link"]


def test_without_a_url_in_any_answer_nothing_is_decided() -> None:
    def bare(ask: HttpAsk, reply: Reply) -> Reply | Failure:
        if ask.interaction not in ("search", "page"):
            return reply
        page = json.loads(reply.body)
        entries = [{"resource": one["resource"]} for one in page["entry"]]
        return json_reply({**page, "link": [], "entry": entries})

    verdict = said(CHECK, Scripted(answer=changed(bare)))
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.NO_DATA)
    assert "no answer holds a URL that the server made" in verdict.why


def test_without_a_number_in_any_answer_nothing_is_decided() -> None:
    bare = {"resourceType": "Bundle", "type": "searchset", "entry": []}
    verdict = said(CHECK, Scripted(answer=lambda ask: json_reply(bare)))
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.NO_DATA)


@pytest.mark.parametrize("kind", ["search", "read", "page"])
def test_an_answer_that_never_came_or_was_withheld_leaves_it_open(kind: str) -> None:
    assert said(CHECK, instead(is_kind(kind), failing())).outcome is Outcome.INCONCLUSIVE
    assert said(CHECK, when(is_kind(kind), withheld=Reason.UNSAFE)).reason is Reason.UNSAFE
