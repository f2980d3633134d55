"""All rows on conformance that are shown resources: what they make of classes of these is counted together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableSequence, Sequence
from contextlib import suppress
from typing import Any, Protocol

from checker.checks.fhir_alike import Alike
from checker.checks.fhir_judging import current
from checker.checks.fhir_looked import Looked
from checker.model.scan import Seen, Shown

OUTSIDE: Any = object()
"""In place of a class: the resource does not belong to the family that a row is about."""
_MOST_CLASSES = 10_000


class Made:
    """What a row makes of a class of resources none of whose issues counts.

    ``counts``: what each counts that is examined; None where none is. ``holds``: whether one is, where that has to be
    asked of each.
    """

    __slots__ = ("counts", "holds")

    def __init__(self, holds: Callable[[Looked], bool] | None, counts: tuple[tuple[str, int], ...] | None) -> None:
        self.holds = holds
        self.counts = counts


class Row(Protocol):
    """A row's parameters as they are asked of every resource."""

    @property
    def family(self) -> str:
        """The family that it is about, or ""."""
        ...

    @property
    def types(self) -> frozenset[str]:
        """The resource types that it is about; none is all."""
        ...

    def class_of(self, resource: Looked) -> Any:
        """The class of a resource, as the row has it judged; None where it is in none, or ``OUTSIDE``."""
        ...

    def made(self, alike: Alike | None, resource: Looked) -> Made | None:
        """What it makes of resources of a class, of which one is given; None where issues have to be read."""
        ...


class _Class:
    """Resources that are in the same classes for all rows: what each of them counts, and how many they are.

    ``always``: number of a job and what it counts of each. ``asked``: the same, of those that hold what is asked about
    first; ``holding`` tells how many did. ``left``: jobs that have to read the issues of each.
    """

    __slots__ = ("always", "asked", "count", "holding", "left")

    def __init__(self, left: tuple[int, ...], made: list[tuple[int, Made]]) -> None:
        told = [(number, one.holds, one.counts) for number, one in made if one.counts is not None]
        self.left = left
        self.always = tuple((number, counts) for number, holds, counts in told if holds is None)
        self.asked = tuple((holds, number, counts) for number, holds, counts in told if holds is not None)
        self.holding = [0] * len(self.asked)
        self.count = 0


class Rows:
    """All rows that are shown a resource: its classes say what they make of it."""

    def __init__(self, jobs: Sequence[Shown], row_of: Callable[[Any], Row]) -> None:
        self._rows = tuple((number, row_of(params)) for number, _, params in jobs)
        self._numbers = tuple(number for number, _ in self._rows)
        self._families = tuple({row.family: row for _, row in self._rows}.values())
        self._known: dict[tuple[Any, ...], _Class] = {}

    def take(self, several: Sequence[Seen]) -> Iterable[tuple[Sequence[int], Seen]]:
        """Count resources; the rows that have to read their issues are given back."""
        left: list[tuple[Sequence[int], Seen]] = []
        judging = current()
        if judging.held.replaces_uk_core:
            return [(self._numbers, seen) for seen in several]
        for row in self._families:  # first all that the validator says, then what rows make of it
            for seen in several:
                with suppress(Exception):
                    row.class_of(judging.looked(seen))
        for seen in several:
            try:
                resource = judging.looked(seen)
                key = (resource.kind, *[row.class_of(resource) for row in self._families])
                found = self._known.get(key)
                if found is None:
                    found = self._learn(key, resource)
                holding = [at for at, (holds, *_) in enumerate(found.asked) if holds(resource)] if found.asked else ()
            except OSError:
                raise
            except Exception:  # the step raises it too, and is told of
                left.append((self._numbers, seen))
                continue
            found.count += 1
            for at in holding:
                found.holding[at] += 1
            if found.left:
                left.append((found.left, seen))
        return left

    def settle(self, states: MutableSequence[Any]) -> None:
        """Add the counts."""
        for one in self._known.values():
            if one.count:
                for number, counts in one.always:
                    states[number].examine(counts, one.count)
            for at, (_, number, counts) in enumerate(one.asked):
                if one.holding[at]:
                    states[number].examine(counts, one.holding[at])
        # Nothing is kept of classes that may have gone.
        self._known.clear()

    def _learn(self, key: tuple[Any, ...], resource: Looked) -> _Class:
        left: list[int] = []
        made: list[tuple[int, Made]] = []
        for number, row in self._rows:
            if row.types and resource.kind not in row.types:
                continue
            alike = row.class_of(resource)
            if alike is OUTSIDE:
                continue
            one = row.made(alike, resource)
            if one is None:
                left.append(number)
            else:
                made.append((number, one))
        found = _Class(tuple(left), made)
        if len(self._known) < _MOST_CLASSES:
            self._known[key] = found
        else:
            found = _Class(self._numbers, [])
        return found
