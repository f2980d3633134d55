"""What must not be in a release that is said to be anonymised."""

from __future__ import annotations

import hashlib

from tests.bench.exports.household import Household
from tests.bench.exports.kinds.kind import ANONYMISED, fault
from tests.bench.exports.patients import HOSPITAL_NUMBER

_ONLY = (ANONYMISED,)


def _keep(home: Household, name: str, value: object) -> None:
    home.patient[name] = value
    home.mark(home.patient, f"/{name}")


@fault("name-kept", "DH-ANON-01", exports=_ONLY)
def name_kept(home: Household) -> None:
    """A patient's name was left."""
    _keep(home, "name", [{"use": "official", "family": home.person.family, "given": [home.person.given]}])


@fault("telecom-kept", "DH-ANON-01", exports=_ONLY)
def telecom_kept(home: Household) -> None:
    """A patient's telephone number was left."""
    _keep(home, "telecom", [{"system": "phone", "value": home.person.phone, "use": "home"}])


@fault("number-kept", "DH-ANON-01", "DH-ANON-07", exports=_ONLY)
def number_kept(home: Household) -> None:
    """A patient's NHS number was left beside the pseudonym."""
    home.patient["identifier"].append({"system": "https://fhir.nhs.uk/Id/nhs-number", "value": home.person.number})
    home.mark(home.patient, "/identifier/1/value")


@fault("hospital-number-kept", "DH-ANON-01", exports=_ONLY)
def hospital_number_kept(home: Household) -> None:
    """A patient's hospital number was left beside the pseudonym."""
    home.patient["identifier"].append({"system": HOSPITAL_NUMBER, "value": home.person.hospital_number})
    home.mark(home.patient, "/identifier/1/value")


@fault("postcode-kept", "DH-ANON-01", "DH-ANON-13", exports=_ONLY)
def postcode_kept(home: Household) -> None:
    """A patient's whole postcode was left."""
    home.patient["address"][0]["postalCode"] = home.person.postcode
    home.mark(home.patient, "/address/0/postalCode")
    home.follows(home.patient, "DH-ANON-02")  # alone with that postcode


@fault("birth-date-kept", "DH-ANON-01", "DH-ANON-12", exports=_ONLY)
def birth_date_kept(home: Household) -> None:
    """The day of birth was left, in the year that stands for the class."""
    home.patient["birthDate"] = f"{home.patient['birthDate']}-05-17"
    home.mark(home.patient, "/birthDate")
    home.follows(home.patient, "DH-ANON-02")  # alone with that day


@fault("small-class", "DH-ANON-02", exports=_ONLY)
def small_class(home: Household) -> None:
    """A patient is the only one of the year and district."""
    home.patient["birthDate"] = str(1900 + home.turn % 25)
    home.patient["address"][0]["district"] = f"Isle of Sedge {home.turn}"
    home.mark(home.patient)


@fault("digest-as-pseudonym", "DH-ANON-08", exports=_ONLY)
def digest(home: Household) -> None:
    """A pseudonym is an unsalted digest of the NHS number."""
    number = home.person.number.encode()
    home.patient["identifier"][0]["value"] = hashlib.sha256(number).hexdigest()
    home.mark(home.patient, "/identifier/0/value")


@fault("pseudonym-for-all", "DH-ANON-09", exports=_ONLY)
def pseudonym_for_all(home: Household) -> None:
    """A pseudonym is the same for every recipient: two releases can be joined by it."""
    home.patient["identifier"][0]["value"] = home.patients.pseudonym(home.person, shared=True)
    home.mark(home.patient, "/identifier/0/value")


@fault("two-pseudonyms", "DH-ANON-09", exports=_ONLY)
def two_pseudonyms(home: Household) -> None:
    """One patient has two pseudonyms in one release: a reference has another one than the Patient."""
    first = home.patient["identifier"][0]
    home.weight["subject"]["identifier"] = {**first, "value": first["value"][::-1]}
    home.mark(home.weight, "/subject/identifier/value")
