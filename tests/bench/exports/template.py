"""Templates of resources: written as values, filled as text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"
LOINC, SNOMED, UCUM = "http://loinc.org", "http://snomed.info/sct", "http://unitsofmeasure.org"
HL7 = "http://terminology.hl7.org/CodeSystem"
SUPPLIER = "https://supplier.example/Id"
CONFIDENTIALITY = f"{HL7}/v3-Confidentiality"
DIV = '<div xmlns="http://www.w3.org/1999/xhtml"><p>%s</p></div>'
_RAW = re.compile(r'"#(.*?)#"')


def dumped(value: Any) -> str:
    """JSON as the whole export has it: nothing between the tokens, and letters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def template(value: Any) -> str:
    """JSON text to be filled with ``%``. Where a text is ``#…#``, what stands between is not quoted."""
    return _RAW.sub(r"\1", dumped(value))


def coding(system: str, code: str, display: str = "") -> dict[str, Any]:
    """A Coding; its display only where it is known for sure."""
    return {"system": system, "code": code, **({"display": display} if display else {})}


def concept(system: str, code: str, display: str = "") -> dict[str, Any]:
    """A CodeableConcept of one coding."""
    return {"coding": [coding(system, code, display)]}


def quantity(unit: str, ucum: str, form: str) -> dict[str, Any]:
    """A Quantity whose value is filled in by that form."""
    return {"value": f"#{form}#", "unit": unit, "system": UCUM, "code": ucum}


def meta(claimed: str, *, restricted: bool = False) -> str:
    """The template of ``meta``, to be filled with the time of the last change."""
    label = {"security": [coding(CONFIDENTIALITY, "R", "restricted")]} if restricted else {}
    return template({"versionId": "1", "lastUpdated": "%s", "profile": [UK_CORE + claimed], **label})


class Form:
    """The templates of one kind of resource: plain or restricted, with or without a narrative.

    Filled first with id and time of the change, then with the narrative where there is one, then with the rest.
    """

    __slots__ = ("kind", "told", "untold")

    def __init__(self, kind: str, claimed: str, body: Mapping[str, Any]) -> None:
        self.kind = kind
        self.untold: list[str] = []
        self.told: list[str] = []
        for restricted in (False, True):
            head = template({"resourceType": kind, "id": "%s", "meta": "#META#"})
            head = head.replace("META", meta(claimed, restricted=restricted))
            text = template({"text": {"status": "generated", "div": DIV}})
            self.untold.append(f"{head[:-1]},{template(body)[1:]}")
            self.told.append(f"{head[:-1]},{text[1:-1]},{template(body)[1:]}")
