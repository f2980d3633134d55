"""What looks like a fault and is none. Each names the requirements whose checks must be quiet about it."""

from __future__ import annotations

from fixtures.supplier import nhs_number
from fixtures.supplier.people import status
from tests.bench.exports.calendar import EXPORTED_AT
from tests.bench.exports.household import Household
from tests.bench.exports.kinds.kind import ANONYMISED, BOTH, decoy
from tests.bench.exports.kinds.labels import restrict
from tests.bench.exports.numbers import passing
from tests.bench.exports.template import DIV, SUPPLIER

_LEAKS = ("DH-LEAK-01", "DH-LEAK-03", "DH-LEAK-07", "DH-ANON-07")
_ORDERS = f"{SUPPLIER}/order-number"


def _order(home: Household) -> str:
    """Ten digits that pass modulus 11, of a range that people are given numbers from."""
    return passing(430_000_000 + home.person.draw % 60_000_000)


def _note(home: Household, text: str) -> None:
    home.weight["note"] = [{"text": text}]
    home.mark(home.weight, "/note/0/text")


@decoy("order-number", "DH-NHSNO-01", "DH-NHSNO-12", "DH-TEST-01", *_LEAKS, exports=BOTH)
def order_number(home: Household) -> None:
    """An order number of ten digits passes modulus 11 by chance."""
    home.weight["identifier"] = [{"system": _ORDERS, "value": _order(home)}]
    home.mark(home.weight, "/identifier/0/value")


@decoy("order-number-that-fails", "DH-NHSNO-01", *_LEAKS, exports=BOTH)
def failing_order_number(home: Household) -> None:
    """An order number of ten digits does not pass modulus 11, and need not."""
    home.weight["identifier"] = [{"system": _ORDERS, "value": nhs_number.spoilt(_order(home))}]
    home.mark(home.weight, "/identifier/0/value")


@decoy("order-number-in-note", *_LEAKS, exports=BOTH)
def order_number_in_note(home: Household) -> None:
    """A note quotes an order number, and says that it is one."""
    _note(home, f"Sent with order no. {_order(home)}, collected by courier.")


@decoy("time-stamp-in-note", *_LEAKS, exports=BOTH)
def time_stamp(home: Household) -> None:
    """A note holds a Unix time that passes modulus 11."""
    _note(home, f"Device sync {passing(170_000_000 + home.person.draw % 2_000_000)} complete.")


@decoy("barcode-in-note", *_LEAKS, exports=BOTH)
def barcode(home: Household) -> None:
    """A note holds thirteen digits, of which ten in a row are an NHS number of the test range."""
    _note(home, f"Pack GTIN 5{home.person.number}42 scanned.")


@decoy("dates-like-a-phone", "DH-LEAK-07", exports=BOTH)
def dates_like_a_phone(home: Household) -> None:
    """A note holds a date and times, whose digits look like a telephone number."""
    _note(home, "Readings 01-06-2024 0715 and 02-06-2024 1930; dose 0.50 to 0.75.")


@decoy("codes-like-a-postcode", "DH-LEAK-07", "DH-ANON-13", exports=BOTH)
def codes_like_a_postcode(home: Household) -> None:
    """A note holds short codes of a clinic that look a little like postcodes."""
    _note(home, "Vitamin B12 low, Hb A1c 48, T4 normal; BP 1 hour after dose; lot L2 4AX9.")


@decoy("organisation-postcode", "DH-LEAK-07", "DH-ANON-13")
def organisation_postcode(home: Household) -> None:
    """A note holds the postcode of a practice, which is in the export."""
    _note(home, f"Referred to the surgery at 4 Sedge Bank, ZZ{home.person.practice % 89 + 1} 9ZZ.")


@decoy("organisation-email", "DH-LEAK-07")
def organisation_email(home: Household) -> None:
    """A note holds the address of a practice, which is in the export."""
    _note(home, f"Results to practice{home.person.practice + 1}@example.org as usual.")


@decoy("at-sign", "DH-LEAK-07", exports=BOTH)
def at_sign(home: Household) -> None:
    """A note has an at sign that is no address."""
    _note(home, "Salbutamol 2 puffs @ night, peak flow 410 @ 08.00.")


