"""Files that attack who reads them: recordings, exports and documents of strangers. Nothing outside them is read."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from pathlib import Path

import pytest

from tests.cli.in_process import here
from tests.cli.support import Completed, outcomes, report, run
from tests.hostile.test_suppliers import LAUGHS, SCRIPT, STEERING, steers
from tests.hostile.watching import Watch

MEMORY_KB = 500 * 1024
SECRET = "a line of a file that nobody handed over"
OUTPUTS = ("-o", "json:report.json", "-o", "html:report.html", "-o", "junit:out.xml", "-o", "console:-")


def tame(done: Completed) -> None:
    assert "Traceback" not in done.stdout + done.stderr
    assert "checker itself broke" not in done.stderr
    assert steers(done.stdout + done.stderr) == set()


@pytest.mark.parametrize("member", ["manifest.json", "evidence.ndjson", "blobs/" + "0" * 64])
def test_a_recording_that_unfolds_is_not_unfolded(member: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "recording.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        if member != "manifest.json":
            archive.writestr("manifest.json", json.dumps({"kind": "nhs-standards-checker/recording", "format": 1}))
        with archive.open(member, "w", force_zip64=True) as file:
            for _ in range(600):
                file.write(bytes(1024 * 1024))
    for command in ("judge", "verify"):
        peak = tmp_path / "peak"
        done = run(command, "recording.zip", cwd=tmp_path, peak=peak)
        assert done.returncode == 5, done.stderr
        tame(done)
        assert int(peak.read_text()) < MEMORY_KB


@pytest.mark.parametrize("name", ["../../escaped.json", "/tmp/escaped.json", "..\\escaped.json", "\x1b[2Jmanifest"])
def test_names_in_a_recording_lead_nowhere(name: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "recording.zip", "w") as archive:
        archive.writestr("manifest.json", json.dumps({"kind": "nhs-standards-checker/recording", "format": 1}))
        archive.writestr(name, b"{}")
    before = set(tmp_path.iterdir())
    done = here("judge", "recording.zip", cwd=tmp_path)
    assert done.returncode == 5
    tame(done)
    assert set(tmp_path.iterdir()) == before


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes are other things there")
def test_links_pipes_and_names_in_an_export(tmp_path: Path) -> None:
    """A link out of the folder is not followed, a pipe is not waited for, and a name steers nothing."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "Patient.ndjson").write_text(json.dumps({"resourceType": "Patient", "id": SECRET}), "utf-8")
    export = tmp_path / "export"
    export.mkdir()
    patient = {"resourceType": "Patient", "id": "p1", "name": [{"family": STEERING + SCRIPT}]}
    (export / "Patient.ndjson").write_text(json.dumps(patient), "utf-8")
    (export / "Observation.ndjson").symlink_to(tmp_path / "outside" / "Patient.ndjson")
    (export / "more").symlink_to(tmp_path / "outside")
    (export / "loop").symlink_to(export)
    os.mkfifo(export / "Encounter.ndjson")
    (export / "Condition\x1b[2J\u202e<script>x<.ndjson").write_text('{"resourceType": "Condition"', "utf-8")
    with zipfile.ZipFile(export / "Immunization.zip", "w") as archive:
        archive.writestr("../../../escaped.ndjson", json.dumps({"resourceType": "Immunization", "id": "i"}))
        archive.writestr("/etc/escaped\x1b[2J.ndjson", b"{")
    watch = Watch(tmp_path / "watch")
    done = run(
        *("run", "-p", "exit-rehearsal", "-q", "--artefact", "export=export", *OUTPUTS),
        cwd=tmp_path,
        env=watch.environment(),
        timeout=120,
    )
    assert done.returncode in (1, 3), done.stderr
    tame(done)
    for name in ("report.json", "report.html", "recording.zip", "out.xml"):
        assert SECRET.encode() not in (tmp_path / name).read_bytes()
    assert "<script" not in (tmp_path / "report.html").read_text("utf-8")
    assert not (tmp_path / "escaped.ndjson").exists()
    assert watch.seen("connect") == watch.seen("program") == set()
    assert not [path for (path,) in watch.seen("write") if "escaped" in path]


ALIASES = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + at)}: &{chr(98 + at)} [" + ", ".join([f"*{chr(97 + at)}"] * 9) + "]\n" for at in range(20)
)
CODE = "!!python/object/apply:os.system ['touch owned']\n"
SAID = json.dumps(STEERING + SCRIPT)
DOCUMENTS: dict[str, tuple[str, str, str]] = {
    "aliases of aliases": ("supply-chain", "assurance", ALIASES),
    "code in YAML": ("supply-chain", "assurance", CODE),
    "text that steers": ("supply-chain", "assurance", f"penetration-test: {{provider: {SAID}, {SAID}: 1}}\n"),
    "deep YAML": ("supply-chain", "assurance", "[" * 5000),
    "an SBOM that steers": (
        "supply-chain",
        "sbom",
        f'{{"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "serialNumber": {SAID}, "components": '
        f'[{{"type": "library", "name": {SAID}, "version": {SAID}, "purl": {SAID}}}]}}',
    ),
    "an SBOM that laughs": ("supply-chain", "sbom", LAUGHS.decode() + "]><bom>&m;</bom>"),
    "deep JSON": ("supply-chain", "sbom", '{"a":' * 50_000),
    "aliases in vulnerabilities": ("supply-chain", "vulnerability-report", ALIASES),
    "aliases in OpenAPI": ("nhs-api-platform", "openapi", "openapi: 3.0.3\n" + ALIASES),
    "code in OpenAPI": ("nhs-api-platform", "openapi", CODE),
    "a register of aliases": ("data-protection", "register", ALIASES),
    "a configuration of aliases": ("supply-chain", "config-export", ALIASES),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_that_are_hard_to_read(name: str, tmp_path: Path) -> None:
    profile, kind, text = DOCUMENTS[name]
    ending = "json" if text.startswith("{") else "xml" if text.startswith("<") else "yaml"
    (tmp_path / f"file.{ending}").write_text(text, "utf-8")
    done = here("run", "-p", profile, "-q", "--artefact", f"{kind}=file.{ending}", *OUTPUTS, cwd=tmp_path)
    assert done.returncode in (1, 2, 3), done.stderr
    tame(done)
    assert not (tmp_path / "owned").exists()
    if done.returncode != 2:
        assert steers((tmp_path / "report.html").read_text("utf-8")) == set()
        assert "<script" not in (tmp_path / "report.html").read_text("utf-8")
        assert "error" not in outcomes(report(tmp_path / "report.json")).values()


@pytest.mark.parametrize("where", ["profile", "waivers", "attestations", "report"])
def test_files_of_a_stranger_beside_a_recording(where: str, tmp_path: Path) -> None:
    """A profile, waivers, attestations and a report are data: they run nothing, and steer nothing."""
    bad = tmp_path / "bad.yaml"
    for text in (CODE, ALIASES, f"id: {SAID}\ntitle: {SAID}\n", SAID, "[" * 3000, "\x1b[2J: \u202e"):
        bad.write_text(text, "utf-8")
        arguments = {
            "profile": ("plan", "-p", str(bad), "--base-url", "https://127.0.0.1:1/fhir"),
            "report": ("report", str(bad), "-o", "console:-"),
        }.get(where, ("run", "--base-url", "https://127.0.0.1:1/fhir", "-p", "smart-discovery", f"--{where}", str(bad)))
        done = here(*arguments, cwd=tmp_path)
        assert done.returncode in (2, 3, 4, 5), done.stderr
        tame(done)
        assert not (tmp_path / "owned").exists()
