"""All codes of a value set, where they can be listed from what is held; and the systems that it draws on."""

from __future__ import annotations

from typing import Final

from checker.fhir.terminology import algorithmic
from checker.fhir.terminology.filters import satisfied
from checker.fhir.terminology.held import Held
from checker.fhir.terminology.value_sets import Composition, Include

_DEEPEST: Final = 40

Listed = dict[str, frozenset[str]]
"""Codes by code system."""


class Lister:
    """Lists value sets, remembering each. A value set that cannot be listed in full is None."""

    __slots__ = ("_done", "_held", "_systems")

    def __init__(self, held: Held) -> None:
        self._held = held
        self._done: dict[str, Listed | None] = {}
        self._systems: dict[str, tuple[str, ...]] = {}

    def listed(self, canonical: str) -> Listed | None:
        """Codes by system; None where a part is not held, is open-ended, or imports itself."""
        return self._listed(canonical, ())

    def systems(self, canonical: str) -> tuple[str, ...]:
        """The code systems that the value set and those it imports name, sorted."""
        if canonical not in self._systems:
            self._systems[canonical] = tuple(sorted(self._collected(canonical)))
        return self._systems[canonical]

    def _collected(self, canonical: str) -> set[str]:
        found: set[str] = set()
        seen, left = {canonical}, [canonical]
        while left:
            composition = self._held.composition(left.pop())
            if composition is None:
                continue
            for include in composition.includes:
                if include.system is not None:
                    found.add(include.system)
                else:
                    left += (imported for imported in include.value_sets if imported not in seen)
                    seen.update(include.value_sets)
            if not composition.composed and composition.expansion is not None:
                found.update(system for system, _ in composition.expansion if system)
        return found

    def _listed(self, canonical: str, path: tuple[str, ...]) -> Listed | None:
        if canonical in self._done:
            return self._done[canonical]
        if canonical in path or len(path) >= _DEEPEST:
            return None
        composition = self._held.composition(canonical)
        answer = None if composition is None else self._composed(composition, (*path, canonical))
        self._done[canonical] = answer
        return answer

    def _composed(self, composition: Composition, path: tuple[str, ...]) -> Listed | None:
        if not composition.composed:
            return None if composition.expansion is None else _by_system(composition.expansion)
        inside = self._union(composition.includes, path)
        outside = self._union(composition.excludes, path)
        if inside is None or outside is None:
            return None
        found = {system: codes - outside.get(system, frozenset()) for system, codes in inside.items()}
        return self._active(found) if composition.active_only else found

    def _union(self, includes: tuple[Include, ...], path: tuple[str, ...]) -> Listed | None:
        found: Listed = {}
        for include in includes:
            part = self._included(include, path)
            if part is None:
                return None
            for system, codes in part.items():
                found[system] = found[system] | codes if system in found else codes
        return found

    def _included(self, include: Include, path: tuple[str, ...]) -> Listed | None:
        parts: list[Listed] = []
        if include.system is not None:
            codes = self._of_system(include, include.system)
            if codes is None:
                return None
            parts.append({include.system: codes})
        for canonical in include.value_sets:
            imported = self._listed(canonical, path)
            if imported is None:
                return None
            parts.append(imported)
        if not parts:
            return None
        found = parts[0]
        for other in parts[1:]:
            found = {system: codes & other[system] for system, codes in found.items() if system in other}
        return found

    def _of_system(self, include: Include, system: str) -> frozenset[str] | None:
        if include.listed is not None:
            return frozenset(include.listed)
        concepts = self._held.concepts(system, include.version)
        if concepts is not None and include.version and concepts.version not in ("", include.version):
            return None
        if concepts is not None and concepts.is_whole:
            everything = frozenset(concepts.by_code)
        else:
            concepts = None
            ruled = algorithmic.enumerated(system)
            if ruled is None:
                return None
            everything = ruled
        for one in include.filters:
            answers = {code: satisfied(one, system, concepts, code) for code in everything}
            if None in answers.values():
                return None
            everything = frozenset(code for code, answer in answers.items() if answer)
        return everything

    def _active(self, found: Listed) -> Listed:
        active: Listed = {}
        for system, codes in found.items():
            concepts = self._held.concepts(system)
            active[system] = (
                codes if concepts is None else frozenset(code for code in codes if not concepts.status(code))
            )
        return active


def _by_system(expansion: dict[tuple[str, str], dict[str, object]]) -> Listed:
    found: dict[str, set[str]] = {}
    for system, code in expansion:
        found.setdefault(system, set()).add(code)
    return {system: frozenset(codes) for system, codes in found.items()}
