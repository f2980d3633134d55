"""What a CapabilityStatement declares, held against what is served."""

from __future__ import annotations

from typing import Any

import pytest

from checker.checks.capability import SearchParameter
from checker.model.ask import HttpAsk
from checker.model.requirement import ConditionUse
from checker.model.terms import Outcome, Reason
from checker.model.value import plain
from checker.model.verdict import Verdict
from tests.checks.bench import HTML, SPOILT, instead, is_kind, when
from tests.engine.scripted import (
    BASE,
    CAPABILITIES,
    JSON_HEADERS,
    Answering,
    Reply,
    Scripted,
    decisions,
    healthy,
    json_reply,
    judged,
    outcome,
    profile_of,
    recorded,
    requirement,
    verdict_of,
)
from tests.engine.suppliers import failing

SERVED = "capability.is-served"
DECLARED = "capability.declared-is-served"
FORMATS = "negotiation.declared-formats"
EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}
XML_HEADERS = (("Content-Type", "application/fhir+xml; charset=utf-8"),)
XML = (
    b'<?xml version="1.0"?>\n<CapabilityStatement xmlns="http://hl7.org/fhir">'
    b'<status value="active"/></CapabilityStatement>'
)


def said(verdict: Verdict) -> tuple[str, str | None]:
    return verdict.outcome, verdict.reason


# Is there a statement? -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (json_reply(CAPABILITIES), (Outcome.PASS, None)),
        (json_reply({"resourceType": "CapabilityStatement"}), (Outcome.PASS, None)),
        (outcome(404), (Outcome.FAIL, None)),
        (outcome(500), (Outcome.FAIL, None)),
        (json_reply({"resourceType": "Conformance"}), (Outcome.FAIL, None)),
        (Reply(200, HTML, (("Content-Type", "text/html"),)), (Outcome.FAIL, None)),
        (outcome(401), (Outcome.INCONCLUSIVE, Reason.AUTH)),
        (outcome(403), (Outcome.INCONCLUSIVE, Reason.AUTH)),
        (Reply(503), (Outcome.INCONCLUSIVE, Reason.NETWORK)),
        (Reply(200, XML, XML_HEADERS), (Outcome.INCONCLUSIVE, Reason.NO_DATA)),
        (failing(Reason.TIMEOUT, "deadline"), (Outcome.INCONCLUSIVE, Reason.TIMEOUT)),
    ],
)
def test_a_statement_is_there_or_not_or_that_is_not_known(other: Any, found: tuple[str, str | None]) -> None:
    assert said(verdict_of(SERVED, instead(is_kind("capabilities"), other))) == found


# Declared types ------------------------------------------------------------------------------


def declaring(types: list[dict[str, Any]], answer: Answering | None = None) -> Scripted:
    """The healthy supplier with further types in its statement, and what they are answered with."""
    rest = [{"mode": "server", "resource": [*CAPABILITIES["rest"][0]["resource"], *types]}]  # type: ignore[index]

    def reply(ask: HttpAsk) -> Any:
        path = ask.request.url.removeprefix(BASE + "/")
        if path == "metadata":
            return json_reply(CAPABILITIES | {"rest": rest})
        return healthy(ask) if path.startswith("Patient") or answer is None else answer(ask)

    return Scripted(answer=reply)


def a_type(name: str, *codes: str) -> dict[str, Any]:
    return {"type": name, "interaction": [{"code": code} for code in codes]}


GOAL = a_type("Goal", "read", "search-type")


def goals(search: object, read: object = None) -> Answering:
    return lambda ask: search if "?" in ask.request.url else read  # type: ignore[return-value]


