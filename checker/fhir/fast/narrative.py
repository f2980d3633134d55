"""The one warning that many good resources get: that there is no narrative (``dom-6``). It is said here too.

It hangs on nothing but the type, so it is had from the explaining tier once for each type.
"""

from __future__ import annotations

from typing import Any

import msgspec

from checker.fhir.definitions.ir import Element
from checker.fhir.fast.build import Build
from checker.fhir.fast.clean import Dirty
from checker.fhir.instance import Tree
from checker.fhir.validation import invariants, walk
from checker.fhir.validation.issue import Issue
from checker.fhir.validation.run import Run

_KEY = "dom-6"


class Narratives:
    """The issue for a root resource without a narrative, by type; nothing for types that need none."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self.by_type: dict[str, tuple[Issue, ...]] = {}

    def issues(self, raw: dict[str, Any], data: bytes) -> tuple[Issue, ...]:
        """What the explaining tier says of the narrative that is not there, at its place in the text."""
        kind = raw["resourceType"]
        found = self.by_type[kind] if kind in self.by_type else self._made(kind)
        if not found or data[:1] == b"{":
            return found
        before = data[: data.index(b"{")]
        if not before.isascii() or b"\r" in before:
            raise Dirty("place of the resource")
        line = before.count(b"\n") + 1
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        return tuple(msgspec.structs.replace(issue, line=line, column=column) for issue in found)

    def _made(self, kind: str) -> tuple[Issue, ...]:
        build = self._build
        structure = build.definitions.type(kind)
        stated = [one for one in structure.root.constraints if one.key == _KEY]
        tree = Tree({"resourceType": kind}, build.definitions)
        run = Run(build.definitions, build.terminology, None, tree, build.options, walk.validate)  # type: ignore[arg-type]
        invariants.check(run, tree.root, structure.root, stated)
        found = [issue for issue, _ in run.issues]
        if len(found) > 1 or any(issue.is_error for issue in found):
            raise Dirty("dom-6")
        self.by_type[kind] = tuple(msgspec.structs.replace(one, pointer="", line=1, column=1) for one in found)
        return self.by_type[kind]


def own_narrative_rule(build: Build, walkers: tuple[Element, ...], kind: str) -> bool:
    """Whether a StructureDefinition states ``dom-6`` in other words than the type."""
    structure = build.definitions.type(kind)
    stated = {one.expression for one in structure.root.constraints if one.key == _KEY}
    return any(one.key == _KEY and one.expression not in stated for walker in walkers for one in walker.constraints)
