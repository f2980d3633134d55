"""Leaving a resource's own values out of what is said of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

MASKED = "…"
_PLAIN = frozenset({"resourceType", "system", "url", "use", "status", "type", "profile", "unit", "gender", "language"})
"""Members whose values are words of a standard, as long as they look like it."""
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9:/._|#%+-]*")
_NUMBER = re.compile(r"\d(?:[\s-]?\d){8,}")
"""Long enough to be the number of a person."""
_SHORTEST = 2
_MOST_CHARACTERS = 300


def masked(message: str, resource: Any, pointer: str) -> str:
    """The message without the values that stand at that place of the resource, beside it and below it.

    >>> masked("'Smyth' is not a code.", {"name": [{"family": "Smyth"}]}, "/name/0/family")
    "'…' is not a code."
    >>> masked("The number 9990000018 is wrong.", {}, "")
    'The number … is wrong.'
    """
    for value in sorted(set(_values(_around(resource, pointer))), key=lambda one: (-len(one), one)):
        if len(value) >= _SHORTEST and value.casefold() in message.casefold():
            # Whole words, in any case: a message may begin with the value.
            message = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", MASKED, message, flags=re.IGNORECASE)
    return without_numbers(message)


def without_numbers(message: str) -> str:
    """The message without what is long enough to be a person's number, and not longer than it has to be."""
    message = _NUMBER.sub(MASKED, message)
    return message if len(message) <= _MOST_CHARACTERS else message[: _MOST_CHARACTERS - 1] + MASKED


def _around(resource: Any, pointer: str) -> Any:
    """The node at the pointer, or, when that is a single value or not there, what it would stand in."""
    node = resource
    for step in pointer.split("/")[1:]:
        inner: Any = None
        if isinstance(node, dict):
            inner = node.get(step.replace("~1", "/").replace("~0", "~"))
        elif isinstance(node, list) and step.isdigit() and int(step) < len(node):
            inner = node[int(step)]
        if not isinstance(inner, dict | list):
            break
        node = inner
    return node


def _values(node: Any) -> Iterator[str]:
    waiting = [("", node)]
    while waiting:
        name, node = waiting.pop()
        if isinstance(node, dict):
            waiting.extend(node.items())
        elif isinstance(node, list):
            waiting.extend((name, one) for one in node)
        elif isinstance(node, str):
            if not (name in _PLAIN and _WORD.fullmatch(node)):
                yield node
        elif isinstance(node, int | float) and not isinstance(node, bool):
            yield str(node)
