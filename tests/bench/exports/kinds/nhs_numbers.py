"""NHS numbers that are wrong, written wrongly, or somebody else's."""

from __future__ import annotations

from typing import Any

from fixtures.supplier import nhs_number
from fixtures.supplier.people import status
from tests.bench.exports.household import Household
from tests.bench.exports.kinds.kind import fault
from tests.bench.exports.numbers import grouped, passing

_AT = "/identifier/0/value"
_CONFORMANCE = "UKCORE-GEN-002"
"""The engine checks the digits of NHS numbers too."""


def _identifier(home: Household) -> dict[str, Any]:
    found: dict[str, Any] = home.patient["identifier"][0]
    return found


def _write(home: Household, value: object) -> None:
    _identifier(home)["value"] = value
    home.mark(home.patient, _AT)


@fault("wrong-check-digit", "DH-NHSNO-01", _CONFORMANCE)
def wrong_check_digit(home: Household) -> None:
    """The last digit of an NHS number is not its check digit."""
    _write(home, nhs_number.spoilt(home.person.number))


@fault("nine-digits", "DH-NHSNO-01", _CONFORMANCE)
def nine_digits(home: Household) -> None:
    """An NHS number has lost its last digit."""
    _write(home, home.person.number[:9])


@fault("letters-in-number", "DH-NHSNO-01", _CONFORMANCE)
def letters(home: Household) -> None:
    """An NHS number has a letter O where a digit belongs."""
    _write(home, home.person.number[:3] + "O" + home.person.number[4:])


@fault("spaced-number", "DH-NHSNO-02", _CONFORMANCE)
def spaced(home: Household) -> None:
    """An NHS number is stored in groups."""
    _write(home, grouped(home.person.number))


@fault("hyphenated-number", "DH-NHSNO-02", _CONFORMANCE)
def hyphenated(home: Household) -> None:
    """An NHS number is stored with hyphens."""
    _write(home, grouped(home.person.number).replace(" ", "-"))


@fault("number-as-number", "DH-NHSNO-02", _CONFORMANCE)
def as_number(home: Household) -> None:
    """An NHS number is a JSON number."""
    _write(home, int(home.person.number))


@fault("ungrouped-narrative", "DH-NHSNO-03")
def ungrouped(home: Household) -> None:
    """A narrative shows an NHS number as ten digits in a row."""
    told = f"{home.person.given} {home.person.family}, NHS number {home.person.number}"
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{told}</p></div>'
    home.patient["text"] = {"status": "generated", "div": div}
    home.mark(home.patient, "/text/div")


@fault("shared-nhs-number", "DH-NHSNO-07", "DH-DQ-08")
def shared(home: Household) -> None:
    """Two patients carry one NHS number."""
    _identifier(home)["value"] = home.previous.number
    home.mark(home.patient, _AT, with_previous=True)


@fault("no-nhs-number", "DH-NHSNO-08", "DH-NHSNO-11", "DH-DQ-02")
def none(home: Household) -> None:
    """A patient has no NHS number, and no word why."""
    del home.patient["identifier"][0]
    home.mark(home.patient, "/identifier")


@fault("number-without-status", "DH-NHSNO-09")
def without_status(home: Household) -> None:
    """An NHS number does not say whether it was verified."""
    del _identifier(home)["extension"]
    home.mark(home.patient, "/identifier/0")


def _say(home: Household, code: str, display: str) -> None:
    _identifier(home)["extension"] = status(code, display)


@fault("unknown-status", "DH-NHSNO-09", "DH-NHSNO-10", _CONFORMANCE)
def unknown_status(home: Household) -> None:
    """A verification status has a code that its list does not have."""
    _say(home, "99", "")
    home.mark(home.patient, "/identifier/0")


@fault("status-absent-with-number", "DH-NHSNO-10")
def absent_with_number(home: Household) -> None:
    """The status says that there is no number, and there is one."""
    _say(home, "07", "Number not present and trace not required")
    home.mark(home.patient, "/identifier/0")


@fault("status-present-without-number", "DH-NHSNO-10")
def present_without_number(home: Household) -> None:
    """The status says that the number was verified, and it is not there, for an unknown reason."""
    reason = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
    del _identifier(home)["value"]
    _identifier(home)["_value"] = {"extension": [reason]}
    home.mark(home.patient, "/identifier/0")


@fault("status-baby-for-adult", "DH-NHSNO-10")
def baby_for_adult(home: Household) -> None:
    """The status is that of a baby under six weeks, and the patient is years old."""
    _say(home, "08", "Trace postponed (baby under six weeks old)")
    home.mark(home.patient, "/identifier/0")


@fault("old-system", "DH-NHSNO-12")
def old_system(home: Household) -> None:
    """The system of an NHS number is an old spelling, so that nobody finds the number by it."""
    _identifier(home)["system"] = "http://fhir.nhs.net/Id/nhs-number"
    home.mark(home.patient, "/identifier/0/system")


@fault("chi-number", "DH-NHSNO-12", "DH-TEST-01")
def chi(home: Household) -> None:
    """A number of Scotland's range stands under the NHS number system. Nobody is born on 30 February."""
    _write(home, passing(300_200_000 + home.turn * 13 % 99_000))


@fault("hsc-number", "DH-NHSNO-12", "DH-TEST-01")
def hsc(home: Household) -> None:
    """A number of Northern Ireland's range stands under the NHS number system."""
    _write(home, passing(399_900_000 + home.turn * 13 % 90_000))


@fault("issuable-number", "DH-TEST-01")
def issuable(home: Household) -> None:
    """A test system holds an NHS number of the range that people are given numbers from."""
    _write(home, passing(nhs_number.ISSUABLE_STEM + home.turn * 13 % 90_000_000))


@fault("number-of-another", "DH-DQ-07")
def of_another(home: Household) -> None:
    """A result names its patient by a reference and by the NHS number of somebody else."""
    other = {"system": nhs_number.SYSTEM, "value": home.previous.number}
    home.weight["subject"]["identifier"] = other
    home.mark(home.weight, "/subject/identifier/value")
