"""A value set that is held, taken apart once: its includes, its excludes, its published expansion.

Source: http://hl7.org/fhir/R4/valueset.html#compositions
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from checker.fhir.terminology import filters, shapes
from checker.fhir.terminology.filters import Filter

_DEEPEST: Final = 100


class Include:
    """One include or exclude. Its parts are joined by AND: the system's part, and every value set.

    ``listed`` holds the enumerated concepts by code, None where none are; ``folded`` their spellings by folded code.
    """

    __slots__ = ("filters", "folded", "listed", "system", "value_sets", "version")

    def __init__(self, raw: dict[str, Any]) -> None:
        # R4 core writes ``system|version`` in the system of some includes.
        system, _, version = shapes.text(raw.get("system")).partition("|")
        self.system = system or None
        self.version = shapes.text(raw.get("version")) or version
        self.listed: dict[str, dict[str, Any]] | None = None
        if isinstance(raw.get("concept"), list):
            self.listed = {}
            for one in shapes.objects(raw["concept"]):
                code = one.get("code")
                if isinstance(code, str):
                    self.listed.setdefault(code, one)
        self.folded: dict[str, str] | None = None
        self.filters: tuple[Filter, ...] = filters.read(raw.get("filter"))
        self.value_sets: tuple[str, ...] = tuple(shapes.strings(raw.get("valueSet")))

    def spelling(self, code: str, *, fold: bool) -> str | None:
        """The enumerated code, as it is spelt there, None if it is not. ``fold``: letter case is free."""
        listed = self.listed or {}
        if code in listed:
            return code
        if not fold:
            return None
        if self.folded is None:
            self.folded = {one.casefold(): one for one in reversed(listed)}
        return self.folded.get(code.casefold())


class Composition:
    """A value set.

    ``expansion`` holds its published expansion: (system, code) to the entry; None if there is none, or none that
    lists codes. ``active_only``: its compose leaves inactive concepts out.
    """

    __slots__ = ("active_only", "composed", "excludes", "expansion", "includes", "url", "version")

    def __init__(self, raw: dict[str, Any]) -> None:
        self.url = shapes.text(raw.get("url"))
        self.version = shapes.text(raw.get("version"))
        compose = shapes.member(raw, "compose")
        self.includes = tuple(Include(one) for one in shapes.objects(compose.get("include")))
        self.excludes = tuple(Include(one) for one in shapes.objects(compose.get("exclude")))
        self.composed = bool(self.includes)
        self.active_only = compose.get("inactive") is False
        self.expansion = _expansion(shapes.member(raw, "expansion"))


def _expansion(raw: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]] | None:
    if not isinstance(raw.get("contains"), list):
        return None
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for entry in _contained(raw["contains"]):
        code = entry.get("code")
        if isinstance(code, str) and entry.get("abstract") is not True:
            found.setdefault((shapes.text(entry.get("system")), code), entry)
    return found


def _contained(entries: Any) -> Iterator[dict[str, Any]]:
    todo = [shapes.objects(entries)]
    while todo:
        entry = next(todo[-1], None)
        if entry is None:
            todo.pop()
            continue
        yield entry
        if "contains" in entry and len(todo) < _DEEPEST:
            todo.append(shapes.objects(entry["contains"]))
