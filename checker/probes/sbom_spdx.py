"""SPDX 2.x in JSON, by a light reader: the fields that the specification calls mandatory, and those that rows ask for.

Source: https://spdx.github.io/spdx-spec/v2.3/ (clauses 6, 7 and 11).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.probes.sbom_shape import listed, mapping, text_of

FORMAT = "SPDX"
DOCUMENT = "SPDXRef-DOCUMENT"
_MOST_FAULTS = 20
_NOTHING = frozenset({"", "NONE", "NOASSERTION"})
_IDS = frozenset({"purl", "cpe22Type", "cpe23Type", "swid", "swh", "gitoid"})


def facts_of(found: dict[str, Any]) -> dict[str, Any]:
    """As those of CycloneDX; it has no statements on vulnerabilities. Relations reach in both directions."""
    packages = listed(found.get("packages"))
    created = mapping(found.get("creationInfo"))
    relations = list(_relations(found))
    named = found.get("documentDescribes")
    described = [one for one in named if isinstance(one, str)] if isinstance(named, list) else []
    described += [end for start, kind, end in relations if start == DOCUMENT and kind == "DESCRIBES"]
    described += [start for start, kind, end in relations if end == DOCUMENT and kind == "DESCRIBED_BY"]
    top = described[0] if described else ""
    root = next((one for one in packages if top and one.get("SPDXID") == top), {})
    others = [one for one in packages if one is not root]
    edges = [(start, end) for start, _, end in relations if end not in _NOTHING]
    edges += [(DOCUMENT, one) for one in described]
    creators = created.get("creators")
    return {
        "format": FORMAT,
        "version": text_of(found.get("spdxVersion")).removeprefix("SPDX-"),
        "serial": text_of(found.get("documentNamespace")),
        "revision": 1,
        "made": text_of(created.get("created")),
        "authored": any(
            isinstance(one, str) and one.startswith(("Person:", "Organization:"))
            for one in (creators if isinstance(creators, list) else ())
        ),
        "root": {"ref": top, "name": text_of(root.get("name")), "version": text_of(root.get("versionInfo"))},
        "components": [_component(one) for one in others],
        "edges": [*edges, *((end, start) for start, end in edges)],
        "outside": frozenset({DOCUMENT, *_outside(found, relations)}),
        "vulnerabilities": [],
    }


def _component(one: dict[str, Any]) -> dict[str, Any]:
    kinds = {text_of(ref.get("referenceType")) for ref in listed(one.get("externalRefs"))}
    licences = (text_of(one.get(name)) for name in ("licenseConcluded", "licenseDeclared"))
    said = [text for text in licences if text not in _NOTHING]
    return {
        "ref": text_of(one.get("SPDXID")),
        "name": text_of(one.get("name")),
        "version": text_of(one.get("versionInfo")),
        "type": text_of(one.get("primaryPackagePurpose")).lower().replace("_", "-"),
        "supplier": any(text_of(one.get(name)) not in _NOTHING for name in ("supplier", "originator")),
        "id": bool(kinds & _IDS),
        "hash": bool(one.get("checksums")),
        "licence": bool(said),
        "licences": [{"form": "spdx", "text": said[0]}] if said else [],
    }


def _relations(found: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for one in listed(found.get("relationships")):
        start, end = text_of(one.get("spdxElementId")), text_of(one.get("relatedSpdxElement"))
        if start and end:
            yield start, text_of(one.get("relationshipType")), end


def _outside(found: dict[str, Any], relations: list[tuple[str, str, str]]) -> Iterator[str]:
    """Elements that are no packages, and those of other documents."""
    for name in ("files", "snippets"):
        yield from (text_of(one.get("SPDXID")) for one in listed(found.get(name)))
    for relation in relations:
        yield from (end for end in relation[::2] if end.startswith("DocumentRef-"))


def schema_facts(found: dict[str, Any], text: bytes) -> dict[str, Any]:
    """``checked`` and ``faults``: mandatory fields, by place. A version other than 2.2 and 2.3 is not checked."""
    if text_of(found.get("spdxVersion")) not in ("SPDX-2.2", "SPDX-2.3"):
        return {"checked": False, "why": "the reader of SPDX knows 2.2 and 2.3", "faults": []}
    faults = sorted(_faults(found))
    return {"checked": True, "why": "", "faults": faults[:_MOST_FAULTS], "count": len(faults)}


def _faults(found: dict[str, Any]) -> Iterator[str]:
    for name, wanted in (("dataLicense", "CC0-1.0"), ("SPDXID", DOCUMENT)):
        if found.get(name) != wanted:
            yield f"/{name}: not {wanted}"
    for name in ("name", "documentNamespace"):
        if not text_of(found.get(name)):
            yield f"/{name}: a key is missing"
    created = mapping(found.get("creationInfo"))
    if not text_of(created.get("created")):
        yield "/creationInfo/created: a key is missing"
    if not isinstance(created.get("creators"), list) or not created["creators"]:
        yield "/creationInfo/creators: a key is missing"
    for name, keys in (
        ("packages", ("SPDXID", "name", "downloadLocation")),
        ("relationships", ("spdxElementId", "relationshipType", "relatedSpdxElement")),
    ):
        given = found.get(name, [])
        if not isinstance(given, list) or len(listed(given)) != len(given):
            yield f"/{name}: not a list of mappings"
        for number, one in enumerate(listed(given)):
            yield from (f"/{name}/{number}/{key}: a key is missing" for key in keys if not text_of(one.get(key)))
