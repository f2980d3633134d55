"""The checks of a hardened interface: on answers that are none, and on those that look wrong and are right."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from checker.checks.cookies import lacks
from checker.checks.labelled_bodies import mislabelled
from checker.checks.security_txt import fields
from checker.checks.urls_of_people import said_by
from checker.model.ask import HttpAsk
from checker.model.exchange import Failure
from checker.model.terms import Outcome, Reason, Safety
from checker.model.verdict import Verdict
from tests.checks.bench import SPOILT
from tests.engine.scripted import (
    BEGIN,
    JSON_HEADERS,
    LIMITS,
    SUPPLIER,
    Reply,
    Scripted,
    healthy,
    json_reply,
    judged,
    outcome,
    profile_of,
    recorded,
    requirement,
)

CHECKS = (
    *("content-type.is-that-of-the-body", "content-type.unsupported-is-refused", "cookies.are-protected"),
    *("cors.foreign-origin", "cors.look-alike-origins", "cors.records-not-for-all", "errors.echo-is-no-markup"),
    *("headers.hsts-once", "headers.no-line-breaks", "headers.odd-ids-stay-out", "methods.trace-is-refused"),
    *("methods.unknown-is-refused", "redirects.interface-is-not-redirected", "redirects.keep-to-https"),
    *("search.all-patients-are-not-listed", "search.values-are-data", "security-txt.is-sound"),
    *("security-txt.names-a-contact", "url.names-nobody", "urls.host-is-not-steered", "web.nothing-lies-open"),
)
ODD = (("Content-Type", "application/json"), ("Location", "https://elsewhere.test/x"), ("Set-Cookie", ";;=;"))
LIES = {
    "bundle": {"resourceType": "Bundle", "type": 7, "total": "9", "link": {}, "entry": [None, {"resource": []}]},
    "patient": {"resourceType": "Patient", "name": 7, "identifier": [7, {}], "address": [{"postalCode": []}]},
    "statement": {"resourceType": "CapabilityStatement", "rest": 7},
    "number": 7,
}
ANSWERS = {**SPOILT, **{name: json.dumps(value).encode() for name, value in LIES.items()}}
ALL_THE_SAME = {
    ("cors.records-not-for-all", 200, "patient"),
    ("web.nothing-lies-open", 200, "statement"),
}
"""What is right about a supplier that answers everything so."""
READ_ONLY = msgspec.structs.replace(LIMITS, ceiling=Safety.S2, max_retry_after_s=0.0)


def verdict(check: str, outside: Scripted) -> Verdict:
    profile = profile_of(requirement(check=check))
    return judged(recorded(outside, profile, supplier=SUPPLIER, limits=READ_ONLY), profile=profile)[0]["R-1"]


@pytest.mark.parametrize("check", CHECKS)
def test_no_check_breaks_or_passes_on_what_is_no_answer(check: str) -> None:
    for name, body in ANSWERS.items():
        for status in (200, 302, 403, 404, 500):
            found = verdict(check, Scripted(answer=lambda ask, body=body, status=status: Reply(status, body, ODD)))  # type: ignore[misc]
            assert found.outcome is not Outcome.ERROR, (name, status, found.why)
            right = check == "redirects.interface-is-not-redirected" and status in (403, 404)
            right = right or (check, status, name) in ALL_THE_SAME
            assert found.outcome is not Outcome.PASS or right, (name, status, found.why)


@pytest.mark.parametrize("check", CHECKS)
def test_a_connection_that_is_closed_is_no_refusal(check: str) -> None:
    closed = Failure(reason=Reason.NETWORK, cause="closed", message="the connection was closed")
    assert verdict(check, Scripted(answer=lambda ask: closed)).outcome is Outcome.INCONCLUSIVE


def odd_alone(ask: HttpAsk, reply: Reply | Failure) -> Reply | Failure:
    """The healthy supplier, but for what is odd on purpose."""
    is_odd = ask.request.method not in ("GET", "POST") or ask.interaction in ("exposed", "security-txt", "clear-text")
    return reply if is_odd else open_metadata(ask)


def open_metadata(ask: HttpAsk) -> Reply:
    if ask.request.url.endswith("/metadata"):
        return json_reply({"resourceType": "CapabilityStatement"})
    return healthy(ask)


@pytest.mark.parametrize(
    ("check", "reply", "expected"),
    [
        ("methods.trace-is-refused", outcome(405), Outcome.PASS),
        ("methods.trace-is-refused", Reply(501, b""), Outcome.PASS),
        ("methods.trace-is-refused", Reply(503, b""), Outcome.INCONCLUSIVE),
        ("methods.trace-is-refused", Reply(429, b""), Outcome.INCONCLUSIVE),
        ("methods.trace-is-refused", Reply(302, b"", (("Location", "https://login.test/"),)), Outcome.INCONCLUSIVE),
        ("methods.trace-is-refused", Reply(407, b""), Outcome.INCONCLUSIVE),
        ("methods.trace-is-refused", Reply(200, b"TRACE /r4/metadata HTTP/1.1"), Outcome.FAIL),
        ("methods.unknown-is-refused", Reply(405, b"", (("Allow", ""),)), Outcome.PASS),
        ("methods.unknown-is-refused", Reply(405, b"", ()), Outcome.FAIL),
        ("methods.unknown-is-refused", Reply(403, b"", ()), Outcome.INCONCLUSIVE),
        ("methods.unknown-is-refused", Reply(500, b"", ()), Outcome.FAIL),
        ("web.nothing-lies-open", Reply(404, b"", ()), Outcome.PASS),
        ("web.nothing-lies-open", Reply(403, b"", ()), Outcome.PASS),
        ("web.nothing-lies-open", Reply(200, b"<html>=ref: refs/</html>", ()), Outcome.PASS),
        ("web.nothing-lies-open", Reply(206, b"ref: refs/heads/main\n", ()), Outcome.FAIL),
        ("web.nothing-lies-open", Reply(503, b"", ()), Outcome.INCONCLUSIVE),
    ],
)
def test_what_counts_as_a_refusal(check: str, reply: Reply, expected: Outcome) -> None:
    assert verdict(check, Scripted(answer=lambda ask: odd_alone(ask, reply))).outcome is expected


def with_origin(allowed: str, more: tuple[tuple[str, str], ...] = ()) -> Scripted:
    def answer(ask: HttpAsk) -> Reply:
        origin = ask.request.header("Origin")
        if ask.request.method == "OPTIONS":
            return Reply(204, b"", ())
        named = (("Access-Control-Allow-Origin", allowed.format(origin=origin)), *more)
        return replace(healthy(ask), headers=(*JSON_HEADERS, *named)) if origin else healthy(ask)

    return Scripted(answer=answer)


@pytest.mark.parametrize(
    ("allowed", "more", "expected"),
    [
        ("https://portal.supplier.test", (), Outcome.PASS),
        ("*", (), Outcome.PASS),
        ("{origin}", (), Outcome.FAIL),
        ("{origin}", (("Access-Control-Allow-Credentials", "true"),), Outcome.FAIL),
        ("*", (("Access-Control-Allow-Credentials", "TRUE"),), Outcome.FAIL),
        ("*", (("Access-Control-Allow-Credentials", "false"),), Outcome.PASS),
    ],
)
def test_an_origin_is_let_in_by_its_name_or_with_credentials(
    allowed: str, more: tuple[tuple[str, str], ...], expected: Outcome
) -> None:
    assert verdict("cors.foreign-origin", with_origin(allowed, more)).outcome is expected


@pytest.mark.parametrize(
    ("cookie", "missing"),
    [
        ("__Secure-s=1; secure; HTTPONLY; samesite=lax", 0),
        ("__Host-s=1; Secure; HttpOnly", 1),
        ("s", 4),
        ("", 4),
        ("s=; Max-Age=-1", 0),
        ("__Host-s=1;;;Secure=yes; HttpOnly;SameSite=Odd", 1),
    ],
)
def test_what_a_cookie_lacks(cookie: str, missing: int) -> None:
    assert len(lacks(cookie)) == missing


@pytest.mark.parametrize(
    ("media_type", "kind", "is_wrong"),
    [
        ("application/fhir+xml", "xml", False),
        ("image/svg+xml", "xml", False),
        ("application/fhir+json", "xml", True),
        ("application/octet-stream", "", False),
        ("application/problem+json", "json", False),
        ("application/json", "html", True),
    ],
)
def test_what_a_media_type_says(media_type: str, kind: str, is_wrong: bool) -> None:
    assert mislabelled(media_type, kind) is is_wrong


KNOWN = {
    "an NHS number": frozenset({"9990000018"}),
    "a birth date": frozenset({"1957-03-14"}),
    "a family name": frozenset({"march"}),
    "a postcode": frozenset({"ZZ999ZZ"}),
}


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (
            "https://s.test/Patient?identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C9990000018",
            {"an NHS number"},
        ),
        ("https://s.test/Patient/9990000018", {"an NHS number"}),
        ("https://s.test/Patient?after=999%20000%200018", {"an NHS number"}),
        ("https://s.test/Patient?birthdate=ge1957-03-14", set()),
        ("https://s.test/Patient?birthdate=1957-03-14", {"a birth date"}),
        ("https://s.test/march/Patient?month=marching", set()),
        ("https://s.test/Patient?family=March", {"a family name"}),
        ("https://s.test/Patient?address=ZZ99+9ZZ", {"a postcode"}),
        ("https://s.test/Patient?access_token=abc", {"a token"}),
        ("https://s.test/Patient?_page=7f0c-9990000019", set()),
        ("http://[::1", set()),
    ],
)
def test_what_a_url_says_of_people(url: str, told: set[str]) -> None:
    assert {what for what, _ in said_by(url, KNOWN)} == told


def security_file(text: str, media_type: str = "text/plain; charset=utf-8") -> Scripted:
    reply = Reply(200, text.encode(), (("Content-Type", media_type),))
    return Scripted(answer=lambda ask: odd_alone(ask, reply))


END = f"{BEGIN + timedelta(days=200):%Y-%m-%dT%H:%M:%SZ}"
RIGHT = "Contact: mailto:a@supplier.test\r\nExpires: {end}\r\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (RIGHT, Outcome.PASS),
        (RIGHT.replace("Expires", "EXPIRES").replace("\r\n", "\n"), Outcome.PASS),
        ("\n".join(["# x", "Unknown: y", *RIGHT.split("\r\n")]), Outcome.PASS),
        (RIGHT.replace("{end}", "Thu, 31 Dec 2026 18:37:07 GMT"), Outcome.FAIL),
        (RIGHT.replace("{end}", "2026-13-45T99:99:99Z"), Outcome.FAIL),
        (RIGHT.replace("{end}", "1999-01-01T00:00:00Z"), Outcome.FAIL),
        (RIGHT.replace("{end}", "9999-01-01T00:00:00Z"), Outcome.FAIL),
        ("Contact:\r\nExpires: {end}\r\n", Outcome.FAIL),
        ("", Outcome.FAIL),
    ],
)
def test_what_a_security_txt_has_to_say(text: str, expected: Outcome) -> None:
    found = verdict("security-txt.names-a-contact", security_file(text.replace("{end}", END)))
    assert found.outcome is expected, found.why


def test_fields_of_a_signed_file_end_where_its_signature_begins() -> None:
    text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nContact: x\n-----BEGIN PGP SIGNATURE-----\nExpires: y\n"
    assert fields(text) == [("hash", "SHA512"), ("contact", "x")]
