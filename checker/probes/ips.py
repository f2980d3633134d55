"""Probes of the International Patient Summary: from the interface, and as files.

Source: http://hl7.org/fhir/uv/ips/OperationDefinition/summary.
"""

from __future__ import annotations

from checker.fhir.statement import has_operation
from checker.model.asked import OfType
from checker.model.need import Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Safety
from checker.model.value import NoParams
from checker.probes.fhir import found_ids, get, search_need

SUMMARY = "http://hl7.org/fhir/uv/ips/OperationDefinition/summary"
KIND = "ips-document"
PATIENTS = 2
"""So many patients' summaries are asked for: one alone may have all sections full, or none."""
_CAPABILITIES = Need(probe="fhir.capabilities", params=NoParams())


@probe(
    "ips.summary",
    "1",
    uses=lambda p: (_CAPABILITIES, search_need("Patient")),
    budget=lambda p: Budget(requests=PATIENTS),
    interactions=("operation",),
)
async def summary(s: Session, p: NoParams) -> None:
    """GET Patient/[id]/$summary for the first patients found, where the CapabilityStatement declares the operation."""
    stated = (await s.need(_CAPABILITIES)).exchange("metadata")
    declared = stated is not None and stated.ok and has_operation(stated.json().value, SUMMARY, "summary", "Patient")
    s.note("declared", declared)
    if not declared:
        return
    for id in (await found_ids(s, OfType().type))[:PATIENTS]:
        await s.send(get(s.url(f"Patient/{id}/$summary")), "summary", interaction="operation")


@probe("ips.documents", "1", budget=lambda p: Budget(artefacts=1), safety=Safety.S0)
async def documents(s: Session, p: NoParams) -> None:
    """The summaries that the supplier submits as files (artefact ``ips-document``); nothing where there are none."""
    if s.supplier.artefacts_of(KIND):
        await s.artefacts(KIND, "document", "ips-document")
