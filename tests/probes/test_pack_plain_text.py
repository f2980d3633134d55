"""Samples of text as they are counted, and what is none."""

from __future__ import annotations

from typing import Any

import pytest

from checker.probes.pack.plain_text import PlainText, counted, syllables


def facts(data: bytes) -> dict[str, Any]:
    reader = PlainText()
    reader.feed(data)
    reader.end()
    return reader.facts()


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("a", 1),
        ("visit", 2),
        ("medicine", 3),
        ("nurse", 1),
        ("table", 2),
        ("agree", 2),
        ("appointment", 3),
        ("rhythm", 1),
    ],
)
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


def test_lists_and_headings_end_sentences() -> None:
    assert counted("Before you come\n\n- Eat.\n- Drink water\n- Rest")[0] == 4
    assert counted("It costs 3.50 today. Come!")[0] == 2


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"PK\x03\x04 a document", "office program"),
        (b"  %PDF-1.7", "PDF"),
        (b"<html><p>Hello</p>", "page"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"a " * (2 * 1024 * 1024), "longer"),
    ],
)
def test_what_is_no_plain_text_says_so(data: bytes, why: str) -> None:
    found = facts(data)
    assert found["words"] == 0
    assert why in found["unread"][0]


@pytest.mark.parametrize("data", [b"", b"!" * 500_000 + b"x", b"\n" * 500_000, b"'" * 500_000, b"\n \n" * 100_000])
def test_odd_text_is_counted_all_the_same(data: bytes) -> None:
    assert facts(data)["unread"] == []


def test_what_the_text_says_is_not_kept() -> None:
    assert set(facts(b"A secret.")) == {"sentences", "words", "syllables", "unread"}
