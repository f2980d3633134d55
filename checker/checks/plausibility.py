"""Dates that cannot be true together: of one patient, and of what happened to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import msgspec

from checker.checks.data_quality import NOT_HAPPENED
from checker.checks.field_paths import Places, first_of
from checker.checks.quality_fields import EVENTS, Event, places_by_type
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.fhir.days import Days, days, years_between
from checker.model.scan import Keyed, Look, Seen
from checker.model.value import Params, canonical
from checker.model.verdict import Examined, Statement

_DEAD_BEFORE_BIRTH = "dead-before-birth"
_UNBORN = "not-yet-born"
_TOO_OLD = "too-old"
_BEFORE_BIRTH, _AFTER_DEATH, _AHEAD = "event-before-birth", "event-after-death", "event-ahead"
_VOID = "entered-in-error"
_PATIENT = re.compile(r"Patient/[A-Za-z0-9\-.]{1,64}", re.ASCII)
_TIMED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}.*", re.ASCII)
_EVENTS = tuple(event for event in EVENTS if event.lag)


class PlausibleParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """``oldest_years``: the age up to which a patient is taken to live. ``antenatal_days``: so long before birth a
    record may hold what happened to an unborn child. ``after_death_days``: so long after death what was begun before
    may still be done. ``events``: when things took place.
    """

    oldest_years: int = 120
    antenatal_days: int = 300
    after_death_days: int = 90
    events: tuple[Event, ...] = _EVENTS

    @cached_property
    def times(self) -> dict[str, Places]:
        """Where the time of each type stands."""
        return places_by_type(self.events)


class DatesPlausible(TalliedScan[PlausibleParams], Keyed[PlausibleParams, Tallied]):
    """The dates of a patient, and of what happened to them, can be true together.

    Nobody dies before birth, nobody dies older than 120, and nobody is born after the record of
    them was last changed (``meta.lastUpdated``; the clock is never asked). Nothing happens to a patient more than 300
    days before birth or 90 days after death (where these do not contradict themselves), and nothing that took place is
    later than the record of it. A partial date
    stands for all of its days, and a time for the days that it may be somewhere on Earth: only what is
    certain is a finding. A patient counts as examined when there are two dates to compare, and an event
    when the patient of its ``subject`` or ``patient`` is there with a date of birth or death. Planned and
    cancelled events, and what was entered in error, are left aside.

    Good: ``birthDate`` 1948-02-29 and ``deceasedDateTime`` 1948. Bad: the same with 1947-12-31.
    """

    id: ClassVar[str] = "patient.dates-plausible"
    version: ClassVar[str] = "2"
    params_type: ClassVar[type[Params]] = PlausibleParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "http://hl7.org/fhir/R4/patient-definitions.html#Patient.birthDate"

    def looking(self, params: PlausibleParams) -> tuple[Look, ...]:
        """Patients and events."""
        return (Look(types=tuple(sorted({"Patient", *(event.type for event in params.events)}))),)

    def emit(self, seen: Seen, params: PlausibleParams) -> Iterable[tuple[bytes, bytes]]:
        """A patient's dates, and an event's, under the patient."""
        node = seen.node
        if not isinstance(node, dict) or node.get("status") == _VOID:
            return ()
        if seen.resource_type == "Patient":
            return self._of_patient(seen, node)
        times = params.times.get(seen.resource_type)
        if times is None or str(node.get("status")) in NOT_HAPPENED:
            return ()
        return self._of_event(seen, node, times)

    def _of_patient(self, seen: Seen, patient: dict[str, Any]) -> Iterable[tuple[bytes, bytes]]:
        told = [patient.get("birthDate"), patient.get("deceasedDateTime"), _changed(patient)]
        texts = [one if isinstance(one, str) else "" for one in told]
        if texts[0] or texts[1]:
            who = f"Patient/{seen.resource_id}" if seen.resource_id else f"@{seen.place}"
            return ((who.encode(), canonical([0, *texts, f"{seen.where}#{seen.pointer}"])),)
        return ()

    def _of_event(self, seen: Seen, node: dict[str, Any], times: Places) -> Iterable[tuple[bytes, bytes]]:
        when, pointer = first_of(node, times)
        pairs: list[tuple[bytes, bytes]] = []
        if not when:
            return pairs
        place, changed = f"{seen.where}#{seen.pointer}{pointer}", _changed(node)
        if isinstance(changed, str) and when > changed:  # as text first: most are not, and parsing takes time
            event, record = days(when), days(changed)
            if event is not None and record is not None and event.first > record.last:
                pairs.append((f"!{place}".encode(), canonical([2, "", "", "", place])))
        subject = node.get("subject") or node.get("patient")
        reference = subject.get("reference") if isinstance(subject, dict) else None
        if isinstance(reference, str) and _PATIENT.fullmatch(reference):
            pairs.append((reference.encode(), canonical([1, when, "", "", place])))
        return pairs

    def reduce(self, state: Tallied, values: Iterator[bytes], params: PlausibleParams) -> Tallied:
        """One patient, in any number of versions, and all events of theirs: patients come first."""
        born: list[Days] = []
        died: list[Days | None] = []
        contradicted = False
        for value in values:
            what, one, two, three, place = msgspec.json.decode(value, type=tuple[int, str, str, str, str])
            if what == 0:
                before = sum(state.faults.values())
                self._compare(state, one, two, three, place, params)
                contradicted |= sum(state.faults.values()) > before
                if (birth := days(one)) is not None:
                    born.append(birth)
                died.append(days(two))
            elif what == 2:
                state.count()
                state.fault(_AHEAD, place)
            elif (born or any(died)) and not contradicted:
                self._event(state, _days(one), born, died, place, params)
            else:
                break  # without dates, with dates that contradict themselves, or not here: nothing follows
        return state

    def _compare(self, state: Tallied, one: str, two: str, three: str, place: str, params: PlausibleParams) -> None:
        born, died, changed = days(one), days(two), days(three)
        if born is None or (died is None and changed is None):
            return
        state.count()
        if died is not None and died.last < born.first:
            state.fault(_DEAD_BEFORE_BIRTH, f"{place}/deceasedDateTime")
        if died is not None and years_between(born.last, died.first) > params.oldest_years:
            state.fault(_TOO_OLD, f"{place}/deceasedDateTime")
        if changed is not None and changed.last < born.first:
            state.fault(_UNBORN, f"{place}/birthDate")

    def _event(
        self,
        state: Tallied,
        event: Days | None,
        born: list[Days],
        died: list[Days | None],
        place: str,
        params: PlausibleParams,
    ) -> None:
        if event is None:
            return
        state.count()
        if born and _is_later(_earliest(born), event.last, params.antenatal_days):
            state.fault(_BEFORE_BIRTH, place)
        deaths = [one.last for one in died if one is not None]
        # Where one version of the patient lives, the death was taken back.
        if deaths and len(deaths) == len(died) and _is_later(event.first, max(deaths), params.after_death_days):
            state.fault(_AFTER_DEATH, place)

    def finish(self, state: Tallied, params: PlausibleParams) -> Iterator[Statement]:
        """How many dates were compared, and one finding for each fault."""
        if not state.examined:
            return
        yield Examined(what="patients and events with two dates to compare", count=state.examined)
        yield from findings(
            state,
            {
                _DEAD_BEFORE_BIRTH: Said("A patient died before birth", "birth first", "an earlier date of death"),
                _TOO_OLD: Said(
                    f"A patient died older than {params.oldest_years}",
                    f"at most {params.oldest_years} years between birth and death",
                    "more",
                ),
                _UNBORN: Said(
                    "A patient is born after the record was last changed",
                    "a birthDate not later than meta.lastUpdated",
                    "a later one",
                ),
                _BEFORE_BIRTH: Said(
                    f"Something happened to a patient more than {params.antenatal_days} days before birth",
                    "events of a life within that life",
                    "an earlier date",
                ),
                _AFTER_DEATH: Said(
                    f"Something happened to a patient more than {params.after_death_days} days after death",
                    "events of a life within that life",
                    "a later date",
                ),
                _AHEAD: Said(
                    "Something took place after the record of it was last changed",
                    "a date not later than meta.lastUpdated, or a status that says it is planned",
                    "a later one",
                ),
            },
        )


def _days(text: str) -> Days | None:
    """As :func:`days`, for very many times on the same days."""
    return _of_day(text[:10]) if _TIMED.fullmatch(text) else days(text)


@lru_cache(maxsize=1 << 14)
def _of_day(day: str) -> Days | None:
    return days(f"{day}T00:00")


def _earliest(born: list[Days]) -> date:
    return (born[0] if len(born) == 1 else min(born)).first


def _changed(resource: dict[str, Any]) -> Any:
    meta = resource.get("meta")
    return meta.get("lastUpdated") if isinstance(meta, dict) else None


def _is_later(one: Any, other: Any, by_days: int) -> bool:
    """Is one day later than the other by more than so many days?"""
    return bool(one - other > timedelta(days=by_days))


DATES_PLAUSIBLE = DatesPlausible()
