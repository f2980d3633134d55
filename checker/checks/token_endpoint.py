"""The endpoints that clients ask: which requests for tokens are refused, and how.

Source: RFC 6749, RFC 7523 section 3, SMART App Launch 2.2.0 (client authentication: asymmetric), RFC 9700.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.bodies import answer
from checker.checks.refusal import of_no_application, refusal
from checker.checks.smart import wrong
from checker.model.asked_oauth import Fault, FaultyAssertion
from checker.model.need import Need
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_RFC_6749 = "https://www.rfc-editor.org/rfc/rfc6749"
_SMART = "http://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html"
ERRORS = (
    *("invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type"),
    "invalid_scope",
)
"""The errors of RFC 6749 section 5.2."""
_GRANT = Need(probe="oauth.unknown-grant", params=NoParams())
_SECRET = Need(probe="oauth.wrong-secret", params=NoParams())
_AGAIN = Need(probe="oauth.assertion-again", params=NoParams())
_GET = Need(probe="oauth.token-by-get", params=NoParams())
_REFRESH = Need(probe="oauth.refresh", params=NoParams())
_FAULTS: dict[Fault, str] = {
    "hs256": "signed by HMAC (HS256) with the public key of the client",
    "alg-none": "with no signature (alg none)",
    "own-key": "signed by a key that nobody knows",
    "issuer-other": "whose iss is another than its sub",
    "subject-other": "whose sub is another than its iss",
    "audience-other": "for another audience",
    "jti-absent": "without jti",
    "jti-number": "whose jti is a number",
    "exp-absent": "without exp",
    "exp-text": "whose exp is a text",
    "exp-past": "that ended ten minutes ago",
    "exp-far": "that ends in an hour",
    "kid-absent": "that names no key",
    "kid-unknown": "that names a key that nobody has",
}
_EXPECTED = "4xx, and no token"


def gives_token(exchange: Exchange) -> bool:
    """Is there an access token in the answer? In a recording a placeholder stands in its place."""
    value = exchange.json().value
    token = value.get("access_token") if isinstance(value, dict) else None
    return exchange.ok and isinstance(token, str) and bool(token)


def refuses(exchange: Exchange) -> bool:
    """4xx, and no token. Which code and error it is differs between servers, and is another requirement's."""
    value = exchange.json().value
    return 400 <= exchange.status < 500 and not (isinstance(value, dict) and "access_token" in value)


def _refused(ev: EvidenceView, need: Need, what: str, expected: str = _EXPECTED) -> Iterator[Statement]:
    view = ev.record(need)
    pairs = view.pairs()
    if not pairs:
        yield view.undecided(what)
    for control, mutant in pairs:
        yield from refusal(
            control,
            mutant,
            differs_in="alteration",
            gives="access token",
            works=gives_token,
            refused=refuses,
            unsure=lambda exchange: of_no_application(exchange) if exchange.status in (401, 403) else "",
            what=what,
            expected=expected,
        )


@condition("oauth.client-signs", needs=lambda p, settings: [_GRANT], claim=True)
def client_signs(ev: EvidenceView, p: NoParams) -> bool | None:
    """The default identity is a client that proves itself by a signed assertion (kind private-key-jwt)."""
    return any(one.name == "default" and one.kind == "private-key-jwt" for one in ev.supplier.identities)


def _faulty(fault: Fault) -> Need:
    return Need(probe="oauth.faulty-assertion", params=FaultyAssertion(fault=fault))


