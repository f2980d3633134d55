"""Files in a store that is named by a URL are read as files on a disk are."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from checker.engine.scan_results import artefact_paths
from checker.errors import SupplierFault
from checker.model.supplier import ArtefactRef, Supplier
from checker.probes.source import storage
from tests.cli.support import run
from tests.scans.test_parts import a_folder, said, scanned
from tests.scans.test_pool import CHALLENGE, arguments, scan_states, write_export

needs_pyarrow = pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="pyarrow is not here")


@pytest.mark.parametrize(
    ("location", "is_one"),
    [
        ("s3://bucket/export", True),
        ("s3a://bucket/export", True),
        ("hdfs://name:8020/export", True),
        ("abfss://box@account.dfs.core.windows.net/export", True),
        ("file:///data/export", True),
        ("https://fhir.example.org/export", False),
        ("export", False),
        ("C:\\export", False),
        ("", False),
    ],
)
def test_what_a_store_is(location: str, is_one: bool) -> None:
    assert storage.is_in_store(location) == is_one
    found = artefact_paths(
        Supplier(name="x", artefacts=(ArtefactRef(id="e", kind="export", location=location),)), Path("/root")
    )
    kept = [place for places in found.values() for _, place in places]
    assert [place for place in kept if isinstance(place, str)] == ([location] if is_one else [])


@needs_pyarrow
@pytest.mark.parametrize("stride", [200, 10**9])
def test_a_store_is_read_as_a_folder_is(tmp_path: Path, stride: int) -> None:
    a_folder(tmp_path)
    url: object = f"file://{tmp_path}"
    assert said(scanned(url, stride=stride)) == said(scanned(tmp_path, stride=stride))  # type: ignore[arg-type]


@needs_pyarrow
def test_one_file_of_a_store(tmp_path: Path) -> None:
    a_folder(tmp_path)
    url: object = f"file://{tmp_path}/bundle.json"
    assert said(scanned(url)) == said(scanned(tmp_path / "bundle.json"))  # type: ignore[arg-type]


@needs_pyarrow
def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    found = scanned(f"file://{tmp_path}/absent")  # type: ignore[arg-type]
    assert found.problems == ("export/@0: cannot be read (ENOENT)",)


def test_without_pyarrow_it_is_a_clear_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    storage._connected.cache_clear()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(SupplierFault, match="pyarrow"):
        storage.state_of("s3://bucket/a.ndjson")


@needs_pyarrow
def test_the_command_reads_a_store(tmp_path: Path) -> None:
    write_export(tmp_path / "export", 20)
    run("collect", *arguments("one", *CHALLENGE), cwd=tmp_path)
    done = run(
        "collect", "-p", "data-handling", "--artefact", f"export=file://{tmp_path}/export", "--name", "X", *CHALLENGE,
        "--recording", "two.zip", cwd=tmp_path,
    )  # fmt: skip
    assert (tmp_path / "two.zip").exists(), done.stderr
    assert scan_states(tmp_path / "two.zip") == scan_states(tmp_path / "one.zip")
