"""Probes of mutual TLS: one request over connections that show different client certificates.

Each connection is made for its request alone. The token, where there is one, is the same in all of them.
"""

from __future__ import annotations

import msgspec

from checker.model.asked import SHOWING, UNVERIFIED, WithCertificate
from checker.model.exchange import Request
from checker.model.need import Budget
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason, Safety
from checker.model.value import NoParams
from checker.probes.fhir import found_ids, get, search_need


def _over(request: Request, change: str) -> Request:
    return msgspec.structs.replace(request, alteration=f"{SHOWING}{change}")


@probe("tls.own-connection", "1", params=NoParams, budget=lambda p: Budget(requests=1), interactions=("capabilities",))
async def shown(s: Session, p: NoParams) -> None:
    """GET [base]/metadata over a connection of its own, with the client certificate where there is one."""
    change = "shown" if s.supplier.shows_certificate else "none"
    await s.send(_over(get(s.url("metadata")), change), "shown", interaction="capabilities", fresh=True, follow=False)


@probe("tls.tickets", "1", params=NoParams, budget=lambda p: Budget(requests=2), interactions=("capabilities",))
async def tickets(s: Session, p: NoParams) -> None:
    """GET [base]/metadata as nobody over a connection of its own, whoever the server is: its tickets are looked at.

    A server that wants a client certificate is asked once more, with it.
    """
    nobody = msgspec.structs.replace(get(s.url("metadata"), identity=""), alteration=UNVERIFIED)
    first = await s.send(nobody, "shown", interaction="capabilities", fresh=True, follow=False)
    if first.alert and s.supplier.shows_certificate:
        again = _over(get(s.url("metadata")), "shown")
        await s.send(again, "shown", interaction="capabilities", fresh=True, follow=False)


@probe(
    "mutual.certificate",
    "1",
    params=WithCertificate,
    uses=lambda p: (search_need(p.type),),
    budget=lambda p: Budget(requests=4),
    safety=Safety.S2,
    interactions=("capabilities", "read"),
    identities=lambda p: ("default", ""),
)
async def certificate(s: Session, p: WithCertificate) -> None:
    """With the client certificate (control), and with another one or none (mutant): a read of a record, and the
    CapabilityStatement as nobody. A token may be bound to the certificate, so that it is the token that is refused;
    where the statement is open to everybody it is the certificate alone that can be. That of ``second`` is about the
    token: there, the read alone.
    """
    if not s.supplier.shows_certificate:
        s.short(Reason.PREREQUISITE, "the default identity has no client certificate, so a refusal has no control")
        return
    controls = [(get(s.url(f"{p.type}/{id}")), "read") for id in (await found_ids(s, p.type))[:1]]
    if p.change != "second":
        controls.append((get(s.url("metadata"), identity=""), "capabilities"))
    for request, kind in controls:
        control, mutant = _over(request, "shown"), _over(request, p.change)
        await s.pair(control, mutant, differs_in="alteration", interaction=kind)
