"""How fast scans read, and in how much memory.

Run by hand: ``python -m tests.bench.bench_scan [MB [FOLDER]]``. With a FOLDER of NDJSON files, every scan of the
profile data-handling is run over it beside orjson.loads alone on the same bytes, where orjson is installed.
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import msgspec

from checker.checks.nhs_number import NHS_NUMBER_SYSTEM
from checker.cli import compose
from checker.engine.plan import make_plan
from checker.engine.scans import EXPORT, ScanJob, scan_artefacts
from checker.model.supplier import ArtefactRef, Limits, Supplier
from checker.probes.source import walk_source

MIB = 1 << 20


def jobs() -> tuple[ScanJob, ...]:
    """The scans over an export that the profile data-handling plans."""
    known = compose.registry()
    supplier = Supplier(name="bench", artefacts=(ArtefactRef(id="bench", kind=EXPORT),))
    plan = make_plan(compose.profile("data-handling", known), supplier, known, Limits())
    return tuple(ScanJob(scan=known.scans[n.scan], params=n.params) for n in plan.scans if n.over == EXPORT)


JOBS = jobs()


def resource(number: int) -> dict[str, object]:
    """A patient, or one of nine observations about each."""
    patient, kind = divmod(number, 10)
    if kind == 0:
        identifier = {"system": NHS_NUMBER_SYSTEM, "value": f"99900{patient % 100000:05d}"}
        name = [{"family": "Example", "given": ["Ann", "Bea"]}]
        return {"resourceType": "Patient", "id": f"p{patient}", "identifier": [identifier], "name": name}
    code = {"coding": [{"system": "http://loinc.org", "code": "8480-6", "display": "Systolic blood pressure"}]}
    return {
        "resourceType": "Observation",
        "id": f"o{number}",
        "status": "final",
        "text": {
            "status": "generated",
            "div": '<div xmlns="http://www.w3.org/1999/xhtml">' + "a reading. " * 20 + "</div>",
        },
        "code": code,
        "subject": {"reference": f"Patient/p{patient}"},
        "valueQuantity": {"value": 120, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
    }


def write_ndjson(path: Path, size_bytes: int) -> None:
    """Resources, one a line."""
    with path.open("wb") as handle:
        number = 0
        while handle.tell() < size_bytes:
            handle.write(json.dumps(resource(number)).encode() + b"\n")
            number += 1


def write_bundle(path: Path, size_bytes: int) -> None:
    """The same resources in one Bundle."""
    with path.open("wb") as handle:
        handle.write(b'{"resourceType": "Bundle", "type": "collection", "entry": [')
        number = 0
        while handle.tell() < size_bytes:
            handle.write((b",\n" if number else b"\n") + json.dumps({"resource": resource(number)}).encode())
            number += 1
        handle.write(b"]}")


def decode_alone(path: Path) -> None:
    """Nothing but parsing, to compare with."""
    with path.open("rb") as handle:
        for line in handle:
            msgspec.json.decode(line)


def read_only(path: Path) -> None:
    """The source alone: splitting, no parsing."""
    for _ in walk_source(path, Limits()):
        pass


def scan(path: Path) -> None:
    """Everything."""
    scan_artefacts([("bench", path)], JOBS, salt=b"bench", limits=Limits(spill_after_pairs=200_000))


def timed(name: str, work: Callable[[Path], None], path: Path) -> None:
    """One line: MB/s, and peak memory of a second run (tracing memory slows the run)."""
    start = time.perf_counter()
    work(path)
    speed = path.stat().st_size / MIB / (time.perf_counter() - start)
    tracemalloc.start()
    work(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    sys.stdout.write(f"{name:28} {speed:7.1f} MiB/s   peak {peak / MIB:6.1f} MiB\n")


def beside_orjson(folder: Path) -> None:
    """All scans over a folder, and the bare parsing of its lines: CPU time, the best of three."""
    files = sorted(folder.rglob("*.ndjson"))
    size = sum(file.stat().st_size for file in files)
    parsers = {"msgspec": msgspec.json.decode}
    try:
        parsers["orjson"] = importlib.import_module("orjson").loads
    except ModuleNotFoundError:
        sys.stdout.write("orjson is not installed: pip install orjson\n")
    for name, loads in parsers.items():

        def parse(loads: Callable[[bytes], object] = loads) -> None:
            for file in files:
                for line in file.read_bytes().splitlines():
                    loads(line)

        told(f"{folder.name}, {name} alone", parse, size)
    told(f"{folder.name}, {len(JOBS)} scans", lambda: scan(folder), size)


def told(name: str, work: Callable[[], None], size: int) -> None:
    """One line: the best of three, and MiB/s."""
    best = min(_cpu_s(work) for _ in range(3))
    sys.stdout.write(f"{name:28} {size / MIB / best:7.1f} MiB/s   {best:7.3f} s CPU\n")


def _cpu_s(work: Callable[[], None]) -> float:
    start = time.process_time()  # other work on the machine does not count
    work()
    return time.process_time() - start


def main() -> None:
    """All measurements on one generated file of each form."""
    size = int(sys.argv[1] if len(sys.argv) > 1 else 50) * MIB
    with tempfile.TemporaryDirectory() as folder:
        lines, bundle = Path(folder) / "bench.ndjson", Path(folder) / "bench.json"
        write_ndjson(lines, size)
        write_bundle(bundle, size)
        timed("NDJSON, msgspec alone", decode_alone, lines)
        timed("NDJSON, source alone", read_only, lines)
        timed(f"NDJSON, {len(JOBS)} scans", scan, lines)
        timed("Bundle, source alone", read_only, bundle)
        timed(f"Bundle, {len(JOBS)} scans", scan, bundle)
    if len(sys.argv) > 2:
        beside_orjson(Path(sys.argv[2]))


if __name__ == "__main__":
    main()
