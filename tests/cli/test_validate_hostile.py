"""``checker validate`` as a process, where files, names, streams and packages are not as they should be."""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from checker.model.supplier import Limits
from checker.probes.source.inputs import Inputs
from tests.cli.support import COMMAND, environment, run, said_in_three_lines
from tests.cli.test_validate import ONLY_TALL, registry

PATIENT: dict[str, Any] = {"resourceType": "Patient", "name": [{"family": "Test"}]}

ORPHAN = "https://example.nhs.uk/StructureDefinition/orphan"


def shell(line: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command line by a shell; ``checker`` is ours. The exit code is that of the checker."""
    script = f'checker() {{ {" ".join(COMMAND)} "$@"; }}; set -o pipefail; {line}'
    return subprocess.run(
        ["bash", "-c", script], cwd=cwd, env=environment(), capture_output=True, text=True, timeout=60
    )


def put(folder: Path, name: str, *resources: object) -> None:
    (folder / name).write_text("".join(json.dumps(one) + "\n" for one in resources))


@pytest.mark.parametrize("closed", ["<&-", "<&- >&- 2>&-"])
def test_closed_streams_change_no_exit_code(tmp_path: Path, closed: str) -> None:
    put(tmp_path, "right.json", PATIENT)
    assert shell(f"checker validate right.json {closed}", tmp_path).returncode == 0
    put(tmp_path, "wrong.json", {"resourceType": "Patient", "gender": "w"})
    assert shell(f"checker validate wrong.json {closed}", tmp_path).returncode == 1


def test_a_reader_that_goes_away_ends_the_run_as_inconclusive_and_quietly(tmp_path: Path) -> None:
    put(tmp_path, "in.ndjson", *[PATIENT] * 2_000)
    done = shell("checker validate in.ndjson --format ndjson | head -n 1", tmp_path)
    assert (done.returncode, done.stderr) == (3, "")
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_an_output_that_is_full_is_told(tmp_path: Path) -> None:
    put(tmp_path, "right.json", PATIENT)
    done = shell("checker validate right.json > /dev/full", tmp_path)
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs named pipes")
def test_an_output_that_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    put(tmp_path, "right.json", PATIENT)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    done = run("validate", "right.json", "-o", "pipe", cwd=tmp_path)
    reader.join(20)
    assert done.returncode == 0
    assert pipe.is_fifo()
    assert b"1 valid" in read[0]


@pytest.mark.skipif(sys.platform != "linux", reason="needs file names that are not UTF-8")
@pytest.mark.parametrize("form", ["json", "junit", "operationoutcome"])
def test_a_file_name_that_is_not_utf_8_is_told_in_every_format(tmp_path: Path, form: str) -> None:
    (tmp_path / "in").mkdir()
    (Path(os.fsdecode(bytes(tmp_path / "in") + b"/a\xff.json"))).write_text(json.dumps(PATIENT))
    done = run("validate", "in", "--format", form, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "\\xff.json" in done.stdout.replace("\\\\", "\\")


def test_an_operation_outcome_for_what_cannot_be_read(tmp_path: Path) -> None:
    broken = [b"", b"\xff\xfe{\0}\0", b"{", b"[1]", b"<", b'<!DOCTYPE a><Patient xmlns="x"/>']
    for number, data in enumerate(broken):
        (tmp_path / f"{number}.json").write_bytes(data)
    done = run("validate", ".", "--format", "operationoutcome", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    outcomes = [entry["resource"]["issue"] for entry in json.loads(done.stdout)["entry"]]
    assert [issues[0]["severity"] for issues in outcomes] == ["fatal"] * len(broken)
    assert all("" not in issue.get("expression", ()) for issues in outcomes for issue in issues)


def _wait_for_workers(parent: int, number: int) -> None:
    """Until the work is under way: so many children."""
    for _ in range(600):
        if len(Path(f"/proc/{parent}/task/{parent}/children").read_text().split()) >= number:
            return
        time.sleep(0.05)
    raise AssertionError("no worker was ever started")


@pytest.mark.parametrize("module", ["click", "checker.cli.app", "checker.cli.outputs"])
def test_ctrl_c_while_modules_are_read_ends_quietly_too(tmp_path: Path, module: str) -> None:
    finder = f"""
import sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting())
from checker.cli import main
main(["list", "profiles"])
"""
    done = subprocess.run(
        [sys.executable, "-c", finder], cwd=tmp_path, env=environment(), capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (130, b"")
    assert done.stderr.startswith(b"checker: Interrupted.")
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_ctrl_c_ends_workers_at_once_and_quietly(tmp_path: Path) -> None:
    put(tmp_path, "in.ndjson", *[PATIENT] * 40_000)
    with subprocess.Popen(
        [*COMMAND, "validate", "in.ndjson", "--format", "ndjson", "--workers", "2", "-o", "out.ndjson"],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        _wait_for_workers(process.pid, 2)
        os.killpg(process.pid, signal.SIGINT)
        told = process.communicate(timeout=20)[1]
    assert process.returncode == 130
    assert told.strip() == b"checker: Interrupted."
    assert os.listdir(tmp_path) == ["in.ndjson"], "half an output is no output"


@pytest.mark.parametrize("at", [1, 30, 55, 56, 57, 58, 80])
def test_lines_are_told_from_a_document_wherever_a_block_ends(at: int) -> None:
    text = b'{"resourceType":"Patient","name":[{"family":"Test"}]}\n' * 2
    found = list(Inputs(["-"], Limits(), [text[:at], text[at:]]))
    assert [(one.line, one.data) for one in found] == [(1, text.splitlines()[0]), (2, text.splitlines()[0])]


def _zipped(**members: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.json", data)
    return held.getvalue()


@pytest.mark.parametrize("size", [1, 3, 7, 10_000])
def test_gzip_and_zip_are_unpacked_from_a_stream(size: int) -> None:
    text = json.dumps(PATIENT).encode()

    def streamed(data: bytes) -> list[tuple[str, int, bytes]]:
        inputs = Inputs(["-"], Limits(), [data[at : at + size] for at in range(0, len(data), size)])
        found = [(one.source, one.line, one.data) for one in inputs]
        assert inputs.unreadable == []
        return found

    assert streamed(gzip.compress(text)) == [("-", 1, text)]
    assert streamed(gzip.compress(text + b"\n" + text)) == [("-", 1, text), ("-", 2, text)]
    assert streamed(_zipped(a=text, b=text)) == [("-!/a.json", 1, text), ("-!/b.json", 1, text)]


def test_a_bomb_or_what_is_damaged_is_refused_on_a_stream_as_in_a_file(tmp_path: Path) -> None:
    spaces = b" " * (70 << 20)
    text = json.dumps(PATIENT).encode()
    bomb = gzip.compress(spaces, compresslevel=1)
    expands = "expands to more than 200 times its size"
    cases = [
        (bomb, "", expands),
        (_zipped(a=spaces), "!/a.json", expands),
        (gzip.compress(text)[:-9], "", "the gzip data ends too early"),
        (gzip.compress(text)[:20] + b"\0" * 40, "", "the gzip data is damaged"),
        (_zipped(a=text)[:60], "", "the zip archive is damaged"),
    ]
    for number, (data, member, reason) in enumerate(cases):
        limits = Limits(max_resource_bytes=2 << 30)
        file = tmp_path / f"{number}.bin"
        file.write_bytes(data)
        for source in ("-", str(file)):
            inputs = Inputs([source], limits, [data])
            assert list(inputs) == []
            assert [(one.locator.path, one.reason) for one in inputs.unreadable] == [(source + member, reason)]


@pytest.mark.skipif(sys.platform == "win32", reason="needs bash")
def test_what_a_shell_makes_of_a_command_is_read(tmp_path: Path) -> None:
    put(tmp_path, "right.json", PATIENT)
    done = shell("checker validate <(gzip -c right.json) --format ndjson", tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["valid"] is True


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--package", "junk.tgz"], "it is not packed with gzip"),
        (["--package", "nowhere"], "There is no file or folder nowhere"),
        (["--package", "right.json"], "nothing in it has a canonical url"),
        (
            ["--structure-definition", "ukcore-PATIENT"],
            "Did you mean https://fhir.hl7.org.uk/StructureDefinition/UKCore-P",
        ),
        (["--structure-definition", "http://hl7.org/fhir/ValueSet/administrative-gender"], "is no StructureDefinition"),
        (["--structure-definition", "UKCore-Patient|9.9"], "is not held in that version (version 2.6.1 is)"),
        (["--terminology", "localhost:8080/fhir"], "'localhost:8080/fhir' is no http or https URL"),
        (["--package", "a@1.0.0", "--package-server", "packages"], "'packages' is no http or https URL"),
        (["--package", "orphan.json", "--structure-definition", ORPHAN], "Mend the definition, or give the packages"),
    ],
)
def test_an_option_that_cannot_be_used_is_told_with_what_to_do(tmp_path: Path, arguments: list[str], said: str) -> None:
    put(tmp_path, "right.json", PATIENT)
    put(tmp_path, "orphan.json", {**ONLY_TALL, "url": ORPHAN, "baseDefinition": "https://example.nhs.uk/none"})
    (tmp_path / "junk.tgz").write_text("junk")
    done = run("validate", "right.json", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    said_in_three_lines(done)


def test_a_claim_to_a_definition_that_cannot_be_used_is_told_from_one_that_is_not_held(tmp_path: Path) -> None:
    put(tmp_path, "orphan.json", {**ONLY_TALL, "url": ORPHAN, "baseDefinition": "https://example.nhs.uk/none"})
    put(tmp_path, "right.json", {**PATIENT, "meta": {"profile": [ORPHAN]}})
    done = run("validate", "right.json", "--package", "orphan.json", cwd=tmp_path)
    assert f"The StructureDefinition '{ORPHAN}' cannot be used" in done.stdout
    assert f"definition problem in {ORPHAN}" in done.stdout


def test_the_manifest_of_an_export_or_a_package_in_a_folder_is_no_resource(tmp_path: Path) -> None:
    put(tmp_path, "manifest.json", {"transactionTime": "2026-01-01T00:00:00Z", "output": []})
    put(tmp_path, "package.json", {"name": "a.b", "version": "1.0.0"})
    put(tmp_path, "right.json", PATIENT)
    done = run("validate", ".", "--format", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert [text.rpartition(": ")[2] for text in json.loads(done.stdout)["summary"]["skipped"]] == [
        "the manifest of an export, not a resource",
        "the manifest of a package, not a resource",
    ]
    put(tmp_path, "manifest.json", PATIENT)
    assert len(list(Inputs([str(tmp_path)], Limits()))) == 2, "a resource is read whatever its name"


def test_what_is_empty_or_a_web_page_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_bytes(b"\n")
    (tmp_path / "page.json").write_text("<!DOCTYPE html><html><body>404</body></html>")
    empty = run("validate", "empty.json", cwd=tmp_path)
    page = run("validate", "page.json", cwd=tmp_path)
    assert empty.returncode == page.returncode == 1
    assert "The file is empty." in empty.stdout
    assert "line and column" not in empty.stdout
    assert "This is an HTML page, not FHIR." in page.stdout


def test_what_an_expression_gives_is_written_to_the_output(tmp_path: Path) -> None:
    put(tmp_path, "right.json", PATIENT)
    done = run("validate", "right.json", "--fhirpath", "name.family", "-o", "out.txt", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / "out.txt").read_text() == "Test\n"


def test_what_a_package_says_does_not_steer_the_terminal(tmp_path: Path) -> None:
    put(tmp_path, "right.json", {**PATIENT, "meta": {"profile": ["http://example.org/StructureDefinition/\x1b[2J"]}})
    steering = {
        "resourceType": "StructureDefinition",
        "url": "http://example.org/StructureDefinition/\x1b[2J",
        "name": "Steering",
        "status": "draft",
        "kind": "resource",
        "abstract": False,
        "type": "Patient",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
        "derivation": "constraint",
        "differential": {
            "element": [
                {"id": "Patient.photo\x1b[1A", "path": "Patient.photo", "min": 1, "mustSupport": True},
                {"id": "Patient.nothing\x1b[1A", "path": "Patient.nothing\x1b[1A", "min": 1},
            ]
        },
    }
    put(tmp_path, "steering.json", steering)
    done = run("validate", "right.json", "--package", "steering.json", cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Patient.photo" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs named pipes")
def test_a_package_that_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    put(tmp_path, "right.json", PATIENT)
    os.mkfifo(tmp_path / "pipe.tgz")
    done = run("validate", "right.json", "--package", "pipe.tgz", cwd=tmp_path, timeout=20)
    assert done.returncode == 2
    said_in_three_lines(done, "pipe.tgz", "no file")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_fetched_package_that_cannot_be_kept_is_used_all_the_same(tmp_path: Path, workers: str) -> None:
    put(tmp_path, "in.ndjson", PATIENT, PATIENT)
    (tmp_path / "file").write_text("no folder")
    given = ("--package", "example.named@1.2.0", "--package-cache", "file/cache", "--workers", workers)
    asked = ("--structure-definition", str(ONLY_TALL["url"]), "--format", "ndjson")
    with registry() as (url, _):
        done = run("validate", "in.ndjson", *given, "--package-server", url, *asked, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert [json.loads(line)["valid"] for line in done.stdout.splitlines()] == [False, False]


@pytest.mark.parametrize("broken", [{"min": "1"}, {"constraint": [{"key": "k", "human": "h", "expression": "((("}]}])
def test_a_structure_definition_that_is_applied_in_part_is_no_pass(tmp_path: Path, broken: dict[str, Any]) -> None:
    put(tmp_path, "right.json", PATIENT)
    put(tmp_path, "sd.json", {**ONLY_TALL, "differential": {"element": [{"path": "Patient.name", **broken}]}})
    asked = ("--package", "sd.json", "--structure-definition", str(ONLY_TALL["url"]))
    for form in ("console", "json", "ndjson", "junit", "operationoutcome"):
        done = run("validate", "right.json", *asked, "--format", form, "-o", "out", cwd=tmp_path)
        assert done.returncode == 3, (form, done.stderr)
        said = (tmp_path / "out").read_text()
        words = {"junit": "could not be judged", "operationoutcome": "incomplete", "console": "definition problem"}
        assert words.get(form, '"undecided":true') in said, form


def test_what_a_structure_definition_leads_to_counts_too(tmp_path: Path) -> None:
    put(tmp_path, "right.json", PATIENT)
    name: dict[str, Any] = {
        **ONLY_TALL,
        "url": "https://example.nhs.uk/StructureDefinition/name",
        "kind": "complex-type",
        "type": "HumanName",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/HumanName",
        "differential": {"element": [{"path": "HumanName.family", "min": "1"}]},
    }
    typed = {"path": "Patient.name", "type": [{"code": "HumanName", "profile": [name["url"]]}]}
    put(tmp_path, "name.json", name)
    put(tmp_path, "sd.json", {**ONLY_TALL, "differential": {"element": [typed]}})
    asked = ("--package", "sd.json", "--package", "name.json", "--structure-definition", str(ONLY_TALL["url"]))
    assert run("validate", "right.json", *asked, cwd=tmp_path).returncode == 3


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
def test_an_output_does_not_follow_a_link_that_lies_in_its_way(tmp_path: Path) -> None:
    put(tmp_path, "right.json", PATIENT)
    (tmp_path / "kept.txt").write_text("kept")
    (tmp_path / "out.json.part").symlink_to(tmp_path / "kept.txt")
    done = run("validate", "right.json", "--format", "json", "-o", "out.json", cwd=tmp_path)
    assert done.returncode == 0
    assert (tmp_path / "kept.txt").read_text() == "kept"
    assert json.loads((tmp_path / "out.json").read_text())["summary"]["resources"] == 1


def test_folders_that_lie_too_deep_are_told(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * 250)
    deep.mkdir(parents=True)
    put(deep, "deep.json", PATIENT)
    put(tmp_path, "right.json", PATIENT)
    inputs = Inputs([str(tmp_path)], Limits())
    assert [Path(one.source).name for one in inputs] == ["right.json"]
    assert [one.reason for one in inputs.unreadable] == ["more than 200 folders lie in one another"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs rm")
def test_a_package_folder_too_deep_to_read_is_a_fault_of_usage(tmp_path: Path) -> None:
    """Nothing is left behind that the clean-up of a test cannot remove."""
    here = os.getcwd()
    os.chdir(tmp_path)
    try:
        for _ in range(1_100):
            os.mkdir("d")
            os.chdir("d")
        os.chdir(tmp_path)
        put(tmp_path, "right.json", PATIENT)
        done = run("validate", "right.json", "--package", "d", cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        again = run("validate", "d", "right.json", cwd=tmp_path)
        assert again.returncode == 3, again.stderr
    finally:
        subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=False)
        os.chdir(here)
