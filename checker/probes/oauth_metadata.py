"""Probes of what an authorisation server says of itself. Source: RFC 8414 section 3, OpenID Connect Discovery 1.0."""

from __future__ import annotations

from urllib.parse import urlsplit

from checker.model.asked import METADATA_OF
from checker.model.exchange import Request
from checker.model.need import Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.probes.addresses import origin
from checker.probes.smart import SMART

_CONFIGURATION = Need(probe="smart.configuration", params=NoParams())
VIEW = "oauth-metadata"


@probe(
    "oauth.metadata",
    "1",
    uses=lambda p: (_CONFIGURATION,),
    budget=lambda p: Budget(requests=len(METADATA_OF)),
    identities=lambda p: ("",),
)
async def metadata(s: Session, p: NoParams) -> None:
    """GET the metadata of the issuer, in both forms, where its origin is one that this run may contact.

    The issuer is that of the SMART configuration, else the origin of the token endpoint.
    """
    found = (await s.need(_CONFIGURATION)).exchange("configuration")
    declared = found.json().value if found is not None and found.ok else None
    issuer = declared.get("issuer") if isinstance(declared, dict) else None
    if not isinstance(issuer, str) or origin(issuer) is None:
        parts = urlsplit(s.supplier.token_url or s.supplier.base_url)
        issuer = f"{parts.scheme}://{parts.netloc}"
    here = {origin(one) for one in (s.supplier.base_url, s.supplier.token_url) if one}
    if origin(issuer) not in here:
        s.short(Reason.UNSAFE, "the issuer is of another origin than the endpoint and the token endpoint: not asked")
        return
    s.note("issuer", issuer)
    parts = urlsplit(issuer)
    path = parts.path.rstrip("/")
    urls = {
        "openid": f"{parts.scheme}://{parts.netloc}{path}/.well-known/openid-configuration",
        "oauth": f"{parts.scheme}://{parts.netloc}/.well-known/oauth-authorization-server{path}",
    }
    asked = {
        role: Request(url=urls[role], headers=(("Accept", "application/json"),), identity="") for role in METADATA_OF
    }
    await s.together(s.send(request, role, interaction="metadata", view=VIEW) for role, request in asked.items())


@probe(
    "oauth.keys",
    "1",
    uses=lambda p: (_CONFIGURATION, Need(probe="oauth.metadata", params=NoParams())),
    budget=lambda p: Budget(requests=1),
    identities=lambda p: ("",),
)
async def keys(s: Session, p: NoParams) -> None:
    """GET the key set that a discovery document names, where its origin is one that this run may contact.

    The first that names one counts: the SMART configuration, then the metadata of the issuer. The request is the one
    of ``smart.keys``, and is sent once for both.
    """
    view = await s.need(Need(probe="oauth.metadata", params=NoParams()))
    configuration = (await s.need(_CONFIGURATION)).exchange("configuration")
    answers = [one for one in (configuration, *(view.exchange(role) for role in METADATA_OF)) if one is not None]
    told = [one.json().value for one in answers if one.ok]
    named = [one["jwks_uri"] for one in told if isinstance(one, dict) and isinstance(one.get("jwks_uri"), str)]
    if not named or origin(named[0]) is None:
        s.note("declared", False)  # nothing is missing: who publishes no key set has none to be asked for
        return
    if origin(named[0]) not in {origin(one) for one in (s.supplier.base_url, s.supplier.token_url) if one}:
        s.short(Reason.UNSAFE, "jwks_uri is of another origin than the endpoint and the token endpoint: not asked")
        return
    request = Request(url=named[0], headers=(("Accept", "application/json"),), identity="")
    await s.send(request, "keys", interaction="jwks", view=SMART)
