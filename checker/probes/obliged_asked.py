"""Probes that send what the data of a profile says: operations, requests and what is wrong with them.

Source: docs/obligations.md.
"""

from __future__ import annotations

from checker.model.dressing import filled
from checker.model.exchange import Request, differences
from checker.model.need import Budget
from checker.model.obliged import Answered, Operation, Refused, Wanted
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason, Safety
from checker.probes.fhir import ACCEPT, get
from checker.probes.obliged import is_filled, pairs_of, url_of

ASKED = "asked"
"""The kind of a request that stands in the data of a profile, whatever it asks."""
NO_OPERATION = "$no-such-operation-9f6c2d"
"""An operation that no server has."""


@probe(
    "obliged.operation",
    "1",
    params=Operation,
    budget=lambda p: Budget(requests=2),
    safety=Safety.S2,
    interactions=("operation",),
)
async def operation(s: Session, p: Operation) -> None:
    """Call the operation without what it needs, and one that nobody has: the answers tell whether it is there."""
    of = f"{p.type}/" if p.type else ""
    for name, role in ((p.name, "asked"), (NO_OPERATION, "nobodys")):
        if p.ask == "GET":
            request = get(s.url(f"{of}{name}"))
        else:
            kind = ("Content-Type", "application/fhir+json")
            body = b'{"resourceType":"Parameters"}'
            request = Request(url=s.url(f"{of}{name}"), method="POST", headers=(*ACCEPT, kind), body=body)
        await s.send(request, role, interaction="operation", follow=False)


def _request(s: Session, wanted: Wanted) -> Request:
    url = url_of(s, filled(wanted.path, s.supplier) or "", pairs_of(s, wanted.query))
    own = {name.lower() for name, _ in wanted.headers}
    usual = [pair for pair in ACCEPT if pair[0].lower() not in own]
    if wanted.body:
        usual += [("Content-Type", "application/fhir+json")] if "content-type" not in own else []
    headers = (*usual, *pairs_of(s, wanted.headers))
    body = (filled(wanted.body, s.supplier) or "").encode()
    return Request(url=url, method=wanted.method, headers=headers, body=body)


def _texts(wanted: Wanted) -> list[str]:
    return [wanted.path, wanted.body, *(value for _, value in (*wanted.query, *wanted.headers))]


@probe(
    "obliged.refusal",
    "1",
    params=Refused,
    budget=lambda p: Budget(requests=2),
    safety=Safety.S2,
    interactions=(ASKED,),
)
async def refusal(s: Session, p: Refused) -> None:
    """The request that works (control), and the same with one thing wrong (mutant)."""
    if not is_filled(s, [*_texts(p.ask), *_texts(p.instead)]):
        return
    control, mutant = _request(s, p.ask), _request(s, p.instead)
    respects = differences(control, mutant)
    if len(respects) != 1:
        s.short(Reason.PREREQUISITE, f"what is asked instead differs in {', '.join(respects) or 'nothing'}")
        return
    await s.pair(control, mutant, differs_in=respects[0], interaction=ASKED)


@probe("obliged.answer", "1", params=Answered, interactions=(ASKED,))
async def answer(s: Session, p: Answered) -> None:
    """One request that changes nothing."""
    if not is_filled(s, _texts(p.ask)):
        return
    await s.send(_request(s, p.ask), "answer", interaction=ASKED)
