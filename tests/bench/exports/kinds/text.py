"""Personal data in free text and attachments. In an anonymised release each is a leak; see ``breaks``."""

from __future__ import annotations

import base64

from tests.bench.exports.household import Household
from tests.bench.exports.kinds.kind import ANONYMISED, BOTH, fault
from tests.bench.exports.numbers import grouped

_ONLY = (ANONYMISED,)


def _note(home: Household, text: str) -> None:
    home.weight["note"] = [{"text": text}]
    home.mark(home.weight, "/note/0/text")


@fault("number-in-note", "DH-LEAK-07", "DH-ANON-07", exports=_ONLY)
def number_in_note(home: Household) -> None:
    """A note holds the patient's NHS number, in groups or not."""
    number = home.person.number
    _note(home, f"Patient asked to quote {(number, grouped(number))[home.turn % 2]} when calling.")


@fault("number-in-narrative", "DH-LEAK-08", "DH-ANON-07", exports=_ONLY)
def number_in_narrative(home: Household) -> None:
    """A narrative holds the patient's NHS number."""
    told = f"NHS number {grouped(home.person.number)}: weight."
    home.weight["text"] = {
        "status": "generated",
        "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{told}</p></div>',
    }
    home.mark(home.weight, "/text/div")


@fault("number-in-reference", "DH-ANON-07", exports=_ONLY)
def number_in_reference(home: Household) -> None:
    """A reference still carries the NHS number as an identifier."""
    home.weight["subject"]["identifier"] = {
        "system": "https://fhir.nhs.uk/Id/nhs-number",
        "value": home.person.number,
    }
    home.mark(home.weight, "/subject/identifier/value")


@fault("number-in-display", "DH-LEAK-07", "DH-ANON-07", exports=_ONLY)
def number_in_display(home: Household) -> None:
    """The display of a reference holds the NHS number."""
    home.weight["subject"]["display"] = f"NHS {home.person.number}"
    home.mark(home.weight, "/subject/display")


@fault("email-in-note", "DH-LEAK-07", exports=BOTH)
def email_in_note(home: Household) -> None:
    """A note holds an e-mail address of the patient."""
    _note(home, f"Prefers e-mail: {home.person.email}.")


@fault("phone-in-note", "DH-LEAK-07", exports=BOTH)
def phone_in_note(home: Household) -> None:
    """A note holds a telephone number, as people write them."""
    phone = home.person.phone
    forms = (phone, phone.replace(" ", ""), f"+44 {phone[1:]}", f"({phone[:5]}) {phone[6:]}")
    _note(home, f"Daughter can be reached on {forms[home.turn % 4]} after six.")


@fault("postcode-in-note", "DH-LEAK-07", exports=BOTH)
def postcode_in_note(home: Household) -> None:
    """A note holds the patient's postcode."""
    _note(home, f"Has moved to {home.person.line}, {home.person.postcode}.")


@fault("birth-date-in-note", "DH-LEAK-07", exports=BOTH)
def birth_date_in_note(home: Household) -> None:
    """A note holds the date of birth."""
    year, month, day = home.person.born.split("-")
    _note(home, f"DOB {day}/{month}/{year}, seen with an interpreter.")


@fault("titled-name-in-note", "DH-LEAK-07", exports=BOTH)
def titled_name(home: Household) -> None:
    """A note names somebody with title and family name."""
    title = "Mr" if home.person.gender == "male" else "Mrs"
    _note(home, f"{title} {home.person.family} attended with a friend.")


@fault("number-in-letter", "DH-LEAK-08", exports=BOTH)
def number_in_letter(home: Household) -> None:
    """The text of an attachment holds the NHS number."""
    letter = home.letter(f"Re: NHS number {grouped(home.person.number)}\n\nAll is well.\n")
    home.mark(letter, "/content/0/attachment/data")


@fault("unreadable-letter", "DH-LEAK-08", exports=_ONLY)
def unreadable(home: Household) -> None:
    """An attachment is an image, whose text no tool here can read: it is unscanned, not clean."""
    letter = home.letter("")
    held = letter["content"][0]["attachment"]
    pixels = base64.b64encode(b"\x89PNG\r\n\x1a\n" + home.person.draw.to_bytes(8, "big") * 8)
    held["contentType"], held["data"] = "image/png", pixels.decode()
    del held["size"], held["hash"]
    home.mark(letter, "/content/0/attachment")


@fault("own-name-in-text", "DH-LEAK-07", exports=_ONLY)
def own_name(home: Household) -> None:
    """The name was left with the patient, and stands in a note of another resource too."""
    home.patient["name"] = [{"use": "official", "family": home.person.family, "given": [home.person.given]}]
    home.mark(home.patient, "/name", "DH-ANON-01")
    _note(home, f"{home.person.given} {home.person.family} came early.")
