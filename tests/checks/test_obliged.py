"""Searches, elements, refusals and ids that an API asks for, by servers that are honest, careless, broken or shut."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checker.model.ask import HttpAsk
from checker.model.exchange import Failure
from checker.model.terms import Outcome, Reason
from checker.model.verdict import Verdict
from tests.checks.bench import HTML, SPOILT, instead, is_kind, said
from tests.engine.scripted import (
    BASE,
    CAPABILITIES,
    PATIENTS,
    Reply,
    Scripted,
    changed,
    entry_of,
    healthy,
    json_reply,
    outcome,
)

PASS, FAIL = (Outcome.PASS, None), (Outcome.FAIL, None)
SEEK: dict[str, Any] = {"type": "Patient"}
BY_ID = {"seek": SEEK, "by": [{"name": "_id", "kind": "token", "path": "id"}]}
BY_NUMBER = {"seek": SEEK, "by": [{"name": "identifier", "kind": "token", "path": "identifier"}]}
BOTH = {"seek": SEEK, "by": [*BY_ID["by"], *BY_NUMBER["by"]]}
EMPTY: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
EVERYBODY = json_reply(EMPTY | {"entry": [entry_of(one) for one in PATIENTS.values()]})
UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"
TIMEOUT = Failure(reason=Reason.TIMEOUT, cause="read-timeout", message="no answer")
Found = tuple[str, str | None]


def decided(check: str, outside: Scripted | None = None, **params: Any) -> Found:
    verdict = said(check, outside, **params)
    return verdict.outcome, verdict.reason


def is_search(ask: HttpAsk) -> bool:
    """The searches by criteria, and not that for a few to go on from."""
    return "_search" in ask.request.url or ("_id=" in ask.request.url or "identifier=" in ask.request.url)


def is_miss(ask: HttpAsk) -> bool:
    return is_search(ask) and (b"no-such" in ask.request.body or "no-such" in ask.request.url)


@pytest.mark.parametrize("params", [BY_ID, BY_NUMBER, BOTH])
def test_a_server_that_applies_its_criteria_passes(params: dict[str, Any]) -> None:
    assert decided("obliged.search", **params) == PASS


def test_people_are_searched_for_by_post() -> None:
    outside = Scripted()
    assert decided("obliged.search", outside, **BY_NUMBER) == PASS
    assert not [url for url in outside.urls if "identifier=" in url]


@pytest.mark.parametrize(
    ("where", "reply", "found"),
    [
        (is_search, EVERYBODY, FAIL),  # criteria are ignored
        (is_search, json_reply(EMPTY), FAIL),  # nothing is ever found
        (is_search, outcome(400, "not-supported"), FAIL),
        (is_search, outcome(500, "exception"), FAIL),
        (is_search, outcome(401, "login"), (Outcome.INCONCLUSIVE, Reason.AUTH)),
        (is_search, outcome(503, "transient"), (Outcome.INCONCLUSIVE, Reason.NETWORK)),
        (is_search, TIMEOUT, (Outcome.INCONCLUSIVE, Reason.TIMEOUT)),
        (is_miss, outcome(400, "value"), PASS),  # the value is read, and refused
        (is_miss, outcome(404, "not-found"), PASS),
        (is_miss, json_reply({"resourceType": "OperationOutcome", "issue": []}), PASS),
        (is_miss, outcome(500, "exception"), (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)),
        (is_miss, outcome(403, "forbidden"), (Outcome.INCONCLUSIVE, Reason.AUTH)),
        (is_miss, TIMEOUT, (Outcome.INCONCLUSIVE, Reason.TIMEOUT)),
        (is_miss, Reply(200, HTML), (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)),
        (lambda ask: True, outcome(401, "login"), (Outcome.INCONCLUSIVE, Reason.NO_DATA)),
        (lambda ask: True, json_reply(EMPTY), (Outcome.INCONCLUSIVE, Reason.NO_DATA)),
    ],
)
def test_what_becomes_of_a_search(where: Any, reply: Reply | Failure, found: Found) -> None:
    assert decided("obliged.search", instead(where, reply), **BY_NUMBER) == found


@pytest.mark.parametrize("body", SPOILT.values(), ids=SPOILT)
@pytest.mark.parametrize(
    ("check", "params"),
    [
        ("obliged.search", BY_NUMBER),
        (
            "obliged.dates",
            {"seek": SEEK, "by": {"name": "birthdate", "kind": "date", "path": "birthDate"}, "forms": ["ge"]},
        ),
        ("obliged.include", {"seek": SEEK, "value": "Patient:link", "gives": "Patient"}),
        ("obliged.elements", {"seek": SEEK, "expect": [{"path": "id", "min": 1}]}),
        ("obliged.interaction", {"seek": SEEK, "code": "read"}),
        ("obliged.declared", {"search": ["identifier"]}),
        ("obliged.statement", {"expect": [{"path": "kind", "min": 1}]}),
        ("obliged.operation", {"name": "$everything", "ask": "GET"}),
        ("obliged.structure-definition", {"canonical": "https://example.org/x"}),
        ("obliged.answer", {"ask": {"path": "Patient"}, "gives": "Bundle"}),
        ("obliged.refusal", {"ask": {"path": "Patient"}, "instead": {"path": "X"}, "statuses": [404]}),
    ],
)
def test_a_body_that_cannot_be_read_never_passes(check: str, params: dict[str, Any], body: bytes) -> None:
    verdict = said(check, instead(lambda ask: True, Reply(200, body)), **params)
    assert verdict.outcome in (Outcome.FAIL, Outcome.INCONCLUSIVE)


@pytest.mark.parametrize(
    "odd",
    [
        {"resourceType": "Bundle", "entry": "many", "link": 7},
        {"resourceType": "Bundle", "entry": [7, {"resource": []}, {"resource": {"resourceType": ["Patient"]}}]},
        {"resourceType": "CapabilityStatement", "rest": [{"mode": "server", "resource": {"type": []}, "operation": 1}]},
        {
            "resourceType": "CapabilityStatement",
            "rest": [{"mode": "server", "resource": [{"type": "Patient", "searchParam": 3}]}],
        },
        {"resourceType": "OperationOutcome", "issue": [{"details": {"coding": "x"}}, 3]},
    ],
)
def test_odd_shapes_are_no_error_of_ours(odd: dict[str, Any]) -> None:
    for check, params in (
        ("obliged.search", BY_NUMBER),
        ("obliged.include", {"seek": SEEK, "value": "Patient:link", "gives": "Patient"}),
        ("obliged.declared", {"search": ["identifier"], "interactions": ["read"]}),
        ("obliged.operation", {"name": "$everything"}),
        ("obliged.structure-definition", {"canonical": "https://example.org/x"}),
        ("obliged.elements", {"seek": SEEK, "expect": [{"path": "id", "min": 1}]}),
        ("obliged.conforms", {"seek": SEEK, "canonical": f"{UK_CORE}Patient"}),
    ):
        verdict = said(check, instead(lambda ask: True, json_reply(odd)), **params)
        assert verdict.outcome in (Outcome.FAIL, Outcome.INCONCLUSIVE), (check, verdict)


def test_a_resource_on_a_later_page_is_found_and_one_beyond_them_is_not_decided() -> None:
    others = [entry_of({**PATIENTS["p2"], "id": f"q{number}"}) for number in range(3)]

    def paged(pages: int) -> Scripted:
        def change(ask: HttpAsk, reply: Reply) -> Reply:
            if (not is_search(ask) or is_miss(ask)) and "more=" not in ask.request.url:
                return reply
            number = int(ask.request.url.partition("more=")[2] or 1)
            link = [{"relation": "next", "url": f"{BASE}/Patient?more={number + 1}"}] if number < pages else []
            entries = [entry_of(PATIENTS["p1"])] if number == pages else others
            return json_reply(EMPTY | {"entry": entries, "link": link})

        return Scripted(answer=changed(change))

    assert decided("obliged.search", paged(3), **BY_NUMBER) == PASS
    assert decided("obliged.search", paged(9), **BY_NUMBER) == (Outcome.INCONCLUSIVE, Reason.BUDGET)


def test_a_date_in_several_forms() -> None:
    params: dict[str, Any] = {"seek": SEEK, "by": {"name": "birthdate", "kind": "date", "path": "birthDate"}}
    ignoring = decided("obliged.dates", forms=["year"], **params)  # the scripted supplier finds all by any date
    assert ignoring == FAIL


def test_a_structure_definition_that_is_not_held_decides_nothing() -> None:
    found = decided("obliged.conforms", seek=SEEK, canonical="https://example.org/no-such-thing")
    assert found == (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)


def elements(*expect: dict[str, Any]) -> Verdict:
    return said("obliged.elements", seek=SEEK, expect=list(expect))


def test_elements_are_counted_and_no_value_is_told() -> None:
    assert elements({"path": "identifier", "min": 1}, {"path": "photo", "max": 0}).outcome is Outcome.PASS
    verdict = elements({"path": "identifier", "max": 1}, {"path": "birthDate", "pattern": "[0-9]{4}"})
    assert verdict.outcome is Outcome.FAIL
    assert {one.place: one.count for one in verdict.findings} == {"Patient.identifier": 5, "Patient.birthDate": 5}
    assert "1948" not in str(verdict)


def test_a_statement_that_lists_less_or_more() -> None:
    assert decided("obliged.declared", search=["identifier"], interactions=["read", "search-type"]) == PASS
    verdict = said("obliged.declared", search=["identifier", "name", "gender"])
    assert [(one.count, one.place) for one in verdict.findings] == [(2, "/rest/resource/searchParam")]
    everywhere = {**CAPABILITIES, "rest": [{**CAPABILITIES["rest"][0], "searchParam": [{"name": "name"}]}]}  # type: ignore[index]
    assert (
        decided("obliged.declared", instead(is_kind("capabilities"), json_reply(everywhere)), search=["name"]) == PASS
    )


def test_an_operation_that_is_listed_and_not_there() -> None:
    listed = {**CAPABILITIES, "rest": [{**CAPABILITIES["rest"][0], "operation": [{"name": "export"}]}]}  # type: ignore[index]

    def served(status: int) -> Scripted:
        def change(ask: HttpAsk, reply: Reply) -> Reply:
            if ask.interaction == "capabilities":
                return json_reply(listed)
            return outcome(status, "required") if ask.request.url.endswith("$export") else reply

        return Scripted(answer=changed(change))

    for status, found in ((400, PASS), (200, PASS), (404, FAIL), (501, FAIL)):
        given = {"type": "", "name": "$export", "ask": "GET"}
        assert decided("obliged.operation", served(status), **given) == found
    assert decided("obliged.operation", type="", name="$export") == FAIL  # not listed


REFUSAL = {"ask": {"path": "Patient"}, "instead": {"path": "Patient", "query": [["_id", "?"]]}, "statuses": [400]}


@pytest.mark.parametrize(
    ("status", "codes", "found"),
    [
        (400, ["BAD"], PASS),
        (400, ["OTHER", "BAD"], PASS),
        (400, ["OTHER"], FAIL),
        (400, [], FAIL),
        (500, ["BAD"], FAIL),
        (200, [], FAIL),
        (429, ["BAD"], (Outcome.INCONCLUSIVE, Reason.NETWORK)),
        (401, ["BAD"], (Outcome.INCONCLUSIVE, Reason.AUTH)),
    ],
)
def test_a_refusal_has_the_status_and_the_code(status: int, codes: list[str], found: Found) -> None:
    coding = [{"system": "s", "code": code} for code in codes]
    told = {"resourceType": "OperationOutcome", "issue": [{"code": "value", "details": {"coding": coding}}]}
    outside = instead(lambda ask: "_id=" in ask.request.url, json_reply(told, status))
    assert decided("obliged.refusal", outside, **REFUSAL, code=["BAD"]) == found


def test_a_refusal_proves_nothing_where_the_control_is_refused_too() -> None:
    outside = instead(lambda ask: True, outcome(400, "value"))
    assert decided("obliged.refusal", outside, **REFUSAL) == (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)


def test_what_is_asked_instead_must_differ_in_one_respect() -> None:
    other = {"path": "Patient", "query": [["_id", "?"]], "method": "POST"}
    found = decided("obliged.refusal", ask={"path": "Patient"}, instead=other, statuses=[400])
    assert found == (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)


def test_a_value_that_the_supplier_does_not_give_is_named() -> None:
    verdict = said("obliged.answer", ask={"path": "Patient/{patient-id}"}, gives="Patient")
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.NO_DATA)
    assert "patient-id" in str(verdict.why)


def test_ids_that_come_back() -> None:
    def with_id(value: str) -> Scripted:
        def change(ask: HttpAsk, reply: Reply) -> Reply:
            sent = Scripted()._exchange(ask, reply).payload.request_id  # type: ignore[union-attr]
            return replace(reply, headers=(*reply.headers, ("X-Request-ID", value or sent)))

        return Scripted(answer=changed(change))

    # Base FHIR lets a server give ids of its own: without a correlation id there is nothing to look at.
    assert decided("headers.ids-given-back", with_id("other"))[0] is Outcome.INCONCLUSIVE


def test_errors_without_a_code_system_of_the_api_are_not_decided() -> None:
    assert decided("errors.coded") == (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)


def test_the_healthy_supplier_is_the_control_of_these_tests() -> None:
    assert healthy is not None
    assert decided("obliged.interaction", seek=SEEK, code="read") == PASS
    assert decided("obliged.interaction", seek=SEEK, code="search-type") == PASS
    assert decided("obliged.answer", ask={"path": "Patient"}, gives="Bundle", holds="Patient") == PASS
