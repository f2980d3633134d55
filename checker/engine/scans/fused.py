"""All scans in one walk: who wants to see what, and the walk over a parsed resource."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from checker.engine.scans.job import ScanJob
from checker.model.scan import Locator, Seen

_MAX_KEPT = 1000
"""Far more than FHIR has types; made-up ones shall not fill the memory."""

Show = Callable[[int, Seen], None]
"""Given the number of a job and what it wants to see."""

_Path = tuple[Any, str | int] | None
"""A path from the inside out: (the path above, the last step)."""


@dataclass(frozen=True)
class _Plan:
    """What the jobs want of one resource type."""

    whole: tuple[int, ...]
    elements: dict[str, tuple[int, ...]]
    quoted: tuple[bytes, ...]
    """The element names as they stand in JSON text."""


class Fused:
    """The looks of all jobs, by resource type."""

    def __init__(self, jobs: Sequence[ScanJob]) -> None:
        self._jobs = jobs
        self._plans: dict[str, _Plan] = {}

    def look(self, resource: dict[str, Any], pointer: str, locator: Locator, text: bytes | None, show: Show) -> None:
        """Show each job what it looks at in one resource.

        ``text`` is the JSON the resource came from, if at hand: a name that is not in it need
        not be looked for.
        """
        kind = resource["resourceType"]
        plan = self._plans.get(kind) or self._planned(kind)
        walked = bool(plan.elements) and _may_hold(text, plan.quoted)
        if not (plan.whole or walked):
            return
        found = resource.get("id")
        if type(found) is int:  # no FHIR, but the same resource all the same
            found = str(found)
        about = (kind, found if isinstance(found, str) else "", locator)
        if plan.whole:
            # Text with a pointer into it is that of what the resource stands in.
            seen = _seen(resource, pointer, about, None if pointer else text)
            for job in plan.whole:
                show(job, seen)
        if walked:
            _Walk(plan.elements, pointer, about, show).visit(resource, None)

    def _planned(self, kind: str) -> _Plan:
        whole: list[int] = []
        elements: dict[str, list[int]] = {}
        for number, job in enumerate(self._jobs):
            looks = job.scan.looking(job.params)
            wanted = {look.element for look in looks if not look.types or kind in look.types}
            for element in sorted(wanted):
                (elements.setdefault(element, []) if element else whole).append(number)
        plan = _Plan(
            whole=tuple(whole),
            elements={name: tuple(numbers) for name, numbers in elements.items()},
            quoted=tuple(f'"{name}"'.encode() for name in elements),
        )
        if len(self._plans) < _MAX_KEPT:
            self._plans[kind] = plan
        return plan


class _Walk:
    """One walk over one resource."""

    def __init__(self, elements: dict[str, tuple[int, ...]], prefix: str, about: _About, show: Show) -> None:
        self._elements = elements
        self._prefix = prefix
        self._about = about
        self._show = show

    def visit(self, node: dict[str, Any], path: _Path) -> None:
        """Everything below an object. Not deeper than the parser lets through, which makes dict and list only."""
        elements = self._elements
        for name, value in node.items():
            kind = type(value)
            if kind is dict:
                if name in elements:
                    self._hit(elements[name], value, (path, name))
                self.visit(value, (path, name))
            elif kind is list:
                if name in elements:
                    self._hit(elements[name], value, (path, name))
                self._visit_items(value, (path, name))
            elif name in elements:
                self._hit(elements[name], value, (path, name))

    def _visit_items(self, items: list[Any], path: _Path) -> None:
        for index, item in enumerate(items):
            kind = type(item)
            if kind is dict:
                self.visit(item, (path, index))
            elif kind is list:
                self._visit_items(item, (path, index))

    def _hit(self, jobs: tuple[int, ...], value: Any, path: _Path) -> None:
        if isinstance(value, list):
            for index, item in enumerate(value):
                self._hit(jobs, item, (path, index))
            return
        seen = _seen(value, self._prefix + _pointer(path), self._about)
        for job in jobs:
            self._show(job, seen)


_About = tuple[str, str, Locator]
"""Type, id and locator of the resource that is being looked at."""


def _seen(node: Any, pointer: str, about: _About, text: bytes | None = None) -> Seen:
    kind, resource_id, locator = about
    return Seen(node=node, resource_type=kind, resource_id=resource_id, pointer=pointer, locator=locator, text=text)


def _pointer(path: _Path) -> str:
    """JSON pointer (RFC 6901)."""
    steps: list[str] = []
    while path is not None:
        path, step = path
        if isinstance(step, int):
            steps.append(str(step))
        else:
            steps.append(step.replace("~", "~0").replace("/", "~1") if "~" in step or "/" in step else step)
    steps.append("")
    return "/".join(reversed(steps))


def _may_hold(text: bytes | None, quoted: tuple[bytes, ...]) -> bool:
    # A name could also be written with \u escapes; then only the walk can tell.
    return text is None or b"\\u" in text or any(name in text for name in quoted)
