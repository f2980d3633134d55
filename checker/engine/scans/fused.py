"""All scans in one walk: who wants to see what of a type of resource, and the walk over a parsed resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableSequence, Sequence
from dataclasses import dataclass
from typing import Any

from checker.engine.scans.job import ScanJob
from checker.model.node_path import Path
from checker.model.scan import About, Fold, Look, Party, Seen, Shown, Together
from checker.model.table import ROW

_MAX_KEPT = 1000
"""Far more than FHIR has types; made-up ones shall not fill the memory."""
_FEW = 2
"""So many names are looked for in the text before a walk: each costs a fifth of it."""


@dataclass(frozen=True)
class Plan:
    """What the jobs want of one resource type, each job by its number."""

    whole: tuple[int, ...]
    holding: tuple[tuple[str, str, tuple[int, ...]], ...]
    """Whole resources that have a member (and below it another one, or "")."""
    elements: dict[str, tuple[int, ...]]
    together: tuple[Together, ...]
    """What takes whole resources in for all other jobs that want them."""
    elements_together: dict[str, tuple[Together, ...]]
    """The same of elements; under each name that is in ``elements``."""
    quoted: tuple[bytes, ...]
    """The element names as they stand in JSON text, where they are so few that it pays to look for them there."""

    def holding_too(self, resource: dict[str, Any]) -> Iterable[int]:
        """The jobs that want to see the resource itself for what it has."""
        wanting: Iterable[int] = ()
        for member, below, jobs in self.holding:
            if member in resource and (not below or _has(resource[member], below)):
                wanting = dict.fromkeys((*wanting, *jobs))  # each once
        return wanting

    def is_to_be_walked(self, text: bytes | None) -> bool:
        """May there be elements that somebody wants to see? ``text``: the JSON that the resource is part of."""
        if not self.elements:
            return False
        # A name could also be written with \u escapes; then only the walk can tell.
        return text is None or not self.quoted or any(name in text for name in self.quoted) or b"\\u" in text


class Fused:
    """The looks of all jobs, by resource type."""

    def __init__(self, jobs: Mapping[int, ScanJob]) -> None:
        self._jobs = jobs
        self._plans: dict[str, Plan] = {}
        self._together: dict[tuple[Party, tuple[int, ...]], Together] = {}

    def settle(self, states: MutableSequence[Any]) -> None:
        """Add to the states what was taken in for several jobs at once."""
        for one in self._together.values():
            one.settle(states)

    def plan(self, kind: str) -> Plan:
        """Who wants what of a resource type."""
        plan = self._plans.get(kind)
        return self._planned(kind) if plan is None else plan

    def _planned(self, kind: str) -> Plan:
        whole: list[int] = []
        holding: dict[tuple[str, str], list[int]] = {}
        elements: dict[str, list[int]] = {}
        for number, job in self._jobs.items():
            if kind == ROW and job.scan.by_definitions:
                continue  # FHIR defines no rows
            looks = [look for look in job.scan.looking(job.params) if not look.types or kind in look.types]
            for element in sorted({look.element for look in looks} - {""}):
                elements.setdefault(element, []).append(number)
            members = _members(looks)
            if "" in members:
                whole.append(number)
            else:
                for one in members:
                    member, _, below = one.partition(".")
                    holding.setdefault((member, below), []).append(number)
        alone, together = self._shared(whole)
        shared = {name: self._shared(numbers) for name, numbers in elements.items()}
        plan = Plan(
            whole=alone,
            holding=tuple((*names, tuple(numbers)) for names, numbers in holding.items()),
            elements={name: apart for name, (apart, _) in shared.items()},
            together=together,
            elements_together={name: several for name, (_, several) in shared.items()},
            quoted=tuple(f'"{name}"'.encode() for name in elements) if len(elements) <= _FEW else (),
        )
        if len(self._plans) < _MAX_KEPT:
            self._plans[kind] = plan
        return plan

    def _shared(self, numbers: Sequence[int]) -> tuple[tuple[int, ...], tuple[Together, ...]]:
        """The jobs that take in by themselves what they are shown, and what does it for the others."""
        alone: list[int] = []
        several: dict[Party, list[Shown]] = {}
        for number in numbers:
            scan = self._jobs[number].scan
            if isinstance(scan, Fold) and scan.taken_with is not None:
                several.setdefault(scan.taken_with, []).append((number, scan, self._jobs[number].params))
            else:
                alone.append(number)
        found = []
        for party, jobs in several.items():
            key = (party, tuple(number for number, *_ in jobs))
            if key not in self._together:
                self._together[key] = party.make(jobs)
            found.append(self._together[key])
        return tuple(alone), tuple(found)


def _members(looks: Iterable[Look]) -> list[str]:
    """The members that whole resources are looked at for; "" among them: whatever they have."""
    return sorted({look.member for look in looks if not look.element})


def _has(node: Any, name: str) -> bool:
    return isinstance(node, dict) and name in node


def walk(resource: dict[str, Any], elements: Mapping[str, object], about: About) -> tuple[int, dict[str, list[Seen]]]:
    """How many levels of objects a resource has, and the elements of those names in it, a list item by item.

    Level by level, so that no depth is too much for it: the last is the deepest. A list counts as a level where
    objects are in it. What comes from a parser is made of dict and list only.
    """
    found: dict[str, list[Seen]] = {}
    waiting: list[tuple[Any, Path]] = [(resource, None)]
    push = waiting.append
    without_any = elements.keys().isdisjoint
    path: Path = None
    for node, path in waiting:
        if type(node) is dict:
            if not without_any(node):
                for name in node:
                    if name in elements:
                        several = found.get(name)
                        if several is None:
                            several = found[name] = []
                        value = node[name]
                        if type(value) is list:
                            _take_items(several, value, (path, name), about)
                        else:
                            several.append(Seen(value, about, (path, name)))
            for name, value in node.items():
                kind = type(value)
                if kind is dict:
                    push((value, (path, name)))
                elif kind is list:
                    step = (path, name)
                    for index, item in enumerate(value):
                        if type(item) is dict or type(item) is list:
                            push((item, (step, index)))
        else:
            for index, item in enumerate(node):
                if type(item) is dict or type(item) is list:
                    push((item, (path, index)))
    return _length(path), found


def _length(path: Path) -> int:
    levels = 1
    while path is not None:
        path = path[0]
        levels += 1
    return levels


def _take_items(found: list[Seen], items: list[Any], path: Path, about: About) -> None:
    for index, item in enumerate(items):
        if type(item) is list:
            _take_items(found, item, (path, index), about)
        else:
            found.append(Seen(item, about, (path, index)))
