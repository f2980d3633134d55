"""Headers: what is asked for, how else it may be written, and what leaves it open."""

from __future__ import annotations

import msgspec
import pytest

from checker.checks.headers import directives, names_version
from checker.model.ask import HttpAsk
from checker.model.exchange import Headers
from checker.model.terms import Outcome, Reason
from checker.model.verdict import Verdict
from tests.checks.bench import instead, is_kind, said, when
from tests.engine.scripted import JSON_HEADERS, SUPPLIER, Reply, Scripted, changed, json_reply, outcome

HSTS, NOSNIFF, VERSION, STORE = "headers.hsts", "headers.nosniff", "headers.no-version", "headers.no-store"
ALL = (HSTS, NOSNIFF, VERSION, STORE)
_NAMES = {HSTS: "Strict-Transport-Security", NOSNIFF: "X-Content-Type-Options", STORE: "Cache-Control"}


def everywhere(name: str, *values: str) -> Scripted:
    """The healthy supplier, with other values of one header in all answers."""

    def change(ask: HttpAsk, reply: Reply) -> Reply:
        kept: Headers = tuple(pair for pair in reply.headers if pair[0] != name)
        return dressed(reply, (*kept, *((name, value) for value in values)))

    return Scripted(answer=changed(change))


def dressed(reply: Reply, headers: Headers) -> Reply:
    return Reply(reply.status, reply.body, headers)


def header(check: str, *values: str) -> Verdict:
    return said(check, everywhere(_NAMES[check], *values))


@pytest.mark.parametrize("check", ALL)
def test_the_healthy_supplier_passes(check: str) -> None:
    assert said(check).outcome is Outcome.PASS


@pytest.mark.parametrize("check", [HSTS, NOSNIFF, STORE])
def test_a_missing_header_is_one_finding_for_all_answers(check: str) -> None:
    (finding,) = header(check).findings
    assert finding.count > 1
    assert finding.place == f"header {_NAMES[check]}"
    assert finding.examples
    assert "sh" in finding.reproduce


@pytest.mark.parametrize(
    "value",
    [
        "max-age=31536000; includeSubDomains",
        "max-age=31536000;includeSubDomains;preload",
        'Max-Age="63072000" ; INCLUDESUBDOMAINS',
        " includeSubDomains ; max-age = 99999999999999999999 ;",
        'max-age=31536000; includeSubDomains; future="a;b"',
    ],
)
def test_hsts_may_be_written_in_other_ways(value: str) -> None:
    assert header(HSTS, value).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("values", "word"),
    [
        (("max-age=300; includeSubDomains",), "too soon"),
        (("max-age=0",), "too soon"),
        (("max-age=000000000000300",), "too soon"),
        (("max-age=31536000",), "subdomains"),
        (("includeSubDomains",), "cannot be read"),
        (("max-age=; includeSubDomains",), "cannot be read"),
        (("max-age=1y; includeSubDomains",), "cannot be read"),
        (("max-age=31536000; max-age=31536000; includeSubDomains",), "cannot be read"),
        (("max-age=31536000, max-age=31536000; includeSubDomains",), "cannot be read"),
        (("max-age=31536000; includeSubDomains", "max-age=31536000; includeSubDomains"), "more than once"),
    ],
)
def test_hsts_that_does_not_hold_is_a_finding(values: tuple[str, ...], word: str) -> None:
    verdict = header(HSTS, *values)
    assert verdict.outcome is Outcome.FAIL
    assert word in verdict.findings[0].message


@pytest.mark.parametrize("check", [HSTS])
def test_over_http_hsts_means_nothing(check: str) -> None:
    plain = msgspec.structs.replace(SUPPLIER, base_url="http://fhir.test/r4")
    assert said(check, supplier=plain).reason is Reason.PREREQUISITE


def test_one_error_page_without_the_header_is_found() -> None:
    def change(ask: HttpAsk, reply: Reply) -> Reply:
        return Reply(reply.status, reply.body, JSON_HEADERS[:1]) if reply.status >= 400 else reply

    verdict = said(HSTS, Scripted(answer=changed(change)))
    assert verdict.outcome is Outcome.PASS  # its probes meet no error
    metadata = said(HSTS, when(is_kind("capabilities"), headers=JSON_HEADERS[:1]))
    assert [finding.count for finding in metadata.findings] == [1]


