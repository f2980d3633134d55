"""Confidentiality labels of resources, and what of a restricted patient would tell where they live.

Sources: http://terminology.hl7.org/CodeSystem/v3-Confidentiality (the codes and their order),
http://hl7.org/fhir/R4/security-labels.html (``meta.security``), and the specification of the PDS FHIR API (R:
restricted, so that whatever tells of the patient's location is taken out of the answer).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from checker.fhir import bundle

SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
SYSTEMS = (
    SYSTEM,
    "http://hl7.org/fhir/v3/Confidentiality",
    "urn:oid:2.16.840.1.113883.5.25",
    "https://www.hl7.org/fhir/valueset-security-labels.html",
)
"""The system, its older names, and the one that early examples of PDS have. No set: what is looked up may be a list."""
LEVELS = ("U", "L", "M", "N", "R", "V")
"""From unrestricted to very restricted."""
CODES = (*LEVELS, "B", "D", "I", "ETH", "HIV", "PSY", "SDV", "C", "S", "T")
"""All codes that the system ever had; those after the levels are deprecated, and still its own."""
RESTRICTED = frozenset(("R", "V"))
BIRTH_PLACE = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"
_DISPENSERS = ("nominatedpharmacy", "preferreddispenserorganization", "medicalappliancesupplier")
"""How the URLs of extensions end that name where a patient's medicines are dispensed."""
_SAYS_NOTHING = frozenset(("id", "extension", "use", "period", "type", "rank", "relationship", "name", "gender"))
"""Members of an address, a contact point, a reference or a contact that tell of no place by themselves."""


def labels(resource: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """The labels of a resource that are objects, with their index in ``meta.security``."""
    meta = resource.get("meta") if isinstance(resource, dict) else None
    listed = meta.get("security") if isinstance(meta, dict) else None
    for index, one in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(one, dict):
            yield index, one


def codes(resource: Any) -> tuple[str, ...]:
    """The confidentiality codes of a resource, as they stand."""
    return tuple(
        one["code"] for _, one in labels(resource) if one.get("system") in SYSTEMS and isinstance(one.get("code"), str)
    )


def level(resource: Any) -> int | None:
    """The strictest level of a resource, as its place in :data:`LEVELS`; None when it names none.

    >>> level({"meta": {"security": [{"system": SYSTEM, "code": "R"}, {"system": SYSTEM, "code": "N"}]}})
    4
    """
    found = [LEVELS.index(code) for code in codes(resource) if code in LEVELS]
    return max(found) if found else None


def is_restricted(resource: Any) -> bool:
    """Does a label say restricted or very restricted?"""
    return any(code in RESTRICTED for code in codes(resource))


def restricted_ids(answers: Iterable[tuple[Any, str]]) -> tuple[str, ...]:
    """The logical ids of the restricted patients in parsed answers, each with the URL that was asked for.

    A bare patient counts only where it has the id that was read: a server may answer with somebody else.
    """
    found: dict[str, None] = {}
    for answer, url in answers:
        if isinstance(answer, dict) and answer.get("resourceType") == "Patient":
            patients = [answer] if url.rpartition("/")[2] == answer.get("id") else []
        else:
            patients = [one for _, one in bundle.matches(answer, "Patient")]
        for one in patients:
            if is_restricted(one) and bundle.is_id(one.get("id")):
                found[one["id"]] = None
    return tuple(found)


def location(patient: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What of a patient tells where they are: the sort of it, and the rest of its pointer."""
    for member, sort in (("address", "address"), ("telecom", "telecom"), ("generalPractitioner", "practice")):
        yield from ((sort, f"/{member}/{index}") for index, one in _items(patient.get(member)) if _tells(one))
    for index, contact in _items(patient.get("contact")):
        if _tells(contact):
            yield "contact", f"/contact/{index}"
    for index, extension in _items(patient.get("extension")):
        url = extension.get("url")
        if url == BIRTH_PLACE:
            yield "birth-place", f"/extension/{index}"
        elif isinstance(url, str) and url.lower().endswith(_DISPENSERS):
            yield "pharmacy", f"/extension/{index}"
    for index, inner in _items(patient.get("contained")):
        if any(_tells(one) for name in ("address", "telecom", "contact") for _, one in _items(inner.get(name))):
            yield "contained", f"/contained/{index}"


def has_place(resource: dict[str, Any]) -> bool:
    """Does a related person carry an address or a contact point?"""
    return any(_tells(one) for name in ("address", "telecom") for _, one in _items(resource.get(name)))


def _items(node: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a list, or the one object in its place."""
    for index, one in enumerate(node if isinstance(node, list) else (node,)):
        if isinstance(one, dict):
            yield index, one


def _tells(node: dict[str, Any]) -> bool:
    return any(value not in (None, "", [], {}) for name, value in node.items() if name.lstrip("_") not in _SAYS_NOTHING)
