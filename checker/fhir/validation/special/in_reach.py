"""Find the conformance resource that a canonical names: contained, held by the library, or in the same FHIR Bundle."""

from __future__ import annotations

from typing import Any

from checker.fhir.instance import Node
from checker.fhir.validation.run import Run


def contained(node: Node, id_: str, resource_type: str) -> Node | None:
    """The contained resource of that id and type in the resource that holds the node."""
    for one in node.root_resource.children("contained"):
        if one.type == resource_type and one.text("id") == id_:
            return one
    return None


def find(run: Run, node: Node, canonical: str, resource_type: str) -> tuple[dict[str, Any], Node | None] | None:
    """The resource that ``#id`` or ``url|version`` names, as JSON, with its node when it stands in the instance.

    None when it is not in reach.
    """
    if canonical.startswith("#"):
        inside = contained(node, canonical[1:], resource_type)
        return (inside.value, inside) if inside is not None and isinstance(inside.value, dict) else None
    held = run.library.raw(canonical, resource_type)
    if held is not None:
        return held, None
    url, _, version = canonical.partition("|")
    for one in _by_url(run).get((resource_type, url), ()):
        if not version or one.value.get("version") == version:
            return one.value, one
    return None


def _by_url(run: Run) -> dict[tuple[str, str], list[Node]]:
    found: dict[tuple[str, str], list[Node]] | None = run.seen.get(_by_url)
    if found is None:
        found = run.seen[_by_url] = {}
        root = run.tree.root
        for entry in root.children("entry") if root.type == "Bundle" else ():
            for resource in entry.children("resource"):
                url = resource.text("url")
                if url is not None:
                    found.setdefault((resource.type, url), []).append(resource)
    return found
