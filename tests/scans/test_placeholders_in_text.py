"""Placeholders: what is seen in the text at once is what a look at each value finds."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from checker.checks.placeholders import NO_PLACEHOLDERS, PlaceholderParams
from checker.model.scan import About, Locator, Seen

_SAID = (
    *(
        "n/a",
        "N / A",
        "n.a.",
        "Not known",
        "NOT\tAPPLICABLE",
        "unknown",
        "Unspecified",
        "tbc",
        "To Be Advised",
        "",
        " ",
    ),
    *(
        "...",
        "-\t-",
        "\f",
        "\x1f",
        "\nn\n/\na",
        "not\u00a0known",
        "un\u017fpecified",
        "un\u212anown",
        "1900-01-01T00:00:00Z",
    ),
)
_GOOD = ("Null", "not", "Note", "untold", "tb", "a/n", 'n"', "n\\/a", "unknowing", "placeholders", "1900-01-02", "x -")


def seen(resource: dict[str, Any], text: bytes | None) -> Seen:
    """A resource with its text or without."""
    where = Locator(path="a", offset=0)
    return Seen(resource, About(resource_type="Patient", resource_id="", locator=where, prefix="", text=text))


def faults(resource: dict[str, Any], text: bytes | None, days: tuple[str, ...]) -> list[tuple[str, str]] | None:
    """What is found; None where nothing is examined."""
    found = NO_PLACEHOLDERS.faults(seen(resource, text), PlaceholderParams(days=days))
    return None if found is None else list(found)


@pytest.mark.parametrize("words", [*_SAID, *_GOOD])
def test_a_text_says_the_same_however_it_is_written(words: str) -> None:
    chance = random.Random(words)
    for _ in range(60):
        value = chance.choice([words, [words], {"text": words}, {"system": "s", "code": words}])
        div = chance.choice(["<a/>", '<a b="c"/>'])
        name = chance.choice(["family", "birthDate", "value", "other", "_family"])
        resource = {"resourceType": "Patient", "text": {"div": div}, name: value}
        text = json.dumps(resource, ensure_ascii=chance.random() < 0.5, indent=chance.choice([None, 1]))
        if chance.random() < 0.3:
            text = text.replace("/", "\\/")
        for days in (PlaceholderParams().days, (), ("/1",)):
            assert faults(resource, text.encode(), days) == faults(resource, None, days)


def test_both_are_met() -> None:
    good, bad = ({"resourceType": "Patient", "birthDate": day} for day in ("1970-01-01", "1900-01-01"))
    days = PlaceholderParams().days
    assert faults(good, json.dumps(good).encode(), days) == []
    assert faults(bad, json.dumps(bad).encode(), days) == [("first-day", "/birthDate")]
    assert faults({"resourceType": "Patient"}, b'{"resourceType":"Patient"}', days) is None
