"""Dates that cannot be true, or not together."""

from __future__ import annotations

from tests.bench.exports.calendar import DIED
from tests.bench.exports.household import Household
from tests.bench.exports.kinds.kind import BOTH, fault


@fault("died-before-birth", "DH-DQ-06")
def died_before_birth(home: Household) -> None:
    """A patient died the year before birth."""
    home.patient["deceasedDateTime"] = f"{int(home.person.born[:4]) - 1}-01-31"
    home.mark(home.patient, "/deceasedDateTime")
    home.events_follow()


@fault("too-old", "DH-DQ-06")
def too_old(home: Household) -> None:
    """A patient died at more than 120 years."""
    home.patient["birthDate"] = f"1899{home.person.born[4:].replace('-02-29', '-02-28')}"
    home.patient["deceasedDateTime"] = DIED
    home.mark(home.patient, "/deceasedDateTime")


@fault("born-after-record", "DH-DQ-06")
def born_after_record(home: Household) -> None:
    """A patient is born after the record of them was last changed."""
    home.patient["birthDate"] = "2026-05-17"
    home.mark(home.patient, "/birthDate")
    home.events_follow()


def _move_weight(home: Household, day: str) -> None:
    home.weight["effectiveDateTime"] = f"{day}T10:15:00+00:00"
    home.mark(home.weight, "/effectiveDateTime")


@fault("event-in-future", "DH-DQ-06", exports=BOTH)
def event_in_future(home: Household) -> None:
    """Something was measured months after the export was made."""
    _move_weight(home, "2026-11-05")


@fault("event-before-birth", "DH-DQ-06")
def event_before_birth(home: Household) -> None:
    """Something was measured years before the patient was born."""
    _move_weight(home, f"{int(home.person.born[:4]) - 5}-06-15")


@fault("event-after-death", "DH-DQ-06")
def event_after_death(home: Household) -> None:
    """Something was measured years after the patient's death."""
    home.patient["birthDate"] = "1951-09-09"
    home.patient["deceasedDateTime"] = "2021-01-10"
    earlier = {f"{year}-": f"{year - 6}-" for year in range(2021, 2027)}
    for event in home.resources[1:]:
        home.move(event, earlier)
    home.weight["meta"]["lastUpdated"] = "2025-06-02T17:00:00+00:00"
    _move_weight(home, "2025-06-02")


@fault("recorded-late", "DH-DQ-05", exports=BOTH)
def recorded_late(home: Household) -> None:
    """A result is in the record only years after it was measured."""
    home.weight["effectiveDateTime"] = "2019-06-03T10:15:00+00:00"
    home.mark(home.weight, "/meta/lastUpdated")
