"""``checker validate`` as a process: what is read, what is said, and the exit code."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import COMMAND, Completed, environment, is_red, junit, run, said_in_three_lines

UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"
RIGHT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "right",
    "meta": {"profile": [UK_CORE]},
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Ann Test</div>'},
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
    "name": [{"use": "official", "family": "Test", "given": ["Ann"]}],
    "gender": "female",
    "birthDate": "1970-02-28",
}
WRONG: dict[str, Any] = {**RIGHT, "id": "wrong", "birthDate": "1970-02-30", "gender": "w"}
ONLY_TALL = {
    "resourceType": "StructureDefinition",
    "id": "named",
    "url": "https://example.nhs.uk/StructureDefinition/named",
    "name": "Named",
    "status": "active",
    "fhirVersion": "4.0.1",
    "kind": "resource",
    "abstract": False,
    "type": "Patient",
    "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
    "derivation": "constraint",
    "differential": {"element": [{"id": "Patient.telecom", "path": "Patient.telecom", "min": 1}]},
}


def put(folder: Path, name: str, resource: object) -> Path:
    place = folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(resource), "utf-8")
    return place


def lines(done: Completed) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_valid_patient(tmp_path: Path) -> None:
    put(tmp_path, "right.json", RIGHT)
    done = run("validate", "right.json", "--structure-definition", UK_CORE, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 resource: 1 valid, 0 invalid." in done.stdout
    assert "ukcore" in done.stdout.lower()
    assert "Patient.telecom" in done.stdout, "must-support elements are counted"


def test_a_wrong_patient_is_told_what_is_wrong_where_and_how_to_mend_it(tmp_path: Path) -> None:
    put(tmp_path, "wrong.json", WRONG)
    done = run("validate", "wrong.json", cwd=tmp_path)
    assert done.returncode == 1
    for words in ("Patient.birthDate", "1970-02-30", "Patient.gender", "male | female | other | unknown", "mend:"):
        assert words in done.stdout
    assert "line 1, column" in done.stdout


def test_ndjson_has_one_line_for_each_resource(tmp_path: Path) -> None:
    (tmp_path / "in.ndjson").write_text(f"{json.dumps(RIGHT)}\n\n{json.dumps(WRONG)}\nnot json\n")
    done = run("validate", "in.ndjson", "--format", "ndjson", cwd=tmp_path)
    assert done.returncode == 1
    right, wrong, broken = lines(done)
    assert (right["source"], right["line"], right["resourceType"], right["id"]) == ("in.ndjson", 1, "Patient", "right")
    assert right["valid"] is True
    assert (wrong["line"], wrong["valid"]) == (3, False)
    assert {issue["path"] for issue in wrong["issues"]} == {"Patient.birthDate", "Patient.gender"}
    assert {issue["line"] for issue in wrong["issues"]} == {3}
    assert (broken["line"], broken["resourceType"], broken["valid"]) == (4, None, False)
    assert broken["issues"][0]["severity"] == "fatal"
    assert set(wrong["issues"][0]) >= {"severity", "rule", "path", "message", "definition"}


def test_a_folder_an_archive_gzip_and_stdin_are_read(tmp_path: Path) -> None:
    put(tmp_path, "in/a.json", RIGHT)
    put(tmp_path, "in/deeper/b.json", WRONG)
    (tmp_path / "in/readme.txt").write_text("no FHIR")
    (tmp_path / "in/c.json.gz").write_bytes(gzip.compress(json.dumps(RIGHT).encode()))
    with zipfile.ZipFile(tmp_path / "in/d.zip", "w") as archive:
        archive.writestr("inside.json", json.dumps(RIGHT))
    done = subprocess.run(
        [*COMMAND, "validate", "in", "-", "--format", "ndjson"],
        cwd=tmp_path,
        env=environment(),
        input=json.dumps(WRONG).encode(),
        capture_output=True,
        timeout=60,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["source"], one["valid"]) for one in found] == [
        ("in/a.json", True),
        ("in/c.json.gz", True),
        ("in/d.zip!/inside.json", True),
        ("in/deeper/b.json", False),
        ("-", False),
    ]
    assert done.returncode == 1


def test_workers_give_the_same_bytes(tmp_path: Path) -> None:
    text = "".join(json.dumps({**(WRONG if n % 3 else RIGHT), "id": f"p{n}"}) + "\n" for n in range(30))
    (tmp_path / "in.ndjson").write_text(text)
    alone = run("validate", "in.ndjson", "--format", "json", "--workers", "1", cwd=tmp_path)
    together = run("validate", "in.ndjson", "--format", "json", "--workers", "2", cwd=tmp_path)
    assert alone.returncode == together.returncode == 1
    assert alone.stdout == together.stdout
    document = json.loads(alone.stdout)
    assert document["summary"]["resources"] == 30
    assert document["summary"]["invalid"] == 20


def test_nothing_to_judge_is_not_a_pass(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run("validate", "empty", "--format", "junit", "-o", "out.xml", cwd=tmp_path)
    assert done.returncode == 3
    assert is_red(tmp_path / "out.xml")


def test_a_file_that_is_missing_is_inconclusive_beside_one_that_is_valid(tmp_path: Path) -> None:
    put(tmp_path, "right.json", RIGHT)
    done = run("validate", "right.json", "missing.json", "--format", "junit", "-o", "out.xml", cwd=tmp_path)
    assert done.returncode == 3
    assert "missing.json" in done.stderr
    assert {case.kind for case in junit(tmp_path / "out.xml")} == {"pass", "error"}


@pytest.mark.parametrize(("resource", "code"), [(RIGHT, 0), (WRONG, 1)])
def test_junit_is_red_exactly_when_the_exit_code_is_not_zero(tmp_path: Path, resource: object, code: int) -> None:
    put(tmp_path, "in.json", resource)
    done = run("validate", "in.json", "--format", "junit", "-o", "out.xml", cwd=tmp_path)
    assert done.returncode == code
    assert is_red(tmp_path / "out.xml") is bool(code)


def test_operation_outcome_is_fhir_by_a_library_that_is_not_ours(tmp_path: Path) -> None:
    from fhir.resources.R4B.bundle import Bundle

    put(tmp_path, "in/a.json", RIGHT)
    put(tmp_path, "in/b.json", WRONG)
    done = run("validate", "in", "--format", "operationoutcome", cwd=tmp_path)
    bundle = Bundle.model_validate_json(done.stdout).model_dump()
    first, second = (entry["resource"] for entry in bundle["entry"])
    assert [issue["severity"] for issue in first["issue"]] == ["information"]
    assert {issue["expression"][0] for issue in second["issue"]} == {"Patient.birthDate", "Patient.gender"}
    again = run("validate", "-", "--format", "ndjson", cwd=tmp_path)
    assert again.returncode == 3, "nothing on stdin"
    (tmp_path / "outcome.json").write_text(done.stdout)
    ours = run("validate", "outcome.json", cwd=tmp_path)
    assert "0 invalid" in ours.stdout, ours.stdout


def test_a_structure_definition_that_is_not_held_is_a_usage_fault(tmp_path: Path) -> None:
    put(tmp_path, "right.json", RIGHT)
    asked = UK_CORE.replace("Patient", "Patent")
    done = run("validate", "right.json", "--structure-definition", asked, cwd=tmp_path)
    assert done.returncode == 2
    said_in_three_lines(done, asked, UK_CORE)


def test_a_package_by_folder_by_file_and_broken(tmp_path: Path) -> None:
    put(tmp_path, "right.json", RIGHT)
    put(tmp_path, "package/StructureDefinition-named.json", ONLY_TALL)
    put(tmp_path, "package/package.json", {"name": "example.named", "version": "1.0.0", "fhirVersions": ["4.0.1"]})
    asked = ("--structure-definition", ONLY_TALL["url"], "--format", "ndjson")
    done = run("validate", "right.json", "--package", ".", *map(str, asked), cwd=tmp_path)
    (found,) = lines(done)
    assert [(issue["path"], issue["definition"]) for issue in found["issues"]] == [
        ("Patient.telecom", ONLY_TALL["url"])
    ]
    (tmp_path / "broken.tgz").write_bytes(b"\x1f\x8b no package")
    broken = run("validate", "right.json", "--package", "broken.tgz", cwd=tmp_path)
    assert broken.returncode == 2
    said_in_three_lines(broken, "broken.tgz")


def test_fhirpath(tmp_path: Path) -> None:
    put(tmp_path, "right.json", RIGHT)
    done = run("validate", "right.json", "--fhirpath", "name.given | birthDate + 1 year", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "Ann\n1971-02-28\n")
    typed = run("validate", "right.json", "--fhirpath", "gender | 1.50", "--format", "ndjson", cwd=tmp_path)
    (line,) = lines(typed)
    assert line["result"] == [
        {"type": "code", "value": "female", "path": "Patient.gender"},
        {"type": "System.Decimal", "value": "1.50"},
    ]
    for expression in ("name.(", "name.foo()"):
        refused = run("validate", "right.json", "--fhirpath", expression, cwd=tmp_path)
        assert refused.returncode == 2
        said_in_three_lines(refused)


def test_warnings_fail_only_when_they_are_asked_to(tmp_path: Path) -> None:
    claimed = {**RIGHT, "meta": {"profile": ["https://example.nhs.uk/StructureDefinition/nobody-has-it"]}}
    put(tmp_path, "in.json", claimed)
    assert run("validate", "in.json", cwd=tmp_path).returncode == 0
    assert run("validate", "in.json", "--fail-on", "warning", cwd=tmp_path).returncode == 1
    put(tmp_path, "in.json", WRONG)
    assert run("validate", "in.json", "--fail-on", "never", cwd=tmp_path).returncode == 0


def test_what_hides_in_a_resource_does_not_steer_the_terminal(tmp_path: Path) -> None:
    put(tmp_path, "in.json", {**RIGHT, "gender": "\x1b[2J\u202efemale"})
    done = run("validate", "in.json", cwd=tmp_path)
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout


# A package server ------------------------------------------------------------------------------


def packed() -> bytes:
    """The package as a server has it."""
    manifest = {"name": "example.named", "version": "1.2.0", "fhirVersions": ["4.0.1"]}
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        for name, content in (("package.json", manifest), ("StructureDefinition-named.json", ONLY_TALL)):
            data = json.dumps(content).encode()
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return held.getvalue()


class _Registry(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        found = {
            "/example.named": json.dumps({"versions": {"1.0.0": {}, "1.2.0": {}}}).encode(),
            "/example.named/1.2.0": packed(),
        }.get(self.path)
        if self.path == "/example.named/1.0.0":
            self.send_response(302)
            self.send_header("Location", "http://elsewhere.invalid/x.tgz")
            self.end_headers()
            return
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(found or b"")))
        self.end_headers()
        self.wfile.write(found or b"")

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def registry() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Registry,), {"asked": asked}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()


def test_a_package_by_name_is_fetched_once_and_then_kept(tmp_path: Path) -> None:
    put(tmp_path, "right.json", RIGHT)
    common = ("--structure-definition", str(ONLY_TALL["url"]), "--format", "ndjson", "--package-cache", "cache")
    with registry() as (url, asked):
        done = run(
            "validate", "right.json", "--package", "example.named@1.2.x", "--package-server", url, *common, cwd=tmp_path
        )
        assert done.returncode == 1, done.stderr
        assert [issue["path"] for issue in lines(done)[0]["issues"]] == ["Patient.telecom"]
        assert asked == ["/example.named", "/example.named/1.2.0"]
    offline = run("validate", "right.json", "--package", "example.named@1.2.0", *common, cwd=tmp_path)
    assert offline.stdout == done.stdout


def test_a_package_that_is_not_to_be_had_says_why(tmp_path: Path) -> None:
    put(tmp_path, "right.json", RIGHT)
    with registry() as (url, _):
        for name, words in (
            ("nobody.has@1.0.0", "404"),
            ("example.named@1.0.0", "elsewhere.invalid"),
            ("example.named@9.x", "9.x"),
        ):
            done = run("validate", "right.json", "--package", name, "--package-server", url, cwd=tmp_path)
            assert done.returncode == 2
            said_in_three_lines(done, words)
    down = run("validate", "right.json", "--package", "example.named@1.2.0", "--package-server", url, cwd=tmp_path)
    assert down.returncode == 2
    unnamed = run("validate", "right.json", "--package", "example.named@1.2.0", cwd=tmp_path)
    said_in_three_lines(unnamed, "--package-server")


def test_a_structure_definition_is_named_by_the_end_of_its_canonical(tmp_path: Path) -> None:
    put(tmp_path, "right.json", RIGHT)
    done = run("validate", "right.json", "--structure-definition", "UKCore-Patient", "--format", "ndjson", cwd=tmp_path)
    assert done.returncode == 0
    assert any(one.startswith(UK_CORE) for one in lines(done)[0]["structureDefinitions"])
    wrong = run("validate", "right.json", "--structure-definition", "UKCore-Patint", cwd=tmp_path)
    assert wrong.returncode == 2
    assert f"Did you mean {UK_CORE}?" in wrong.stderr


def test_values_are_quoted_as_they_stand_and_equal_issues_stand_together(tmp_path: Path) -> None:
    contact = {"gender": "m", "name": {"text": "Ann"}}
    put(tmp_path, "wrong.json", {**RIGHT, "gender": "m", "contact": [contact] * 9, "link": [{}]})
    done = run("validate", "wrong.json", cwd=tmp_path)
    assert "'m' is not in the value set" in done.stdout
    assert done.stdout.count("Patient.contact[") == 6
    assert "and 3 more" in done.stdout
    assert all(len(line) <= 100 for line in done.stdout.splitlines() if "://" not in line)


def test_an_invariant_is_said_in_words_with_its_test_beside(tmp_path: Path) -> None:
    put(tmp_path, "wrong.json", {**RIGHT, "contact": [{"gender": "male"}]})
    done = run("validate", "wrong.json", cwd=tmp_path)
    assert "pat-1: a contact needs a name, telecom, address or organization." in done.stdout
    assert "test:    name.exists()" in done.stdout
    explained = run("explain", "pat-1", cwd=tmp_path)
    assert explained.returncode == 0
    assert "How to mend: Add contact.name" in explained.stdout


def test_the_last_line_says_what_the_exit_code_means_whatever_was_asked(tmp_path: Path) -> None:
    put(tmp_path, "wrong.json", WRONG)
    put(tmp_path, "bare.json", {key: value for key, value in RIGHT.items() if key != "text"})
    never = run("validate", "wrong.json", "--fail-on", "never", cwd=tmp_path)
    assert never.returncode == 0
    assert "everything that was read is valid" not in never.stdout
    strict = run("validate", "bare.json", "--fail-on", "warning", cwd=tmp_path)
    assert strict.returncode == 1
    assert "something has a warning" in strict.stdout


def test_many_resources_are_summed_by_rule(tmp_path: Path) -> None:
    for name in ("one.json", "two.json"):
        put(tmp_path, name, WRONG)
    done = run("validate", ".", cwd=tmp_path)
    assert "2  error        primitive-date-time" in done.stdout


def test_the_worst_issue_is_the_one_that_a_case_shows(tmp_path: Path) -> None:
    bare = {key: value for key, value in WRONG.items() if key != "text"}
    put(tmp_path, "bare.json", bare)
    run("validate", "bare.json", "--format", "junit", "-o", "out.xml", cwd=tmp_path)
    assert '<failure type="coding-not-in-value-set" message="error Patient.' in (tmp_path / "out.xml").read_text()


def test_a_file_that_is_no_json_is_an_operation_outcome_without_expression(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"resourceType": "Patient",}')
    done = run("validate", "bad.json", "--format", "operationoutcome", cwd=tmp_path)
    [issue] = json.loads(done.stdout)["issue"]
    assert issue["severity"] == "fatal"
    assert "expression" not in issue
