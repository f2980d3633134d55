"""Where the value of a field stands in a resource: short paths, written once and walked for every resource.

The form is a small part of FHIRPath's: names with full stops between them, ``|`` between what is looked for in turn,
and after a name in brackets the ``system`` or ``url`` of the items that count, or ``?`` and a member that they have::

    birthDate
    identifier[https://fhir.nhs.uk/Id/nhs-number].value
    effectiveDateTime | effectivePeriod.start
    address[?postalCode]
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

_STEP = re.compile(r"([A-Za-z][A-Za-z0-9]*)(?:\[([^\[\]\s|]+)\])?(?:\.|$)")


class Step(NamedTuple):
    """One name of a path, and what stands in brackets behind it ("" for nothing)."""

    name: str
    only: str = ""


Path = tuple[tuple[Step, ...], ...]
"""The alternatives of a path, each its steps."""


@lru_cache(maxsize=512)
def path_of(text: str) -> Path:
    """The path as it is walked. Raises ``ValueError`` for what is none.

    >>> path_of("effectiveDateTime | effectivePeriod.start")[1]
    (Step(name='effectivePeriod', only=''), Step(name='start', only=''))
    """
    return tuple(_steps(one.strip()) for one in text.split("|"))


def _steps(text: str) -> tuple[Step, ...]:
    found, at = [], 0
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None or (step.end() == len(text)) == text.endswith(".", at, step.end()):
            raise ValueError(f"not a path: {text!r}")
        found.append(Step(step[1], step[2] or ""))
        at = step.end()
    if not found:
        raise ValueError("an empty path")
    return tuple(found)


def values(resource: Any, path: Path) -> list[Any]:
    """What stands there: of the first alternative that has something. Blank text and empty objects are nothing."""
    for steps in path:
        found = [resource]
        for name, only in steps:
            found = _below(found, name, only)
            if not found:
                break
        else:
            if told := [one for one in found if _is_something(one)]:
                return told
    return []


Places = tuple[tuple[tuple[str, ...], str], ...]
"""The alternatives of a path without lists: the names of each, and its JSON pointer."""


def places_of(path: Path) -> Places:
    """The same path for :func:`first_of`.

    >>> places_of(path_of("effectiveDateTime | effectivePeriod.start"))[1]
    (('effectivePeriod', 'start'), '/effectivePeriod/start')
    """
    return tuple((tuple(name for name, _ in steps), "".join(f"/{name}" for name, _ in steps)) for steps in path)


def first_of(resource: dict[str, Any], places: Places) -> tuple[str, str]:
    """The first text that stands there, with its JSON pointer. Two empty texts for none."""
    for names, pointer in places:
        node: Any = resource
        for name in names:
            node = node.get(name) if isinstance(node, dict) else None
        if isinstance(node, str) and _is_something(node):
            return node, pointer
    return "", ""


def _below(nodes: list[Any], name: str, only: str) -> list[Any]:
    below: list[Any] = []
    for node in nodes:
        inner = node.get(name) if isinstance(node, dict) else None
        if inner is None:
            continue
        items = inner if isinstance(inner, list) else [inner]
        if only.startswith("?"):
            items = [one for one in items if isinstance(one, dict) and _is_something(one.get(only[1:]))]
        elif only:
            items = [
                one for one in items if isinstance(one, dict) and (one.get("system") == only or one.get("url") == only)
            ]
        below += items
    return below


def _is_something(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value) and not value.isspace()
    if isinstance(value, dict | list):
        return bool(value)
    return value is not None
