"""Probes of SMART discovery, of what it declares, and of scopes.

Source: http://hl7.org/fhir/smart-app-launch/ (2.2.0), conformance.html and backend-services.html.
"""

from __future__ import annotations

from urllib.parse import urlencode

from checker.fhir.statement import searchable
from checker.model.asked import OfType
from checker.model.exchange import Request
from checker.model.need import Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason, Safety
from checker.model.value import NoParams
from checker.probes.access import default_kind
from checker.probes.addresses import origin
from checker.probes.fhir import get

SMART = "smart"
NARROW = "narrow"
"""The identity that may read some types and not others."""
NO_ASSERTION = "eyJhbGciOiJSUzM4NCIsInR5cCI6IkpXVCJ9.e30.bm8tc2lnbmF0dXJl"
"""A JSON Web Token without claims, with a signature that nobody made."""
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_CAPABILITIES = Need(probe="fhir.capabilities", params=NoParams())
_CONFIGURATION = Need(probe="smart.configuration", params=NoParams())
ACCEPTS = ("application/json", "application/fhir+xml", "text/html")


@probe("smart.configuration", "1", budget=lambda p: Budget(requests=3), identities=lambda p: ("",))
async def configuration(s: Session, p: NoParams) -> None:
    """GET [base]/.well-known/smart-configuration by nobody, with three different Accept headers."""
    for number, accept in enumerate(ACCEPTS):
        request = Request(url=s.url(".well-known/smart-configuration"), headers=(("Accept", accept),), identity="")
        role = "other-accept" if number else "configuration"
        await s.send(request, role, interaction="smart-configuration", view=SMART, fresh=bool(number))


@probe(
    "smart.keys", "1", uses=lambda p: (_CONFIGURATION,), budget=lambda p: Budget(requests=1), identities=lambda p: ("",)
)
async def keys(s: Session, p: NoParams) -> None:
    """GET the declared JSON Web Key Set, where it is of an origin that this run may contact."""
    found = (await s.need(_CONFIGURATION)).exchange("configuration")
    declared = found.json().value if found is not None and found.ok else None
    url = declared.get("jwks_uri") if isinstance(declared, dict) else None
    if not isinstance(url, str) or origin(url) is None:
        s.note("declared", False)
        return
    s.note("declared", True)
    here = {origin(one) for one in (s.supplier.base_url, s.supplier.token_url) if one}
    if origin(url) not in here:
        s.short(Reason.UNSAFE, "jwks_uri is of another origin than the endpoint and the token endpoint: not asked")
        return
    request = Request(url=url, headers=(("Accept", "application/json"),), identity="")
    await s.send(request, "keys", interaction="jwks", view=SMART)


@probe(
    "smart.narrow-scope",
    "1",
    params=OfType,
    uses=lambda p: (_CAPABILITIES,),
    budget=lambda p: Budget(requests=3),
    interactions=("search",),
    identities=lambda p: ("default", NARROW),
)
async def narrow_scope(s: Session, p: OfType) -> None:
    """With the identity ``narrow``: a search of a type that its scope covers (control), and of one that it does not.

    The type that it does not cover is one that the server says it searches, and that the default identity may search.
    """
    stated = (await s.need(_CAPABILITIES)).exchange("metadata")
    searched = searchable(stated.json().value) if stated is not None and stated.ok else ()
    allowed = s.url(p.type, _count="1")
    first = await s.send(get(allowed, identity=NARROW), "covered", interaction="search")
    scope = first.http.credential.scope if first.http.credential is not None else ""
    s.note("scope", scope[:400])
    outside = [kind for kind in searched if kind != p.type and scope and not covers(scope, kind)]
    if not outside:
        s.short(Reason.PREREQUISITE, "the scope of the identity 'narrow' is not known, or leaves no type out")
        return
    s.note("outside", outside[0])
    control = get(s.url(outside[0], _count="1"))
    mutant = get(control.url, identity=NARROW)
    await s.pair(control, mutant, differs_in="identity", interaction="search")


def covers(scope: str, type: str) -> bool:
    """May a resource type be searched with these scopes (SMART v1 ``.read`` and ``.*``, v2 with an ``s``)?

    >>> covers("system/Patient.read", "Patient"), covers("system/Patient.rs", "Observation")
    (True, False)
    >>> covers("system/Patient.r", "Patient"), covers("system/*.rs?category=lab", "Patient")
    (False, True)
    """
    for one in scope.split():
        level, slash, rest = one.partition("/")
        name, dot, rights = rest.partition("?")[0].partition(".")
        is_of = slash and dot and level in ("patient", "user", "system") and name in (type, "*")
        if is_of and (rights in ("read", "*") or "s" in rights):
            return True
    return False


@probe(
    "smart.bad-assertion",
    "1",
    budget=lambda p: Budget(requests=1, wrong_proofs=1),
    safety=Safety.S2,
    identities=lambda p: ("default", ""),
)
async def bad_assertion(s: Session, p: NoParams) -> None:
    """POST to the token endpoint with an assertion that nobody signed. The control is the token of the run."""
    if not s.supplier.token_url:
        s.short(Reason.PREREQUISITE, "the supplier file names no token endpoint (token-url)")
        return
    if default_kind(s) not in ("client-credentials", "private-key-jwt"):
        s.short(Reason.PREREQUISITE, "the default identity asks for no token, so that a refusal would have no control")
        return
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": _ASSERTION_TYPE,
        "client_assertion": NO_ASSERTION,
    }
    request = Request(
        url=s.supplier.token_url,
        method="POST",
        headers=(("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")),
        body=urlencode(form).encode(),
        identity="",
    )
    await s.send(request, "bad", interaction="bad-assertion", view="oauth", fresh=True, follow=False)
