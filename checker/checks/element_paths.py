"""Places in resources by a short path: ``Patient.address.district``, or a column as ``Row.age_band``.

A step in brackets picks what has that ``url`` or ``system``: ``Patient.identifier('https://example.org/Id/p').value``.
A name with other characters stands in backticks, as in FHIRPath: ``Row.`age band```.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from checker.model.value import canonical

_STEP = re.compile(r"(?:`([^`]+)`|([A-Za-z_][\w-]*))(?:\('([^']*)'\))?(?:\.|\Z)")
ROW = "Row"
"""The resource type that a row of a table is shown as."""


class Step(NamedTuple):
    """One element, and the ``url`` or ``system`` that it must have ("" for any)."""

    name: str
    of: str


class ElementPath(NamedTuple):
    """A path that was read. ``text`` is how it was written."""

    text: str
    type: str
    steps: tuple[Step, ...]


@cache
def element_path(text: str) -> ElementPath:
    """Read a path. Raises ``ValueError`` for one that is none.

    >>> element_path("Patient.identifier('urn:p').value").steps
    (Step(name='identifier', of='urn:p'), Step(name='value', of=''))
    >>> element_path("Row.`age band`").steps
    (Step(name='age band', of=''),)
    """
    steps: list[Step] = []
    at = 0
    while at < len(text) or not steps:
        found = _STEP.match(text, at)
        if found is None or (found.end() == len(text) and text.endswith(".")):
            raise ValueError(f"this is no path of an element: {text!r}")
        steps.append(Step(found[1] or found[2], found[3] or ""))
        at = found.end()
    if len(steps) < 2 or steps[0].of:
        raise ValueError(f"a path is a type and an element, like Patient.birthDate, not {text!r}")
    return ElementPath(text, steps[0].name, tuple(steps[1:]))


def found_at(path: ElementPath, resource: Any) -> Iterator[tuple[str, Any]]:
    """What stands at a path, each with its JSON pointer. Empty texts and null are nothing."""
    if isinstance(resource, dict) and resource.get("resourceType") == path.type:
        yield from _below(resource, path.steps, "")


def _below(node: Any, steps: tuple[Step, ...], pointer: str) -> Iterator[tuple[str, Any]]:
    if not steps:
        if node is not None and node != "":
            yield pointer, node
        return
    if not isinstance(node, dict):
        return
    step, rest = steps[0], steps[1:]
    inner = node.get(step.name)
    here = f"{pointer}/{step.name.replace('~', '~0').replace('/', '~1')}"
    if isinstance(inner, list) and (rest or step.of):
        for index, one in enumerate(inner):
            if _is_of(one, step.of):
                yield from _below(one, rest, f"{here}/{index}")
    elif _is_of(inner, step.of):
        yield from _below(inner, rest, here)


def _is_of(node: Any, of: str) -> bool:
    return not of or (isinstance(node, dict) and of in (node.get("url"), node.get("system")))


def value_at(path: ElementPath, resource: Any) -> list[str]:
    """All that stands at a path as text, sorted, so that order does not tell two people apart."""
    return sorted(one if isinstance(one, str) else canonical(one).decode() for _, one in found_at(path, resource))
