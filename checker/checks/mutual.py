"""Mutual TLS: which client certificates a server lets in. Source: RFC 8446 sections 4.4.2 and 6.2, RFC 8705, RFC 9440.

A server says no by a TLS alert or by an HTTP status. A connection that is closed without a word says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from checker.checks.bodies import gives_data
from checker.checks.refusal import refusal
from checker.model.asked import IN_HEADERS, SPINE_FACING, CertificateChange, OfType, WithCertificate
from checker.model.need import Need
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

SHOWN = Need(probe="tls.own-connection", params=NoParams())
_NRL = "https://developer.nhs.uk/apis/nrl/guidance_security.html"
_ALWAYS = frozenset(
    {"bad certificate", "unsupported certificate", "certificate unknown", "handshake failure", "access denied"}
)
"""Alerts that say no to a certificate, or to none, and not why."""
_FITTING: dict[CertificateChange, frozenset[str]] = {
    "none": frozenset({"certificate required", "no certificate"}),
    "self-signed": frozenset({"unknown ca"}),
    "unknown-authority": frozenset({"unknown ca"}),
    "expired": frozenset({"certificate expired"}),
    "revoked": frozenset({"certificate revoked"}),
}
"""Those that say why. Another reason than the one that is tested is no answer to it."""
_STATEMENT = "CapabilityStatement"
_EXPECTED = "a TLS alert about the certificate, or 400, 401 or 403"


def _certificate(p: OfType, change: CertificateChange) -> Need:
    return Need(probe="mutual.certificate", params=WithCertificate(type=p.type, change=change))


@condition("mutual.certificate-is-shown", needs=lambda p, settings: [SHOWN], claim=False)
def certificate_is_shown(ev: EvidenceView, p: NoParams) -> bool | None:
    """The default identity of the supplier file has a client certificate.

    Where it has none, the server has to show that it wants none: it answers a request without one, and never asked
    for one on that connection. One that asks, or that refuses, may want it: then nothing is known.
    """
    if ev.supplier.shows_certificate:
        return True
    answer = ev.record(SHOWN).exchange("shown")
    seen = answer.http.connection if answer is not None else None
    return False if answer is not None and answer.ok and seen is not None and seen.asked is False else None


@condition("mutual.spine-calls", needs=lambda p, settings: (), claim=True)
def spine_calls(ev: EvidenceView, p: NoParams) -> bool | None:
    """The supplier file says, under ``[known] faces-the-spine``, that the Spine or its proxy calls the endpoint."""
    return {"yes": True, "no": False}.get((ev.supplier.known_value(SPINE_FACING) or "").lower())


@condition("mutual.token-is-bound", params=OfType, needs=lambda p, settings: [SHOWN], claim=False)
def token_is_bound(ev: EvidenceView, p: OfType) -> bool | None:
    """The access token says which certificate it is bound to (``cnf`` with ``x5t#S256``, RFC 8705 section 3.1).

    Said by the sender, which saw it. An opaque token may be bound, and not say so.
    """
    answer = ev.record(SHOWN).exchange("shown")
    facts = answer.http.credential if answer is not None else None
    return bool(facts.bound_to) if facts is not None and facts.form == "jwt" else None


@check("mutual.certificate-asked-for", needs=lambda p, settings: [SHOWN], source=_NRL)
def certificate_asked_for(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The server asks for a client certificate (CertificateRequest, RFC 8446 section 4.3.2, RFC 5246 section 7.4.4).

    Looked for on the whole connection over which the CapabilityStatement came, renegotiation included. The message
    of TLS 1.3 is encrypted, so it is seen from within the handshake.

    Good: CertificateRequest in the handshake. Bad: the request is answered, and nobody asked who is there.
    """
    for answer in ev.record(SHOWN).exchanges("shown"):
        seen = answer.http.connection
        if seen is not None and seen.asked:
            yield Examined(what=f"A certificate is asked for ({seen.version}).", evidence=(answer.id,))
        elif seen is None or seen.asked is None:
            message = "this computer's TLS library does not tell whether a certificate is asked for"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(answer.id,))
        elif answer.ok:
            yield Finding(
                message="No client certificate is asked for.",
                expected="CertificateRequest in the handshake",
                actual=f"{answer.status} over {seen.version} without one",
                place=answer.request.url,
                evidence=(answer.id,),
            )
        else:
            told = f"the alert '{answer.alert}'" if answer.alert else f"{answer.status or 'no answer'}"
            message = f"nothing was asked for before {told}, so it is not known what comes with an answer"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(answer.id,))


def _refuses(exchange: Exchange) -> bool:
    """An alert, or 400, 401 or 403 without a record in the body."""
    return bool(exchange.alert) or (exchange.status in (400, 401, 403) and not gives_data(exchange))


def _other_reason(change: CertificateChange) -> Callable[[Exchange], str]:
    """Why an alert does not answer what was asked."""
    fitting = _ALWAYS | _FITTING.get(change, frozenset())

    def doubt(exchange: Exchange) -> str:
        return (
            ""
            if not exchange.alert or exchange.alert in fitting
            else (f"the alert '{exchange.alert}' is about something else")
        )

    return doubt


def _decisive(ev: EvidenceView, need: Need) -> list[tuple[Exchange, Exchange]]:
    """The pairs that can show something of the certificate.

    A read whose token may be refused for its binding shows nothing where the CapabilityStatement, open to everybody
    who shows the good certificate, can show it; that counts for nothing where it is not open.
    """
    pairs = ev.record(need).pairs()
    reads = [pair for pair in pairs if pair[0].request.identity]
    open_to_all = [
        pair
        for pair in pairs
        if not pair[0].request.identity and pair[0].ok and pair[0].json().resource_type == _STATEMENT
    ]
    if open_to_all:
        reads = [pair for pair in reads if not _may_be_the_token(*pair)]
    return [*reads, *open_to_all]


