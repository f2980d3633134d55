"""TLS versions and certificates. Source: RFC 8996, RFC 8446, RFC 5280."""

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
_HANDSHAKE = Need(probe="tls.handshake", params=NoParams())

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
_NETWORK = {
    "timeout": Reason.TIMEOUT,
    "budget": Reason.BUDGET,
    "stopped": Reason.UNSAFE,
    "host-not-allowed": Reason.UNSAFE,
}


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
        reason = _NETWORK.get(last.answer, Reason.NETWORK)
        message = f"{what}: no handshake with a newer version worked, so a refusal would prove nothing"
        return Undecided(reason=reason, message=message, evidence=evidence)
    sort, proof = control
    alert = next((a.alert for a in attempts if a.answer == "alert" and a.alert in REFUSING_ALERTS), None)
    if abs(proof.at - last.at) > _MOST_APART:
        return Undecided(reason=Reason.PREREQUISITE, message=f"{what}: its control is too far away", evidence=evidence)
    if alert is None or (sort == "handshake" and alert != PROTOCOL_VERSION):
        reason = _NETWORK.get(last.answer, Reason.NETWORK)
        told = f"alert {last.alert}" if last.answer == "alert" else last.answer
        message = f"{what}: {told}, which is not a refusal of the version"
        return Undecided(reason=reason, message=message, evidence=evidence)
    return Examined(what=f"{what} is refused (alert {alert}, {REFUSING_ALERTS[alert]}).", evidence=evidence)


def _words(name: str) -> str:
    return name.replace("tls", "TLS ")


@check(
    "certificate.in-date",
    needs=lambda p, settings: [_HANDSHAKE],
    source="https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5",
)
def certificate_in_date(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every certificate that the server sends is within its validity period at the time of the handshake.

    Whether its issuer is trusted is another requirement: this one reads notBefore and notAfter.

    Good: notBefore ≤ the time of the handshake ≤ notAfter, for leaf and intermediates.
    Bad: a leaf that expired yesterday.
    """
    view = ev.record(_HANDSHAKE)
    evidence = tuple(item.id for item in view.evidence())
    payload = view.payload("handshake")
    if not isinstance(payload, Handshake) or not payload.attempts:
        yield view.undecided("the handshake")
        return
    attempt = payload.attempts[-1]
    if not attempt.chain:
        reason = _NETWORK.get(attempt.problem, Reason.NETWORK)
        told = attempt.detail or attempt.problem or "no certificate was seen"
        yield Undecided(reason=reason, message=f"the handshake: {told}", evidence=evidence)
        return
    for place, certificate in enumerate(attempt.chain):
        dates = f"valid {certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}"
        if certificate.not_before <= attempt.at <= certificate.not_after:
            yield Examined(what=f"Certificate {place + 1} of the chain is in date ({dates}).", evidence=evidence)
            continue
        if place and attempt.verified:
            # RFC 8446 4.4.2: what is sent beside the path that was validated binds nobody.
            yield Examined(
                what=f"Certificate {place + 1} is out of date ({dates}); no valid path needs it.", evidence=evidence
            )
            continue
        late = attempt.at > certificate.not_after
        yield Finding(
            message=f"Certificate {place + 1} of the chain {'has expired' if late else 'is not valid yet'}.",
            expected=f"a validity period that holds {attempt.at:%Y-%m-%d %H:%M} UTC",
            actual=dates,
            place=f"{payload.host}:{payload.port}, certificate {place + 1}",
            evidence=evidence,
        )
