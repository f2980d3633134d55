"""The authorisation endpoint: what it refuses before anybody logs in.

Source: RFC 6749 section 4.1.2.1, RFC 7636 section 4.4.1, RFC 9700 section 2.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal
from urllib.parse import SplitResult, parse_qs, urlsplit

from checker.checks.refusal import of_no_application, refusal
from checker.model.asked_oauth import AUTHORISATION_CLIENT, AUTHORISATION_SCOPE, REDIRECT_URI, Departing, Departure
from checker.model.exchange import joined
from checker.model.need import Need
from checker.model.registry import check
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Statement, Undecided
from checker.model.view import EvidenceView, Exchange

Led = Literal["refused", "on", "unsure"]
_FORM = re.compile(rb"<form\b[^<>]*>", re.IGNORECASE)
_ACTION = re.compile(rb"""\baction\s*=\s*["']?([^"'\s>?]*)""", re.IGNORECASE)
_PASSWORD = re.compile(rb"""<input\b[^<>]*\btype\s*=\s*["']?password""", re.IGNORECASE)
_SCRIPT = re.compile(rb"<script\b", re.IGNORECASE)
_WORDS: dict[Departure, str] = {
    "no-challenge": "without a code challenge",
    "plain-challenge": "with the code challenge in the clear (plain)",
    "redirect-suffix": "to a redirect URI with a letter more",
    "redirect-path": "to a redirect URI with a longer path",
    "redirect-subdomain": "to a redirect URI below the host of the registered one",
    "redirect-other-host": "to a redirect URI whose host begins as the registered one",
    "redirect-http": "to the redirect URI by http",
}
_ARE_RIGHT = f"are {AUTHORISATION_CLIENT}, {REDIRECT_URI} and {AUTHORISATION_SCOPE} of [known] right?"
_CHALLENGES: tuple[Departure, ...] = ("no-challenge", "plain-challenge")
_REDIRECTS: tuple[Departure, ...] = (
    "redirect-suffix",
    "redirect-path",
    "redirect-subdomain",
    "redirect-other-host",
    "redirect-http",
)


def _need(departure: Departure) -> Need:
    return Need(probe="oauth.authorise", params=Departing(departure=departure))


def _split(url: str) -> SplitResult:
    """A URL in its parts; one that is none has none."""
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", "", "", "")


def _target(exchange: Exchange) -> SplitResult | None:
    """Where a redirect leads; None where the answer is none."""
    location = exchange.header("Location")
    if not 300 <= exchange.status < 400 or not location:
        return None
    return _split(joined(exchange.request.url, location))


def _place(parts: SplitResult) -> tuple[str, str, str]:
    return parts.scheme.lower(), parts.netloc.lower(), parts.path


def _said(parts: SplitResult) -> set[str]:
    """The names of the parameters that a redirect carries, in query and fragment."""
    return {*parse_qs(parts.query), *parse_qs(parts.fragment)}


def _redirect_uri(exchange: Exchange) -> SplitResult:
    """The redirect URI that a request names."""
    return _split(next(iter(parse_qs(_split(exchange.request.url).query).get("redirect_uri", [])), ""))


def leads_on(exchange: Exchange) -> bool:
    """Does an authorisation request lead on: to a page for a login, to a redirect without an error, to a code?"""
    target = _target(exchange)
    if target is not None:
        return bool(target.netloc) and "error" not in _said(target)
    media_type = (exchange.header("Content-Type") or "").partition(";")[0].strip().lower()
    return exchange.status == 200 and media_type in ("text/html", "application/xhtml+xml") and bool(exchange.body_bytes)


def led(control: Exchange, mutant: Exchange) -> Led:
    """Where an authorisation request led that should have been refused, beside one that was right.

    A redirect to the place of the control's, and a page like the control's with a form on it, is the login. A page
    that is neither, nor a plain page without a form, may be an error or a login that a script draws.
    """
    if 400 <= mutant.status < 500:
        return "unsure" if mutant.status in (401, 403) and of_no_application(mutant) else "refused"
    target = _target(mutant)
    if target is not None:
        return _led_to(control, mutant, target)
    if mutant.status != 200:
        return "unsure"
    value = mutant.json().value
    if isinstance(value, dict):
        return "refused" if isinstance(value.get("error"), str) else "unsure"
    return _shown(control, mutant)


def _led_to(control: Exchange, mutant: Exchange, target: SplitResult) -> Led:
    asked, registered = _redirect_uri(mutant), _redirect_uri(control)
    if _place(target) == _place(asked):
        is_registered = _place(asked) == _place(registered)
        return "refused" if is_registered and "error" in _said(target) else "on"
    if "error" in _said(target):
        return "refused"
    known = _target(control)
    return "on" if known is not None and _place(known) == _place(target) else "unsure"


def _shown(control: Exchange, mutant: Exchange) -> Led:
    if mutant.lost or mutant.body_bytes is None:
        return "unsure"
    page, known = mutant.body_bytes, control.body_bytes or b""
    if _PASSWORD.search(page) or (_FORM.search(page) and _actions(page) & _actions(known)):
        return "on"
    if not _FORM.search(page) and (_FORM.search(known) or not _SCRIPT.search(page)):
        return "refused"
    return "unsure"


def _actions(page: bytes) -> set[bytes]:
    """Where the forms of a page go, without their queries."""
    found = set()
    for form in _FORM.findall(page):
        action = _ACTION.search(form)
        found.add(action[1] if action else b"")
    return found


def _judged(ev: EvidenceView, departures: tuple[Departure, ...], expected: str) -> Iterator[Statement]:
    said = False
    for departure in departures:
        for control, mutant in ev.record(_need(departure)).pairs():
            said = True
            if control.response is not None and not leads_on(control):
                message = f"the request that should lead to a login was answered with {control.status}: {_ARE_RIGHT}"
                yield Undecided(reason=Reason.PREREQUISITE, message=message, evidence=(control.id,))
                continue
            outcome = led(control, mutant)
            yield from refusal(
                control,
                mutant,
                differs_in="url",
                gives="page for a login",
                works=leads_on,
                redirects=True,
                refused=lambda exchange, outcome=outcome: outcome != "on",  # type: ignore[misc]
                unsure=lambda exchange, outcome=outcome: (  # type: ignore[misc]
                    f"{exchange.status}, which may be an error or a login" if outcome == "unsure" else ""
                ),
                what=f"An authorisation request {_WORDS[departure]}",
                expected=expected,
            )
    if not said:
        yield ev.record(_need(departures[0])).undecided("an authorisation request that must be refused")


@check(
    "oauth.pkce-is-demanded",
    needs=lambda p, settings: [_need(one) for one in _CHALLENGES],
    source="https://www.rfc-editor.org/rfc/rfc9700#section-2.1.1",
)
def pkce_is_demanded(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """An authorisation request without a code challenge, or with one in the clear (``plain``), is refused.

    Client and redirect URI are those that the supplier file names under ``[known]``. The control is the same request
    with a challenge by S256, which has to lead to a page for a login, there or elsewhere. Nobody logs in, and no
    redirect is followed. It is a refusal to redirect to the registered URI with an error, to answer 4xx, and to show
    a page that is not the login. A page that a script draws can be either, and leaves it open.

    Good: 302 to the registered URI with ``error=invalid_request``. Bad: the login page.
    """
    yield from _judged(ev, _CHALLENGES, "an error: 400, or a redirect to the registered URI with error=invalid_request")


@check(
    "oauth.redirects-are-exact",
    needs=lambda p, settings: [_need(one) for one in _REDIRECTS],
    source="https://www.rfc-editor.org/rfc/rfc9700#section-2.1",
)
def redirects_are_exact(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """An authorisation request to a redirect URI that is not registered is refused, and leads nowhere near it.

    Tried are, as far as the registered URI has them: one letter more, a longer path, a name below its host, a host
    that begins as it does, and http in the place of https. The control is the same request to the registered URI.
    A redirect to what was asked for is a finding, with an error in it as well; so is the login page. Ports are not
    tried, since native applications may vary them (RFC 8252 section 7.3).

    Good: a page that says so, with 400 or 200. Bad: 302 to the other URI; the login page.
    """
    yield from _judged(ev, _REDIRECTS, "a page with the error, and no redirect")
