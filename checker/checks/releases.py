"""What the checks of a release go by: the roles of its fields, by default and as its publisher declares them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import msgspec

from checker.checks.element_paths import ROW, element_path, found_at
from checker.errors import ProfileFault
from checker.model.release import Release
from checker.model.scan import Seen
from checker.model.supplier import Supplier
from checker.model.value import Params

RELEASE, OTHER, SOURCE = "release", "release-other", "export"
"""Kinds of artefacts: the release, one for another recipient, and the records from which it was made."""
_PEOPLE = ("Patient", "RelatedPerson", "Person")
_NAMING = ("name", "telecom", "photo", "address.line", "address.text")
DIRECT = (*(f"{kind}.{element}" for kind in _PEOPLE for element in _NAMING), "Patient.contact")
"""What names or reaches somebody by itself. Declaring these as something else does not make them so."""
QUASI = ("Patient.gender", "Patient.birthDate", "Patient.address.district", "Patient.address.postalCode")
PSEUDONYMS = ("Patient.id",)
BIRTH_DATES = tuple(f"{kind}.birthDate" for kind in _PEOPLE)
PLACES = tuple(f"{kind}.address.postalCode" for kind in _PEOPLE)
ETHNICITY = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory"

_P = TypeVar("_P", bound="ReleaseParams")


class ReleaseParams(Params, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Paths of fields by role, e.g. ``Patient.birthDate`` or ``Row.age_band``. The release declaration adds to them."""

    direct: tuple[str, ...] = DIRECT
    quasi: tuple[str, ...] = QUASI
    sensitive: tuple[str, ...] = ()
    pseudonyms: tuple[str, ...] = PSEUDONYMS
    dates: tuple[str, ...] = BIRTH_DATES
    geography: tuple[str, ...] = PLACES
    free_text: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    """All fields that are declared, whatever they are; filled in by the plan."""


_MEMBERS = {
    "direct": "direct",
    "quasi": "quasi",
    "sensitive": "sensitive",
    "pseudonym": "pseudonyms",
    "date": "dates",
    "geography": "geography",
    "free-text": "free_text",
}
"""Role → the member of the parameters that lists its paths."""


def with_declared(params: _P, supplier: Supplier) -> _P:
    """The parameters with the fields of the release declaration. Pure; done again, it changes nothing.

    A field that is declared has the roles that are declared, and not those it has by default; but what names
    somebody by itself stays a direct identifier. Raises ``ProfileFault`` for a path that is none.
    """
    release = supplier.release
    if release is not None:
        named = {one.path for one in release.fields}
        changed: dict[str, Any] = {
            member: _joined(getattr(params, member), named if role != "direct" else (), release.paths(role))
            for role, member in _MEMBERS.items()
        }
        params = msgspec.structs.replace(params, declared=tuple(sorted(named)), **changed)
    for member in _MEMBERS.values():
        for path in getattr(params, member):
            try:
                element_path(path)
            except ValueError as fault:
                raise ProfileFault(f"{fault}", next_step="Mend the path in the profile or the declaration.") from None
    return params


def _joined(default: Iterable[str], but: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*default} - {*but} | {*more}))


def declared_release(supplier: Supplier) -> Release:
    """The declared release, or one of which nothing is declared."""
    return supplier.release or Release(name="")


def ids_of(supplier: Supplier, kind: str) -> tuple[str, ...]:
    """The ids of the artefacts of a kind: paths of their resources begin with them."""
    return tuple(one.id for one in supplier.artefacts_of(kind))


def is_in(seen: Seen, artefacts: tuple[str, ...]) -> bool:
    """Does a resource stand in one of these artefacts?"""
    return bool(artefacts) and seen.locator.path.partition("/")[0] in artefacts


def at(paths: Iterable[str], resource: Any) -> Iterator[tuple[str, str, Any]]:
    """Path, pointer and value of all that stands at these paths in a resource."""
    for path in paths:
        for pointer, value in found_at(element_path(path), resource):
            yield path, pointer, value


def speak_of(paths: Iterable[str], kind: str) -> tuple[str, ...]:
    """The paths of a resource type."""
    return tuple(path for path in paths if element_path(path).type == kind)


def systems_of(pseudonyms: Iterable[str]) -> frozenset[str]:
    """The identifier systems of pseudonyms, where their paths name some."""
    steps = (step for path in pseudonyms for step in element_path(path).steps)
    return frozenset(step.of for step in steps if step.name == "identifier" and step.of)


def is_one_of(identifier: dict[str, Any], systems: frozenset[str]) -> bool:
    """Is an identifier of one of these systems?"""
    system = identifier.get("system")
    return isinstance(system, str) and system in systems


def place(seen: Seen, pointer: str) -> str:
    """``path@offset#pointer`` of something in a whole resource."""
    whole = seen.pointer + pointer
    return f"{seen.locator}#{whole}" if whole else str(seen.locator)


def is_row(kind: str) -> bool:
    """Is it a row of a table, and not a resource of FHIR?"""
    return kind == ROW
