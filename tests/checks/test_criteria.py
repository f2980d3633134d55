"""Searches by criteria: what finds nothing, by POST, malformed, with a system; and the self link."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from checker.model.ask import HttpAsk
from checker.model.asked import UNKNOWN_PARAMETER
from checker.model.exchange import Failure
from checker.model.terms import Outcome, Reason
from tests.checks.bench import HTML, instead, said
from tests.engine.scripted import (
    BASE,
    LOCAL,
    PATIENTS,
    Reply,
    Scripted,
    changed,
    entry_of,
    healthy,
    json_reply,
    outcome,
    patient,
)
from tests.engine.suppliers import edited, failing

NO_MATCH = "search.no-match-is-an-empty-bundle"
POST = "search.post-is-get"
MALFORMED = "search.malformed-value-is-refused"
TOKEN = "search.token-keeps-the-system"
SELF = "search.self-link-tells-what-was-used"
EMPTY: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
HINT = {"resource": {"resourceType": "OperationOutcome", "issue": []}, "search": {"mode": "outcome"}}
EVERYBODY = json_reply(EMPTY | {"entry": [entry_of(one) for one in PATIENTS.values()]})
AUTH = (Outcome.INCONCLUSIVE, Reason.AUTH)
PREREQUISITE = (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)
PASS, FAIL = (Outcome.PASS, None), (Outcome.FAIL, None)
Found = tuple[str, str | None]


def decided(check: str, outside: Scripted) -> Found:
    verdict = said(check, outside)
    return verdict.outcome, verdict.reason


def unknown(ask: HttpAsk) -> bool:
    return "_id=no-such-id" in ask.request.url


def by_known_id(ask: HttpAsk) -> bool:
    return "_id=p1" in ask.request.url


def ignoring_id(ask: HttpAsk) -> Reply:
    plain = ask.request.url.partition("?")[0]
    return EVERYBODY if plain.endswith("/Patient") and "_id=" in ask.request.url else healthy(ask)


def of_one_patient(ask: HttpAsk) -> Reply:
    """There is one patient, and criteria are ignored."""
    one = json_reply(EMPTY | {"entry": [entry_of(patient("p1"))], "link": [{"relation": "self", "url": BASE}]})
    return one if "/Patient?" in ask.request.url or ask.request.url.endswith("_search") else healthy(ask)


# Nothing found -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (json_reply(EMPTY), PASS),
        (json_reply(EMPTY | {"total": 0, "entry": [HINT]}), PASS),
        (json_reply(EMPTY | {"total": 3}), FAIL),
        (json_reply(EMPTY | {"type": "collection"}), FAIL),
        (EVERYBODY, FAIL),
        (Reply(204, b"", ()), FAIL),
        (outcome(404), FAIL),
        (outcome(500), FAIL),
        (Reply(200, HTML), FAIL),
        (outcome(400, "value"), PREREQUISITE),
        (outcome(403), AUTH),
        (Reply(503), (Outcome.INCONCLUSIVE, Reason.NETWORK)),
        (failing(Reason.TIMEOUT, "deadline"), (Outcome.INCONCLUSIVE, Reason.TIMEOUT)),
        (Reply(200, b"{}", withheld=Reason.UNSAFE), (Outcome.INCONCLUSIVE, Reason.UNSAFE)),
    ],
)
def test_nothing_found_is_an_empty_bundle_or_not(other: Reply | Failure, found: Found) -> None:
    assert decided(NO_MATCH, instead(unknown, other)) == found


@pytest.mark.parametrize("other", [outcome(400, "required"), outcome(404), EVERYBODY])
def test_where_a_known_id_is_not_found_alone_nothing_found_shows_nothing(other: Reply) -> None:
    assert decided(NO_MATCH, instead(by_known_id, other)) == PREREQUISITE


def test_one_patient_and_an_ignored_criterion_prove_nothing() -> None:
    outside = Scripted(answer=of_one_patient)
    assert decided(NO_MATCH, outside) == PREREQUISITE
    assert decided(POST, outside) == (Outcome.INCONCLUSIVE, Reason.NO_DATA)
    assert decided(SELF, outside) == (Outcome.INCONCLUSIVE, Reason.NO_DATA)


def of_ids(known: str) -> Scripted:
    """One patient has that id; nobody has any other."""

    def answer(ask: HttpAsk) -> Reply:
        if "?" in ask.request.url:
            return json_reply(EMPTY | {"entry": [entry_of(patient("p1") | {"id": known})]})
        id = ask.request.url.rpartition("/")[2]
        return json_reply(patient("p1") | {"id": known}) if id == known else outcome(404)

    return Scripted(answer=answer)


UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


@pytest.mark.parametrize(
    ("known", "form"),
    [
        ("0b5b0d0c-1f3e-4e0a-9a3e-0c8a5e6f7a8b", UUID4),
        ("0B5B0D0C-1F3E-4E0A-9A3E-0C8A5E6F7A8B", UUID4),
        ("0b5b0d0c1f3e4e0a9a3e0c8a5e6f7a8b", "[0-9a-f]{32}"),
        ("507f1f77bcf86cd799439011", "[0-9a-f]{24}"),
        ("12345678901234567890", "no-such-id-.*"),
        ("pat-001", "no-such-id-.*"),
        ("a.b-c", "no-such-id-.*"),
    ],
)
def test_the_unknown_id_is_of_the_form_that_ids_have(known: str, form: str) -> None:
    outside = of_ids(known)
    said(NO_MATCH, outside)
    asked = [url.partition("_id=")[2] for url in outside.urls if "_id=" in url]
    assert asked[0] == known
    assert asked[1] != known
    assert re.fullmatch(form, asked[1])
    read = of_ids(known)
    assert said("read.unknown-id-is-404", read).outcome is Outcome.PASS
    assert re.fullmatch(form, read.urls[-1].rpartition("/")[2])


@pytest.mark.parametrize(
    ("known", "status", "found"),
    [
        ("17", 400, PREREQUISITE),
        ("17", 422, PREREQUISITE),
        ("17", 404, PASS),
        ("17", 500, FAIL),
        ("p17", 400, FAIL),
        ("0b5b0d0c-1f3e-4e0a-9a3e-0c8a5e6f7a8b", 400, FAIL),
    ],
)
def test_where_ids_are_numbers_the_refusal_of_another_form_decides_nothing(
    known: str, status: int, found: Found
) -> None:
    healthy_ids = of_ids(known)

    def answer(ask: HttpAsk) -> Reply | Failure:
        reply = healthy_ids.answer(ask)
        return outcome(status, "value") if isinstance(reply, Reply) and reply.status == 404 else reply

    assert decided("read.unknown-id-is-404", Scripted(answer=answer)) == found


def test_ids_that_fhir_does_not_allow_are_not_called_nothing() -> None:
    verdict = said("read.id-is-the-id-asked", of_ids("p_1"))
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.NO_DATA)
    assert "not what FHIR allows" in verdict.why[0]


# By POST -------------------------------------------------------------------------------------


def posted(ask: HttpAsk) -> bool:
    return ask.request.method == "POST"


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (json_reply(EMPTY | {"entry": [entry_of(PATIENTS["p1"]), HINT]}), PASS),
        (EVERYBODY, FAIL),
        (json_reply(EMPTY), FAIL),
        (outcome(404), FAIL),
        (outcome(405), FAIL),
        (outcome(415), FAIL),
        (outcome(401), AUTH),
        (outcome(403), AUTH),
        (failing(), (Outcome.INCONCLUSIVE, Reason.NETWORK)),
    ],
)
def test_a_search_by_post_finds_the_same_or_not(other: Reply | Failure, found: Found) -> None:
    assert decided(POST, instead(posted, other)) == found


def test_a_search_by_post_is_a_form_with_nothing_in_its_url() -> None:
    outside = Scripted()
    assert decided(POST, outside) == PASS
    (ask,) = [one for one in outside.sent if posted(one)]
    assert (ask.request.url, ask.request.body) == (f"{BASE}/Patient/_search", b"_id=p1")
    assert ask.request.header("Content-Type") == "application/x-www-form-urlencoded"


def test_where_get_ignores_the_id_there_is_nothing_to_compare_with() -> None:
    assert decided(POST, Scripted(answer=ignoring_id)) == PREREQUISITE


# Malformed values ----------------------------------------------------------------------------


def malformed(ask: HttpAsk) -> bool:
    return "not-a-date" in ask.request.url


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (outcome(400, "value"), PASS),
        (outcome(422, "value"), PASS),
        (Reply(400, HTML), PASS),
        (json_reply(EMPTY | {"total": 0}), PASS),
        (json_reply(EMPTY | {"entry": [HINT]}), PASS),
        (json_reply(EMPTY | {"entry": [entry_of(PATIENTS["p1"]), HINT]}), PASS),
        (EVERYBODY, FAIL),
        (outcome(500, "exception"), FAIL),
        (Reply(302, b"", (("Location", "/login"),)), FAIL),
        (outcome(403), AUTH),
        (Reply(503), (Outcome.INCONCLUSIVE, Reason.NETWORK)),
        (Reply(200, b"{}", truncated=True), (Outcome.INCONCLUSIVE, Reason.NO_DATA)),
        (failing(), (Outcome.INCONCLUSIVE, Reason.NETWORK)),
    ],
)
def test_a_malformed_value_is_refused_or_ignored(other: Reply | Failure, found: Found) -> None:
    assert decided(MALFORMED, instead(malformed, other)) == found


def test_where_a_good_value_is_refused_a_refusal_shows_nothing() -> None:
    outside = instead(lambda ask: "birthdate=ge1900" in ask.request.url, outcome(400, "required"))
    assert decided(MALFORMED, outside) == PREREQUISITE


# Tokens --------------------------------------------------------------------------------------


def token(system: str) -> Any:
    """The search by an identifier under that system; "" is by its value alone."""
    mark = f"identifier={system}|" if system else "identifier=H-"
    return lambda ask: mark in ask.request.url.replace("%3A", ":").replace("%2F", "/")


SHOUTED = patient("p1") | {"identifier": [7, {"system": LOCAL, "value": 7}, {"system": LOCAL, "value": " h-P1 "}]}
"""The same identifier in other letters, and what is none."""
OWN, OTHER, ALONE = token(LOCAL), token("https://no-such-system.invalid/id"), token("")


@pytest.mark.parametrize(
    ("where", "other", "found"),
    [
        (OTHER, EVERYBODY, FAIL),
        (OTHER, outcome(400, "code-invalid"), PASS),
        (OTHER, outcome(500), PREREQUISITE),
        (OTHER, outcome(403), AUTH),
        (OTHER, Reply(200, b"{}", withheld=Reason.UNSAFE), (Outcome.INCONCLUSIVE, Reason.UNSAFE)),
        (OWN, json_reply(EMPTY), FAIL),
        (OWN, EVERYBODY, FAIL),
        (OWN, json_reply(EMPTY | {"entry": [entry_of(PATIENTS[id]) for id in ("p1", "p2", "p3")]}), FAIL),
        (OWN, json_reply(EMPTY | {"entry": [entry_of(PATIENTS[id]) for id in ("p1", "p2")]}), PREREQUISITE),
        (OWN, json_reply(EMPTY | {"entry": [entry_of(SHOUTED), HINT]}), PASS),
        (OWN, json_reply(EMPTY | {"entry": [entry_of(PATIENTS["p1"]), entry_of(SHOUTED | {"id": "p9"})]}), PASS),
        (OWN, outcome(400, "required"), PREREQUISITE),
        (OWN, outcome(401), AUTH),
        (OWN, failing(), (Outcome.INCONCLUSIVE, Reason.NETWORK)),
        (ALONE, json_reply(EMPTY), FAIL),
        (ALONE, outcome(400, "required"), PASS),
        (
            ALONE,
            json_reply(EMPTY | {"link": [{"relation": "next", "url": f"{BASE}/x"}]}),
            (Outcome.INCONCLUSIVE, Reason.BUDGET),
        ),
    ],
)
def test_an_identifier_is_found_under_its_system_and_no_other(where: Any, other: Any, found: Found) -> None:
    assert decided(TOKEN, instead(where, other)) == found


def _identified(*identifiers: object) -> Scripted:
    """Every patient of the search has these identifiers."""

    def change(ask: HttpAsk, reply: Reply) -> Reply:
        if "/Patient?" not in ask.request.url or "identifier=" in ask.request.url:
            return reply
        page = json.loads(reply.body)
        for entry in page["entry"]:
            entry["resource"]["identifier"] = list(identifiers)
        return json_reply(page)

    return Scripted(answer=changed(change))


@pytest.mark.parametrize(
    "identifier",
    [
        {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"},
        {"system": "http://fhir.nhs.net/Id/nhs-number/", "value": "999 000 0018"},
        {"system": "urn:oid:2.16.840.1.113883.2.1.4.1", "value": "9990000018"},
        {"system": LOCAL, "value": "9990000018"},
        {"system": LOCAL, "value": "999-000-0018"},
        {"system": LOCAL, "value": "H1", "use": "old"},
        {"system": LOCAL, "value": "H|1"},
        {"system": LOCAL, "value": ""},
        {"system": "", "value": "H1"},
        {"value": "H1"},
        {"system": LOCAL, "value": 7},
        {"system": 7, "value": "H1"},
        7,
    ],
)
def test_nothing_that_could_be_a_national_number_is_searched_for(identifier: object) -> None:
    outside = _identified(identifier)
    assert decided(TOKEN, outside) == (Outcome.INCONCLUSIVE, Reason.NO_DATA)
    assert not [url for url in outside.urls if "identifier" in url]


# The self link -------------------------------------------------------------------------------


def with_unknown(ask: HttpAsk) -> bool:
    return UNKNOWN_PARAMETER in ask.request.url


def linked(url: object) -> Scripted:
    """The self link of each search by ``_id``."""

    def change(ask: HttpAsk, reply: Reply) -> Reply:
        link = [{"relation": "self", "url": url}] if url is not None else []
        return edited(reply, link=link) if "_id=" in ask.request.url else reply

    return Scripted(answer=changed(change))


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (f"{BASE}/Patient?_id=p1", PASS),
        ("https://gateway.test/other/Patient?_id=p1&_count=20&_format=json", PASS),
        ("Patient?_id=p1", PASS),
        ("?_id%3Aexact=p1", PASS),
        (f"{BASE}/Patient?_id=p1&{UNKNOWN_PARAMETER}=1", FAIL),
        (f"{BASE}/Patient", FAIL),
        (f"{BASE}?_getpages=0b5b", FAIL),
        ("http://[", FAIL),
        ("", FAIL),
        (None, FAIL),
        (7, FAIL),
    ],
)
def test_a_self_link_lists_what_was_used(url: object, found: Found) -> None:
    assert decided(SELF, linked(url)) == found


@pytest.mark.parametrize("status", [400, 404, 422, 500])
def test_a_server_that_refuses_the_unknown_parameter_is_judged_without_it(status: int) -> None:
    assert decided(SELF, instead(with_unknown, outcome(status, "not-supported"))) == PASS


def test_an_id_that_was_ignored_may_be_left_out_and_may_not_be_listed() -> None:
    def answer(url: str) -> Scripted:
        def change(ask: HttpAsk) -> Reply:
            return (
                edited(ignoring_id(ask), link=[{"relation": "self", "url": url}])
                if "_id=" in ask.request.url
                else healthy(ask)
            )

        return Scripted(answer=change)

    assert decided(SELF, answer(f"{BASE}/Patient")) == PASS
    assert decided(SELF, answer(f"{BASE}/Patient?_id=p1")) == FAIL


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (outcome(403), AUTH),
        (failing(), (Outcome.INCONCLUSIVE, Reason.NETWORK)),
        (Reply(200, HTML), FAIL),
        (Reply(200, b"{}", withheld=Reason.UNSAFE), (Outcome.INCONCLUSIVE, Reason.UNSAFE)),
    ],
)
def test_a_self_link_that_cannot_be_seen(other: Reply | Failure, found: Found) -> None:
    assert decided(SELF, instead(with_unknown, other)) == found


def test_where_both_searches_are_refused_no_self_link_is_asked_for() -> None:
    assert decided(SELF, instead(lambda ask: "_id=" in ask.request.url, outcome(400, "required"))) == PREREQUISITE
