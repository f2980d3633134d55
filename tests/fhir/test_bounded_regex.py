"""Regular expressions in bounded time."""

from __future__ import annotations

import time

import pytest

from checker.fhir.bounded_regex import compile as compile_regex


@pytest.mark.parametrize(
    ("pattern", "text", "found", "full"),
    [
        ("b", "abc", True, False),
        ("^b", "abc", False, False),
        ("a.c", "a\nc", True, True),
        ("^(a|bc)+$", "abca", True, True),
        ("[^a-c]+", "abcd", True, False),
        (r"[\w-[aeiou]]+", "bcd", True, True),
        (r"[\w-[aeiou]]", "a", False, False),
        (r"\p{Lu}\p{L}*", "Élan", True, True),
        (r"\P{L}", "a", False, False),
        (r"\d{4}-\d{2}", "2012-01", True, True),
        (r"\bcat\b", "a cat sat", True, False),
        (r"\Bat", "cat", True, False),
        (r"\u0041\x42", "AB", True, True),
        ("(?:ab)?c", "c", True, True),
        ("a{2,}", "aaa", True, True),
        ("a{2}", "a", False, False),
        ("", "x", True, False),
        (r"[\s\S]*", "any\nthing", True, True),
        (r"[a\-z\]]+", "a-]z", True, True),
        (r"(\s*([0-9a-zA-Z\+\=]){4}\s*)+", "abcd efgh", True, True),
        ("x*?y", "xxy", True, True),
        (r"\.", ".", True, True),
    ],
)
def test_matches(pattern: str, text: str, found: bool, full: bool) -> None:
    compiled = compile_regex(pattern)
    assert compiled is not None
    assert compiled.search(text) is found
    assert compiled.fullmatch(text) is full
    machine = compiled._machine()
    assert machine.run(text, anywhere=True) is found
    assert machine.run(text, anywhere=False) is full


@pytest.mark.parametrize(
    "pattern", ["(", ")", "[a", "a{3,1}", "*a", "(?=a)", r"(a)\1", "a++", "a**", r"\q", r"\p{}", "a{9999}", "a" * 5000,
                "(" * 200 + ")" * 200, "((a{100}){100}){100}", "[z-a]"]
)  # fmt: skip
def test_what_is_refused(pattern: str) -> None:
    assert compile_regex(pattern) is None


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a)*$", "(a|aa)+$", "(.*a){20}$", r"(\s*a{1,3}\s*)+$", "(a?){40}a{40}"]
)
def test_no_catastrophe(pattern: str) -> None:
    compiled = compile_regex(pattern)
    assert compiled is not None
    started = time.process_time()
    assert compiled.search("a" * 2000 + "b") in (True, False)
    assert time.process_time() - started < 3


def test_replace() -> None:
    compiled = compile_regex(r"(\d+)-(?<b>\w)")
    assert compiled is not None
    assert compiled.replace("1-a 22-b", r"${b}$1\$$9") == "a1$$9 b22$$9"
    hostile = compile_regex("(a+)+$")
    assert hostile is not None
    assert hostile.replace("a" * 100, "x") is None


def test_too_long_a_text() -> None:
    compiled = compile_regex("a")
    assert compiled is not None
    with pytest.raises(ValueError, match="too long"):
        compiled.search("b" * 2_000_000)
