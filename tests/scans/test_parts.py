"""However an artefact is divided, and in whatever order its parts come together, the same is said of it."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import random
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.engine.scans import ArtefactScan, scan_artefacts
from checker.engine.scans.partial import Partial, Totals
from checker.engine.scans.runs import stretches
from checker.engine.scans.unit import ReduceUnit, ScanUnit, Unit, units_of
from checker.engine.scans.work import Work
from checker.model.supplier import Limits
from checker.model.value import canonical
from checker.probes.source import walk_source
from checker.probes.source.kinds import parts_of
from checker.probes.source.survey import survey
from tests.scans.samples import ALL_JOBS, PLAIN_JOBS, SALT, bundle, ndjson, population, zipped
from tests.scans.test_laws import resource

quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LIMITS = Limits(max_resource_bytes=4000)

lines = st.one_of(
    resource.map(lambda found: json.dumps(found).encode()),
    resource.map(lambda found: bundle([found])),
    st.sampled_from(
        [b"", b"  ", b"\r", b"{", b"<Patient/>", b"null", b"[]", b"\xff\xfe", b"{}", b'"\xe2\x80\xa8"', b"x" * 4001]
    ),
    st.binary(max_size=9),
)
texts = st.builds(
    lambda mark, found, end, last: mark + end.join(found) + last,
    st.sampled_from([b"", b"\xef\xbb\xbf", b"\n"]),
    st.lists(lines, max_size=14),
    st.sampled_from([b"\n", b"\r\n", b"\n\n"]),
    st.sampled_from([b"", b"\n"]),
)


class Chance:
    """An engine that does units in any order, and brings their partials together in any grouping."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def totals(self, work: Work) -> Partial:
        """See :class:`checker.engine.scans.work.Engine`."""
        work.keeping.folder.mkdir(parents=True)
        bench = work.bench()
        found = self.together(work, [bench.do(unit) for unit in self.shuffled(work.units)])
        names = [run.name for run in found.runs]
        cut = stretches(work.keeping.folder, names, self.chance.choice([1, 200, 10**6])) if names else ()
        reduces = [ReduceUnit(segments=one.segments, in_memory=self.chance.random() < 0.5) for one in cut]
        return self.together(work, [found, *(bench.do(unit) for unit in self.shuffled(reduces))])

    def shuffled(self, units: Iterable[Unit]) -> list[Unit]:
        found = list(units)
        self.chance.shuffle(found)
        return found

    def together(self, work: Work, partials: list[Partial]) -> Partial:
        """Any two at a time, through bytes, until one is left."""
        while len(partials) > 1:
            self.chance.shuffle(partials)
            totals = Totals(work.jobs, work.side)
            for _ in range(min(len(partials), self.chance.choice([2, 2, 3]))):
                totals.add(Partial.decoded(partials.pop().encoded()))
            partials.append(totals.partial())
        return partials[0] if partials else Totals(work.jobs, work.side).partial()


def scanned(path: Path, jobs: Sequence[Any] = PLAIN_JOBS, **more: Any) -> ArtefactScan:
    return scan_artefacts([("export", path)], jobs, salt=SALT, limits=more.pop("limits", LIMITS), **more)


def said(found: ArtefactScan) -> bytes:
    """All that was said, as bytes."""
    return canonical([found.states, found.errors, found.problems, found.skipped, found.noted, found.noted_examples])


@quick
@given(texts, st.integers(1, 3000), st.randoms(use_true_random=False), st.integers(1, 9))
def test_ranges_of_lines(tmp_path: Path, text: bytes, stride: int, chance: random.Random, spill: int) -> None:
    path = tmp_path / "x.ndjson"
    path.write_bytes(text)
    whole = said(scanned(path, stride=10**9))
    assert said(scanned(path, stride=stride)) == whole
    assert said(scanned(path, stride=stride, engine=Chance(chance))) == whole
    few = Limits(max_resource_bytes=4000, spill_after_pairs=spill)
    assert said(scanned(path, stride=stride, engine=Chance(chance), limits=few)) == whole


@quick
@given(texts, st.integers(1, 300))
def test_a_line_is_in_one_range_and_no_other(tmp_path: Path, text: bytes, stride: int) -> None:
    path = tmp_path / "x.ndjson"
    path.write_bytes(text)
    whole, divided = walk_source(path, LIMITS, stride=10**9), walk_source(path, LIMITS, stride=stride)
    assert list(divided) == list(whole)
    assert (divided.unreadable.count, divided.unreadable.examples) == (
        whole.unreadable.count,
        whole.unreadable.examples,
    )


@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.large_base_example],
)
@given(st.lists(resource, max_size=6), st.randoms(use_true_random=False))
def test_every_scan_there_is(tmp_path: Path, found: list[dict[str, Any]], chance: random.Random) -> None:
    path = tmp_path / "x.ndjson"
    path.write_bytes(ndjson([*found, *population()]))
    whole = said(scanned(path, ALL_JOBS, stride=10**9))
    assert said(scanned(path, ALL_JOBS, stride=chance.randint(20, 900), engine=Chance(chance))) == whole


