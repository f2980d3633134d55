"""A code system that is held: its concepts by code, their displays, their hierarchy and their properties.

Source: http://hl7.org/fhir/R4/codesystem.html. Packages hold all kinds of faults: whatever has not the right JSON
type is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from checker.fhir.terminology import shapes

_DEEPEST: Final = 100
_PROPERTY_URI: Final = "http://hl7.org/fhir/concept-properties#"
_INACTIVE_STATUS: Final = frozenset(("retired", "inactive", "deprecated"))


class Concepts:
    """One code system, indexed. Its raw concepts are kept, never copied.

    - ``content``: ``complete``, ``fragment``, ``example``, ``not-present`` or ``supplement``.
    - ``case_sensitive``: False also where nothing is said of it.
    """

    __slots__ = (
        "_ancestors",
        "_children",
        "_extra",
        "_folded",
        "_parents",
        "_properties",
        "by_code",
        "case_sensitive",
        "content",
        "language",
        "url",
        "version",
    )

    def __init__(self, raw: dict[str, Any], supplements: Iterable[dict[str, Any]] = ()) -> None:
        self.url = shapes.text(raw.get("url"))
        self.version = shapes.text(raw.get("version"))
        self.language = shapes.text(raw.get("language"))
        self.content = shapes.text(raw.get("content")) or "complete"
        self.case_sensitive = raw.get("caseSensitive") is True
        self.by_code: dict[str, dict[str, Any]] = {}
        self._parents: dict[str, set[str]] = {}
        for concept, parent in _nested(raw.get("concept")):
            code = concept["code"]
            self.by_code.setdefault(code, concept)
            if parent is not None:
                self._parents.setdefault(code, set()).add(parent)
        if self.content == "complete" and not self.by_code:
            self.content = "not-present"  # no code system is empty: its concepts are kept elsewhere
        self._properties = _property_uses(raw)
        self._children: dict[str, set[str]] | None = None
        self._ancestors: dict[str, frozenset[str]] = {}
        self._folded: dict[str, str] | None = None
        self._extra: dict[str, list[dict[str, Any]]] = {}
        for supplement in supplements:
            for concept, _ in _nested(supplement.get("concept")):
                self._extra.setdefault(concept["code"], []).append(concept)

    @property
    def is_whole(self) -> bool:
        """Is a code that is not here surely no code of the system?"""
        return self.content == "complete"

    def spelling(self, code: str) -> str | None:
        """The code as the system spells it; None if it is not here. Exact where the system minds letter case."""
        if code in self.by_code:
            return code
        if self.case_sensitive:
            return None
        if self._folded is None:
            self._folded = {one.casefold(): one for one in reversed(self.by_code)}
        return self._folded.get(code.casefold())

    def displays(self, code: str) -> Iterator[tuple[str, str]]:
        """(language, text) of the display and of each designation; the language is empty where none is said."""
        for concept in (self.by_code.get(code), *self._extra.get(code, ())):
            if concept is not None:
                yield from displays_of(concept, self.language)

    def status(self, code: str) -> str:
        """The word that makes a concept inactive (``retired``, ``deprecated``, ``inactive``), else empty."""
        for kind, value in self._values(code):
            if kind == "inactive" and value == "true":
                return "inactive"
            if kind == "status" and value in _INACTIVE_STATUS:
                return value
        return ""

    def is_abstract(self, code: str) -> bool:
        """Is the concept there only to group others?"""
        return any(kind in ("notSelectable", "abstract") and value == "true" for kind, value in self._values(code))

    def values(self, code: str, name: str) -> list[str]:
        """The values of a property of the concept, as text."""
        return [value for kind, value in self._values(code) if kind == name]

    def parents(self, code: str) -> frozenset[str]:
        """The concepts right above."""
        self._link()
        return frozenset(self._parents.get(code, ()))

    def children(self, code: str) -> frozenset[str]:
        """The concepts right below."""
        return frozenset(self._link().get(code, ()))

    def below(self, code: str) -> frozenset[str]:
        """All descendants, the concept itself left out. Remembered."""
        if code not in self._ancestors:
            children = self._link()
            found: set[str] = set()
            todo = [code]
            while todo:
                for child in children.get(todo.pop(), ()):
                    if child not in found:
                        found.add(child)
                        todo.append(child)
            found.discard(code)
            self._ancestors[code] = frozenset(found)
        return self._ancestors[code]

    def above(self, code: str) -> frozenset[str]:
        """All ancestors, the concept itself left out."""
        self._link()
        found: set[str] = set()
        todo = [code]
        while todo:
            for parent in self._parents.get(todo.pop(), ()):
                if parent not in found:
                    found.add(parent)
                    todo.append(parent)
        found.discard(code)
        return frozenset(found)

    def _link(self) -> dict[str, set[str]]:
        """Children by code: from nesting and from the properties ``parent``, ``child`` and ``subsumedBy``."""
        if self._children is not None:
            return self._children
        for code in self.by_code:
            for kind, value in self._values(code):
                if kind in ("parent", "subsumedBy") and value in self.by_code:
                    self._parents.setdefault(code, set()).add(value)
                elif kind == "child" and value in self.by_code:
                    self._parents.setdefault(value, set()).add(code)
        children: dict[str, set[str]] = {}
        for code, above in self._parents.items():
            for parent in above:
                children.setdefault(parent, set()).add(code)
        self._children = children
        return children

    def _values(self, code: str) -> Iterator[tuple[str, str]]:
        concept = self.by_code.get(code)
        for entry in shapes.objects(concept.get("property") if concept else None):
            name = shapes.text(entry.get("code"))
            for key, value in entry.items():
                if key.startswith("value") and len(key) > 5:
                    yield self._properties.get(name, name), as_text(value)


def displays_of(concept: dict[str, Any], language: str = "") -> Iterator[tuple[str, str]]:
    """(language, text) of the display and the designations of a concept, wherever it stands."""
    display = shapes.text(concept.get("display"))
    if display:
        yield language, display
    for designation in shapes.objects(concept.get("designation")):
        value = shapes.text(designation.get("value"))
        if value:
            yield shapes.text(designation.get("language")), value


def as_text(value: Any) -> str:
    """The value of a property as a filter compares it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return shapes.text(value.get("code"))
    return str(value) if isinstance(value, (str, int, float)) else ""


def _nested(concepts: Any) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Each concept with the code of the one it stands in, in order of the file."""
    todo: list[tuple[Iterator[dict[str, Any]], str | None]] = [(shapes.objects(concepts), None)]
    while todo:
        level, parent = todo[-1]
        concept = next(level, None)
        if concept is None:
            todo.pop()
            continue
        code = concept.get("code")
        if not isinstance(code, str):
            continue
        yield concept, parent
        if "concept" in concept and len(todo) < _DEEPEST:
            todo.append((shapes.objects(concept["concept"]), code))


def _property_uses(raw: dict[str, Any]) -> dict[str, str]:
    """Names that a code system gives to FHIR's own properties: code of the property to the standard name."""
    uses = {}
    for entry in shapes.objects(raw.get("property")):
        name, uri = shapes.text(entry.get("code")), shapes.text(entry.get("uri"))
        if uri.startswith(_PROPERTY_URI):
            uses[name] = uri.removeprefix(_PROPERTY_URI)
    return uses
