"""Which StructureDefinition asks all that another one asks."""

from __future__ import annotations

import pytest

from checker.fhir.definitions.covers import Difference, difference
from checker.fhir.definitions.ir import Structure
from checker.fhir.definitions.store import Definitions, embedded

UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    return Definitions((), embedded())


def held(definitions: Definitions, name: str) -> Structure:
    found = definitions.structure(UK_CORE + name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("strict", "loose", "expected"),
    [
        ("Observation-VitalSigns", "Observation", Difference((), ())),
        ("Observation-VitalSigns-BodyWeight", "Observation-VitalSigns", Difference(("code", "_code"), ())),
        ("Observation", "Observation-VitalSigns", None),  # which asks for a category
        ("Observation-VitalSigns", "Observation-VitalSigns-BodyWeight", None),  # a certain code
        ("Observation-VitalSigns-BodyWeight", "Patient", None),
    ],
)
def test_what_is_derived_asks_as_much(
    definitions: Definitions, strict: str, loose: str, expected: Difference | None
) -> None:
    assert difference(held(definitions, strict), held(definitions, loose)) == expected


def test_an_element_that_is_asked_otherwise_is_named(definitions: Definitions) -> None:
    found = difference(
        held(definitions, "Observation-VitalSigns-BloodPressure"), held(definitions, "Observation-VitalSigns")
    )
    assert found is not None
    assert "device" in found.more  # the one asks for a reference to a device for blood pressures
    assert "code" in found.bindings


def test_each_covers_itself(definitions: Definitions) -> None:
    for name in ("Patient", "Observation-VitalSigns-BloodPressure", "MedicationRequest"):
        assert difference(held(definitions, name), held(definitions, name)) == Difference((), ())
