"""Evidence that was changed, is missing, or could not be gathered to the end; secrets that must not be in it."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import signal
import subprocess
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.supplier.data import build
from fixtures.supplier.serve import Served
from tests.cli.support import (
    FAST,
    Completed,
    Site,
    is_red,
    junit,
    odd_server,
    outcomes,
    report,
    run,
    said_in_three_lines,
    send,
    site,
    supplier_text,
)

OUTPUTS = ("-q", "-o", "junit:out.xml", "-o", "json:report.json")
SLOW = ("--rate", "12")
"""So slow that a run can be stopped in the middle, and is over in a few seconds all the same."""

# A recording that is not what was sealed -----------------------------------------------------


def rewritten(source: Path, target: Path, change: Callable[[str, bytes], bytes | None]) -> None:
    """The zip with each member changed, or left out for None."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            content = change(info.filename, old.read(info))
            if content is not None:
                new.writestr(info, content)


def judged(folder: Path, name: str = "changed.zip") -> Completed:
    """``checker judge`` of it."""
    return run("judge", name, "-o", "junit:out.xml", cwd=folder)


def damaged(done: Completed, folder: Path, code: int, *words: str) -> None:
    assert done.returncode == code, done.stderr
    said_in_three_lines(done, "changed.zip", *words)
    (case,) = junit(folder / "out.xml")
    assert (case.kind, f"exit code: {code}" in case.text) == ("error", True)


@pytest.mark.parametrize("where", [0.1, 0.5, 1.0])
def test_one_changed_byte_is_a_fault_of_integrity(recorded: Site, tmp_path: Path, where: float) -> None:
    content = bytearray(recorded.path("recording.zip").read_bytes())
    content[int((len(content) - 1) * where)] ^= 1
    (tmp_path / "changed.zip").write_bytes(content)
    damaged(judged(tmp_path), tmp_path, 5, "original")
    assert run("verify", "changed.zip", cwd=tmp_path).returncode == 5


def test_one_missing_piece_of_evidence_is_a_fault_of_integrity(recorded: Site, tmp_path: Path) -> None:
    def without_a_line(name: str, content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        return b"".join(lines[:3] + lines[4:]) if name == "evidence.ndjson" else content

    rewritten(recorded.path("recording.zip"), tmp_path / "changed.zip", without_a_line)
    damaged(judged(tmp_path), tmp_path, 5, "evidence.ndjson")


def test_one_missing_body_is_a_fault_of_integrity(recorded: Site, tmp_path: Path) -> None:
    with zipfile.ZipFile(recorded.path("recording.zip")) as archive:
        gone = next(name for name in archive.namelist() if name.startswith("blobs/"))
    rewritten(recorded.path("recording.zip"), tmp_path / "changed.zip", lambda n, c: None if n == gone else c)
    damaged(judged(tmp_path), tmp_path, 5, gone)


@pytest.mark.parametrize("cut", [0.5])
def test_a_recording_that_was_cut_off_is_a_fault_of_integrity(recorded: Site, tmp_path: Path, cut: float) -> None:
    content = recorded.path("recording.zip").read_bytes()
    (tmp_path / "changed.zip").write_bytes(content[: int(len(content) * cut)])
    damaged(judged(tmp_path), tmp_path, 5, "original")


def test_bytes_behind_the_end_are_a_fault_of_integrity(recorded: Site, tmp_path: Path) -> None:
    (tmp_path / "changed.zip").write_bytes(recorded.path("recording.zip").read_bytes() + b"\n")
    damaged(judged(tmp_path), tmp_path, 5)


def test_a_recording_of_a_newer_format_is_said_with_how_to_read_it(recorded: Site, tmp_path: Path) -> None:
    def newer(name: str, content: bytes) -> bytes:
        return content.replace(b'"format":1', b'"format":2', 1) if name == "manifest.json" else content

    rewritten(recorded.path("recording.zip"), tmp_path / "changed.zip", newer)
    damaged(judged(tmp_path), tmp_path, 2, "format 2", "pip install --upgrade")


def test_another_zip_is_no_recording(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "changed.zip", "w") as archive:
        archive.writestr("letter.txt", "hello")
    damaged(judged(tmp_path), tmp_path, 2, "manifest.json")


# Artefacts -----------------------------------------------------------------------------------


def artefact_run(place: Site, **outcome: str) -> None:
    """A run whose rows on files are as said; it is red, and it is not the checker that broke."""
    done = place.run("run", *FAST, *OUTPUTS)
    found = outcomes(place.report())
    assert {name: found[name.replace("_", "-")] for name in outcome} == outcome
    assert done.returncode == 3
    assert is_red(place.path("out.xml"))
    assert "error" not in found.values()


def test_an_empty_export_folder_proves_nothing(place: Site) -> None:
    for path in place.path("export").iterdir():
        path.unlink()
    artefact_run(place, DH_NHSNO_01="inconclusive(no-data)", DH_DQ_08="inconclusive(no-data)")


def test_an_export_that_is_not_there_is_found_out_before_anything_is_sent(place: Site, healthy: Served) -> None:
    shutil.rmtree(place.path("export"))
    before = healthy.requests
    done = place.run("run", *FAST, "-q", "-o", "junit:out.xml")
    assert done.returncode == 2
    assert "is not there" in done.stderr
    assert "supplier.toml" in done.stderr
    assert is_red(place.path("out.xml"))
    assert healthy.requests == before


@pytest.mark.parametrize("kept", [0.9])
def test_a_gzip_export_that_breaks_off_proves_nothing(place: Site, kept: float) -> None:
    whole = gzip.compress(place.path("export/Patient.ndjson").read_bytes())
    place.path("export/Patient.ndjson").unlink()
    place.path("export/Patient.ndjson.gz").write_bytes(whole[: int(len(whole) * kept)])
    artefact_run(place, DH_NHSNO_01="inconclusive(no-data)", DH_DQ_08="inconclusive(no-data)")


def test_a_missing_audit_log_proves_nothing(tmp_path: Path, healthy: Served) -> None:
    place = site(tmp_path, healthy, artefacts={"export": "export", "audit-log": "absent.ndjson"})
    artefact_run(place, DH_AUD_01="inconclusive(no-data)")


def test_an_audit_log_that_was_not_submitted_proves_nothing(tmp_path: Path, healthy: Served) -> None:
    place = site(tmp_path, healthy, artefacts={"export": "export"})
    artefact_run(place, DH_AUD_01="inconclusive(no-data)")


# Interrupted ---------------------------------------------------------------------------------


def journal_lines(place: Site) -> int:
    journal = place.path("recording.zip.journal/journal.ndjson")
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


def stopped_in_the_middle(place: Site, number: signal.Signals, *arguments: str) -> tuple[int, str]:
    """Start a slow command, stop it when some evidence is there; exit code and stderr."""
    process: subprocess.Popen[str] = place.start(*arguments)
    deadline = time.monotonic() + 30
    while journal_lines(place) < 8:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=30)
    assert "Traceback" not in stderr
    return process.returncode, stderr


