"""CodeableConcepts into which StructureDefinitions go: each distinct one is judged once, and what came of it is kept.

Records hold the same few concepts again and again (what is measured, in which category). All that is said of one, and
which of its must-support elements stand, hangs on its codings and the language of the resource.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checker.fhir.fast.build import MOST_ANSWERS
from checker.fhir.fast.clean import Clean, Row, Told

_USUAL = frozenset({("coding",), ("coding", "text"), ("text", "coding"), ("text",)})
_TEXTS = frozenset((str, bool))
Known = tuple[int, list[Row], tuple[Any, ...], list[tuple[Told, int, Any, Any]]]
"""Names and texts; rows; faults of definitions; what is said, of which coding (or -1), and its place in that."""


class Remembered:
    """The judge of CodeableConcepts that ``judge`` judges: called with value and context."""

    __slots__ = ("_judge", "_known")

    def __init__(self, judge: Callable[[Any, Clean], int]) -> None:
        self._judge = judge
        self._known: dict[Any, Known] = {}

    def __call__(self, v: Any, c: Clean) -> int:
        """The number of names and texts."""
        names = tuple(v)
        if names not in _USUAL:
            return self._judge(v, c)
        codings = v.get("coding", ())
        # True and 1 are one key, and only one of them is a boolean.
        listed = [(*one, *one.values(), one.get("userSelected").__class__) for one in codings]
        key = (names, v.get("text"), c.language, *listed)
        try:
            n, rows, problems, said = self._known[key]
        except (KeyError, TypeError):
            return self._learn(v, c, key, codings)
        c.rows += rows
        if problems:
            c.problems += problems
        for told, at, place, keys in said:
            c.said.append((told, v if at < 0 else codings[at], place, keys))
        return n

    def _learn(self, v: Any, c: Clean, key: Any, codings: Any) -> int:
        rows, said, problems = len(c.rows), len(c.said), len(c.problems)
        n = self._judge(v, c)
        plain = all("id" not in one and all(value.__class__ in _TEXTS for value in one.values()) for one in codings)
        if not plain or v.get("text", "").__class__ is not str:
            return n
        places = {id(one): at for at, one in enumerate(codings)}
        places[id(v)] = -1
        found = c.said[said:]
        if all(id(holder) in places for _, holder, _, _ in found):
            if len(self._known) >= MOST_ANSWERS:
                self._known.clear()
            kept = [(told, places[id(holder)], place, keys) for told, holder, place, keys in found]
            self._known[key] = n, c.rows[rows:], c.problems[problems:], kept
        return n
