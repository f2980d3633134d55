"""What Spark's Python workers run. Functions of a module, so that only their names and settings travel."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path

import msgspec

from checker.engine.scans.bench import Bench
from checker.engine.scans.job import ScanJob
from checker.engine.scans.partial import Partial, Totals
from checker.engine.scans.runs import BUCKETS, Segment, bucket_ends
from checker.engine.scans.spec import BenchSpec
from checker.engine.scans.unit import ReduceUnit, Unit

_IN_MEMORY_BYTES = 32 << 20
_open = ExitStack()
"""What the scans of the run at hand run in."""

Shuffled = tuple[int, tuple[bool, bytes]]
"""(Number of a partition, (are these pairs?, sorted records or else an encoded partial))."""


@lru_cache(maxsize=1)
def _jobs(spec: BenchSpec) -> tuple[ScanJob, ...]:
    """Made once in each worker, which does many tasks; the worker may have done those of another run before."""
    _open.close()
    _open.enter_context(spec.context())
    return spec.scan_jobs()


def _bench(spec: BenchSpec, folder: str, passed: Callable[[int], None]) -> Bench:
    return Bench(
        _jobs(spec),
        side=spec.side,
        salt=spec.salt,
        limits=spec.limits,
        folder=Path(folder),
        spill_after=spec.spill_after,
        passed=passed,
    )


def look(
    spec: BenchSpec, partitions: int, passed: Callable[[int], None], number: int, units: Iterable[bytes]
) -> Iterator[Shuffled]:
    """Do the units of one task. Pairs go to the partition of their keys, what else there is to that of the task."""
    totals = Totals(_jobs(spec), spec.side)
    with tempfile.TemporaryDirectory(prefix="scan-") as folder:
        bench = _bench(spec, folder, passed)
        for pickled in units:
            unit: Unit = pickle.loads(pickled)  # noqa: S301 - made by the driver of this very run
            partial = bench.do(unit)
            for run in partial.runs:
                path = Path(folder) / run.name
                for partition, block in _blocks(path, partitions):
                    yield partition, (True, block)
                path.unlink()
            totals.add(msgspec.structs.replace(partial, runs=()))
    yield number % partitions, (False, totals.partial().encoded())


def _blocks(run: Path, partitions: int) -> Iterator[tuple[int, bytes]]:
    """The records of a run by the partition of their keys."""
    ends = bucket_ends(run)
    begin = 0
    with run.open("rb") as handle:
        for partition in range(partitions):
            end = ends[last_bucket(partition, partitions)]
            if end > begin:
                handle.seek(begin)
                yield partition, handle.read(end - begin)
            begin = end


def last_bucket(partition: int, partitions: int) -> int:
    """The last bucket of keys that goes to a partition; there are at most as many partitions as buckets."""
    return (partition + 1) * BUCKETS // partitions - 1


def bring_together(spec: BenchSpec, shuffled: Iterable[Shuffled]) -> Iterator[bytes]:
    """Reduce the groups of one partition, and add up the partials that came to it: always one partial."""
    totals = Totals(_jobs(spec), spec.side)
    with tempfile.TemporaryDirectory(prefix="scan-") as folder:
        path = Path(folder) / "pairs"
        segments: list[Segment] = []
        at = 0
        with path.open("wb") as handle:
            for _, (are_pairs, data) in shuffled:
                if are_pairs:
                    handle.write(data)
                    segments.append(Segment(name=path.name, begin=at, end=at + len(data)))
                    at += len(data)
                else:
                    totals.add(Partial.decoded(data))
        if segments:
            bench = _bench(spec, folder, lambda count: None)
            in_memory = at <= min(_IN_MEMORY_BYTES, spec.spill_after * 100)
            totals.add(bench.do(ReduceUnit(segments=tuple(segments), in_memory=in_memory)))
    yield totals.partial().encoded()


def both(spec: BenchSpec, one: bytes, other: bytes) -> bytes:
    """Two partials as one."""
    totals = Totals(_jobs(spec), spec.side)
    totals.add(Partial.decoded(one))
    totals.add(Partial.decoded(other))
    return totals.partial().encoded()


def here(_: object) -> tuple[str, str]:
    """Versions of the checker and of Python where this runs."""
    import sys

    import checker

    return checker.__version__, f"{sys.version_info[0]}.{sys.version_info[1]}"
