"""Dates that cannot be true together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.fhir.days import days, years_between
from checker.model.scan import Fold, Look, Seen
from checker.model.value import Params
from checker.model.verdict import Examined, Statement

_DEAD_BEFORE_BIRTH = "dead-before-birth"
_UNBORN = "not-yet-born"
_TOO_OLD = "too-old"


class PlausibleParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``oldest_years``: the age up to which a patient is taken to live."""

    oldest_years: int = 120


class DatesPlausible(TalliedScan[PlausibleParams], Fold[PlausibleParams, Tallied]):
    """The dates of a patient can be true together.

    Nobody dies before birth, nobody dies older than 120, and nobody is born after the record of
    them was last changed (``meta.lastUpdated``; the clock is never asked). A partial date stands
    for all of its days, and a time for the days that it may be somewhere on Earth: only what is
    certain is a finding. A patient counts as examined when there are two dates to compare.

    Good: ``birthDate`` 1948-02-29 and ``deceasedDateTime`` 1948. Bad: the same with 1947-12-31.
    """

    id: ClassVar[str] = "patient.dates-plausible"
    params_type: ClassVar[type[Params]] = PlausibleParams
    looks: ClassVar[tuple[Look, ...]] = (Look(types=("Patient",)),)
    source: ClassVar[str] = "http://hl7.org/fhir/R4/patient-definitions.html#Patient.birthDate"

    def step(self, state: Tallied, seen: Seen, params: PlausibleParams) -> Tallied:
        """Compare the dates of one patient."""
        patient: dict[str, Any] = seen.node
        meta = patient.get("meta")
        born, died = days(patient.get("birthDate")), days(patient.get("deceasedDateTime"))
        changed = days(meta.get("lastUpdated") if isinstance(meta, dict) else None)
        if born is None or (died is None and changed is None):
            return state
        state.count()
        if died is not None and died.last < born.first:
            state.fault(_DEAD_BEFORE_BIRTH, f"{seen.locator}#{seen.pointer}/deceasedDateTime")
        if died is not None and years_between(born.last, died.first) > params.oldest_years:
            state.fault(_TOO_OLD, f"{seen.locator}#{seen.pointer}/deceasedDateTime")
        if changed is not None and changed.last < born.first:
            state.fault(_UNBORN, f"{seen.locator}#{seen.pointer}/birthDate")
        return state

    def finish(self, state: Tallied, params: PlausibleParams) -> Iterator[Statement]:
        """How many patients were examined, and one finding for each fault."""
        if not state.examined:
            return
        yield Examined(what="patients with two dates to compare", count=state.examined)
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
            },
        )


DATES_PLAUSIBLE = DatesPlausible()
