"""Units of work over worker processes of this machine.

Workers are spawned, not forked: the same on every system. Each builds its registry once; what travels is units in and
encoded partials out, and pairs through the folder that all share.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from checker.engine.quiet_start import ctrl_c_is_ours, end_with_parent
from checker.engine.scans.bench import Bench
from checker.engine.scans.partial import Partial
from checker.engine.scans.spec import BenchSpec
from checker.engine.scans.unit import Unit
from checker.engine.scans.work import Single, Work, totals_here
from checker.errors import CheckerFault

if TYPE_CHECKING:
    from concurrent.futures import Future

_IN_FLIGHT = 2
"""Units per worker that are handed over at a time: one is done, one waits."""
_LOOK_AGAIN_S = 0.25


class Pool:
    """``workers`` processes."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def totals(self, work: Work) -> Partial:
        """See :class:`checker.engine.scans.work.Engine`. Raises ``CheckerFault`` when a worker dies."""
        workers = min(self.workers, len(work.units))
        if workers < 2:
            return Single().totals(work)
        with _Processes(work, workers) as processes:
            return totals_here(work, processes.do, workers=workers)


class _Processes:
    """The processes of one pass."""

    def __init__(self, work: Work, workers: int) -> None:
        import multiprocessing

        self._work = work
        self._workers = workers
        self._context = multiprocessing.get_context("spawn")
        self._others = set(multiprocessing.active_children())
        self._read = self._context.Value("Q", 0)
        self._told = 0
        settings = (BenchSpec.of(work, workers), str(work.keeping.folder), self._read)
        self._pool = ProcessPoolExecutor(workers, mp_context=self._context, initializer=_start, initargs=settings)

    def __enter__(self) -> _Processes:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        import multiprocessing

        if kind is not None:  # interrupted, or broken: what is under way would take minutes
            for worker in set(multiprocessing.active_children()) - self._others:
                worker.terminate()
        self._pool.shutdown(cancel_futures=True)

    def do(self, units: Iterable[Unit]) -> Iterator[tuple[Unit, bytes]]:
        """Units with their partials, as they are done."""
        waiting: dict[Future[bytes], Unit] = {}
        source = iter(units)
        try:
            while True:
                for unit in itertools.islice(source, self._workers * _IN_FLIGHT - len(waiting)):
                    with ctrl_c_is_ours():
                        waiting[self._pool.submit(_do, unit)] = unit
                if not waiting:
                    return
                done, _ = wait(waiting, timeout=_LOOK_AGAIN_S, return_when=FIRST_COMPLETED)
                self._tell()
                for one in done:
                    yield waiting.pop(one), one.result()
        except BrokenProcessPool as error:
            raise CheckerFault(
                "A worker process of the scans died, perhaps for want of memory.",
                where=f"--engine pool --workers {self._workers}",
                next_step="Go on with 'checker collect --resume' and fewer --workers: what is done is not done again.",
            ) from error
        except _NotStarted as error:
            raise CheckerFault(
                f"A worker process cannot run the scans: {error}.",
                where=f"--engine pool --workers {self._workers}",
                next_step="Run it with --engine single, and report this fault.",
            ) from error

    def _tell(self) -> None:
        read = int(self._read.get_obj().value)  # without its lock, which a worker that died may hold
        if read > self._told:
            self._work.progress.passed(read - self._told)
            self._told = read


class _NotStarted(Exception):
    """A worker could not be made ready."""


class _Here:
    """What this worker works with, from its start to its end."""

    bench: ClassVar[Bench]
    open: ClassVar[ExitStack] = ExitStack()
    failed: ClassVar[str] = ""


def _start(spec: BenchSpec, folder: str, read: Any) -> None:
    end_with_parent()
    try:
        _make_ready(spec, folder, read)
    except Exception as error:  # told by the first unit: the pool itself would print it
        _Here.failed = f"{type(error).__name__}: {error}"


def _make_ready(spec: BenchSpec, folder: str, read: Any) -> None:
    import os

    def passed(count: int) -> None:
        with read.get_lock():
            read.value += count

    _Here.open.enter_context(spec.context())
    _Here.bench = Bench(
        spec.scan_jobs(),
        side=spec.side,
        salt=spec.salt,
        limits=spec.limits,
        folder=Path(folder),
        spill_after=spec.spill_after,
        mark=f"-{os.getpid()}",
        passed=passed,
    )


def _do(unit: Unit) -> bytes:
    if _Here.failed:
        raise _NotStarted(_Here.failed)
    return _Here.bench.do(unit).encoded()
