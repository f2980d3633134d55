"""How long records are kept: the schedule, what is older than it, and the end of a contract."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

import msgspec

from checker.checks.data_quality import is_left_out
from checker.checks.field_paths import path_of, values
from checker.checks.quality_fields import EVENTS, Event
from checker.checks.register import REGISTER, Declared, day, declared
from checker.fhir.days import days
from checker.model.need import ScanNeed
from checker.model.registry import check
from checker.model.scan import Keyed, Look, Seen, Smallest
from checker.model.value import NoParams, Params, canonical
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import EvidenceView

_CODE = "https://transform.england.nhs.uk/information-governance/guidance/records-management-code"
LEAST: Final[dict[str, tuple[int, int]]] = {
    "adult-health": (8, 0),
    "child-health": (0, 25),
    "mental-health": (20, 0),
    "maternity": (25, 0),
    "gp-record": (10, 0),
}
"""Category → at least so many years after its trigger, or until that age. Records Management Code of Practice, Appendix
II, as summarised in 2021: adults 8 years; children to the 25th birthday (the 26th when 17 at the end of treatment);
mental health 20, maternity 25; GP records 10 years after death. The online schedule changes: it may be newer."""


@check("retention.meets-the-schedule", needs=lambda p, settings: [REGISTER], source=_CODE)
def meets_the_schedule(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """Each category has a trigger, a basis and a period, and none is kept for less than the code of practice says.

    Known categories are adult-health, child-health, mental-health, maternity and gp-record; the period of others is
    not compared.

    Good: adult-health, 8 years after the last contact. Bad: 5 years.
    """
    found = declared(ev, "retention")
    if isinstance(found, Undecided):
        yield found
        return
    yield Examined(what="categories of records", evidence=found.evidence, count=len(found.section))
    for one in found.section:
        place = f"retention {one['category']}"
        missing = [name for name in ("trigger", "basis") if not one.get(name)]
        if not one.get("years") and not one.get("until-age"):
            missing.append("years or until-age")
        if missing:
            yield _finding("A category of records has no full rule.", ", ".join(missing), "missing", place, found)
        years, age = LEAST.get(one["category"], (0, 0))
        told = one.get("until-age") if age else one.get("years")
        if told and int(told) < (age or years):
            wanted = f"until the age of {age}" if age else f"{years} years"
            yield _finding("Records are kept for less than the code says.", f"at least {wanted}", told, place, found)


def _finding(message: str, expected: str, actual: str, place: str, found: Declared, count: int = 1) -> Finding:
    return Finding(message=message, expected=expected, actual=actual, place=place, evidence=found.evidence, count=count)


class ActivityParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``events``: when things took place."""

    events: tuple[Event, ...] = EVENTS


@dataclass
class Activity:
    """``last birth death`` (years, "" where unknown) → patients; the smallest of ``last place``: the oldest."""

    patients: dict[str, int] = field(default_factory=dict)
    oldest: Smallest = field(default_factory=Smallest)


_PATIENT = re.compile(r"Patient/[A-Za-z0-9\-.]{1,64}", re.ASCII)


class LastActivity(Keyed[ActivityParams, Activity]):
    """In which year something last happened to each patient, with the years of birth and death.

    Years alone are kept: what ends with the end of a year is certain then.
    """

    id: ClassVar[str] = "patient.last-activity"
    params_type: ClassVar[type[Params]] = ActivityParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = _CODE

    def start(self, params: ActivityParams, side: str) -> Activity:
        """Nobody."""
        return Activity()

    def emit(self, seen: Seen, params: ActivityParams) -> Iterator[tuple[bytes, bytes]]:
        """A patient's years, and the last year of an event, under the patient."""
        node = seen.node
        if not isinstance(node, dict) or is_left_out(seen.resource_type, node):
            return
        if seen.resource_type == "Patient":
            if seen.resource_id:
                told = [_year(node.get("birthDate")), _year(node.get("deceasedDateTime"))]
                yield f"Patient/{seen.resource_id}".encode(), canonical(["0", *told, str(seen.locator)])
            return
        path = next((event.path for event in params.events if event.type == seen.resource_type), "")
        found = values(node, path_of(path)) if path else []
        subject = node.get("subject") or node.get("patient")
        reference = subject.get("reference") if isinstance(subject, dict) else None
        year = max((_year(one) for one in found), default="")
        if year and isinstance(reference, str) and _PATIENT.fullmatch(reference):
            yield reference.encode(), canonical(["1", year, "", ""])

    def reduce(self, state: Activity, values: Iterator[bytes], params: ActivityParams) -> Activity:
        """One patient: first the years of birth and death, then the years of events, the last of them at the end."""
        birth = death = place = last = ""
        for value in values:
            what, one, two, where = msgspec.json.decode(value, type=tuple[str, str, str, str])
            if what == "0":
                birth, death, place = max(birth, one), max(death, two), place or where
            else:
                last = max(last, one)
        last = max(last, death)
        if place and last:
            key = f"{last} {birth} {death}"
            state.patients[key] = state.patients.get(key, 0) + 1
            state.oldest.add(f"{last} {place}")
        return state

    def merge(self, one: Activity, other: Activity) -> Activity:
        """Counts added."""
        names = one.patients.keys() | other.patients.keys()
        counts = {name: one.patients.get(name, 0) + other.patients.get(name, 0) for name in names}
        return Activity(counts, one.oldest.merged(other.oldest))

    def dump(self, state: Activity) -> Any:
        """Plain values, sorted."""
        return {
            "patients": {name: state.patients[name] for name in sorted(state.patients)},
            "oldest": list(state.oldest.items),
        }

    def load(self, dumped: Any) -> Activity:
        """The state back."""
        return Activity(dict(dumped["patients"]), Smallest(items=tuple(dumped["oldest"])))

    def finish(self, state: Activity, params: ActivityParams) -> Iterator[Statement]:
        """How many patients there were."""
        if state.patients:
            yield Examined(what="patients with a last event", count=sum(state.patients.values()))


