"""Small code systems and value sets of our own, and the published ones of the shared folder."""

from __future__ import annotations

import json
import tarfile
from functools import cache
from typing import Any

from checker.fhir.terminology.store import LocalTerminology
from tests.fhir.published import SHARED

UKCORE = sorted((SHARED / "packages").glob("fhir.r4.ukcore.*.tgz"))
VS = "http://hl7.org/fhir/ValueSet/"
COLOURS = "https://example.nhs.uk/CodeSystem/colours"
ANIMALS = "https://example.nhs.uk/CodeSystem/animals"
PIECES = "https://example.nhs.uk/CodeSystem/pieces"


class Shelf:
    """A library of the resources that it is given, by url and version; with the supplements among them."""

    def __init__(self, *resources: dict[str, Any]) -> None:
        self.resources: dict[tuple[str, str], dict[str, Any]] = {
            (one["resourceType"], one["url"]): one for one in resources
        }
        self.asked: list[str] = []

    def _get(self, kind: str, canonical: str) -> dict[str, Any] | None:
        self.asked.append(canonical)
        url, _, version = canonical.partition("|")
        found = self.resources.get((kind, url))
        return found if found is None or version in ("", found.get("version", "")) else None

    def value_set(self, canonical: str) -> dict[str, Any] | None:
        return self._get("ValueSet", canonical)

    def code_system(self, canonical: str) -> dict[str, Any] | None:
        return self._get("CodeSystem", canonical)

    def supplements(self, code_system: str) -> list[dict[str, Any]]:
        return [one for one in self.resources.values() if one.get("supplements") == code_system]


def system(url: str, *concepts: Any, **more: Any) -> dict[str, Any]:
    """A CodeSystem, complete and minding letter case unless told otherwise. A concept is a code or an object."""
    made: dict[str, Any] = {"resourceType": "CodeSystem", "url": url, "version": "1", "content": "complete"}
    listed = [{"code": one, "display": one.title()} if isinstance(one, str) else one for one in concepts]
    return {**made, "caseSensitive": True, **more, "concept": listed}


def value_set(name: str, *include: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A ValueSet of our own."""
    compose: dict[str, Any] = {"include": list(include)}
    compose |= {key: more.pop(key) for key in ("exclude", "inactive") if key in more}
    return {"resourceType": "ValueSet", "url": url(name), "version": "1", "compose": compose, **more}


def url(name: str) -> str:
    """Canonical of a value set of our own."""
    return f"https://example.nhs.uk/ValueSet/{name}"


def colours(**more: Any) -> dict[str, Any]:
    """A small code system with words in two languages, one concept retired."""
    red = {
        "code": "red",
        "display": "Red colour",
        "designation": [{"language": "de", "value": "Rote Farbe"}, {"language": "cy", "value": "Coch"}],
    }
    old = {"code": "umber", "display": "Umber", "property": [{"code": "status", "valueCode": "retired"}]}
    return system(COLOURS, red, "green", "blue", old, **more)


def animals() -> dict[str, Any]:
    """A hierarchy: nested concepts, and one that says its parent by a property."""
    dog = {"code": "dog", "display": "Dog", "concept": [{"code": "spaniel", "display": "Spaniel"}]}
    group = {"code": "_pets", "display": "Pets", "property": [{"code": "notSelectable", "valueBoolean": True}]}
    mammal = {"code": "mammal", "display": "Mammal", "concept": [dog, {"code": "cat", "display": "Cat"}]}
    bird = {"code": "bird", "display": "Bird", "property": [{"code": "legs", "valueInteger": 2}]}
    wren = {"code": "wren", "display": "Wren", "property": [{"code": "parent", "valueCode": "bird"}]}
    return system(ANIMALS, mammal, bird, wren, group)


def local(*resources: dict[str, Any]) -> LocalTerminology:
    """Terminology over these resources."""
    return LocalTerminology(Shelf(*resources))


@cache
def published() -> LocalTerminology:
    """R4 core, and UK Core where it is there."""
    found = []
    for package in [SHARED / "packages" / "hl7.fhir.r4.core-4.0.1.tgz", *UKCORE]:
        with tarfile.open(package) as members:
            for member in members:
                if member.name.removeprefix("package/").startswith(("ValueSet-", "CodeSystem-")):
                    stream = members.extractfile(member)
                    assert stream is not None
                    found.append(json.load(stream))
    return local(*found)