@check(
    "oauth.faulty-assertions-refused",
    needs=lambda p, settings: [_faulty(fault) for fault in _FAULTS],
    source=_SMART,
)
def faulty_assertions_refused(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A client assertion with one fault gives no token; the control beside each is the same without the fault.

    Tried are: HS256 with the client's public key as the secret, ``alg`` none, the signature of a stranger; ``iss`` or
    ``sub`` of another client; another audience; ``jti`` absent or a number; ``exp`` absent, a text, ten minutes ago, or
    an hour ahead; ``kid`` absent (where the client has one) or unknown. Each has to answer 4xx without a token; which
    error it names is not looked at, since servers differ.

    Good: 401 with invalid_client, or 400 with invalid_request. Bad: 200 with a token.
    """
    for fault, words in _FAULTS.items():
        yield from _refused(ev, _faulty(fault), f"A token request with an assertion {words}")


@check("oauth.assertion-good-once", needs=lambda p, settings: [_AGAIN], source=_SMART)
def assertion_good_once(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """A client assertion is good once: the same one, with the same jti, gives no second token.

    The control is the first request with it, which gives a token.

    Good: 400 or 401 to the second. Bad: a second token.
    """
    yield from _refused(ev, _AGAIN, "A token request with an assertion that was used before")


@check("oauth.tokens-by-post-alone", needs=lambda p, settings: [_GET], source=f"{_RFC_6749}#section-3.2")
def tokens_by_post_alone(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The token endpoint gives no token to GET with the parameters in the query.

    The control is the same by POST. A client secret is sent in its header in both; an assertion, good once and for
    minutes, goes with the parameters.

    An answer without a token that is no refusal either, a page with 200 or a redirect, leaves it open.

    Good: 405. Bad: 200 with a token: requests that carry credentials in their address are in every log.
    """
    what = "A token request by GET, with its parameters in the query"
    view = ev.record(_GET)
    if not view.pairs():
        yield view.undecided(what)
    for control, mutant in view.pairs():
        yield from refusal(
            control,
            mutant,
            differs_in="alteration",
            gives="access token",
            works=gives_token,
            refused=lambda exchange: not gives_token(exchange),
            unsure=lambda exchange: "" if refuses(exchange) else f"{exchange.status} without a token is no refusal",
            what=what,
            expected="405, and no token",
        )


@check(
    "oauth.refresh-tokens-rotate",
    needs=lambda p, settings: [_REFRESH],
    source="https://www.rfc-editor.org/rfc/rfc9700#section-4.14",
)
def refresh_tokens_rotate(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The refresh token of a public client is good once: used again, it gives no token.

    It takes a refresh token (identity ``refresh``, kind bearer) of the client ``authorisation-client`` of ``[known]``,
    which sends no proof of itself. The first use is the control; the token is spent then, and the server may end the
    whole login. Whoever binds refresh tokens to their sender refuses the control: nothing follows from that.

    Good: 400 with invalid_grant to the second use. Bad: another token.
    """
    yield from _refused(ev, _REFRESH, "A refresh token that was used before", "400 with invalid_grant")


def _told_rightly(exchange: Exchange, what: str, *, basic: bool = False) -> Iterator[Statement]:
    """One error answer of the token endpoint against RFC 6749 section 5.2."""
    busy = exchange.status in (429, 502, 503, 504)
    if busy or exchange.lost:
        reason = Reason.NETWORK if busy else exchange.evidence.withheld or Reason.NO_DATA
        yield Undecided(reason=reason, message=f"{what}: the answer cannot be looked at", evidence=(exchange.id,))
        return
    problems = list(_problems(exchange, basic=basic))
    for expected, actual in problems:
        yield wrong(exchange, f"{what} is not refused as RFC 6749 has it.", expected, actual)
    if not problems:
        yield Examined(what=f"{what}: {exchange.status} with an error of RFC 6749.", evidence=(exchange.id,))


def _problems(exchange: Exchange, *, basic: bool) -> Iterator[tuple[str, str]]:
    if not 400 <= exchange.status < 500:
        yield "400 or 401", str(exchange.status)
        return
    body = exchange.json()
    error = body.value.get("error") if isinstance(body.value, dict) else None
    if not isinstance(body.value, dict):
        yield "JSON with the member error", body.problem or "other JSON"
    elif error not in ERRORS:
        yield f"error: one of {', '.join(ERRORS)}", "another, or none"
    if basic and error == "invalid_client" and exchange.status != 401:
        yield "401 for invalid_client after Basic", str(exchange.status)
    if basic and exchange.status == 401 and not exchange.header("WWW-Authenticate"):
        yield "401 with WWW-Authenticate", "401 without WWW-Authenticate"


@check(
    "oauth.errors-are-named",
    needs=lambda p, settings: [_GRANT, _SECRET, _faulty("own-key")],
    source=f"{_RFC_6749}#section-5.2",
)
def errors_are_named(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """The token endpoint refuses with 4xx and JSON that names an error of RFC 6749 section 5.2.

    Looked at are an unknown grant type, and a client that proves itself wrongly: by another secret, or by an assertion
    of a stranger's key. Where the secret came by Basic and the error is invalid_client, the answer is 401 with
    WWW-Authenticate. Which of the errors it is, and 400 or 401 for assertions, is left to the server.

    Good: ``{"error": "unsupported_grant_type"}`` with 400. Bad: 500; a page of HTML; 401 without a challenge to Basic.
    """
    grant = answer(ev.record(_GRANT), "grant", "a token request for an unknown grant type")
    if isinstance(grant, Undecided):
        yield grant
    else:
        yield from _told_rightly(grant, "An unknown grant type")
    for need, basic in ((_SECRET, True), (_faulty("own-key"), False)):
        what = "A wrong secret" if basic else "An assertion of a stranger's key"
        for _, mutant in ev.record(need).pairs():
            yield from _refused(ev, need, what)
            if refuses(mutant):
                yield from _told_rightly(mutant, what, basic=basic)
