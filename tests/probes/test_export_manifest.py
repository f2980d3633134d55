"""The manifest of an export against the files: which are there, with which digests, and which are nowhere named."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from checker.model.supplier import Limits
from checker.probes.export_manifest import file_of, manifest_facts
from tests.scans.samples import zipped

TIME = "2026-03-03T06:00:00Z"
LINE = b'{"resourceType":"Patient","id":"a"}\n'
DIGEST = hashlib.sha256(LINE).hexdigest()


def entry(url: str, **more: Any) -> dict[str, Any]:
    return {"type": "Patient", "url": url, "count": 1, "extension": {"https://example.org/sha256": DIGEST}, **more}


def manifest(*entries: Any, **more: Any) -> bytes:
    told = {"transactionTime": TIME, "request": "https://x/$export", "requiresAccessToken": False, "error": []}
    return json.dumps({**told, "output": list(entries), **more}).encode()


def facts(folder: Path, files: dict[str, bytes]) -> dict[str, Any]:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return manifest_facts("e", folder, Limits())


def entries(found: dict[str, Any]) -> list[tuple[str, bool, str]]:
    return [(one["file"], one["there"], one["sha256"]) for one in found["entries"]]


def test_a_manifest_that_says_all(tmp_path: Path) -> None:
    found = facts(tmp_path, {"manifest.json": manifest(entry("a.ndjson")), "a.ndjson": LINE})
    assert found == {
        "manifests": [{"path": "e/manifest.json", "transaction_time": TIME, "problems": []}],
        "entries": [
            {
                "section": "output",
                "type": "Patient",
                "file": "e/a.ndjson",
                "there": True,
                "count": 1,
                "sha256": "same",
            }
        ],
        "besides": [],
    }


def test_no_manifest(tmp_path: Path) -> None:
    found = facts(tmp_path, {"a.ndjson": LINE, "b.pdf": b"%PDF"})
    assert found == {"manifests": [], "entries": [], "besides": ["e/a.ndjson"]}


def test_files_that_are_missing_altered_or_nowhere_named(tmp_path: Path) -> None:
    found = facts(
        tmp_path,
        {
            "manifest.json": manifest(entry("a.ndjson"), entry("b.ndjson"), entry("c.ndjson", extension={})),
            "b.ndjson": LINE + b"\n",
            "c.ndjson": LINE,
            "in/d.csv": b"A\n",
            "letters/x.pdf": b"%PDF",
            "d.mapping.yaml": b"tables: []",
        },
    )
    assert entries(found) == [
        ("e/a.ndjson", False, "differs"),
        ("e/b.ndjson", True, "differs"),
        ("e/c.ndjson", True, "absent"),
    ]
    assert found["besides"] == ["e/in/d.csv"]


def test_in_a_zip_and_in_gzip(tmp_path: Path) -> None:
    packed = gzip.compress(LINE, mtime=0)
    of_packed = entry("b.ndjson.gz", extension={"sha-256": hashlib.sha256(packed).hexdigest()})
    inside = {
        "in/manifest.json": manifest(entry("a.ndjson"), of_packed, entry("c.ndjson")),
        "in/a.ndjson": LINE,
        "in/b.ndjson.gz": packed,
        "in/c.ndjson.gz": packed,
        "more.json": b"{}",
    }
    found = facts(tmp_path, {"x.zip": zipped(inside)})
    assert entries(found) == [
        ("e/x.zip!/in/a.ndjson", True, "same"),
        ("e/x.zip!/in/b.ndjson.gz", True, "same"),
        ("e/x.zip!/in/c.ndjson.gz", True, "same"),
    ]
    assert found["besides"] == ["e/x.zip!/more.json"]


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("a.ndjson", "e/x/a.ndjson"),
        ("./in/../a.ndjson", "e/x/a.ndjson"),
        ("in/b.ndjson", "e/x/in/b.ndjson"),
        ("a%2Endjson", "e/x/a.ndjson"),
        ("https://fhir.example/bulk/7/a.ndjson?token=1", "e/x/a.ndjson"),
        ("https://fhir.example/bulk/7/b.ndjson", "e/x/in/b.ndjson"),
        ("https://fhir.example/bulk/7/c.ndjson", "e/x/c.ndjson"),
        ("https://fhir.example/bulk/7/gone", "e/x/gone"),
        ("/bulk/a.ndjson", "e/x/a.ndjson"),
        ("../../etc/passwd", ""),
        ("in/../../a.ndjson", ""),
        ("..\\a.ndjson", ""),
        ("https://fhir.example/", ""),
        ("https://[bad/a", ""),
    ],
)
def test_which_file_a_url_means(url: str, file: str) -> None:
    there: dict[str, Any] = {"e/x/a.ndjson": None, "e/x/in/b.ndjson": None, "e/y/c.ndjson": None, "e/z/c.ndjson": None}
    assert file_of(url, "e/x/manifest.json", there) == file


def problems(tmp_path: Path, content: bytes) -> list[str]:
    (one,) = facts(tmp_path, {"manifest.json": content, "a.ndjson": LINE})["manifests"]
    return list(one["problems"])


def test_what_is_wrong_in_its_form(tmp_path: Path) -> None:
    assert problems(tmp_path, b"{") == ["it is not valid JSON"]
    assert problems(tmp_path, b"[" * 100_000) == ["it is not valid JSON"]
    assert problems(tmp_path, b"[]") == ["it is not a JSON object"]
    assert problems(tmp_path, b"{}") == [
        "transactionTime, which says as of when the export is, is missing or no instant with a zone",
        "output, the list of the files, is missing",
    ]
    assert problems(tmp_path, manifest(1, {}, {"url": "a.ndjson", "count": "1"}, entry("../x"), entry("a.ndjson"))) == [
        "output[0] is not an object",
        "output[1] has no url",
        "output[2] has no resource type",
        "output[2] has a count that is no number of resources",
        "output[3] leads out of the export",
        "output[4] names a file that is named before",
    ]
    assert problems(tmp_path, manifest(deleted={}, error="x")) == ["deleted is not a list", "error is not a list"]
    assert problems(tmp_path, manifest().replace(TIME.encode(), b"2026-03-03")) == [
        "transactionTime, which says as of when the export is, is missing or no instant with a zone"
    ]
    assert problems(tmp_path, b" " * (17 << 20)) == [f"it is larger than {16 << 20} bytes"]


def test_a_resource_that_is_called_so_is_no_manifest(tmp_path: Path) -> None:
    found = facts(tmp_path, {"manifest.json": b'{"resourceType": "DocumentManifest"}'})
    assert (found["manifests"], found["besides"]) == ([], ["e/manifest.json"])
    long = b'{"resourceType": "Bundle", "x": "' + b"x" * (17 << 20) + b'"}'
    assert facts(tmp_path, {"manifest.json": long})["manifests"] == []


@pytest.mark.parametrize(
    "given",
    [
        {"sha256": DIGEST},
        {"extension": {"sha256": f"sha256:{DIGEST.upper()}"}},
        {"extension": [{"url": "https://example.org/file-hash", "valueString": DIGEST}]},
        {"checksum": DIGEST},
    ],
)
def test_where_a_digest_may_stand(tmp_path: Path, given: dict[str, Any]) -> None:
    bare = {"type": "Patient", "url": "a.ndjson", **given}
    assert entries(facts(tmp_path, {"manifest.json": manifest(bare), "a.ndjson": LINE})) == [
        ("e/a.ndjson", True, "same")
    ]


def test_several_manifests_each_for_its_folder(tmp_path: Path) -> None:
    found = facts(
        tmp_path,
        {
            f"{name}/{part}": content
            for name in "ab"
            for part, content in (("manifest.json", manifest(entry("x.ndjson"))), ("x.ndjson", LINE))
        },
    )
    assert entries(found) == [("e/a/x.ndjson", True, "same"), ("e/b/x.ndjson", True, "same")]