ONE_GOAL = json_reply(EMPTY | {"entry": [{"resource": {"resourceType": "Goal", "id": "g1"}}]})


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (goals(json_reply(EMPTY)), (Outcome.PASS, None)),
        (goals(ONE_GOAL, json_reply({"resourceType": "Goal", "id": "g1"})), (Outcome.PASS, None)),
        (goals(outcome(400, "required")), (Outcome.PASS, None)),
        (goals(outcome(422, "too-costly")), (Outcome.PASS, None)),
        (goals(Reply(400, HTML)), (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)),
        (goals(outcome(400, "not-supported")), (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)),
        (goals(outcome(422, "not-found")), (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)),
        (goals(json_reply({"resourceType": "OperationOutcome", "issue": "odd"}, 400)), (Outcome.PASS, None)),
        (goals(outcome(404, "not-supported")), (Outcome.FAIL, None)),
        (goals(outcome(405, "not-supported")), (Outcome.FAIL, None)),
        (goals(outcome(501, "not-supported")), (Outcome.FAIL, None)),
        (goals(json_reply({"resourceType": "Goal"})), (Outcome.FAIL, None)),
        (goals(json_reply(EMPTY | {"type": "collection"})), (Outcome.FAIL, None)),
        (goals(outcome(401)), (Outcome.INCONCLUSIVE, Reason.AUTH)),
        (goals(outcome(403)), (Outcome.INCONCLUSIVE, Reason.AUTH)),
        (goals(failing()), (Outcome.INCONCLUSIVE, Reason.NETWORK)),
        (goals(ONE_GOAL, outcome(404)), (Outcome.FAIL, None)),
        (goals(ONE_GOAL, outcome(405)), (Outcome.FAIL, None)),
        (goals(ONE_GOAL, outcome(403)), (Outcome.INCONCLUSIVE, Reason.AUTH)),
        (goals(ONE_GOAL, failing()), (Outcome.INCONCLUSIVE, Reason.NETWORK)),
    ],
)
def test_a_declared_type_is_served_or_not(answer: Answering, found: tuple[str, str | None]) -> None:
    assert said(verdict_of(DECLARED, declaring([GOAL], answer))) == found


def test_what_was_not_read_and_what_was_not_tried_is_said() -> None:
    outside = declaring([GOAL, a_type("Flag", "search-type"), a_type("List", "read")], goals(json_reply(EMPTY)))
    verdict = verdict_of(DECLARED, outside, types=2)
    assert verdict.outcome is Outcome.PASS
    assert verdict.why[0] == "Types declared for search: 3. Tried: 2. Found nothing to read of: Goal."
    assert not [url for url in outside.urls if "Flag" in url or "List" in url]


def test_a_type_that_is_not_declared_for_search_or_read_is_not_asked_for() -> None:
    outside = declaring([a_type("Goal", "create"), a_type("Flag", "search-type")], goals(ONE_GOAL))
    assert verdict_of(DECLARED, outside).outcome is Outcome.PASS
    assert not [url for url in outside.urls if "Goal" in url]


@pytest.mark.parametrize(
    "rest",
    [
        None,
        [],
        [7],
        [{"mode": "client", "resource": [GOAL]}],
        [{"mode": "server", "resource": 7}],
        [
            {
                "mode": "server",
                "resource": [7, {"type": 7}, {"type": "../metadata", "interaction": [{"code": "search-type"}]}],
            }
        ],
        [{"mode": "server", "resource": [{"type": "Goal", "interaction": [7, {"code": 7}, {}]}]}],
        [{"mode": "server", "resource": [{"type": "Goal", "interaction": "search-type"}]}],
    ],
)
def test_a_statement_that_declares_nothing_shows_nothing(rest: object) -> None:
    outside = instead(is_kind("capabilities"), json_reply(CAPABILITIES | {"rest": rest}))
    assert said(verdict_of(DECLARED, outside)) == (Outcome.INCONCLUSIVE, Reason.NO_DATA)


# Formats -------------------------------------------------------------------------------------


def formatted(formats: object, xml: object) -> Scripted:
    """A statement with these formats, and what comes to whoever asks for XML."""

    def reply(ask: HttpAsk) -> Any:
        if ask.request.header("Accept") == "application/fhir+xml":
            return xml
        return json_reply(CAPABILITIES | {"format": formats})

    return Scripted(answer=reply)


GOOD_XML = Reply(200, XML, XML_HEADERS)


