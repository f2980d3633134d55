"""What a walk through searches and reads met: each resource with where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from checker.fhir import bundle

SUBSETTED = "SUBSETTED"


class Met(NamedTuple):
    """A resource that an endpoint showed."""

    key: str
    """``Type/id``."""
    resource: dict[str, Any]
    pointer: str
    """Where it stands in the answer."""


def in_searchset(body: Any, resource_type: str) -> Iterator[Met]:
    """The matches of a type that have an id and are whole."""
    for index, resource in bundle.matches(body, resource_type):
        if bundle.is_id(resource.get("id")) and not is_subsetted(resource):
            yield Met(f"{resource_type}/{resource['id']}", resource, f"/entry/{index}/resource")


def in_read(body: Any) -> Iterator[Met]:
    """The resource that was read, if it has a type and an id."""
    if isinstance(body, dict) and isinstance(body.get("resourceType"), str) and bundle.is_id(body.get("id")):
        yield Met(f"{body['resourceType']}/{body['id']}", body, "")


def is_subsetted(resource: dict[str, Any]) -> bool:
    """``meta.tag`` says that elements are left out (http://hl7.org/fhir/R4/search.html#summary)."""
    meta = resource.get("meta")
    tags = meta.get("tag") if isinstance(meta, dict) else None
    return isinstance(tags, list) and any(isinstance(tag, dict) and tag.get("code") == SUBSETTED for tag in tags)


def last_of_each(found: Iterable[Met]) -> dict[str, Met]:
    """``Type/id`` → as it was met last."""
    return {one.key: one for one in found}
