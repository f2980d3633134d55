"""Probes of other ways in: the token in a form, Basic or a key in its place, an application in the place of a user.

Source: RFC 6750 section 2.2, OWASP ASVS 5.0.0 section 8.2.
"""

from __future__ import annotations

import msgspec

from checker.model.asked import APPLICATION, BASIC_INSTEAD, IN_FORM, KEY_ALONE, USER_RESTRICTED, OfType
from checker.model.need import Budget
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason, Safety
from checker.model.value import NoParams
from checker.probes.access import TOKEN_KINDS, default_kind
from checker.probes.addresses import origin
from checker.probes.fhir import form_search, get, search_need
from checker.probes.forged import readable


@probe(
    "access.token-in-form",
    "1",
    params=OfType,
    budget=lambda p: Budget(requests=2),
    safety=Safety.S2,
    interactions=("search",),
)
async def token_in_form(s: Session, p: OfType) -> None:
    """A search by POST with the token in the header (control), and with it in the form of the body alone (mutant)."""
    if default_kind(s) not in TOKEN_KINDS:
        s.short(Reason.PREREQUISITE, "no identity with an access token is configured")
        return
    control = form_search(s, p.type, {"_count": "1"})
    mutant = msgspec.structs.replace(control, alteration=IN_FORM)
    await s.pair(control, mutant, differs_in="alteration", interaction="search")


@probe(
    "access.without-a-token",
    "1",
    params=OfType,
    uses=lambda p: (search_need(p.type),),
    budget=lambda p: Budget(requests=4, wrong_tokens=2),
    safety=Safety.S2,
    interactions=("read",),
)
async def without_a_token(s: Session, p: OfType) -> None:
    """A read with the token (control), and with what is no token (mutant): the client's secret by Basic, an API key.

    The secret is tried where the token endpoint is of the same origin: it goes nowhere else. The key is that of the
    identity ``api-key``.
    """
    control = await readable(s, p.type)
    if control is None:
        return
    same = s.supplier.token_url and origin(s.supplier.token_url) == origin(s.supplier.base_url)
    by_basic = default_kind(s) == "client-credentials" and bool(same)
    if by_basic:
        mutant = msgspec.structs.replace(control, alteration=BASIC_INSTEAD)
        await s.pair(control, mutant, differs_in="alteration", interaction="read")
    has_key = any(one.name == KEY_ALONE and one.kind == "api-key" for one in s.supplier.identities)
    if has_key:
        mutant = msgspec.structs.replace(control, identity=KEY_ALONE)
        await s.pair(control, mutant, differs_in="identity", interaction="read")
    if not by_basic and not has_key:
        wanted = f"an identity '{KEY_ALONE}' of the kind api-key, or a default one with a client secret"
        s.short(Reason.PREREQUISITE, f"there is neither a key nor a secret that could be tried: {wanted}")


@probe(
    "scope.user-restricted",
    "1",
    budget=lambda p: Budget(requests=2),
    safety=Safety.S2,
    interactions=("read",),
    identities=lambda p: ("default", APPLICATION),
)
async def user_restricted(s: Session, p: NoParams) -> None:
    """What only a person may read, by the default identity (control) and by an application alone (mutant)."""
    path = s.supplier.known_value(USER_RESTRICTED)
    if not path or "://" in path:
        s.short(Reason.PREREQUISITE, f"the supplier file does not say what only a user may read ({USER_RESTRICTED})")
        return
    control = get(s.url(path.lstrip("/")))
    mutant = msgspec.structs.replace(control, identity=APPLICATION)
    await s.pair(control, mutant, differs_in="identity", interaction="read")
