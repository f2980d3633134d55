"""A pass that was stopped goes on from what it came to, and from nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from checker.engine.scans import ScanJob, scan_artefacts
from checker.engine.scans.partial import Partial
from checker.engine.scans.progress import ScanProgress, scan_line
from checker.engine.scans.unit import Unit
from checker.engine.scans.work import Work, totals_here
from checker.errors import OutputFault
from checker.model.supplier import Limits
from checker.model.value import canonical
from tests.scans.samples import JOBS, PLAIN_JOBS, SALT, ndjson, population


class Stops:
    """One process, that is stopped after some units; it remembers what it did."""

    def __init__(self, after: int = 10**6) -> None:
        self.after = after
        self.done: list[Unit] = []

    def totals(self, work: Work) -> Partial:
        """See :class:`checker.engine.scans.work.Engine`."""
        bench = work.bench()

        def do(units: Iterable[Unit]) -> Iterator[tuple[Unit, bytes]]:
            for unit in units:
                if len(self.done) == self.after:
                    raise KeyboardInterrupt
                self.done.append(unit)
                yield unit, bench.do(unit).encoded()

        return totals_here(work, do)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    found = tmp_path / "export"
    found.mkdir()
    for name in "abc":
        (found / f"{name}.ndjson").write_bytes(ndjson(population()) * 3)
    return found


def scanned(export: Path, engine: Stops, *, keep: bool = True, **more: Any) -> bytes:
    settings = {"salt": SALT, "limits": Limits(), "jobs": PLAIN_JOBS, **more}
    kept = export.parent / "kept"
    found = scan_artefacts(
        [("export", export)], engine=engine, stride=1000, spill_dir=kept if keep else None, keep=keep, **settings
    )
    return canonical(found.states)


def everything(export: Path) -> tuple[bytes, int]:
    """What is said without a stop, and by how many units that need not be done twice."""
    engine = Stops()
    said = scanned(export, engine, keep=False)
    return said, len(kept_ones(engine))


def kept_ones(engine: Stops) -> list[Unit]:
    return [unit for unit in engine.done if type(unit).__name__ != "ReduceUnit"]


def test_it_goes_on_from_finished_parts(export: Path) -> None:
    whole, units = everything(export)
    assert units > 8
    with pytest.raises(KeyboardInterrupt):
        scanned(export, Stops(5))
    second = Stops()
    assert scanned(export, second) == whole
    assert len(kept_ones(second)) == units - 5


def test_all_parts_done_and_stopped_while_reducing(export: Path) -> None:
    whole, units = everything(export)
    with pytest.raises(KeyboardInterrupt):
        scanned(export, Stops(units))
    second = Stops()
    assert scanned(export, second) == whole
    assert len(kept_ones(second)) <= 1


@pytest.mark.parametrize("pattern", ["*/*.partial", "*/*.run"])
@pytest.mark.parametrize("damage", ["cut", "changed", "gone", "empty"])
def test_damaged_leftovers_are_done_again(export: Path, pattern: str, damage: str) -> None:
    whole, units = everything(export)
    scanned(export, Stops())
    found = sorted((export.parent / "kept").glob(pattern))
    assert found
    data = found[0].read_bytes()
    if damage == "gone":
        found[0].unlink()
    else:
        middle = len(data) // 2
        changed = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        found[0].write_bytes({"cut": data[:-1], "changed": changed, "empty": b""}[damage])
    second = Stops()
    assert scanned(export, second) == whole
    assert len(kept_ones(second)) == 1 < units


@pytest.mark.parametrize(
    "other",
    [
        {"salt": b"another"},
        {"jobs": JOBS},
        {"limits": Limits(max_resource_bytes=10**6)},
        {"jobs": tuple(ScanJob(scan=job.scan, params=type(job.params)()) for job in JOBS[:1])},
    ],
    ids=["salt", "scans", "limits", "parameters"],
)
def test_leftovers_of_another_run_are_not_taken(export: Path, other: dict[str, Any]) -> None:
    scanned(export, Stops())
    second = Stops()
    assert scanned(export, second, **other) == scanned(export, Stops(), keep=False, **other)
    assert len(kept_ones(second)) == everything(export)[1]


def test_a_file_that_was_changed_meanwhile_is_read_again(export: Path) -> None:
    units = everything(export)[1]
    scanned(export, Stops())
    with (export / "b.ndjson").open("ab") as handle:
        handle.write(ndjson(population()[:1]))
    second = Stops()
    assert scanned(export, second) == everything(export)[0]
    assert 1 < len(kept_ones(second)) < units


def test_runs_that_belong_to_nothing_are_removed(export: Path) -> None:
    scanned(export, Stops())
    (kept,) = (export.parent / "kept").iterdir()
    (kept / "stray-0000.run").write_bytes(b"half of it")
    scanned(export, Stops())
    assert not (kept / "stray-0000.run").exists()


def test_a_disk_that_is_full_is_a_fault(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("checker.engine.scans.pairs.write_run", full)
    with pytest.raises(OutputFault, match="No space left"):
        scanned(export, Stops())


class Stopped:
    """A clock that is told the time."""

    at = 0.0

    def monotonic(self) -> float:
        return self.at


def test_progress_tells_share_rate_and_time_left() -> None:
    told: list[str] = []
    clock: Any = Stopped()
    progress = ScanProgress(told.append, clock)
    progress.begin(100_000_000)
    progress.known(20_000_000)
    clock.at = 2.0
    progress.passed(10_000_000)
    progress.passed(1)
    clock.at = 4.0
    progress.passed(9_999_999)
    assert told == ["scan", "scan 30% of 100.0 MB, 5.0 MB/s, 0:14 left", "scan 40% of 100.0 MB, 5.0 MB/s, 0:12 left"]
    assert scan_line(0, 0, 0.0) == "scan 100% of 0.0 MB"
    assert scan_line(1, 10**10, 10**6).endswith("2:46:40 left")
