"""The rules of :mod:`checker.fhir.forms.primitives`.

Source: http://hl7.org/fhir/R4/datatypes.html#primitive
"""

from __future__ import annotations

from checker.fhir.forms.lexical import NUMBERS
from checker.fhir.validation.rule import Rule, rule

_TYPES = "http://hl7.org/fhir/R4/datatypes.html"


def _form(name: str, title: str, why: str, fix: str, good: str, bad: str) -> Rule:
    source = f"{_TYPES}#{'primitive' if name in ('date-time', 'number') else name}"
    return rule(
        f"primitive-{name}", "error", "invalid", title=title, why=why, fix=fix, source=source, good=good, bad=bad
    )


JSON_TYPE = rule(
    "primitive-json-type",
    "error",
    "invalid",
    title="The value has the wrong JSON type",
    why="Receivers read a boolean or a number by its JSON type: 'false' in quotation marks is true in many languages.",
    fix="Write booleans and numbers without quotation marks, and everything else with them.",
    source="http://hl7.org/fhir/R4/json.html#primitive",
    good='"active": true, "value": 7.2',
    bad='"active": "true", "value": "7.2"',
)
EMPTY = rule(
    "primitive-empty",
    "error",
    "invalid",
    title="An empty text",
    why="An empty text says neither that there is nothing nor that it is not known; receivers guess.",
    fix="Leave the element out, or say why it is absent with the data-absent-reason extension.",
    source=_TYPES + "#string",
    bad='"family": ""',
)
DATE = _form(
    "date-time",
    "A date or time that does not follow FHIR",
    "A date that another system cannot read, or reads as another day, puts an event in the wrong place of a record.",
    "Write YYYY-MM-DD; with a time also the seconds and the time zone: YYYY-MM-DDThh:mm:ss+00:00.",
    "2026-02-28T09:30:00Z",
    "28/02/2026 09:30",
)
NUMBER = _form(
    "number",
    "A number that its type does not allow",
    "The receiver cannot hold the number, or holds another one.",
    "Write the number in digits, without quotation marks, with a point and no comma, within the range of the type.",
    '"rank": 1',
    '"rank": 0',
)
BOOLEAN = _form(
    "boolean",
    "Neither true nor false",
    "A receiver that takes any word for true acts on the wrong answer.",
    "Write true or false.",
    '"active": true',
    '"active": "yes"',
)
URI = _form(
    "uri",
    "A URI that is not well formed",
    "Systems are recognised by the exact text of their URI: a malformed one is recognised by nobody.",
    "Write the URI as its owner publishes it, without white space.",
    "urn:uuid:0b4e7b0a-9b1c-4d7f-8b1a-1f2e3d4c5b6a",
    "urn:uuid:patient-1",
)
CANONICAL = _form(
    "canonical",
    "A canonical that is no absolute URL",
    "A canonical names a definition wherever it is held; a relative one names nothing.",
    "Write the url of the definition, with |version where it matters.",
    "http://example.org/fhir/Questionnaire/intake|1.0",
    "Questionnaire/intake",
)
ID = _form(
    "id",
    "An id with wrong characters or too long",
    "The id is part of the address of a resource: with other characters it cannot be asked for.",
    "Use up to 64 letters, digits, hyphens and dots.",
    "patient-1",
    "patient_1",
)
CODE = _form(
    "code",
    "A code with odd white space",
    "Codes are compared character by character: a space too many makes another code of it.",
    "Take away the white space before, after and within the code.",
    '"code": "final"',
    '"code": "final "',
)
BASE64 = _form(
    "base64",
    "Data that is not Base64",
    "The attached document cannot be opened.",
    "Encode the bytes with a Base64 library, with padding.",
    "SGVsbG8=",
    "Hello!",
)
LONG = _form(
    "string",
    "A text that is too long",
    "Receivers may cut or refuse a text beyond the limit of FHIR.",
    "Put long content in an Attachment or a Binary.",
    '"text": "short"',
    "more than 1,048,576 characters",
)


def _oddity(name: str, title: str, why: str, fix: str) -> Rule:
    return rule(f"primitive-{name}", "warning", "invalid", title=title, why=why, fix=fix, source=_TYPES + "#string")


