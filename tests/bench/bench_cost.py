"""What the scans over an export cost, as a multiple of parsing it: processor time, side by side, the least of each.

Run by hand: ``python -m tests.bench.bench_cost FOLDER [PROFILE ...] [--rounds N]``, where FOLDER holds NDJSON; each
profile by itself, and all together. By default data-handling and uk-core-stu3-draft. Digests of the files are left
out of the multiples, and told by themselves. The parser is ``orjson.loads`` line by line (``msgspec`` where orjson is
not installed).
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from checker.cli import compose
from checker.engine.plan import make_plan
from checker.engine.scans import EXPORT, ScanJob, scan_artefacts
from checker.model.supplier import ArtefactRef, Limits, Supplier

_DEFAULT = ("data-handling", "uk-core-stu3-draft")


def jobs_of(profiles: Sequence[str]) -> tuple[ScanJob, ...]:
    """The scans over an export that these profiles plan, each once."""
    known = compose.registry()
    supplier = Supplier(name="bench", artefacts=(ArtefactRef(id="bench", kind=EXPORT),))
    found: list[ScanJob] = []
    for profile in profiles:
        plan = make_plan(compose.profile(profile, known), supplier, known, Limits())
        made = (ScanJob(scan=known.scans[need.scan], params=need.params) for need in plan.scans if need.over == EXPORT)
        found += [job for job in made if job not in found]
    return tuple(found)


def parser() -> tuple[str, Callable[[bytes], Any]]:
    """What is measured against."""
    try:
        return "orjson.loads", importlib.import_module("orjson").loads
    except ImportError:
        return "msgspec.json.decode", msgspec.json.decode


def cpu_s(work: Callable[[], object]) -> float:
    """The processor time that something takes."""
    before = time.process_time()
    work()
    return time.process_time() - before


def parsed(folder: Path, parse: Callable[[bytes], Any]) -> None:
    """Read and parse every line."""
    for file in sorted(folder.rglob("*.ndjson")):
        with file.open("rb") as handle:
            for line in handle:
                parse(line)


def digests(folder: Path) -> None:
    """What a pass takes for the digests of its files."""
    for file in sorted(folder.rglob("*.*")):
        with file.open("rb") as handle:
            hashlib.file_digest(handle, "sha256")


def main() -> None:
    """One line for each profile, and one for all."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("profiles", nargs="*", default=list(_DEFAULT))
    arguments.add_argument("--rounds", type=int, default=7)
    given = arguments.parse_args()
    name, parse = parser()
    asked: list[tuple[str, ...]] = [(one,) for one in given.profiles]
    if len(asked) > 1:
        asked.append(tuple(given.profiles))
    jobs = {profiles: jobs_of(profiles) for profiles in asked}
    least: dict[Any, float] = {}

    def measure(what: Any, work: Callable[[], object]) -> None:
        least[what] = min(cpu_s(work), least.get(what, sys.maxsize))

    def scan(profiles: tuple[str, ...]) -> Callable[[], object]:
        return lambda: scan_artefacts([("bench", given.folder)], jobs[profiles], salt=b"bench", limits=Limits())

    for profiles in asked:  # what is worked out of definitions once, and kept
        scan(profiles)()
    for _ in range(given.rounds):
        for profiles in asked:
            measure(name, lambda: parsed(given.folder, parse))
            measure("digests", lambda: digests(given.folder))
            measure(profiles, scan(profiles))
    base, besides = least[name], least["digests"]
    sys.stdout.write(f"{name}: {base:.3f} s; digests of the files: {besides / base:.1f} times that\n")
    for profiles in asked:
        times = (least[profiles] - besides) / base
        sys.stdout.write(f"{' and '.join(profiles)}: {len(jobs[profiles])} scans, {times:.1f} times\n")


if __name__ == "__main__":
    main()
