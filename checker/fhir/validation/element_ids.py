"""The ids of elements: each is unique in its resource, so that it can be pointed to.

Resources inside (contained, in entries, in parameters) have ids of their own. ElementDefinitions repeat theirs by
design: the snapshot and the differential of a StructureDefinition use the same.

Source: http://hl7.org/fhir/R4/element.html#id
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.fhir.instance import Node
from checker.fhir.validation.rule import rule
from checker.fhir.validation.run import Run

DUPLICATE = rule(
    "element-id-duplicate",
    "error",
    "business-rule",
    title="Two elements of a resource have the same id",
    why="An id is there to be pointed to; with two of them nobody knows which element is meant.",
    fix="Give each element an id of its own, or none.",
    source="http://hl7.org/fhir/R4/element.html#id",
    good='"name": [{"id": "n1", "text": "Anna"}, {"id": "n2", "text": "Ann"}]',
    bad='"name": [{"id": "n1", "text": "Anna"}, {"id": "n1", "text": "Ann"}]',
)


def check(run: Run, node: Node) -> None:
    """Judge the ids of the elements of one resource."""
    if not isinstance(node.value, dict) or not _repeats(node.value):
        return
    seen: set[str] = set()
    waiting = [child for child in node.all_children() if not child.is_resource]
    waiting.reverse()
    while waiting:
        at = waiting.pop()
        if at.type == "ElementDefinition":
            continue
        identity = at.text("id")
        if identity is not None:
            if identity in seen:
                run.report(
                    DUPLICATE,
                    at,
                    f"Another element of the resource has the id '{identity}'",
                    below="id",
                    found=identity,
                )
            seen.add(identity)
        waiting.extend(reversed([child for child in at.all_children() if not child.is_resource]))


def _repeats(resource: dict[str, Any]) -> bool:
    """Whether some id stands twice: a quick look at the JSON, without places."""
    seen: set[str] = set()
    for identity in _ids(resource):
        if identity in seen:
            return True
        seen.add(identity)
    return False


def _ids(resource: dict[str, Any]) -> Iterator[str]:
    waiting = [value for value in resource.values() if isinstance(value, dict | list)]
    while waiting:
        at = waiting.pop()
        if isinstance(at, list):
            waiting.extend(each for each in at if isinstance(each, dict | list))
        elif "resourceType" not in at:
            if isinstance(at.get("id"), str):
                yield at["id"]
            waiting.extend(value for value in at.values() if isinstance(value, dict | list))
