"""Scans that look at one thing at a time and know all its faults from itself alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, TypeVar

from checker.checks.tallied import Said, Tallied, TalliedScan, findings
from checker.model.scan import Fold, Seen
from checker.model.value import Params
from checker.model.verdict import Examined, Statement

P = TypeVar("P", bound=Params)


class OfEach(TalliedScan[P], Fold[P, Tallied]):
    """What such scans share. They set ``what`` (for the count of what was examined) and ``said``."""

    what: ClassVar[str]
    said: ClassVar[dict[str, Said]]

    def faults(self, seen: Seen, params: P) -> Iterator[tuple[str, str]] | None:
        """The faults of one thing, each with the rest of its pointer; None when it is not to be examined."""
        raise NotImplementedError

    def step(self, state: Tallied, seen: Seen, params: P) -> Tallied:
        """Examine one."""
        found = self.faults(seen, params)
        if found is None:
            return state
        state.count()
        for name, below in found:
            pointer = seen.pointer + below
            state.fault(name, f"{seen.locator}#{pointer}" if pointer else str(seen.locator))
        return state

    def foretells(self, seen: Seen, params: P) -> bool | None:
        """What is said of all nodes of this one's sort, for scans that are shown them with others (``taken_with``).

        Here for those whose faults follow from the sort alone. See :class:`checker.checks.alike_nodes.Foretelling`.
        """
        found = self.faults(seen, params)
        if found is None:
            return False
        return True if next(found, None) is None else None

    def finish(self, state: Tallied, params: P) -> Iterator[Statement]:
        """How many were examined, and one finding for each fault. Nothing when there were none."""
        if state.examined:
            yield Examined(what=self.what, count=state.examined)
            yield from findings(state, self.said)


def extensions(node: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """The extensions of an element that are objects, each with its index."""
    listed = node.get("extension") if isinstance(node, dict) else None
    for index, one in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(one, dict):
            yield index, one


def words(node: Any, name: str) -> str:
    """A member that is text and not blank, else ""."""
    value = node.get(name) if isinstance(node, dict) else None
    return value if isinstance(value, str) and value.strip() else ""


def is_absent(node: Any, name: str) -> bool:
    """Does a member say why it has no value (data-absent-reason, or another extension in its place)?"""
    beside = node.get(f"_{name}") if isinstance(node, dict) else None
    return any(True for _ in extensions(beside))
