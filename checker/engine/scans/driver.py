"""The driver in one process: each resource parsed once, walked once, shown to all scans."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from checker.engine.scans.fused import Fused, Plan, walk
from checker.engine.scans.job import EXPORT, ScanJob, ScanOutcome, ScanRun
from checker.engine.scans.pairs import Pairs
from checker.engine.scans.parse import NotRead, Reader, is_resource, refuse_depth, resources_in
from checker.model.json_depth import MAX_DEPTH
from checker.model.scan import About, Fold, Keyed, Locator, Scan, Seen, Smallest, Together
from checker.model.supplier import Limits
from checker.model.value import Params
from checker.model.verdict import Statement
from checker.probes.source import Chunk, Unreadable, Unreadables

_AT_ONCE = 64
"""So many resources are shown to one scan after the other: what a scan works with is then at hand."""
_OF_ONE_BYTES = 16_384
"""Larger ones count as several."""


class Driver:
    """Takes resources in one after the other and then gives the outcome of every job.

    Keyed scans keep their pairs in ``pairs``. A scan that raises is out, with the smallest of its errors; the others
    go on.
    """

    def __init__(self, jobs: Sequence[ScanJob], pairs: Pairs, *, side: str) -> None:
        self._jobs = tuple(jobs)
        self._pairs = pairs
        self._errors: dict[int, Smallest] = {}
        self._states: list[Any] = [None] * len(self._jobs)
        self._resources = 0
        self._waiting: dict[str, list[tuple[Plan, Seen, dict[str, list[Seen]]]]] = {}
        self._left = _AT_ONCE
        self._reader = Reader()
        self.unreadable = Unreadables()
        started: dict[int, ScanJob] = {}
        for number, job in enumerate(self._jobs):
            try:
                self._states[number] = job.scan.start(job.params, side)
                started[number] = job
            except OSError:
                raise
            except Exception as error:
                self._failed(number, "start", error)
        self._fused = Fused(started)
        # One that could not even start is shown nothing.
        self._folds = [job.scan if isinstance(job.scan, Fold) and n in started else None for n, job in enumerate(jobs)]
        self._keyed = [job.scan if isinstance(job.scan, Keyed) and n in started else None for n, job in enumerate(jobs)]
        self._params = [job.params for job in self._jobs]

    def take_chunk(self, chunk: Chunk) -> None:
        """Parse a chunk and take the resources in it."""
        try:
            value = self._reader.read(chunk.data)
            if is_resource(value) and not chunk.pointer_prefix:
                exact = self._reader.exact
                self._take(value, "", chunk.locator, chunk.data, chunk.original, is_shallow=False, exact=exact)
                return
            refuse_depth(chunk.data)
        except NotRead as not_read:
            self._not_read(chunk.locator, not_read)
            return
        for found in resources_in(value, chunk.pointer_prefix):
            if isinstance(found, NotRead):
                self._not_read(chunk.locator, found)
            else:
                self.take(found[0], found[1], chunk.locator, chunk.data, chunk.original)

    def take(
        self,
        resource: dict[str, Any],
        pointer: str,
        locator: Locator,
        text: bytes | None,
        original: bytes | None = None,
    ) -> None:
        """Take one parsed resource; ``text``: the JSON that it is part of, if at hand; ``original``: its other form."""
        self._take(resource, pointer, locator, text, original, is_shallow=True)

    def _take(
        self,
        resource: dict[str, Any],
        pointer: str,
        locator: Locator,
        text: bytes | None,
        original: bytes | None,
        *,
        is_shallow: bool,
        exact: bool = False,
    ) -> None:
        """Take one. Raises :class:`NotRead` for one that nests too deep, unless it is known that it does not."""
        kind = resource["resourceType"]
        plan = self._fused.plan(kind)
        found = resource.get("id")
        if type(found) is int:  # no FHIR, but the same resource all the same
            found = str(found)
        # Text with a pointer into it is that of what the resource stands in.
        own, other = (None, None) if pointer else (text, original)
        about = About(kind, found if type(found) is str else "", locator, pointer, own, other, exact)
        elements: dict[str, list[Seen]] = {}
        if plan.is_to_be_walked(text):
            levels, elements = walk(resource, plan.elements, about)
            if levels >= MAX_DEPTH and not is_shallow and text is not None:
                refuse_depth(text)
        elif not is_shallow and text is not None:
            refuse_depth(text)
        self._resources += 1
        self._waiting.setdefault(kind, []).append((plan, Seen(resource, about), elements))
        self._left -= 1 if text is None else 1 + len(text) // _OF_ONE_BYTES
        if self._left <= 0:
            self.show()

    def show(self) -> None:
        """Show all resources that wait to the scans: those of a type together, one scan after the other."""
        waiting, self._waiting, self._left = self._waiting, {}, _AT_ONCE
        for shown in waiting.values():
            plan = shown[0][0]
            whole = [seen for _, seen, _ in shown]
            for seen in whole:
                seen.about.kept = {}
            self._show_together(plan.together, whole)
            for number in plan.whole:
                self._show_each(number, whole)
            if plan.holding:
                for seen in whole:
                    for number in plan.holding_too(seen.node):
                        self._show_each(number, (seen,))
            for name, numbers in plan.elements.items():
                found = [elements[name] for _, _, elements in shown if name in elements]
                if found:
                    if plan.elements_together[name]:
                        self._show_together(plan.elements_together[name], [one for several in found for one in several])
                    for number in numbers:
                        for several in found:
                            self._show_several(number, several)
            for seen in whole:
                seen.about.kept = None  # it leads back to the resource

    def _show_together(self, groups: Iterable[Together], several: Sequence[Seen]) -> None:
        for together in groups:
            for numbers, left in together.take(several):
                for number in numbers:
                    self._show_each(number, (left,))

    def reduce(self, groups: Iterable[tuple[int, Iterator[bytes]]]) -> None:
        """Take groups in: the number of a job and the values of one key, sorted."""
        for number, values in groups:
            scan = self._keyed[number]
            if scan is None:
                continue
            try:
                self._states[number] = scan.reduce(self._states[number], values, self._params[number])
            except OSError:
                raise
            except Exception as error:
                self._failed(number, "reduce", error)

    def reduce_small(self, groups: Iterable[tuple[int, list[list[bytes]]]]) -> None:
        """Take groups in that are whole in memory: the number of a job with several, the values of each sorted."""
        for number, several in groups:
            scan = self._keyed[number]
            if scan is None:
                continue
            try:
                self._states[number] = scan.reduces(self._states[number], several, self._params[number])
            except OSError:
                raise
            except Exception as error:
                self._failed(number, "reduce", error)

    def run(self) -> ScanRun:
        """Reduce the groups and dump the states. Nothing can be taken in afterwards."""
        self.show()
        if self._pairs.has_spilled:
            self.reduce(self._pairs.groups())
        else:
            self.reduce_small(self._pairs.small_groups())
        return ScanRun(
            outcomes=self.outcomes(),
            resources=self._resources,
            unreadable=self.unreadable.count,
            unreadable_examples=self.unreadable.examples,
        )

    def outcomes(self) -> tuple[ScanOutcome, ...]:
        """The states as they are, dumped; of keyed scans, what was reduced so far."""
        self.show()
        self._fused.settle(self._states)
        dumped: dict[int, Any] = {}
        for number in range(len(self._jobs)):
            if number not in self._errors:
                try:
                    dumped[number] = self._jobs[number].scan.dump(self._states[number])
                except OSError:
                    raise
                except Exception as error:
                    self._failed(number, "dump", error)
        return tuple(
            ScanOutcome(error=self._errors[number].items[0])
            if number in self._errors
            else ScanOutcome(state=dumped[number])
            for number in range(len(self._jobs))
        )

    @property
    def resources(self) -> int:
        """How many were taken in."""
        return self._resources

    def _show_each(self, number: int, several: Iterable[Seen]) -> None:
        """Show one scan each of these."""
        fold, keyed, params = self._folds[number], self._keyed[number], self._params[number]
        states = self._states
        for seen in several:
            try:
                if fold is not None:
                    states[number] = fold.step(states[number], seen, params)
                elif keyed is not None and (pairs := keyed.emit(seen, params)):
                    self._pairs.extend(number, pairs)
            except OSError:
                raise  # a disk that is full is nobody's scan
            except Exception as error:
                self._failed(number, seen.place, error)

    def _show_several(self, number: int, several: Sequence[Seen]) -> None:
        """Show one scan the elements of one name in one resource."""
        params = self._params[number]
        try:
            fold = self._folds[number]
            if fold is not None:
                self._states[number] = fold.steps(self._states[number], several, params)
            elif (keyed := self._keyed[number]) is not None and (pairs := keyed.emits(several, params)):
                self._pairs.extend(number, pairs)
        except OSError:
            raise
        except Exception as error:
            self._show_each(number, several)  # at which of them? What it came to does not count any more
            if number not in self._errors:
                self._failed(number, several[0].place, error)

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
    with Pairs(salt=salt, spill_after=limits.spill_after_pairs, spill_dir=spill_dir) as pairs:
        driver = Driver(jobs, pairs, side=side)
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
