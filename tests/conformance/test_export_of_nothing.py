"""Nothing examined is never a pass: exports with hardly anything in them, by every profile over records.

Where a row passes all the same, something was there to be looked at: which, and why that is enough, is said here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.in_process import here


def lines(*records: dict[str, Any]) -> bytes:
    return "".join(json.dumps(one) + "\n" for one in records).encode()


ERROR = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
MANIFEST = {"transactionTime": "2026-01-01T00:00:00Z", "request": "https://x.example/$export", "error": []}
EXPORTS: dict[str, dict[str, bytes]] = {
    "an empty folder": {},
    "an empty file": {"Patient.ndjson": b""},
    "blank lines": {"Patient.ndjson": b"\n\n\n"},
    "a page": {"Patient.ndjson": b"<html><body>Sign in</body></html>\n"},
    "objects that are no resources": {"Patient.ndjson": lines({"a": 1}, {"b": 2})},
    "an empty Bundle": {"all.json": b'{"resourceType":"Bundle","type":"collection"}'},
    "an error": {"OperationOutcome.ndjson": lines(ERROR)},
    "a manifest alone": {"manifest.json": json.dumps({**MANIFEST, "requiresAccessToken": True, "output": []}).encode()},
    "the head of a table": {"patients.csv": b"id,name\n"},
}
PROFILES = (
    *("data-handling", "data-quality", "nhs-number", "anonymised-release", "exit-rehearsal", "export-basics"),
    *("data-protection", "uk-core-stu3-draft", "ips", "bulk-data"),
)
READABLE = "DH-EXIT-04"
"""The format of a file is told by its first bytes: a page or the head of a table is in an open format."""
OF_AN_ERROR = {
    "UKCORE-GEN-001": "an OperationOutcome is of R4",
    "UKCORE-GEN-002": "UK Core has a StructureDefinition of it",
    "UKCORE-MS-002": "it has text enough to be looked at for placeholders",
}


@pytest.mark.parametrize("export", EXPORTS)
@pytest.mark.parametrize("profile", PROFILES)
def test_an_export_of_nothing_passes_nothing(profile: str, export: str, tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    for name, content in EXPORTS[export].items():
        (tmp_path / "export" / name).write_bytes(content)
    given = ("--artefact", "export=export", "--name", "Nothing", "-q", "-o", "json:report.json")
    done = here("run", "-p", profile, *given, cwd=tmp_path)
    assert done.returncode in (1, 3), done.stderr
    verdicts = {row["id"]: row["verdict"] for row in json.loads((tmp_path / "report.json").read_bytes())["rows"]}
    passed = {name for name, one in verdicts.items() if one["outcome"] == "pass"}
    allowed = set(OF_AN_ERROR) if export == "an error" else set()
    if export not in ("an empty folder", "an empty file"):
        allowed.add(READABLE)
    assert passed <= allowed
    assert "error" not in {one["outcome"] for one in verdicts.values()}
