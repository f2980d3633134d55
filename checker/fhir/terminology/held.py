"""What is held, indexed as it is asked for and remembered: code systems and value sets of a library."""

from __future__ import annotations

from typing import Final

from checker.fhir.terminology.answer import Library, SupplementedLibrary, split_canonical
from checker.fhir.terminology.concepts import Concepts
from checker.fhir.terminology.value_sets import Composition

_MOST: Final = 20_000
"""Canonicals remembered: hostile input may name any number of systems that do not exist."""

_LONGEST: Final = 2000
"""Characters of a canonical: no longer one is that of a definition."""


class Held:
    """Code systems and value sets by canonical. Nothing is read twice."""

    __slots__ = ("_compositions", "_concepts", "_library")

    def __init__(self, library: Library) -> None:
        self._library = library
        self._concepts: dict[str, Concepts | None] = {}
        self._compositions: dict[str, Composition | None] = {}

    def concepts(self, system: str, version: str = "") -> Concepts | None:
        """The code system, in that version if it is held, else in the one that is; None if it is not held."""
        if version:
            exact = self._code_system(f"{system}|{version}")
            if exact is not None:
                return exact
        return self._code_system(system)

    def composition(self, canonical: str) -> Composition | None:
        """The value set, None if it is not held in the version that the canonical names."""
        if len(canonical) > _LONGEST:
            return None
        if canonical not in self._compositions:
            if len(self._compositions) >= _MOST:
                self._compositions.clear()
            raw = self._library.value_set(canonical)
            self._compositions[canonical] = Composition(raw) if isinstance(raw, dict) else None
        return self._compositions[canonical]

    def _code_system(self, canonical: str) -> Concepts | None:
        if len(canonical) > _LONGEST:
            return None
        if canonical not in self._concepts:
            if len(self._concepts) >= _MOST:
                self._concepts.clear()
            self._concepts[canonical] = self._read(canonical)
        return self._concepts[canonical]

    def _read(self, canonical: str) -> Concepts | None:
        raw = self._library.code_system(canonical)
        if not isinstance(raw, dict):
            return None
        url, version = split_canonical(canonical)
        plain = self._concepts.get(url) if version else None
        if plain is not None and plain.version == version:
            return plain
        supplements = self._library.supplements(url) if isinstance(self._library, SupplementedLibrary) else ()
        return Concepts(raw, supplements)
