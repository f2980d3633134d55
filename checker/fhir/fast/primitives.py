"""Invariants that a StructureDefinition states on a primitive: the interpreter is asked once for each distinct value.

Of moments hardly any comes twice. But where an invariant asks for nothing but the length of the value as a text, all
moments that are written alike have one answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checker.fhir.definitions.ir import Constraint, Element
from checker.fhir.fast import scalars
from checker.fhir.fast.build import MOST_ANSWERS, Build
from checker.fhir.fast.clean import NOTHING, Clean, Dirty, Told
from checker.fhir.fast.invariants import is_local
from checker.fhir.instance import Key, Node
from checker.fhir.validation import corrections, invariants
from checker.fhir.validation.run import Run

Judge = Callable[[Any, Clean, Any, str, tuple[Key, ...]], None]
"""Called with value, context, the object that holds it, and its place in that, as path and as JSON keys."""

MOMENTS = frozenset({"dateTime", "instant"})


class PrimitiveRules:
    """The judge of the invariants on a primitive of one type without extensions.

    ``alike``: what follows the seconds of moments that are known to meet all of them; empty where they ask for more
    than the length. ``good``: texts that are known to. Raises ``Dirty`` for an invariant that looks at more than the
    value.
    """

    __slots__ = ("_answers", "_build", "_by_length", "_constraints", "_kind", "alike", "declared", "good")

    def __init__(
        self, build: Build, kind: str, declared: Element, constraints: tuple[tuple[Constraint, Element], ...]
    ) -> None:
        self._build = build
        self._kind = kind
        self.declared = declared
        self._constraints = constraints
        self._answers: dict[str, Told] = {}
        self.alike: set[str] = set()
        self.good: set[str] = set()
        self._by_length = kind in MOMENTS
        for one, _ in constraints:
            expression = corrections.corrected(one.expression)
            parsed = invariants._parsed(expression) if expression is not None else ""
            if isinstance(parsed, str) or not is_local(parsed.root):
                raise Dirty(f"{one.key} on a primitive")
            self._by_length = self._by_length and of_length(parsed.root)

    def judge(self, v: Any, c: Clean, holder: Any, place: str, keys: tuple[Key, ...]) -> None:
        """Keep what the interpreter says of a value of good form. Raises ``Dirty`` where an invariant is broken."""
        answer = self._answers.get(v) if v.__class__ is str else None
        if answer is None:
            answer = self._build.told(self._check, self._build.inside(v, self._kind, self.declared, None))
            if self._by_length and answer is NOTHING and _is_usual(v):
                self.alike.add(v[19:])
                return
            if v.__class__ is str:  # 1 and 1.0 are one key, and two texts
                if len(self._answers) >= MOST_ANSWERS:
                    self._answers.clear()
                    self.good.clear()
                self._answers[v] = answer
                if answer is NOTHING:
                    self.good.add(v)
        if answer is not NOTHING:
            c.said.append((answer, holder, place, keys))

    def _check(self, run: Run, node: Node) -> None:
        for constraint, element in self._constraints:
            invariants.check(run, node, element, [constraint])


def _is_usual(v: Any) -> bool:
    """To the second, with an offset: as a text of FHIRPath the length hangs on the offset alone."""
    return v.__class__ is str and v[19:] in scalars.OFFSETS and v[4:17:3] == scalars.SEPARATORS


def of_length(part: Any) -> bool:
    """Whether the value of an expression on a primitive hangs on nothing but its type and its length as a text."""
    from checker.fhir.fhirpath import ast

    if isinstance(part, ast.Literal):
        return True
    if isinstance(part, ast.TypeTest):
        return part.operator == "is" and _itself(part.source)
    if isinstance(part, ast.Binary):
        return of_length(part.left) and of_length(part.right)
    if isinstance(part, ast.Function) and part.name == "length" and not part.arguments:
        text = part.source
        return isinstance(text, ast.Function) and text.name == "toString" and _itself(text.source)
    return False


def _itself(part: Any) -> bool:
    """``$this``, perhaps taken as a type."""
    from checker.fhir.fhirpath import ast

    if isinstance(part, ast.TypeTest):
        return part.operator == "as" and _itself(part.source)
    return isinstance(part, ast.Variable) and part.name == "this"
