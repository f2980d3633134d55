"""Law 6: a refusal is believed only beside a control that worked."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import msgspec
import pytest

from checker.checks.refusal import refusal
from checker.engine.gather import run_offline
from checker.engine.source import LiveSource
from checker.model.ask import HttpAsk
from checker.model.exchange import Failure, Intent, Request, TokenFacts
from checker.model.requirement import ConditionUse
from checker.model.supplier import IdentityRef
from checker.model.terms import Outcome, Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided, Verdict
from checker.model.view import Exchange
from tests.checks.bench import said
from tests.engine.scripted import (
    CAPABILITIES,
    SUPPLIER,
    Memory,
    Reply,
    Scripted,
    changed,
    json_reply,
    judged,
    outcome,
    page_of,
    patient,
    profile_of,
    recorded,
    requirement,
)
from tests.engine.suppliers import failing

PAIRED = (
    "read.unknown-id-is-404",
    "access.refused-without-token",
    "access.altered-token-refused",
    "access.unsigned-token-refused",
    "access.query-token-refused",
)


def mutants(other: Reply | Failure) -> Scripted:
    return Scripted(answer=changed(lambda ask, reply: other if ask.intent is Intent.MUTANT else reply))


def controls(other: Reply | Failure) -> Scripted:
    return Scripted(answer=changed(lambda ask, reply: other if ask.intent is Intent.CONTROL else reply))


@pytest.mark.parametrize("check", PAIRED)
def test_a_refusal_beside_a_working_control_passes(check: str) -> None:
    verdict = said(check)
    assert verdict.outcome is Outcome.PASS
    assert verdict.evidence


@pytest.mark.parametrize("check", PAIRED)
@pytest.mark.parametrize("other", [json_reply(patient("p1")), Reply(302, b"", (("Location", "/login"),)), Reply(500)])
def test_another_answer_is_a_finding(check: str, other: Reply) -> None:
    verdict = said(check, mutants(other))
    assert verdict.outcome is Outcome.FAIL
    assert verdict.findings[0].reproduce.keys() == {"sh", "powershell"}


@pytest.mark.parametrize("check", PAIRED)
@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (failing(Reason.NETWORK, "closed"), Reason.NETWORK),
        (failing(Reason.TIMEOUT, "read-timeout"), Reason.TIMEOUT),
        (Reply(502), Reason.NETWORK),
        (Reply(503), Reason.NETWORK),
        (Reply(504), Reason.NETWORK),
        (Reply(429), Reason.NETWORK),
    ],
)
def test_a_close_or_a_gateway_in_trouble_is_not_a_refusal(check: str, other: Reply | Failure, reason: Reason) -> None:
    verdict = said(check, mutants(other))
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, reason)


@pytest.mark.parametrize("check", PAIRED)
@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (failing(Reason.NETWORK, "closed"), Reason.NETWORK),
        (outcome(401), Reason.PREREQUISITE),
        (outcome(404), Reason.PREREQUISITE),
        (Reply(500), Reason.PREREQUISITE),
        (Reply(302, b"", (("Location", "/x"),)), Reason.PREREQUISITE),
    ],
)
def test_without_a_control_that_worked_nothing_is_decided(check: str, other: Reply | Failure, reason: Reason) -> None:
    verdict = said(check, controls(other))
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, reason)


@pytest.mark.parametrize("check", PAIRED)
@pytest.mark.parametrize("other", [Reply(200, b"<html>log in</html>"), Reply(204), outcome(200)])
def test_a_control_that_did_not_give_the_resource_proves_nothing(check: str, other: Reply) -> None:
    assert said(check, controls(other)).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("check", PAIRED)
def test_a_control_over_another_protocol_proves_nothing(check: str) -> None:
    outside = Scripted(
        answer=changed(
            lambda ask, reply: replace(reply, http_version="HTTP/2") if ask.intent is Intent.MUTANT else reply
        )
    )
    verdict = said(check, outside)
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)


@pytest.mark.parametrize(("step", "passes"), [(60.0, True), (60.2, False)])
def test_a_control_more_than_60_s_away_proves_nothing(step: float, passes: bool) -> None:
    verdict = said("read.unknown-id-is-404", Scripted(step=step))
    assert (verdict.outcome is Outcome.PASS) == passes


async def _exchange(request: Request) -> Exchange:
    ledger = Memory()
    evidence = await LiveSource(Scripted(), ledger).obtain(HttpAsk(request=request, interaction="read"))
    assert evidence is not None
    return Exchange(evidence, ledger.blob)


def test_two_differences_are_a_fault_of_the_probe() -> None:
    control = Request(url="https://fhir.test/r4/Patient/p1")
    for other in (control, msgspec.structs.replace(control, identity="", method="HEAD")):
        pair: list[Exchange] = [run_offline(_exchange(one)) for one in (control, other)]
        statements: Iterator[Statement] = refusal(
            pair[0], pair[1], differs_in="identity", gives="Patient", refused=lambda e: True, what="It", expected="401"
        )
        with pytest.raises(ValueError, match="differ"):
            list(statements)


def _always(answer: bool, exchange: Exchange) -> bool:
    return answer


def test_each_statement_names_both_exchanges() -> None:
    control = Request(url="https://fhir.test/r4/Patient/p1")
    bare = msgspec.structs.replace(control, identity="")
    pair: list[Exchange] = [run_offline(_exchange(one)) for one in (control, bare)]
    for answer, sort in ((True, Examined), (False, Finding)):
        said_so = functools.partial(_always, answer)
        (found,) = refusal(
            pair[0], pair[1], differs_in="identity", gives="Patient", refused=said_so, what="It", expected="401"
        )
        assert isinstance(found, sort)
        assert not isinstance(found, Undecided)
        assert len(found.evidence) == 2


NOBODY = msgspec.structs.replace(SUPPLIER, identities=(IdentityRef(name="default", kind="none"),))


def open_door(ask: HttpAsk) -> Reply:
    """Answers anybody, credential or not."""
    return json_reply(page_of([patient("p1")], 5, 1) if "?" in ask.request.url else patient("p1"))


def test_data_given_to_nobody_is_a_finding_even_without_a_control() -> None:
    verdict = said("access.refused-without-token", Scripted(answer=open_door), supplier=NOBODY)
    assert verdict.outcome is Outcome.FAIL
    assert {f.place.rpartition("/")[2] for f in verdict.findings} == {"p1", "Patient?_count=5"}


@pytest.mark.parametrize(
    "other",
    [
        outcome(401),
        json_reply({"resourceType": "Bundle", "type": "searchset", "total": 0}),
        Reply(200, b"<html>log in</html>"),
        failing(),
    ],
)
def test_without_a_control_a_bare_answer_without_data_decides_nothing(other: Reply | Failure) -> None:
    verdict = said("access.refused-without-token", Scripted(answer=lambda ask: other), supplier=NOBODY)
    assert verdict.outcome is Outcome.INCONCLUSIVE


def test_an_outcome_in_a_bundle_is_not_data() -> None:
    entry = {"resource": {"resourceType": "OperationOutcome"}, "search": {"mode": "outcome"}}
    refused = json_reply({"resourceType": "Bundle", "type": "searchset", "total": 0, "entry": [entry]})
    verdict = said("access.refused-without-token", Scripted(answer=lambda ask: refused), supplier=NOBODY)
    assert verdict.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("kind", ["none", "api-key", "client-certificate"])
def test_without_a_token_nothing_is_altered(kind: str) -> None:
    supplier = msgspec.structs.replace(SUPPLIER, identities=(IdentityRef(name="default", kind=kind),))
    outside = Scripted()
    for check in PAIRED[2:]:
        verdict = said(check, outside, supplier=supplier)
        assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)
    assert not [ask for ask in outside.sent if ask.request.alteration]


def test_a_vread_without_a_token_counts_where_the_server_has_vread() -> None:
    def leaky(ask: HttpAsk, reply: Reply) -> Reply:
        return json_reply(patient("p1")) if ask.interaction == "vread" and not ask.request.identity else reply

    assert said("access.refused-without-token", Scripted(answer=changed(leaky))).outcome is Outcome.FAIL
    none = Scripted(answer=changed(lambda ask, reply: outcome(404) if ask.interaction == "vread" else reply))
    assert said("access.refused-without-token", none).outcome is Outcome.PASS


def with_observations(answer: Reply, bare: Reply) -> Scripted:
    """The supplier also says that it searches Observation: what a client gets there, and what nobody gets."""
    stated = {"type": "Observation", "interaction": [{"code": "search-type"}]}
    (usual,) = cast("list[dict[str, Any]]", CAPABILITIES["rest"])
    rest = {**usual, "resource": [*usual["resource"], stated]}

    def change(ask: HttpAsk, reply: Reply) -> Reply:
        if ask.interaction == "capabilities":
            return json_reply({**CAPABILITIES, "rest": [rest]})
        if "/Observation" in ask.request.url:
            return answer if ask.request.identity else bare
        return reply

    return Scripted(answer=changed(change))


SEEN = {"resourceType": "Observation", "id": "o1"}
FOUND = json_reply({"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": SEEN}]})
CLOSED = outcome(401, "login", (("WWW-Authenticate", "Bearer"),))


@pytest.mark.parametrize(
    ("answer", "bare", "found"),
    [
        (FOUND, CLOSED, Outcome.PASS),
        (FOUND, FOUND, Outcome.FAIL),
        (FOUND, json_reply({"resourceType": "Bundle", "type": "searchset"}), Outcome.FAIL),
        # This client may not search there itself: that shows nothing, unless everybody else may.
        (outcome(403), CLOSED, Outcome.PASS),
        (outcome(400), outcome(400), Outcome.PASS),
        (outcome(403), FOUND, Outcome.FAIL),
    ],
)
def test_other_records_are_closed_to_strangers_too(answer: Reply, bare: Reply, found: Outcome) -> None:
    verdict = said("access.refused-without-token", with_observations(answer, bare))
    assert verdict.outcome is found
    assert all("search of Observation" in finding.message for finding in verdict.findings)


def test_a_search_by_post_is_closed_to_strangers_too() -> None:
    def leaky(ask: HttpAsk, reply: Reply) -> Reply:
        return FOUND if ask.request.method == "POST" and not ask.request.identity else reply

    verdict = said("access.refused-without-token", Scripted(answer=changed(leaky)))
    assert [f.message for f in verdict.findings] == [
        "A search by POST of Patient without a credential: answered with 200."
    ]
    lost = Scripted(answer=changed(lambda ask, reply: outcome(404) if ask.request.method == "POST" else reply))
    assert said("access.refused-without-token", lost).outcome is Outcome.PASS


@pytest.mark.parametrize("alteration", ["alg-none", "alg-none-mixed-case"])
def test_one_spelling_of_none_that_is_accepted_is_a_finding(alteration: str) -> None:
    def leaky(ask: HttpAsk, reply: Reply) -> Reply:
        return json_reply(patient("p1")) if ask.request.alteration == alteration else reply

    verdict = said("access.unsigned-token-refused", Scripted(answer=changed(leaky)))
    assert verdict.outcome is Outcome.FAIL
    assert [("nOnE" in f.message) for f in verdict.findings] == [alteration == "alg-none-mixed-case"]


def test_the_command_for_a_token_in_the_query_holds_a_variable() -> None:
    def leaky(ask: HttpAsk, reply: Reply) -> Reply:
        return json_reply(patient("p1")) if ask.request.alteration else reply

    finding = said("access.query-token-refused", Scripted(answer=changed(leaky))).findings[0]
    assert '-G --data-urlencode "access_token=$TOKEN"' in finding.reproduce["sh"]
    assert "$env:TOKEN" in finding.reproduce["powershell"]
    assert "Authorization" not in finding.reproduce["sh"]


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (TokenFacts(form="jwt"), Outcome.PASS),
        (TokenFacts(form="opaque"), Outcome.NOT_APPLICABLE),
        (None, Outcome.INCONCLUSIVE),
    ],
)
def test_a_row_for_jwts_applies_to_jwts(facts: TokenFacts | None, found: Outcome) -> None:
    row = requirement(
        check="access.unsigned-token-refused",
        params={"type": "Patient"},
        applies_when=ConditionUse(condition="access.token-is-jwt", params={"type": "Patient"}),
    )
    profile = profile_of(row)
    verdicts, _ = judged(recorded(Scripted(facts=facts), profile), profile=profile)
    assert verdicts["R-1"].outcome is found


def by_certificate(outside: Scripted) -> Verdict:
    supplier = msgspec.structs.replace(SUPPLIER, identities=(IdentityRef(name="default", kind="client-certificate"),))
    return said("access.refused-without-token", outside, supplier=supplier)


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (Reply(400, b"<html>No required SSL certificate was sent</html>"), Outcome.PASS),
        (Reply(401), Outcome.PASS),
        (Reply(403), Outcome.PASS),
        (json_reply(patient("p1"), 400), Outcome.FAIL),
        (json_reply(patient("p1")), Outcome.FAIL),
        (Reply(404), Outcome.FAIL),
        (failing(Reason.NETWORK, "tls"), Outcome.INCONCLUSIVE),
    ],
)
def test_without_a_client_certificate_there_is_no_scheme_to_name(other: Reply | Failure, found: Outcome) -> None:
    assert by_certificate(mutants(other)).outcome is found


def test_with_a_token_a_400_is_no_refusal() -> None:
    assert said("access.refused-without-token", mutants(Reply(400))).outcome is Outcome.FAIL


def test_a_client_certificate_is_no_jwt() -> None:
    row = requirement(
        check="access.unsigned-token-refused",
        params={"type": "Patient"},
        applies_when=ConditionUse(condition="access.token-is-jwt", params={"type": "Patient"}),
    )
    supplier = msgspec.structs.replace(SUPPLIER, identities=(IdentityRef(name="default", kind="client-certificate"),))
    profile = profile_of(row)
    recording = recorded(Scripted(facts=None), profile, supplier=supplier)
    assert judged(recording, profile=profile)[0]["R-1"].outcome is Outcome.NOT_APPLICABLE
