"""How many of what there are, and which events each patient has. Exact: the parts add up to what was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from tests.bench.exports.numbers import MOST_PATIENTS

PER_PRACTICE = 1_500
"""Patients of a practice, or more."""
MOST_PRACTICES = 6_000
STAFF_EACH = 3
"""Practitioners of a practice, each with a role."""
_PRACTICE_RESOURCES = 2 + 2 * STAFF_EACH
FEWEST_EVENTS = 6
FIRST_EVENTS = ("encounter", "pressure", "laboratory", "condition", "prescription", "weight")
"""What every patient has, in this order."""
FURTHER_EVENTS = (
    *("immunisation", "document", "heart-rate", "temperature", "prescription", "allergy", "encounter", "laboratory"),
    *("heart-rate", "condition", "laboratory", "glucose", "prescription", "weight", "immunisation", "laboratory"),
    *("encounter", "pressure", "document", "glucose", "heart-rate", "laboratory", "prescription"),
)
"""What comes after, from a place that differs from patient to patient, round and round."""
FEWEST_RESOURCES = _PRACTICE_RESOURCES + 1 + FEWEST_EVENTS
SHARE_OF_PATIENTS = 0.08


@dataclass(frozen=True, slots=True)
class Layout:
    """The numbers of an export."""

    patients: int
    practices: int
    events: int

    @classmethod
    def of(cls, resources: int) -> Layout:
        """The layout of so many resources; at least ``FEWEST_RESOURCES``."""
        patients = max(1, min(int(resources * SHARE_OF_PATIENTS), MOST_PATIENTS))
        practices = max(1, min(patients // PER_PRACTICE, MOST_PRACTICES))
        events = resources - patients - practices * _PRACTICE_RESOURCES
        while patients > 1 and events < patients * FEWEST_EVENTS:
            patients, events = patients - 1, events + 1
        return cls(patients=patients, practices=practices, events=events)

    def events_of(self, place: int) -> tuple[int, int]:
        """The first of a patient's events, counted through all patients, and the first of the next one's."""
        return self.events * place // self.patients, self.events * (place + 1) // self.patients
