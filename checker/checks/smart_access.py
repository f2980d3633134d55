"""SMART access: scopes that are kept, and clients that sign.

Source: http://hl7.org/fhir/smart-app-launch/ (2.2.0), scopes-and-launch-context.html and backend-services.html.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.bodies import answer, gives_data
from checker.checks.refusal import refusal
from checker.checks.smart import CONFIGURATION, document_of, listed, wrong
from checker.model.asked import OfType
from checker.model.need import Every, Need, Selector
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Statement, Undecided
from checker.model.view import EvidenceView

_MOST_S = 300
"""So long a token should live at most, by the guide's advice."""


def _narrow(p: OfType) -> Need:
    return Need(probe="smart.narrow-scope", params=p)


@check(
    "smart.scope-is-kept",
    params=OfType,
    needs=lambda p, settings: [_narrow(p)],
    source="http://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html",
)
def scope_is_kept(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A token opens what its scope covers and nothing else: a search outside it is answered with 403.

    It takes an identity ``narrow`` in the supplier file, with a scope that covers Patients and leaves out a type that
    the server searches. Controls: the same identity searches Patients with success, and the default identity the other
    type. 401 refuses too; an empty Bundle does not, since nobody learns that something was left out.

    Good: ``system/Patient.rs`` searches Observation: 403. Bad: 200 with observations.
    """
    yield from _beyond(ev, p, (401, 403), "403")


def _beyond(ev: EvidenceView, p: OfType, refusals: tuple[int, ...], expected: str) -> Iterator[Statement]:
    """The search outside the scope, beside that of the default identity; what the scope covers has to work."""
    view = ev.record(_narrow(p))
    covered, pairs = view.exchange("covered"), view.pairs()
    if covered is None or not pairs:
        yield view.undecided("a search outside the scope of a token")
        return
    works = covered.ok and covered.json().resource_type == "Bundle"
    doubt = "" if works else f"the search that the scope covers was answered with {covered.status}"
    kind = str(view.record.notes.get("outside", "another type"))[:64]
    for control, mutant in pairs:
        yield from refusal(
            control,
            mutant,
            differs_in="identity",
            gives="Bundle",
            refused=lambda exchange: exchange.status in refusals and not gives_data(exchange),
            unsure=lambda exchange: doubt,
            what=f"A search of {kind} outside the scope",
            expected=expected,
        )


@check(
    "smart.scope-is-refused-as-such",
    params=OfType,
    needs=lambda p, settings: [_narrow(p)],
    source="https://www.rfc-editor.org/rfc/rfc6750#section-3.1",
)
def scope_is_refused_as_such(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A good token without the permission is answered with 403, and not with 401: a new login would not help.

    Where the answer has a challenge that names an error, that is insufficient_scope. Controls as for the scope itself.

    Good: 403 with ``Bearer error="insufficient_scope"``. Bad: 401; 403 with ``error="invalid_token"``.
    """
    yield from _beyond(ev, p, (403,), "403 with error insufficient_scope")
    for _, mutant in ev.record(_narrow(p)).pairs():
        named = mutant.header("WWW-Authenticate") or ""
        if mutant.status == 403 and "error=" in named and "insufficient_scope" not in named:
            message = "The challenge of a search outside the scope names another error."
            yield wrong(mutant, message, "insufficient_scope", "another error", "#WWW-Authenticate")


_BAD = Need(probe="smart.bad-assertion", params=NoParams())
_TOKENS = Every(selector=Selector(views=("oauth",), interactions=("token",)))


@condition("smart.backend-services-claimed", needs=lambda p, settings: [CONFIGURATION], claim=True)
def backend_services_claimed(ev: EvidenceView, p: NoParams) -> bool | None:
    """The SMART configuration claims clients that sign (client-confidential-asymmetric, or private_key_jwt).

    Unknown where there is no SMART configuration that can be read.
    """
    found = document_of(ev)
    if not isinstance(found, tuple):
        return None
    document = found[1]
    claimed = {*(listed(document, "capabilities") or ())}
    claimed |= {*(listed(document, "token_endpoint_auth_methods_supported") or ())}
    return bool(claimed & {"client-confidential-asymmetric", "private_key_jwt"})


@check(
    "smart.backend-services",
    needs=lambda p, settings: [CONFIGURATION, _BAD, _TOKENS],
    source="http://hl7.org/fhir/smart-app-launch/backend-services.html",
)
def backend_services(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Clients that sign: an algorithm that all can use is declared, and an assertion that nobody signed gives no token.

    Where the configuration claims such clients, ``token_endpoint_auth_signing_alg_values_supported`` holds RS384 or
    ES384. A request with an assertion whose signature nobody made answers 400 or 401; the control is a token that the
    same endpoint gave in this run. A token that lives longer than five minutes is told, and is no fault: the guide
    recommends it, and leaves it to the server.

    Good: 400 with ``{"error": "invalid_client"}``. Bad: 200 with an access token.
    """
    found = document_of(ev)
    if not isinstance(found, tuple):
        yield found
        return
    exchange, document = found
    algorithms = listed(document, "token_endpoint_auth_signing_alg_values_supported") or []
    if {"RS384", "ES384"} & set(algorithms):
        yield Examined(what="An algorithm that all clients can use is declared.", evidence=(exchange.id,))
    else:
        place = "#/token_endpoint_auth_signing_alg_values_supported"
        message = "No algorithm is declared that every client can sign with."
        yield wrong(exchange, message, "RS384, ES384, or both", "neither", place)
    yield from _assertion(ev)


def _assertion(ev: EvidenceView) -> Iterator[Statement]:
    what = "A token request with an assertion that nobody signed"
    bad = answer(ev.record(_BAD), "bad", what)
    if isinstance(bad, Undecided):
        yield bad
        return
    given = [one for one in ev.every(_TOKENS) if one.ok and one.http.token is not None]
    granted = isinstance(bad.json().value, dict) and "access_token" in bad.json().value
    if bad.ok and granted:
        yield wrong(bad, f"{what} was given a token.", "400 or 401 with invalid_client", str(bad.status))
    elif not given:
        message = f"{what}: no token was given in this run, so a refusal proves nothing"
        yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(bad.id,))
    elif bad.status in (400, 401):
        lives = given[0].http.token.lifetime_s if given[0].http.token is not None else None
        told = f" Tokens live {lives} s; {_MOST_S} s are recommended." if lives and lives > _MOST_S else ""
        yield Examined(what=f"{what} was answered with {bad.status}.{told}", evidence=(bad.id, given[0].id))
    elif bad.status in (429, 502, 503, 504):
        yield Undecided(reason=Reason.NETWORK, message=f"{what} was answered with {bad.status}", evidence=(bad.id,))
    else:
        yield wrong(bad, f"{what} was answered with {bad.status}.", "400 or 401 with invalid_client", str(bad.status))