@decoy("common-words", "DH-LEAK-07", exports=BOTH)
def common_words(home: Household) -> None:
    """A note has words that are also names of people."""
    _note(home, "Will review in May; rose-coloured rash, grace period ends in June.")


@decoy("uuid-with-ten-digits", *_LEAKS, exports=BOTH)
def uuid_with_digits(home: Household) -> None:
    """A UUID has ten digits in a row that pass modulus 11."""
    home.weight["id"] = f"{home.weight['id'][:24]}a{_order(home)}b"
    home.mark(home.weight, "/id")


@decoy("local-id-of-ten-digits", "DH-LEAK-03", "DH-ANON-07", exports=BOTH)
def id_of_ten_digits(home: Household) -> None:
    """A logical id has ten digits and does not pass modulus 11."""
    home.weight["id"] = nhs_number.spoilt(_order(home))
    home.mark(home.weight, "/id")


@decoy("merged-patient", "DH-NHSNO-07", "DH-DQ-08")
def merged(home: Household) -> None:
    """A patient carries another's numbers, and says to have been merged into them."""
    previous = home.previous
    home.patient["identifier"][0]["value"] = previous.number
    home.patient["identifier"][1]["value"] = previous.hospital_number
    home.patient["active"] = False
    home.patient["link"] = [{"other": {"reference": f"Patient/{previous.id}"}, "type": "replaced-by"}]
    home.mark(home.patient, "/identifier/0/value", with_previous=True)


@decoy("superseded-number", "DH-NHSNO-07", "DH-DQ-08")
def superseded(home: Household) -> None:
    """A patient carries another's hospital number as one that is no longer valid."""
    old = {"use": "old", "system": f"{SUPPLIER}/hospital-number", "value": home.previous.hospital_number}
    home.patient["identifier"].append(old)
    home.mark(home.patient, "/identifier/2/value", with_previous=True)


@decoy("same-value-of-another-system", "DH-NHSNO-07", "DH-DQ-08")
def other_system(home: Household) -> None:
    """Two patients have numbers of two systems that are spelt alike."""
    home.patient["identifier"].append({"system": f"{SUPPLIER}/card", "value": home.previous.hospital_number})
    home.mark(home.patient, "/identifier/2/value", with_previous=True)


@decoy("twins", "DH-DQ-08", "DH-DQ-07")
def twins(home: Household) -> None:
    """Two patients share family name, address and day of birth, and are two."""
    previous = home.previous
    home.patient["birthDate"] = previous.born
    home.patient["name"][0]["family"] = previous.family
    home.patient["address"][0].update(line=[previous.line], city=previous.town, postalCode=previous.postcode)
    home.mark(home.patient, with_previous=True)


@decoy("masked-number", "DH-NHSNO-01", "DH-NHSNO-02", "DH-NHSNO-10")
def masked(home: Household) -> None:
    """A verified number is masked, and says so."""
    reason = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}
    del home.patient["identifier"][0]["value"]
    home.patient["identifier"][0]["_value"] = {"extension": [reason]}
    home.mark(home.patient, "/identifier/0")


@decoy("untraced-without-number", "DH-NHSNO-01", "DH-NHSNO-10", "DH-NHSNO-11")
def untraced(home: Household) -> None:
    """A patient has no number, and the status says why."""
    reason = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
    identifier = home.patient["identifier"][0]
    identifier["extension"] = status("03", "Trace required")
    del identifier["value"]
    identifier["_value"] = {"extension": [reason]}
    home.mark(home.patient, "/identifier/0")


@decoy("died-on-day-of-birth", "DH-DQ-06")
def died_at_birth(home: Household) -> None:
    """A newborn died within hours. The events are of the same day."""
    day = "2026-02-17"
    for event in home.resources[1:]:
        home.put_on(event, day)
    home.patient["birthDate"] = day
    home.patient["deceasedDateTime"] = f"{day}T23:40:00+00:00"
    home.mark(home.patient, "/deceasedDateTime")


@decoy("very-old-and-alive", "DH-DQ-06")
def very_old(home: Household) -> None:
    """A patient is 104 and well."""
    home.patient["birthDate"] = "1921-09-30"
    home.mark(home.patient, "/birthDate")


