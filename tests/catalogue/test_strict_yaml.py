"""Strict YAML: what is refused, what stays text, and where things stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.catalogue.document import Document
from checker.catalogue.strict_yaml import MAX_BYTES, parse
from checker.errors import ProfileFault


def fault(text: str | bytes) -> ProfileFault:
    content = text.encode() if isinstance(text, str) else text
    with pytest.raises(ProfileFault) as caught:
        parse(content, "p.yaml")
    return caught.value


def test_what_looks_like_something_else_stays_text() -> None:
    text = "country: NO\nversion: 1.10\nday: 2026-11-30\nsix: 0x1F\ntime: 12:30\nmark: on\nnumber: 007\nwhole: 12\n"
    found = parse(text.encode(), "p.yaml").data
    assert found == {
        "country": "NO",
        "version": "1.10",
        "day": "2026-11-30",
        "six": "0x1F",
        "time": "12:30",
        "mark": "on",
        "number": "007",
        "whole": "12",
    }


def test_true_false_and_empty_are_no_text_unless_quoted() -> None:
    found = parse(b"a: true\nb: false\nc:\nd: ~\ne: 'true'\nf: null\n", "p.yaml").data
    assert found == {"a": True, "b": False, "c": None, "d": None, "e": "true", "f": None}


def test_numbers_are_numbers_below_with_and_settings_only() -> None:
    text = "with: {n: 3, r: -0.5, e: 1.0e3, q: '3', z: 03, deep: {m: 4}}\nn: 3\nsettings: {p: 5}\n"
    found = parse(text.encode(), "p.yaml").data
    assert found["with"] == {"n": 3, "r": -0.5, "e": 1000.0, "q": "3", "z": "03", "deep": {"m": 4}}
    assert found["n"] == "3"
    assert found["settings"] == {"p": 5}


def test_every_key_has_its_line() -> None:
    document = parse(b"a: 1\nb:\n  - c: 2\n    d: 3\n  - x/y: 4\n", "p.yaml")
    assert [document.line(at) for at in ("/a", "/b", "/b/0", "/b/0/d", "/b/1/x~1y")] == [1, 2, 3, 4, 5]
    assert document.where("/b/0/d/nothing/below") == "p.yaml:4"


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", "'a' stands twice", 3),
        ("a:\n  x: 1\n  x: 2\n", "'x' stands twice", 3),
        ("a: &n [1]\nb: *n\n", "alias", 2),
        ("1: x\n", "a key is not text", 1),
        ("true: x\n", "a key is not text", 1),
        ("a: b\n? [x]\n: y\n", "a key is not text", 2),
        ("a: !!python/object:os.system x\n", "tag", 1),
        ("a: !!int 3\n", "tag", 1),
        ("a: !x {b: c}\n", "tag", 1),
        ("- a\n", "not a mapping", 1),
        ("", "not a mapping", 1),
        ("a: [1\nb: 2\n", "not valid YAML", 2),
        ("a: b: c\n", "not valid YAML", 1),
        ("a: 1\n---\nb: 2\n", "not valid YAML", 2),
        ("a: \x07\n", "not valid YAML", 1),
    ],
)
def test_refused_with_its_line(text: str, what: str, line: int) -> None:
    found = fault(text)
    assert what in found.what
    assert found.where == f"p.yaml:{line}"
    assert found.next_step


def test_a_twin_key_names_the_line_of_the_first() -> None:
    assert "line 1" in fault("a: 1\nb: 2\na: 3\n").next_step


def test_a_bomb_of_aliases_is_refused_before_it_grows() -> None:
    bomb = "a: &a [x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(20)
    )
    assert "alias" in fault(bomb).what


def test_a_merge_key_is_an_unknown_word_not_a_merge() -> None:
    assert parse(b"<<: {a: 1}\n", "p.yaml").data == {"<<": {"a": "1"}}


def test_too_deep_too_large_and_not_utf8() -> None:
    assert "nested too deeply" in fault("a: " + "[" * 3000 + "]" * 3000).what
    assert "larger" in fault(b"a: " + b"x" * MAX_BYTES).what
    found = fault(b"a: 1\nb: \xff\n")
    assert found.what == "the file is not UTF-8"
    assert found.where == "p.yaml:2"


@given(st.binary(max_size=200))
def test_any_bytes_give_a_document_or_a_fault(content: bytes) -> None:
    where = ""
    try:
        document: Document | None = parse(content, "p.yaml")
    except ProfileFault as found:
        document, where = None, found.where
    assert document is not None or where.startswith("p.yaml:")


def test_a_character_in_two_halves_is_that_character_and_one_half_is_refused() -> None:
    r"""JSON writes 🙂 as ``\ud83d\ude42``, and JSON is YAML."""
    assert parse(rb'{"title": "\ud83d\ude42"}', "p.yaml").data == {"title": "🙂"}
    with pytest.raises(ProfileFault, match="half of a character") as fault:
        parse(b'id: a\ntitle: "\\ud83d"\n', "p.yaml")
    assert fault.value.where == "p.yaml:2"
