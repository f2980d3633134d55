"""Every form that a source comes in gives the same states for the same resources."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from pathlib import Path
from typing import Any

import pytest

from checker.engine.scans import ScanRun
from checker.model.supplier import Limits
from checker.probes.source import walk_source
from tests.scans.samples import bundle, ndjson, population, read, scanned, text_of, zipped

EVERY = population()
FORMS: dict[str, bytes] = {
    "x.ndjson": ndjson(EVERY),
    "crlf.ndjson": ndjson(EVERY).replace(b"\n", b"\r\n"),
    "blank.ndjson": b"\n  \n" + ndjson(EVERY).replace(b"\n", b"\n\r\n\t\n"),
    "last.ndjson": ndjson(EVERY).rstrip(b"\n"),
    "named-otherwise.json": ndjson(EVERY),
    "bundle.json": bundle(EVERY),
    "pretty.json": b"\r\n " + bundle(EVERY, indent=2) + b"\n\n",
    "type-last.json": bundle(EVERY, type_last=True),
    "bundle-line.ndjson": bundle(EVERY) + b"\n",
    "nested.json": bundle([json.loads(bundle(EVERY[:3])), *EVERY[3:]]),
    "x.ndjson.gz": gzip.compress(ndjson(EVERY)),
    "members.ndjson.gz": gzip.compress(ndjson(EVERY)[:500]) + gzip.compress(ndjson(EVERY)[500:]) + b"\0\0",
    "bundle.json.gz": gzip.compress(bundle(EVERY)),
    "x.zip": zipped({"p/a.ndjson": ndjson(EVERY[:2]), "p/b.json": bundle(EVERY[2:])}),
    "gz-in.zip": zipped({"a.ndjson.gz": gzip.compress(ndjson(EVERY))}),
    "no-ending": ndjson(EVERY),
}


def without_places(run: ScanRun) -> Any:
    """States without where things stand, which is all that a form may change."""
    nhs, unique = (outcome.state for outcome in run.outcomes)
    counts = {fault: found["count"] for fault, found in nhs["faults"].items()}
    return run.resources, nhs["counts"]["examined"], counts, {k: v for k, v in unique.items() if k != "places"}


EXPECTED = (
    6,
    7,
    {"check-digit": 1},
    {"examined": 4, "duplicates": 1, "carriers": 2},
)


@pytest.mark.parametrize("name", sorted(FORMS))
def test_the_form_does_not_matter(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(FORMS[name])
    source, run = scanned(path)
    assert (source.problem, source.unreadable.count, run.unreadable) == ("", 0, 0)
    assert without_places(run) == EXPECTED
    assert [(f.path, f.size_bytes, f.sha256) for f in source.files] == [
        (name, len(FORMS[name]), hashlib.sha256(FORMS[name]).hexdigest())
    ]


def test_a_folder_of_single_resources(tmp_path: Path) -> None:
    for number, resource in enumerate(EVERY):
        folder = tmp_path / f"d{number % 2}"
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.json").write_text(json.dumps(resource, indent=1), encoding="utf-8")
    source, run = scanned(tmp_path)
    assert without_places(run) == EXPECTED
    assert [file.path for file in source.files] == sorted(f"d{n % 2}/{n}.json" for n in range(len(EVERY)))
    assert run.outcomes[0].state["faults"]["check-digit"]["places"] == ["d1/1.json@0#/identifier/0"]


@pytest.mark.parametrize("name", sorted(FORMS))
def test_every_offset_leads_to_the_chunk(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(FORMS[name])
    _, chunks = read(path)
    assert chunks
    for chunk in chunks:
        if chunk.data.endswith(b'"entry": []}') or b'"entry": []' in chunk.data:
            continue  # a Bundle whose entries were split out: what is left of it
        text = text_of(path, chunk.locator.path)
        assert text[chunk.locator.offset :].startswith(chunk.data)
        value = json.loads(chunk.data)
        assert chunk.pointer_prefix == ("/resource" if "resource" in value else "")


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("form", ["bundle", "pretty", "type_last", "ndjson"])
def test_block_borders_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, form: str) -> None:
    size = random.Random(seed).randint(1, 97)
    path = tmp_path / f"x.{'ndjson' if form == 'ndjson' else 'json'}"
    path.write_bytes(
        {
            "bundle": bundle(EVERY),
            "pretty": bundle(EVERY, indent=2),
            "type_last": bundle(EVERY, type_last=True),
            "ndjson": ndjson(EVERY),
        }[form]
    )
    _, whole = read(path)
    monkeypatch.setattr("checker.probes.source.blocks.BLOCK_BYTES", size)
    source, pieces = read(path)
    assert pieces == whole
    assert source.unreadable.count == 0


def test_skipped_files_are_listed_with_their_reason(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(ndjson(EVERY))
    (tmp_path / "b.csv").write_text("x")
    (tmp_path / "c.doc").write_text("<Patient/>")
    (tmp_path / ".hidden.json").write_text("{}")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "d.json").write_text("{}")
    (tmp_path / "manifest.json").write_text('{"transactionTime": "2026-01-01T00:00:00Z", "output": []}')
    source, run = scanned(tmp_path)
    assert run.resources == len(EVERY)
    assert {skipped.path: skipped.reason.split(" ")[0] for skipped in source.skipped} == {
        "b.csv": "a",
        "c.doc": "not",
        ".hidden.json": "hidden",
        ".git": "hidden",
        "manifest.json": "the",
    }
    assert run.unreadable == 0
    unread = [example.partition("@")[0] for example in source.unreadable.examples]
    assert unread == ["b.csv", "c.doc"], "what may hold records and was not read counts against a pass"


def test_a_resource_is_not_hidden_by_the_name_manifest(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(ndjson(EVERY[1:2]))
    _, run = scanned(tmp_path)
    assert run.resources == 1


def test_symbolic_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out.ndjson").write_bytes(ndjson(EVERY))
    try:
        (tmp_path / "in" / "link.ndjson").symlink_to(tmp_path / "out.ndjson")
        (tmp_path / "in" / "up").symlink_to(tmp_path, target_is_directory=True)
    except OSError:
        pytest.skip("symbolic links cannot be made here")
    source, chunks = read(tmp_path / "in")
    assert chunks == []
    assert [(s.path, s.reason) for s in source.skipped] == [
        ("link.ndjson", "a symbolic link"),
        ("up", "a symbolic link"),
    ]
    assert source.unreadable.count == 2, "what a link leads to may hold records that nobody looked at"
    assert source.problem == "nothing in it could be read"


def test_the_prefix_stands_before_every_path(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(b"\xef\xbb\xbf" + ndjson(EVERY))
    (tmp_path / "b.txt").write_text("x")
    (tmp_path / "c.zip").write_bytes(b"PK\x03\x04 no")
    source = walk_source(tmp_path, Limits(), prefix="id/")
    assert {chunk.locator.path for chunk in source} == {"id/a.ndjson"}
    assert [file.path for file in source.files] == ["id/a.ndjson", "id/c.zip"]
    assert [skipped.path for skipped in source.skipped] == ["id/b.txt"]
    assert [one.partition(": ")[0] for one in source.unreadable.examples] == ["id/b.txt@0", "id/c.zip@0"]
    assert source.noted.examples[0].startswith("id/a.ndjson@0: starts with a byte order mark")
