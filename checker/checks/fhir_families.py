"""Which UK Core StructureDefinitions a resource of a special sort has to conform to.

Those of the sort that it claims in ``meta.profile``; where it claims none of UK Core at all, those that fit what it is
about, by category or code. A resource that claims UKCore-Observation alone is held against that alone: it is how a
vital sign that was amended is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from checker.checks.fhir_judging import UK_CORE, claims

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_SECTION = "http://terminology.hl7.org/CodeSystem/v2-0074"
_VITAL = "Observation-VitalSigns"
BY_LOINC = {
    "85354-9": "BloodPressure",
    "39156-5": "BMI",
    "8302-2": "BodyHeight",
    "29463-7": "BodyWeight",
    "8310-5": "BodyTemperature",
    "9843-4": "HeadCircumference",
    "8867-4": "HeartRate",
    "9279-1": "RespirationRate",
    "2708-6": "OxygenSaturation",
}
"""LOINC code → the end of the name of the StructureDefinition that fixes it."""
_OF_VITAL_SIGNS = frozenset(
    (
        "75367002",
        "60621009",
        "50373000",
        "27113001",
        "386725007",
        "363812007",
        "364075005",
        "86290005",
        "431314004",
    )
)
"""The same in SNOMED CT. Others in the category, such as an average of a day, have definitions of their own."""
SURVEYS = (
    "Observation-ACVPU",
    "Observation-AlcoholConsumption",
    "Observation-AverageBloodPressure",
    "Observation-BloodGlucose",
    "Observation-EarlyWarningTotalScore",
    "Observation-InspiredOxygen",
    "Observation-TobaccoConsumption",
)
_ACVPU = "1104441000000107"
LABORATORY = ("Observation-Lab", "Observation-Group-Lab", "DiagnosticReport-Lab", "ServiceRequest-Lab")
_FORMER = {"Observation-LabGroup": "Observation-Group-Lab"}
"""Names that UK Core gave up, and what took their place."""


TYPES_OF = {
    "vital-signs": ("Observation",),
    "vital-sign-codes": ("Observation",),
    "surveys": ("Observation",),
    "laboratory": ("Observation", "DiagnosticReport", "ServiceRequest"),
}
"""The resource types of each family; resources of others are in none."""


def of_family(family: str, resource: dict[str, Any]) -> tuple[str, ...]:
    """The canonicals; none when the resource does not belong to the family."""
    found = _FAMILIES[family](resource)
    return tuple(dict.fromkeys(UK_CORE + name for name in found))


def codings(concept: Any) -> Iterator[dict[str, Any]]:
    """The codings of a CodeableConcept that are objects."""
    listed = concept.get("coding") if isinstance(concept, dict) else None
    yield from (one for one in listed if isinstance(one, dict)) if isinstance(listed, list) else ()


def in_category(resource: dict[str, Any], system: str, code: str) -> bool:
    """Does one of its categories have that code?"""
    listed = resource.get("category")
    categories = listed if isinstance(listed, list) else [listed]
    return any(one.get("system") == system and one.get("code") == code for each in categories for one in codings(each))


def _vital_signs(resource: dict[str, Any]) -> Iterator[str]:
    claimed = list(_claimed(resource))
    if resource["resourceType"] != "Observation":
        return
    by_code = not claimed and in_category(resource, _CATEGORY, "vital-signs") and _is_vital_sign(resource)
    if by_code or any(one.startswith(_VITAL) for one in claimed):
        yield _VITAL


def _is_vital_sign(resource: dict[str, Any]) -> bool:
    known = ((LOINC, tuple(BY_LOINC)), (SNOMED, tuple(_OF_VITAL_SIGNS)))
    coded = [(one.get("system"), one.get("code")) for one in codings(resource.get("code"))]
    return any(system == named and code in codes for system, code in coded for named, codes in known)


def _vital_sign_codes(resource: dict[str, Any]) -> Iterator[str]:
    if resource["resourceType"] != "Observation":
        return
    claimed = list(_claimed(resource))
    if not claimed or any(one.startswith(_VITAL) for one in claimed):
        for one in codings(resource.get("code")):
            if one.get("system") == LOINC and (code := one.get("code")) in tuple(BY_LOINC):
                yield f"{_VITAL}-{BY_LOINC[code]}"
    yield from (one for one in claimed if one.removeprefix(f"{_VITAL}-") in BY_LOINC.values())


def _surveys(resource: dict[str, Any]) -> Iterator[str]:
    if resource["resourceType"] != "Observation":
        return
    claimed = list(_claimed(resource))
    coded = codings(resource.get("code"))
    if not claimed and any(one.get("system") == SNOMED and one.get("code") == _ACVPU for one in coded):
        yield "Observation-ACVPU"
    yield from (one for one in claimed if one in SURVEYS)


def _laboratory(resource: dict[str, Any]) -> Iterator[str]:
    kind = resource["resourceType"]
    claimed = list(_claimed(resource))
    for one in claimed:
        name = _FORMER.get(one, one)
        if name in LABORATORY and name.startswith(f"{kind}-"):
            yield name
    if kind == "DiagnosticReport" and not claimed and in_category(resource, _SECTION, "LAB"):
        yield "DiagnosticReport-Lab"


def _claimed(resource: dict[str, Any]) -> Iterator[str]:
    yield from (url.removeprefix(UK_CORE) for url in claims(resource) if url.startswith(UK_CORE))


_FAMILIES: dict[str, Callable[[dict[str, Any]], Iterator[str]]] = {
    "vital-signs": _vital_signs,
    "vital-sign-codes": _vital_sign_codes,
    "surveys": _surveys,
    "laboratory": _laboratory,
}
