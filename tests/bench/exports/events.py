"""What happened to the patients: encounters, and what was measured, found, prescribed and written at them."""

from __future__ import annotations

import base64
import hashlib

from tests.bench.exports.calendar import DAYS, EVENTS_DAYS, EVENTS_FIRST
from tests.bench.exports.chance import base, logical_id, mixed
from tests.bench.exports.event_forms import (
    ALLERGY,
    CONDITION,
    CONDITIONS,
    DOCUMENT,
    DOSES,
    ENCOUNTER,
    GLUCOSE,
    HEART_RATE,
    IMMUNISATION,
    NOTES,
    PRESCRIPTION,
    PRESSURE,
    RESULT,
    TEMPERATURE,
    TOLD,
    WEIGHT,
)
from tests.bench.exports.layout import FIRST_EVENTS, FURTHER_EVENTS, Layout
from tests.bench.exports.people import Person
from tests.bench.exports.staff import Staff

Text = tuple[str, str, str]
"""A resource: type, id and JSON text."""


def attachment(letter: str) -> tuple[str, int, str]:
    """A letter as an attachment has it: base64, its size in bytes, and its SHA-1 in base64 (FHIR R4 Attachment)."""
    data = letter.encode()
    digest = hashlib.sha1(data, usedforsecurity=False).digest()
    return base64.b64encode(data).decode(), len(data), base64.b64encode(digest).decode()


class Events:
    """Writes the events of patients."""

    def __init__(self, seed: int, layout: Layout, staff: Staff, *, anonymised: bool) -> None:
        self._layout = layout
        self._staff = staff
        self._ids = base(seed, "events")
        self._draws = base(seed, "what happened")
        # Letters are free text: an anonymised release has none.
        self._further = tuple("weight" if anonymised and one == "document" else one for one in FURTHER_EVENTS)

    def of(self, person: Person) -> list[Text]:
        """All events of a patient, as text. What happened on one day refers to the encounter of that day."""
        first, behind = self._layout.events_of(person.place)
        further, turn = self._further, person.draw >> 33
        staff, ids, draws, restricted = self._staff, self._ids, self._draws, person.restricted
        who, organization = person.id, staff.organization(person.practice)
        found: list[Text] = []
        reason = logical_id(ids, first + FIRST_EVENTS.index("condition"))
        day = at = by = changed = ""
        rest: tuple[object, ...]
        for place in range(first, behind):
            step = place - first
            kind = FIRST_EVENTS[step] if step < 6 else further[(turn + step) % 23]
            draw, id = mixed(draws, place), logical_id(ids, place)
            if kind == "encounter":
                at, day = id, DAYS[EVENTS_FIRST + (draw >> 7) % EVENTS_DAYS]
                by, changed = staff.practitioner(person.practice, draw >> 3 & 3), f"{day}T17:{draw % 50 + 10}:00+00:00"
                form, rest = ENCOUNTER, (place + 1, who, by, day, day, reason, organization)
            elif kind == "laboratory":
                form, rest = RESULT, (who, at, day, by, draw % 70 + 28, NOTES[draw % 3])
            elif kind == "pressure":
                form, rest = PRESSURE, (who, at, day, by, draw % 60 + 100, draw % 35 + 58, NOTES[draw % 3])
            elif kind == "heart-rate":
                form, rest = HEART_RATE, (who, at, day, by, draw % 45 + 55, NOTES[draw % 3])
            elif kind == "weight":
                form, rest = WEIGHT, (who, at, day, by, (draw % 600 + 450) / 10, NOTES[draw % 3])
            elif kind == "temperature":
                form, rest = TEMPERATURE, (who, at, day, by, (draw % 22 + 360) / 10, NOTES[draw % 3])
            elif kind == "glucose":
                form, rest = GLUCOSE, (who, at, day, by, (draw % 60 + 40) / 10, NOTES[draw % 3])
            elif kind == "condition":
                form, rest = CONDITION, (*CONDITIONS[draw % 6], who, at, day[:7], day, by, NOTES[draw % 3])
            elif kind == "prescription":
                form, rest = PRESCRIPTION, (place + 1, who, at, day, by, DOSES[draw % 3])
            elif kind == "allergy":
                form, rest = ALLERGY, (who, at, day, by)
            elif kind == "immunisation":
                form, rest = IMMUNISATION, (who, at, day, draw % 10000, by)
            else:
                form, rest = DOCUMENT, (place + 1, who, day, by, *attachment(self._letter(person, day)), at)
            if draw >> 40 & 3:
                text = form.untold[restricted] % (id, changed, *rest)
            else:
                text = form.told[restricted] % (id, changed, TOLD[draw % 3], *rest)
            found.append((form.kind, id, text))
        return found

    def document(self, person: Person, id: str, day: str, by: str, at: str, letter: str) -> str:
        """A letter in place of another event; its number is beyond those of all events."""
        number = self._layout.events + person.place + 1
        changed = f"{day}T17:00:00+00:00"
        return DOCUMENT.untold[0] % (id, changed, number, person.id, day, by, *attachment(letter), at)

    @staticmethod
    def _letter(person: Person, day: str) -> str:
        return f"Dear colleague,\n\nI saw your patient {person.given} {person.family} on {day}. All is well.\n"
