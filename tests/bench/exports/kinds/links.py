"""Ids, references and URLs that give a patient away, and what should not be reachable."""

from __future__ import annotations

import hashlib

from fixtures.supplier import nhs_number
from tests.bench.exports.household import Household
from tests.bench.exports.kinds.kind import ANONYMISED, fault, of_file


def _rename(home: Household, id: str) -> None:
    """The patient's id, and all references to it."""
    old = f"Patient/{home.patient['id']}"
    for event in home.resources[1:]:
        home.move(event, {old: f"Patient/{id}"})
    home.patient["id"] = id


@fault("number-as-id", "DH-LEAK-03")
def number_as_id(home: Household) -> None:
    """A logical id is the patient's NHS number."""
    _rename(home, home.person.number)
    home.mark(home.patient, "/id")


@fault("number-as-released-id", "DH-ANON-07", exports=(ANONYMISED,))
def number_as_released_id(home: Household) -> None:
    """A logical id of an anonymised release is the NHS number. (Nothing else in it says whose number that is.)"""
    _rename(home, home.person.number)
    home.mark(home.patient, "/id")


@fault("digest-as-id", "DH-LEAK-03")
def digest_as_id(home: Household) -> None:
    """A logical id is an unsalted digest of the patient's NHS number."""
    number = home.person.number.encode()
    digests = (
        hashlib.sha256(number).hexdigest(),
        hashlib.sha1(number, usedforsecurity=False).hexdigest(),
        hashlib.md5(number, usedforsecurity=False).hexdigest(),
    )
    _rename(home, digests[home.turn % 3])
    home.mark(home.patient, "/id")


@fault("number-in-reference-url", "DH-LEAK-01")
def number_in_url(home: Household) -> None:
    """A reference is a search URL that holds the NHS number."""
    home.weight["subject"] = {
        "reference": f"https://supplier.example/fhir/Patient?identifier={nhs_number.SYSTEM}|{home.person.number}"
    }
    home.mark(home.weight, "/subject/reference")


@fault("number-in-attachment-url", "DH-LEAK-01")
def number_in_attachment_url(home: Household) -> None:
    """The URL of an attachment holds the NHS number."""
    letter = home.letter("All is well.\n")
    attachment = letter["content"][0]["attachment"]
    attachment["url"] = f"https://supplier.example/letters/{home.person.number}/1.txt"
    home.mark(letter, "/content/0/attachment/url")


of_file(
    "number-in-file-name",
    *("DH-LEAK-03", "DH-ANON-07"),
    told="The name of a file is that of its type and the NHS number of a patient.",
)
