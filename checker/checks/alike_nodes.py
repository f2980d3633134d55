"""Nodes of one sort, of which a scan says the same: it is asked about the first, and the others are counted."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, MutableSequence, Sequence
from functools import partial
from typing import Any, Protocol

from checker.checks.tallied import Tallied
from checker.model.scan import Party, Seen, Shown

_MOST_KEPT = 20_000
_NOT_THERE = "", ""
"""In place of a member that is not there. No text, so that it is none of those that are."""

Sort = Callable[[Seen], Hashable]
"""The sort of a node: what several scans go by. None of a node that is to be looked at by itself."""


class Foretelling(Protocol):
    """A scan that can say of a node what it will say of all nodes of the same sort."""

    def foretells(self, seen: Seen, params: Any) -> bool | None:
        """True: each counts as examined, and has no fault. False: it is not examined. None: each has to be looked at.

        May raise what a step raises.
        """
        ...


class _Known:
    """Nodes of one sort: how many were taken in, the jobs that count them, and those that look at each."""

    __slots__ = ("count", "counting", "looking")

    def __init__(self, counting: tuple[int, ...], looking: tuple[int, ...]) -> None:
        self.count = 0
        self.counting = counting
        self.looking = looking


class AlikeNodes:
    """Takes nodes in for all scans that go by the same sort. The states of these are :class:`Tallied`."""

    def __init__(self, jobs: Sequence[Shown], sort: Sort) -> None:
        self._jobs = tuple(jobs)
        self._all = tuple(number for number, *_ in jobs)
        self._sort = sort
        self._known: dict[Hashable, _Known] = {}
        self._counted: dict[tuple[int, ...], int] = {}

    def take(self, several: Sequence[Seen]) -> Iterable[tuple[Sequence[int], Seen]]:
        """Count what is known; what is to be looked at is given back."""
        left: list[tuple[Sequence[int], Seen]] = []
        sort, known = self._sort, self._known
        for seen in several:
            key = sort(seen)
            if key is None:
                left.append((self._all, seen))
                continue
            found = known.get(key)
            if found is None:
                found = self._learn(key, seen)
            found.count += 1
            if found.looking:
                left.append((found.looking, seen))
        return left

    def settle(self, states: MutableSequence[Any]) -> None:
        """Add the counts."""
        self._gather()
        for numbers, by in self._counted.items():
            for number in numbers:
                state: Tallied = states[number]
                state.count(by=by)
        self._counted.clear()

    def _gather(self) -> None:
        counted = self._counted
        for one in self._known.values():
            if one.count and one.counting:
                counted[one.counting] = counted.get(one.counting, 0) + one.count
            one.count = 0

    def _learn(self, key: Hashable, seen: Seen) -> _Known:
        if len(self._known) >= _MOST_KEPT:
            self._gather()
            self._known.clear()
        counting, looking = [], []
        for number, scan, params in self._jobs:
            says = _foretold(scan, seen, params)
            if says is None:
                looking.append(number)
            elif says:
                counting.append(number)
        found = self._known[key] = _Known(tuple(counting), tuple(looking))
        return found


def _foretold(scan: Any, seen: Seen, params: Any) -> bool | None:
    foretelling: Foretelling = scan
    try:
        return foretelling.foretells(seen, params)
    except OSError:
        raise
    except Exception:  # the step will raise it too, and is told of
        return None


def coding_sort(seen: Seen) -> Hashable:
    """Of a Coding without version and extension: by system and code, where each is text or not there."""
    node = seen.node
    if node.__class__ is not dict or "version" in node or "extension" in node:
        return None
    system, code = node.get("system", _NOT_THERE), node.get("code", _NOT_THERE)
    if (system.__class__ is str or system is _NOT_THERE) and (code.__class__ is str or code is _NOT_THERE):
        return system, code
    return None


def system_sort(seen: Seen) -> Hashable:
    """Of an Identifier: by its system, where that is text or not there, and by whether it has a type."""
    node = seen.node
    if node.__class__ is not dict:
        return None
    system = node.get("system", _NOT_THERE)
    return (system, "type" in node) if system.__class__ is str or system is _NOT_THERE else None


_CLAIMED = (None, "meta"), "profile"


def claim_sort(seen: Seen) -> Hashable:
    """Of what ``meta.profile`` lists: by itself. Elements of that name elsewhere are looked at by themselves."""
    return seen.node if seen.node.__class__ is str and seen.path is not None and seen.path[0] == _CLAIMED else None


def url_sort(seen: Seen) -> Hashable:
    """Of an Extension: by its url, where that is text."""
    url = seen.node.get("url") if seen.node.__class__ is dict else None
    return url if url.__class__ is str else None


ALIKE_CODINGS = Party(partial(AlikeNodes, sort=coding_sort))
"""For scans that go by system and code of codings that have neither version nor extension."""
ALIKE_IDENTIFIERS = Party(partial(AlikeNodes, sort=system_sort))
"""For scans that pass over most identifiers by their system alone."""
ALIKE_CLAIMS = Party(partial(AlikeNodes, sort=claim_sort))
"""For scans of what ``meta.profile`` lists."""
ALIKE_EXTENSIONS = Party(partial(AlikeNodes, sort=url_sort))
"""For scans that go by the urls of extensions."""