@pytest.mark.parametrize("name", ["xml", "application/fhir+xml", "application/fhir+xml; fhirVersion=4.0", "text/xml"])
@pytest.mark.parametrize(
    ("xml", "found"),
    [
        (GOOD_XML, (Outcome.PASS, None)),
        (Reply(200, b"\xef\xbb\xbf<!-- x --> <f:A xmlns:f='http://hl7.org/fhir'/>", XML_HEADERS), (Outcome.PASS, None)),
        (Reply(200, XML, (("Content-Type", "Application/XML"),)), (Outcome.PASS, None)),
        (json_reply(CAPABILITIES), (Outcome.FAIL, None)),
        (Reply(200, json_reply(CAPABILITIES).body, XML_HEADERS), (Outcome.FAIL, None)),
        (Reply(200, b"<html xmlns='http://www.w3.org/1999/xhtml'/>", XML_HEADERS), (Outcome.FAIL, None)),
        (Reply(200, b"", XML_HEADERS), (Outcome.FAIL, None)),
        (Reply(200, XML, JSON_HEADERS), (Outcome.FAIL, None)),
        (outcome(406, "not-supported"), (Outcome.FAIL, None)),
        (outcome(403), (Outcome.INCONCLUSIVE, Reason.AUTH)),
        (Reply(502), (Outcome.INCONCLUSIVE, Reason.NETWORK)),
        (Reply(200, XML, XML_HEADERS, withheld=Reason.UNSAFE), (Outcome.INCONCLUSIVE, Reason.UNSAFE)),
        (failing(), (Outcome.INCONCLUSIVE, Reason.NETWORK)),
    ],
)
def test_xml_that_is_declared_is_given_or_not(name: str, xml: Any, found: tuple[str, str | None]) -> None:
    assert said(verdict_of(FORMATS, formatted(["json", name], xml))) == found


def test_json_alone_is_enough_and_xml_is_then_not_asked_for() -> None:
    outside = formatted(["application/fhir+json", "ttl", "application/json-patch+json"], failing())
    verdict = verdict_of(FORMATS, outside)
    assert verdict.outcome is Outcome.PASS
    assert "Not tried, of the declared formats: 2 that are neither JSON nor XML." in verdict.why
    assert [ask.request.header("Accept") for ask in outside.sent] == ["application/fhir+json"]


@pytest.mark.parametrize("formats", [None, [], 7, ["ttl"], [7, {}]])
def test_a_statement_without_formats_shows_nothing(formats: object) -> None:
    assert said(verdict_of(FORMATS, formatted(formats, GOOD_XML))) == (Outcome.INCONCLUSIVE, Reason.NO_DATA)


@pytest.mark.parametrize("name", SPOILT)
def test_without_a_statement_no_format_is_declared(name: str) -> None:
    verdict = verdict_of(FORMATS, when(is_kind("capabilities"), body=SPOILT[name]))
    assert verdict.outcome is Outcome.INCONCLUSIVE


# The condition on a search parameter ---------------------------------------------------------


def _claims(part: dict[str, Any]) -> tuple[str, str | None]:
    use = ConditionUse(
        condition="capability.search-parameter", params=plain(SearchParameter(type="Patient", name="birthdate"))
    )
    row = requirement(check=SERVED, applies_when=use)
    profile = profile_of(row)
    outside = instead(is_kind("capabilities"), json_reply(CAPABILITIES | {"rest": [part]}))
    return decisions(judged(recorded(outside, profile), profile=profile)[0])["R-1"]


BORN = [{"name": "birthdate"}]
UNKNOWN = (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ({"mode": "server", "resource": [{"type": "Patient", "searchParam": BORN}]}, (Outcome.PASS, None)),
        ({"mode": "server", "resource": [{"type": "Patient"}], "searchParam": BORN}, (Outcome.PASS, None)),
        ({"mode": "server", "resource": [{"type": "Patient"}]}, (Outcome.NOT_APPLICABLE, None)),
        ({"mode": "server", "resource": [{"type": "Person", "searchParam": BORN}]}, (Outcome.NOT_APPLICABLE, None)),
        ({"mode": "server", "resource": [{"type": "Patient", "searchParam": 7}]}, UNKNOWN),
        ({"mode": "server", "resource": [{"type": "Patient", "searchParam": [7]}]}, UNKNOWN),
        ({"mode": "server", "resource": []}, UNKNOWN),
        ({"mode": "client", "resource": [{"type": "Patient", "searchParam": BORN}]}, UNKNOWN),
    ],
)
def test_a_search_parameter_is_claimed_or_not_or_that_is_not_known(
    part: dict[str, Any], found: tuple[str, str | None]
) -> None:
    assert _claims(part) == found
