"""What a refusal tells, and to whom: challenges, bodies, and the difference between what is there and what is not.

Source: RFC 6750 section 3, OWASP API Security Top 10 (2023) API1 and API5.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from checker.checks.bodies import gives_data
from checker.checks.passive import Alike, own_answers
from checker.checks.refusal import of_no_application, refusal
from checker.model.asked import OfType
from checker.model.need import Every, Need, Selector
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_REFUSED = Every(selector=Selector(views=("fhir",), statuses=("401", "403")), cover=("read",))


def _without(p: OfType) -> Need:
    return Need(probe="access.without-token", params=p)


@check(
    "challenge.no-error-for-nobody",
    params=OfType,
    needs=lambda p, settings: [_REFUSED, _without(p)],
    source="https://www.rfc-editor.org/rfc/rfc6750#section-3.1",
)
def no_error_for_nobody(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """The challenge to a request without any credential names no error: there was none in what was not sent.

    Good: ``WWW-Authenticate: Bearer realm="records"``. Bad: ``Bearer error="invalid_token"`` to no token.
    """
    wrong = Alike(expected="a challenge without error", place="header WWW-Authenticate")
    bare = [one for one in own_answers(ev, _REFUSED) if one.status == 401 and not one.request.identity]
    if not bare:
        yield Undecided(reason=Reason.NO_DATA, message="no request without a credential was answered with 401")
    for exchange in bare:
        values = exchange.response.values("WWW-Authenticate") if exchange.response else ()
        if any("error=" in value.replace(" ", "") for value in values):
            wrong.add("A challenge to no credential names an error.", "error", exchange)
        else:
            what = "Challenges to no credential name no error."
            yield Examined(what=what, evidence=(exchange.id,), interaction=exchange.http.interaction)
    yield from wrong.findings()


@check(
    "access.refusals-are-told",
    params=OfType,
    needs=lambda p, settings: [_REFUSED, _without(p)],
    source="http://hl7.org/fhir/R4/security.html",
)
def refusals_are_told(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """The body of a 401 or 403 is an OperationOutcome, or an OAuth error in JSON, or there is none.

    Good: ``{"resourceType": "OperationOutcome", …}``. Bad: a page of HTML.
    """
    wrong = Alike(expected="an OperationOutcome, or an OAuth error in JSON", place="body")
    found = tuple(own_answers(ev, _REFUSED))
    if not found:
        yield Undecided(reason=Reason.NO_DATA, message="no request was answered with 401 or 403")
    for exchange in found:
        body = exchange.json()
        is_oauth = isinstance(body.value, dict) and isinstance(body.value.get("error"), str)
        if exchange.body_bytes and not (body.resource_type == "OperationOutcome" or is_oauth):
            sort = "HTML or XML" if (exchange.body_bytes or b"").lstrip()[:1] == b"<" else "another body"
            wrong.add(f"A {exchange.status} has {sort}.", sort, exchange)
        else:
            what = "Refusals are told as an OperationOutcome or in JSON."
            yield Examined(what=what, evidence=(exchange.id,), interaction=exchange.http.interaction)
    yield from wrong.findings()


def _absent(p: OfType) -> Need:
    return Need(probe="access.absent-without-token", params=p)


@check(
    "access.absent-looks-alike",
    params=OfType,
    needs=lambda p, settings: [_absent(p), _without(p)],
    source="https://owasp.org/API-Security/editions/2023/en/0xa1-broken-object-level-authorization/",
)
def absent_looks_alike(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Without a credential, a record that exists and one that does not get the same status.

    That the record exists is shown by the read with the credential, beside it.

    Good: 401 to both. Bad: 401 and 404: everybody can try out who is a patient.
    """
    reads = [one for one, _ in ev.record(_without(p)).pairs() if one.http.interaction == "read"]
    for there, absent in ev.record(_absent(p)).pairs():
        evidence = (there.id, absent.id)
        known = any(one.ok and one.request.url == there.request.url for one in reads)
        if not known or there.response is None or absent.response is None:
            message = "the record was not read with the credential, or there was no answer without"
            yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=evidence)
        elif {there.status, absent.status} & {429, 502, 503, 504}:
            yield Undecided(reason=Reason.NETWORK, message="a gateway answered", evidence=evidence)
        elif there.status != absent.status:
            yield Finding(
                message="Without a credential, a record that exists can be told from one that does not.",
                expected=f"{there.status} to both",
                actual=f"{there.status} and {absent.status}",
                place=absent.request.url,
                evidence=evidence,
            )
        else:
            what = f"A record and none are answered with {there.status} alike."
            yield Examined(what=what, evidence=evidence, interaction="read")


def _routes(p: OfType) -> Need:
    return Need(probe="access.bulk-routes", params=p)


