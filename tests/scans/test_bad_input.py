"""One export with everything bad in it: each is told with its place, and all else is judged."""

from __future__ import annotations

import gzip
import io
import json
import os
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest

from checker.checks.nhs_number import NHS_NUMBER_VALID, NhsNumberParams
from checker.engine.mapping_file import read_mapping
from checker.engine.scans import ArtefactScan, ScanJob, finish_scan, scan_artefacts
from checker.engine.scans.pool import Pool
from checker.engine.scans.work import Silent, Surroundings
from checker.model.supplier import Limits
from checker.model.value import canonical
from checker.model.verdict import Finding
from tests.cli.in_process import here
from tests.scans.samples import BAD_CHECK_DIGIT, GOOD, SALT, nhs, patient, zipped

JOBS = [ScanJob(scan=NHS_NUMBER_VALID, params=NhsNumberParams())]
LIMITS = Limits(max_resource_bytes=1 << 20)
TABLES = read_mapping(
    b"tables: [{resource: Patient, columns: {NHS: {path: 'identifier[n].value'}, NAME: {path: 'name[0].family'}},"
    b" fixed: {'identifier[n].system': 'https://fhir.nhs.uk/Id/nhs-number'}}]",
    "m.yaml",
)
GOOD_LINE = json.dumps(patient("good", nhs(GOOD))).encode() + b"\n"
BAD_LINE = json.dumps(patient("bad", nhs(BAD_CHECK_DIGIT))).encode() + b"\n"


def noise(size: int) -> bytes:
    return os.urandom(size).hex().encode()


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.ndjson", GOOD_LINE + b'{"x":"' + b"0" * 60_000_000 + b'"}')
    return buffer.getvalue()


FILES: dict[str, bytes] = {
    "cut.ndjson.gz": gzip.compress(BAD_LINE + GOOD_LINE + noise(5000))[:-60],
    "mixed.ndjson": GOOD_LINE + GOOD_LINE.replace(b"good", b"caf\xe9") + BAD_LINE,
    "bomb.zip": bomb(),
    "escapes.zip": zipped({"../../etc/a.ndjson": GOOD_LINE, "C:\\b.ndjson": GOOD_LINE, "ok.ndjson": BAD_LINE}),
    "ragged.csv": f"NHS,NAME,MORE\n{BAD_CHECK_DIGIT},A,\n{GOOD},B\n{GOOD},C,x\n".encode(),
    "cut.xml": b'<Bundle xmlns="http://hl7.org/fhir"><entry><resource><Basic/></resource></entry><entry><resource><Bas',
    "plain.ndjson": GOOD_LINE + BAD_LINE,
}
SAID = {
    "e/bomb.zip!/a.ndjson": "expands to more than 200 times its size",
    "e/cut.ndjson.gz": "the gzip data ends too early",
    "e/cut.xml": "the XML text ends too early (line 1, column 98 of the file)",
    "e/escapes.zip!/../../etc/a.ndjson": "the member's name leads out of the archive",
    "e/escapes.zip!/C:\\b.ndjson": "the member's name leads out of the archive",
    "e/mixed.ndjson": "not valid UTF-8 at byte ",
    "e/ragged.csv": "column 3 (MORE) is not in the mapping",
}
WRONG_NUMBERS = 5
"""In all files but the bomb and the XML."""


