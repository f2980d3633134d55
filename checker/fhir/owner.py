"""Whose a resource is: the patient that it is about, by the elements that lead into the patient compartment.

Source: http://hl7.org/fhir/R4/compartmentdefinition-patient.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.fhir import bundle

_LEADS = ("subject", "patient", "beneficiary", "individual", "for")
"""Elements by which most resources name their patient."""
_DEEPEST = 4
"""Bundles within Bundles: the answer to a batch holds the answers to its searches."""


def resources(body: Any, deep: int = 0) -> Iterator[dict[str, Any]]:
    """The resources of a body: itself, or what its Bundle holds, also where that is a Bundle again."""
    if not isinstance(body, dict) or deep > _DEEPEST:
        return
    if body.get("resourceType") != "Bundle":
        yield body
        return
    for _, entry in bundle.entries(body):
        yield from resources(entry.get("resource"), deep + 1)


def is_about(resource: dict[str, Any], patient: str) -> bool:
    """Is that the patient with this id, or a resource that names it as its subject?

    >>> is_about({"resourceType": "Patient", "id": "p1"}, "p1")
    True
    >>> is_about({"resourceType": "Observation", "subject": {"reference": "Patient/p1/_history/2"}}, "p1")
    True
    >>> is_about({"resourceType": "Observation", "subject": {"reference": "Patient/p10"}}, "p1")
    False
    """
    if resource.get("resourceType") == "Patient":
        return resource.get("id") == patient
    found = [resource.get(name) for name in _LEADS]
    found += [one.get("actor") for one in _participants(resource)]
    return any(_leads_to(one, patient) for one in found)


def _participants(resource: dict[str, Any]) -> list[dict[str, Any]]:
    listed = resource.get("participant")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _leads_to(reference: Any, patient: str) -> bool:
    text = reference.get("reference") if isinstance(reference, dict) else None
    if not isinstance(text, str):
        return False
    parts = text.split("/_history/")[0].split("/")
    return parts[-2:] == ["Patient", patient]
