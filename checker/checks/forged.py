"""Tokens that must be refused: wrong in one respect though their issuer signed them, or signed by somebody else.

Source: RFC 7519 section 4.1, RFC 8725 sections 2 and 3, OWASP ASVS 5.0.0 chapter 9.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from checker.checks.bodies import gives_data
from checker.checks.refusal import of_no_application, refusal
from checker.model.asked import HOSTILE_KEY_IDS, ISSUED, Alteration, AlteredToken, Change, OfType, ReissuedToken
from checker.model.exchange import TokenFacts
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_RFC_8725 = "https://www.rfc-editor.org/rfc/rfc8725"
_EXPECTED = "401 with error invalid_token"


def refuses(exchange: Exchange) -> bool:
    """A bad token is refused with 401; 400 and 403 refuse too. No record is in the body."""
    return exchange.status in (400, 401, 403) and not gives_data(exchange)


def _reissued(p: ReissuedToken) -> Need:
    return Need(probe="access.reissued-token", params=p)


_WORDS: dict[Change, str] = {
    "expired": "that ended a day ago",
    "just-expired": "that ended ten minutes ago",
    "not-yet-valid": "that is valid in an hour only",
    "other-audience": "for another audience",
    "other-issuer": "of another issuer",
    "id-token": "that is an ID token",
}


@check(
    "access.reissued-token-refused",
    params=ReissuedToken,
    needs=lambda p, settings: [_reissued(p)],
    source="https://www.rfc-editor.org/rfc/rfc7519#section-4.1",
)
def reissued_token_refused(ev: EvidenceView, p: ReissuedToken) -> Iterator[Statement]:
    """A token that its issuer signed, and that is wrong in one respect, is refused (401; 400 and 403 refuse too).

    The token of the run is signed once more by the key of the issuer (identity ``issued``, kind ``token-issuer``): as
    it is, which is the control and must open the record, and with one claim changed. A changed claim under an old
    signature would show no more than that the signature is looked at. Without that key, a token that was handed over
    (an identity of the kind bearer with the name of the change) is held against the token of the run: both have to
    be JWTs by the same algorithm, and to differ in what is tested. Opaque tokens say nothing of themselves.

    Good: the token of yesterday answers 401. Bad: 200 with the patient.
    """
    for control, mutant in ev.record(_reissued(p)).pairs():
        handed = mutant.request.identity != ISSUED
        doubt = _not_what_it_is_for(control, mutant, p.change) if handed else ""
        if doubt:
            message = f"the token of the identity '{p.change}' does not show it: {doubt}"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(control.id, mutant.id))
            continue
        yield from refusal(
            control,
            mutant,
            differs_in="identity" if handed else "alteration",
            gives=p.type,
            refused=refuses,
            what=f"A read of {p.type} with a token {_WORDS[p.change]}",
            expected=_EXPECTED,
            unsure=of_no_application,
        )


def _not_what_it_is_for(control: Exchange, mutant: Exchange, change: Change) -> str:
    """Why a token that was handed over proves nothing; "" if it differs from that of the run in what is tested."""
    own, other = control.http.credential, mutant.http.credential
    if own is None or other is None or own.form != "jwt" or other.form != "jwt":
        return "both tokens have to be JWTs"
    if own.algorithm != other.algorithm:
        return "it is signed by another algorithm"
    if change != "other-issuer" and own.issuer != other.issuer:
        return "it is of another issuer"
    if change != "expired" and _is_over(other, mutant.at):
        return "it has ended"
    return _same(own, other, change, mutant.at)


def _same(own: TokenFacts, other: TokenFacts, change: Change, at: datetime) -> str:
    if change == "expired":
        if own.audience != other.audience:
            return "it is for another audience"
        return "" if _is_over(other, at) else "it has not ended, by its own word"
    if change == "other-issuer":
        return "it is of the same issuer" if own.issuer == other.issuer else ""
    if set(own.audience) & set(other.audience):
        return "it is for the same audience"
    return ""


def _is_over(facts: TokenFacts, at: datetime) -> bool:
    return facts.ends is not None and facts.ends <= at.timestamp()


def _altered(p: OfType, names: tuple[Alteration, ...]) -> list[AlteredToken]:
    return [AlteredToken(type=p.type, alteration=name) for name in names]


def _each(
    ev: EvidenceView, p: OfType, names: tuple[Alteration, ...], words: dict[Alteration, str]
) -> Iterator[Statement]:
    for one in _altered(p, names):
        for control, mutant in ev.record(Need(probe="access.altered-token", params=one)).pairs():
            yield from refusal(
                control,
                mutant,
                differs_in="alteration",
                gives=p.type,
                refused=refuses,
                what=f"A read of {p.type} with {words[one.alteration]}",
                expected=_EXPECTED,
                unsure=of_no_application,
            )


def _needs(p: OfType, names: tuple[Alteration, ...]) -> list[Need]:
    return [Need(probe="access.altered-token", params=one) for one in _altered(p, names)]


_SIGNATURES: dict[Alteration, str] = {
    "signature-removed": "a token whose signature was taken off",
    "signature-altered": "a token of whose signature one bit is another",
    "own-key": "a token with the same claims, signed by a key that nobody knows",
}


@check(
    "access.wrong-signature-refused",
    params=OfType,
    needs=lambda p, settings: _needs(p, tuple(_SIGNATURES)),
    source="https://www.rfc-editor.org/rfc/rfc7515#section-5.2",
)
def wrong_signature_refused(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A token whose signature is gone, altered, or by another key is refused; its claims are as they were.

    The control is the same read with the token as it was issued.

    Good: each answers 401. Bad: one gives the patient.
    """
    yield from _each(ev, p, tuple(_SIGNATURES), _SIGNATURES)


