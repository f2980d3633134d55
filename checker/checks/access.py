"""Access control: what must be refused. Source: RFC 6750 §3, RFC 8725."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.bodies import gives_data
from checker.checks.refusal import refusal
from checker.model.asked import AlteredToken, OfType
from checker.model.need import Need
from checker.model.registry import check
from checker.model.verdict import Finding, Statement
from checker.model.view import EvidenceView, Exchange


def _without(p: OfType) -> Need:
    return Need(probe="access.without-token", params=p)


@check(
    "access.refused-without-token",
    params=OfType,
    needs=lambda p, settings: [_without(p)],
    source="https://www.rfc-editor.org/rfc/rfc6750#section-3",
)
def refused_without_token(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A read and a search without a credential are refused (401).

    So is a vread, where the server has that. Each has its control: the same request with the
    credential, in the same second, answered with 2xx. 403 is a refusal too (RFC 6750 §3.1 says
    SHOULD of the status); a redirect to a login page, a 404 or a server error is not. Data given
    to nobody in particular is a finding even without a control.

    Good: ``GET Patient/a1`` without Authorization answers 401.
    Bad: it answers 200 with the patient, or 302 to a login page.
    """
    view = ev.record(_without(p))
    for control, mutant in view.pairs():
        yield from refusal(
            control,
            mutant,
            differs_in="identity",
            gives="Bundle" if mutant.http.interaction == "search" else p.type,
            refused=_refuses,
            what=f"A {mutant.http.interaction} of {p.type} without a credential",
            expected="401 with WWW-Authenticate",
        )
    for kind in ("bare-read", "bare-search"):
        for exchange in view.exchanges(kind):
            if exchange.ok and gives_data(exchange):
                yield Finding(
                    message=f"A {exchange.http.interaction} of {p.type} without any credential gave data.",
                    expected="401 with WWW-Authenticate",
                    actual=f"{exchange.status} with data",
                    place=exchange.request.url,
                    evidence=(exchange.id,),
                )


def _refuses(exchange: Exchange) -> bool:
    """401 with its challenge (RFC 6750 section 3, RFC 9110 section 15.5.2) or 403, and no record in the body."""
    challenged = exchange.status == 403 or (exchange.status == 401 and bool(exchange.header("WWW-Authenticate")))
    return challenged and not gives_data(exchange)


def _altered(p: AlteredToken) -> Need:
    return Need(probe="access.altered-token", params=p)


@check(
    "access.altered-token-refused",
    params=AlteredToken,
    needs=lambda p, settings: [_altered(p)],
    source="https://www.rfc-editor.org/rfc/rfc6750#section-3.1",
)
def altered_token_refused(ev: EvidenceView, p: AlteredToken) -> Iterator[Statement]:
    """An access token that was altered in one respect is refused (401; 400 and 403 refuse too).

    The control is the same read with the token as it was issued. Opaque tokens cannot be altered
    in their parts: then nothing is decided.

    Good: a token with one claim changed and its old signature answers 401.
    Bad: 200 with the patient: the signature is not verified.
    """
    view = ev.record(_altered(p))
    for control, mutant in view.pairs():
        yield from refusal(
            control,
            mutant,
            differs_in="alteration",
            gives=p.type,
            refused=lambda exchange: exchange.status in (400, 401, 403) and not gives_data(exchange),
            what=f"A read of {p.type} with an altered token ({p.alteration})",
            expected="401 with error invalid_token",
        )
