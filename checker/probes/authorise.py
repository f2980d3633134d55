"""Probes of the authorisation endpoint: requests for a login, up to the first answer and no further.

Nobody logs in, and no redirect is followed. Source: RFC 6749 section 4.1, RFC 7636, RFC 9700 section 2.1.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec

from checker.model.asked_oauth import AUTHORISATION_CLIENT, AUTHORISATION_SCOPE, REDIRECT_URI, Departing
from checker.model.exchange import Request
from checker.model.need import Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason, Safety
from checker.model.value import NoParams
from checker.probes.addresses import origin

CONFIGURATION = Need(probe="smart.configuration", params=NoParams())
METADATA = Need(probe="oauth.metadata", params=NoParams())
VIEW = "oauth"
SCOPE = "openid"
"""What is asked for where ``[known]`` does not say."""
STATE = "checker-state-9f6c2d7a41b35e80c7d62f19a4be5308"
_VERIFIER = "checker-verifier-9f6c2d7a41b35e80c7d62f19a4be5308d1"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(_VERIFIER.encode()).digest()).rstrip(b"=").decode()
"""A challenge whose verifier nobody needs: no code is ever asked for."""
ELSEWHERE = "checker.example"
"""A host that is nobody's (RFC 6761 section 6.5)."""


async def endpoint(s: Session, member: str) -> str:
    """The address of an endpoint, by the first discovery document that names it; "" and said so where none does."""
    smart = (await s.need(CONFIGURATION)).exchange("configuration")
    metadata = await s.need(METADATA)
    for found in (smart, metadata.exchange("oauth"), metadata.exchange("openid")):
        document = found.json().value if found is not None and found.ok else None
        url = document.get(member) if isinstance(document, dict) else None
        if isinstance(url, str) and origin(url) is not None:
            return url
    s.short(Reason.PREREQUISITE, f"no discovery document names {member} with an absolute URL")
    return ""


@probe(
    "oauth.authorise",
    "1",
    params=Departing,
    uses=lambda p: (CONFIGURATION, METADATA),
    budget=lambda p: Budget(requests=2),
    safety=Safety.S2,
    identities=lambda p: ("",),
)
async def authorise(s: Session, p: Departing) -> None:
    """GET the authorisation endpoint with a request that is right (control), and with one that departs in one respect.

    Client and redirect URI are those of ``[known]``. Neither is followed anywhere.
    """
    client, redirect = s.supplier.known_value(AUTHORISATION_CLIENT), s.supplier.known_value(REDIRECT_URI)
    if not client or not redirect:
        names = f"{AUTHORISATION_CLIENT} and {REDIRECT_URI}"
        s.short(
            Reason.PREREQUISITE, f"the supplier file does not name a client that asks for logins ([known]: {names})"
        )
        return
    address = await endpoint(s, "authorization_endpoint")
    if not address:
        return
    right = {
        "response_type": "code",
        "client_id": client,
        "redirect_uri": redirect,
        "scope": s.supplier.known_value(AUTHORISATION_SCOPE) or SCOPE,
        "state": STATE,
        "aud": s.supplier.base_url,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    other = departing(right, p.departure)
    if other is None:
        s.note("left-out", f"the redirect URI has nothing to depart from in this respect ({p.departure})")
        return
    control = Request(url=_asking(address, right), headers=(("Accept", "text/html"),), identity="")
    mutant = msgspec.structs.replace(control, url=_asking(address, other))
    await s.pair(control, mutant, differs_in="url", interaction="authorise", view=VIEW)


def _asking(address: str, query: dict[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


def departing(right: dict[str, str], departure: str) -> dict[str, str] | None:
    """The parameters that depart in one respect; None where the redirect URI has no such respect.

    >>> departing({"redirect_uri": "https://app.example/cb"}, "redirect-suffix")
    {'redirect_uri': 'https://app.example/cbx'}
    """
    if departure == "no-challenge":
        return {name: value for name, value in right.items() if not name.startswith("code_challenge")}
    if departure == "plain-challenge":
        return {**right, "code_challenge_method": "plain"}
    other = _redirect(right["redirect_uri"], departure)
    return None if other is None else {**right, "redirect_uri": other}


def _redirect(registered: str, departure: str) -> str | None:
    try:
        parts = urlsplit(registered)
        host = parts.hostname or ""
    except ValueError:
        return None
    if departure == "redirect-suffix":
        return urlunsplit(parts._replace(path=f"{parts.path}x"))
    if departure == "redirect-path":
        return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/checker"))
    if departure == "redirect-http":
        return urlunsplit(parts._replace(scheme="http")) if parts.scheme == "https" else None
    if parts.scheme not in ("https", "http") or not _is_name(host):
        return None
    if departure == "redirect-subdomain":
        return urlunsplit(parts._replace(netloc=parts.netloc.replace(host, f"checker.{host}")))
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(host, f"{host}.{ELSEWHERE}")))


def _is_name(host: str) -> bool:
    """A name that can have names before and behind it: neither an address nor this machine."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host
    return False