_KEY_IDS: dict[Alteration, str] = {
    "key-id-absent": "a token that names no key",
    "key-id-unknown": "a token that names a key that nobody has",
    "key-id-path": "a token whose kid is a path",
    "key-id-quote": "a token whose kid holds a quotation mark",
    "key-id-long": "a token whose kid has 4096 letters",
}


@check(
    "access.hostile-key-id-refused",
    params=OfType,
    needs=lambda p, settings: _needs(p, HOSTILE_KEY_IDS),
    source=f"{_RFC_8725}#section-3.10",
)
def hostile_key_id_refused(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A token whose header names no key, an unknown one, or a harmful text for one is refused, and breaks nothing.

    The signature stays as it was, and so is wrong for the altered header: such a token is refused by whoever looks.
    A server error (5xx) is a finding: the text went where it should not have gone.

    Good: 401. Bad: 500; 200 with the patient.
    """
    yield from _each(ev, p, HOSTILE_KEY_IDS, _KEY_IDS)


def _addresses(p: OfType) -> Need:
    return Need(probe="access.key-addresses", params=p)


_OWN: dict[Alteration, str] = {"own-key-in-jwk": "a token that brings the key of its signature in its own header (jwk)"}


@check(
    "access.key-of-the-token-refused",
    params=OfType,
    needs=lambda p, settings: [*_needs(p, tuple(_OWN)), _addresses(p)],
    source="https://www.rfc-editor.org/rfc/rfc8725#section-3.10",
)
def key_of_the_token_refused(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A token that brings its own key is refused: the keys of an issuer are known beforehand.

    The claims are as they were; the header holds a public key in ``jwk`` (RFC 7515 section 4.1.3), and the signature is
    by it. Where the system under test is on the machine of the run, ``jku`` and ``x5u`` (sections 4.1.2 and 4.1.5) name
    an address there: nobody must come for the key, whatever the answer.

    Good: 401. Bad: 200 with the patient: anybody can make a key; 401 after the address was asked.
    """
    yield from _each(ev, p, tuple(_OWN), _OWN)
    for control, mutant in ev.record(_addresses(p)).pairs():
        facts = mutant.http.credential
        if facts is not None and facts.key_fetched:
            yield Finding(
                message="The address that a token named for its key was asked for it.",
                expected="no request to that address",
                actual=f"{facts.key_fetched} connections",
                place=mutant.request.url,
                evidence=(mutant.id, control.id),
            )
        else:
            yield from refusal(
                control,
                mutant,
                differs_in="alteration",
                gives=p.type,
                refused=refuses,
                what=f"A read of {p.type} with a token that names an address for its key",
                expected=_EXPECTED,
                unsure=of_no_application,
            )


def _public(p: OfType) -> Need:
    return Need(probe="access.public-key", params=p)


@check(
    "access.public-key-is-no-secret",
    params=OfType,
    needs=lambda p, settings: [_public(p)],
    source=f"{_RFC_8725}#section-2.1",
)
def public_key_is_no_secret(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A token whose claims are under an HMAC, with the published public key as its secret, is refused.

    The key is that of the key set which the SMART configuration names, as PEM, with and without the last line break.
    The control is the same read with the token as it was issued.

    Good: 401. Bad: 200 with the patient: the key that everybody may read signs for everybody.
    """
    for control, mutant in ev.record(_public(p)).pairs():
        yield from refusal(
            control,
            mutant,
            differs_in="alteration",
            gives=p.type,
            refused=refuses,
            what=f"A read of {p.type} with a token signed by HS256 with the public key",
            expected=_EXPECTED,
            unsure=of_no_application,
        )


_TWICE: dict[Alteration, str] = {
    "given-twice": "the token in two Authorization headers",
    "also-in-query": "the token in the header and in the query",
}


@check(
    "access.one-way-of-sending",
    params=OfType,
    needs=lambda p, settings: _needs(p, tuple(_TWICE)),
    source="https://www.rfc-editor.org/rfc/rfc6750#section-2",
)
def one_way_of_sending(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A request that brings its token by more than one way is refused with 400 or 401 (RFC 6750 sections 2 and 3.1).

    It is sent in two Authorization headers, and in the header and the query. What two parts of a system read
    differently, one of them reads wrongly.

    Good: 400 with error invalid_request. Bad: 200.
    """
    yield from _each(ev, p, tuple(_TWICE), _TWICE)


@check(
    "access.scheme-in-any-case",
    params=OfType,
    needs=lambda p, settings: _needs(p, ("lower-case-scheme",)),
    source="https://www.rfc-editor.org/rfc/rfc9110#section-11.1",
)
def scheme_in_any_case(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """The scheme may be spelt ``bearer``: names of schemes are the same in any case.

    The control is the same read with ``Bearer``. This is the one test with a token here that must *not* be refused.

    Good: 200 with the patient. Bad: 401.
    """
    for one in _altered(p, ("lower-case-scheme",)):
        for control, mutant in ev.record(Need(probe="access.altered-token", params=one)).pairs():
            yield from refusal(
                control,
                mutant,
                differs_in="alteration",
                gives=p.type,
                refused=lambda exchange: exchange.ok and exchange.json().resource_type == p.type,
                what=f"A read of {p.type} with the scheme spelt bearer",
                expected="200, as with Bearer",
            )
