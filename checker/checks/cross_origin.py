"""What pages of other origins may read. Source: OWASP ASVS 5.0.0, 3.4.2; https://fetch.spec.whatwg.org#http-cors-protocol."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.headers import holds_patient_data
from checker.checks.odd_pairs import shows_resources
from checker.checks.passive import Alike, own_answers
from checker.checks.refusal import refusal
from checker.model.asked import OfType
from checker.model.need import Every, Need, Selector
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView, Exchange

_SOURCE = "https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/0x12-V3-Web-Frontend-Security.md"
_DATA = Every(selector=Selector(views=("fhir",), statuses=("2xx",)), cover=("search",))
_ALLOW = "Access-Control-Allow-Origin"


def _lets_in(exchange: Exchange) -> bool:
    """May a page of the origin that asked read the answer, or does the answer name everybody with credentials?"""
    allowed = (exchange.header(_ALLOW) or "").strip()
    asked = (exchange.request.header("Origin") or "").strip()
    return bool(allowed) and (allowed.lower() == asked.lower() or (allowed == "*" and _with_credentials(exchange)))


def _with_credentials(exchange: Exchange) -> bool:
    return (exchange.header("Access-Control-Allow-Credentials") or "").strip().lower() == "true"


def _judged(ev: EvidenceView, need: Need, whose: str) -> Iterator[Statement]:
    view = ev.record(need)
    pairs = view.pairs()
    if not pairs:
        yield view.undecided("a search with another origin")
    for control, mutant in pairs:
        origin = mutant.request.header("Origin") or ""
        what = f"a search of a page of {origin if origin == 'null' else whose}"
        if mutant.status >= 500:
            message = f"{what}: answered with {mutant.status}, which shows nothing of origins"
            yield Undecided(reason=Reason.NETWORK, message=message, evidence=(mutant.id,))
            continue
        yield from refusal(
            control,
            mutant,
            differs_in="headers:origin",
            refused=lambda one: not _lets_in(one),
            gives="Bundle with resources",
            works=shows_resources,
            what=what,
            expected=f"no {_ALLOW} for it, and no credentials for everybody",
        )


@check(
    "cors.foreign-origin",
    params=OfType,
    needs=lambda p, settings: [
        Need(probe="hardening.foreign-origin", params=p),
        Need(probe="platform.preflight", params=p),
    ],
    source=_SOURCE,
)
def foreign_origin(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """A page of an origin that nobody registered may not read answers, and credentials are never for everybody.

    The same search is sent with and without ``Origin: https://checker.example``, and a preflight for it. ``*`` without
    credentials is left to the requirement on data of patients: it reflects nothing.

    Good: no Access-Control-Allow-Origin; one that names a registered origin.
    Bad: the origin that asked; ``*`` with ``Access-Control-Allow-Credentials: true``.
    """
    yield from _judged(ev, Need(probe="hardening.foreign-origin", params=p), "an origin that nobody registered")
    view = ev.record(Need(probe="platform.preflight", params=p))
    for exchange in view.exchanges("preflight"):
        if exchange.response is not None and _lets_in(exchange):
            yield Finding(
                message="A preflight of an origin that nobody registered is let in.",
                expected=f"no {_ALLOW} for it",
                actual=f"{_ALLOW} names it" + (", with credentials" if _with_credentials(exchange) else ""),
                place=exchange.request.url,
                evidence=(exchange.id,),
            )


@check(
    "cors.look-alike-origins",
    params=OfType,
    needs=lambda p, settings: [Need(probe="hardening.look-alike-origins", params=p)],
    source=_SOURCE,
)
def look_alike_origins(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """``null``, and hosts that merely begin or end with that of the endpoint, are not taken for a registered origin.

    Good: no Access-Control-Allow-Origin.
    Bad: ``null``, which a page in a sandboxed frame sends.
    """
    need = Need(probe="hardening.look-alike-origins", params=p)
    yield from _judged(ev, need, "a host that is written alike")


@check(
    "cors.records-not-for-all",
    params=OfType,
    needs=lambda p, settings: [_DATA, Need(probe="hardening.foreign-origin", params=p)],
    source=_SOURCE,
)
def records_not_for_all(ev: EvidenceView, p: OfType) -> Iterator[Statement]:
    """Answers with data of patients do not carry ``Access-Control-Allow-Origin: *``.

    Looks at every successful answer that holds a resource about a patient; some were asked for with an Origin.

    Good: none; a registered origin, with ``Vary: Origin``. Bad: ``*``.
    """
    wrong = Alike(expected="a registered origin, or no such header", place=f"header {_ALLOW}")
    asked = False
    for exchange in own_answers(ev, _DATA):
        if exchange.lost or not holds_patient_data(exchange):
            continue
        asked = asked or exchange.request.header("Origin") is not None
        if (exchange.header(_ALLOW) or "").strip() == "*":
            wrong.add("Pages of every origin may read data of patients.", "*", exchange)
        else:
            what = "Answers with data of patients are not for pages of every origin."
            yield Examined(what=what, evidence=(exchange.id,), interaction=exchange.http.interaction)
    yield from wrong.findings()
    if not asked:
        message = "no answer with data of patients was asked for with an Origin"
        yield Undecided(reason=Reason.NO_DATA, message=message)
