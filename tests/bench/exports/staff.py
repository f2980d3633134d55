"""Who looks after the patients: practices with a site, practitioners and their roles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.bench.exports.chance import base, logical_id, mixed
from tests.bench.exports.layout import STAFF_EACH
from tests.bench.exports.people import FAMILIES, GIVEN, TOWNS
from tests.bench.exports.template import HL7, SUPPLIER, Form, concept

_CHANGED = "2026-01-05T08:00:00+00:00"
_SETTINGS = "https://fhir.hl7.org.uk/CodeSystem/UKCore-PracticeSettingCode"
_PHONE = {"system": "phone", "value": "01632 960101", "use": "work"}
_ADDRESS = {
    "use": "work",
    "type": "both",
    "line": ["%d Sedge Bank"],
    "city": "%s",
    "postalCode": "ZZ%d 9ZZ",
    "country": "GBR",
}
_ORGANIZATION = Form(
    "Organization",
    "Organization",
    {
        "identifier": [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "%s"}],
        "active": True,
        "type": [concept(f"{HL7}/organization-type", "prov", "Healthcare Provider")],
        "name": "%s Surgery (synthetic)",
        "telecom": [
            {"system": "phone", "value": "01632 960%03d", "use": "work"},
            {"system": "email", "value": "practice%d@example.org", "use": "work"},
        ],
        "address": [_ADDRESS],
    },
)
_LOCATION = Form(
    "Location",
    "Location",
    {
        "identifier": [{"system": "https://fhir.nhs.uk/Id/ods-site-code", "value": "%s01"}],
        "status": "active",
        "name": "Main site (synthetic)",
        "address": _ADDRESS,
        "managingOrganization": {"reference": "Organization/%s"},
    },
)
_PRACTITIONER = Form(
    "Practitioner",
    "Practitioner",
    {
        "identifier": [
            {"system": "https://fhir.hl7.org.uk/Id/gmc-number", "value": "%07d"},
            {"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "%012d"},
        ],
        "active": True,
        "name": [{"use": "official", "family": "%s", "given": ["%s"], "prefix": ["Dr"]}],
        "telecom": [_PHONE],
        "gender": "%s",
    },
)
_NAMELESS = Form(
    "Practitioner", "Practitioner", {"identifier": [{"system": f"{SUPPLIER}/staff", "value": "S%06d"}], "active": True}
)
_ROLE = Form(
    "PractitionerRole",
    "PractitionerRole",
    {
        "active": True,
        "period": {"start": "2020-01-01"},
        "practitioner": {"reference": "Practitioner/%s"},
        "organization": {"reference": "Organization/%s"},
        "specialty": [concept(_SETTINGS, "600", "General Medical Practice")],
        "location": [{"reference": "Location/%s"}],
        "telecom": [_PHONE],
    },
)


def ods_code(practice: int) -> str:
    """An ODS code of the form of a practice's, with the letter of none that there is."""
    digits, number = "", practice
    for _ in range(3):
        number, digit = divmod(number, 36)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + digits
    return f"ZZ{digits}"


class Staff(NamedTuple):
    """The ids that patients and events refer to; ``place`` is that of the practice."""

    organizations: int
    locations: int
    practitioners: int
    roles: int

    @classmethod
    def of(cls, seed: int) -> Staff:
        """Where the ids begin."""
        return cls(*(base(seed, name) for name in ("Organization", "Location", "Practitioner", "PractitionerRole")))

    def organization(self, practice: int) -> str:
        """The id of a practice."""
        return logical_id(self.organizations, practice)

    def practitioner(self, practice: int, turn: int) -> str:
        """The id of one who works there."""
        return logical_id(self.practitioners, practice * STAFF_EACH + turn % STAFF_EACH)

    def resources(self, practices: int, *, anonymised: bool) -> Iterator[tuple[str, str, str]]:
        """All of them, as type, id and text."""
        for practice in range(practices):
            draw = mixed(self.locations, practice)
            organization, location = self.organization(practice), logical_id(self.locations, practice)
            code, town, postcode = ods_code(practice), TOWNS[draw % 4], practice % 89 + 1
            house = draw % 60 + 1
            name = FAMILIES[draw >> 8 & 15]
            numbers = (draw >> 16) % 200, practice + 1
            yield (
                "Organization",
                organization,
                _ORGANIZATION.untold[0] % (organization, _CHANGED, code, name, *numbers, house, town, postcode),
            )
            yield (
                "Location",
                location,
                _LOCATION.untold[0] % (location, _CHANGED, code, house, town, postcode, organization),
            )
            for turn in range(STAFF_EACH):
                place = practice * STAFF_EACH + turn
                who, role = self.practitioner(practice, turn), logical_id(self.roles, place)
                gender = "female" if draw >> turn & 1 else "male"
                named = (FAMILIES[(draw >> 24) % 25 - turn], GIVEN[gender][(draw >> 32) % 11], gender)
                numbers = place + 1, place + 1
                text = (
                    _NAMELESS.untold[0] % (who, _CHANGED, place + 1)
                    if anonymised
                    else _PRACTITIONER.untold[0] % (who, _CHANGED, *numbers, *named)
                )
                yield "Practitioner", who, text
                yield "PractitionerRole", role, _ROLE.untold[0] % (role, _CHANGED, who, organization, location)
