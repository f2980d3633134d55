"""JSON text: what is refused, with which words, at which line; what is kept exactly."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.fhir.forms.duplicates import may_have_duplicates
from checker.fhir.forms.json_form import read_json

REFUSED = [
    # text, rule, line, column, words of the message
    (b"", "json-syntax", 1, 1, "the file is empty"),
    (b'{"a": 1,\n}', "json-syntax", 1, 8, "a comma stands before the closing }"),
    (b'{"a": [1, 2,]}', "json-syntax", 1, 12, "a comma stands before the closing ]"),
    (b"{'a': 1}", "json-syntax", 1, 2, "straight double quotation marks"),
    (b"{\"a\": 'x'}", "json-syntax", 1, 7, "straight double quotation marks"),
    ('{“a”: "x"}'.encode(), "json-syntax", 1, 2, "straight double quotation marks"),
    (b'{"a": {"b": 1}', "json-syntax", 1, 15, "before the { in column 1 is closed"),
    (b'{\n "a": [\n1', "json-syntax", 3, 2, "before the [ of line 2 is closed"),
    (b'{"a": "x', "json-syntax", 1, 7, "closing quotation mark is missing"),
    (b'{"a": "x\ny"}', "json-syntax", 1, 9, "a line ends within a text"),
    (b'{"a": "x\x01y"}', "json-syntax", 1, 9, "control character U+0001"),
    (b'{"a": "\\x"}', "json-syntax", 1, 8, "\\x is no escape"),
    (b'{"a": NaN}', "json-syntax", 1, 7, "JSON has no 'NaN'"),
    (b'{"a": -Infinity}', "json-syntax", 1, 7, "JSON has no '-Infinity'"),
    (b'{"a": True}', "json-syntax", 1, 7, "write true"),
    (b'{"a": None}', "json-syntax", 1, 7, "JSON has no 'None'"),
    (b'{"a": yes}', "json-syntax", 1, 7, "'yes' stands without quotation marks"),
    (b"{a: 1}", "json-syntax", 1, 2, "the name 'a' stands without"),
    (b'{"a": 1} // end', "json-syntax", 1, 10, "a comment"),
    (b'{/* x */"a": 1}', "json-syntax", 1, 2, "a comment"),
    (b'{"a": 007}', "json-syntax", 1, 7, "may not begin with 0"),
    (b'{"a": +7}', "json-syntax", 1, 7, "may not begin with +"),
    (b'{"a": .7}', "json-syntax", 1, 7, "before the point"),
    (b'{"a": 7.}', "json-syntax", 1, 7, "after the point"),
    (b'{"a": 2020-01-01}', "json-syntax", 1, 7, "a date or time stands in quotation marks"),
    (b'{"a": 1 "b": 2}', "json-syntax", 1, 9, "a comma is missing"),
    (b'{"a" 1}', "json-syntax", 1, 6, "a colon should stand"),
    (b'{"a": 1]', "json-syntax", 1, 8, "where the { in column 1 should be closed"),
    (b'{"a": [1}', "json-syntax", 1, 9, "where the [ in column 7 should be closed"),
    (b'{"a": 1}}', "json-syntax", 1, 9, "after the end of the resource"),
    (b'{"a": 1} {"b": 2}', "json-syntax", 1, 10, "after the end of the resource"),
    (b'{"a":\xa01}', "json-encoding", 1, 6, "0xA0"),
    ('{"a":\u00a01}'.encode(), "json-syntax", 1, 6, "U+00A0"),
    ('{"a": 1}'.encode("utf-16"), "json-encoding", 1, 1, "UTF-16"),
    (b'{"a": "caf\xe9"}', "json-encoding", 1, 11, "0xE9"),
    (b"[1]", "json-not-object", 1, 1, "an array"),
    (b"\n 7", "json-not-object", 2, 2, "a single value"),
    (b'{"a": ' + b"[" * 200 + b"]" * 200 + b"}", "json-depth", 1, 106, "deeper than 100 levels"),
    (b"[" * 100_000, "json-depth", 1, 101, "deeper than 100 levels"),
    (b'{"a":' * 30_000, "json-depth", 1, 501, "deeper than 100 levels"),
]


@pytest.mark.parametrize(("text", "rule", "line", "column", "words"), REFUSED, ids=lambda v: repr(v)[:30])
def test_what_is_no_json_is_fatal_and_says_where(text: bytes, rule: str, line: int, column: int, words: str) -> None:
    parsed = read_json(text)
    assert parsed.resource is None
    assert parsed.locate(("a",)) is None
    (issue,) = parsed.issues
    assert (issue.severity, issue.rule, issue.line, issue.column) == ("fatal", rule, line, column)
    assert words.lower() in issue.message.lower()


def test_a_good_text_has_no_issues_and_keeps_numbers_as_they_are_written() -> None:
    parsed = read_json(b'\xef\xbb\xbf{"a": 1, "b": 1.00, "c": 1e2, "d": [true, null, "\\u00e9 \\ud83d\\ude00"]}\r\n')
    assert parsed.issues == ()
    assert parsed.resource == {"a": 1, "b": Decimal("1.00"), "c": Decimal("1e2"), "d": [True, None, "é 😀"]}
    assert str(parsed.resource["b"]) == "1.00"


def test_a_key_that_stands_twice_is_an_error_at_the_second() -> None:
    parsed = read_json(
        b'{"resourceType": "Patient",\n "name": [{"family": "A"},\n  {"family": "B",\n   "family": "C"}]}'
    )
    (issue,) = parsed.issues
    assert (issue.rule, issue.severity, issue.line, issue.column) == ("json-duplicate-key", "error", 4, 4)
    assert (issue.path, issue.pointer) == ("Patient.name[1].family", "/name/1/family")


def test_a_key_and_its_escaped_form_are_one() -> None:
    assert [issue.path for issue in read_json(b'{"ab": 1, "a\\u0062": 2}').issues] == ["Resource.ab"]


def test_a_size_limit() -> None:
    (issue,) = read_json(b'{"a": 1}', max_size_bytes=7).issues
    assert (issue.rule, issue.severity) == ("json-size", "fatal")


def test_huge_numbers_are_held_without_being_worked_out() -> None:
    parsed = read_json(b'{"a": ' + b"9" * 100_000 + b', "b": [1e999999999999999999999], "c": -1.5E-100000}')
    assert parsed.resource is not None
    assert parsed.resource["a"] == Decimal("9" * 100_000)
    assert [(issue.rule, issue.path, issue.column) for issue in parsed.issues] == [
        ("json-number-range", "Resource.b[0]", 100_015),
        ("json-number-range", "Resource.c", 100_046),
    ]


def test_half_a_character_is_an_error_and_is_replaced() -> None:
    parsed = read_json(b'{"a": ["x\\ud83d"],\n "b\\udc00": 1, "c": "\\ud83d\\ude00"}')
    assert parsed.resource == {"a": ["x\ufffd"], "b\ufffd": 1, "c": "😀"}
    assert {(issue.rule, issue.line) for issue in parsed.issues} == {("json-lone-surrogate", 1)}
    assert len(parsed.issues) == 2


def test_positions_of_values() -> None:
    parsed = read_json(
        b'{"resourceType": "Patient",\r\n  "name": [\n    {"given": ["A", "B"],\r "_birthDate": {"id": 1}}\n  ]\n}'
    )
    assert parsed.locate(()) == (1, 1)
    assert parsed.locate(("resourceType",)) == (1, 18)
    assert parsed.locate(("name",)) == (2, 11)
    assert parsed.locate(("name", 0, "given", 1)) == (3, 21)
    assert parsed.locate(("name", 0, "birthDate")) == (4, 16)
    assert parsed.locate(("name", 0, "_birthDate", "id")) == (4, 23)
    assert parsed.locate(("name", 0, "given", 7, "x")) == (3, 15)
    assert parsed.locate(("other",)) == (1, 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='ab":\\ {', max_size=6),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(alphabet='ab"\\ ', max_size=4), below),
    max_leaves=12,
)


def keys_of(value: object) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(keys_of, value.values()))
    return sum(map(keys_of, value)) if isinstance(value, list) else 0


def test_without_odd_strings_the_cheap_test_answers_surely() -> None:
    text = b'{"resourceType":"Patient","text":{"div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">a\\":b</div>"}}'
    assert not may_have_duplicates(text, 3)
    assert not may_have_duplicates(text.replace(b":", b": ").replace(b"http: ", b"http:"), 3)
    assert may_have_duplicates(text.replace(b"text", b"resourceType"), 2)


def repeat(value: object, often: int) -> str:
    """JSON text of a value in which each object says its first key again."""
    if isinstance(value, dict):
        members = [f"{json.dumps(key)}:{repeat(item, 0)}" for key, item in value.items()]
        return "{" + ",".join(members[: 1 if often else 0] + members) + "}"
    return json.dumps(value)


@settings(max_examples=150, deadline=None)
@given(JSON, st.booleans())
def test_the_cheap_test_never_misses_a_repeated_key(value: object, spaced: bool) -> None:
    for text in (json.dumps(value, separators=(",", " : " if spaced else ":")), repeat(value, 1)):
        data = ('{"x":' + text + "}").encode()
        parsed = read_json(data)
        assert parsed.resource is not None
        if any(issue.rule == "json-duplicate-key" for issue in parsed.issues):
            assert may_have_duplicates(data, keys_of(parsed.resource))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60) | st.text(alphabet="{}[]\",:\\u0dD8ae-+.1tnrfls \n/'", max_size=40).map(str.encode))
def test_nothing_raises(data: bytes) -> None:
    parsed = read_json(data)
    assert (parsed.resource is None) == any(issue.severity == "fatal" for issue in parsed.issues)
    parsed.locate(("a", 0))
    try:
        value = json.loads(data.decode("utf-8-sig"), parse_constant=lambda _: 1 / 0)
    except (ValueError, ZeroDivisionError):
        assert parsed.resource is None
    else:
        assert (parsed.resource is not None) == isinstance(value, dict)


@settings(max_examples=150, deadline=None)
@given(JSON.map(lambda value: json.dumps({"x": value}, indent=1)), st.integers(0, 200), st.characters(codec="utf-8"))
def test_a_changed_text_never_raises(text: str, at: int, here: str) -> None:
    at %= len(text)
    parsed = read_json((text[:at] + here + text[at + 1 :]).encode())
    assert parsed.resource is not None or parsed.issues[0].line is not None


@settings(max_examples=80, deadline=None)
@given(JSON)
def test_every_value_has_its_place(value: object) -> None:
    text = json.dumps({"x": value}, indent=1)
    lines = text.split("\n")
    parsed = read_json(text.encode())

    def look(item: object, path: tuple[str | int, ...]) -> None:
        place = parsed.locate(path)
        assert place is not None
        rest = "\n".join([lines[place.line - 1][place.column - 1 :], *lines[place.line :]])
        found, _ = json.JSONDecoder().raw_decode(rest)
        assert found == item
        for key, below in item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ():
            if not str(key).startswith("_"):
                look(below, (*path, key))

    look({"x": value}, ())
