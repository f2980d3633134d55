"""What a refusal is, what silence is, and what stands between: the checks of TLS over scripted servers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from checker.model.ask import HandshakeAsk, TlsAsk
from checker.model.evidence import Handshake
from checker.model.terms import Outcome, Reason
from checker.model.tls import SSL_3_0, TLS_1_2, TLS_1_3, WEAK_GROUPS, TlsAnswer
from tests.checks.bench import said
from tests.engine.scripted import Scripted, certificate, good_handshake, good_tls

CHECKS = (
    "tls.ssl-refused",
    "tls.newest-preferred",
    "tls.no-broken-suite",
    "tls.forward-secrecy",
    "tls.dhe-is-long",
    "tls.groups-are-good",
    "tls.hybrid-group",
    "tls.renegotiation-is-secure",
    "tls.no-compression",
    "tls.extended-master-secret",
    "tls.stronger-suite-chosen",
    "tls.downgrade-guarded",
    "tls.no-old-signatures",
)
Answers = Callable[[TlsAsk, datetime], TlsAnswer]


def but(when: Callable[[TlsAsk], bool], *, late_s: float = 0.0, **changes: Any) -> Answers:
    """The good server, with some answers changed."""

    def answer(ask: TlsAsk, at: datetime) -> TlsAnswer:
        good = good_tls(ask, at)
        if not when(ask):
            return good
        return msgspec.structs.replace(good, at=at + timedelta(seconds=late_s), **changes)

    return answer


def old(ask: TlsAsk) -> bool:
    return ask.hello.version < TLS_1_2


@pytest.mark.parametrize("check", CHECKS)
def test_the_good_server_passes(check: str) -> None:
    assert said(check, Scripted(tls=good_tls)).outcome is Outcome.PASS


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("answer", ["closed", "reset", "silent", "timeout", "garbage", "not-tls", "refused", "budget"])
def test_a_server_that_answers_nothing_passes_nothing(check: str, answer: str) -> None:
    verdict = said(check, Scripted(tls=but(lambda ask: True, answer=answer, alert=None)))
    assert verdict.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("check", CHECKS)
def test_a_server_that_refuses_everything_passes_nothing(check: str) -> None:
    verdict = said(check, Scripted(tls=but(lambda ask: True, answer="alert", alert=40)))
    assert verdict.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("answer", "alert", "reason"),
    [
        ("closed", None, Reason.PREREQUISITE),
        ("reset", None, Reason.PREREQUISITE),
        ("silent", None, Reason.TIMEOUT),
        ("alert", 80, Reason.NETWORK),
        ("alert", 47, Reason.NETWORK),
        ("garbage", None, Reason.NETWORK),
    ],
)
def test_silence_and_other_alerts_are_no_refusal(answer: str, alert: int | None, reason: Reason) -> None:
    for check in ("tls.ssl-refused", "tls.no-broken-suite"):
        verdict = said(check, Scripted(tls=but(old, answer=answer, alert=alert)))
        assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, reason), check


def test_a_refusal_of_a_smaller_form_needs_an_answer_in_that_form() -> None:
    def answer(ask: TlsAsk, at: datetime) -> TlsAnswer:
        good = good_tls(ask, at)
        if old(ask) and not ask.hello.reduced:
            return msgspec.structs.replace(good, answer="closed", alert=None)
        if ask.hello.reduced and not old(ask):
            return msgspec.structs.replace(good, answer="alert", alert=40)
        return good

    assert said("tls.ssl-refused", Scripted(tls=answer)).outcome is Outcome.INCONCLUSIVE
    shy = but(lambda ask: old(ask) and not ask.hello.reduced, answer="closed", alert=None)
    assert said("tls.ssl-refused", Scripted(tls=shy)).outcome is Outcome.PASS


def test_a_control_that_is_too_far_away_proves_nothing() -> None:
    verdict = said("tls.ssl-refused", Scripted(tls=but(old, late_s=90)))
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.PREREQUISITE)


def test_ssl_3_0_is_told() -> None:
    spoken = but(
        lambda ask: ask.hello.version == SSL_3_0, answer="server-hello", alert=None, version=SSL_3_0, suite=0x000A
    )
    assert said("tls.ssl-refused", Scripted(tls=spoken)).outcome is Outcome.FAIL
    assert said("tls.no-broken-suite", Scripted(tls=spoken)).outcome is Outcome.FAIL


def test_silence_after_the_good_suites_is_no_refusal_of_the_rest() -> None:
    rest = but(lambda ask: " without 2" in ask.hello.name, answer="closed", alert=None)
    for check in ("tls.no-broken-suite", "tls.forward-secrecy", "tls.dhe-is-long"):
        assert said(check, Scripted(tls=rest)).outcome is Outcome.INCONCLUSIVE, check


def test_an_answer_with_what_was_not_offered_is_not_followed_for_ever() -> None:
    stuck = but(
        lambda ask: " without" in ask.hello.name, answer="server-hello", alert=None, version=TLS_1_2, suite=0xC02F
    )
    assert said("tls.no-broken-suite", Scripted(tls=stuck)).outcome is Outcome.INCONCLUSIVE


def test_an_answer_in_a_group_that_was_not_offered_is_no_weak_group() -> None:
    other = but(
        lambda ask: ask.hello.groups == WEAK_GROUPS, answer="server-hello", alert=None, version=TLS_1_2, group=0x1D
    )
    assert said("tls.groups-are-good", Scripted(tls=other)).outcome is Outcome.INCONCLUSIVE


def test_a_proxy_and_an_issuer_that_nobody_knows_leave_everything_open() -> None:
    def strange(ask: HandshakeAsk, at: datetime) -> Handshake:
        attempt = good_handshake(ask, at).attempts[0]
        chain = (certificate(issuer="CN=Proxy", subject="CN=fhir.test"),)
        changed = msgspec.structs.replace(attempt, verified=False, trusted=False, problem="untrusted", chain=chain)
        return Handshake(host=ask.host, port=ask.port, attempts=(changed,))

    proxied = but(lambda ask: True, answer="intercepted", alert=None)
    for outside in (Scripted(tls=proxied), Scripted(handshake=strange)):
        for check in CHECKS:
            verdict = said(check, outside)
            assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.NETWORK), check
            assert any("intercepted" in one for one in verdict.why), verdict.why


def test_tls_1_3_alone_has_nothing_to_step_down_to() -> None:
    def alone(ask: TlsAsk, at: datetime) -> TlsAnswer:
        good = good_tls(ask, at)
        if TLS_1_3 in ask.hello.supported:
            return good
        return msgspec.structs.replace(good, answer="alert", alert=70)

    for check in CHECKS:
        assert said(check, Scripted(tls=alone)).outcome is Outcome.PASS, check
