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
    """The issue for a root resource without a narrative, by type; None for types that need none."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._issues: dict[str, Issue | None] = {}

    def issues(self, raw: dict[str, Any], data: bytes) -> tuple[Issue, ...]:
        """What the explaining tier says of the narrative that is not there, at its place in the text."""
        kind = raw["resourceType"]
        issue = self._issues[kind] if kind in self._issues else self._made(kind)
        if issue is None:
            return ()
        if data[:1] == b"{":
            return (issue,)
        before = data[: data.index(b"{")]
        if not before.isascii() or b"\r" in before:
            raise Dirty("place of the resource")
        line = before.count(b"\n") + 1
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        return (msgspec.structs.replace(issue, line=line, column=column),)

    def _made(self, kind: str) -> Issue | None:
        build = self._build
        structure = build.definitions.type(kind)
        stated = [one for one in structure.root.constraints if one.key == _KEY]
        tree = Tree({"resourceType": kind}, build.definitions)
        run = Run(build.definitions, build.terminology, None, tree, build.options, walk.validate)  # type: ignore[arg-type]
        invariants.check(run, tree.root, structure.root, stated)
        found = [issue for issue, _ in run.issues]
        if len(found) > 1 or any(issue.is_error for issue in found):
            raise Dirty("dom-6")
        self._issues[kind] = msgspec.structs.replace(found[0], pointer="", line=1, column=1) if found else None
        return self._issues[kind]


def own_narrative_rule(build: Build, walkers: tuple[Element, ...], kind: str) -> bool:
    """Whether a StructureDefinition states ``dom-6`` in other words than the type."""
    structure = build.definitions.type(kind)
    stated = {one.expression for one in structure.root.constraints if one.key == _KEY}
    return any(one.key == _KEY and one.expression not in stated for walker in walkers for one in walker.constraints)
