"""What is missing, and what stands where nothing is known."""

from __future__ import annotations

from tests.bench.exports.household import Household
from tests.bench.exports.kinds.kind import BOTH, fault


def _without(home: Household, name: str) -> None:
    del home.patient[name]
    home.mark(home.patient, f"/{name}")


@fault("no-birth-date", "DH-DQ-02")
def no_birth_date(home: Household) -> None:
    """A patient has no date of birth."""
    _without(home, "birthDate")


@fault("no-gender", "DH-DQ-02")
def no_gender(home: Household) -> None:
    """A patient has no gender."""
    _without(home, "gender")


@fault("no-address", "DH-DQ-02")
def no_address(home: Household) -> None:
    """A patient who is not restricted has no address."""
    _without(home, "address")


@fault("no-practice", "DH-DQ-02")
def no_practice(home: Household) -> None:
    """A patient has no general practice."""
    _without(home, "generalPractitioner")


@fault("no-ethnicity", "DH-DQ-02", exports=BOTH)
def no_ethnicity(home: Household) -> None:
    """A patient has no ethnic category."""
    _without(home, "extension")


@fault("pseudo-postcode", "DH-DQ-04")
def pseudo_postcode(home: Household) -> None:
    """A postcode is one of those that say that there is none."""
    home.patient["address"][0]["postalCode"] = ("ZZ99 3AA", "ZZ99 3VZ", "ZZ99 3WZ")[home.turn % 3]
    home.mark(home.patient, "/address/0/postalCode")


@fault("default-birth-date", "DH-DQ-04")
def default_birth_date(home: Household) -> None:
    """A date of birth is the first day of the last century."""
    home.patient["birthDate"] = "1900-01-01"
    home.mark(home.patient, "/birthDate")


@fault("ethnicity-not-stated", "DH-DQ-04", exports=BOTH)
def not_stated(home: Household) -> None:
    """The ethnic category is the code for: not stated."""
    coding = home.patient["extension"][0]["valueCodeableConcept"]["coding"][0]
    coding["code"] = "Z"
    del coding["display"]
    home.mark(home.patient, "/extension/0/valueCodeableConcept")


@fault("placeholder-name", "DH-DQ-04")
def placeholder_name(home: Household) -> None:
    """A family name says that there is none."""
    home.patient["name"][0]["family"] = ("Unknown", "N/A", ".", "not known")[home.turn % 4]
    home.mark(home.patient, "/name/0/family")


@fault("placeholder-note", "DH-DQ-04", exports=BOTH)
def placeholder_note(home: Household) -> None:
    """A medicine's dose is: to be confirmed."""
    home.of("MedicationRequest")["dosageInstruction"][0]["text"] = "TBC"
    home.mark(home.of("MedicationRequest"), "/dosageInstruction/0/text")


@fault("undeclared-field", "DH-GDPR-02", exports=BOTH)
def undeclared(home: Household) -> None:
    """A patient has an element that no other has: no declared flow of data mentions it."""
    home.patient["multipleBirthBoolean"] = False
    home.mark(home.patient, "/multipleBirthBoolean")


@fault("phone-outside-drama", "DH-TEST-03")
def real_phone(home: Household) -> None:
    """A test system has a telephone number outside of the ranges for drama. (Nobody has it: no place has the code.)"""
    home.patient["telecom"][0]["value"] = f"01632 1{home.person.place % 100_000:05}"
    home.mark(home.patient, "/telecom/0/value")


@fault("kept-too-long", "DH-RET-02")
def kept_too_long(home: Household) -> None:
    """A patient died nineteen years ago, and the record is still there."""
    home.patient["birthDate"], home.patient["deceasedDateTime"] = "1921-04-14", "2007-01-10"
    home.patient["meta"]["lastUpdated"] = "2007-01-12T12:00:00+00:00"
    for event in home.resources[1:]:
        home.move(event, {f"{year}-": f"{year - 20}-" for year in range(2021, 2027)})
    home.mark(home.patient, "/deceasedDateTime")
