"""An Identifier: its system is an absolute URL, and the number rules of some systems.

Source: http://hl7.org/fhir/R4/datatypes.html#Identifier
"""

from __future__ import annotations

import re
from typing import Final

from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run
from checker.fhir.validation.special import nhs_number

_SOURCE: Final = "http://hl7.org/fhir/R4/datatypes.html#Identifier"
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+")
_URI: Final = "urn:ietf:rfc:3986"
_UUIDS: Final = "https://tools.ietf.org/html/rfc4122"
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)

SYSTEM = rule(
    "identifier-system-relative",
    "error",
    "code-invalid",
    title="The system of the identifier is no absolute URL",
    why="Two identifiers of one value are told apart by their system, wherever they are read.",
    fix="Give the URL, the OID (urn:oid:…) or the UUID (urn:uuid:…) of the system.",
    source=_SOURCE,
    good='"system": "https://fhir.nhs.uk/Id/nhs-number"',
    bad='"system": "nhs-number"',
)
URI_VALUE = rule(
    "identifier-uri-value",
    "error",
    "code-invalid",
    title="The system says that the identifier is a URI, but the value is none",
    why=f"With the system {_URI} the value must mean the same everywhere.",
    fix="Write the whole URI, such as urn:uuid:…, or give the system that the value is from.",
    source="http://hl7.org/fhir/R4/datatypes.html#Identifier",
)
UUID_SYSTEM = rule(
    "identifier-uuid-system",
    "warning",
    "code-invalid",
    title="A UUID is identified by the address of the document that describes UUIDs",
    why="Readers do not know this system.",
    fix=f"Use the system {_URI}, and a value that starts with urn:uuid:.",
    source=_SOURCE,
    good=f'"system": "{_URI}", "value": "urn:uuid:6f4e4d40-1b8c-4a52-9c07-0a1f6a0b2d11"',
    bad=f'"system": "{_UUIDS}", "value": "6f4e4d40-1b8c-4a52-9c07-0a1f6a0b2d11"',
)


def check(run: Run, node: Node) -> None:
    """Judge an Identifier."""
    system, value = node.text("system"), node.text("value")
    if system and not _ABSOLUTE.fullmatch(system.strip()):
        said = f"The system '{system}' is no absolute URL."
        run.report(SYSTEM, node, said, below="system", found=system)
    if system == _URI and value and not _ABSOLUTE.fullmatch(value):
        run.report(URI_VALUE, node, f"'{value}' is no URI, as the system says.", below="value", found=value)
    if system == _UUIDS and value:
        right = value.startswith("urn:uuid:") or _UUID.fullmatch(value) is not None
        said = f"The system of a UUID is {_URI}" + ("." if right else f", and '{value}' is no UUID.")
        run.report(UUID_SYSTEM, node, said, below="system", severity="warning" if right else "error", found=system)
    nhs_number.check(run, node)
