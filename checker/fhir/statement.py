"""Read a CapabilityStatement that may be anything: nothing here raises on odd input.

Source: http://hl7.org/fhir/R4/capabilitystatement-definitions.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}")
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9\-_]{0,63}")
_INCLUDE = re.compile(r"[A-Z][A-Za-z]{1,63}:[A-Za-z][A-Za-z0-9\-]{0,63}(:[A-Z][A-Za-z]{1,63})?")
_FORMATS = {
    "json": frozenset({"json", "text/json", "application/json", "application/fhir+json", "application/json+fhir"}),
    "xml": frozenset({"xml", "text/xml", "application/xml", "application/fhir+xml", "application/xml+fhir"}),
}
"""Family → the ways in which a statement may name it, the older forms among them."""
CARE_FIRST = (
    "Patient",
    "AllergyIntolerance",
    "Condition",
    "MedicationRequest",
    "MedicationStatement",
    "Observation",
    "Immunization",
    "Encounter",
    "Procedure",
    "DiagnosticReport",
    "DocumentReference",
    "Appointment",
    "CarePlan",
    "ServiceRequest",
    "Practitioner",
    "Organization",
)
"""When not all types can be tried, those that care most depends on come first."""


def rests(statement: Any) -> Iterator[dict[str, Any]]:
    """The parts that speak of a REST server."""
    found = statement.get("rest") if isinstance(statement, dict) else None
    for rest in found if isinstance(found, list) else ():
        if isinstance(rest, dict) and rest.get("mode") == "server":
            yield rest


def resources(statement: Any) -> Iterator[dict[str, Any]]:
    """What is declared of each resource type."""
    for rest in rests(statement):
        found = rest.get("resource")
        for resource in found if isinstance(found, list) else ():
            if isinstance(resource, dict):
                yield resource


def interactions(statement: Any) -> dict[str, frozenset[str]]:
    """Resource type → the interaction codes that are declared for it. Types that care needs most come first.

    Only what a type name may be: it goes into a URL.
    """
    found: dict[str, frozenset[str]] = {}
    for resource in resources(statement):
        name, listed = resource.get("type"), resource.get("interaction")
        if isinstance(name, str) and _TYPE.fullmatch(name):
            codes = [one.get("code") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
            found[name] = found.get(name, frozenset()) | {code for code in codes if isinstance(code, str)}
    first = {name: place for place, name in enumerate(CARE_FIRST)}
    return dict(sorted(found.items(), key=lambda item: first.get(item[0], len(first))))


def searchable(statement: Any) -> tuple[str, ...]:
    """The types for which ``search-type`` is declared, those that care needs most first."""
    return tuple(name for name, codes in interactions(statement).items() if "search-type" in codes)


def parameters(part: dict[str, Any]) -> tuple[str, ...] | None:
    """The names of the search parameters that a ``rest`` or a resource in it lists; None if they cannot be read."""
    listed = part.get("searchParam", [])
    if not isinstance(listed, list):
        return None
    names = [one.get("name") if isinstance(one, dict) else None for one in listed]
    return None if any(not isinstance(name, str) for name in names) else tuple(map(str, names))


def formats(statement: Any) -> tuple[str, ...]:
    """The formats as they are written, without their parameters, in lower case."""
    found = statement.get("format") if isinstance(statement, dict) else None
    listed = found if isinstance(found, list) else ()
    return tuple(one.partition(";")[0].strip().lower() for one in listed if isinstance(one, str))


def families(statement: Any) -> tuple[str, ...]:
    """``json`` and ``xml``, each if a format of that family is declared. Other formats are left out."""
    named = frozenset(formats(statement))
    return tuple(family for family, spellings in _FORMATS.items() if spellings & named)


def other_formats(statement: Any) -> tuple[str, ...]:
    """The declared formats that belong to neither family."""
    known = _FORMATS["json"] | _FORMATS["xml"]
    return tuple(dict.fromkeys(name for name in formats(statement) if name and name not in known))


def typed_parameters(statement: Any, resource_type: str) -> dict[str, str]:
    """Search parameter → its type as it is stated ("" if it is not), of one resource type and of all of them."""
    found: dict[str, str] = {}
    parts = [*rests(statement), *(one for one in resources(statement) if one.get("type") == resource_type)]
    for part in parts:
        listed = part.get("searchParam")
        for one in listed if isinstance(listed, list) else ():
            name = one.get("name") if isinstance(one, dict) else None
            if isinstance(name, str) and _PARAMETER.fullmatch(name):
                kind = one.get("type")
                found[name] = kind if isinstance(kind, str) else ""
    return dict(sorted(found.items()))


def includes(statement: Any, resource_type: str) -> tuple[str, ...]:
    """The values for ``_include`` that are stated of a resource type, each once, without the wildcard."""
    found: list[str] = []
    for one in resources(statement):
        listed = one.get("searchInclude") if one.get("type") == resource_type else None
        found += [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
    return tuple(sorted({each for each in found if _INCLUDE.fullmatch(each)}))


def operation_names(statement: Any, resource_type: str) -> tuple[str, ...]:
    """The names of the operations that are stated of a resource type."""
    found: list[str] = []
    for one in resources(statement):
        listed = one.get("operation") if one.get("type") == resource_type else None
        for each in listed if isinstance(listed, list) else ():
            name = each.get("name") if isinstance(each, dict) else None
            found += [name] if isinstance(name, str) and _PARAMETER.fullmatch(name) else []
    return tuple(sorted(set(found)))


def operations(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The operations that a ``rest`` or a resource in it lists."""
    listed = part.get("operation")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict):
            yield one


def has_operation(statement: Any, definition: str, name: str, type: str = "") -> bool:
    """Is the operation declared: by its definition, whatever its version, anywhere; or by its name for that type?

    ``type`` "" is the whole server. A name alone is a guess, and counts only where it stands at that place.
    """
    for rest in rests(statement):
        here = [rest] if not type else [one for one in resources(statement) if one.get("type") == type]
        if any(str(one.get("name", "")).lstrip("$") == name for part in here for one in operations(part)):
            return True
        parts = [rest, *resources(statement)]
        told = (one.get("definition") for part in parts for one in operations(part))
        if any(isinstance(one, str) and one.partition("|")[0] == definition for one in told):
            return True
    return False


def instantiates(statement: Any) -> tuple[str, ...]:
    """The canonical URLs of what the server says that it implements, without their versions."""
    found = statement.get("instantiates") if isinstance(statement, dict) else None
    return tuple(one.partition("|")[0] for one in found if isinstance(one, str)) if isinstance(found, list) else ()