def _may_be_the_token(control: Exchange, mutant: Exchange) -> bool:
    """401 to a token that is bound to the good certificate (RFC 8705 section 3), or that may be."""
    facts = control.http.credential
    return mutant.status == 401 and facts is not None and bool(facts.bound_to or facts.form == "opaque")


def _judged(
    ev: EvidenceView,
    p: WithCertificate,
    words: str,
    unsure: Callable[[Exchange], str] | None = None,
    expected: str = _EXPECTED,
) -> Iterator[Statement]:
    need = Need(probe="mutual.certificate", params=p)
    doubt = unsure or _other_reason(p.change)
    for control, mutant in _decisive(ev, need):
        kind = "The CapabilityStatement" if mutant.http.interaction == "capabilities" else f"A read of {p.type}"
        masked = p.change != "second" and _may_be_the_token(control, mutant)
        yield from refusal(
            control,
            mutant,
            differs_in="alteration",
            gives=_STATEMENT if mutant.http.interaction == "capabilities" else p.type,
            refused=_refuses,
            what=f"{kind} {words}",
            expected=expected,
            unsure=(lambda one: "it may be the token that is refused, for its binding") if masked else doubt,
        )


_WORDS: dict[CertificateChange, str] = {
    "none": "without a client certificate",
    "self-signed": "with a client certificate that signed itself",
    "unknown-authority": "with a client certificate of an authority that nobody knows",
    "expired": "with a client certificate that has ended",
    "revoked": "with a client certificate that was revoked",
}


@check(
    "mutual.certificate-refused",
    params=WithCertificate,
    needs=lambda p, settings: [Need(probe="mutual.certificate", params=p)],
    source=_NRL,
)
def certificate_refused(ev: EvidenceView, p: WithCertificate) -> Iterator[Statement]:
    """Who shows no client certificate, or one that is wrong in one respect, is refused.

    By a TLS alert that fits (RFC 8446 section 6.2), or by 400, 401 or 403 without a record. A server that speaks TLS
    1.3 says so only after the handshake of the client, so it is waited for before the request is sent. A connection
    that is closed or reset in silence is no refusal, nor is an alert for another reason: ``unknown ca`` says nothing
    of the dates. The control is the same request, with the same token, over a connection with the good certificate.

    Certificates that sign themselves, or are of an authority that nobody knows, are made for the test: with the name,
    the purposes and the kind of key of the good one. Expired and revoked ones come from the supplier, or where the
    authority of a test system is handed over (kind ``certificate-issuer``) an expired one is made.

    Good: the alert ``certificate required`` without one. Bad: 200 with the patient: it was asked for, and not needed.
    """
    yield from _judged(ev, p, _WORDS.get(p.change, "with another client certificate"))


@check(
    "mutual.other-name-refused",
    params=OfType,
    needs=lambda p, settings: [_certificate(p, "other-name")],
    source=_NRL,
)
def other_name_refused(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A valid certificate of the right authority that is for somebody else is refused.

    An authority issues certificates to many: that somebody has one does not make them the proxy of the Spine. An
    access token that is bound to the good certificate is refused over another one whatever its name is: a read with
    it then shows nothing, and the CapabilityStatement has to.

    Good: 403. Bad: 200: whoever has a certificate of this authority is let in.
    """
    params = WithCertificate(type=p.type, change="other-name")
    yield from _judged(ev, params, "with a valid client certificate for another name")


@check(
    "mutual.bound-token-refused",
    params=OfType,
    needs=lambda p, settings: [_certificate(p, "second")],
    source="https://www.rfc-editor.org/rfc/rfc8705#section-3",
)
def bound_token_refused(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A token that is bound to one certificate is refused over a connection that shows another good one (401).

    Only 401 is about the token: an alert or 403 may be about the certificate, and then nothing is decided.

    Good: 401 with invalid_token. Bad: 200: whoever finds the token uses it.
    """
    params = WithCertificate(type=p.type, change="second")
    yield from _judged(
        ev,
        params,
        "with a bound token over another client certificate",
        lambda one: "" if one.status == 401 else "it may be the certificate that is refused, not the token",
        "401 with error invalid_token",
    )


@check(
    "mutual.headers-not-believed",
    params=OfType,
    needs=lambda p, settings: [_certificate(p, "none"), *(_certificate(p, change) for change in IN_HEADERS)],
    source="https://www.rfc-editor.org/rfc/rfc9440#section-4",
)
def headers_not_believed(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Who shows no certificate, and says in a header that one was shown, is refused as if nothing had been said.

    Something that ends TLS tells the application by such headers what it saw: Client-Cert (RFC 9440), X-SSL-Client-…,
    ssl-client-verify, X-Forwarded-Client-Cert and more. They are sent with the particulars of the good certificate,
    some at a time. The control shows that certificate; where none at all is refused in another way than these,
    nothing is decided.

    Good: the alert or the status of a connection without a certificate. Bad: 200 with the patient.
    """
    bare = {_how(one) for _, one in ev.record(_certificate(p, "none")).pairs()}

    def doubt(mutant: Exchange) -> str:
        if _how(mutant) not in bare:
            return "refused in another way than without these headers, perhaps for their size"
        return _other_reason("none")(mutant)

    for change in IN_HEADERS:
        params = WithCertificate(type=p.type, change=change)
        yield from _judged(ev, params, f"without a certificate, with headers that claim one ({change})", doubt)


def _how(exchange: Exchange) -> tuple[str, int, str]:
    return exchange.http.interaction, exchange.status, exchange.alert
