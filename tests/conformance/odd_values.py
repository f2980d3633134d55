"""What stands where something else belongs: JSON values, and header values, that no reader may break on."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

Path = tuple[Any, ...]
VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 10**30, "", "x", "\x00", "9990000018", "not-a-date", "2026-13-45", "a" * 300),
    *("Patient/", "#", "http://[::1", "//", "🙂", "٣٤٥", "\ud800"),
    *([], {}, [[]], [None], [{}], {"": ""}, [1, "a", None], {"a": []}),
    *({"resourceType": "Patient"}, {"coding": [{}]}, {"coding": "x"}, {"reference": 7}, {"extension": [{"url": 7}]}),
)
HEADERS = (
    *("", "é", "W/", '""', ";;;", "=", ",", ", ,", "max-age", "0", "-1", "9" * 20, "x" * 5000, "*", " "),
    *("Mon, 99 Foo 2026", "http://[::1", "//", "Bearer", 'Bearer realm="', "application/", "text/html; charset="),
)


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """The ways to everything inside a JSON value."""
    if path:
        yield path
    if isinstance(value, dict):
        for name, one in value.items():
            yield from places(one, (*path, name))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from places(one, (*path, index))


def put(value: Any, path: Path, odd: Any) -> Any:
    """A copy with something odd at a place."""
    made = copy.deepcopy(value)
    node = made
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = copy.deepcopy(odd)
    return made


def oddly(value: Any, chance: random.Random) -> Any:
    """A copy with one place changed, or left out; the same where it has none."""
    found = list(places(value))
    if not found:
        return value
    path = chance.choice(found)
    made = put(value, path, chance.choice(VALUES))
    if chance.random() < 0.15:
        node = made
        for part in path[:-1]:
            node = node[part]
        del node[path[-1]]
    return made
