"""The manifest of an export: each thing that it may say wrongly is found, and nothing else is."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from checker.checks.export_manifest import EXPORT_FILES, export_manifest
from checker.engine.scans import ScanJob, merged_state, scan_artefacts
from checker.model.evidence import Artefact, Evidence, envelope
from checker.model.record import Shortfall
from checker.model.supplier import Limits
from checker.model.terms import Reason
from checker.model.value import NoParams
from checker.model.verdict import Examined, Finding, Statement, Undecided
from checker.model.view import ScanView
from checker.probes.export_manifest import manifest_facts
from tests.scans.samples import SALT

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
PATIENT = b'{"resourceType":"Patient","id":"a"}\n'
OUTCOME = b'{"resourceType":"OperationOutcome","issue":[{"severity":"%s","code":"processing"}]}\n'


def entry(url: str, content: bytes, kind: str = "Patient", **more: Any) -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    return {"type": kind, "url": url, "count": content.count(b"\n"), "extension": {"sha256": digest}, **more}


class _Record:
    def __init__(self, facts: dict[str, Any]) -> None:
        payload = Artefact(artefact="export", role="export", files=(), facts=facts)
        self.one = envelope(payload, number=1, ask="", captured_at=NOON, previous="")

    def evidence(self, role: str) -> tuple[Evidence, ...]:
        return (self.one,)

    def undecided(self, what: str) -> Undecided:
        return Undecided(reason=Reason.NO_DATA, message=what)


class _View:
    def __init__(self, facts: dict[str, Any], scan: ScanView) -> None:
        self._record, self._scan = _Record(facts), scan

    def record(self, need: object) -> _Record:
        return self._record

    def scan(self, need: object) -> ScanView:
        return self._scan


def statements(folder: Path, files: dict[str, bytes], **sections: list[Any]) -> list[Statement]:
    """What is said of an export with these files, and a manifest with these sections where there are any."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    if sections:
        told = {"transactionTime": "2026-03-03T06:00:00Z", "output": [], **sections}
        (folder / "manifest.json").write_text(json.dumps(told))
    found = scan_artefacts(
        [("export", folder)], [ScanJob(scan=EXPORT_FILES, params=NoParams())], salt=SALT, limits=Limits()
    )
    assert found.states[0] is not None
    lost = tuple(Shortfall(reason=Reason.NO_DATA, message=one) for one in found.states[0].unreadable_examples)
    state = merged_state(EXPORT_FILES, NoParams(), [found.states[0].state])
    view: Any = _View(manifest_facts("export", folder, Limits()), ScanView(state=state, shortfalls=lost))
    return list(export_manifest.judge(view, NoParams()))


def messages(said: list[Statement]) -> list[str]:
    return [one.message for one in said if isinstance(one, Finding)]


def test_a_manifest_that_is_right(tmp_path: Path) -> None:
    files = {"a.ndjson": PATIENT * 2, "e.ndjson": OUTCOME % b"warning", "d.ndjson": b'{"resourceType":"Bundle"}\n'}
    said = statements(
        tmp_path,
        files,
        output=[entry("a.ndjson", files["a.ndjson"])],
        error=[entry("e.ndjson", files["e.ndjson"], "OperationOutcome")],
        deleted=[entry("d.ndjson", files["d.ndjson"], "Bundle")],
    )
    assert said == [Examined(what="files that the manifest names", evidence=("e000001",), count=3)]


def test_no_manifest(tmp_path: Path) -> None:
    assert messages(statements(tmp_path, {"a.ndjson": PATIENT})) == ["The export has no manifest."]


def test_each_thing_that_is_wrong(tmp_path: Path) -> None:
    def wrong(name: str, files: dict[str, bytes], **sections: list[Any]) -> list[str]:
        folder = tmp_path / name
        folder.mkdir()
        return messages(statements(folder, files, **sections))

    good = entry("a.ndjson", PATIENT)
    one = {"a.ndjson": PATIENT}
    assert wrong("lost", one, output=[good, entry("b.ndjson", PATIENT)]) == [
        "The manifest names a file that is not in the export."
    ]
    assert wrong("altered", {"a.ndjson": PATIENT + b"\n"}, output=[good]) == [
        "A file is not the one that the manifest was written for."
    ]
    assert wrong("unsealed", one, output=[{**good, "extension": {}}]) == ["The manifest tells no SHA-256 of a file."]
    assert wrong("uncounted", one, output=[{**good, "count": None}]) == ["The manifest tells no count of a file."]
    assert wrong("besides", {**one, "b.ndjson": PATIENT}, output=[good]) == [
        "A file of the export is not in the manifest."
    ]
    assert wrong("other", {"a.ndjson": PATIENT}, output=[{**good, "type": "Group", "count": 0}]) == [
        "A file holds resources of another type than the manifest says."
    ]
    assert wrong("count", one, output=[{**good, "count": 2}]) == [
        "A file holds another number of resources than the manifest says."
    ]
    grave = OUTCOME % b"error"
    assert wrong("grave", {**one, "e.ndjson": grave}, output=[good], error=[entry("e.ndjson", grave)]) == [
        "The export tells of errors that happened while it was made: it may not be whole."
    ]
    assert wrong("form", one, output=[good, 7]) == [
        "The manifest is not of the form that FHIR Bulk Data Access gives it."
    ]


def test_a_count_that_unreadable_lines_may_explain_decides_nothing(tmp_path: Path) -> None:
    text = PATIENT + b"{\n"
    said = statements(tmp_path, {"a.ndjson": text}, output=[entry("a.ndjson", text)])
    assert messages(said) == []
    (left,) = [one for one in said if isinstance(one, Undecided)]
    assert (
        left.message == "export/a.ndjson: 1 Patient, and the manifest says 2; but not all of the export could be read"
    )


def test_an_empty_file_may_be_named(tmp_path: Path) -> None:
    said = statements(
        tmp_path, {"a.ndjson": b"", "b.ndjson": PATIENT}, output=[entry("a.ndjson", b""), entry("b.ndjson", PATIENT)]
    )
    assert messages(said) == []
