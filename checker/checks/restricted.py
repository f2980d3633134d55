"""Restricted patients in what was exported and answered: nothing of theirs tells where they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from checker.checks.each import OfEach
from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.fhir.confidentiality import has_place, is_restricted, location
from checker.model.scan import Keyed, Look, Seen
from checker.model.value import NoParams, Params
from checker.model.verdict import Examined, Statement

PDS = "https://digital.nhs.uk/developer/api-catalogue/personal-demographics-service-fhir"
_SORTS = {
    "address": "an address",
    "telecom": "a contact point",
    "practice": "a general practitioner",
    "contact": "the address or contact point of a contact",
    "pharmacy": "a nominated pharmacy or dispenser",
    "birth-place": "a place of birth",
    "contained": "a contained resource with an address or contact point",
}


class RestrictedLocation(OfEach[NoParams]):
    """A restricted patient is shown without anything that tells where they are.

    Looked at is each Patient whose ``meta.security`` holds R (or V, which is stricter) of v3-Confidentiality. It must
    not have an address, a contact point, a general practitioner, a contact with one of these, a nominated pharmacy or
    other dispenser, or a place of birth, nor contain a resource with an address or a contact point. An element that
    holds nothing but why it is empty is none. No value is kept or shown.

    Good: name, gender and date of birth alone. Bad: the same with ``telecom``.
    """

    id: ClassVar[str] = "restricted.no-location"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(types=("Patient",)),)
    source: ClassVar[str] = PDS
    what: ClassVar[str] = "restricted patients"
    said: ClassVar[dict[str, Said]] = {
        sort: Said(f"A restricted patient is shown with {words}", "nothing that tells where they are", words)
        for sort, words in _SORTS.items()
    }

    def faults(self, seen: Seen, params: NoParams) -> Iterator[tuple[str, str]] | None:
        """What of one patient tells where they are."""
        if not isinstance(seen.node, dict) or not is_restricted(seen.node):
            return None
        return location(seen.node)


RESTRICTED = b"\x00"
_OPEN, _WITH_PLACE = b"\x01", b"\x02"
_HAS_PLACE = "has-place"
RELATED = "related"
PATIENTS = "restricted"


class RestrictedRelations(TalliedScan[NoParams], Keyed[NoParams, Tallied]):
    """No RelatedPerson of a restricted patient carries an address or a contact point.

    Each RelatedPerson is brought together with the patient that it refers to (``Patient/id``, with a version or a
    server in front of it or without). Who is related may be there; where to find them may not.

    Good: ``{"resourceType": "RelatedPerson", "patient": {"reference": "Patient/x"}}`` where x is restricted.
    Bad: the same with ``telecom``.
    """

    id: ClassVar[str] = "restricted.relations"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(types=("Patient", "RelatedPerson")),)
    source: ClassVar[str] = PDS

    def emit(self, seen: Seen, params: NoParams) -> Iterator[tuple[bytes, bytes]]:
        """A restricted patient under its id; a related person under the id of its patient."""
        if not isinstance(seen.node, dict):
            return
        if seen.resource_type == "RelatedPerson":
            if id := patient_of(seen.node):
                kind = _WITH_PLACE if has_place(seen.node) else _OPEN
                yield id.encode(), kind + str(seen.place).encode()
        elif seen.resource_id and is_restricted(seen.node):
            yield seen.resource_id.encode(), RESTRICTED

    def reduce(self, state: Tallied, values: Iterator[bytes], params: NoParams) -> Tallied:
        """One patient, and who is related."""
        is_one = False
        related = False
        for value in values:
            if value == RESTRICTED:
                is_one = True
                continue
            related = True
            if is_one:
                state.count()
                if value.startswith(_WITH_PLACE):
                    state.fault(_HAS_PLACE, value[1:].decode())
        state.count(PATIENTS, 1 if is_one else 0)
        state.count(RELATED, 1 if related else 0)
        return state

    def finish(self, state: Tallied, params: NoParams) -> Iterator[Statement]:
        """How many related persons of restricted patients there were, and the finding."""
        if state.examined:
            yield Examined(what="related persons of restricted patients", count=state.examined)
        yield from findings(
            state,
            {
                _HAS_PLACE: Said(
                    "A related person of a restricted patient has an address or a contact point",
                    "neither",
                    "where to find somebody who is near to the patient",
                )
            },
        )


def patient_of(related: dict[str, Any]) -> str:
    """The logical id of the patient that a RelatedPerson refers to; "" when it refers to none by an id."""
    patient = related.get("patient")
    reference = patient.get("reference") if isinstance(patient, dict) else None
    parts = reference.partition("/_history/")[0].split("/") if isinstance(reference, str) else []
    return parts[-1] if len(parts) > 1 and parts[-2] == "Patient" else ""


RESTRICTED_LOCATION = RestrictedLocation()
RESTRICTED_RELATIONS = RestrictedRelations()
