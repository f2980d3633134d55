"""Old versions of TLS and certificates: what refuses, what does not, and what cannot be told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from checker.model.ask import HandshakeAsk, HelloAsk
from checker.model.evidence import Handshake, HandshakeAttempt, RawAttempt, RawExchange
from checker.model.terms import Outcome, Reason
from tests.checks.bench import said
from tests.engine.scripted import SUPPLIER, Scripted, certificate, good_handshake, good_hellos
from tests.engine.suppliers import expired, old_tls

OLD = "tls.old-versions-refused"
Answers = dict[str, dict[str, Any]]


def hellos(answers: Answers, *, late_s: float = 0.0) -> Callable[[HelloAsk, datetime], RawExchange]:
    def answer(ask: HelloAsk, at: datetime) -> RawExchange:
        good = {attempt.sent: attempt for attempt in good_hellos(ask, at).attempts}
        attempts = []
        for name in ask.names:
            changes = {"at": at + timedelta(seconds=late_s if name != "tls1.2" else 0.0), **answers.get(name, {})}
            attempts.append(msgspec.structs.replace(good[name], **changes))
        return RawExchange(host=ask.host, port=ask.port, attempts=tuple(attempts))

    return answer


def no_handshake(ask: HandshakeAsk, at: datetime) -> Handshake:
    attempt = HandshakeAttempt(offered=ask.offers[0], completed=False, problem="closed", at=at)
    return Handshake(host=ask.host, port=ask.port, attempts=(attempt,))


def both(**changes: Any) -> Answers:
    return {name: {"alert": None, **changes} for name in ("tls1.0", "tls1.1")}


NO_TLS_1_2 = {"tls1.2": {"answer": "alert", "alert": 70, "version": None}}


def test_alerts_beside_a_working_control_pass() -> None:
    assert said(OLD).outcome is Outcome.PASS


@pytest.mark.parametrize("alert", [40, 70, 71, 86])
def test_every_refusing_alert_passes(alert: int) -> None:
    assert said(OLD, Scripted(hellos=hellos(both(alert=alert)))).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (both(answer="closed"), Reason.PREREQUISITE),
        (both(answer="reset"), Reason.PREREQUISITE),
        (both(answer="timeout"), Reason.TIMEOUT),
        (both(answer="garbage"), Reason.NETWORK),
        (both(answer="budget"), Reason.BUDGET),
        (both(answer="stopped"), Reason.UNSAFE),
        (both(answer="alert", alert=80), Reason.NETWORK),
        (both(answer="alert", alert=None), Reason.NETWORK),
        (both(answer="server-hello", version=0x0303), Reason.NETWORK),
        ({"tls1.0": {"answer": "closed", "alert": None}}, Reason.PREREQUISITE),
    ],
)
def test_a_silent_close_and_other_answers_are_no_refusal(answers: Answers, reason: Reason) -> None:
    verdict = said(OLD, Scripted(hellos=hellos(answers)))
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, reason)


@pytest.mark.parametrize(("name", "version"), [("tls1.0", 0x0301), ("tls1.1", 0x0302)])
def test_an_old_version_that_is_spoken_is_a_finding(name: str, version: int) -> None:
    spoken = {name: {"answer": "server-hello", "version": version, "alert": None}}
    verdict = said(OLD, Scripted(hellos=hellos(spoken)))
    assert verdict.outcome is Outcome.FAIL
    assert verdict.findings[0].place == "fhir.test:443"


def test_an_old_version_is_a_finding_even_without_a_control() -> None:
    assert said(OLD, Scripted(hellos=old_tls, handshake=no_handshake)).outcome is Outcome.FAIL


def test_a_server_of_tls_1_3_alone_refuses_with_alert_70() -> None:
    assert said(OLD, Scripted(hellos=hellos(NO_TLS_1_2))).outcome is Outcome.PASS


def test_a_server_of_tls_1_3_alone_does_not_refuse_with_another_alert() -> None:
    answers = NO_TLS_1_2 | both(answer="alert", alert=40)
    assert said(OLD, Scripted(hellos=hellos(answers))).outcome is Outcome.INCONCLUSIVE


def test_without_any_control_nothing_is_decided() -> None:
    verdict = said(OLD, Scripted(hellos=hellos(NO_TLS_1_2), handshake=no_handshake))
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.NETWORK)


@pytest.mark.parametrize(("late_s", "passes"), [(60.0, True), (61.0, False)])
def test_an_old_control_proves_nothing(late_s: float, passes: bool) -> None:
    verdict = said(OLD, Scripted(hellos=hellos({}, late_s=late_s)))
    assert (verdict.outcome is Outcome.PASS) == passes
    if not passes:
        assert verdict.reason is Reason.PREREQUISITE


def test_a_version_that_was_not_tried_is_not_refused() -> None:
    def only_one(ask: HelloAsk, at: datetime) -> RawExchange:
        good = good_hellos(ask, at)
        return msgspec.structs.replace(good, attempts=tuple(a for a in good.attempts if a.sent != "tls1.0"))

    assert said(OLD, Scripted(hellos=only_one)).outcome is Outcome.INCONCLUSIVE


def test_the_second_try_with_fewer_extensions_counts() -> None:
    def twice(ask: HelloAsk, at: datetime) -> RawExchange:
        found: list[RawAttempt] = []
        for attempt in good_hellos(ask, at).attempts:
            if attempt.sent != "tls1.2":
                found.append(msgspec.structs.replace(attempt, answer="closed", alert=None))
            found.append(msgspec.structs.replace(attempt, sent=f"{attempt.sent}-reduced"))
        return RawExchange(host=ask.host, port=ask.port, attempts=tuple(found))

    assert said(OLD, Scripted(hellos=twice)).outcome is Outcome.PASS


@pytest.mark.parametrize("check", [OLD, "certificate.in-date"])
def test_an_endpoint_without_tls_leaves_it_open(check: str) -> None:
    plain = msgspec.structs.replace(SUPPLIER, base_url="http://fhir.test/r4")
    outside = Scripted()
    verdict = said(check, outside, supplier=plain)
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)
    assert outside.asks == []


def chained(*chain: Any, verified: bool = False) -> Scripted:
    def answer(ask: HandshakeAsk, at: datetime) -> Handshake:
        good = good_handshake(ask, at)
        attempts = tuple(msgspec.structs.replace(one, chain=chain, verified=verified) for one in good.attempts)
        return msgspec.structs.replace(good, attempts=attempts)

    return Scripted(handshake=answer)


AT = Scripted().now() + timedelta(seconds=0.1)
"""When the first handshake is."""


@pytest.mark.parametrize(
    ("changes", "passes"),
    [
        ({}, True),
        ({"not_after": AT}, True),
        ({"not_before": AT}, True),
        ({"not_after": AT - timedelta(seconds=1)}, False),
        ({"not_before": AT + timedelta(seconds=1)}, False),
    ],
)
def test_a_certificate_is_in_date_up_to_the_second(changes: dict[str, Any], passes: bool) -> None:
    verdict = said("certificate.in-date", chained(certificate(**changes)))
    assert (verdict.outcome is Outcome.PASS) == passes


def test_an_expired_intermediate_is_a_finding_unless_no_path_needs_it() -> None:
    late = certificate(not_after=AT - timedelta(days=1))
    verdict = said("certificate.in-date", chained(certificate(), late))
    assert verdict.outcome is Outcome.FAIL
    assert "certificate 2" in verdict.findings[0].place
    beside = said("certificate.in-date", chained(certificate(), late, verified=True))
    assert beside.outcome is Outcome.PASS
    leaf = said("certificate.in-date", chained(late, certificate(), verified=True))
    assert leaf.outcome is Outcome.FAIL
    assert said("certificate.in-date", Scripted(handshake=expired)).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("problem", "reason"),
    [("timeout", Reason.TIMEOUT), ("refused", Reason.NETWORK), ("host-not-allowed", Reason.UNSAFE)],
)
def test_a_handshake_without_a_certificate_decides_nothing(problem: str, reason: Reason) -> None:
    def fails(ask: HandshakeAsk, at: datetime) -> Handshake:
        attempt = HandshakeAttempt(offered=ask.offers[0], completed=False, problem=problem, at=at)
        return Handshake(host=ask.host, port=ask.port, attempts=(attempt,))

    verdict = said("certificate.in-date", Scripted(handshake=fails))
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, reason)


NEWER = "tls.newer-version-completes"


def refused(problem: str = "alert", detail: str = "tlsv1 alert protocol version") -> Callable[..., Handshake]:
    def answer(ask: HandshakeAsk, at: datetime) -> Handshake:
        attempt = HandshakeAttempt(offered=ask.offers[0], completed=False, problem=problem, detail=detail, at=at)
        return Handshake(host=ask.host, port=ask.port, attempts=(attempt,))

    return answer


SPEAKS_1_1: Answers = {"tls1.1": {"answer": "server-hello", "version": 0x0302, "alert": None}}


def test_a_newer_version_that_completes_passes_whatever_its_certificate() -> None:
    assert said(NEWER).outcome is Outcome.PASS
    assert said(NEWER, Scripted(handshake=expired)).outcome is Outcome.PASS


@pytest.mark.parametrize("alert", [40, 70])
@pytest.mark.parametrize("problem", ["alert", "protocol"])
def test_a_server_that_speaks_the_old_ones_alone_fails(alert: int, problem: str) -> None:
    answers: Answers = {"tls1.2": {"answer": "alert", "alert": alert, "version": None}, **SPEAKS_1_1}
    verdict = said(NEWER, Scripted(hellos=hellos(answers), handshake=refused(problem)))
    assert verdict.outcome is Outcome.FAIL
    assert "TLS 1.1" in verdict.findings[0].message


def test_a_server_that_answers_in_an_older_version_fails() -> None:
    older: Answers = {"tls1.2": {"answer": "server-hello", "version": 0x0301}}
    verdict = said(NEWER, Scripted(hellos=hellos(older), handshake=refused("protocol")))
    assert verdict.outcome is Outcome.FAIL
    assert "TLS 1.0" in verdict.findings[0].message


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ({}, "alert"),  # it speaks TLS 1.2, though not with our suites
        (NO_TLS_1_2, "alert"),  # it speaks nothing that was tried
        (SPEAKS_1_1, "alert"),  # TLS 1.2 was answered
        ({"tls1.2": {"answer": "closed", "version": None}, **SPEAKS_1_1}, "alert"),
        ({**NO_TLS_1_2, **SPEAKS_1_1}, "closed"),
        ({**NO_TLS_1_2, **SPEAKS_1_1}, "timeout"),
    ],
)
def test_what_is_no_refusal_of_the_version_decides_nothing(answers: Answers, problem: str) -> None:
    verdict = said(NEWER, Scripted(hellos=hellos(answers), handshake=refused(problem, "")))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.reason is (Reason.TIMEOUT if problem == "timeout" else Reason.NETWORK)


def test_without_tls_a_newer_version_is_not_asked_for() -> None:
    plain = msgspec.structs.replace(SUPPLIER, base_url="http://fhir.test/r4")
    assert said(NEWER, supplier=plain).reason is Reason.PREREQUISITE
