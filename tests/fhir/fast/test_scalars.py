"""The quick looks at primitives against the functions of the explaining tier."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from checker.fhir.fast import scalars
from checker.fhir.forms import lexical

MOMENTS = [
    *("2024-01-01T10:00:00Z", "2024-01-01T10:00:00+01:00", "2024-01-01T10:00:00.123Z", "2024-01-01T10:00:00-14:00"),
    *("2024-01-01T10:00:00+14:01", "2024-01-01T10:00:00+13:60", "2024-02-30T10:00:00Z", "2024-01-01T24:00:00Z"),
    *("2024-01-01T23:59:60Z", "2024-01-01 10:00:00Z", "2024-01-01t10:00:00z", "2024-01-01T10:00Z"),
    "2024-01-01T10:00:00",
    *("20240101T100000+00:00:00", "2024-W01-1T10:00:00+01:00", "2024-01-01", "2024-W01-1", "2024-1-1", "2024", ""),
    *("２０２４-01-01T10:00:00Z", "2024-01-01T10:00:00Ｚ", "2024-01-01T10:00:00+0100 ", "0000-01-01", "2024-13", "T"),
]


@pytest.mark.parametrize("value", MOMENTS)
@pytest.mark.parametrize("kind", ["date", "dateTime", "instant"])
def test_moments(kind: str, value: str) -> None:
    good = value != "" and lexical.CHECKS[kind](value) is None
    try:
        quick = scalars.LOOKS[kind](value)
    except (IndexError, ValueError):
        quick = False
    assert bool(quick) is (good and "1800" <= value[:4] <= "2106")


@pytest.mark.parametrize("value", [None, True, 5, 1.5, [], {}, ["2024-01-01"], Decimal(1)])
@pytest.mark.parametrize("kind", sorted(scalars.LOOKS))
def test_wrong_json_types(kind: str, value: Any) -> None:
    if (kind in lexical.NUMBERS and value == 5) or (kind == "decimal" and isinstance(value, Decimal)):
        return
    try:
        quick = scalars.LOOKS[kind](value)
    except (TypeError, AttributeError, KeyError):
        quick = False
    assert not quick


@pytest.mark.parametrize(
    ("kind", "value", "good"),
    [
        ("string", "Ann", True),
        ("string", " Ann", False),
        ("string", "Ann\u00a0", False),
        ("string", "a\nb", True),
        ("string", "a\x07b", False),
        ("string", "a < b", True),
        ("string", "<b>bold</b> <i>", False),
        ("string", "\u202eevil", False),
        ("string", "", False),
        ("string", 5, False),
        ("string", ["a"], False),
        ("code", "a b", True),
        ("code", "a  b", False),
        ("uri", "urn:uuid:x", False),
        ("uri", "http://a b", False),
        ("canonical", "http://a/b|1", True),
        ("canonical", "a/b", False),
        ("oid", "urn:oid:1.2.3.4", True),
        ("markdown", " \n ", False),
    ],
)
def test_texts(kind: str, value: Any, good: bool) -> None:
    seen, look = scalars.texts(kind, example_urls=True)
    assert look(value) is good
    assert (value in seen if isinstance(value, str) else not seen) is good or not good


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scalars, "MOST_TEXTS", 10)
    seen, look = scalars.texts("string", example_urls=True)
    for at in range(100):
        assert look(f"text {at}")
    assert look("x" * 10_000)
    assert len(seen) == 10
