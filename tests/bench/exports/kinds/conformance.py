"""Resources that do not conform to FHIR, or to UK Core."""

from __future__ import annotations

from tests.bench.exports.household import Household
from tests.bench.exports.kinds.kind import BOTH, fault

_CONFORMANCE = "UKCORE-GEN-002"


@fault("missing-substitution", _CONFORMANCE, exports=BOTH)
def missing_substitution(home: Household) -> None:
    """A prescription lacks what UK Core asks for: whether another medicine may be given."""
    del home.of("MedicationRequest")["substitution"]
    home.mark(home.of("MedicationRequest"), "/substitution")


@fault("missing-status", _CONFORMANCE, exports=BOTH)
def missing_status(home: Household) -> None:
    """An encounter has no status, which FHIR asks for."""
    del home.of("Encounter")["status"]
    home.mark(home.of("Encounter"), "/status")


@fault("invalid-gender", _CONFORMANCE)
def invalid_gender(home: Household) -> None:
    """A gender is a letter."""
    home.patient["gender"] = home.person.gender[0].upper()
    home.mark(home.patient, "/gender")


@fault("unknown-element", _CONFORMANCE, exports=BOTH)
def unknown_element(home: Household) -> None:
    """An observation has an element that FHIR does not have."""
    home.weight["comment"] = "fasting"
    home.mark(home.weight, "/comment")


@fault("date-as-people-write", _CONFORMANCE, exports=BOTH)
def written_date(home: Household) -> None:
    """A date is written with slashes."""
    home.of("Condition")["recordedDate"] = "03/02/2024"
    home.mark(home.of("Condition"), "/recordedDate")


@fault("value-as-text", _CONFORMANCE, exports=BOTH)
def value_as_text(home: Household) -> None:
    """The value of a quantity is a text."""
    home.weight["valueQuantity"]["value"] = str(home.weight["valueQuantity"]["value"])
    home.mark(home.weight, "/valueQuantity/value")


@fault("list-in-place-of-one", _CONFORMANCE, exports=BOTH)
def list_of_one(home: Household) -> None:
    """The status of an observation is a list."""
    home.weight["status"] = ["final"]
    home.mark(home.weight, "/status")


@fault("ends-before-it-begins", _CONFORMANCE, exports=BOTH)
def ends_early(home: Household) -> None:
    """The period of an encounter ends before it begins (invariant per-1)."""
    period = home.of("Encounter")["period"]
    period["start"], period["end"] = period["end"], period["start"]
    home.mark(home.of("Encounter"), "/period")


@fault("reference-of-wrong-type", _CONFORMANCE, exports=BOTH)
def wrong_type(home: Household) -> None:
    """The requester of a prescription is a condition."""
    home.of("MedicationRequest")["requester"]["reference"] = f"Condition/{home.of('Condition')['id']}"
    home.mark(home.of("MedicationRequest"), "/requester")
