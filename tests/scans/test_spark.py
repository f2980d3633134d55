"""Spark says what one process says, to the byte."""

from __future__ import annotations

import importlib.util
import pickle
import random
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from checker.cli import compose
from checker.engine.scans import scan_artefacts
from checker.engine.scans.partial import Partial
from checker.engine.scans.runs import BUCKETS
from checker.engine.scans.spec import BenchSpec
from checker.engine.scans.work import Surroundings, Work
from checker.engine.spark import session, tasks
from checker.errors import UsageFault
from checker.model.supplier import Limits
from tests.cli.support import environment, run
from tests.scans.samples import PLAIN_JOBS, SALT
from tests.scans.test_parts import a_folder, said
from tests.scans.test_pool import CHALLENGE, arguments, scan_states, write_export

SURROUNDINGS = Surroundings(modules=compose.registry().modules)
HAS_SPARK = importlib.util.find_spec("pyspark") is not None and shutil.which("java") is not None


class ByHand:
    """What Spark does with the tasks: slices, a shuffle that keeps no order, and a tree."""

    def __init__(self, slices: int, partitions: int) -> None:
        self.slices = slices
        self.partitions = partitions

    def totals(self, work: Work) -> Partial:
        """See :class:`checker.engine.scans.work.Engine`."""
        spec = pickle.loads(pickle.dumps(BenchSpec.of(work, 1)))
        units = [pickle.dumps(unit) for unit in work.units]
        shuffled: dict[int, list[tasks.Shuffled]] = defaultdict(list)
        for number in range(self.slices):
            for key, value in tasks.look(
                spec, self.partitions, lambda count: None, number, units[number :: self.slices]
            ):
                assert 0 <= key < self.partitions
                shuffled[key].append((key, value))
        chance = random.Random(self.slices)
        found = []
        for partition in range(self.partitions):
            chance.shuffle(shuffled[partition])
            found += list(tasks.bring_together(spec, shuffled[partition]))
        assert len(found) == self.partitions
        while len(found) > 1:
            found.append(tasks.both(spec, found.pop(), found.pop(0)))
        return Partial.decoded(found[0])


@pytest.mark.parametrize(("slices", "partitions"), [(1, 1), (3, 2), (9, 7), (200, 1)])
def test_its_tasks_say_what_one_process_says(tmp_path: Path, slices: int, partitions: int) -> None:
    a_folder(tmp_path)
    artefacts = [("export", tmp_path)]
    one = scan_artefacts(artefacts, PLAIN_JOBS, salt=SALT, limits=Limits())
    engine = ByHand(slices, partitions)
    two = scan_artefacts(
        artefacts, PLAIN_JOBS, salt=SALT, limits=Limits(), engine=engine, surroundings=SURROUNDINGS, stride=700
    )
    assert said(two) == said(one)


def test_nothing_at_all_is_something(tmp_path: Path) -> None:
    artefacts = [("export", tmp_path / "absent")]
    one = scan_artefacts(artefacts, PLAIN_JOBS, salt=SALT, limits=Limits())
    two = scan_artefacts(
        artefacts, PLAIN_JOBS, salt=SALT, limits=Limits(), engine=ByHand(2, 2), surroundings=SURROUNDINGS
    )
    assert said(two) == said(one)


@pytest.mark.parametrize("partitions", [1, 2, 3, 7, 1000, BUCKETS])
def test_each_bucket_has_one_partition(partitions: int) -> None:
    lasts = [tasks.last_bucket(partition, partitions) for partition in range(partitions)]
    assert lasts == sorted(set(lasts))
    assert lasts[-1] == BUCKETS - 1


def java(folder: Path, said: str) -> Path:
    """A program called java that says so of itself."""
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin" / "java"
    program.write_text(f"#!/bin/sh\necho '{said}' >&2\n")
    program.chmod(0o755)
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for Java is a shell script")
@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ('openjdk version "17.0.15" 2025-04-15', ""),
        ('openjdk version "21" 2025-04-15', ""),
        ('java version "1.8.0_402"', "this is 8"),
        ('openjdk version "11.0.2"', "this is 11"),
        ("no such thing", "there is none"),
    ],
)
def test_java_is_looked_at_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, fault: str) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path / "home", said)))
    if fault:
        with pytest.raises(UsageFault, match=fault):
            session.check_java()
    else:
        session.check_java()


def test_no_java_is_a_clear_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageFault, match="there is none"):
        session.check_java()


@pytest.mark.spark
@pytest.mark.skipif(not HAS_SPARK, reason="pyspark or Java is not here")
def test_a_local_spark(tmp_path: Path) -> None:
    write_export(tmp_path / "export", 4500)
    run("collect", *arguments("one", *CHALLENGE), cwd=tmp_path)
    more = ("--engine", "spark", "--workers", "2")
    done = subprocess.run(
        [sys.executable, "-m", "checker", "collect", *arguments("two", *CHALLENGE, *more)],
        cwd=tmp_path,
        env={**environment(), "PYTHONWARNINGS": "default"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (tmp_path / "two.zip").exists(), done.stderr
    assert "Traceback" not in done.stderr
    assert scan_states(tmp_path / "two.zip") == scan_states(tmp_path / "one.zip")
