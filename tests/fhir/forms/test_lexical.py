"""Each lexical form: what it takes, what it refuses, in which words."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checker.fhir.forms.lexical import CHECKS
from tests.fhir.published import core, needs_core

GOOD = {
    "date": ["2026", "2026-02", "2024-02-29", "0001-01-01", "9999-12-31"],
    "dateTime": [
        *("2026", "2026-02", "2026-02-28", "2026-02-28T23:59:60Z", "2026-02-28T00:00:00.123456789012+14:00"),
        *("2026-02-28T00:00:00-00:00", "2026-02-28T10:00:00+01:00", "2026-02-28T10:00:00.5Z"),
    ],
    "instant": ["2026-02-28T00:00:00Z", "2026-02-28T00:00:00.1-14:00"],
    "time": ["00:00:00", "23:59:60", "12:30:00.25"],
    "boolean": ["true", "false"],
    "integer": ["0", "-1", "+5", "2147483647", "-2147483648"],
    "unsignedInt": ["0", "2147483647"],
    "positiveInt": ["1", "+1", "2147483647"],
    "decimal": ["0", "-0.10", "1E5", "1.5e-10", "12345678901234567890"],
    "string": ["x", " ", "\x01", "x" * (1024 * 1024)],
    "code": ["a", "a b", "<", "≥"],
    "id": ["a", "A-1.b", "x" * 64],
    "uri": [
        "a",
        "",
        "http://x",
        "urn:uuid:0b4e7b0a-9b1c-4d7f-8b1a-1f2e3d4c5b6a#x",
        "urn:oid:2.16.840.1",
        "urn:oid:1.3",
    ],
    "url": ["http://x"],
    "canonical": [
        *("#a", "http://x|1", "urn:oid:2.16.840.1.1|2", "urn:uuid:0b4e7b0a-9b1c-4d7f-8b1a-1f2e3d4c5b6a|1"),
        "mailto:a@b",
    ],
    "oid": ["urn:oid:1.2.840.0.1"],
    "uuid": ["urn:uuid:0b4e7b0a-9b1c-4d7f-8b1a-1f2e3d4c5b6a"],
    "base64Binary": ["AAAA", "AA==", "AAA=", "AA AA\n", ""],
}

BAD = [
    ("date", "2026-02-30", "February 2026 has no day 30"),
    ("date", "2026-02-00", "has no day 00"),
    ("date", "2026-13", "no month 13"),
    ("date", "2026-00-01", "no month 00"),
    ("date", "0000-01-01", "no year 0000"),
    ("date", "11-09-1970", "the year comes first"),
    ("date", "1970/09/11", "with hyphens"),
    ("date", "19700911", "hyphens go between"),
    ("date", "2026-2-1", "two digits"),
    ("date", "2026-W01-1", "YYYY-MM-DD"),
    ("date", "２０２６", "digits 0 to 9"),
    ("date", "2026-02-28T00:00:00Z", "no time"),
    ("date", "2026-02-28\n", "YYYY-MM-DD"),
    ("date", "", "YYYY"),
    ("dateTime", "2026-02-28T10:00:00", "time zone is missing"),
    ("dateTime", "2026-02-28T10:00Z", "seconds are missing"),
    ("dateTime", "2026-02-28 10:00:00Z", "a T goes between"),
    ("dateTime", "2026-02T10:00:00Z", "date is complete"),
    ("dateTime", "2026-06-31", "June 2026 has no day 31"),
    ("dateTime", "2026-06-31T10:00:00Z", "June 2026 has no day 31"),
    ("dateTime", "2026-02-28T24:00:00Z", "no hour 24"),
    ("dateTime", "2026-02-28T10:60:00Z", "no minute 60"),
    ("dateTime", "2026-02-28T10:00:61Z", "no second 61"),
    ("dateTime", "2026-02-28T10:00:00+14:30", "no time zone"),
    ("dateTime", "2026-02-28T10:00:00+05:75", "no time zone"),
    ("dateTime", "2026-02-28T10:00:00+0100", "no time zone"),
    ("dateTime", "2026-02-28T10:00:00z", "no time zone"),
    ("dateTime", "2026-02-28T10:00:00.Z", "hh:mm:ss"),
    ("dateTime", "-2026-02-28T10:00:00Z", "YYYY"),
    ("instant", "2026-02-28", "time and a time zone"),
    ("instant", "2021-06-01T10:00:00", "time zone is missing"),
    ("instant", "-2026-02-28T10:00:00Z", "YYYY"),
    ("time", "10:00", "seconds are missing"),
    ("time", "10:00:00Z", "no time zone"),
    ("time", "10:00:00+01:00", "no time zone"),
    ("time", "25:00:00", "no hour 25"),
    ("boolean", "True", "true or false"),
    ("integer", "1.0", "whole number"),
    ("integer", "01", "leading zero"),
    ("integer", "2147483648", "between -2147483648 and 2147483647"),
    ("integer", "-" + "9" * 5000, "between"),
    ("unsignedInt", "-1", "between 0 and"),
    ("positiveInt", "0", "between 1 and"),
    ("decimal", "1,5", "a number such as"),
    ("decimal", ".5", "a number such as"),
    ("decimal", "NaN", "a number such as"),
    ("decimal", "+1", "a number such as"),
    ("string", "x" * (1024 * 1024 + 1), "1,048,577 characters"),
    ("code", " a", "before or after"),
    ("code", "a\u00a0", "before or after"),
    ("code", "a  b", "two spaces"),
    ("code", "a\tb", "single spaces"),
    ("id", "x" * 90, "64 characters"),
    ("id", "org_1", "hyphens and dots"),
    ("id", "", "hyphens and dots"),
    ("id", "é", "hyphens and dots"),
    ("uri", "http://x y", "white space"),
    ("uri", " http://x", "white space"),
    ("uri", "oid:1.2.3", "urn:oid:"),
    ("uri", "uuid:1", "urn:uuid:"),
    ("uri", "urn:uuid:0B4E7B0A-9b1c-4d7f-8b1a-1f2e3d4c5b6a", "lower case"),
    ("uri", "urn:uuid:patient-1", "8-4-4-4-12"),
    ("uri", "urn:oid:1.2.03", "leading zero"),
    ("uri", "urn:oid:3.2.3.4.5", "begins with 0, 1 or 2"),
    ("uri", "urn:oid:1.2", "too short"),
    ("canonical", "Library/1", "absolute URL"),
    ("canonical", "urn:uuid:x|1", "8-4-4-4-12"),
    ("oid", "http://x", "has to begin with urn:oid:"),
    ("uuid", "0b4e7b0a-9b1c-4d7f-8b1a-1f2e3d4c5b6a", "has to begin with urn:uuid:"),
    ("base64Binary", "%%%2@()()", "characters that Base64 has not"),
    ("base64Binary", "AAA", "multiple of four"),
    ("base64Binary", "A=AA", "characters"),
    ("base64Binary", "AA__", "characters"),
]


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in GOOD.items() for text in texts])
def test_what_is_allowed(kind: str, text: str) -> None:
    assert CHECKS[kind](text) is None


@pytest.mark.parametrize(("kind", "text", "words"), BAD, ids=lambda v: v[:30])
def test_what_is_refused(kind: str, text: str, words: str) -> None:
    complaint = CHECKS[kind](text)
    assert complaint is not None
    assert words in complaint


NEAR = st.one_of(
    st.text(alphabet="0123456789-:TZ+. ", max_size=30),
    st.from_regex(r"[0-2]\d{3}-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\d(\.\d+)?(Z|[+-][01]\d:[0-6]\d)", fullmatch=True),
    st.from_regex(r"[+-]?\d{1,12}(\.\d*)?([eE][+-]?\d+)?", fullmatch=True),
    st.from_regex(r"urn:(oid|uuid):[0-9a-f.\-]{1,40}", fullmatch=True),
    st.text(max_size=10),
)
FOLLOWS = ("date", "dateTime", "instant", "time", "integer", "unsignedInt", "decimal", "id", "oid", "uuid", "boolean")


@needs_core
@settings(deadline=None)
@given(NEAR, st.sampled_from(FOLLOWS))
@example("2026-02-28T10:00:00+05:75", "dateTime")
@example("2026-02-30", "date")
def test_nothing_passes_that_the_published_expression_refuses(text: str, kind: str) -> None:
    structure = core().type(kind)
    assert structure is not None
    assert structure.primitive is not None
    assert structure.primitive.regex is not None
    published = re.fullmatch(structure.primitive.regex, text, re.ASCII) is not None
    complaint = CHECKS[kind](text)
    if complaint is None:
        assert published
    elif published:
        # What the expression passes and we refuse: days that no calendar has, numbers of more than 32 bits, roots.
        assert "has no day" in complaint or "is between" in complaint or "too short" in complaint