def written(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def scanned(path: Path, **more: Any) -> ArtefactScan:
    return scan_artefacts([("e", path)], JOBS, salt=SALT, limits=LIMITS, tables={"e": TABLES}, **more)


def wrong_numbers(found: ArtefactScan) -> int:
    assert found.states[0] is not None
    said = finish_scan(NHS_NUMBER_VALID, NhsNumberParams(), [found.states[0].state])
    return sum(one.count for one in said if isinstance(one, Finding))


@pytest.mark.parametrize("name", FILES)
def test_each_is_told_with_its_place(tmp_path: Path, name: str) -> None:
    found = scanned(written(tmp_path, {name: FILES[name]}))
    assert found.states[0] is not None
    said = {one.split("@")[0]: one.split(": ", 1)[1] for one in found.states[0].unreadable_examples[::-1]}
    expected = {path: why for path, why in SAID.items() if path.startswith(f"e/{name}")}
    assert said.keys() == expected.keys()
    assert all(said[path].startswith(why) for path, why in expected.items()), said


def test_everything_else_is_judged_in_one_process_and_in_two(tmp_path: Path) -> None:
    folder = written(tmp_path, FILES)
    one = scanned(folder)
    two = scanned(folder, engine=Pool(2), surroundings=Surroundings(modules=("checker.checks.nhs_number",)))
    assert wrong_numbers(one) == WRONG_NUMBERS
    assert canonical(one.states) == canonical(two.states)
    assert one.states[0] is not None
    assert one.states[0].unreadable == len(SAID) + 1, "a row of ragged.csv, and its column that is not mapped"
    assert [file.path for file in one.states[0].files] == sorted(f"e/{name}" for name in FILES)


def big_line(path: Path, before: bytes, filler: bytes, after: bytes) -> Path:
    """A file of a little over 200 MB."""
    with path.open("wb") as handle:
        handle.write(before)
        for _ in range(200):
            handle.write(filler * (1 << 20))
        handle.write(after)
    return path


@pytest.mark.parametrize(
    ("name", "before", "after", "resources"),
    [
        ("x.ndjson", GOOD_LINE + b'{"x":"', b'"}\n' + BAD_LINE, 2),
        ("x.csv", b"NHS,NAME\n9990000018,A\n", b",B\n9990000026,C\n", 2),
        ("x.xml", b'<Basic xmlns="http://hl7.org/fhir"><id value="', b'"/></Basic>', 0),
    ],
)
def test_a_line_of_200_mb_is_not_held(tmp_path: Path, name: str, before: bytes, after: bytes, resources: int) -> None:
    path = big_line(tmp_path / name, before, b"x", after)
    tracemalloc.start()
    try:
        found = scanned(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.states[0] is not None
    (said,) = found.states[0].unreadable_examples
    offset = 0 if not resources else len(before) - (6 if name == "x.ndjson" else 0)
    assert said.startswith((f"e/{name}@{offset}: a ", "e/x.xml@"))
    assert said.endswith(f" than {1 << 20} bytes")
    assert found.states[0].resources == resources
    assert peak < 32 << 20


class Growing(Silent):
    """Somebody writes to a file while it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def passed(self, count: int) -> None:
        """Once."""
        if count and self.path.stat().st_size < 1000:
            with self.path.open("ab") as handle:
                handle.write(b"\n" * 1000)


@pytest.mark.parametrize("name", ["x.ndjson", "x.csv", "x.xml"])
def test_a_file_that_changes_while_it_is_read(tmp_path: Path, name: str) -> None:
    content = {
        "x.ndjson": GOOD_LINE,
        "x.csv": b"NHS,NAME\n9990000018,A\n",
        "x.xml": b'<Basic xmlns="http://hl7.org/fhir"/>',
    }[name]
    folder = written(tmp_path, {name: content, "z.ndjson": BAD_LINE})
    found = scanned(folder, progress=Growing(folder / name))
    assert found.states[0] is not None
    assert found.states[0].unreadable_examples == (f"e/{name}@0: the file changed while it was read",)
    assert wrong_numbers(found) == 1


def test_the_command_says_it_all(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    entry = {"type": "Patient", "url": "lost.ndjson", "count": 1, "sha256": "0" * 64}
    manifest = {"transactionTime": "2026-03-03T06:00:00Z", "output": [entry]}
    written(folder, {**FILES, "manifest.json": json.dumps(manifest).encode()})
    (tmp_path / "m.yaml").write_text(
        "tables: [{resource: Patient, columns: {NHS: {path: 'identifier[n].value'}, NAME: {path: 'name[0].family'}},"
        " fixed: {'identifier[n].system': 'https://fhir.nhs.uk/Id/nhs-number'}}]"
    )
    given = ("--artefact", "export=export", "--mapping", "m.yaml", "-q", "-o", "json:out.json")
    found: dict[str, Any] = {}
    for profile, only in (("data-handling", "DH-NHSNO-01"), ("exit-rehearsal", "DH-EXIT-10")):
        done = here("run", "-p", profile, "--only", only, *given, "--recording", f"{only}.zip", cwd=tmp_path)
        assert done.returncode == 1, done.stderr
        report = (tmp_path / "out.json").read_text()
        assert "9990000018" not in report
        found |= {row["id"]: row["verdict"] for row in json.loads(report)["rows"]}
    assert found["DH-NHSNO-01"]["outcome"] == "fail"
    assert sum(one["count"] for one in found["DH-NHSNO-01"]["findings"]) == WRONG_NUMBERS
    said = {one["message"]: one["examples"] for one in found["DH-EXIT-10"]["findings"]}
    assert said["The manifest names a file that is not in the export."] == ["export/lost.ndjson"]
    assert len(said["A file of the export is not in the manifest."]) == 5


def test_the_command_refuses_a_mapping_that_it_does_not_understand(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"NHS\n1\n")
    (tmp_path / "x.mapping.yaml").write_bytes(b"tables: [{resource: Patient, columns: {NHS: {path: name}}}]")
    done = here("run", "-p", "data-handling", "--artefact", "export=x.csv", "-q", cwd=tmp_path)
    assert done.returncode == 2
    assert "'name' is a list: write name[0]" in done.stderr
    assert "x.mapping.yaml:1" in done.stderr
