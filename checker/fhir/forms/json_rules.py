"""The rules of :mod:`checker.fhir.forms.json_form`.

Source: http://hl7.org/fhir/R4/json.html and RFC 8259.
"""

from __future__ import annotations

from checker.fhir.validation.rule import rule

_JSON = "http://hl7.org/fhir/R4/json.html"
_RFC = "https://www.rfc-editor.org/rfc/rfc8259"

SYNTAX = rule(
    "json-syntax",
    "fatal",
    "structure",
    title="The text is not JSON",
    why="A file that is not JSON cannot be read by anyone: nothing of what it says about a patient arrives.",
    fix="Mend the text at the line and column that are given. Let a JSON library write it, not string templates.",
    source=_RFC,
    good='{"resourceType": "Patient", "active": true}',
    bad='{"resourceType": \'Patient\', "active": true,}',
)
ENCODING = rule(
    "json-encoding",
    "fatal",
    "structure",
    title="The text is not UTF-8",
    why="FHIR is exchanged in UTF-8. In another encoding, names and drug units arrive garbled or not at all.",
    fix="Write the file in UTF-8.",
    source="http://hl7.org/fhir/R4/http.html#mime-type",
)
DEPTH = rule(
    "json-depth",
    "fatal",
    "too-long",
    title="The text nests too deep",
    why="No FHIR resource needs such nesting; it is a mistake, or an attempt to exhaust the receiver.",
    fix="Find the element that holds itself, and end the repetition.",
    source=_RFC + "#section-9",
)
SIZE = rule(
    "json-size",
    "fatal",
    "too-long",
    title="The text is too large",
    why="It is larger than the checker was told to read, so nothing is known about it.",
    fix="Split it, as bulk exports do (one resource a line), or raise the limit.",
    source=_RFC + "#section-9",
)
NOT_OBJECT = rule(
    "json-not-object",
    "fatal",
    "structure",
    title="A resource is a JSON object",
    why="A receiver looks for resourceType in an object and finds none.",
    fix="Write one object; several resources go in a FHIR Bundle, or one a line in an NDJSON file.",
    source=_JSON,
    good='{"resourceType": "Patient"}',
    bad='[{"resourceType": "Patient"}]',
)
DUPLICATE = rule(
    "json-duplicate-key",
    "error",
    "invalid",
    title="A property stands twice in an object",
    why="Receivers disagree which one counts: two systems can read two different statuses from one file.",
    fix="Write the property once. A repeating element is one array.",
    source=_JSON,
    good='{"given": ["Ann", "Marie"]}',
    bad='{"given": ["Ann"], "given": ["Marie"]}',
)
SURROGATE = rule(
    "json-lone-surrogate",
    "error",
    "invalid",
    title="Half of a character",
    why="\\ud83d without its other half is no character: the text cannot be stored or shown.",
    fix="Do not cut texts in the middle of a character; write both halves, or the character itself.",
    source=_RFC + "#section-8.2",
)
NUMBER_RANGE = rule(
    "json-number-range",
    "error",
    "invalid",
    title="A number beyond all measure",
    why="No receiver can hold a number with such an exponent; some stop at it.",
    fix="Write the number as it was measured.",
    source="http://hl7.org/fhir/R4/datatypes.html#decimal",
)
