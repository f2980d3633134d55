"""Introspection, revocation and registration: who is answered, and what.

Source: RFC 7662, RFC 7009, RFC 7591.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.checks.bodies import answer, cut_off, not_the_supplier
from checker.checks.oauth_metadata import METADATA, documents
from checker.checks.refusal import of_no_application, refusal
from checker.checks.smart import CONFIGURATION, wrong
from checker.model.asked_oauth import OfMember
from checker.model.need import Need
from checker.model.registry import check, condition
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_INTROSPECTION = Need(probe="oauth.introspection", params=NoParams())
_REVOCATION = Need(probe="oauth.revocation", params=NoParams())
_REGISTRATION = Need(probe="oauth.registration", params=NoParams())


@condition("oauth.member-is-declared", params=OfMember, needs=lambda p, settings: [CONFIGURATION, METADATA], claim=True)
def member_is_declared(ev: EvidenceView, p: OfMember) -> bool | None:
    """A discovery document has that member. Unknown where there is no document that can be read."""
    found = documents(ev)
    if not found:
        return None
    return any(document.get(p.member) not in (None, "") for _, _, document in found)


def _told(exchange: Exchange) -> dict[str, Any] | None:
    """An introspection response (RFC 7662 section 2.2); None where the answer is none."""
    value = exchange.json().value
    return value if exchange.ok and isinstance(value, dict) and isinstance(value.get("active"), bool) else None


def _closed(exchange: Exchange) -> bool:
    value = exchange.json().value
    return 400 <= exchange.status < 500 and not (isinstance(value, dict) and "active" in value)


@check(
    "oauth.introspection-is-closed",
    needs=lambda p, settings: [_INTROSPECTION],
    source="https://www.rfc-editor.org/rfc/rfc7662#section-2.1",
)
def introspection_is_closed(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Introspection answers nobody who does not prove who asks, and of an unknown token says that it is not active.

    Asked is about a token that nobody issued: as the client of the run, which is the control and gets ``active``, and
    as nobody. To the client, ``active`` is false and there is no other member: why a token is not active is nobody's
    business.

    Good: ``{"active": false}`` to the client, 401 to nobody. Bad: 200 to nobody; ``{"active": false, "sub": …}``.
    """
    view = ev.record(_INTROSPECTION)
    pairs = view.pairs()
    if not pairs:
        yield view.undecided("introspection of a token")
    for control, mutant in pairs:
        yield from refusal(
            control,
            mutant,
            differs_in="alteration",
            gives="introspection response",
            works=lambda exchange: _told(exchange) is not None,
            refused=_closed,
            unsure=of_no_application,
            what="Introspection by nobody",
            expected="401, or 400 with an error",
        )
        told = _told(control)
        if told is None:
            continue
        if told != {"active": False}:
            named = ", ".join(sorted(str(name)[:30] for name in told if name != "active")[:5])
            actual = "active: true" if told["active"] else f"with {named}"
            yield wrong(control, "An unknown token is told more of than that.", '{"active": false}', actual, "#body")
        else:
            yield Examined(what="An unknown token is not active, and no more is said.", evidence=(control.id,))


@check(
    "oauth.revocation-of-the-unknown",
    needs=lambda p, settings: [CONFIGURATION, METADATA, _REVOCATION],
    source="https://www.rfc-editor.org/rfc/rfc7009#section-2.2",
)
def revocation_of_the_unknown(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """There is a revocation endpoint, and revoking a token that nobody issued is answered with 200.

    SMART recommends ``revocation_endpoint`` in its configuration; where no discovery document has it, that is told.
    The request is sent as the client of the run.

    Good: 200. Bad: 400, from which a client cannot tell what to do; no such endpoint.
    """
    found = documents(ev)
    if found and all(document.get("revocation_endpoint") in (None, "") for _, _, document in found):
        message = "No discovery document names revocation_endpoint."
        yield wrong(found[0][1], message, "a URL", "none", "#/revocation_endpoint")
        return
    what = "The revocation of a token that nobody issued"
    exchange = answer(ev.record(_REVOCATION), "revoked", what)
    if isinstance(exchange, Undecided):
        yield exchange
        return
    doubt = not_the_supplier(exchange, what)
    if doubt is not None:
        yield doubt
    elif exchange.status == 200:
        yield Examined(what=f"{what} is answered with 200.", evidence=(exchange.id,))
    else:
        yield wrong(exchange, f"{what} is answered with {exchange.status}.", "200", str(exchange.status))


@check(
    "oauth.registration-is-closed",
    needs=lambda p, settings: [_REGISTRATION],
    source="https://www.rfc-editor.org/rfc/rfc7591#section-3",
)
def registration_is_closed(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Nobody registers a client without a credential: an empty object posted by nobody is answered with 401 or 403.

    No client can come of an empty object. 400 says that it was read, and so that a whole one would have been taken. A
    401 or 403 counts with a challenge, or JSON, in it; without either it may be that of a gateway.

    Good: 401 with ``WWW-Authenticate: Bearer``. Bad: 201; 400 with invalid_redirect_uri.
    """
    what = "A registration by nobody"
    exchange = answer(ev.record(_REGISTRATION), "registered", what)
    if isinstance(exchange, Undecided):
        yield exchange
        return
    if exchange.status in (401, 403):
        doubt = of_no_application(exchange)
        if doubt:
            yield Undecided(reason=Reason.PREREQUISITE, message=f"{what}: {doubt}", evidence=(exchange.id,))
        else:
            yield Examined(what=f"{what} is refused with {exchange.status}.", evidence=(exchange.id,))
    elif exchange.status in (404, 405, 410, 501) or exchange.status >= 500 or exchange.status == 429:
        message = f"{what}: {exchange.status} at the address that is declared, which is no refusal"
        reason = Reason.NETWORK if exchange.status in (429, 502, 503, 504) else Reason.PREREQUISITE
        yield Undecided(reason=reason, message=message, evidence=(exchange.id,))
    else:
        yield _open(exchange, what)


def _open(exchange: Exchange, what: str) -> Finding | Undecided:
    if 300 <= exchange.status < 400:
        message = f"{what} is redirected ({exchange.status}), which is no refusal"
        return Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(exchange.id,))
    lost = cut_off(exchange, what)
    if lost is not None:
        return lost
    return wrong(exchange, f"{what} is answered with {exchange.status}.", "401 or 403", str(exchange.status))
