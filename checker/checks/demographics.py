"""The same patient in two places: the same person in both?"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, ClassVar

import msgspec

from checker.checks.identifiers import was_replaced
from checker.checks.nhs_number import NHS_NUMBER_SYSTEM, number_of
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.fhir.days import days
from checker.model.scan import Keyed, Look, Seen
from checker.model.value import Params, canonical
from checker.model.verdict import Examined, Statement

_SEXES = ("female", "male")
_MOST_CARRIERS = 1000
"""So many records with one number are compared: that there are more is for another requirement to say."""
_BIRTH, _GENDER, _NUMBER = "birth-date", "gender", "nhs-number"
_SAID = {
    _BIRTH: Said(
        "Records with one NHS number have birth dates that cannot be the same",
        "one birth date for one person",
        "another one in another place",
    ),
    _GENDER: Said(
        "Records with one NHS number have different genders", "one gender for one person", "another in another place"
    ),
    _NUMBER: Said(
        "A reference names an NHS number that its patient does not have",
        "the NHS number of the patient that the reference leads to",
        "another number",
    ),
}


class ConsistentParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``system``: the identifier system of NHS numbers."""

    system: str = NHS_NUMBER_SYSTEM


class DemographicsConsistent(TalliedScan[ConsistentParams], Keyed[ConsistentParams, Tallied]):
    """The same patient's demographics agree wherever the records hold them.

    Patients with one NHS number, contained ones too, must have birth dates that can be the same (1948 and 1948-02-29
    can) and one gender, where it is male or female in both; of one in several versions the last counts, and a contained
    copy may keep a former gender. A reference to a patient of the source that also gives an
    NHS number must give one of that patient's. Patients that were merged into another, and former numbers, are left
    aside. A number is examined when two places hold it, or a reference names it. No value is kept.

    Good: a patient, and a contained copy with the same date. Bad: a copy with another date.
    """

    id: ClassVar[str] = "demographics.consistent"
    params_type: ClassVar[type[Params]] = ConsistentParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "docs/policy.md#one-person-one-set-of-facts"

    def emit(self, seen: Seen, params: ConsistentParams) -> Iterator[tuple[bytes, bytes]]:
        """A patient's facts under the number and under the id; a reference's number under the id it leads to."""
        node = seen.node
        if not isinstance(node, dict):
            return
        if seen.resource_type == "Patient":
            yield from _facts(node, seen.resource_id, seen.place, params.system)
            return
        contained = node.get("contained")
        for index, inner in enumerate(contained if isinstance(contained, list) else ()):
            if isinstance(inner, dict) and inner.get("resourceType") == "Patient":
                yield from _facts(inner, "", f"{seen.locator}#{seen.pointer}/contained/{index}", params.system)
        for name in ("subject", "patient"):
            reference = node.get(name)
            if isinstance(reference, dict) and isinstance(identifier := reference.get("identifier"), dict):
                target, number = reference.get("reference"), _number(identifier, params.system)
                if number and isinstance(target, str) and target.startswith("Patient/"):
                    yield f"id {target}".encode(), canonical([1, number, f"{seen.locator}#{seen.pointer}/{name}"])

    def reduce(self, state: Tallied, values: Iterator[bytes], params: ConsistentParams) -> Tallied:
        """One number with all who carry it, or one patient (first, if it is here) with all who refer to it."""
        first = next(values)
        if first.startswith(b'["'):
            return _one_number(state, itertools.chain((first,), values))
        numbers: set[str] = set()
        for value in itertools.chain((first,), values):
            if value.startswith(b"[0"):
                numbers |= set(msgspec.json.decode(value, type=tuple[int, list[str]])[1])
            elif numbers:
                self._refer(state, value, numbers)
            else:
                break
        return state

    def _refer(self, state: Tallied, value: bytes, numbers: set[str]) -> None:
        _, number, place = msgspec.json.decode(value, type=tuple[int, str, str])
        state.count()
        if number not in numbers:
            state.fault(_NUMBER, place)

    def finish(self, state: Tallied, params: ConsistentParams) -> Iterator[Statement]:
        """How much was compared, and one finding for each fault."""
        if state.examined:
            yield Examined(what="NHS numbers in more than one place", count=state.examined)
            yield from findings(state, _SAID)


def _facts(patient: dict[str, Any], id: str, place: str, system: str) -> Iterator[tuple[bytes, bytes]]:
    listed = patient.get("identifier")
    numbers = [_number(one, system) for one in (listed if isinstance(listed, list) else ()) if isinstance(one, dict)]
    known = sorted({number for number in numbers if number})
    if id:
        yield f"id Patient/{id}".encode(), canonical([0, known])
    if was_replaced(patient):
        return
    meta = patient.get("meta")
    told = [meta.get("lastUpdated") if isinstance(meta, dict) else "", patient.get("birthDate"), patient.get("gender")]
    texts = [one if isinstance(one, str) else "" for one in told]
    for number in known:
        yield f"number {number}".encode(), canonical([texts[0], id, *texts[1:], place])


def _number(identifier: dict[str, Any], system: str) -> str:
    if identifier.get("system") != system or identifier.get("use") == "old":
        return ""
    return number_of(identifier.get("value"))


def _one_number(state: Tallied, values: Iterator[bytes]) -> Tallied:
    """All who carry one number, each in its last version, against the first of them that says something."""
    latest: dict[str, tuple[str, str, str, bool]] = {}
    for value in itertools.islice(values, _MOST_CARRIERS):
        _, id, born, gender, place = msgspec.json.decode(value, type=tuple[str, str, str, str, str])
        latest[id or place] = (place, born, gender, bool(id))
    if len(latest) < 2:
        return state
    state.count()
    carriers = sorted(latest.values())
    birth = next((found for _, born, _, _ in carriers if (found := days(born)) is not None), None)
    sex = next((gender for _, _, gender, whole in carriers if whole and gender in _SEXES), "")
    for place, born, gender, whole in carriers:
        other = days(born)
        if birth is not None and other is not None and (birth.last < other.first or other.last < birth.first):
            state.fault(_BIRTH, f"{place}/birthDate")
        if whole and gender in _SEXES and gender != sex:
            state.fault(_GENDER, f"{place}/gender")
    return state


DEMOGRAPHICS_CONSISTENT = DemographicsConsistent()
