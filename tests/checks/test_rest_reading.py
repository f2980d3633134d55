"""Reads in other ways, negotiation, HTTP around FHIR, operations: what is right, what is wrong, what is left open."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from checker.model.ask import HttpAsk
from checker.model.exchange import Failure, Headers
from checker.model.terms import Outcome, Reason
from tests.checks.bench import SPOILT, said
from tests.engine.scripted import CAPABILITIES, JSON_HEADERS, PATIENTS, Reply, Scripted, healthy, json_reply, outcome

PASS, FAIL = (Outcome.PASS, None), (Outcome.FAIL, None)
OPEN = (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)
NO_DATA = (Outcome.INCONCLUSIVE, Reason.NO_DATA)
NETWORK = (Outcome.INCONCLUSIVE, Reason.NETWORK)
AUTH = (Outcome.INCONCLUSIVE, Reason.AUTH)
TAGGED: Headers = (
    *JSON_HEADERS,
    ("ETag", 'W/"2"'),
    ("Last-Modified", "Fri, 02 Jan 2026 00:00:00 GMT"),
    ("Date", "Fri, 02 Jan 2026 03:04:05 GMT"),
)
ONE = PATIENTS["p1"]
Answered = Reply | Failure
CHECKS = (
    "capability.valid",
    "capability.etag",
    "capability.says-how-to-get-in",
    "negotiation.format-parameter",
    "negotiation.not-acceptable",
    "negotiation.fhir-version",
    "negotiation.compression",
    "media-type.utf-8",
    "http.head",
    "http.request-ids",
    "http.dates",
    "http.cors",
    "read.headers",
    "read.conditions",
    "read.part-is-marked",
    "read.unknown-version-is-404",
    "read.type-is-case-sensitive",
    "operations.declared-are-served",
    "operations.validate-tells",
    "references.resolve",
)


def decided(check: str, answer: Any, **params: Any) -> tuple[Outcome, Reason | None]:
    found = said(check, Scripted(answer=answer), **params)
    return found.outcome, found.reason


def stating(**rest: Any) -> Reply:
    """A CapabilityStatement with more members in its ``rest``."""
    made = json.loads(json.dumps(CAPABILITIES))
    made["rest"][0].update(rest)
    return json_reply(made, headers=TAGGED)


def tagged(ask: HttpAsk) -> Reply:
    """The healthy supplier, with the headers of a read everywhere."""
    reply = healthy(ask)
    return replace(reply, headers=TAGGED) if reply.status == 200 else reply


def to(interaction: str, reply: Answered, *, header: str = "", holds: str = "") -> Any:
    """The tagged supplier, with another answer to such requests; with that text in a header or the URL."""

    def answer(ask: HttpAsk) -> Answered:
        text = ask.request.header(header) or "" if header else ask.request.url
        return reply if ask.interaction == interaction and holds in text else tagged(ask)

    return answer


def of_metadata(*, accept: str = "", url: str = "", reply: Answered) -> Any:
    def answer(ask: HttpAsk) -> Answered:
        hit = accept in (ask.request.header("Accept") or "") and url in ask.request.url
        return reply if ask.interaction == "capabilities" and hit else json_reply(CAPABILITIES)

    return answer


@pytest.mark.parametrize("spoilt", SPOILT, ids=str)
@pytest.mark.parametrize("check", CHECKS)
def test_odd_bodies_are_never_a_pass_by_accident_or_an_error(check: str, spoilt: str) -> None:
    """Every answer is that body, with status 200."""
    found = said(check, Scripted(answer=lambda ask: Reply(200, SPOILT[spoilt], TAGGED)))
    assert found.outcome in (Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.PASS)
    of_headers = {"http.dates", "http.cors", "http.request-ids", "http.head", "negotiation.compression"}
    assert check in of_headers | {"media-type.utf-8"} or found.outcome is not Outcome.PASS


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(
    "value", [[], 7, None, {"resourceType": []}, {"resourceType": "CapabilityStatement", "rest": 7}]
)
def test_json_of_odd_types_is_no_error(check: str, value: object) -> None:
    assert said(check, Scripted(answer=lambda ask: json_reply(value))).outcome is not Outcome.ERROR


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_a_server_in_trouble_passes_nothing(check: str, status: int) -> None:
    found = said(check, Scripted(answer=lambda ask: outcome(status)))
    assert found.outcome in (Outcome.FAIL, Outcome.INCONCLUSIVE)
    if status in (401, 429, 503):
        allowed = {"http.request-ids", "http.dates", "http.cors", "capability.says-how-to-get-in"}
        assert found.outcome is Outcome.INCONCLUSIVE or check in allowed


@pytest.mark.parametrize("check", CHECKS)
def test_no_answer_is_no_verdict(check: str) -> None:
    refused = Failure(reason=Reason.NETWORK, cause="refused", message="The connection was refused.")
    assert said(check, Scripted(answer=lambda ask: refused)).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("second", "tags", "found"),
    [
        ({}, ('W/"1"', 'W/"1"'), PASS),
        ({}, ('"1"', '"2"'), PASS),
        ({"title": "x"}, ('W/"1"', 'W/"2"'), PASS),
        ({"title": "x"}, ('W/"1"', 'W/"1"'), FAIL),
        ({}, ("", ""), FAIL),
        ({}, ("one", "one"), FAIL),
    ],
)
def test_the_tag_of_a_statement_changes_with_it(second: Any, tags: Any, found: Any) -> None:
    def answer(ask: HttpAsk) -> Reply:
        is_marker = "run.marker" in ask.scope
        tag = tags[0] if is_marker else tags[1]
        body = CAPABILITIES if is_marker else {**CAPABILITIES, **second}
        return json_reply(body, headers=(*JSON_HEADERS, *((("ETag", tag),) if tag else ())))

    assert decided("capability.etag", answer) == found


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, PASS),
        ({"kind": "kind-of-thing"}, FAIL),
        ({"rest": [{}]}, FAIL),
        ({"colour": "teal"}, FAIL),
        ({"extension": [{"url": "https://a.test/colour", "valueCode": "teal"}]}, PASS),
        ({"meta": {"profile": ["https://a.test/StructureDefinition/mine"]}}, PASS),
    ],
)
def test_a_statement_is_valid_by_r4_alone(changes: Any, found: Any) -> None:
    whole = {**CAPABILITIES, "implementation": {"description": "For tests"}}
    whole["rest"] = [{"mode": "server", "resource": [{"type": "Patient", "interaction": [{"code": "read"}]}]}]
    assert decided("capability.valid", lambda ask: json_reply({**whole, **changes})) == found


@pytest.mark.parametrize(
    ("security", "found"),
    [
        ({"service": [{"text": "OAuth"}]}, PASS),
        ({"description": "Ask us for a key."}, PASS),
        ({"extension": [{"url": "https://a.test/x"}]}, PASS),
        ({"cors": True}, FAIL),
        ({"description": "  ", "service": []}, FAIL),
        (7, FAIL),
    ],
)
def test_a_statement_says_how_to_get_in(security: Any, found: Any) -> None:
    assert decided("capability.says-how-to-get-in", lambda ask: stating(security=security)) == found


@pytest.mark.parametrize(
    ("status", "kind", "found"),
    [(200, "application/fhir+json", PASS), (200, "application/fhir+xml", FAIL), (406, "text/plain", FAIL)],
)
def test_format_wins_over_accept(status: int, kind: str, found: Any) -> None:
    reply = replace(json_reply(CAPABILITIES, status), headers=(("Content-Type", kind),))
    assert decided("negotiation.format-parameter", of_metadata(url="_format=json", reply=reply)) == found


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (outcome(406), PASS),
        (Reply(406), PASS),
        (outcome(415), PASS),
        (json_reply(CAPABILITIES), FAIL),
        (outcome(500), FAIL),
        (outcome(503), NETWORK),
    ],
)
def test_what_is_not_served_is_refused(reply: Reply, found: Any) -> None:
    assert decided("negotiation.not-acceptable", of_metadata(accept="pdf", reply=reply)) == found


R3 = json_reply({**CAPABILITIES, "fhirVersion": "3.0.2"})
R3_BY_LABEL = replace(
    R3, body=b"<CapabilityStatement/>", headers=(("Content-Type", 'application/fhir+json;fhirVersion="3.0"'),)
)


@pytest.mark.parametrize(
    ("own", "other", "found"),
    [
        (json_reply(CAPABILITIES), outcome(406), PASS),
        (json_reply(CAPABILITIES), R3, PASS),
        (json_reply(CAPABILITIES), R3_BY_LABEL, PASS),
        (json_reply(CAPABILITIES), json_reply(CAPABILITIES), FAIL),
        (json_reply(CAPABILITIES), outcome(500), FAIL),
        (outcome(406), outcome(406), FAIL),
        (outcome(500), outcome(406), OPEN),
    ],
)
def test_the_version_of_fhir_is_looked_at(own: Reply, other: Reply, found: Any) -> None:
    def answer(ask: HttpAsk) -> Reply:
        return other if "3.0" in (ask.request.header("Accept") or "") else own

    assert decided("negotiation.fhir-version", answer) == found


def test_a_coding_that_cannot_be_undone_is_a_fault_and_a_broken_line_is_none() -> None:
    for cause, expected in (("protocol", NETWORK), ("closed", NETWORK)):
        failure = Failure(reason=Reason.NETWORK, cause=cause, message="The gzip body ends before its end.")
        assert decided("negotiation.compression", lambda ask, failure=failure: failure) == expected


@pytest.mark.parametrize(
    ("label", "body", "found"),
    [
        ("application/fhir+json", b'{"resourceType": "Basic", "id": "\xc3\xa9"}', PASS),
        ('application/fhir+json; charset="UTF-8"', b'{"resourceType": "Basic"}', PASS),
        ("application/fhir+json;charset=utf8", b'{"resourceType": "Basic"}', PASS),
        ("application/fhir+json; charset=iso-8859-1", b"{}", FAIL),
        ("application/fhir+json", b'{"a": "\xe9"}', FAIL),
        ("application/fhir+json", b"\xef\xbb\xbf{}", FAIL),
    ],
)
def test_bodies_are_utf_8(label: str, body: bytes, found: Any) -> None:
    def answer(ask: HttpAsk) -> Reply:
        return Reply(200, body, (("Content-Type", label),)) if ask.interaction == "capabilities" else healthy(ask)

    assert decided("media-type.utf-8", answer) == found


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (Reply(200, b"", TAGGED), PASS),
        (Reply(200, b"", ()), PASS),
        (Reply(200, b"", (("content-type", "Application/FHIR+JSON; charset=utf-8"),)), PASS),
        (Reply(405), PASS),
        (Reply(501), PASS),
        (Reply(500), FAIL),
        (Reply(404), FAIL),
        (Reply(200, b"", (("ETag", 'W/"9"'),)), FAIL),
        (Reply(200, b"", (("Content-Type", "text/html"),)), FAIL),
        (Reply(200, b"{}", TAGGED), FAIL),
        (Reply(503), NETWORK),
        (Reply(401), AUTH),
    ],
)
def test_head_is_as_get(reply: Reply, found: Any) -> None:
    assert decided("http.head", to("head", reply)) == found


@pytest.mark.parametrize(
    ("date", "changed", "found"),
    [
        ("Fri, 02 Jan 2026 03:04:05 GMT", "Fri, 02 Jan 2026 03:04:05 GMT", PASS),
        ("Fri, 02 Jan 2026 03:04:05 GMT", None, PASS),
        ("Fri, 02 Jan 2026 03:04:60 GMT", None, PASS),
        ("Fri, 02 Jan 2026 03:04:05 GMT", "Fri, 02 Jan 2026 03:04:35 GMT", PASS),
        ("Fri, 02 Jan 2026 03:04:05 GMT", "Fri, 02 Jan 2026 03:06:00 GMT", FAIL),
        ("Fri, 02 Jan 2026 03:04:05 GMT", "2026-01-02T00:00:00Z", FAIL),
        ("Friday, 02-Jan-26 03:04:05 GMT", None, FAIL),
        ("Fri, 32 Jan 2026 03:04:05 GMT", None, FAIL),
        (None, None, FAIL),
    ],
)
def test_dates_have_the_form_and_order_of_http(date: str | None, changed: str | None, found: Any) -> None:
    given = (("Date", date), ("Last-Modified", changed))
    headers = (*JSON_HEADERS, *((name, value) for name, value in given if value is not None))
    assert decided("http.dates", lambda ask: replace(healthy(ask), headers=headers)) == found


@pytest.mark.parametrize(
    ("status", "allowed", "found"),
    [
        (204, "*", PASS),
        (200, "https://app.checker.invalid", PASS),
        (204, "", OPEN),
        (403, "", OPEN),
        (401, "", FAIL),
        (405, "", FAIL),
    ],
)
def test_a_preflight_is_answered(status: int, allowed: str, found: Any) -> None:
    headers = (("Access-Control-Allow-Origin", allowed),) if allowed else ()
    assert decided("http.cors", to("preflight", Reply(status, b"", headers))) == found


@pytest.mark.parametrize(
    ("same", "other", "found"),
    [
        (Reply(304), json_reply(ONE), PASS),
        (json_reply(ONE), json_reply(ONE), PASS),
        (outcome(412), outcome(412), FAIL),
        (Reply(304), Reply(304), FAIL),
        (json_reply(ONE), outcome(500), FAIL),
        (outcome(503), outcome(503), NETWORK),
    ],
)
def test_conditional_reads(same: Reply, other: Reply, found: Any) -> None:
    def answer(ask: HttpAsk) -> Reply:
        if ask.interaction != "conditional read":
            return tagged(ask)
        return other if "no-such-tag" in (ask.request.header("If-None-Match") or "") else same

    assert decided("read.conditions", answer) == found


SMALL = {"resourceType": "Patient", "id": "p1", "meta": ONE["meta"], "identifier": ONE["identifier"]}
SUBSETTED = {**SMALL, "meta": {"tag": [{"code": "SUBSETTED"}]}}


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (json_reply(SUBSETTED), PASS),
        (json_reply(ONE), PASS),
        (json_reply({**ONE, "meta": {}}), PASS),
        (outcome(400), PASS),
        (json_reply(SMALL), FAIL),
        (json_reply({**SMALL, "meta": {"tag": 7}}), FAIL),
        (json_reply({**SUBSETTED, "id": "p2"}), FAIL),
        (json_reply({**{k: v for k, v in SUBSETTED.items() if k != "identifier"}}), FAIL),
        (outcome(404), FAIL),
    ],
)
def test_a_part_is_marked(reply: Reply, found: Any) -> None:
    assert decided("read.part-is-marked", to("part of a read", reply)) == found


@pytest.mark.parametrize(
    ("reply", "found"),
    [(outcome(404), PASS), (outcome(410), PASS), (outcome(400), OPEN), (json_reply(ONE), FAIL), (outcome(500), FAIL)],
)
def test_a_version_that_never_was(reply: Reply, found: Any) -> None:
    assert decided("read.unknown-version-is-404", to("vread", reply, holds="no-such-version")) == found


@pytest.mark.parametrize(
    ("reply", "found"),
    [(outcome(404), PASS), (outcome(400), PASS), (json_reply(ONE), FAIL), (outcome(500), FAIL), (outcome(401), AUTH)],
)
def test_types_have_their_own_case(reply: Reply, found: Any) -> None:
    assert decided("read.type-is-case-sensitive", to("read", reply, holds="/patient/")) == found


EVERYTHING = [{"name": "everything", "definition": "http://hl7.org/fhir/OperationDefinition/Patient-everything|4.0.1"}]
VALIDATE = [{"name": "$validate", "definition": "http://hl7.org/fhir/OperationDefinition/Resource-validate"}]
BUNDLE = {"resourceType": "Bundle", "type": "searchset"}


def operating(operations: list[Any], *replies: Reply) -> Any:
    """A statement that declares these of Patient; the answers, the last one for all others."""
    resource = {**CAPABILITIES["rest"][0]["resource"][0], "operation": operations}  # type: ignore[index]
    left = list(replies)

    def answer(ask: HttpAsk) -> Reply:
        if ask.interaction == "operation":
            return left.pop(0) if len(left) > 1 else left[0]
        return stating(resource=[resource]) if ask.interaction == "capabilities" else healthy(ask)

    return answer


@pytest.mark.parametrize(
    ("operations", "reply", "found"),
    [
        (EVERYTHING, json_reply({**BUNDLE, "entry": [{"resource": ONE}]}), PASS),
        (EVERYTHING, json_reply({**BUNDLE, "link": [{"relation": "next", "url": "x"}]}), PASS),
        (EVERYTHING, outcome(400, "required"), PASS),
        (EVERYTHING, Reply(202), PASS),
        (EVERYTHING, json_reply({**BUNDLE, "entry": [{"resource": PATIENTS["p2"]}, 7]}), FAIL),
        (EVERYTHING, json_reply(ONE), FAIL),
        (EVERYTHING, outcome(404), FAIL),
        (EVERYTHING, outcome(400, "not-supported"), FAIL),
        (EVERYTHING, Reply(400), OPEN),
        (EVERYTHING, outcome(403), AUTH),
        ([{"name": "everything", "definition": "https://a.test/mine"}], outcome(404), NO_DATA),
        ([7, {"name": 7}], outcome(404), NO_DATA),
    ],
)
def test_declared_operations_are_there(operations: list[Any], reply: Reply, found: Any) -> None:
    assert decided("operations.declared-are-served", operating(operations, reply)) == found


@pytest.mark.parametrize(
    ("valid", "invalid", "found"),
    [
        (outcome(200), outcome(200), PASS),
        (outcome(200), outcome(400), FAIL),
        (outcome(200), outcome(422), FAIL),
        (outcome(422), outcome(200), FAIL),
        (json_reply(ONE), outcome(200), FAIL),
        (outcome(200), outcome(503), NETWORK),
    ],
)
def test_validate_tells(valid: Reply, invalid: Reply, found: Any) -> None:
    assert decided("operations.validate-tells", operating(VALIDATE, valid, invalid)) == found


def test_nothing_is_asked_of_operations_that_are_not_declared() -> None:
    outside = Scripted(answer=tagged)
    assert said("operations.validate-tells", outside).outcome is Outcome.INCONCLUSIVE
    assert not [ask for ask in outside.sent if "$" in ask.request.url or ask.request.method == "POST"]


@pytest.mark.parametrize(
    ("reference", "reply", "found"),
    [
        ("Patient/p7", None, PASS),
        ("Patient/p1", None, PASS),
        ("https://fhir.test/r4/Patient/p7", None, PASS),
        ("Patient/p99", None, FAIL),
        ("Patient/p7", json_reply(PATIENTS["p6"]), FAIL),
        ("https://elsewhere.test/Patient/p99", None, PASS),
        ("urn:uuid:0b5b0d0c-1f3e-4e0a-9a3e-0c8a5e6f7a8b", None, PASS),
        ("#p", None, PASS),
        ("Patient/p99?x=../../admin", None, PASS),
        (7, None, PASS),
    ],
)
def test_references_lead_somewhere(reference: Any, reply: Reply | None, found: Any) -> None:
    """The second patient refers to somebody; the first refers to itself, who is met."""

    def answer(ask: HttpAsk) -> Reply:
        if ask.interaction == "read" and reply is not None and ask.request.url.endswith("/Patient/p7"):
            return reply
        made = healthy(ask)
        if ask.interaction == "search" and made.status == 200:
            body = json.loads(made.body)
            for entry in body.get("entry", [])[1:2]:
                entry["resource"]["generalPractitioner"] = [{"reference": reference}]
            return replace(made, body=json.dumps(body).encode())
        return made

    assert decided("references.resolve", answer) == found
