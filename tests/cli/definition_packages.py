"""Packages of definitions for runs: a small UK Core of another version, and one with a value set of diseases."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

from tests.probes.test_terminology import DISEASES, SNOMED

OF_UK = "https://fhir.hl7.org.uk/StructureDefinition/"
CONDITION = "https://example.nhs.uk/StructureDefinition/condition"


def constraint_on(url: str, kind: str, *elements: dict[str, Any], version: str = "9.0.0") -> dict[str, Any]:
    """A StructureDefinition that constrains a type of R4."""
    name = url.rpartition("/")[2]
    return {
        "resourceType": "StructureDefinition",
        "id": name,
        "url": url,
        "version": version,
        "name": name.replace("-", ""),
        "status": "active",
        "fhirVersion": "4.0.1",
        "kind": "resource",
        "abstract": False,
        "type": kind,
        "baseDefinition": f"http://hl7.org/fhir/StructureDefinition/{kind}",
        "derivation": "constraint",
        "differential": {"element": [{"id": kind, "path": kind}, *elements]},
    }


OTHER_UK_CORE = [
    constraint_on(
        f"{OF_UK}UKCore-Patient",
        "Patient",
        {"id": "Patient.photo", "path": "Patient.photo", "min": 1, "mustSupport": True},
    ),
    constraint_on(f"{OF_UK}UKCore-Practitioner", "Practitioner"),
]
"""A UK Core that asks for a photo and has nothing for most types."""
OF_DISEASES = [
    constraint_on(
        CONDITION,
        "Condition",
        {
            "id": "Condition.code",
            "path": "Condition.code",
            "binding": {"strength": "required", "valueSet": DISEASES},
        },
    ),
    {
        "resourceType": "ValueSet",
        "id": "diseases",
        "url": DISEASES,
        "status": "active",
        "compose": {
            "include": [{"system": SNOMED, "filter": [{"property": "concept", "op": "is-a", "value": "64572001"}]}]
        },
    },
]


def as_folder(folder: Path, name: str, version: str, resources: list[dict[str, Any]]) -> Path:
    """A package as a folder."""
    inner = folder / "package"
    inner.mkdir(parents=True)
    for file, content in _files(name, version, resources):
        (inner / file).write_bytes(content)
    return folder


def as_archive(path: Path, name: str, version: str, resources: list[dict[str, Any]]) -> Path:
    """The same as a .tgz."""
    with tarfile.open(path, "w:gz") as archive:
        for file, content in _files(name, version, resources):
            info = tarfile.TarInfo(f"package/{file}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def _files(name: str, version: str, resources: list[dict[str, Any]]) -> list[tuple[str, bytes]]:
    manifest = {"name": name, "version": version, "fhirVersions": ["4.0.1"], "dependencies": {}}
    found = [("package.json", json.dumps(manifest).encode())]
    return found + [(f"{one['resourceType']}-{one['id']}.json", json.dumps(one).encode()) for one in resources]
