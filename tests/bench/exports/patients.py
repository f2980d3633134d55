"""Patients as text: as their practice keeps them, and as an anonymised release has them."""

from __future__ import annotations

from fixtures.supplier.people import VERIFICATION, VERIFICATION_CODES, VERIFIED
from tests.bench.exports.calendar import DIED, PATIENT_CHANGED
from tests.bench.exports.chance import base, logical_id, mixed
from tests.bench.exports.numbers import SYSTEM, grouped
from tests.bench.exports.people import ETHNICITIES, Person
from tests.bench.exports.staff import Staff
from tests.bench.exports.template import SUPPLIER, UK_CORE, Form, concept

EXTENSION = UK_CORE.replace("UKCore-", "Extension-UKCore-")
ETHNICITY_SYSTEM = "https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategoryEngland"
HOSPITAL_NUMBER = f"{SUPPLIER}/hospital-number"
PSEUDONYM = f"{SUPPLIER}/pseudonym"
_CHANGED = f"{PATIENT_CHANGED}T12:00:00+00:00"
_STATUS = {"url": VERIFICATION, "valueCodeableConcept": concept(VERIFICATION_CODES, *VERIFIED)}
_ETHNIC = {"url": f"{EXTENSION}EthnicCategory", "valueCodeableConcept": concept(ETHNICITY_SYSTEM, "%s", "%s")}
_WHO = {
    "extension": [_ETHNIC],
    "identifier": [
        {"extension": [_STATUS], "use": "official", "system": SYSTEM, "value": "%s"},
        {"use": "usual", "system": HOSPITAL_NUMBER, "value": "%s"},
    ],
    "active": True,
    "name": [{"use": "official", "family": "%s", "given": ["%s"]}],
}
_BORN = {"gender": "%s", "birthDate": "%s"}
_DIED = {"deceasedDateTime": DIED}
_TELECOM = {
    "telecom": [
        {"system": "phone", "value": "%s", "use": "home"},
        {"system": "email", "value": "%s", "use": "home"},
    ]
}
_HOME = {
    "address": [
        {"use": "home", "type": "both", "line": ["%s"], "city": "%s", "postalCode": "%s", "country": "GBR"},
    ]
}
_CARE = {"generalPractitioner": [{"reference": "Organization/%s"}]}
_KEPT_BY = {"managingOrganization": {"reference": "Organization/%s"}}
_SECRET = {alive: {**_WHO, **_BORN, **({} if alive else _DIED), **_KEPT_BY} for alive in (True, False)}
_OPEN = {
    alive: {**_WHO, **_TELECOM, **_BORN, **({} if alive else _DIED), **_HOME, **_CARE, **_KEPT_BY}
    for alive in (True, False)
}
_FORMS = {
    (restricted, alive): Form("Patient", "Patient", (_SECRET if restricted else _OPEN)[alive])
    for restricted in (True, False)
    for alive in (True, False)
}
_ANONYMISED = Form(
    "Patient",
    "Patient",
    {
        "extension": [_ETHNIC],
        "identifier": [{"system": PSEUDONYM, "value": "%s"}],
        "active": True,
        "gender": "%s",
        "birthDate": "%d",
        "address": [{"use": "home", "district": "%s", "country": "GBR"}],
        "managingOrganization": {"reference": "Organization/%s"},
    },
)
DISTRICTS = ("Sedgeshire", "Harrowmere", "Kestrel Coast")
FIRST_YEAR, YEARS = 1935, 16
"""Years of birth of an anonymised release: each stands for five."""


class Patients:
    """Writes patients."""

    def __init__(self, seed: int, staff: Staff, *, anonymised: bool, recipient: str) -> None:
        self._staff = staff
        self._anonymised = anonymised
        self._pseudonyms = base(seed, f"pseudonyms for {recipient}")
        self._shared = base(seed, "pseudonyms for all")

    def text(self, person: Person) -> str:
        """The JSON text of a patient."""
        organization = self._staff.organization(person.practice)
        if self._anonymised:
            return self._released(person, organization)
        form = _FORMS[person.restricted, not person.died]
        lived = (person.gender, person.born)
        who = (
            *ETHNICITIES[person.draw % 5],
            *(person.number, person.hospital_number, person.family, person.given),
        )
        where: tuple[str, ...] = ()
        contact: tuple[str, ...] = ()
        if not person.restricted:
            contact = (person.phone, person.email)
            where = (person.line, person.town, person.postcode, organization)
        rest = (*who, *contact, *lived, *where, organization)
        if person.draw & 12:
            return form.untold[person.restricted] % (person.id, _CHANGED, *rest)
        told = f"{person.given} {person.family}, NHS number {grouped(person.number)}"
        return form.told[person.restricted] % (person.id, _CHANGED, told, *rest)

    def _released(self, person: Person, organization: str) -> str:
        group = person.group
        year, district = FIRST_YEAR + 5 * (group // 2 % YEARS), DISTRICTS[group % 3]
        return _ANONYMISED.untold[person.restricted] % (
            *(person.id, _CHANGED, *ETHNICITIES[group % 5], self.pseudonym(person)),
            *("female" if group & 1 else "male", year, district, organization),
        )

    def pseudonym(self, person: Person, *, shared: bool = False) -> str:
        """What stands for the patient in this release; ``shared`` would be the same for every recipient."""
        return logical_id(self._shared if shared else self._pseudonyms, person.place).replace("-", "")

    def draw(self, person: Person) -> int:
        """More chance for one patient."""
        return mixed(self._shared, person.place)
