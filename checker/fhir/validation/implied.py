"""StructureDefinitions that apply without being named: vital signs by their code, and those of implementation guides.

The specification asks that a record of a vital sign conforms to its vital signs StructureDefinition, and gives the
codes by which one is known; an ImplementationGuide in a package may name StructureDefinitions for all resources of a
type.

Source: http://hl7.org/fhir/R4/observation-vitalsigns.html and
http://hl7.org/fhir/R4/implementationguide-definitions.html#ImplementationGuide.global
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from checker.fhir.instance import Node
from checker.fhir.validation.run import Library

_BASE = "http://hl7.org/fhir/StructureDefinition/"
_LOINC = "http://loinc.org"
_SNOMED = "http://snomed.info/sct"

_VITAL_SIGNS: dict[str, dict[str, str]] = {
    _LOINC: {
        "vitalspanel": "85353-1",
        "resprate": "9279-1 76170-0 76172-6 76171-8 19840-8 33438-3 76270-8 11291-2",
        "heartrate": "8867-4 60978-4 73795-7 73799-9 76476-1 76477-9 8889-8 8890-6 8891-4 8892-2 8893-0 40443-4"
        " 55425-3 68999-2 11328-2 69000-8 8886-4",
        "oxygensat": "2708-6 59408-5 19224-5 20564-1 2709-4 2710-2 2713-6 51733-4 59417-6 89276-0 97549-0",
        "bodytemp": "8310-5 60834-9 60835-6 60836-4 60838-0 60955-2 61009-7 75539-7 75987-8 76010-8 76011-6 76278-1"
        " 8309-7 8328-7 8329-5 8330-3 8331-1 8332-9 8333-7 8334-5 91371-5 98657-0 98663-8",
        "bodyheight": "8302-2 3137-7 3138-5 8306-3 8308-9",
        "headcircum": "9843-4 8287-5",
        "bodyweight": "29463-7 3141-9 3142-7 75292-3 79348-9 8350-1 8351-9",
        "bmi": "39156-5 89270-3",
        "bp": "85354-9 35094-2 8459-0 76534-7 55284-4 8480-6",
    },
    _SNOMED: {
        "vitalspanel": "46680005",
        "resprate": "86290005 271625008 271306003",
        "heartrate": "271306003 249043002 444981005 399017001 251670001 429525003 429614003",
        "oxygensat": "442476006 431314004",
        "bodytemp": "386725007 276885007 300076005 1222808002 364246006 307047009 708499008 431598003 698831002"
        " 698832009 415882003 415974002 415929009 415945006",
        "bodyheight": "1153637007 1162419008 50373000 1162418000 1230278008 1162392001 1162417005",
        "headcircum": "363812007 169876006 1269262007 363811000",
        "bodyweight": "735395000 425024002 424927000 784399000 1162416001 1162415002",
        "bmi": "60621009",
        "bp": "251076008 163033001 163035008 386534000 386536003 271649006 271650006 407556006 407554009 716579001"
        " 399304008",
    },
}

_BY_CODE: dict[tuple[str, str], tuple[int, str]] = {}
"""By system and code: the place in the table and the canonical. A code of two signs counts for the first."""
for _place, (_system, _name, _codes) in enumerate(
    (system, name, codes) for system, signs in _VITAL_SIGNS.items() for name, codes in signs.items()
):
    for _code in _codes.split():
        _BY_CODE.setdefault((_system, _code), (_place, _BASE + _name))


def vital_sign(node: Node) -> str | None:
    """The vital signs StructureDefinition that the codes of an Observation ask for: one, the first of the table."""
    if node.type != "Observation":
        return None
    found = [
        _BY_CODE[key]
        for code in node.children("code")
        for coding in code.children("coding")
        if (key := (coding.text("system") or "", coding.text("code") or "")) in _BY_CODE
    ]
    return min(found)[1] if found else None


_GLOBALS: WeakKeyDictionary[Any, dict[str, list[str]]] = WeakKeyDictionary()


def of_guides(library: Library, kind: str) -> list[str]:
    """The StructureDefinitions that the implementation guides of the packages name for all resources of a type."""
    found = _GLOBALS.get(library)
    if found is None:
        found = _GLOBALS[library] = _read_guides(library)
    return found.get(kind, [])


def _read_guides(library: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for provider in getattr(library, "packages", ()):
        for entry in provider.entries("ImplementationGuide"):
            guide = provider.load(entry)
            listed = guide.get("global") if guide is not None else None
            for one in listed if isinstance(listed, list) else []:
                if isinstance(one, dict) and isinstance(one.get("type"), str) and isinstance(one.get("profile"), str):
                    found.setdefault(one["type"], []).append(one["profile"])
    return found