def a_folder(top: Path) -> None:
    """All forms, and all sorts of trouble."""
    every = population()
    files = {
        "a.ndjson": b"\xef\xbb\xbf" + ndjson(every) * 5,
        "b.ndjson.gz": gzip.compress(ndjson(every)),
        "cut.ndjson.gz": gzip.compress(ndjson(every))[:-30],
        "bundle.json": bundle(every, indent=1),
        "lines-by-content.json": ndjson(every) * 3,
        "utf16.ndjson": ndjson(every).decode().encode("utf-16"),
        "manifest.json": b'{"transactionTime": "2026-01-01T00:00:00Z", "output": []}',
        "deep/two.zip": zipped({f"{n}.ndjson": ndjson(every[: n + 1]) for n in range(5)} | {".hidden.json": b"{}"}),
        "gz-in.zip": zipped({"a.ndjson": ndjson(every), "b.ndjson.gz": gzip.compress(ndjson(every))}),
        "escapes.zip": zipped({"../up.json": b"{}", "a.json": bundle(every), "x.txt": b"x"}),
        "damaged.zip": zipped({"a.ndjson": ndjson(every)})[:-40],
        "other.csv": b"a,b\n",
        "empty.ndjson": b"",
        "Grüße.ndjson": ndjson(every),
    }
    for name, data in files.items():
        (top / name).parent.mkdir(exist_ok=True, parents=True)
        (top / name).write_bytes(data)


@pytest.mark.parametrize("stride", [13, 150, 2000])
def test_all_forms_divided_anyhow(tmp_path: Path, stride: int) -> None:
    a_folder(tmp_path)
    whole = scanned(tmp_path, stride=10**9)
    assert said(scanned(tmp_path, stride=stride, engine=Chance(random.Random(stride)))) == said(whole)
    (state, *_) = whole.states
    assert state is not None
    assert state.resources > 100
    assert [file.path for file in state.files][:2] == ["export/Grüße.ndjson", "export/a.ndjson"]


def test_the_parts_of_a_file_are_the_file(tmp_path: Path) -> None:
    a_folder(tmp_path)
    for listed in survey("export", tmp_path, "export/").files:
        parts = list(parts_of(listed, 100, Limits()))
        assert parts[0].offset == 0
        assert all(one.offset + one.length == other.offset for one, other in itertools.pairwise(parts))
    kinds = {one.kind for listed in survey("e", tmp_path, "").files for one in parts_of(listed, 100, Limits())}
    assert kinds == {"lines", "zip", "whole"}


def test_small_files_go_together_and_large_ones_are_divided(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number:02d}.json").write_bytes(b"{}" * 50)
    (tmp_path / "large.ndjson").write_bytes(b"{}\n" * 1000)
    found = [
        len(unit.parts)
        for unit in units_of(survey("e", tmp_path, "").files, 1000, Limits())
        if isinstance(unit, ScanUnit)
    ]
    assert found == [10, 10, 1, 1, 1]


class Meddler(Chance):
    """Changes a file after the first unit that reads it."""

    def __init__(self, path: Path, data: bytes) -> None:
        super().__init__(random.Random(0))
        self.path = path
        self.data = data

    def shuffled(self, units: Iterable[Unit]) -> list[Unit]:
        found = list(units)
        if any(isinstance(unit, ScanUnit) for unit in found):
            with self.path.open("ab") as handle:
                handle.write(self.data)
        return found


def test_a_file_that_changes_while_it_is_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(ndjson(population()))
    (tmp_path / "b.ndjson").write_bytes(ndjson(population()))
    found = scanned(tmp_path, stride=300, engine=Meddler(tmp_path / "b.ndjson", b"{}\n"))
    for state in found.states:
        assert state is not None
        assert [file.path for file in state.files] == ["export/a.ndjson"], "a digest of something else proves nothing"
        assert "export/b.ndjson@0: the file changed while it was read" in state.unreadable_examples
        assert state.resources >= 2 * len(population())


def test_a_file_that_is_changed_to_the_same_length_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(ndjson(population()))
    source = walk_source(tmp_path, Limits())
    chunks = iter(source)
    next(chunks)
    now = path.stat()
    path.write_bytes(ndjson(population()).replace(b"example", b"elpmaxe"))
    os.utime(path, ns=(now.st_atime_ns, now.st_mtime_ns + 1))
    assert list(chunks)
    assert source.unreadable.examples == ("a.ndjson@0: the file changed while it was read",)
    assert source.files == []


def test_a_bomb_is_no_smaller_for_being_divided(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    path.write_bytes(zipped({f"{n:03d}.ndjson": (b" " * 999 + b"\n") * 100 for n in range(60)}))
    limits = Limits(max_resource_bytes=1000)
    cuts = []
    for stride in (1, 150_000, 10**9):
        (state, *_) = scanned(path, stride=stride, limits=limits).states
        assert state is not None
        cuts.append((state.unreadable, state.unreadable_examples))
    assert cuts[0] == cuts[1] == cuts[2]
    allowed = 200 * path.stat().st_size // 100_000
    assert cuts[0][0] == 60 - allowed
    assert "expands to more than 200 times its size" in cuts[0][1][0]


def test_nothing_is_left_in_the_folder_of_the_pass() -> None:
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as spill:
        a_folder(Path(folder))
        scanned(Path(folder), stride=100, spill_dir=Path(spill))
        assert list(Path(spill).iterdir()) == []
