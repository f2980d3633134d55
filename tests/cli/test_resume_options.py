"""A resume reads the artefacts that the collection was begun with, and nothing in their place."""

from __future__ import annotations

import zipfile
from pathlib import Path

from checker.cli.gathering import journal_of
from fixtures.supplier.export import write_export
from fixtures.supplier.switches import ExportSwitches
from tests.cli.support import FAST, closed_port, run


def test_a_resume_without_the_artefacts_is_refused_and_reads_no_other_files(tmp_path: Path) -> None:
    write_export(tmp_path / "export", "ndjson", ExportSwitches())
    (tmp_path / "private.txt").write_text("nothing to do with it", "utf-8")
    url = f"https://127.0.0.1:{closed_port()}/fhir"
    begun = run("collect", *FAST, "-q", "--base-url", url, "--artefact", "export=export", cwd=tmp_path)
    assert begun.returncode == 3
    lines = journal_of(tmp_path / "recording.zip") / "journal.ndjson"
    before = lines.read_bytes()
    done = run("collect", "--resume", *FAST, "-q", "--base-url", url, cwd=tmp_path)
    assert done.returncode == 2
    assert "is not named now" in done.stderr
    assert "--artefact" in done.stderr
    assert lines.read_bytes() == before
    with zipfile.ZipFile(tmp_path / "recording.zip") as archive:
        assert b"private.txt" not in archive.read("evidence.ndjson")


def test_a_resume_with_the_artefacts_goes_on(tmp_path: Path) -> None:
    write_export(tmp_path / "export", "ndjson", ExportSwitches())
    given = ("--base-url", f"https://127.0.0.1:{closed_port()}/fhir", "--artefact", "export=export")
    assert run("collect", *FAST, "-q", *given, cwd=tmp_path).returncode == 3
    again = run("collect", "--resume", *FAST, "-q", *given, cwd=tmp_path)
    assert again.returncode == 3
    assert "sealed as" in again.stdout
