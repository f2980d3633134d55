"""The same scans by every engine: time, memory of a process, and whether they say the same.

Run by hand: ``python -m tests.bench.bench_engines MB [PROFILE] [ENGINE[:WORKERS] ...]``, for example
``python -m tests.bench.bench_engines 400 data-handling single pool:2 spark:2``. The export is synthetic and seeded.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

from checker.cli import compose
from checker.engine.plan import make_plan
from checker.engine.scans import EXPORT, ScanJob, scan_artefacts
from checker.engine.scans.choice import engine_of
from checker.engine.scans.work import Surroundings
from checker.model.supplier import ArtefactRef, Limits, Supplier
from checker.model.value import canonical, sha256
from tests.bench.resources import Maker, text

_MB = 1_000_000
_AT_ONCE = 800


def write_export(folder: Path, size_bytes: int) -> int:
    """NDJSON, one file for each type; how many resources there are."""
    maker = Maker(7)
    files: dict[str, IO[bytes]] = {}
    written = count = 0
    while written < size_bytes:
        for made in maker.mixed(_AT_ONCE, narrative=True):
            kind = made["resourceType"]
            if kind not in files:
                files[kind] = (folder / f"{kind}.ndjson").open("wb")
            written += files[kind].write(text(made) + b"\n")
            count += 1
    for file in files.values():
        file.close()
    return count


def measured(folder: Path, profile: str, engine: str) -> str:
    """One line about one engine."""
    known = compose.registry()
    supplier = Supplier(name="bench", artefacts=(ArtefactRef(id="bench", kind=EXPORT),))
    plan = make_plan(compose.profile(profile, known), supplier, known, Limits())
    jobs = [ScanJob(scan=known.scans[need.scan], params=need.params) for need in plan.scans if need.over == EXPORT]
    name, _, workers = engine.partition(":")
    before, cpu = time.perf_counter(), _cpu_s()
    found = scan_artefacts(
        [("bench", folder)],
        jobs,
        salt=b"bench",
        limits=Limits(),
        engine=engine_of(name, int(workers) if workers else None, None),
        surroundings=Surroundings(modules=known.modules),
    )
    wall, cpu = time.perf_counter() - before, _cpu_s() - cpu
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) // 1024
    said = sha256(canonical(found.states))[:12]
    return f"{engine:10} {wall:7.1f} s  {cpu:7.1f} s CPU  {most:4} MiB at most  {len(jobs)} scans said {said}"


def _cpu_s() -> float:
    """Of this process and of all that have ended (a Spark goes on)."""
    return sum(
        resource.getrusage(who).ru_utime + resource.getrusage(who).ru_stime
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )


def main() -> None:
    """One line for each engine."""
    size = int(sys.argv[1] if len(sys.argv) > 1 else 50) * _MB
    profile = sys.argv[2] if len(sys.argv) > 2 else "data-handling"
    with tempfile.TemporaryDirectory() as name:
        count = write_export(Path(name), size)
        sys.stdout.write(f"{size / _MB:.0f} MB, {count} resources, profile {profile}\n")
        for engine in sys.argv[3:] or ("single", "pool:2"):
            sys.stdout.write(measured(Path(name), profile, engine) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
