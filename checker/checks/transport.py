"""TLS versions: the old ones are refused, a newer one works. Source: RFC 8996, RFC 9325, RFC 8446."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from checker.model.evidence import Handshake, HandshakeAttempt, RawAttempt, RawExchange
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, RecordView

_OLD = Need(probe="tls.old-versions", params=NoParams())

PROTOCOL_VERSION = 70
REFUSING_ALERTS = {
    40: "handshake_failure",
    70: "protocol_version",
    71: "insufficient_security",
    86: "inappropriate_fallback",
}
"""Alerts that say no to a ClientHello (RFC 8446 §6.2, RFC 7507)."""
TLS_1_2 = 0x0303
OLD_VERSIONS = {"tls1.0": 0x0301, "tls1.1": 0x0302}
_MOST_APART = timedelta(seconds=60)
NETWORK_REASONS = {
    "timeout": Reason.TIMEOUT,
    "budget": Reason.BUDGET,
    "stopped": Reason.UNSAFE,
    "host-not-allowed": Reason.UNSAFE,
}
"""What the words for a connection that did not come about stand for; any other is ``network``."""
_NEWER = ("TLSv1.2", "TLSv1.3")


@check("tls.old-versions-refused", needs=lambda p, settings: [_OLD], source="https://www.rfc-editor.org/rfc/rfc8996")
def old_versions_refused(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """TLS 1.0 and TLS 1.1 are refused with an alert.

    A ClientHello for each is sent by hand, since a modern client cannot speak them. The control is
    the same hello for TLS 1.2 in the same minute, or, for a server that speaks TLS 1.3 alone, a
    normal handshake; then only the alert protocol_version counts. A connection that is closed
    without an alert is not a refusal: a server that dislikes something else in the hello closes
    it just so.

    Good: alert 70 (protocol_version) to TLS 1.0 and 1.1, ServerHello to TLS 1.2.
    Bad: ServerHello with version 0x0301 or 0x0302.
    """
    view = ev.record(_OLD)
    evidence = tuple(item.id for item in view.evidence())
    raw = view.payload("hellos")
    if not isinstance(raw, RawExchange):
        yield view.undecided("the ClientHellos")
        return
    control = _control(view, raw)
    for name, version in OLD_VERSIONS.items():
        attempts = [a for a in raw.attempts if a.sent.startswith(name)]
        spoken = next((a for a in attempts if a.answer == "server-hello" and a.version == version), None)
        if spoken is not None:
            yield Finding(
                message=f"{_words(name)} is accepted.",
                expected="an alert that refuses it",
                actual=f"a ServerHello, cipher suite 0x{spoken.cipher_suite or 0:04x}",
                place=f"{raw.host}:{raw.port}",
                evidence=evidence,
            )
            continue
        yield _refused(name, attempts, control, evidence)


def _control(view: RecordView, raw: RawExchange) -> tuple[str, RawAttempt | HandshakeAttempt] | None:
    """What proves that the server could have answered: its sort and the attempt."""
    for attempt in raw.attempts:
        if attempt.sent.startswith("tls1.2") and attempt.answer == "server-hello" and attempt.version == TLS_1_2:
            return "hello", attempt
    normal = view.payload("control-handshake")
    for full in normal.attempts if isinstance(normal, Handshake) else ():
        if full.completed:
            return "handshake", full
    return None


def _refused(
    name: str,
    attempts: list[RawAttempt],
    control: tuple[str, RawAttempt | HandshakeAttempt] | None,
    evidence: tuple[str, ...],
) -> Examined | Undecided:
    what = _words(name)
    if not attempts:
        return Undecided(reason=Reason.NO_DATA, message=f"{what} was not tried", evidence=evidence)
    last = attempts[-1]
    if control is None:
        reason = NETWORK_REASONS.get(last.answer, Reason.NETWORK)
        message = f"{what}: no handshake with a newer version worked, so a refusal would prove nothing"
        return Undecided(reason=reason, message=message, evidence=evidence)
    sort, proof = control
    alert = next((a.alert for a in attempts if a.answer == "alert" and a.alert in REFUSING_ALERTS), None)
    if abs(proof.at - last.at) > _MOST_APART:
        return Undecided(reason=Reason.PREREQUISITE, message=f"{what}: its control is too far away", evidence=evidence)
    if last.answer in ("closed", "reset") and alert is None:
        message = (
            f"{what}: the connection was {last.answer} without an alert, which may have other causes than the version: "
            "let the server, or what stands before it, answer with the alert protocol_version (70)"
        )
        return Undecided(reason=Reason.PREREQUISITE, message=message, evidence=evidence)
    if alert is None or (sort == "handshake" and alert != PROTOCOL_VERSION):
        reason = NETWORK_REASONS.get(last.answer, Reason.NETWORK)
        told = f"alert {last.alert}" if last.answer == "alert" else last.answer
        message = f"{what}: {told}, which is not a refusal of the version"
        return Undecided(reason=reason, message=message, evidence=evidence)
    return Examined(what=f"{what} is refused (alert {alert}, {REFUSING_ALERTS[alert]}).", evidence=evidence)


def _words(name: str) -> str:
    return name.replace("tls", "TLS ")


@check(
    "tls.newer-version-completes",
    needs=lambda p, settings: [_OLD],
    source="https://www.rfc-editor.org/rfc/rfc9325#section-3.1.1",
)
def newer_version_completes(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A handshake with TLS 1.2 or TLS 1.3 completes.

    Whether the certificate is good is another requirement: a handshake that only its check would end
    counts. A finding takes two things: the server refuses both versions (an alert, or an answer in an
    older version), and it speaks an older one. A server that is closed, silent or too slow says nothing.

    Good: a normal client ends up with TLSv1.3.
    Bad: alert 70 (protocol_version) to TLS 1.2 and 1.3, and a ServerHello to TLS 1.0.
    """
    view = ev.record(_OLD)
    evidence = tuple(item.id for item in view.evidence())
    normal, raw = view.payload("control-handshake"), view.payload("hellos")
    if not isinstance(normal, Handshake) or not normal.attempts:
        yield view.undecided("the handshake")
        return
    done = next((a for a in normal.attempts if a.completed and a.version in _NEWER), None)
    if done is not None:
        yield Examined(what=f"A handshake with {done.version.replace('TLSv', 'TLS ')} completes.", evidence=evidence)
        return
    last = normal.attempts[-1]
    told = last.detail or last.problem or "no handshake"
    spoken = _spoken(raw) if isinstance(raw, RawExchange) else None
    if spoken is not None and last.problem in ("alert", "protocol") and _refuses_1_2(raw):
        yield Finding(
            message=f"No handshake with TLS 1.2 or 1.3 completes, and one with {spoken} is begun.",
            expected="TLS 1.2 or TLS 1.3",
            actual=f"{told}; a ServerHello of {spoken}",
            place=f"{normal.host}:{normal.port}",
            evidence=evidence,
        )
        return
    reason = NETWORK_REASONS.get(last.problem, Reason.NETWORK)
    yield Undecided(reason=reason, message=f"no handshake with TLS 1.2 or 1.3: {told}", evidence=evidence)


def _spoken(raw: RawExchange) -> str | None:
    """The newest of the old versions that the server answered in."""
    found = [a.version for a in raw.attempts if a.answer == "server-hello" and a.version in OLD_VERSIONS.values()]
    return next((_words(name) for name, version in reversed(OLD_VERSIONS.items()) if version in found), None)


def _refuses_1_2(raw: object) -> bool:
    """Was the ClientHello for TLS 1.2 answered with a refusing alert, or in an older version?"""
    attempts = raw.attempts if isinstance(raw, RawExchange) else ()
    answers = [a for a in attempts if a.sent.startswith("tls1.2")]
    return any(
        (a.answer == "alert" and a.alert in REFUSING_ALERTS)
        or (a.answer == "server-hello" and a.version in OLD_VERSIONS.values())
        for a in answers
    ) and not any(a.answer == "server-hello" and a.version == TLS_1_2 for a in answers)
