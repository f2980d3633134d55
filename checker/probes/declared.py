"""Probes of what the CapabilityStatement declares: types, interactions, formats.

They ask for what is declared, and never for more than the plan holds.
Source: http://hl7.org/fhir/R4/capabilitystatement-definitions.html.
"""

from __future__ import annotations

from checker.fhir import bundle, statement
from checker.model.asked import Declared
from checker.model.exchange import Request
from checker.model.need import ANY, AtMost, Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.value import NoParams
from checker.probes.fhir import read_need, search_need

_CAPABILITIES = Need(probe="fhir.capabilities", params=NoParams())


@probe(
    "fhir.declared",
    "1",
    params=Declared,
    uses=lambda p: (
        _CAPABILITIES,
        AtMost(need=search_need(ANY), times=p.types),
        AtMost(need=read_need(ANY), times=p.types),
    ),
    budget=lambda p: Budget(),
)
async def declared(s: Session, p: Declared) -> None:
    """Search each type that is declared for it, up to a limit, and read one of what was found."""
    stated = await _statement(s)
    interactions = statement.interactions(stated)

    async def one(name: str) -> None:
        (found,) = await s.each([search_need(name)])
        exchange = found.exchange("search")
        ids = bundle.ids(exchange.json().value, name) if exchange is not None and exchange.ok else ()
        if "read" in interactions[name]:
            await s.each(read_need(name, id) for id in ids[:1])

    await s.together(one(name) for name in statement.searchable(stated)[: p.types])


@probe("fhir.formats", "1", uses=lambda p: (_CAPABILITIES,), interactions=("capabilities",))
async def formats(s: Session, p: NoParams) -> None:
    """GET [base]/metadata in XML, where XML is declared. In JSON it was asked for already.

    The statement is asked for since nobody's record is in it.
    """
    if "xml" in statement.families(await _statement(s)):
        asked = Request(url=s.url("metadata"), headers=(("Accept", "application/fhir+xml"),))
        await s.send(asked, "xml", interaction="capabilities")


async def _statement(s: Session) -> object:
    """The parsed statement; None if there is none."""
    exchange = (await s.need(_CAPABILITIES)).exchange("metadata")
    return exchange.json().value if exchange is not None and exchange.ok else None
