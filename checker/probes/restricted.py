"""Probes around restricted patients: who they are, and whether searches by location or relation show them.

They only ask what any client may ask. Source: the specification of the PDS FHIR API, which says how searches by
postcode and general practitioner treat restricted patients; http://hl7.org/fhir/R4/search.html#all (``_security``).
"""

from __future__ import annotations

from typing import Any

from checker.fhir import bundle
from checker.fhir.confidentiality import SYSTEM, is_restricted, restricted_ids
from checker.model.asked import LOCATION_SEARCHES
from checker.model.need import Budget, Need
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.probes.fhir import get, search_need

_PATIENTS = Need(probe="restricted.patients", params=NoParams())
_MOST_KNOWN = 3
_NO_LABEL = f"{SYSTEM}|no-such-label-9f6c2d"


@probe("restricted.patients", "1", budget=lambda p: Budget(requests=1 + _MOST_KNOWN), interactions=("search", "read"))
async def patients(s: Session, p: NoParams) -> None:
    """Search for patients with label R (``_security``), and read those that the supplier file names."""
    labelled = get(s.url("Patient", _security=f"{SYSTEM}|R", _count="50"))
    reads = [get(s.url(f"Patient/{id}")) for id in s.supplier.records.restricted[:_MOST_KNOWN]]
    await s.together(
        [
            s.send(labelled, "labelled", interaction="search"),
            *(s.send(read, "read", interaction="read") for read in reads),
        ]
    )


@probe("restricted.count", "1", budget=lambda p: Budget(requests=3), interactions=("search",))
async def count(s: Session, p: NoParams) -> None:
    """Count the patients with label R, with a label that nobody has, and with label R again."""
    for role, label in (("before", f"{SYSTEM}|R"), ("none", _NO_LABEL), ("after", f"{SYSTEM}|R")):
        url = s.url("Patient", _security=label, _summary="count")
        await s.send(get(url), role, interaction="search", fresh=True)


@probe(
    "restricted.by-location",
    "1",
    uses=lambda p: (_PATIENTS, search_need("Patient")),
    budget=lambda p: Budget(requests=1 + 5 * len(LOCATION_SEARCHES)),
    interactions=("search",),
)
async def by_location(s: Session, p: NoParams) -> None:
    """Search for a restricted patient by ``_id``, and again among those who have a postcode, or a practitioner.

    The control is a patient who is shown with both: found among those who have one, and not among those who have none
    (``:missing``); and, where one is shown without, that they are found among those who have none. No criterion is
    about a person, but for the id.
    """
    known = await _known(s)
    if not known:
        return
    exchange = (await s.need(search_need("Patient"))).exchange("search")
    page = exchange.json().value if exchange is not None and exchange.ok else None
    s.note("id", known[0])
    searches = {"alone": {"_id": known[0]}}
    for name, member in LOCATION_SEARCHES.items():
        shown = next((one["id"] for one in _open(page) if one.get(member) and one["id"] not in known), None)
        if shown is None:
            s.short(Reason.NO_DATA, f"no unrestricted patient who is shown has {member}")
            continue
        s.note(name, shown)
        asked = {
            "control": {"_id": shown, f"{name}:missing": "false"},
            "without": {"_id": shown, f"{name}:missing": "true"},
            "hidden": {"_id": known[0], f"{name}:missing": "false"},
            "count": {"_id": known[0], f"{name}:missing": "false", "_summary": "count"},
        }
        if lacking := next((one["id"] for one in _open(page) if not one.get(member) and one["id"] not in known), ""):
            s.note(f"{name} lacking", lacking)
            asked["lacking"] = {"_id": lacking, f"{name}:missing": "true"}
        searches |= {f"{name} {role}": criteria for role, criteria in asked.items()}
    await s.together(
        s.send(get(s.url("Patient", **criteria)), role, interaction="search") for role, criteria in searches.items()
    )


@probe(
    "restricted.related",
    "1",
    uses=lambda p: (_PATIENTS, search_need("RelatedPerson")),
    budget=lambda p: Budget(requests=2),
    interactions=("search",),
)
async def related(s: Session, p: NoParams) -> None:
    """Search for related people of a patient who has some (control), and of a restricted one."""
    known = await _known(s)
    if not known:
        return
    exchange = (await s.need(search_need("RelatedPerson"))).exchange("search")
    if exchange is not None and exchange.ok:
        for _, one in bundle.matches(exchange.json().value, "RelatedPerson"):
            id = _patient_of(one)
            if bundle.is_id(id) and id not in known:
                s.note("control", id)
                url = s.url("RelatedPerson", patient=f"Patient/{id}")
                await s.send(get(url), "control", interaction="search")
                break
    s.note("id", known[0])
    await s.send(get(s.url("RelatedPerson", patient=f"Patient/{known[0]}")), "related", interaction="search")


async def _known(s: Session) -> tuple[str, ...]:
    """The restricted patients that are known; when there are none, the record says so."""
    view = await s.need(_PATIENTS)
    answers = [one for role in ("labelled", "read") for one in view.exchanges(role) if one.ok and not one.lost]
    found = restricted_ids((one.json().value, one.request.url) for one in answers)
    if not found:
        s.short(
            Reason.NO_DATA,
            "no restricted patient is known: load a synthetic one with meta.security R, and name it under [records] in "
            "the supplier file",
        )
    return found


def _open(page: Any) -> list[dict[str, Any]]:
    """The unrestricted patients of a page that have an id."""
    found = (one for _, one in bundle.matches(page, "Patient"))
    return [one for one in found if not is_restricted(one) and bundle.is_id(one.get("id"))]


def _patient_of(related: dict[str, Any]) -> str:
    patient = related.get("patient")
    reference = patient.get("reference") if isinstance(patient, dict) else None
    return reference.removeprefix("Patient/") if isinstance(reference, str) else ""


@probe("invalidated.reads", "1", budget=lambda p: Budget(requests=_MOST_KNOWN), interactions=("read",))
async def invalidated(s: Session, p: NoParams) -> None:
    """Read the patients that the supplier file names as invalidated."""
    await s.together(
        s.send(get(s.url(f"Patient/{id}")), f"read {index}", interaction="read")
        for index, id in enumerate(s.supplier.records.invalidated[:_MOST_KNOWN])
    )
