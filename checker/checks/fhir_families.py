"""Which UK Core StructureDefinitions a resource of a special sort has to conform to.

Those of the sort that it claims in ``meta.profile``; where it claims none of UK Core at all, those that fit what it is
about, by category or code. A resource that claims UKCore-Observation alone is held against that alone: it is how a
vital sign that was amended is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

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


_Pairs = tuple[tuple[str, str], ...]
"""System and code of each coding that has both."""


class _About(NamedTuple):
    """What families go by: type, the names that it claims of UK Core, the codings of its categories and of its code."""

    kind: str
    claimed: tuple[str, ...]
    categories: _Pairs
    codes: _Pairs


def of_family(family: str, resource: dict[str, Any]) -> tuple[str, ...]:
    """The canonicals; none when the resource does not belong to the family."""
    return of_families(resource)[family]


def of_families(resource: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The canonicals of each family, empty where the resource does not belong to it. Not to be changed."""
    return _of(_about(resource))


def _about(resource: dict[str, Any]) -> _About:
    """What families go by, of one resource."""
    listed = resource.get("category")
    categories = [pair for one in (listed if isinstance(listed, list) else [listed]) for pair in _coded(one)]
    claimed = tuple([url.removeprefix(UK_CORE) for url in claims(resource) if url.startswith(UK_CORE)])
    return _About(resource["resourceType"], claimed, tuple(categories), tuple(_coded(resource.get("code"))))


@lru_cache(maxsize=4096)
def _of(about: _About) -> dict[str, tuple[str, ...]]:
    return {
        family: tuple(dict.fromkeys(UK_CORE + name for name in named(about))) if about.kind in TYPES_OF[family] else ()
        for family, named in _FAMILIES.items()
    }


def _coded(concept: Any) -> list[tuple[str, str]]:
    pairs = ((one.get("system"), one.get("code")) for one in codings(concept))
    return [(system, code) for system, code in pairs if isinstance(system, str) and isinstance(code, str)]


def codings(concept: Any) -> Iterator[dict[str, Any]]:
    """The codings of a CodeableConcept that are objects."""
    listed = concept.get("coding") if isinstance(concept, dict) else None
    yield from (one for one in listed if isinstance(one, dict)) if isinstance(listed, list) else ()


def _vital_signs(about: _About) -> Iterator[str]:
    by_code = (_CATEGORY, "vital-signs") in about.categories and any(
        code in (BY_LOINC if system == LOINC else _OF_VITAL_SIGNS if system == SNOMED else ())
        for system, code in about.codes
    )
    if (by_code and not about.claimed) or any(one.startswith(_VITAL) for one in about.claimed):
        yield _VITAL


def _vital_sign_codes(about: _About) -> Iterator[str]:
    if not about.claimed or any(one.startswith(_VITAL) for one in about.claimed):
        yield from (
            f"{_VITAL}-{BY_LOINC[code]}" for system, code in about.codes if system == LOINC and code in BY_LOINC
        )
    yield from (one for one in about.claimed if one.removeprefix(f"{_VITAL}-") in BY_LOINC.values())


def _surveys(about: _About) -> Iterator[str]:
    if not about.claimed and (SNOMED, _ACVPU) in about.codes:
        yield "Observation-ACVPU"
    yield from (one for one in about.claimed if one in SURVEYS)


def _laboratory(about: _About) -> Iterator[str]:
    for one in about.claimed:
        name = _FORMER.get(one, one)
        if name in LABORATORY and name.startswith(f"{about.kind}-"):
            yield name
    if about.kind == "DiagnosticReport" and not about.claimed and (_SECTION, "LAB") in about.categories:
        yield "DiagnosticReport-Lab"


_FAMILIES: dict[str, Callable[[_About], Iterator[str]]] = {
    "vital-signs": _vital_signs,
    "vital-sign-codes": _vital_sign_codes,
    "surveys": _surveys,
    "laboratory": _laboratory,
}
