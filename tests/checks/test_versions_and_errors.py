"""ETags, types that FHIR does not have, and the codes of OperationOutcomes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checker.fhir.issues import ISSUE_TYPES
from checker.model.ask import HttpAsk
from checker.model.asked import OfType
from checker.model.exchange import Failure, Wire
from checker.model.requirement import ConditionUse
from checker.model.terms import Outcome, Reason
from checker.model.value import plain
from tests.checks.bench import HTML, instead, is_kind, said
from tests.engine.scripted import (
    JSON_HEADERS,
    Reply,
    Scripted,
    changed,
    decisions,
    json_reply,
    judged,
    outcome,
    patient,
    profile_of,
    recorded,
    requirement,
)
from tests.engine.suppliers import failing

ETAG = "read.etag-is-the-version"
TYPE = "read.unknown-type-is-refused"
CODES = "errors.issue-codes"
PASS, FAIL = (Outcome.PASS, None), (Outcome.FAIL, None)
NOT_APPLICABLE = (Outcome.NOT_APPLICABLE, None)
NO_DATA = (Outcome.INCONCLUSIVE, Reason.NO_DATA)
Found = tuple[str, str | None]


def decided(check: str, outside: Scripted) -> Found:
    verdict = said(check, outside)
    return verdict.outcome, verdict.reason


def when_it_applies(check: str, condition: str, outside: Scripted) -> Found:
    """The check under its condition, as the profile has it."""
    params = plain(OfType())
    row = requirement(check=check, params=params, applies_when=ConditionUse(condition=condition, params=params))
    profile = profile_of(row)
    return decisions(judged(recorded(outside, profile), profile=profile)[0])["R-1"]


def tagged(tag: str | None, **meta: Any) -> Scripted:
    """Every read gives a patient with that ETag and meta."""

    def change(ask: HttpAsk, reply: Reply) -> Reply:
        if ask.interaction != "read" or reply.status != 200:
            return reply
        id = ask.request.url.rpartition("/")[2]
        headers = (*JSON_HEADERS, ("ETag", tag)) if tag is not None else JSON_HEADERS
        return json_reply(patient(id) | {"meta": meta or {"versionId": "2"}}, headers=headers)

    return Scripted(answer=changed(change))


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ('W/"2"', PASS),
        (' W/"2" ', PASS),
        ('"2"', FAIL),
        ("2", FAIL),
        ("W/2", FAIL),
        ('w/"2"', FAIL),
        ('W/"3"', FAIL),
        ('W/"2-gzip"', FAIL),
        ('W/"1f-9c3b"', FAIL),
        ("", FAIL),
    ],
)
def test_an_etag_is_the_weak_tag_of_the_version(tag: str, found: Found) -> None:
    assert decided(ETAG, tagged(tag)) == found


@pytest.mark.parametrize(("tag", "coding", "found"), [('W/"2-gzip"', "gzip", PASS), ('W/"3-gzip"', "gzip", FAIL)])
def test_what_a_gateway_adds_to_a_compressed_answer_is_not_held_against_it(
    tag: str, coding: str, found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.engine.scripted.Wire", lambda **facts: Wire(**facts, content_encoding=coding))
    assert decided(ETAG, tagged(tag)) == found


@pytest.mark.parametrize(
    ("outside", "found"),
    [
        (tagged('W/"2"'), PASS),
        (tagged('"2"'), FAIL),
        (tagged(None), NOT_APPLICABLE),
        (tagged('W/"abc"', lastUpdated="2026-01-01T00:00:00Z"), NOT_APPLICABLE),
        (instead(is_kind("read"), outcome(403)), (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)),
        (instead(is_kind("read"), failing()), (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)),
    ],
)
def test_the_rule_on_etags_applies_where_there_is_one(outside: Scripted, found: Found) -> None:
    assert when_it_applies(ETAG, "read.etag-beside-version", outside) == found


def test_bundles_and_withheld_answers_have_no_tag_to_judge() -> None:
    def change(ask: HttpAsk, reply: Reply) -> Reply:
        bundle = {"resourceType": "Bundle", "meta": {"versionId": "2"}}
        return json_reply(bundle, headers=(*JSON_HEADERS, ("ETag", '"x"'))) if ask.interaction == "read" else reply

    assert decided(ETAG, Scripted(answer=changed(change))) == NO_DATA
    withheld = Scripted(
        answer=changed(
            lambda ask, reply: replace(reply, withheld=Reason.UNSAFE) if ask.interaction == "read" else reply
        )
    )
    assert decided(ETAG, withheld) == (Outcome.INCONCLUSIVE, Reason.UNSAFE)


# Types that FHIR does not have ---------------------------------------------------------------


def no_such_type(ask: HttpAsk) -> bool:
    return "/NoSuchType/" in ask.request.url


@pytest.mark.parametrize(
    ("other", "found"),
    [
        *((outcome(status, "not-supported"), PASS) for status in (400, 403, 404, 405, 410, 422, 501)),
        (Reply(404, HTML), PASS),
        (json_reply({"resourceType": "Bundle", "type": "searchset", "total": 0}), FAIL),
        (json_reply(patient("p1")), FAIL),
        (json_reply(patient("p1"), 404), FAIL),
        (Reply(200, HTML), FAIL),
        (Reply(302, b"", (("Location", "/login"),)), FAIL),
        (outcome(500, "exception"), FAIL),
        (outcome(401), (Outcome.INCONCLUSIVE, Reason.AUTH)),
        (Reply(502), (Outcome.INCONCLUSIVE, Reason.NETWORK)),
        (failing(), (Outcome.INCONCLUSIVE, Reason.NETWORK)),
    ],
)
def test_an_unknown_type_is_refused_or_not(other: Reply | Failure, found: Found) -> None:
    assert decided(TYPE, instead(no_such_type, other)) == found


# Codes of errors -----------------------------------------------------------------------------


def coded(issue: object) -> Scripted:
    """Every error has these issues."""
    other = json_reply({"resourceType": "OperationOutcome", "issue": issue}, 404)
    return Scripted(answer=changed(lambda ask, reply: other if reply.status >= 400 else reply))


GOOD = {"severity": "error", "code": "not-found"}


@pytest.mark.parametrize(
    ("issue", "found"),
    [
        ([GOOD], PASS),
        *(([{"severity": "fatal", "code": code}], PASS) for code in sorted(ISSUE_TYPES)),
        ([GOOD, {"severity": "information", "code": "informational"}], PASS),
        ([{"severity": "ERROR", "code": "not-found"}], FAIL),
        ([{"severity": "success", "code": "not-found"}], FAIL),  # R5 has it, R4 has not
        ([{"severity": "error", "code": "limited-filter"}], FAIL),
        ([{"severity": "error", "code": "RECORD_NOT_FOUND"}], FAIL),
        ([{"severity": "error", "code": {"coding": []}}], FAIL),
        ([{"severity": "error"}], FAIL),
        ([{"code": "not-found"}], FAIL),
        ([GOOD, 7], FAIL),
        ([], FAIL),
        (None, FAIL),
        ("text", FAIL),
    ],
)
def test_severity_and_code_are_of_the_value_sets(issue: object, found: Found) -> None:
    assert decided(CODES, coded(issue)) == found


def test_there_are_as_many_issue_types_as_the_code_system_has() -> None:
    assert len(ISSUE_TYPES) == 31


def test_what_is_said_in_place_of_a_code_is_not_shown() -> None:
    verdict = said(CODES, coded([{"severity": "error", "code": "Patient Jones, born 1 May, is not here"}]))
    assert {one.actual for one in verdict.findings} == {"a code that is no code"}
    assert {one.actual for one in said(CODES, coded([{"severity": "error", "code": "odd-code"}])).findings} == {
        "code odd-code"
    }


def html_errors(where: Any) -> Scripted:
    page = Reply(404, HTML, (("Content-Type", "text/html"),))
    return Scripted(answer=changed(lambda ask, reply: page if reply.status >= 400 and where(ask) else reply))


IN_XML = Reply(404, b'<OperationOutcome xmlns="http://hl7.org/fhir"/>', (("Content-Type", "application/fhir+xml"),))


@pytest.mark.parametrize(
    ("outside", "found"),
    [
        (Scripted(), PASS),
        (html_errors(lambda ask: True), NOT_APPLICABLE),
        (html_errors(no_such_type), PASS),
        (
            instead(lambda ask: "no-such" in ask.request.url.lower() or no_such_type(ask), IN_XML),
            (Outcome.INCONCLUSIVE, Reason.PREREQUISITE),
        ),
        (
            instead(lambda ask: "no-such" in ask.request.url.lower(), failing()),
            (Outcome.INCONCLUSIVE, Reason.PREREQUISITE),
        ),
    ],
)
def test_the_rule_on_codes_applies_where_an_outcome_is_given(outside: Scripted, found: Found) -> None:
    assert when_it_applies(CODES, "errors.outcome-given", outside) == found
