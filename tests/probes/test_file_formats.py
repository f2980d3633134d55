"""What kind of file a file is, by its first bytes; and which nobody can open."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from checker.model.supplier import Limits
from checker.probes.file_formats import OPEN, format_facts, kind_by_bytes
from tests.scans.samples import zipped


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (b'{"resourceType": "Patient"}', "x.json", "json"),
        (b'{"a": 1}\n{"a": 2}\n', "x.ndjson", "ndjson"),
        (b'\xef\xbb\xbf<Patient xmlns="http://hl7.org/fhir"/>', "x", "xml"),
        (b"a,b\n1,caf\xc3\xa9\n", "x.csv", "csv"),
        (b"a,b\n1,caf\xe9\n", "x.csv", "text-not-utf-8"),
        (b"a,b\n1,caf\xc3", "x.csv", "csv"),
        ("a".encode("utf-16"), "x.csv", "utf-16-text"),
        (b"<!DOCTYPE html><html>", "x", "html"),
        (b"%PDF-1.7\n\xff\x00", "x.txt", "pdf"),
        (b"\0" * 128 + b"DICM", "x", "dicom"),
        (b"PAR1\x15", "x", "parquet"),
        (b"\0\x01\0\0Standard Jet DB\0", "x.dat", "microsoft-access"),
        (b"SQLite format 3\0\x10", "x", "sqlite"),
        (b"Salted__\x01\x02", "x.json", "encrypted"),
        (b"TAPE\0\0\x03", "x.bak", "sql-server-backup"),
        (b"\x01\x02\x03\xff", "x.json", "unknown"),
        (b"", "x", "empty"),
        (b"RIFF\0\0\0\0WAVEfmt ", "x", "wav"),
        (b"Dear Doctor", "x.txt", "text"),
    ],
)
def test_a_kind_is_known_by_its_bytes(head: bytes, name: str, kind: str) -> None:
    assert kind_by_bytes(head, name) == kind


def test_all_files_of_an_export(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson.gz").write_bytes(gzip.compress(b'{"a": 1}\n'))
    (tmp_path / "b.json.gz").write_bytes(b"\x1f\x8bnot gzip at all")
    (tmp_path / "c.zip").write_bytes(zipped({"x.pdf": b"%PDF-1.4", "../y.json": b"{}", "z.bak": b"TAPE\0\0"}))
    (tmp_path / "d.zip").write_bytes(b"PK\x03\x04 no zip")
    (tmp_path / "e.db").write_bytes(b"SQLite format 3\0")
    (tmp_path / ".hidden").write_bytes(b"x")
    found = format_facts("e", tmp_path, Limits())
    assert found == {
        "files": 7,
        "formats": {"ndjson": 1, "pdf": 1, "sql-server-backup": 1, "sqlite": 1, "zip": 1},
        "closed": {
            "sql-server-backup": {"count": 1, "files": ["e/c.zip!/z.bak"]},
            "sqlite": {"count": 1, "files": ["e/e.db"]},
        },
        "unopened": [
            {"file": "e/b.json.gz", "why": "the gzip data is damaged"},
            {"file": "e/c.zip!/../y.json", "why": "the member's name leads out of the archive"},
            {"file": "e/d.zip", "why": "the zip archive is damaged"},
        ],
        "unopened_count": 3,
    }
    assert "sqlite" not in OPEN


def test_a_member_that_is_encrypted(tmp_path: Path) -> None:
    data = bytearray(zipped({"x.json": b"{}"}))
    for mark, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + flag] |= 1
    (tmp_path / "x.zip").write_bytes(data)
    found = format_facts("e", tmp_path, Limits())
    assert found["formats"] == {"encrypted": 1, "zip": 1}
    assert found["closed"]["encrypted"]["files"] == ["e/x.zip!/x.json"]
    assert found["unopened"] == [{"file": "e/x.zip!/x.json", "why": "the member is encrypted"}]