def test_ctrl_c_seals_what_there_is_and_writes_a_partial_report_that_says_so(place: Site) -> None:
    code, stderr = stopped_in_the_middle(place, signal.SIGINT, "run", *SLOW, *OUTPUTS)
    found = place.report()
    assert code == 130
    assert found["interrupted"] is True
    assert found["conclusion"] == "inconclusive"
    assert "interrupted" in found["headline"]
    assert "interrupted" in stderr
    assert "checker collect --resume" in stderr
    assert is_red(place.path("out.xml"))
    assert place.run("verify", "recording.zip").returncode == 0
    assert place.path("recording.zip.journal/journal.ndjson").exists()


def test_a_run_that_was_stopped_by_ctrl_c_can_be_finished(place: Site) -> None:
    code, _ = stopped_in_the_middle(place, signal.SIGINT, "collect", *SLOW, "-q")
    assert code == 130
    assert place.run("judge", "recording.zip").returncode == 130
    assert place.run("collect", "--resume").returncode == 0
    assert not place.path("recording.zip.journal").exists()
    done = place.run("judge", "recording.zip", "-o", "junit:out.xml")
    assert done.returncode == 0, done.stderr
    assert not is_red(place.path("out.xml"))


def test_ctrl_c_while_a_server_is_silent_ends_at_once(tmp_path: Path, healthy: Served) -> None:
    place = site(tmp_path, healthy)
    process = place.start("run", "--rate", "0.5", *OUTPUTS)
    deadline = time.monotonic() + 30
    while journal_lines(place) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    before = time.monotonic()
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130, stderr
    assert time.monotonic() - before < 5


@pytest.fixture(scope="session")
def killed_once(tmp_path_factory: pytest.TempPathFactory, healthy: Served) -> Site:
    """A folder where a collection at S2 was killed in the middle. Not to be changed."""
    place = site(tmp_path_factory.mktemp("killed"), healthy)
    code, _ = stopped_in_the_middle(place, signal.SIGKILL, "collect", "--safety", "S2", *SLOW, "-q")
    assert code == -signal.SIGKILL
    assert not place.path("recording.zip").exists()
    return place


@pytest.fixture
def killed(killed_once: Site, tmp_path: Path) -> Site:
    """A copy of that folder."""
    shutil.copytree(killed_once.folder, tmp_path / "copy")
    return Site(tmp_path / "copy", dict(killed_once.env))


