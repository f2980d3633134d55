"""The driver in one process: each resource parsed once, walked once, shown to all scans."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from checker.engine.scans.fused import Fused
from checker.engine.scans.job import EXPORT, ScanJob, ScanOutcome, ScanRun
from checker.engine.scans.pairs import Pairs
from checker.engine.scans.parse import NotRead, parse, resources_in
from checker.model.scan import Fold, Keyed, Locator, Scan, Seen, Smallest
from checker.model.supplier import Limits
from checker.model.value import Params
from checker.model.verdict import Statement
from checker.probes.source import Chunk, Unreadable, Unreadables


class Driver:
    """Takes resources in one after the other and then gives the outcome of every job.

    A context manager, since keyed scans may keep files meanwhile. A scan that raises is out,
    with its error; the others go on.
    """

    def __init__(
        self, jobs: Sequence[ScanJob], *, side: str, salt: bytes, limits: Limits, spill_dir: Path | None
    ) -> None:
        self._jobs = tuple(jobs)
        self._fused = Fused(self._jobs)
        self._pairs = Pairs(salt=salt, spill_after=limits.spill_after_pairs, spill_dir=spill_dir)
        self._errors: dict[int, Smallest] = {}
        self._states: dict[int, Any] = {}
        self._resources = 0
        self.unreadable = Unreadables()
        for number, job in enumerate(self._jobs):
            self._guarded(number, "start", self._start, number, job, side)

    def __enter__(self) -> Driver:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pairs.__exit__(kind, error, at)

    def take_chunk(self, chunk: Chunk) -> None:
        """Parse a chunk and take the resources in it."""
        try:
            value = parse(chunk.data)
        except NotRead as not_read:
            self._not_read(chunk.locator, not_read)
            return
        for found in resources_in(value, chunk.pointer_prefix):
            if isinstance(found, NotRead):
                self._not_read(chunk.locator, found)
            else:
                self.take(found[0], found[1], chunk.locator, chunk.data)

    def take(self, resource: dict[str, Any], pointer: str, locator: Locator, text: bytes | None) -> None:
        """Take one parsed resource; ``text`` is the JSON that it is part of, if at hand."""
        self._resources += 1
        self._fused.look(resource, pointer, locator, text, self._show)

    def run(self) -> ScanRun:
        """Reduce the groups and dump the states. Nothing can be taken in afterwards."""
        for number, values in self._pairs.groups():
            if number not in self._errors:
                self._guarded(number, "reduce", self._reduce, number, values)
        dumped: dict[int, Any] = {}
        for number in range(len(self._jobs)):
            if number not in self._errors:
                self._guarded(number, "dump", self._dump, number, dumped)
        return ScanRun(
            outcomes=tuple(
                ScanOutcome(error=self._errors[number].items[0])
                if number in self._errors
                else ScanOutcome(state=dumped[number])
                for number in range(len(self._jobs))
            ),
            resources=self._resources,
            unreadable=self.unreadable.count,
            unreadable_examples=self.unreadable.examples,
        )

    def _start(self, number: int, job: ScanJob, side: str) -> None:
        self._states[number] = job.scan.start(job.params, side)

    def _reduce(self, number: int, values: Iterator[bytes]) -> None:
        job = self._jobs[number]
        if isinstance(job.scan, Keyed):
            self._states[number] = job.scan.reduce(self._states[number], values, job.params)

    def _show(self, number: int, seen: Seen) -> None:
        job = self._jobs[number]
        try:
            if isinstance(job.scan, Fold):
                self._states[number] = job.scan.step(self._states[number], seen, job.params)
            elif isinstance(job.scan, Keyed):
                for key, value in job.scan.emit(seen, job.params):
                    self._pairs.add(number, key, value)
        except OSError:
            raise  # a disk that is full is nobody's scan
        except Exception as error:
            self._failed(number, str(seen.place), error)

    def _dump(self, number: int, into: dict[int, Any]) -> None:
        into[number] = self._jobs[number].scan.dump(self._states[number])

    def _guarded(self, number: int, place: str, work: Callable[..., None], *given: Any) -> None:
        try:
            work(*given)
        except Exception as error:
            self._failed(number, place, error)

    def _failed(self, number: int, place: str, error: Exception) -> None:
        # The message of the exception is not kept: it may quote the data.
        said = f"{self._jobs[number].scan.id} raised {type(error).__name__} at {place}"
        self._errors.setdefault(number, Smallest(1)).add(said)

    def _not_read(self, locator: Locator, not_read: NotRead) -> None:
        self.unreadable.add(Unreadable(locator=locator, reason=not_read.reason))


def run_scans(
    jobs: Sequence[ScanJob],
    chunks: Iterable[Chunk],
    *,
    side: str = EXPORT,
    salt: bytes,
    limits: Limits,
    spill_dir: Path | None = None,
) -> ScanRun:
    """One pass over the chunks for all jobs. ``salt`` is secret and differs from run to run.

    Counted as unreadable is what cannot be parsed; what the source itself could not read, it
    counts. Keyed scans reduce over all chunks given here, so all of one side go in at once.
    """
    with Driver(jobs, side=side, salt=salt, limits=limits, spill_dir=spill_dir) as driver:
        for chunk in chunks:
            driver.take_chunk(chunk)
        return driver.run()


def finish_scan(
    scan: Scan[Any, Any], params: Params, dumped_states: Iterable[Any], *, side: str = EXPORT
) -> Iterator[Statement]:
    """What the states say together. Without any state: nothing, which is no pass."""
    yield from scan.finish(merged_state(scan, params, dumped_states, side=side), params)


def merged_state(scan: Scan[Any, Any], params: Params, dumped_states: Iterable[Any], *, side: str = EXPORT) -> Any:
    """All the states in one."""
    state = scan.start(params, side)
    for dumped in dumped_states:
        state = scan.merge(state, scan.load(dumped))
    return state
