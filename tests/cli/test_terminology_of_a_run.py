"""A run that asks a terminology server: what is asked, what is sealed, and that judging needs the recording alone."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from fixtures.supplier.serve import Served
from tests.cli.definition_packages import CONDITION, OF_DISEASES, as_archive
from tests.cli.in_process import here
from tests.cli.support import FAST, Site, closed_port, report, run, said_in_three_lines, site, verdict
from tests.cli.terminology_server import terminology_server
from tests.probes.test_terminology import DISEASES, SNOMED

ROW = "UKCORE-CON-001"
PROFILE = ("-p", "uk-core-stu3-draft", "--only", ROW)


def condition(number: int, code: str, display: str = "") -> dict[str, Any]:
    """A condition that conforms, as far as is known without a server."""
    coding = {"system": SNOMED, "code": code, **({"display": display} if display else {})}
    status = {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}
    return {
        "resourceType": "Condition",
        "id": f"c{number}",
        "meta": {"profile": [CONDITION]},
        "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">A condition</div>'},
        "clinicalStatus": {"coding": [status]},
        "code": {"coding": [coding]},
        "subject": {"reference": "Patient/p1"},
    }


def put(folder: Path, *resources: dict[str, Any]) -> None:
    """An export of them, and the package that binds their code to a value set."""
    (folder / "export").mkdir()
    text = "".join(json.dumps(one) + "\n" for one in resources)
    (folder / "export" / "Condition.ndjson").write_text(text, "utf-8")
    as_archive(folder / "diseases.tgz", "example.diseases", "1.0.0", OF_DISEASES)


def of_export(folder: Path, *more: str, by: Any = here) -> dict[str, Any]:
    """The report of a run over the export in that folder."""
    given = (
        "--artefact",
        "export=export",
        "--package",
        "diseases.tgz",
        "--overwrite",
        "-q",
        *FAST,
        "-o",
        "json:run.json",
    )
    done = by("run", *PROFILE, *given, *more, cwd=folder)
    assert done.returncode == 3, done.stderr
    return report(folder / "run.json")


def answers(recording: Path) -> list[dict[str, Any]]:
    """What terminology servers answered, as it stands in the recording."""
    with zipfile.ZipFile(recording) as archive:
        items = [json.loads(line) for line in archive.read("evidence.ndjson").splitlines()]
    return [item["payload"] for item in items if item["kind"] == "terminology-answer"]


RIGHT = (condition(1, "73211009", "Diabetes mellitus"), condition(2, "38341003"), condition(3, "73211009"))


def test_what_is_open_is_asked_once_and_judged_from_the_recording(tmp_path: Path) -> None:
    put(tmp_path, *RIGHT)
    open_before = verdict(of_export(tmp_path), ROW)
    assert open_before["outcome"] == "pass"
    assert f"6 of {SNOMED}" in open_before["why"][0]
    assert answers(tmp_path / "recording.zip") == []
    with terminology_server() as server:
        said = of_export(tmp_path, "--terminology", server.base, by=run)
        asked = [json.dumps(one) for body in server.bodies for one in json.loads(body)["entry"]]
        assert len(asked) == len(set(asked))
        assert set(server.codes) == {"73211009", "38341003"}
        sent = b"".join(server.bodies)
        assert b"Patient/p1" not in sent
        assert b"clinicalStatus" not in sent
    assert verdict(said, ROW)["outcome"] == "pass"
    assert f"3 of {SNOMED}" in verdict(said, ROW)["why"][0]  # the value set of UK Core is not known there
    (sealed,) = answers(tmp_path / "recording.zip")
    assert sealed["server"] == server.base
    assert {one["question"]["code"] for one in sealed["answers"] if one["known"]} == {"73211009", "38341003"}
    # The server is gone: the recording alone decides, and gives the same bytes.
    given = ("--package", "diseases.tgz")
    assert run("judge", "recording.zip", *PROFILE, *given, "-o", "json:again.json", cwd=tmp_path).returncode == 3
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "run.json").read_bytes()
    assert here("judge", "recording.zip", *PROFILE, "-o", "json:bare.json", cwd=tmp_path).returncode == 3
    assert (tmp_path / "bare.json").read_bytes() == (tmp_path / "run.json").read_bytes()


def test_a_code_that_the_server_says_is_not_in_the_value_set_is_a_finding(tmp_path: Path) -> None:
    put(tmp_path, *RIGHT, condition(4, "260152009"))
    with terminology_server() as server:
        said = verdict(of_export(tmp_path, "--terminology", server.base), ROW)
    assert said["outcome"] == "fail"
    (finding,) = said["findings"]
    assert "[coding-not-in-value-set, condition]" in finding["message"]
    assert finding["count"] == 1
    assert finding["place"].endswith("#/code")
    given = ("--package", "diseases.tgz")
    here("judge", "recording.zip", *PROFILE, *given, "-o", "json:again.json", cwd=tmp_path)
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "run.json").read_bytes()


@pytest.mark.parametrize(("status", "garbage"), [(401, b""), (200, b"<html>")])
def test_a_server_that_does_not_do_its_part_changes_no_verdict(tmp_path: Path, status: int, garbage: bytes) -> None:
    put(tmp_path, *RIGHT)
    with terminology_server() as server:
        server.status, server.garbage = status, garbage
        said = of_export(tmp_path, "--terminology", server.base)
    assert f"6 of {SNOMED}" in verdict(said, ROW)["why"][0]
    assert (verdict(said, ROW)["outcome"], said["exit_code"]) == ("pass", 3)
    (note,) = [one for one in said["warnings"] if "terminology server" in one.lower()]
    assert "not verified" in note


def test_a_server_that_is_down_is_tried_no_more_than_twice(tmp_path: Path) -> None:
    put(tmp_path, *(condition(number, f"{number}000007") for number in range(250)))
    with terminology_server() as server:
        server.status = 503
        of_export(tmp_path, "--terminology", server.base)
        assert len(server.bodies) == 2
        server.bodies.clear()
        done = here("validate", "export", "--terminology", server.base, "--format", "ndjson", cwd=tmp_path)
        assert len(server.bodies) == 2
        assert done.stderr.count("503") == 1
    nobody = f"http://127.0.0.1:{closed_port()}/fhir"
    (note,) = [one for one in of_export(tmp_path, "--terminology", nobody)["warnings"] if nobody in one]
    assert "refused" in note


def test_answers_of_an_endpoint_are_asked_about_too(tmp_path: Path, healthy: Served) -> None:
    picked = ("-p", "uk-core-stu3-draft", "--only", "UKCORE-GEN-002", "--only", "UKCORE-CAP-001")
    place: Site = site(tmp_path, healthy, artefacts={})
    with terminology_server() as server:
        given = (*picked, *FAST, "-q", "--terminology", server.base, "-o", "json:run.json")
        here("run", *given, cwd=tmp_path, env=place.env)
        assert server.codes
    here("judge", "recording.zip", *picked, "-o", "json:again.json", cwd=tmp_path)
    assert place.path("again.json").read_bytes() == place.path("run.json").read_bytes()
    assert {one["question"]["code"] for one in answers(place.path("recording.zip"))[0]["answers"]} == set(server.codes)
    said = verdict(place.report("run.json"), "UKCORE-GEN-002")
    assert any("[coding-unknown]" in one["message"] for one in said["findings"])


def test_a_resume_asks_for_what_was_not_answered(tmp_path: Path) -> None:
    put(tmp_path, *RIGHT)
    nobody = f"https://127.0.0.1:{closed_port()}/fhir"
    files = ("--artefact", "export=export")
    more = ("--base-url", nobody, *FAST, "-q", *PROFILE, "--only", "UKCORE-CAP-001")
    given = (*files, "--package", "diseases.tgz", *more)
    with terminology_server() as server:
        begun = here("collect", *given, "--terminology", server.base, cwd=tmp_path)
        assert begun.returncode == 3, begun.stderr
        assert f"--terminology {server.base}" in begun.stderr
        assert "--package diseases.tgz" in begun.stderr
        first = len(server.codes)
        without = here("collect", "--resume", *files, *more, cwd=tmp_path)
        assert without.returncode == 2
        said_in_three_lines(without, "--package", "example.diseases#1.0.0 (sha256 ")
        again = here("collect", "--resume", *given, "--terminology", server.base, cwd=tmp_path)
        assert again.returncode == 3, again.stderr
        assert len(server.codes) == first > 0
    assert len(answers(tmp_path / "recording.zip")) == 1


def test_the_plan_shows_that_a_third_party_would_be_asked(tmp_path: Path) -> None:
    put(tmp_path, *RIGHT)
    url = "https://terminology.example/fhir"
    done = here("plan", *PROFILE, "--artefact", "export=export", "--terminology", url, cwd=tmp_path)
    assert done.returncode == 0
    (line,) = [one for one in done.stdout.splitlines() if one.startswith("terminology server")]
    assert [url, "S1", "500"] == line.split()[2:5]
    assert "never a resource" in done.stdout
    without = here("plan", "-p", "nhs-number", "--artefact", "export=export", "--terminology", url, cwd=tmp_path)
    assert "terminology server" not in without.stdout


def test_an_address_that_cannot_be_used_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    put(tmp_path, *RIGHT)
    for url in ("tx.nhs.uk", "https://user:secret@tx.nhs.uk/fhir"):
        done = here("run", *PROFILE, "--artefact", "export=export", "--terminology", url, cwd=tmp_path)
        assert done.returncode == 2
        said_in_three_lines(done, "--terminology")
        assert "secret" not in done.stderr
    quiet = ("--terminology", "https://tx.nhs.uk/fhir", "--safety", "S0")
    done = here("run", *PROFILE, "--artefact", "export=export", *quiet, cwd=tmp_path)
    assert done.returncode == 2
    said_in_three_lines(done, "S1")
    assert not (tmp_path / "recording.zip").exists()


def test_the_supplier_file_names_the_server_and_the_packages(tmp_path: Path) -> None:
    put(tmp_path, *RIGHT)
    with terminology_server() as server:
        (tmp_path / "supplier.toml").write_text(
            '[supplier]\nname = "Example"\n[[artefact]]\nid = "export"\nkind = "export"\npath = "export"\n'
            f'[definitions]\npackages = ["diseases.tgz"]\nterminology = "{server.base}"\n',
            "utf-8",
        )
        done = here("run", *PROFILE, "-q", "-o", "json:run.json", cwd=tmp_path)
        assert done.returncode == 3, done.stderr
        assert "73211009" in server.codes
        assert DISEASES.encode() in server.bodies[0]
    assert "package example.diseases#1.0.0" in report(tmp_path / "run.json")["inputs"]