def test_a_killed_collection_is_resumed_and_judged_as_if_nothing_had_happened(recorded: Site, killed: Site) -> None:
    again = killed.run("collect")
    assert again.returncode == 2
    said_in_three_lines(again, "--resume")
    assert journal_lines(killed) >= 8
    with killed.path("recording.zip.journal/journal.ndjson").open("ab") as journal:
        journal.write(b'{"evidence":{"id":"e0')  # the line under way when it was killed
    resumed = killed.run("collect", "--resume")
    assert resumed.returncode == 0, resumed.stderr
    done = killed.run("judge", "recording.zip", "-o", "json:report.json")
    assert done.returncode == 0, done.stderr
    assert outcomes(killed.report()) == outcomes(recorded.report())
    assert killed.report()["headline"] == recorded.report()["headline"]


def test_a_journal_that_was_changed_is_a_fault_of_integrity_and_stays_as_it_is(killed: Site) -> None:
    journal = killed.path("recording.zip.journal/journal.ndjson")
    lines = journal.read_bytes().splitlines(keepends=True)
    changed = b"".join(lines[:1] + lines[2:])
    journal.write_bytes(changed)
    done = killed.run("collect", "--resume")
    assert done.returncode == 5
    said_in_three_lines(done, "journal.ndjson")
    assert journal.read_bytes() == changed


def test_a_collection_is_resumed_by_its_own_profile_only(killed: Site) -> None:
    done = killed.run("collect", "--resume", "-p", "api-security", env={"PYTHONWARNINGS": "ignore"})
    assert done.returncode == 2
    said_in_three_lines(done, "baseline@", "api-security@")
    assert journal_lines(killed) >= 8


def test_a_resume_that_is_refused_leaves_no_file_open_and_no_line_behind(killed: Site) -> None:
    before = journal_lines(killed)
    killed.run("collect", "--resume", "-p", "api-security")
    assert journal_lines(killed) == before


def test_a_collection_above_s1_is_not_resumed_when_the_window_is_over(killed: Site, healthy: Served) -> None:
    file = killed.path("supplier.toml")
    file.write_text(file.read_text("utf-8").replace("2999-01-01", "2020-02-01"), "utf-8")
    before = healthy.requests
    done = killed.run("collect", "--resume", env={"PYTHONWARNINGS": "ignore"})
    assert done.returncode == 2
    said_in_three_lines(done, "window", "2020-02-01")
    assert healthy.requests == before


# Secrets and patients ------------------------------------------------------------------------


def test_no_secret_or_token_is_in_anything_that_is_written(recorded: Site, healthy: Served) -> None:
    written = [path for path in recorded.folder.iterdir() if path.is_file()]
    assert {"recording.zip", "report.html", "report.json"} <= {path.name for path in written}
    with zipfile.ZipFile(recorded.path("recording.zip")) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    # A token is looked for in what the archive holds, and by its two parts: bodies that were sent are Base64 as well.
    plain = {path.name: path.read_bytes() for path in written if path.name != "recording.zip"} | members
    for name, content in plain.items():
        assert healthy.client_secret.encode() not in content, name
        assert not re.search(rb"eyJ[A-Za-z0-9_-]{8,}\.eyJ", content), name


def test_a_secret_that_the_supplier_sends_back_is_not_recorded(tmp_path: Path) -> None:
    secret = "Example Trust Records 17"
    with Served(static_bearer=secret.replace(" ", "-")) as served:
        assert build(served.switches)
        place = site(tmp_path, served, identity='kind = "bearer"\nsecret-env = "SUPPLIER_SECRET"')
        place.env["SUPPLIER_SECRET"] = secret.replace(" ", "-")
        done = place.run("run", *FAST, "-q", "-o", "json:report.json")
    assert done.returncode == 0, done.stderr
    for path in ("recording.zip", "report.json"):
        assert secret.replace(" ", "-").encode() not in place.path(path).read_bytes()


LIVE = "4" + "000000004"  # built here: no number that may have been issued is written down


def test_a_number_that_may_be_a_living_patients_is_not_stored(tmp_path: Path, healthy: Served) -> None:
    patient = {
        "resourceType": "Patient",
        "id": "p1",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": LIVE}],
    }
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": 1, "entry": [{"resource": patient}]}
    with odd_server(tmp_path, lambda handler: send(handler, json.dumps(bundle).encode())) as odd:
        (tmp_path / "supplier.toml").write_text(supplier_text(odd.base_url, ca=odd.ca), "utf-8")
        done = run("run", *FAST, *OUTPUTS, "--only", "FHIR-READ-001", cwd=tmp_path)
    assert done.returncode == 3
    assert outcomes(report(tmp_path / "report.json")) == {"FHIR-READ-001": "inconclusive(unsafe)"}
    for name in ("recording.zip", "report.json", "out.xml"):
        assert LIVE.encode() not in (tmp_path / name).read_bytes()
    assert LIVE not in done.stdout + done.stderr