def _closed(exchange: Exchange) -> bool:
    challenged = exchange.status == 403 or (exchange.status == 401 and bool(exchange.header("WWW-Authenticate")))
    return challenged and not gives_data(exchange)


@check(
    "access.bulk-routes-are-closed",
    params=OfType,
    needs=lambda p, settings: [_routes(p)],
    source="https://owasp.org/API-Security/editions/2023/en/0xa5-broken-function-level-authorization/",
)
def bulk_routes_are_closed(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Routes that give much at once are refused without a credential as a read is: histories, and $everything.

    The control is the same request with the credential. A route that this client does not get either is left out,
    unless it gives data to nobody in particular. An export is not started by this.

    Good: ``GET Patient/_history`` without a token: 401. Bad: 200 with all versions of all patients.
    """
    pairs = ev.record(_routes(p)).pairs()
    decided = 0
    for control, mutant in pairs:
        name = urlsplit(mutant.request.url).path.rpartition("/")[2]
        what = f"{name[:20] if name[:1] in '_$' else 'A route'} without a credential"
        if control.ok:
            decided += 1
            yield from refusal(
                control,
                mutant,
                differs_in="identity",
                gives="Bundle",
                refused=_closed,
                unsure=of_no_application,
                what=what,
                expected="401 with WWW-Authenticate",
            )
        elif mutant.ok and gives_data(mutant):
            decided += 1
            yield Finding(
                message=f"{what} gave data.",
                expected="401 with WWW-Authenticate",
                actual=f"{mutant.status} with data",
                place=mutant.request.url,
                evidence=(mutant.id,),
            )
    if pairs and not decided:
        message = "this client is given none of these routes, so that nothing shows what others are given"
        yield Undecided(reason=Reason.NO_DATA, message=message, evidence=tuple(one.id for one, _ in pairs))


_TOKENS = Every(selector=Selector(views=("oauth",), interactions=("token",)))
_SEARCH = "fhir.search"


class Life(OfType, frozen=True, kw_only=True):
    """A resource type to search, and how long a token may live, in seconds."""

    most_s: int = 3600


@check(
    "access.token-life",
    params=Life,
    needs=lambda p, settings: [_TOKENS, Need(probe=_SEARCH, params=OfType(type=p.type))],
    source="https://www.rfc-editor.org/rfc/rfc9700#section-2.2",
)
def token_life(ev: EvidenceView, p: Life) -> Iterator[Statement]:
    """An access token lives an hour at most: by ``expires_in``, a number or a text, else by its ``exp`` and ``iat``.

    Good: 600; "599". Bad: 86400.
    """
    searched = ev.record(Need(probe=_SEARCH, params=OfType(type=p.type))).exchange("search")
    found = [(one.id, one.http.token) for one in ev.every(_TOKENS) if one.ok]
    if searched is not None and searched.ok and searched.http.credential is not None:
        found.append((searched.id, searched.http.credential))
    stated = [(id, facts.lifetime_s) for id, facts in found if facts is not None and facts.lifetime_s is not None]
    if not stated:
        yield Undecided(reason=Reason.NO_DATA, message="no token of the run says how long it lives")
    for id, lives in stated:
        if lives > p.most_s:
            yield Finding(
                message="An access token lives too long.",
                expected=f"{p.most_s} s at most",
                actual=f"{lives} s",
                place="expires_in, or exp and iat of the token",
                evidence=(id,),
            )
        else:
            yield Examined(what=f"An access token lives {lives} s.", evidence=(id,))


@check(
    "oauth.tokens-are-not-stored",
    params=OfType,
    needs=lambda p, settings: [_TOKENS, Need(probe=_SEARCH, params=OfType(type=p.type))],
    source="https://www.rfc-editor.org/rfc/rfc6749#section-5.1",
)
def tokens_are_not_stored(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """An answer with a token is JSON, and says Cache-Control: no-store.

    Good: ``Cache-Control: no-store``. Bad: no such header; ``max-age=600``.
    """
    wrong = Alike(expected="application/json with Cache-Control: no-store", place="headers")
    given = [one for one in ev.every(_TOKENS) if one.ok and one.http.token is not None]
    if not given:
        yield Undecided(reason=Reason.NO_DATA, message="no token was fetched in this run")
    for exchange in given:
        values = exchange.response.values("Cache-Control") if exchange.response else ()
        said = {part.strip().lower() for value in values for part in value.split(",")}
        kind = (exchange.header("Content-Type") or "").partition(";")[0].strip().lower()
        if "no-store" not in said:
            wrong.add("An answer with a token may be stored.", "no no-store", exchange)
        elif kind != "application/json":
            wrong.add("An answer with a token is not called JSON.", "another Content-Type", exchange)
        else:
            yield Examined(what="Answers with tokens are JSON and are not stored.", evidence=(exchange.id,))
    yield from wrong.findings()
