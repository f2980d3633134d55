"""Snapshots from differentials, after the rules of FHIR R4 profiling (profiling.html, elementdefinition.html).

Everything that is a rule is inherited; ids, paths and ``base`` are filled in. What HL7's own generator does is the
measure: R4 core's differentials give its published snapshots (``tests/fhir/definitions/compare_core.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from checker.fhir.definitions.derive import Derivation
from checker.fhir.definitions.differential import changes
from checker.fhir.definitions.elements import MAX_ELEMENTS, TYPES, Element, Node, flatten, tree
from checker.fhir.definitions.merge import sourced
from checker.fhir.validation.issue import DefinitionProblem

MAX_DERIVATIONS = 64
"""Longest chain of definitions, each the base of the one before, that is followed."""


class SnapshotGenerator:
    """Generates snapshots, each once.

    ``resolve`` gives a raw StructureDefinition for a canonical, or None. ``text``: keep descriptions too.
    ``published``: use the snapshots that definitions bring along. ``short_cut_narrows``: a constraint on
    ``valueQuantity`` forbids the other types of ``value[x]``, as in R4's own snapshots and in HL7's validator when it
    makes a snapshot itself; otherwise it only says what holds when the value is a Quantity.
    """

    def __init__(
        self,
        resolve: Callable[[str], dict[str, Any] | None],
        *,
        text: bool = False,
        published: bool = True,
        short_cut_narrows: bool = True,
    ) -> None:
        self._resolve = resolve
        self.text = text
        self._published = published
        self.short_cut_narrows = short_cut_narrows
        self._trees: dict[str, Node | None] = {}
        self._open: set[str] = set()
        self.problems: list[DefinitionProblem] = []

    def elements(self, definition: dict[str, Any], canonical: str = "") -> list[Element] | None:
        """The snapshot's elements; None when there can be none. The reasons are in ``problems``, once.

        ``canonical``: what the definition is asked for by, ``url`` or ``url|version``; its ``url`` when not given.
        """
        url = definition.get("url")
        key = canonical or (url if isinstance(url, str) else "")
        try:
            root = self._tree(key, definition)
            elements = None if root is None else flatten(root, root.name)
        except RecursionError:
            self._trees[key] = elements = None
            self._fail(key, "it is nested too deeply")
        if elements is not None and len(elements) > MAX_ELEMENTS:
            self._trees[key] = elements = None
            self._fail(key, f"it has more than {MAX_ELEMENTS} elements")
        return elements

    def _fail(self, key: str, text: str) -> None:
        self.problems.append(DefinitionProblem(definition=key, message=text))

    def of(self, canonical: str) -> Node | None:
        """The tree of the definition of that canonical; None when it is unknown, broken or being generated now."""
        if canonical in self._trees:
            return self._trees[canonical]
        definition = self._resolve(canonical)
        return None if definition is None else self._tree(canonical, definition)

    def of_type(self, code: str) -> Node | None:
        """The tree of a type by its code; None for FHIRPath's system types."""
        return None if "/" in code else self.of(TYPES + code)

    def root_constraints(self, name: str) -> list[dict[str, Any]]:
        """The constraints of a type and those that it is derived from, read without making a snapshot of it."""
        found: list[dict[str, Any]] = []
        url: object = TYPES + name
        for _ in range(MAX_DERIVATIONS):
            definition = self._resolve(url) if isinstance(url, str) else None
            if definition is None:
                break
            first = (_list(definition, "differential") or _list(definition, "snapshot") or [{}])[0]
            element = _with_source(first, str(url))
            own = element.get("constraint", []) if isinstance(element, dict) else []
            found = [*own, *found]
            url = definition.get("baseDefinition")
        return found

    def generating(self, canonical: str) -> bool:
        """Is the definition's snapshot being made now? Then asking for it is a cycle."""
        url = canonical.partition("|")[0]
        return any(one.partition("|")[0] == url for one in self._open)

    def _tree(self, key: str, definition: dict[str, Any]) -> Node | None:
        if key in self._trees:
            return self._trees[key]
        if key in self._open:
            return None
        if len(self._open) >= MAX_DERIVATIONS:
            self._fail(key, f"more than {MAX_DERIVATIONS} definitions build on each other")
            return None
        self._open.add(key)
        try:
            root = self._make(key, definition)
        finally:
            self._open.discard(key)
        self._trees[key] = root
        return root

    def _make(self, key: str, definition: dict[str, Any]) -> Node | None:
        source = key.partition("|")[0]

        def report(where: str, text: str, /, *, lost: bool = False) -> None:
            severity: Literal["error", "warning"] = "error" if lost else "warning"
            problem = DefinitionProblem(definition=key, message=text, element=where or None, severity=severity)
            self.problems.append(problem)

        given = _list(definition, "snapshot")
        words = _list(definition, "differential")
        if given and (self._published or not words):
            return tree([_with_source(one, source) for one in given], report, text=self.text)
        type_name = str(definition.get("type", "")).rpartition("/")[2]
        if not type_name:
            self._fail(key, "it names no type")
            return None
        if not words and not isinstance(definition.get("baseDefinition"), str):
            self._fail(key, "it has neither elements nor a base")
            return None
        change = changes(words or [], type_name, report, text=self.text)
        base_url = definition.get("baseDefinition")
        if not isinstance(base_url, str):
            return Derivation(self, source, report, specialization=True).first(change)
        base = self.of(base_url)
        if base is None:
            told = "its base is derived from itself" if self.generating(base_url) else ""
            self._fail(key, f"{told or 'its base is not known or cannot be used'}: {base_url}")
            return None
        specialization = definition.get("derivation") == "specialization"
        return Derivation(self, source, report, specialization=specialization).root(base, change, type_name)


def _with_source(element: object, url: str) -> object:
    constraints = element.get("constraint") if isinstance(element, dict) else None
    sound = isinstance(constraints, list) and all(isinstance(one, dict) for one in constraints)
    return sourced(element, url) if isinstance(element, dict) and sound else element


def _list(definition: dict[str, Any], key: str) -> list[Any] | None:
    part = definition.get(key)
    elements = part.get("element") if isinstance(part, dict) else None
    return elements if isinstance(elements, list) and elements else None
