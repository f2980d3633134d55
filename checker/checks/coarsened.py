"""How exactly a release tells days and places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

import msgspec

from checker.checks.each import OfEach
from checker.checks.releases import ReleaseParams, at, declared_release, is_row, speak_of, with_declared
from checker.checks.tallied import Said, Tallied
from checker.model.scan import Look, Seen
from checker.model.supplier import Supplier
from checker.model.value import Params

_YEAR = re.compile(r"[0-9]{4}", re.ASCII)
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}|[0-9]{2}/[0-9]{4}", re.ASCII)
_PEOPLE = ("Patient", "RelatedPerson", "Person", "Row")
_BIRTH_TIME = "http://hl7.org/fhir/StructureDefinition/patient-birthTime"
_FINE, _TIME = "fine", "time"
_WHOLE, _SECTOR = "whole", "sector"

_CODES = (
    (re.compile(r"[EW]00[0-9]{6}", re.ASCII), "oa"),
    (re.compile(r"[EW]01[0-9]{6}", re.ASCII), "lsoa"),
    (re.compile(r"[EW]02[0-9]{6}", re.ASCII), "msoa"),
    (re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9]", re.I | re.ASCII), "postcode-sector"),
    (re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]?", re.I | re.ASCII), "postcode-district"),
    (re.compile(r"[A-Z]{1,2}", re.I | re.ASCII), "postcode-area"),
)
"""How codes of places are written: GSS codes of the Office for National Statistics, and parts of postcodes."""
_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}", re.I | re.ASCII)
_FINENESS = {"oa": 0, "postcode-sector": 1, "lsoa": 1, "msoa": 2, "postcode-district": 3, "postcode-area": 4, "icb": 5}


class DateParams(ReleaseParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``birth``: the finest that a date of birth may be, ``year`` or ``month``; the declaration may ask for more."""

    birth: str = "month"


class DatesCoarsened(OfEach[DateParams]):
    """Dates of birth in a release are as coarse as declared: the year, or the month at the most.

    Looked at is ``birthDate`` of Patient, RelatedPerson and Person, with the extension for the time of birth, and each
    field that the release declaration calls a date. What is no date at all (an age band) is coarse enough.

    Good: ``1950``. Bad: ``1950-05-17``; ``1950-05`` where years are declared.
    """

    id: ClassVar[str] = "release.dates-coarsened"
    params_type: ClassVar[type[Params]] = DateParams
    looks: ClassVar[tuple[Look, ...]] = (Look(types=_PEOPLE),)
    source: ClassVar[str] = "docs/policy.md#days-are-not-released"
    what: ClassVar[str] = "dates of birth and other dates that were to be made coarse"
    said: ClassVar[dict[str, Said]] = {
        _FINE: Said("A date in the release is finer than declared", "the year, or the month where declared", "finer"),
        _TIME: Said("A time of birth is in the release", "no time of birth", "one is there"),
    }

    def bound(self, params: DateParams, supplier: Supplier) -> DateParams:
        """With the dates of the release declaration, and how fine they may be."""
        birth = declared_release(supplier).birth_dates or params.birth
        return with_declared(msgspec.structs.replace(params, birth=birth), supplier)

    def step(self, state: Tallied, seen: Seen, params: DateParams) -> Tallied:
        """Examine the dates of one record."""
        if not isinstance(seen.node, dict):
            return state
        for _, pointer, value in at(speak_of(params.dates, seen.resource_type), seen.node):
            state.count()
            if not isinstance(value, str) or _is_finer(value.strip(), params.birth):
                state.fault(_FINE, _at(seen, pointer))
        beside = f"{seen.resource_type}._birthDate.extension('{_BIRTH_TIME}')"
        for _, pointer, _value in at(() if is_row(seen.resource_type) else (beside,), seen.node):
            state.fault(_TIME, _at(seen, pointer))
        return state


def _is_finer(text: str, birth: str) -> bool:
    if _YEAR.fullmatch(text) or not re.search(r"[0-9]{4}|[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2}", text, re.ASCII):
        return False
    if re.fullmatch(r"[0-9]{4} ?(?:-|to|–) ?[0-9]{4}", text, re.ASCII):
        return False  # from year to year
    return birth == "year" or not _MONTH.fullmatch(text)


class PlaceParams(ReleaseParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``level``: the finest place that may be named; the release declaration may say another."""

    level: str = "postcode-district"


class PlacesCoarsened(OfEach[PlaceParams]):
    """Places in a release are no finer than declared, and never whole postcodes of people.

    Looked at is ``postalCode`` in addresses of Patient, RelatedPerson and Person, and each field that the release
    declaration calls geography. Codes are known by their form: output areas, LSOA, MSOA (E00…, E01…, E02…, W…), and
    sectors, districts and areas of postcodes. Of names of places nobody can tell how large they are.

    Good: ``AB1`` where districts are declared. Bad: ``AB1 2``; any whole postcode.
    """

    id: ClassVar[str] = "release.places-coarsened"
    params_type: ClassVar[type[Params]] = PlaceParams
    looks: ClassVar[tuple[Look, ...]] = (Look(types=_PEOPLE),)
    source: ClassVar[str] = "docs/policy.md#places-are-wide"
    what: ClassVar[str] = "people of whom it was looked where they live"
    said: ClassVar[dict[str, Said]] = {
        _WHOLE: Said("A whole postcode is in the release", "a district at the most", "a whole postcode"),
        _SECTOR: Said("A place in the release is finer than declared", "the declared level or coarser", "finer"),
    }

    def bound(self, params: PlaceParams, supplier: Supplier) -> PlaceParams:
        """With the geography of the release declaration."""
        level = declared_release(supplier).geography or params.level
        return with_declared(msgspec.structs.replace(params, level=level), supplier)

    def faults(self, seen: Seen, params: PlaceParams) -> Iterator[tuple[str, str]] | None:
        """The places of one record."""
        paths = speak_of(params.geography, seen.resource_type)
        return _too_fine(seen, params, paths) if paths and isinstance(seen.node, dict) else None


def _too_fine(seen: Seen, params: PlaceParams, paths: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for _, pointer, value in at(paths, seen.node):
        text = value.strip() if isinstance(value, str) else ""
        if _POSTCODE.fullmatch(text):
            yield _WHOLE, pointer
            continue
        level = next((name for form, name in _CODES if form.fullmatch(text)), "")
        if level and _FINENESS[level] < _FINENESS[params.level]:
            yield _SECTOR, pointer


def _at(seen: Seen, pointer: str) -> str:
    whole = seen.pointer + pointer
    return f"{seen.locator}#{whole}"


DATES_COARSENED = DatesCoarsened()
PLACES_COARSENED = PlacesCoarsened()
