"""The engine that hands the units of work to Apache Spark."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from checker import __version__
from checker.engine.scans.partial import Partial
from checker.engine.scans.runs import BUCKETS
from checker.engine.scans.spec import BenchSpec
from checker.engine.scans.unit import Unit
from checker.engine.scans.work import Progress, Work
from checker.engine.spark import tasks
from checker.engine.spark.session import context
from checker.errors import CheckerError, CheckerFault, UsageFault

if TYPE_CHECKING:
    from pyspark import SparkContext

_TASKS_PER_PLACE = 8
"""Several tasks for each place that runs them, so that a slow one does not hold up all."""
_REDUCED_BYTES = 256 << 20
"""Input bytes for each partition of the shuffle, about."""
_LOOK_AGAIN_S = 0.5


class Spark:
    """A Spark application of its own, or the one that ``spark-submit`` began.

    ``master``: its URL; None for that of ``spark-submit``, else this machine with ``workers`` threads (None: one per
    processor). Executors must have this version of the checker installed, and see the artefact under the same path.
    """

    def __init__(self, *, master: str | None = None, workers: int | None = None) -> None:
        self._master = master
        self._workers = workers

    def totals(self, work: Work) -> Partial:
        """See :class:`checker.engine.scans.work.Engine`. Raises ``UsageFault`` where Spark cannot be used here."""
        with context(self._master, self._workers) as sc, _told_as_faults(sc):
            _same_everywhere(sc)
            return Partial.decoded(_job(sc, work))


def _job(sc: SparkContext, work: Work) -> bytes:
    spec = BenchSpec.of(work, 1)
    work.progress.begin(sum(unit.weight_bytes for unit in work.units))
    at_once = max(1, sc.defaultParallelism)
    partitions = _partitions(work.units, at_once)
    read = sc.accumulator(0)
    units = [pickle.dumps(unit) for unit in work.units]
    slices = max(1, min(len(units), max(at_once * _TASKS_PER_PLACE, partitions)))
    looked = sc.parallelize(units, slices).mapPartitionsWithIndex(partial(tasks.look, spec, partitions, read.add))
    shuffled = looked.partitionBy(partitions, _as_it_is)
    with _progress(work.progress, lambda: int(read.value)):
        # Every partition gives one partial, so that there is always something to reduce.
        found: bytes = shuffled.mapPartitions(partial(tasks.bring_together, spec)).treeReduce(partial(tasks.both, spec))
    return found


def _partitions(units: tuple[Unit, ...], at_once: int) -> int:
    total = sum(unit.weight_bytes for unit in units)
    return max(1, min(BUCKETS, max(at_once, -(-total // _REDUCED_BYTES))))


def _as_it_is(partition: int) -> int:
    return partition


def _same_everywhere(sc: SparkContext) -> None:
    """A first small job: is this version of the checker on the executors? Raises ``UsageFault``."""
    places = max(1, sc.defaultParallelism)
    for version, python in sorted(set(sc.parallelize(range(places), places).map(tasks.here).collect())):
        if version != __version__:
            raise UsageFault(
                f"An executor has version {version} of the checker, and this is {__version__} (Python {python}).",
                where="--engine spark",
                next_step="Install the same wheel on the driver and on all executors.",
            )


@contextmanager
def _progress(progress: Progress, read: Callable[[], int]) -> Iterator[None]:
    over = threading.Event()

    def watch() -> None:
        told = 0
        while not over.wait(_LOOK_AGAIN_S):
            now = read()
            if now > told:
                progress.passed(now - told)
                told = now

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


_KNOWN = (
    (
        "No module named 'checker'",
        "The executors do not have the checker installed.",
        "Install its wheel on them, or ship an environment: see docs/scale.md.",
    ),
    (
        "No module named",
        "The executors lack a module that the checker needs.",
        "Install the checker's wheel with its dependencies on them: see docs/scale.md.",
    ),
    (
        "PYTHON_VERSION_MISMATCH",
        "The executors run another version of Python than the driver.",
        "Set PYSPARK_PYTHON and PYSPARK_DRIVER_PYTHON to the same version.",
    ),
)


@contextmanager
def _told_as_faults(sc: SparkContext) -> Iterator[None]:
    """What Spark raises has pages of stack traces in it."""
    try:
        yield
    except (CheckerError, KeyboardInterrupt):
        raise
    except Exception as error:
        said = str(error)
        for mark, what, next_step in _KNOWN:
            if mark in said:
                raise UsageFault(what, where=str(sc.master), next_step=next_step) from error
        raise CheckerFault(
            f"The Spark job broke ({type(error).__name__}): {_last_line(said)}",
            where=str(sc.master),
            next_step="See the logs of the executors; 'spark.executor.memory' may be too small.",
        ) from error


def _last_line(said: str) -> str:
    """The line of a stack trace that says what happened, as far as it can be told."""
    lines = [
        line.strip() for line in said.splitlines() if line.strip() and not line.strip().startswith(("at ", "File"))
    ]
    telling = [line for line in lines if "Error" in line or "Exception" in line]
    return (telling or lines or ["it does not say why"])[-1][:300]
