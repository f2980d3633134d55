"""A pool of processes says what one process says, to the byte; it stops as one process does."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

import pytest

from checker.cli import compose
from checker.engine.scans import ScanJob, scan_artefacts
from checker.engine.scans.choice import engine_of
from checker.engine.scans.pool import Pool
from checker.engine.scans.spec import jobs_of
from checker.engine.scans.unit import LEAST_STRIDE_BYTES
from checker.engine.scans.work import Single, Surroundings
from checker.errors import CheckerFault, UsageFault
from checker.model.scan import Fold, Look
from checker.model.supplier import Limits
from checker.model.value import NoParams, Params, canonical
from tests.bench.resources import lines
from tests.cli.support import run, start
from tests.cli.test_packages_of_a_run import PROFILE, put
from tests.engine.scripted import Scripted, collect
from tests.scans.samples import ALL_JOBS, PLAIN_JOBS, SALT, ndjson, population

SURROUNDINGS = Surroundings(modules=compose.registry().modules)
CHALLENGE = ("--challenge", "a:00112233445566778899aabbccddeeff")


def test_jobs_travel_by_name() -> None:
    named = [(job.scan.id, canonical(job.params)) for job in ALL_JOBS]
    found = jobs_of(compose.registry(), named)
    assert [(job.scan.id, job.params) for job in found] == [(job.scan.id, job.params) for job in ALL_JOBS]


def test_a_recording_shows_nothing_of_the_pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.engine.scans.unit.LEAST_STRIDE_BYTES", 500)
    export = population() * 4
    one = collect(tmp_path / "one", Scripted(), export=export, engine=Single())
    two = collect(tmp_path / "two", Scripted(), export=export, engine=Pool(2))
    assert one.path.read_bytes() == two.path.read_bytes()


class NotKnown(Fold[NoParams, int]):
    """A scan that no registry has."""

    id: ClassVar[str] = "test.not-known"
    params_type: ClassVar[type[Params]] = NoParams
    looks: ClassVar[tuple[Look, ...]] = (Look(),)
    source: ClassVar[str] = "https://example.org"


def in_a_pool(folder: Path, *jobs: ScanJob, **surroundings: Any) -> Any:
    (folder / "a.ndjson").write_bytes(ndjson(population()) * 4)
    return scan_artefacts(
        [("export", folder)],
        jobs,
        salt=SALT,
        limits=Limits(),
        engine=Pool(2),
        surroundings=Surroundings(modules=SURROUNDINGS.modules, **surroundings),
        stride=1000,
    )


def test_a_worker_that_cannot_begin_is_a_clear_fault(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CheckerFault, match="cannot run the scans: KeyError"):
        in_a_pool(tmp_path, ScanJob(scan=NotKnown(), params=NoParams()))
    assert "Traceback" not in capfd.readouterr().err


@contextmanager
def dies() -> Iterator[None]:
    """What the workers of a test run in."""
    with suppress(BaseException):
        os.kill(os.getpid(), signal.SIGTERM)
    yield


def test_a_worker_that_dies_is_a_clear_fault(tmp_path: Path) -> None:
    with pytest.raises(CheckerFault, match="died"):
        in_a_pool(tmp_path, *PLAIN_JOBS, within=dies)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("single", 2, None), "--engine pool"),
        (("single", None, "local"), "--engine spark"),
        (("pool", 2, "local"), "--engine spark"),
        (("spark", 2, "local"), "Leave it out"),
    ],
)
def test_options_that_an_engine_has_not(options: tuple[str, int | None, str | None], word: str) -> None:
    with pytest.raises(UsageFault, match=word):
        engine_of(*options)


def write_export(folder: Path, count: int) -> None:
    """About 1.2 kB a resource, in one file of NDJSON and one of each form that is not divided."""
    folder.mkdir()
    found = lines(count, narrative=True)
    (folder / "a.ndjson").write_bytes(b"\n".join(found) + b"\n{broken\n")
    (folder / "b.json").write_bytes(found[1])


def scan_states(recording: Path) -> bytes:
    """All that the scans said, without when."""
    with zipfile.ZipFile(recording) as archive:
        texts = [archive.read(name) for name in sorted(archive.namelist())]
    kept = [json.loads(line) for text in texts for line in text.splitlines() if b'"scan-state"' in line]
    assert kept
    return canonical([one["payload"] for one in kept])


def arguments(name: str, *more: str) -> tuple[str, ...]:
    return ("-p", "data-handling", "--artefact", "export=export", "--name", "X", "--recording", f"{name}.zip", *more)


def test_the_command_says_the_same_and_goes_on_after_a_kill(tmp_path: Path) -> None:
    write_export(tmp_path / "export", 4500)
    assert (tmp_path / "export" / "a.ndjson").stat().st_size > LEAST_STRIDE_BYTES
    run("run", *arguments("one", *CHALLENGE), "-o", "json:one.json", cwd=tmp_path)
    run("run", *arguments("two", *CHALLENGE, "--engine", "pool", "--workers", "2"), "-o", "json:two.json", cwd=tmp_path)
    one, two = (json.loads((tmp_path / f"{name}.json").read_bytes())["rows"] for name in ("one", "two"))
    assert [row["verdict"] for row in one] == [row["verdict"] for row in two]
    assert scan_states(tmp_path / "one.zip") == scan_states(tmp_path / "two.zip")
    if sys.platform == "win32":
        return
    killed = start("collect", *arguments("three", *CHALLENGE, "--engine", "pool", "--workers", "2"), cwd=tmp_path)
    kept = tmp_path / "three.zip.journal" / "scan"
    while killed.poll() is None and not list(kept.glob("*/*.partial")):
        time.sleep(0.005)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()  # ends when the workers have ended too: they hold the other end
    partials = sorted(kept.glob("*/*.partial"))
    assert partials, "it was over before it was killed"
    run("collect", "--resume", *arguments("three"), cwd=tmp_path)
    assert scan_states(tmp_path / "three.zip") == scan_states(tmp_path / "one.zip")
    assert not kept.exists()


@pytest.mark.parametrize("package", ["other.tgz", "other"])
def test_workers_judge_by_the_packages_of_the_run(tmp_path: Path, package: str) -> None:
    put(tmp_path)
    given = (*PROFILE, "--artefact", "export=export", "--package", package, "-q")
    for name, engine in (("one", ()), ("two", ("--engine", "pool", "--workers", "2"))):
        run("collect", *given, *engine, "--recording", f"{name}.zip", cwd=tmp_path)
    run("collect", *given[:-3], "-q", "--recording", "without.zip", cwd=tmp_path)
    assert scan_states(tmp_path / "one.zip") == scan_states(tmp_path / "two.zip")
    assert scan_states(tmp_path / "one.zip") != scan_states(tmp_path / "without.zip")
