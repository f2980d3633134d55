"""Probes of declared operations that read and change nothing. Source: http://hl7.org/fhir/R4/operations.html."""

from __future__ import annotations

import json

from checker.fhir import known_operations
from checker.model.asked import ASIDE, OfType, ReadOnlyOperations
from checker.model.exchange import Request
from checker.model.need import Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Safety
from checker.model.value import NoParams
from checker.probes.fhir import ACCEPT, found_ids, get, search_need

_CAPABILITIES = Need(probe="fhir.capabilities", params=NoParams())
_OFFERED = {"resourceType": "Patient", "active": True, "gender": "unknown", "birthDate": "2000-01-01"}
"""A resource of nobody."""


@probe(
    "fhir.operations",
    "1",
    params=ReadOnlyOperations,
    uses=lambda p: (_CAPABILITIES, search_need(p.type)),
    budget=lambda p: Budget(requests=p.times),
)
async def operations(s: Session, p: ReadOnlyOperations) -> None:
    """GET each declared operation that is known to change nothing, up to a limit; of instances, of the first found."""
    stated = (await s.need(_CAPABILITIES)).exchange("metadata")
    statement = stated.json().value if stated is not None and stated.ok else None
    tried = [one for one in known_operations.declared(statement) if not one.of_instance or one.type == p.type]
    for one in tried[: p.times]:
        path = one.type
        if one.of_instance:
            ids = await found_ids(s, p.type)
            if not ids:
                continue
            path = f"{one.type}/{ids[0]}"
        url = s.url(f"{path}/${one.name}", **dict(one.query))
        await s.send(get(url), one.role, interaction="operation")


@probe(
    "fhir.validate-operation",
    "1",
    params=OfType,
    uses=lambda p: (_CAPABILITIES,),
    budget=lambda p: Budget(requests=2),
    safety=Safety.S2,
)
async def validate_operation(s: Session, p: OfType) -> None:
    """POST Patient/$validate with a resource that is right (control) and with one that is not (mutant).

    Nothing is stored by it (http://hl7.org/fhir/R4/resource-operation-validate.html), and nobody is told of.
    """
    stated = (await s.need(_CAPABILITIES)).exchange("metadata")
    statement = stated.json().value if stated is not None and stated.ok else None
    if not known_operations.declares_validate(statement, "Patient"):
        return
    headers = (*ACCEPT, ("Content-Type", "application/fhir+json"))
    control, mutant = (
        Request(url=s.url("Patient/$validate"), method="POST", headers=headers, body=json.dumps(one).encode())
        for one in (_OFFERED, {**_OFFERED, "gender": "no-such-gender"})
    )
    await s.pair(control, mutant, differs_in="body", interaction="operation", view=ASIDE)
