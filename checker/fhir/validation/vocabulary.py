"""Value sets and code systems out of the definitions that are held, as terminology asks for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Vocabulary:
    """Implements ``checker.fhir.terminology.answer.Library`` and its supplements over a library of definitions."""

    __slots__ = ("_definitions", "_supplements")

    def __init__(self, definitions: Any) -> None:
        self._definitions = definitions
        self._supplements: dict[str, list[dict[str, Any]]] | None = None

    def value_set(self, canonical: str) -> dict[str, Any] | None:
        """The ValueSet, None if it is not held."""
        found: dict[str, Any] | None = self._definitions.raw(canonical, "ValueSet")
        return found

    def code_system(self, canonical: str) -> dict[str, Any] | None:
        """The CodeSystem, None if it is not held."""
        found: dict[str, Any] | None = self._definitions.raw(canonical, "CodeSystem")
        return found

    def supplements(self, code_system: str) -> Iterable[dict[str, Any]]:
        """The supplements of the packages to that code system. R4 core has none of use, and is not searched."""
        if self._supplements is None:
            self._supplements = {}
            providers = (*getattr(self._definitions, "packages", ()), *getattr(self._definitions, "embedded", ())[:-1])
            for provider in providers:
                for entry in provider.entries("CodeSystem"):
                    resource = provider.load(entry)
                    if resource is not None and resource.get("content") == "supplement":
                        url = str(resource.get("supplements", "")).partition("|")[0]
                        self._supplements.setdefault(url, []).append(resource)
        return self._supplements.get(code_system, [])