def _year(value: Any) -> str:
    found = days(value)
    return f"{found.last.year:04d}" if found is not None else ""


LAST_ACTIVITY = LastActivity()
_ACTIVITY = ScanNeed(scan=LAST_ACTIVITY.id, params=ActivityParams())
_ADULT = 18


@check("retention.nothing-is-overdue", needs=lambda p, settings: [REGISTER, _ACTIVITY], source=f"{_CODE}#retention")
def nothing_is_overdue(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """No patient of the export is kept beyond the declared period, unless a hold is recorded.

    The retention categories that the register marks ``in-export`` apply, the longest of them: years after the last
    event or death, and for those who were children then an age. Only what was over at the end of a year before
    ``assessed-on`` counts. Patients that are overdue may be as many as the records on hold.

    Good: last seen in 2020, 8 years, assessed in 2026. Bad: an adult last seen in 2001.
    """
    found = declared(ev, "retention")
    if isinstance(found, Undecided):
        yield found
        return
    view = ev.scan(_ACTIVITY)
    if not isinstance(view.state, Activity):
        yield view.undecided("when patients were last seen")
        return
    rules = [one for one in found.section if one.get("in-export") == "yes"]
    if found.on is None or not rules or not view.state.patients:
        yield found.undecided("it takes assessed-on, a category that is in the export, and patients with events")
        return
    years = max((int(one["years"]) for one in rules if one.get("years")), default=0)
    age = max((int(one["until-age"]) for one in rules if one.get("until-age")), default=0)
    overdue = sum(count for key, count in view.state.patients.items() if _end(key, years, age) < found.on.year)
    evidence = (*found.evidence, *view.evidence)
    yield Examined(what="patients with a last event", evidence=evidence, count=sum(view.state.patients.values()))
    holds = declared(ev, "holds")
    held = 0 if isinstance(holds, Undecided) else len({record for one in holds.section for record in one["records"]})
    if overdue > held:
        places = tuple(one.partition(" ")[2] for one in view.state.oldest.items)
        yield Finding(
            message="Patients are kept beyond the declared period, and no hold is recorded.",
            expected=f"nobody beyond {years} years" + (f", children until {age}" if age else ""),
            actual=f"{overdue} overdue, {held} records on hold",
            place=places[0],
            evidence=evidence,
            count=overdue - held,
            examples=places[: overdue - held],
        )


def _end(key: str, years: int, age: int) -> int:
    """The year at whose end the period is over. Without a birth date everyone may have been a child."""
    last, birth, death = key.split(" ")
    end = int(last) + years
    if age and not death and (not birth or int(last) - int(birth) <= _ADULT):
        # One year more for those who were 17 at the end of treatment.
        end = max(end, int(birth or last) + age + 1)
    return end


@check("contract-end.returns-first", needs=lambda p, settings: [REGISTER], source=f"{_CODE}#contract")
def returns_first(ev: EvidenceView, p: NoParams) -> Iterator[Statement]:
    """At the end of a contract records go back before anything is deleted, and backups expire within a stated time.

    Good: export accepted on 1 May, deleted on 1 June, certificate, backups gone after 35 days. Bad: deleted on 1 April.
    """
    found = declared(ev, "contract-end")
    if isinstance(found, Undecided):
        yield found
        return
    section = found.section
    yield Examined(what="the end of a contract", evidence=found.evidence)
    missing = [
        name for name in ("export-accepted", "deleted", "certificate", "backups-expire-days") if name not in section
    ]
    if missing:
        message = "The end of the contract leaves out what it must say."
        yield _finding(message, ", ".join(missing), "missing", "contract-end", found)
    accepted, deleted = day(section.get("export-accepted")), day(section.get("deleted"))
    if accepted and deleted and deleted < accepted:
        message = "Records are deleted before their export is accepted."
        yield _finding(message, "accepted first", "deleted first", "contract-end deleted", found)
