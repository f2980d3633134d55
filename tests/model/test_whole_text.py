"""Characters in two halves are joined, and one half alone is none."""

from __future__ import annotations

import pytest

from checker.model.whole_text import whole_text, whole_value


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("plain", "plain"),
        ("é🙂", "é🙂"),
        ("a\ud83d\ude42b", "a🙂b"),
        ("\ud83d", None),
        ("\ude42\ud83d", None),
        ("", ""),
    ],
)
def test_halves_of_a_character(text: str, whole: str | None) -> None:
    assert whole_text(text) == whole


def test_texts_in_a_value_and_their_names() -> None:
    assert whole_value({"\ud83d\ude42": ["\ud83d\ude42", 1, None, {"a": True}]}) == {"🙂": ["🙂", 1, None, {"a": True}]}
    with pytest.raises(ValueError, match="half of a character"):
        whole_value({"a": [{"\ud83d": 1}]})
