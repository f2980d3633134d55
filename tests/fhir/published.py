"""The published packages of the shared folder, for tests that need real definitions; they skip without it."""

from __future__ import annotations

import json
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from checker.fhir.definitions.ir import Structure
from checker.fhir.definitions.lower import lower

SHARED = Path(__file__).resolve().parents[3] / "shared"
CORE = SHARED / "packages" / "hl7.fhir.r4.core-4.0.1.tgz"

needs_core = pytest.mark.skipif(not CORE.is_file(), reason="the published R4 core package is not here")


class PublishedCore:
    """R4 core 4.0.1 as published, with its own snapshots: a Library for tests."""

    def __init__(self) -> None:
        self._raw: dict[str, dict[str, Any]] = {}
        with tarfile.open(CORE) as package:
            for member in package:
                name = member.name.removeprefix("package/")
                if name.startswith(("StructureDefinition-", "ValueSet-", "CodeSystem-")):
                    stream = package.extractfile(member)
                    assert stream is not None
                    resource = json.load(stream)
                    self._raw[resource["url"]] = resource
        self._structures: dict[str, Structure | None] = {}

    def raw(self, canonical: str, resource_type: str | None = None) -> dict[str, Any] | None:
        """The published JSON."""
        found = self._raw.get(canonical.partition("|")[0])
        return found if found is None or resource_type in (None, found["resourceType"]) else None

    def structure(self, canonical: str) -> Structure | None:
        """The published snapshot, compiled."""
        url = canonical.partition("|")[0]
        if url not in self._structures:
            raw = self.raw(url, "StructureDefinition")
            self._structures[url] = lower(raw) if raw is not None and "snapshot" in raw else None
        return self._structures[url]

    def type(self, code: str) -> Structure | None:
        """The base definition of a type."""
        return self.structure(f"http://hl7.org/fhir/StructureDefinition/{code}")


@cache
def core() -> PublishedCore:
    """One copy for all tests of a process."""
    return PublishedCore()