@decoy("measured-as-death-came", "DH-DQ-06")
def on_the_day_of_death(home: Household) -> None:
    """A measurement is of the day of death."""
    day = "2026-02-24"
    home.patient["deceasedDateTime"] = day
    home.weight["effectiveDateTime"] = f"{day}T23:15:00+00:00"
    home.weight["meta"]["lastUpdated"] = f"{day}T23:45:00+00:00"
    home.mark(home.weight, "/effectiveDateTime")


@decoy("first-of-january", "DH-DQ-04")
def first_of_january(home: Household) -> None:
    """A patient is really born on a first of January."""
    home.patient["birthDate"] = "1961-01-01"
    home.mark(home.patient, "/birthDate")


@decoy("name-like-a-placeholder", "DH-DQ-04")
def named_null(home: Household) -> None:
    """A family is called Null, or Test, or Xu."""
    home.patient["name"][0]["family"] = ("Null", "Test", "Xu", "Nil")[home.turn % 4]
    home.mark(home.patient, "/name/0/family")


@decoy("restricted-as-it-should-be", "DH-SENS-01", "DH-SENS-04", "DH-DQ-02")
def restricted(home: Household) -> None:
    """A restricted patient has no address, and that is no gap."""
    restrict(home)
    home.mark(home.patient)


@decoy("labelled-normal", "DH-SENS-01", "DH-SENS-04", exports=BOTH)
def labelled_normal(home: Household) -> None:
    """A patient with an address is labelled N: there is nothing to hide."""
    home.patient["meta"]["security"] = [
        {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "N", "display": "normal"}
    ]
    home.mark(home.patient, "/meta/security/0")


@decoy("odd-references", "DH-DQ-10")
def odd_references(home: Household) -> None:
    """References to a version, to what is contained, to another server and by identifier: all lead where they say."""
    weight = home.weight
    weight["subject"]["reference"] += "/_history/1"
    weight["contained"] = [{"resourceType": "Device", "id": "scales", "status": "active"}]
    weight["device"] = {"reference": "#scales"}
    weight["performer"].append({"reference": f"https://other.example/fhir/Practitioner/{home.person.place}"})
    weight["performer"].append({"identifier": {"system": f"{SUPPLIER}/staff", "value": f"S{home.person.place}"}})
    home.mark(weight, "/subject/reference")


@decoy("words-beside-a-code", "DH-EXIT-07", exports=BOTH)
def words_beside(home: Household) -> None:
    """A concept has words of the supplier's own beside a code of SNOMED CT."""
    code = home.of("Condition")["code"]
    code["text"] = "Entered as P-17"
    home.mark(home.of("Condition"), "/code")


@decoy("absent-birth-date-with-reason", "DH-DQ-02")
def absent_with_reason(home: Household) -> None:
    """A date of birth is absent, and the record says that the patient was asked and does not know it."""
    reason = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "asked-unknown"}
    del home.patient["birthDate"]
    home.patient["_birthDate"] = {"extension": [reason]}
    home.mark(home.patient, "/birthDate")


@decoy("year-alone", "DH-ANON-01", "DH-ANON-12", exports=(ANONYMISED,))
def year_alone(home: Household) -> None:
    """A note has a year and an age in five-year steps: no date of birth."""
    _note(home, f"Born in the 1950s, aged 70 to 74 when seen; data of {EXPORTED_AT[:4]}.")


@decoy("digest-of-something-else", "DH-ANON-08", "DH-LEAK-03", exports=BOTH)
def other_digest(home: Household) -> None:
    """A SHA-256 stands in an identifier, of a file and not of a number."""
    value = "".join(f"{home.person.draw * odd & (1 << 64) - 1:016x}" for odd in (3, 5, 7, 9))
    home.weight["identifier"] = [{"system": f"{SUPPLIER}/file-digest", "value": value}]
    home.mark(home.weight, "/identifier/0/value")


@decoy("grouped-narrative", "DH-NHSNO-03")
def grouped_narrative(home: Household) -> None:
    """A narrative shows the NHS number in its groups."""
    told = f"{home.person.given} {home.person.family}, NHS number {nhs_number.spaced(home.person.number)}"
    home.patient["text"] = {"status": "generated", "div": DIV % told}
    home.mark(home.patient, "/text/div")
