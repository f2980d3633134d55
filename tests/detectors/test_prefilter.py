"""The search over raw bytes: it lets through all that a detector would find, and both engines say the same."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.detectors import ALL, Kind, Prefilter, Sureness, detect, free_texts, narratives, prefilter
from checker.detectors.prefilter import pattern_of, with_re, with_re2

_PARTS = (
    *("999 000 0018", "9990000018", "999-000-0018", "999\u00a0000\u00a00018", "9990000019", "1772517607", "0018"),
    *("AB 12 34 56 C", "AB123456C", "a.b@example.org", " @ ", "07700 900123", "+44 (0)1632 960001", "(01632) 960001"),
    *("ZZ12 9ZZ", "SW1A1AA", "DOB 17/05/1957", "date of birth: 1 May 1957", "born", "Birth Date 1957-05-17"),
    *("Mrs Kestrelby", "Mr. Éastwickham", "Amina Kestrelby", "Kestrelby, Amina", "NHS number ", "order no. "),
    *("<b>", "</b>", "&nbsp;", "&#160;", "\n", "\t", "\u2009", "\u2011", '"', "\\", "/", "é", "x", " ", "-", ",", "a1"),
)
texts = st.lists(st.one_of(st.sampled_from(_PARTS), st.text(max_size=3)), max_size=7).map("".join)
EVERY = frozenset(Kind)


PATTERNS = [pattern_of(kinds) for kinds in (ALL, EVERY, *({kind} for kind in Kind))]
ENGINES = [(fast, with_re(pattern)) for pattern in PATTERNS if (fast := with_re2(pattern)) is not None]


def resource(text: str) -> dict[str, object]:
    return {"resourceType": "Basic", "note": [{"text": text}], "text": {"status": "x", "div": f"<div>{text}</div>"}}


@settings(max_examples=200, deadline=None)
@given(texts, st.booleans())
def test_what_is_found_in_a_resource_is_let_through(text: str, ascii_only: bool) -> None:
    found = resource(text)
    line = json.dumps(found, ensure_ascii=ascii_only).encode("utf-8", "replace")
    parsed = json.loads(line)
    for kind in Kind:
        hits = [hit for _, one in (*free_texts(parsed), *narratives(parsed)) for hit in detect(one, (kind,))]
        if any(hit.sureness is not Sureness.CHANCE or kind is Kind.NAME_PAIR for hit in hits):
            assert prefilter(frozenset({kind})).may_hold(line), (kind, line)


@settings(max_examples=200, deadline=None)
@given(st.one_of(texts.map(lambda text: text.encode("utf-8", "replace")), st.binary(max_size=40)))
def test_both_engines_give_the_same_answers(line: bytes) -> None:
    for fast, plain in ENGINES:
        assert (fast(line) is None) == (plain(line) is None)


@pytest.mark.parametrize(
    "line",
    [
        b'{"resourceType":"Observation","effectiveDateTime":"2026-02-24T17:28:00+00:00","valueQuantity":{"value":120}}',
        b'{"id":"0345113c-8efb-4605-874a-3ac2f22bb24a","code":{"coding":[{"code":"271649006","display":"Red Cell"}]}}',
        b'{"resourceType":"Patient","birthDate":"1957","gender":"female"}',
    ],
)
def test_ordinary_records_are_not_looked_at(line: bytes) -> None:
    assert not prefilter(EVERY).may_hold(line)


def test_both_engines_are_there_to_be_compared() -> None:
    assert len(ENGINES) == len(PATTERNS) == 2 + len(Kind)


def test_the_same_line_is_searched_once() -> None:
    asked = []
    once = Prefilter(lambda line: asked.append(line))
    line = b"a line"
    assert [once.may_hold(line) for _ in range(3)] == [False] * 3
    assert len(asked) == 1


def test_a_character_written_by_its_number_may_be_any() -> None:
    assert prefilter(ALL).may_hold(rb'{"note":[{"text":"\u0039990000018"}]}')
