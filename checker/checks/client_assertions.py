"""The JSON Web Tokens by which a client asks the NHS API platform for an access token.

Source: NHS England, application-restricted RESTful APIs, signed JWT authentication; the platform's own rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from checker.checks.client_requests import REQUESTS, TOKEN, Facts, Seen, place, seen, shown, unread
from checker.model.asked import ASSERTED_FOR
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Statement, Undecided
from checker.model.view import EvidenceView

GUIDE = (
    "https://digital.nhs.uk/developer/guides-and-documentation/security-and-authorisation/"
    "application-restricted-restful-apis-signed-jwt-authentication"
)
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_GRANTS = ("client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange")
"""The second where a user was signed in separately, and the client still proves who it is."""
_FORM = "application/x-www-form-urlencoded"
_LONGEST_S = 300
_GRACE_S = 30
"""Two clocks differ by so much at most; the platform grants about the same."""
Wrong = tuple[str, str, str, str]
_WHAT = "requests for a token of the NHS API platform"


def _asked(ev: EvidenceView) -> Seen | Undecided:
    return seen(ev, "no request for a token of the NHS API platform", TOKEN)


def assertions(found: Seen) -> Seen:
    """The requests that carry a JWT that can be read."""
    return found._replace(exchanges=[one for one in found.exchanges if "claims" in (one["assertion"] or {})])


def _judged(ev: EvidenceView, what: str, judge: Callable[[Facts], Iterator[Wrong]]) -> Iterator[Statement]:
    """Judge each assertion that can be read; without one nothing is decided."""
    found = _asked(ev)
    if isinstance(found, Undecided):
        yield found
        return
    held = assertions(found)
    if not held.exchanges:
        yield found.undecided("no request for a token carries a JWT that can be read", Reason.PREREQUISITE)
        return
    yield from held.statements(what, (one for request in held.exchanges for one in judge(request)))
    yield from unread(found)


@check("client-assertion.is-rs512", needs=lambda p, settings: [REQUESTS], source=GUIDE)
def is_rs512(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every assertion is a JWT whose header says ``alg`` RS512 and ``typ`` JWT, and that is signed.

    Captured requests are artefacts of kind ``client-requests`` (HAR, or lines of JSON). The case of ``typ`` does not
    matter. Other servers want other algorithms: requests with a code or a refresh token are not looked at.

    Good: ``{"alg": "RS512", "typ": "JWT", "kid": "live-1"}``. Bad: RS256; ``none``.
    """
    found = _asked(ev)
    if isinstance(found, Undecided):
        yield found
        return
    yield from found.statements("assertions", (one for request in found.exchanges for one in _algorithm(request)))
    yield from unread(found)


def _algorithm(one: Facts) -> Iterator[Wrong]:
    token = one["assertion"] or {}
    if "header" not in token:
        yield "A request for a token carries no JWT.", "client_assertion with a JWT", "none", place(one)
        return
    algorithm, kind = token["header"].get("alg"), token["header"].get("typ")
    if algorithm != "RS512":
        yield "An assertion is not made for RS512.", '"RS512"', shown(algorithm), place(one)
    elif not token["signature"]:
        yield "An assertion has no signature.", "a signature", "none", place(one)
    if not isinstance(kind, str) or kind.lower() != "jwt":
        yield "An assertion does not say that it is a JWT.", '"JWT"', shown(kind), place(one)


