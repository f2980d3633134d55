"""All the work of one pass over artefacts, and how it is done on this machine: unit after unit, in whatever order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from checker.engine.scans.bench import Bench
from checker.engine.scans.job import ScanJob
from checker.engine.scans.keeping import Keeping
from checker.engine.scans.partial import Partial, Totals
from checker.engine.scans.runs import stretches
from checker.engine.scans.unit import ReduceUnit, Unit
from checker.model.supplier import Limits

_REDUCED_AT_ONCE_BYTES = 8 << 20
_BYTES_OF_A_PAIR = 100
"""About; so that a small limit on pairs is one on what is sorted in memory too."""


class Progress(Protocol):
    """Told of the bytes that the scans have dealt with."""

    def begin(self, total_bytes: int) -> None:
        """There is so much to do."""

    def known(self, count: int) -> None:
        """So much is known from an earlier run."""

    def passed(self, count: int) -> None:
        """So much more was read."""

    def say(self, what: str) -> None:
        """Something else is being done now."""


class Silent:
    """Nobody waits."""

    def begin(self, total_bytes: int) -> None:
        """Nothing."""

    def known(self, count: int) -> None:
        """Nothing."""

    def passed(self, count: int) -> None:
        """Nothing."""

    def say(self, what: str) -> None:
        """Nothing."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a scan needs around it in another process, beside its parameters.

    ``modules``: where the registry's specifications stand. ``within``: makes a context in which the scans run there;
    it must be picklable, such as a function of a module or a ``functools.partial`` of one. What is kept of an earlier
    run counts only if its ``identity`` is the same.
    """

    modules: tuple[str, ...] = ()
    within: Callable[[], AbstractContextManager[object]] | None = None
    identity: str = ""


@dataclass(frozen=True, kw_only=True)
class Work:
    """One pass: all units of all artefacts for all jobs. ``keeping`` is where partials and runs are kept meanwhile."""

    jobs: tuple[ScanJob, ...]
    side: str
    salt: bytes
    limits: Limits
    units: tuple[Unit, ...]
    keeping: Keeping
    progress: Progress = field(default_factory=Silent)
    surroundings: Surroundings = Surroundings()

    def bench(self, *, workers: int = 1, mark: str = "", passed: Callable[[int], None] | None = None) -> Bench:
        """What a worker of this machine works with."""
        return Bench(
            self.jobs,
            side=self.side,
            salt=self.salt,
            limits=self.limits,
            folder=self.keeping.folder,
            spill_after=max(1, self.limits.spill_after_pairs // workers),
            mark=mark,
            passed=passed or self.progress.passed,
        )


class Engine(Protocol):
    """Where the units of work are done. The same partial whichever it is."""

    def totals(self, work: Work) -> Partial:
        """Do all of it: states reduced, no runs left. Raises ``OSError`` when what is kept cannot be written."""


Do = Callable[[Iterable[Unit]], Iterator[tuple[Unit, bytes]]]
"""Does units, gives each with its partial as bytes, in the order in which they are done."""


class Single:
    """One after the other in this process."""

    def totals(self, work: Work) -> Partial:
        """See :class:`Engine`."""
        bench = work.bench()
        return totals_here(work, lambda units: ((unit, bench.do(unit).encoded()) for unit in units))


def totals_here(work: Work, do: Do, *, workers: int = 1) -> Partial:
    """The whole pass by ``do``, with what is known from an earlier run taken from where it is kept."""
    work.keeping.folder.mkdir(parents=True, exist_ok=True)
    totals = Totals(work.jobs, work.side)
    work.progress.begin(sum(unit.weight_bytes for unit in work.units))
    missing = _take_up(work, totals)
    for unit, encoded in do(missing):
        work.keeping.put(unit, encoded)
        totals.add(Partial.decoded(encoded))
    found = totals.partial()
    if found.runs:
        work.progress.say("bringing together what belongs together")
        names = [run.name for run in found.runs]
        size = min(_REDUCED_AT_ONCE_BYTES, work.limits.spill_after_pairs // workers * _BYTES_OF_A_PAIR)
        reduces = (
            ReduceUnit(segments=stretch.segments, in_memory=stretch.size_bytes <= size)
            for stretch in stretches(work.keeping.folder, names, size)
        )
        for _, encoded in do(reduces):
            totals.add(Partial.decoded(encoded))
    return totals.partial()


def _take_up(work: Work, totals: Totals) -> Sequence[Unit]:
    """Add what an earlier run came to; the units that are still to be done."""
    missing, runs = [], []
    for unit in work.units:
        kept = work.keeping.get(unit)
        if kept is None:
            missing.append(unit)
        else:
            totals.add(kept)
            runs += [run.name for run in kept.runs]
            work.progress.known(unit.weight_bytes)
    work.keeping.clear_others(runs)
    return missing
