"""The looks at long texts against plain regular expressions."""

from __future__ import annotations

import re

import pytest

from checker.fhir.forms import lexical
from checker.fhir.forms.characters import has_controls, is_base64


@pytest.mark.parametrize("around", ["", "é", "€", "\U0001f600", "a" * 500])
def test_controls_are_those_that_xml_cannot_have(around: str) -> None:
    control = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
    for point in [*range(0x250), 0x2028, 0x202E, 0xFFFE]:
        text = f"{around}{chr(point)}{around}"
        assert has_controls(text) is (control.search(text) is not None), point


def test_half_a_character_is_told() -> None:
    with pytest.raises(UnicodeEncodeError):
        has_controls("a\ud800")


@pytest.mark.parametrize(
    "text",
    [
        *("", "=", "==", "====", "A", "AA", "AA==", "AA=A", "A===", "AAA=", "=AAA", "AAAA", "AAAA====", "AAAA\n"),
        *("AA A", "AA-_", "AAéA", "AAA\x00", "AAAAAA==", "AA==AA==", "+/+/", "A=A=", "AAA=AAAA"),
    ],
)
def test_base64_in_one_piece(text: str) -> None:
    assert is_base64(text) is (re.fullmatch("[A-Za-z0-9+/]+={0,2}", text) is not None and len(text) % 4 == 0)
    assert not is_base64(text) or lexical.base64(text) is None
