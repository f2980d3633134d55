"""Small StructureDefinitions and what a validator that has them says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from checker.fhir.definitions.provider import Entry
from checker.fhir.definitions.store import Definitions, embedded
from checker.fhir.validation.issue import DefinitionProblem
from checker.fhir.validation.run import Options
from checker.fhir.validator import Result, Validator

URL = "https://fhir.example/StructureDefinition/"


class Loose:
    """Definitions that a test states: a Provider."""

    label = "test"

    def __init__(self, resources: Iterable[Mapping[str, Any]]) -> None:
        self.problems: list[DefinitionProblem] = []
        self._resources = [dict(one) for one in resources]

    def _entry(self, number: int, resource: Mapping[str, Any]) -> Entry:
        kind = str(resource["resourceType"])
        of = str(resource.get("type", "")) if kind == "StructureDefinition" else ""
        return Entry(str(number), kind, str(resource.get("url", "")), str(resource.get("version", "")), type=of)

    def find(self, url: str, resource_type: str = "") -> list[Entry]:
        return [one for one in self.entries(resource_type) if one.url == url]

    def entries(self, resource_type: str) -> list[Entry]:
        entries = [self._entry(number, one) for number, one in enumerate(self._resources)]
        return [one for one in entries if resource_type in ("", one.resource_type)]

    def load(self, entry: Entry) -> dict[str, Any] | None:
        return self._resources[int(entry.member)]


def profile(name: str, kind: str, *elements: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A StructureDefinition on a type, by its differential."""
    return {
        "resourceType": "StructureDefinition",
        "url": URL + name,
        "name": name,
        "status": "active",
        "fhirVersion": "4.0.1",
        "kind": "resource" if kind[0].isupper() and kind not in _DATATYPES else "complex-type",
        "abstract": False,
        "type": kind,
        "baseDefinition": f"http://hl7.org/fhir/StructureDefinition/{kind}",
        "derivation": "constraint",
        "differential": {"element": [{"id": one["path"], **one} for one in elements]},
        **more,
    }


_DATATYPES = ("Address", "ContactPoint", "Extension", "HumanName", "Identifier", "Quantity")


@cache
def _embedded() -> tuple[Any, ...]:
    return embedded(uk_core=False)


def validator(*resources: Mapping[str, Any], options: Options | None = None) -> Validator:
    """A validator with R4 core and these definitions."""
    return Validator(Definitions([Loose(resources)], _embedded()) if resources else _core(), options=options)


@cache
def _core() -> Definitions:
    return Definitions([], _embedded())


def judged(
    resource: Mapping[str, Any] | bytes, *definitions: Mapping[str, Any], options: Options | None = None
) -> Result:
    """What is said of a resource that has to conform to the first of the definitions."""
    asked = [str(definitions[0]["url"])] if definitions else []
    return validator(*definitions, options=options).validate(resource, asked)


def errors(resource: Mapping[str, Any] | bytes, *definitions: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Rule and path of the errors."""
    return [(one.rule, one.path) for one in judged(resource, *definitions).issues if one.is_error]
