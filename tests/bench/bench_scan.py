"""How fast scans read, and in how much memory. Run by hand: ``python tests/bench/bench_scan.py [MB]``."""

from __future__ import annotations

import json
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import msgspec

from checker.checks.identifiers import IDENTIFIER_UNIQUE, IdentifierUniqueParams
from checker.checks.nhs_number import NHS_NUMBER_SYSTEM, NHS_NUMBER_VALID, NhsNumberParams
from checker.engine.scans import ScanJob, scan_artefacts
from checker.model.supplier import Limits
from checker.probes.source import walk_source

MIB = 1 << 20
JOBS = (
    ScanJob(scan=NHS_NUMBER_VALID, params=NhsNumberParams()),
    ScanJob(scan=IDENTIFIER_UNIQUE, params=IdentifierUniqueParams()),
)


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


def main() -> None:
    """All measurements on one generated file of each form."""
    size = int(sys.argv[1] if len(sys.argv) > 1 else 50) * MIB
    with tempfile.TemporaryDirectory() as folder:
        lines, bundle = Path(folder) / "bench.ndjson", Path(folder) / "bench.json"
        write_ndjson(lines, size)
        write_bundle(bundle, size)
        timed("NDJSON, msgspec alone", decode_alone, lines)
        timed("NDJSON, source alone", read_only, lines)
        timed("NDJSON, two scans", scan, lines)
        timed("Bundle, source alone", read_only, bundle)
        timed("Bundle, two scans", scan, bundle)


if __name__ == "__main__":
    main()
