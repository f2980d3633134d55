"""Documents that a careful parser refuses, offered to $validate, which stores nothing.

Source: OWASP ASVS 5.0.0 sections 1.5.1 and 1.5.3; RFC 8259 sections 4 and 6.
"""

from __future__ import annotations

from checker.fhir import known_operations
from checker.fhir import statement as stated
from checker.model.asked import ASIDE
from checker.model.exchange import Request
from checker.model.need import Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Safety
from checker.model.value import NoParams
from checker.probes.fhir import ACCEPT

_CAPABILITIES = Need(probe="fhir.capabilities", params=NoParams())
_PLAIN = b'{"resourceType": "Patient", "active": true, "gender": "female"}'
_ODD = (
    b'{"resourceType": "Patient", "active": true, "gender": "male", "gender": "female"}',
    b'{"resourceType": "Patient", "active": true, "gender": "female", "multipleBirthInteger": NaN}',
)
"""A key twice, and a number that JSON does not have."""
_XML = '<?xml version="1.0" encoding="UTF-8"?>%s<Patient xmlns="http://hl7.org/fhir"><gender value="%s"/></Patient>'
_TYPE = '<!DOCTYPE Patient [<!ENTITY checker "%s">]>'


async def _declared(s: Session) -> object | None:
    """The CapabilityStatement where it declares $validate for Patient."""
    exchange = (await s.need(_CAPABILITIES)).exchange("metadata")
    statement = exchange.json().value if exchange is not None and exchange.ok else None
    return statement if known_operations.declares_validate(statement, "Patient") else None


async def _offer(s: Session, kind: str, plain: bytes, odd: bytes) -> None:
    headers = (*ACCEPT, ("Content-Type", f"application/fhir+{kind}"))
    control, mutant = (
        Request(url=s.url("Patient/$validate"), method="POST", headers=headers, body=body) for body in (plain, odd)
    )
    await s.pair(control, mutant, differs_in="body", interaction="operation", view=ASIDE)


@probe(
    "hardening.odd-json", "1", uses=lambda p: (_CAPABILITIES,), budget=lambda p: Budget(requests=4), safety=Safety.S2
)
async def odd_json(s: Session, p: NoParams) -> None:
    """A Patient of nobody in JSON (control), and the same with a key twice, then with NaN (mutants)."""
    if await _declared(s) is None:
        return
    for odd in _ODD:
        await _offer(s, "json", _PLAIN, odd)


@probe(
    "hardening.xml-entities",
    "1",
    uses=lambda p: (_CAPABILITIES,),
    budget=lambda p: Budget(requests=4),
    safety=Safety.S2,
)
async def xml_entities(s: Session, p: NoParams) -> None:
    """A Patient of nobody in XML (control), and the same with its gender by an entity of its own (mutant).

    Once with a gender that there is, once with one that there is not: whether a parser resolves the entity shows in
    what the server says of the two. No entity is an address or a file, and none holds another.
    """
    statement = await _declared(s)
    if statement is None or "xml" not in stated.families(statement):
        return
    for gender in ("female", "no-such-gender"):
        plain = _XML % ("", gender)
        typed = _XML % (_TYPE % gender, "&checker;")
        await _offer(s, "xml", plain.encode(), typed.encode())
