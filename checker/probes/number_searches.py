"""Searches for a patient by NHS number, in both spellings, and without it.

The number never stands in a URL, but where a system of invented people takes no search by POST.
"""

from __future__ import annotations

from typing import Any

from checker.fhir import bundle, identifier
from checker.fhir.confidentiality import is_restricted
from checker.model.need import Budget
from checker.model.registry import probe
from checker.model.session import Session
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.view import Exchange
from checker.probes.fhir import search_need
from checker.probes.forms import first, then
from checker.probes.live_data import SYSTEM

_LENGTH = 10


@probe(
    "nhs-number.searches",
    "1",
    uses=lambda p: (search_need("Patient"),),
    budget=lambda p: Budget(requests=5),
    interactions=("search",),
)
async def searches(s: Session, p: NoParams) -> None:
    """Search for a patient who is shown: by NHS number, by the number in groups, by name, birth date and gender."""
    exchange = (await s.need(search_need("Patient"))).exchange("search")
    page = exchange.json().value if exchange is not None and exchange.ok else None
    found = [(one, number) for _, one in bundle.matches(page, "Patient") if (number := _number(one))]
    if not found:
        s.short(Reason.NO_DATA, "no unrestricted patient that the search shows has an NHS number of ten digits")
        return
    one, number = max(found, key=lambda pair: len(_demographics(pair[0])))
    s.note("id", one["id"])

    def applies(answer: Exchange) -> bool:
        listed = [inner for _, inner in bundle.matches(answer.json().value, "Patient")]
        return bool(listed) and all(identifier.carries(inner, SYSTEM, number) for inner in listed)

    by_post = await first(s, "Patient", {"identifier": f"{SYSTEM}|{number}"}, "by-number", applies)
    spaced = f"{number[:3]} {number[3:6]} {number[6:]}"
    await then(s, "Patient", {"identifier": f"{SYSTEM}|{spaced}"}, "spaced", by_post=by_post)
    criteria = _demographics(one)
    if {"family", "birthdate", "gender"} <= criteria.keys():
        await then(s, "Patient", criteria, "by-demographics", by_post=by_post)


def _number(patient: dict[str, Any]) -> str:
    """The NHS number of a patient who can be searched for; "" when there is none."""
    if not bundle.is_id(patient.get("id")) or is_restricted(patient):
        return ""
    listed = patient.get("identifier")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and one.get("system") == SYSTEM and one.get("use") != "old":
            value = one.get("value")
            if isinstance(value, str) and len(value) == _LENGTH and value.isascii() and value.isdigit():
                return value
    return ""


def _demographics(patient: dict[str, Any]) -> dict[str, str]:
    """Search parameters from name, birth date and gender, as far as they are there."""
    names = patient.get("name")
    families = [one.get("family") for one in names if isinstance(one, dict)] if isinstance(names, list) else []
    plain = [one for one in families if isinstance(one, str) and one and not any(sign in one for sign in ",|$\\")]
    born, gender = patient.get("birthDate"), patient.get("gender")
    made = {"family": plain[0]} if plain else {}
    if isinstance(born, str) and born:
        made["birthdate"] = born
    if isinstance(gender, str) and gender:
        made["gender"] = gender
    return made
