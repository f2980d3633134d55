"""What a test system is offered: synthetic patients that bear a mark, and breaches of one rule each, as a table.

Source: http://hl7.org/fhir/R4/patient.html.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

KIND = "Patient"
"""The type that is written: hardly a server lacks it, and none of its elements is required."""
SYSTEM = "https://nhs-standards-checker.example/Id/probe"
TAG = {
    "system": "https://nhs-standards-checker.example/CodeSystem/made-by",
    "code": "probe",
    "display": "Made by nhs-standards-checker for a test; may be deleted",
}
_NHS_NUMBER = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9991110003"}
_ADDRESS = re.compile(rf"{KIND}/[A-Za-z0-9\-.]{{1,64}}")


def patient(name: str, /, **more: Any) -> dict[str, Any]:
    """A synthetic patient with the mark; ``name`` is the value of its identifier. None takes an element out."""
    made: dict[str, Any] = {
        "resourceType": KIND,
        "meta": {"tag": [TAG]},
        "identifier": [{"system": SYSTEM, "value": name}, _NHS_NUMBER],
        "active": True,
        "name": [{"family": "Xxprobe", "given": ["Synthetic"]}],
        "gender": "unknown",
        "birthDate": "1970-01-01",
        **more,
    }
    return {key: value for key, value in made.items() if value is not None}


def is_ours(resource: Any) -> bool:
    """Does a resource bear the mark: the tag, or an identifier of ours? Nothing else is ever removed."""
    if not isinstance(resource, dict) or resource.get("resourceType") != KIND:
        return False
    meta, listed = resource.get("meta"), resource.get("identifier")
    tags = meta.get("tag") if isinstance(meta, dict) else None
    found = [one for part in (tags, listed) if isinstance(part, list) for one in part if isinstance(one, dict)]
    return any(one.get("system") in (SYSTEM, TAG["system"]) for one in found)


def address_in(base_url: str, text: object) -> str:
    """``Patient/id`` from a Location or a full URL below the base; "" for anything else."""
    if not isinstance(text, str):
        return ""
    path = text.removeprefix(base_url.rstrip("/") + "/").partition("/_history/")[0]
    return path if _ADDRESS.fullmatch(path) else ""


def addresses_made(base_url: str, method: str, url: str, location: object, body: Any) -> list[str]:
    """The addresses of what an accepted write made, as its answer names them. Pure; odd answers name none."""
    if isinstance(body, dict) and body.get("resourceType") == "Bundle":
        listed = body.get("entry")
        told = [one.get("response") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        found = [address_in(base_url, one.get("location")) for one in told if isinstance(one, dict)]
        return [one for one in found if one]
    held = body.get("id") if isinstance(body, dict) and body.get("resourceType") == KIND else None
    by_url = address_in(base_url, url) if method == "PUT" else ""
    place = (
        address_in(base_url, location)
        or by_url
        or (address_in(base_url, f"{KIND}/{held}") if isinstance(held, str) else "")
    )
    return [place] if place else []


@dataclass(frozen=True, kw_only=True)
class Breach:
    """One rule of R4, a valid twin, and the one change by which the twin breaks the rule."""

    what: str
    """What is wrong, as a sentence's subject."""
    twin: dict[str, Any] = field(default_factory=dict)
    """Elements of the valid twin, beside those of every patient."""
    mutant: dict[str, Any] = field(default_factory=dict)
    """The element that is changed; None takes it out."""


_EXTENSION = "https://nhs-standards-checker.example/StructureDefinition/note"
_ORGANIZATION = {"resourceType": "Organization", "id": "held", "name": "Nowhere Surgery"}
BREACHES: dict[str, Breach] = {
    "required-element": Breach(
        what="A communication without its language",
        twin={"communication": [{"language": {"text": "English"}, "preferred": True}]},
        mutant={"communication": [{"preferred": True}]},
    ),
    "required-binding": Breach(
        what="A gender that is no code of the value set", twin={"gender": "male"}, mutant={"gender": "man"}
    ),
    "type": Breach(what="A string where a boolean belongs", twin={"active": True}, mutant={"active": "yes"}),
    "unknown-element": Breach(what="An element that FHIR does not have", mutant={"favouriteColour": "teal"}),
    "date": Breach(
        what="A date that no calendar has", twin={"birthDate": "1970-02-28"}, mutant={"birthDate": "1970-02-30"}
    ),
    "reference": Breach(
        what="A reference to a contained resource that is not there",
        twin={"contained": [_ORGANIZATION], "managingOrganization": {"reference": "#held"}},
        mutant={"contained": None},
    ),
    "invariant": Breach(
        what="A contact of whom nothing is told (pat-1)",
        twin={"contact": [{"gender": "female", "name": {"family": "Xxprobe"}}]},
        mutant={"contact": [{"gender": "female"}]},
    ),
    "choice": Breach(
        what="A choice with two types at once",
        twin={"deceasedBoolean": True},
        mutant={"deceasedDateTime": "2020-01-01"},
    ),
    "empty-value": Breach(
        what="An empty string",
        twin={"name": [{"family": "Xxprobe"}]},
        mutant={"name": [{"family": ""}]},
    ),
    "extension": Breach(
        what="An extension without a URL",
        twin={"extension": [{"url": _EXTENSION, "valueString": "synthetic"}]},
        mutant={"extension": [{"valueString": "synthetic"}]},
    ),
    "number": Breach(
        what="A fraction where an integer belongs",
        twin={"multipleBirthInteger": 2},
        mutant={"multipleBirthInteger": 1.5},
    ),
    "array": Breach(
        what="A bare object where an array belongs",
        twin={"name": [{"family": "Xxprobe"}]},
        mutant={"name": {"family": "Xxprobe"}},
    ),
}
VALID: dict[str, dict[str, Any]] = {
    "year-of-birth": {"birthDate": "1970"},
    "month-of-birth": {"birthDate": "1970-02"},
    "two-names": {"name": [{"family": "Xxprobe"}, {"use": "old", "text": "Zoë Ågren-O’Probe"}]},
    "contained": {"contained": [_ORGANIZATION], "managingOrganization": {"reference": "#held"}},
}
"""Resources that are right though unusual."""
