"""Read a searchset Bundle that may be anything: nothing here raises on odd input.

Source: http://hl7.org/fhir/R4/bundle.html and http://hl7.org/fhir/R4/http.html#paging.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeGuard

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


def entries(bundle: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """The entries that are objects, with their index."""
    found = bundle.get("entry") if isinstance(bundle, dict) else None
    for index, entry in enumerate(found if isinstance(found, list) else ()):
        if isinstance(entry, dict):
            yield index, entry


def matches(bundle: Any, resource_type: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The matched resources of a type, with their entry's index.

    Included resources and outcomes (``search.mode``) are not matches; no mode counts as a match
    (http://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.search.mode).
    """
    for index, entry in entries(bundle):
        resource = entry.get("resource")
        search = entry.get("search")
        mode = search.get("mode") if isinstance(search, dict) else None
        if mode in (None, "match") and isinstance(resource, dict) and resource.get("resourceType") == resource_type:
            yield index, resource


def kinds(bundle: Any) -> Iterator[tuple[int, str]]:
    """The resource type of each entry that has one, with the entry's index."""
    for index, entry in entries(bundle):
        resource = entry.get("resource")
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        if isinstance(kind, str):
            yield index, kind


def data(bundle: Any) -> Iterator[tuple[int, str]]:
    """The same without OperationOutcomes."""
    return ((index, kind) for index, kind in kinds(bundle) if kind != "OperationOutcome")


def ids(bundle: Any, resource_type: str) -> tuple[str, ...]:
    """The logical ids of the matches, in order, each once.

    Only what an id may be (http://hl7.org/fhir/R4/datatypes.html#id): it goes into a URL.
    """
    found = (resource.get("id") for _, resource in matches(bundle, resource_type))
    return tuple(dict.fromkeys(one for one in found if is_id(one)))


def is_id(found: Any) -> TypeGuard[str]:
    """Can it be a logical id?"""
    return isinstance(found, str) and _ID.fullmatch(found) is not None


def links(bundle: Any) -> Iterator[dict[str, Any]]:
    """The links that are objects."""
    found = bundle.get("link") if isinstance(bundle, dict) else None
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict):
            yield one


def link(bundle: Any, relation: str) -> str:
    """The URL of the link of that relation, as written, or ""."""
    urls = (one.get("url") for one in links(bundle) if one.get("relation") == relation)
    return next((url for url in urls if isinstance(url, str)), "")


def version_id(resource: Any) -> str:
    """``meta.versionId``, or ""."""
    meta = resource.get("meta") if isinstance(resource, dict) else None
    version = meta.get("versionId") if isinstance(meta, dict) else None
    return version if isinstance(version, str) else ""