@pytest.mark.parametrize(("value", "passes"), [("NoSniff", True), ("nosniff, nosniff", True), ("sniff", False)])
def test_nosniff_in_any_case(value: str, passes: bool) -> None:
    assert (header(NOSNIFF, value).outcome is Outcome.PASS) == passes


@pytest.mark.parametrize(
    "value", ["no-store", "No-Store", "no-cache, no-store, must-revalidate", 'private="a, b", no-store', "no-store,"]
)
def test_no_store_among_others(value: str) -> None:
    assert header(STORE, value).outcome is Outcome.PASS


def test_no_store_in_a_second_header_counts() -> None:
    assert header(STORE, "no-cache", "no-store").outcome is Outcome.PASS


@pytest.mark.parametrize("value", ["private", "no-cache", "public, max-age=3600", "max-age=0", 'ext="no-store"', ""])
def test_what_may_be_kept_is_a_finding(value: str) -> None:
    assert header(STORE, value).outcome is Outcome.FAIL


def test_answers_without_data_of_patients_may_be_kept() -> None:
    assert said(STORE, when(is_kind("capabilities"), headers=JSON_HEADERS[:3])).outcome is Outcome.PASS
    directory = json_reply({"resourceType": "Organization", "id": "o1"}, headers=JSON_HEADERS[:3])
    assert said(STORE, instead(is_kind("read"), directory)).reason is Reason.NO_DATA
    assert said(STORE, instead(is_kind("read"), outcome(404))).reason is Reason.NO_DATA


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"resourceType": ["x"]}', b'{"resourceType":"Bundle","entry":[1,{"resource":2}]}']
)
def test_odd_bodies_hold_no_data(body: bytes) -> None:
    verdict = said(STORE, instead(is_kind("read"), Reply(200, body, JSON_HEADERS[:3])))
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.NO_DATA)


def test_a_body_that_was_withheld_is_not_passed_over() -> None:
    verdict = said(STORE, when(is_kind("read"), withheld=Reason.UNSAFE))
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.UNSAFE)


@pytest.mark.parametrize(
    ("name", "value", "tells"),
    [
        ("Server", "nginx", False),
        ("Server", "nginx/1.18.0", True),
        ("Server", "Apache/2.4.41 (Ubuntu)", True),
        ("Server", "Microsoft-IIS/10.0", True),
        ("Server", "Microsoft-Azure-Application-Gateway/v2", False),
        ("Server", "Jetty(9.4.44.v20210927)", True),
        ("Server", "cloudflare", False),
        ("X-Powered-By", "ASP.NET", False),
        ("X-Powered-By", "PHP/7.4.3", True),
        ("X-Powered-By", "HAPI FHIR 6.2.2 REST Server (FHIR Server; FHIR 4.0.1/R4)", True),
        ("X-Powered-By", "REST Server (FHIR Server; FHIR 4.0.1/R4)", False),
        ("X-AspNet-Version", "4.0.30319", True),
        ("X-AspNetMvc-Version", "5.2", True),
        ("Via", "1.1 varnish", False),
        ("Via", "HTTP/1.1 gateway.example, 2 10.0.0.1:8080", False),
        ("Via", "1.1 proxy (squid/3.5.20)", True),
        ("Via", "1.1 varnish (Varnish/6.0)", True),
        ("via", "", False),
    ],
)
def test_which_headers_tell_a_version(name: str, value: str, tells: bool) -> None:
    assert names_version(name, value) is tells
    assert (said(VERSION, everywhere(name, value)).outcome is Outcome.FAIL) is tells


def test_the_grammar_of_directives() -> None:
    assert directives('a; B="c;d" ;; e = f') == {"a": "", "b": "c;d", "e": "f"}
    assert directives("a;a") is None
    assert directives("a b") is None
    assert directives("") == {}


@pytest.mark.parametrize("check", [HSTS, NOSNIFF, VERSION])
def test_another_host_to_which_a_redirect_led_is_not_judged(check: str) -> None:
    away = (*JSON_HEADERS, ("Location", "https://login.test/r4/metadata"))

    def change(ask: HttpAsk, reply: Reply) -> Reply:
        if "login.test" in ask.request.url:
            return Reply(200, reply.body, (("Server", "nginx/1.18.0"),))
        return Reply(302, b"", away) if ask.interaction == "capabilities" else reply

    assert said(check, Scripted(answer=changed(change))).outcome is Outcome.PASS
