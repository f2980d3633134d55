"""What units of work came to, and how that comes together: in any order, in any grouping, the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from checker.engine.scans.job import ScanJob
from checker.engine.scans.runs import RunFile
from checker.model.evidence import SourceFile
from checker.model.scan import Smallest
from checker.model.value import Value
from checker.probes.source.chunk import Skipped, Unreadables


class Counted(Value, frozen=True, kw_only=True):
    """Places counted, with the smallest of them."""

    count: int = 0
    examples: tuple[str, ...] = ()

    @staticmethod
    def of(found: Unreadables) -> Counted:
        """What was counted."""
        return Counted(count=found.count, examples=found.examples)

    def __add__(self, other: Counted) -> Counted:
        """All that both have counted."""
        return Counted(
            count=self.count + other.count,
            examples=tuple(Smallest(items=self.examples).merged(Smallest(items=other.examples)).items),
        )


class Met(Value, frozen=True, kw_only=True):
    """What was met in one artefact: texts begun, places unreadable, files skipped."""

    texts: int = 0
    unreadable: int = 0
    skipped: int = 0

    def __add__(self, other: Met) -> Met:
        """Both together."""
        return Met(
            texts=self.texts + other.texts,
            unreadable=self.unreadable + other.unreadable,
            skipped=self.skipped + other.skipped,
        )


class Partial(Value, frozen=True, kw_only=True):
    """What one unit or many came to: a small value that travels and can be kept.

    ``states`` are dumped, in the order of the jobs, or () when no scan looked at anything. ``errors`` likewise, "" for
    none. ``runs``: the pairs of keyed scans, not reduced yet. ``undigested``: files whose bytes could not all be read,
    with the reason. ``changed``: files that were not what was listed any more.
    """

    states: tuple[Any, ...] = ()
    errors: tuple[str, ...] = ()
    resources: int = 0
    unreadable: Counted = Counted()
    noted: Counted = Counted()
    met: dict[str, Met] = {}
    skipped: tuple[Skipped, ...] = ()
    files: tuple[SourceFile, ...] = ()
    undigested: tuple[tuple[str, str], ...] = ()
    broken: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    runs: tuple[RunFile, ...] = ()

    def __hash__(self) -> int:
        """By what is always hashable."""
        return hash((self.resources, self.unreadable, self.files, self.runs))

    def encoded(self) -> bytes:
        """As bytes, to travel."""
        return msgspec.json.encode(self)

    @staticmethod
    def decoded(data: bytes) -> Partial:
        """Back. Raises ``msgspec.MsgspecError``."""
        return msgspec.json.decode(data, type=Partial)


class Totals:
    """Partials added up. A scan of which one part has an error is out; the others go on."""

    def __init__(self, jobs: Sequence[ScanJob], side: str) -> None:
        self._jobs = tuple(jobs)
        self._side = side
        self._states: dict[int, Any] = {}
        self._errors: dict[int, Smallest] = {}
        self._resources = 0
        self._unreadable = self._noted = Counted()
        self._met: dict[str, Met] = {}
        self._skipped: list[Skipped] = []
        self._files: list[SourceFile] = []
        self._undigested: list[tuple[str, str]] = []
        self._broken: set[str] = set()
        self._changed: set[str] = set()
        self._runs: list[RunFile] = []

    def add(self, one: Partial) -> None:
        """Take one in. Commutative and associative, as the merging of states is."""
        for number, error in enumerate(one.errors):
            if error:
                self._errors.setdefault(number, Smallest(1)).add(error)
        for number, dumped in enumerate(one.states):
            if number not in self._errors:
                self._guarded(number, "merge", self._merge, dumped)
        self._resources += one.resources
        self._unreadable += one.unreadable
        self._noted += one.noted
        for name, met in one.met.items():
            self._met[name] = self._met.get(name, Met()) + met
        self._skipped += one.skipped
        self._files += one.files
        self._undigested += one.undigested
        self._broken.update(one.broken)
        self._changed.update(one.changed)
        self._runs += one.runs

    def partial(self) -> Partial:
        """All that was taken in, as one. Of no parts at all, each state is the one that scans start with."""
        dumped: list[Any] = []
        for number in range(len(self._jobs)):
            dumped.append(None)
            if number not in self._errors:
                self._guarded(number, "dump", self._dump, dumped)
        errors = tuple(self._errors[n].items[0] if n in self._errors else "" for n in range(len(self._jobs)))
        return Partial(
            states=tuple(None if error else state for state, error in zip(dumped, errors, strict=True)),
            errors=errors,
            resources=self._resources,
            unreadable=self._unreadable,
            noted=self._noted,
            met=dict(sorted(self._met.items())),
            skipped=tuple(sorted(self._skipped, key=lambda skipped: (skipped.path, skipped.reason))),
            files=tuple(sorted(self._files, key=lambda file: file.path)),
            undigested=tuple(sorted(self._undigested)),
            broken=tuple(sorted(self._broken)),
            changed=tuple(sorted(self._changed)),
            runs=tuple(sorted(self._runs, key=lambda run: run.name)),
        )

    def _merge(self, number: int, dumped: Any) -> None:
        scan = self._jobs[number].scan
        if number in self._states:
            self._states[number] = scan.merge(self._states[number], scan.load(dumped))
        else:
            self._states[number] = scan.load(dumped)

    def _dump(self, number: int, into: list[Any]) -> None:
        job = self._jobs[number]
        if number not in self._states:
            self._states[number] = job.scan.start(job.params, self._side)
        into[number] = job.scan.dump(self._states[number])

    def _guarded(self, number: int, place: str, work: Callable[[int, Any], None], given: Any) -> None:
        try:
            work(number, given)
        except Exception as error:
            said = f"{self._jobs[number].scan.id} raised {type(error).__name__} at {place}"
            self._errors.setdefault(number, Smallest(1)).add(said)


def merged_partials(jobs: Sequence[ScanJob], side: str, parts: Iterable[Partial]) -> Partial:
    """All of them as one."""
    totals = Totals(jobs, side)
    for one in parts:
        totals.add(one)
    return totals.partial()
