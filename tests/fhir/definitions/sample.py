"""Small StructureDefinitions and packages, made for the tests."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any

HERE = "https://example.org/fhir/StructureDefinition/"
R4 = "http://hl7.org/fhir/StructureDefinition/"


def element(identity: str, **members: Any) -> dict[str, Any]:
    """A differential's element: path and slice name follow from the id."""
    path = ".".join(part.partition(":")[0] for part in identity.split("."))
    slice_name = identity.rpartition(".")[2].partition(":")[2]
    return {"id": identity, "path": path} | ({"sliceName": slice_name} if slice_name else {}) | members


def sliced(by: str, kind: str = "value", rules: str = "open") -> dict[str, Any]:
    """A slicing, to be given as members of an element."""
    return {"slicing": {"discriminator": [{"type": kind, "path": by}], "rules": rules}}


def typed(code: str, profile: str | None = None) -> dict[str, Any]:
    """One type, to be given as members of an element."""
    return {"type": [{"code": code} | ({"profile": [profile]} if profile else {})]}


def definition(name: str, type_name: str, *elements: dict[str, Any], base: str = "", **members: Any) -> dict[str, Any]:
    """A StructureDefinition that constrains ``base``, or the type itself."""
    return {
        "resourceType": "StructureDefinition",
        "id": name,
        "url": HERE + name,
        "version": "1.0.0",
        "name": name,
        "status": "active",
        "fhirVersion": "4.0.1",
        "kind": "complex-type" if type_name == "Extension" else "resource",
        "abstract": False,
        "type": type_name,
        "baseDefinition": base or R4 + type_name,
        "derivation": "constraint",
        "differential": {"element": list(elements)},
    } | members


def extension(name: str, *elements: dict[str, Any], most: str = "1") -> dict[str, Any]:
    """An extension with a string, unless the elements say otherwise."""
    given = elements or (element("Extension.value[x]", min=1, **typed("string")),)
    root = element("Extension", max=most)
    return definition(name, "Extension", root, element("Extension.url", fixedUri=HERE + name), *given)


def packed(files: Mapping[str, object], manifest: Mapping[str, Any] | None = None, *, root: str = "package/") -> bytes:
    """A .tgz with those files below ``package/``. Bytes stay as they are, anything else becomes JSON."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        first = {} if manifest is None else {"package.json": manifest}
        for name, content in (first | dict(files)).items():
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            member = tarfile.TarInfo(name if name.startswith("/") else root + name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return gzip.compress(stream.getvalue(), mtime=0)


def manifest(name: str = "example.one", version: str = "1.0.0", **members: Any) -> dict[str, Any]:
    """A package.json."""
    return {"name": name, "version": version, "fhirVersions": ["4.0.1"]} | members