@check("client-assertion.names-its-client", needs=lambda p, settings: [REQUESTS], source=GUIDE)
def names_its_client(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """``iss`` and ``sub`` of every assertion are the same text, which is the application's key.

    Of the key only a digest is kept; whether it is the key that was registered is for the platform to say.

    Good: both the key. Bad: ``sub`` with a user's name; no ``iss``.
    """
    yield from _judged(ev, "assertions", _client)


def _client(one: Facts) -> Iterator[Wrong]:
    claims = one["assertion"]["claims"]
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not isinstance(issuer, str) or not issuer or issuer != subject:
        actual = "another" if isinstance(issuer, str) and isinstance(subject, str) else "missing, or no text"
        yield "iss and sub of an assertion are not the same key.", "the application's key twice", actual, place(one)


@check("client-assertion.is-for-its-endpoint", needs=lambda p, settings: [REQUESTS], source=GUIDE)
def is_for_its_endpoint(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """``aud`` of every assertion is the URL of the token endpoint that it is sent to, letter by letter.

    Where requests go another way (through a proxy, or to a stand-in) ``nhs-token-url`` in ``[known]`` says which URL
    is meant.

    Good: ``https://int.api.service.nhs.uk/oauth2/token``. Bad: the same with a slash behind; that of production.
    """
    meant = ev.supplier.known_value(ASSERTED_FOR)
    yield from _judged(ev, "assertions", lambda one: _audience(one, meant or one["url"]))


def _audience(one: Facts, meant: str) -> Iterator[Wrong]:
    audience = one["assertion"]["claims"].get("aud")
    if isinstance(audience, list) and len(audience) == 1:
        audience = audience[0]
    if audience != meant:
        yield "An assertion is made for another address.", f'"{meant}"', shown(audience), place(one)


@check("client-assertion.is-used-once", needs=lambda p, settings: [REQUESTS], source=GUIDE)
def is_used_once(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """``jti`` of every assertion is a text, and no two captured requests for a token have the same.

    A request that was sent again, too, takes a new assertion. One request alone shows nothing of the second half.

    Good: a UUID each. Bad: a number; the same assertion for every token.
    """
    found = _asked(ev)
    if isinstance(found, Undecided):
        yield found
        return
    held = assertions(found)
    if len(held.exchanges) < 2:
        yield found.undecided("fewer than two assertions were captured, so that nothing tells whether they are unique")
    yield from held.statements("assertions", _ids(held))
    yield from unread(found)


def _ids(found: Seen) -> Iterator[Wrong]:
    known: set[Any] = set()
    for one in found.exchanges:
        held = one["assertion"]["claims"].get("jti")
        if not isinstance(held, str) or not held:
            actual = "missing" if held is None else shown(held)
            yield "jti of an assertion is no text.", "a text, e.g. a UUID", actual, place(one)
        elif held in known:
            yield "Two requests for a token have the same jti.", "a new one each time", "the same", place(one)
        else:
            known.add(held)


@check("client-assertion.ends-soon", needs=lambda p, settings: [REQUESTS], source=GUIDE)
def ends_soon(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """``exp`` of every assertion is an integer, is still to come when it is sent, and 300 seconds ahead at most.

    It is held against the time at which the request was captured; 30 seconds more are let pass, since two clocks
    differ, and the platform grants about as much.

    Good: 300 s ahead. Bad: an hour; ``"1795000000"``; 1795000000.5; a minute ago.
    """
    yield from _judged(ev, "assertions", _end)


def _end(one: Facts) -> Iterator[Wrong]:
    end, sent = one["assertion"]["claims"].get("exp"), float(one["at"])
    expected = f"at most {_LONGEST_S} s after it was sent"
    if not isinstance(end, int) or isinstance(end, bool):
        yield "exp of an assertion is no integer.", "seconds since 1970", shown(end), place(one)
    elif end <= sent:
        yield "An assertion had ended when it was sent.", expected, f"{sent - end:.0f} s before", place(one)
    elif end - sent > _LONGEST_S + _GRACE_S:
        yield "An assertion is good for too long.", expected, f"{end - sent:.0f} s", place(one)


@check("client-assertion.is-posted-as-a-form", needs=lambda p, settings: [REQUESTS], source=GUIDE)
def is_posted_as_a_form(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Every request for a token is a form, with its grant, its kind of assertion, and one assertion, in the body.

    The grant is ``client_credentials``; where a user was signed in separately it is that of token exchange.

    Good: ``grant_type=client_credentials&client_assertion_type=…&client_assertion=…``. Bad: the same in JSON, or in
    the URL.
    """
    found = _asked(ev)
    if isinstance(found, Undecided):
        yield found
        return
    yield from found.statements(_WHAT, (one for request in found.exchanges for one in _posted(request)))
    yield from unread(found)


def _posted(one: Facts) -> Iterator[Wrong]:
    message, sent = "A request for a token is not the form that it must be.", one["sent"]
    if one["media_type"] != _FORM or one["body"] == "json":
        actual = one["media_type"] or ("no Content-Type" if one["body"] else "nothing in the body")
        yield message, _FORM, actual, place(one)
    if one["in_query"]:
        yield "Parameters of a request for a token stand in its URL.", "none", ", ".join(one["in_query"]), place(one)
    grants, kinds = sent.get("grant_type", []), sent.get("client_assertion_type", [])
    if len(grants) != 1 or grants[0] not in _GRANTS:
        yield message, "grant_type client_credentials, once", ", ".join(grants) or "none", place(one)
    if kinds != [ASSERTION_TYPE]:
        yield message, f"client_assertion_type {ASSERTION_TYPE}, once", ", ".join(kinds) or "none", place(one)
    if one["assertions"] != 1:
        yield message, "client_assertion, once", str(one["assertions"]), place(one)
