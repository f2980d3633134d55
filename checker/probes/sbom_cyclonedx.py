"""CycloneDX in JSON, 1.2 to 1.7. Its schemas come with ``cyclonedx-python-lib`` (the extra ``sbom``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.probes.sbom_shape import listed, mapping, text_of, written

FORMAT = "CycloneDX"
_MOST_FAULTS = 20
_MOST_LICENCES = 40
_EXTRA = "the extra 'sbom' is not installed: pip install \"nhs-standards-checker[sbom]\""
_SUPPLIERS = ("supplier", "manufacturer", "publisher", "author", "authors")
_AUTHORS = ("authors", "manufacturer", "manufacture", "supplier")


def facts_of(found: dict[str, Any]) -> dict[str, Any]:
    """Format, version, when and by whom it was made, root, components, edges and statements on vulnerabilities."""
    metadata = mapping(found.get("metadata"))
    root = mapping(metadata.get("component"))
    components = list(_components(found.get("components"), ""))
    inner = list(_components(root.get("components"), text_of(root.get("bom-ref"))))
    services = [text_of(one.get("bom-ref")) for one in listed(found.get("services"))]
    return {
        "format": FORMAT,
        "version": text_of(found.get("specVersion")),
        "serial": text_of(found.get("serialNumber")),
        "revision": found.get("version") if isinstance(found.get("version"), int) else 1,
        "made": text_of(metadata.get("timestamp")),
        "authored": any(metadata.get(name) for name in _AUTHORS),
        "root": {
            "ref": text_of(root.get("bom-ref")),
            "name": text_of(root.get("name")),
            "version": text_of(root.get("version")),
        },
        "components": [one for one, _ in (*components, *inner)],
        "edges": [*_depends(found), *((parent, one["ref"]) for one, parent in (*components, *inner) if parent)],
        "outside": frozenset(filter(None, services)),
        "vulnerabilities": list(_vulnerabilities(found)),
    }


def _components(found: Any, parent: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Each component, and the ref of that which holds it: what is held is reached."""
    for one in listed(found):
        ref = text_of(one.get("bom-ref"))
        yield (
            {
                "ref": ref,
                "name": text_of(one.get("name")),
                "version": text_of(one.get("version")),
                "type": text_of(one.get("type")),
                "supplier": any(one.get(name) for name in _SUPPLIERS),
                "id": any(one.get(name) for name in ("purl", "cpe", "swid")),
                "hash": bool(one.get("hashes")),
                "licence": bool(one.get("licenses")),
                "licences": list(_licences(one))[:_MOST_LICENCES],
            },
            parent,
        )
        yield from _components(one.get("components"), ref)


def _licences(one: dict[str, Any]) -> Iterator[dict[str, str]]:
    """``spdx`` for an id or an expression, ``name`` for what has no id of SPDX."""
    for entry in listed(one.get("licenses")):
        licence = mapping(entry.get("license"))
        spdx = text_of(entry.get("expression")) or text_of(licence.get("id"))
        name = text_of(licence.get("name"))
        if spdx or name:
            yield {"form": "spdx" if spdx else "name", "text": (spdx or name)}


def _depends(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for one in listed(found.get("dependencies")):
        start = text_of(one.get("ref"))
        named = one.get("dependsOn")
        for end in named if isinstance(named, list) else ():
            if start and isinstance(end, str) and end:
                yield start, end
        if start and not named:
            yield start, start


def _vulnerabilities(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in listed(found.get("vulnerabilities")):
        analysis = mapping(one.get("analysis"))
        scores = [rating.get("score") for rating in listed(one.get("ratings"))]
        words = [text_of(rating.get("severity")) for rating in listed(one.get("ratings"))]
        yield {
            "id": text_of(one.get("id")),
            "state": text_of(analysis.get("state")),
            "justified": written(analysis.get("justification")) or written(analysis.get("detail")),
            "scores": [
                str(score) for score in scores if isinstance(score, int | float) and not isinstance(score, bool)
            ],
            "severities": [word for word in words if word],
            "since": text_of(one.get("published") or one.get("created")),
            "affects": [text_of(affected.get("ref")) for affected in listed(one.get("affects"))],
        }


def schema_facts(found: dict[str, Any], text: bytes) -> dict[str, Any]:
    """``checked``, ``why`` not, and ``faults`` by place: what the schema of its own version says."""
    version = text_of(found.get("specVersion"))
    try:
        from cyclonedx.exception import MissingOptionalDependencyException
        from cyclonedx.schema import SchemaVersion
        from cyclonedx.validation.json import JsonStrictValidator
    except ImportError:
        return {"checked": False, "why": _EXTRA, "faults": []}
    known = {one.to_version(): one for one in SchemaVersion}
    if version not in known or known[version] < SchemaVersion.V1_2:
        return {"checked": False, "why": "there is no JSON Schema here for the version that it names", "faults": []}
    try:
        errors = JsonStrictValidator(known[version]).validate_str(text.decode("utf-8", "replace"), all_errors=True)
        faults = sorted({_said(error) for error in errors or ()})
    except MissingOptionalDependencyException:
        return {"checked": False, "why": _EXTRA, "faults": []}
    except (RecursionError, ValueError):
        return {"checked": False, "why": "the reader of its schema gave up", "faults": []}
    return {"checked": True, "why": "", "faults": faults[:_MOST_FAULTS], "count": len(faults)}


def _said(error: Any) -> str:
    """Where, and which rule; not what stands there."""
    data = getattr(error, "data", None)
    place = "".join(f"/{step}" for step in getattr(data, "absolute_path", ()))
    return f"{place[:200] or '/'}: {getattr(data, 'validator', 'does not fit')}"