WHITE_SPACE = _oddity(
    "white-space",
    "White space at the ends of a text",
    "Searches and comparisons fail on white space that nobody sees.",
    "Trim the text; leave the element out when nothing is left.",
)
CONTROL = _oddity(
    "control-character",
    "A control character in a text",
    "It cannot be written in XML, and printers and screens do odd things with it.",
    "Take it out, or replace it by a line break or a space.",
)
BIDI = _oddity(
    "direction-control",
    "Controls of the writing direction that are not closed",
    "What is shown differs from what is stored: a dose or a name can appear to read differently.",
    "Close each embedding, override and isolate, or take the controls out.",
)
YEAR = rule(
    "primitive-year",
    "warning",
    "invalid",
    title="A year that is hardly meant",
    why="Year 0202 or 3026 is most often a slip at the keyboard, and sorts the event out of sight.",
    fix="Check the date. Leave the end of a period out when it is not known.",
    source=_TYPES + "#dateTime",
)
PRECISION = rule(
    "primitive-decimal-range",
    "warning",
    "value",
    title="A decimal with very many digits",
    why="Receivers need not hold more than 18 digits: the rest may be lost.",
    fix="Write the digits that were measured.",
    source=_TYPES + "#decimal",
)
BASE64_SPACE = rule(
    "primitive-base64-white-space",
    "warning",
    "invalid",
    title="White space within Base64",
    why="Strict decoders refuse it.",
    fix="Write the Base64 in one piece.",
    source=_TYPES + "#base64Binary",
)
HTML = rule(
    "primitive-html",
    "information",
    "invalid",
    title="An HTML tag in a text",
    why="A text is shown as it is; where it is taken for HTML, foreign content or script can enter a screen.",
    fix="Write plain text; formatted text goes in the narrative.",
    source="http://hl7.org/fhir/R4/security.html#narrative",
)
EXAMPLE_URL = rule(
    "primitive-example-url",
    "error",
    "invalid",
    title="A URL that is kept for examples",
    why="example.org belongs to nobody: what is named there means nothing in real data.",
    fix="Use the URL of the real system.",
    source="https://www.rfc-editor.org/rfc/rfc2606",
)

FORMS = {
    **dict.fromkeys(("date", "dateTime", "instant", "time"), DATE),
    **dict.fromkeys(("uri", "url", "oid", "uuid"), URI),
    **dict.fromkeys(NUMBERS, NUMBER),
    "canonical": CANONICAL,
    "id": ID,
    "code": CODE,
    "base64Binary": BASE64,
    "boolean": BOOLEAN,
    "string": LONG,
}
"""The rule of the lexical form of each primitive type."""

_MOMENT = "YYYY, YYYY-MM or YYYY-MM-DD, or a date with a time: YYYY-MM-DDThh:mm:ss and Z or an offset such as +01:00"
_INSTANT = "YYYY-MM-DDThh:mm:ss and Z or an offset such as +01:00"

WRITTEN = {
    "date": "YYYY, YYYY-MM or YYYY-MM-DD",
    "dateTime": _MOMENT,
    "instant": _INSTANT,
    "time": "hh:mm:ss, without a time zone",
    "uri": "a URI without white space",
    "url": "a URL without white space",
    "oid": "urn:oid: and an OID, such as urn:oid:2.16.840.1.113883",
    "uuid": "urn:uuid: and a UUID in lower case",
    "canonical": "an absolute URL, or # and the id of a contained resource",
    "id": "1 to 64 of A-Z, a-z, 0-9, hyphen and dot",
    "code": "a text without white space, but for single spaces within",
    "base64Binary": "A-Z, a-z, 0-9, + and /, padded with = to a multiple of four characters",
    "boolean": "true | false",
    "string": "no more than 1,048,576 characters",
    "integer": "a whole number from -2147483648 to 2147483647",
    "unsignedInt": "a whole number from 0 to 2147483647",
    "positiveInt": "a whole number from 1 to 2147483647",
    "decimal": "a decimal number, such as 0.5 or -12",
}
"""What a value of each primitive type may be."""

FIXES = {
    "date": "Write the date as YYYY-MM-DD, or less of it (YYYY-MM, YYYY) where less is known.",
    "dateTime": "Write YYYY-MM-DD, or with a time YYYY-MM-DDThh:mm:ssZ, in which Z may be an offset such as +01:00.",
    "instant": "Write YYYY-MM-DDThh:mm:ssZ, in which Z may be an offset such as +01:00.",
    "time": "Write hh:mm:ss.",
    "oid": "Write urn:oid: and the OID as its owner publishes it.",
    "uuid": "Write urn:uuid: and the 32 hexadecimal digits in lower case, in groups of 8-4-4-4-12.",
}
"""How to mend a value of a type, where its rule is for several types."""
