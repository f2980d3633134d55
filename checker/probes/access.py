"""Probes of access control: the same request without a credential, and with an altered one.

The control goes out in the same slot, so that a refusal can be told from a broken server.
Source: RFC 6750 §3, RFC 8725 §3.
"""

from __future__ import annotations

import msgspec

from checker.fhir.statement import searchable
from checker.model.asked import PLACED, RECORD_TYPES, AlteredToken, OfType
from checker.model.need import AtMost, Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason, Safety
from checker.model.value import NoParams
from checker.probes.fhir import absent_id, form_search, found_ids, get, read_need, search_need, version_of, vread_of

TOKEN_KINDS = frozenset({"bearer", "client-credentials", "private-key-jwt"})
CREDENTIAL_KINDS = TOKEN_KINDS | {"api-key", "client-certificate"}
OTHER_TYPES = 4
"""So many other types of records are tried without a credential."""


def default_kind(s: Session) -> str:
    """The kind of the default identity; ``none`` if there is none."""
    return next((identity.kind for identity in s.supplier.identities if identity.name == "default"), "none")


@probe(
    "access.without-token",
    "1",
    params=OfType,
    uses=lambda p: (search_need(p.type), AtMost(need=read_need(p.type), times=1)),
    budget=lambda p: Budget(requests=7),
    interactions=("read", "search"),
    identities=lambda p: ("default", ""),
)
async def without_token(s: Session, p: OfType) -> None:
    """A read, a search, and a vread where the server has it: with the credential and without.

    When no credential is configured there is no control; the bare requests are sent alone, since
    an answer with data to nobody in particular needs no control to be a finding.
    """
    ids = await found_ids(s, p.type)
    targets = [(s.url(f"{p.type}/{ids[0]}"), "read")] if ids else []
    targets.append((s.url(p.type, _count="5"), "search"))
    if default_kind(s) not in CREDENTIAL_KINDS:
        s.short(Reason.PREREQUISITE, "no credential is configured, so that a refusal would have no control")
        for url, kind in targets:
            await s.send(get(url, identity=""), f"bare-{kind}", interaction=kind, fresh=True, follow=False)
        return
    version = await version_of(s, p.type, ids[0]) if ids else ""
    if version:
        known = await s.send(vread_of(s, p.type, ids[0], version), "vread", interaction="vread")
        targets += [(known.request.url, "vread")] if known.ok else []
    await s.together(
        s.pair(get(url), get(url, identity=""), differs_in="identity", interaction=kind) for url, kind in targets
    )


@probe(
    "access.other-searches",
    "1",
    params=OfType,
    uses=lambda p: (Need(probe="fhir.capabilities", params=NoParams()),),
    budget=lambda p: Budget(requests=2 * OTHER_TYPES + 2),
    interactions=("search",),
    identities=lambda p: ("default", ""),
)
async def other_searches(s: Session, p: OfType) -> None:
    """A search by POST, and one of a few other record types that the server says it searches: with the credential
    and without. One door that was forgotten is enough.
    """
    if default_kind(s) not in CREDENTIAL_KINDS:
        s.short(Reason.PREREQUISITE, "no credential is configured, so that a refusal would have no control")
        return
    stated = (await s.need(Need(probe="fhir.capabilities", params=NoParams()))).exchange("metadata")
    searched = searchable(stated.json().value) if stated is not None and stated.ok else ()
    others = [kind for kind in RECORD_TYPES if kind in searched and kind != p.type][:OTHER_TYPES]
    requests = [get(s.url(kind, _count="1")) for kind in others]
    requests.append(form_search(s, p.type, {"_count": "1"}))
    mutants = [msgspec.structs.replace(control, identity="") for control in requests]
    await s.together(
        s.pair(control, mutant, differs_in="identity", interaction="search")
        for control, mutant in zip(requests, mutants, strict=True)
    )


@probe(
    "access.altered-token",
    "1",
    params=AlteredToken,
    uses=lambda p: (search_need(p.type),),
    budget=lambda p: Budget(requests=2, wrong_tokens=0 if p.alteration in PLACED else 1),
    safety=Safety.S2,
    interactions=("read",),
)
async def altered_token(s: Session, p: AlteredToken) -> None:
    """A read with the access token (control) and with the token altered in one respect (mutant)."""
    if default_kind(s) not in TOKEN_KINDS:
        s.short(Reason.PREREQUISITE, "no identity with an access token is configured")
        return
    for id in (await found_ids(s, p.type))[:1]:
        control = get(s.url(f"{p.type}/{id}"))
        mutant = msgspec.structs.replace(control, alteration=p.alteration)
        await s.pair(control, mutant, differs_in="alteration", interaction="read")


def _garbage(p: OfType) -> Need:
    return Need(probe="access.altered-token", params=AlteredToken(type=p.type, alteration="garbage"))


@probe(
    "access.bad-token",
    "1",
    params=OfType,
    uses=lambda p: (_garbage(p),),
    budget=lambda p: Budget(),
    safety=Safety.S2,
)
async def bad_token(s: Session, p: OfType) -> None:
    """A read with a token that nobody issued, where tokens are used: with a key or a certificate nothing is lacking."""
    if default_kind(s) in TOKEN_KINDS:
        await s.need(_garbage(p))


@probe(
    "access.absent-without-token",
    "1",
    params=OfType,
    uses=lambda p: (search_need(p.type),),
    budget=lambda p: Budget(requests=2),
    interactions=("read",),
    identities=lambda p: ("",),
)
async def absent_without_token(s: Session, p: OfType) -> None:
    """Without a credential: a read of a record that is there, and of one that is not. The URL alone differs."""
    for id in (await found_ids(s, p.type))[:1]:
        control = get(s.url(f"{p.type}/{id}"), identity="")
        mutant = get(s.url(f"{p.type}/{absent_id(id)}"), identity="")
        await s.pair(control, mutant, differs_in="url", interaction="read")


@probe(
    "access.bulk-routes",
    "1",
    params=OfType,
    uses=lambda p: (search_need(p.type),),
    budget=lambda p: Budget(requests=6),
    interactions=("history", "operation"),
    identities=lambda p: ("default", ""),
)
async def bulk_routes(s: Session, p: OfType) -> None:
    """Routes that give much at once, with the credential and without: histories of a type and of all, $everything."""
    if default_kind(s) not in CREDENTIAL_KINDS:
        s.short(Reason.PREREQUISITE, "no credential is configured, so that a refusal would have no control")
        return
    urls = [(s.url(f"{p.type}/_history", _count="1"), "history"), (s.url("_history", _count="1"), "history")]
    if p.type == "Patient":
        urls += [(s.url(f"Patient/{id}/$everything"), "operation") for id in (await found_ids(s, p.type))[:1]]
    await s.together(
        s.pair(get(url), get(url, identity=""), differs_in="identity", interaction=kind) for url, kind in urls
    )
