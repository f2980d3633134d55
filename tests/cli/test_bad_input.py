"""Whatever is wrong with what the command is given, it says so in three lines, and nothing turns green."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from fixtures.supplier.serve import Served
from tests.cli.in_process import here
from tests.cli.support import (
    AUTHORITY,
    FAST,
    SECRET,
    Completed,
    Site,
    is_red,
    junit,
    run,
    said_in_three_lines,
    supplier_text,
)

JUNIT = ("-o", "junit:out.xml")


def refused(done: Completed, folder: Path, *words: str, code: int = 2) -> None:
    """Exit code, three lines, and a red JUnit file that says the same."""
    assert done.returncode == code, done.stderr
    said_in_three_lines(done, *words)
    (case,) = junit(folder / "out.xml")
    assert case.kind == "error"
    assert done.stderr.splitlines()[0].removeprefix("checker: ")[:30] in case.text
    assert not list(folder.glob("recording.zip*"))


# The command line ----------------------------------------------------------------------------


def test_an_unknown_command_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    done = run("jugde", "recording.zip", cwd=tmp_path)
    assert done.returncode == 2
    said_in_three_lines(done, "'jugde'", "Did you mean 'judge'?", "checker --help")


def test_an_unknown_option_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    done = run("run", "--profil", "baseline", cwd=tmp_path)
    assert done.returncode == 2
    said_in_three_lines(done, "--profil", "--profile", "checker run --help")


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--safety", "S9"),
        ("run", "--rate", "0"),
        ("run", "--fail-on", "sometimes"),
        ("judge",),
    ],
    ids=" ".join,
)
def test_a_value_that_an_option_does_not_take_is_a_usage_fault(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    said_in_three_lines(done, f"checker {arguments[0]} --help")
    assert done.stdout == ""


@pytest.mark.parametrize("output", ["junit:", "xml:out.xml"])
def test_an_output_that_is_not_format_and_path_is_refused_with_an_example(place: Site, output: str) -> None:
    done = place.run("run", "-o", output)
    assert done.returncode == 2
    said_in_three_lines(done, "FORMAT:PATH", "console, csv, dtac-csv, html, json, junit")


def test_two_outputs_never_go_to_one_place(place: Site) -> None:
    done = place.run("run", "-o", "junit:out.xml", "-o", "json:out.xml")
    assert done.returncode == 2
    said_in_three_lines(done, "same place")


def test_an_unknown_profile_is_answered_with_the_nearest_one(place: Site) -> None:
    refused(place.run("run", "-p", "basline", *JUNIT), place.folder, "basline", "baseline")


def test_an_unknown_requirement_is_answered_with_the_nearest_one(place: Site) -> None:
    refused(place.run("run", "--only", "FHIR-READ-01", *JUNIT), place.folder, "FHIR-READ-01", "FHIR-READ-001", "--only")


def test_explain_of_an_unknown_name_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    done = run("explain", "AUTH-07", cwd=tmp_path)
    assert done.returncode == 2
    said_in_three_lines(done, "'AUTH-07'", "Did you mean 'AUTH-007'?", "checker list requirements")


@pytest.mark.parametrize("scope", ["everything", "machine@S9", "full@S1:X", "machine@", "machine@S1:"])
def test_a_scope_that_is_none_is_refused_before_anything_is_sent(place: Site, healthy: Served, scope: str) -> None:
    before = healthy.requests
    refused(place.run("run", *FAST, "--scope", scope, *JUNIT), place.folder, "--scope", "machine@S1")
    assert healthy.requests == before


def test_a_time_that_is_none_is_refused_before_anything_is_sent(place: Site, healthy: Served) -> None:
    before = healthy.requests
    refused(place.run("run", "--as-of", "yesterday", *JUNIT), place.folder, "'yesterday'", "--as-of", "2026-11-21")
    assert healthy.requests == before


@pytest.mark.parametrize("challenge", ["desk-1:xyz", "desk-1:00ff"])
def test_a_challenge_that_is_not_whole_is_refused(place: Site, challenge: str) -> None:
    refused(place.run("run", "--challenge", challenge, *JUNIT), place.folder, "--challenge", "32 hexadecimal digits")


# supplier.toml and profiles ------------------------------------------------------------------


def line_of(path: Path, text: str) -> int:
    """The line on which that stands."""
    return next(number for number, line in enumerate(path.read_text("utf-8").splitlines(), 1) if text in line)


def test_an_unknown_key_in_the_supplier_file_is_named_with_file_and_line(place: Site) -> None:
    file = place.path("supplier.toml")
    file.write_text(file.read_text("utf-8").replace("base-url =", "base-ulr ="), "utf-8")
    where = f"supplier.toml:{line_of(file, 'base-ulr')}"
    refused(place.run("run", *JUNIT), place.folder, "base-ulr", where, "base-url")


def test_broken_toml_is_named_with_file_and_line(place: Site) -> None:
    file = place.path("supplier.toml")
    file.write_text(file.read_text("utf-8") + 'broken = "no end\n', "utf-8")
    refused(place.run("run", *JUNIT), place.folder, f"supplier.toml:{line_of(file, 'no end')}")


def test_a_secret_in_the_supplier_file_is_refused_and_never_repeated(place: Site) -> None:
    file = place.path("supplier.toml")
    file.write_text(file.read_text("utf-8").replace(f'secret-env = "{SECRET}"', 'secret = "hunter2hunter2"'), "utf-8")
    done = place.run("run", *JUNIT)
    refused(done, place.folder, "secret-env", f"supplier.toml:{line_of(file, 'hunter2')}")
    assert "hunter2" not in done.stderr + place.path("out.xml").read_text("utf-8")


TOO_LONG = "x" * 5000


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--supplier", TOO_LONG),
        ("run", "-p", TOO_LONG, "--name", "A", "--artefact", "export=."),
        ("run", "-p", "data-handling", "--name", "A", "--artefact", f"export={TOO_LONG}"),
        ("run", "-p", "data-handling", "--name", "A", "--artefact", "export=.", "--package", TOO_LONG),
        ("run", "-p", "data-handling", "--name", "A", "--artefact", "export=.", "--recording", TOO_LONG),
        ("run", "-p", "data-handling", "--name", "A", "--artefact", "export=.", "-o", f"json:{TOO_LONG}"),
        ("pack", "lint", TOO_LONG),
        ("init", TOO_LONG),
    ],
    ids=lambda arguments: " ".join(one for one in arguments if TOO_LONG not in one)[:40],
)
def test_a_path_that_the_system_does_not_take_is_the_path_s_fault(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "Patient.ndjson").write_bytes(b'{"resourceType":"Patient","id":"a"}\n')
    done = here(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    said_in_three_lines(done, "name too long", "Correct the path")


def test_a_folder_that_may_not_be_looked_into_is_said(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    if os.access(tmp_path / "closed", os.X_OK):
        pytest.skip("whoever runs this may look into everything")
    done = here("run", "-p", "data-handling", "--name", "A", "--artefact", "export=closed/export", cwd=tmp_path)
    assert done.returncode == 2
    said_in_three_lines(done, "Permission denied", "closed/export")


def test_a_character_that_no_path_holds_is_named_with_file_and_line(place: Site) -> None:
    text = place.path("supplier.toml").read_text("utf-8")
    added = f'{text}\n[[artefact]]\nid = "export"\nkind = "export"\npath = "a\\u0000b"\n'
    place.path("supplier.toml").write_text(added, "utf-8")
    refused(place.run("run", *JUNIT), place.folder, f"supplier.toml:{added.count(chr(10))}", "NUL")


def test_a_missing_supplier_file_is_said_with_how_to_write_one(tmp_path: Path) -> None:
    refused(run("run", "--supplier", "nowhere.toml", *JUNIT, cwd=tmp_path), tmp_path, "nowhere.toml", "checker init")


def test_nothing_to_test_is_said_with_what_to_give(tmp_path: Path) -> None:
    refused(run("run", *JUNIT, cwd=tmp_path), tmp_path, "nothing to test", "supplier.toml")


PROFILE = """\
id: mine
version: "1.0.0"
title: Of this test
requirements:
  - id: MINE-001
    obligation: MUST
    verb: MUST
    basis: P
    clause: {standard: mine, section: one, url: "https://profile.example/#one"}
    summary: A read returns the resource that has the id that was asked for.
    fix: Return it.
    confirmed: true
    check: read.id-is-the-id-asked
    with: {type: Patient}
"""


@pytest.mark.parametrize(
    ("wrong", "line_with", "words"),
    [
        (PROFILE.replace("title: Of", "title: [Of"), "title:", ()),
        (PROFILE.replace("{type: Patient}", "{type: 5}"), "type: 5", ("type",)),
        (PROFILE.replace("{type: Patient}", "{typ: Patient}"), "typ: Patient", ("typ", "type")),
        (PROFILE.replace("read.id-is-the-id-asked", "read.id-is-the-asked"), "check:", ("read.id-is-the-id-asked",)),
        (PROFILE.replace("obligation: MUST", "obligation: MUSTN"), "obligation", ("MUST",)),
        (PROFILE + "title: Again\n", "title: Again", ("title",)),
    ],
    ids=["broken-yaml", "wrong-type", "unknown-parameter", "unknown-check", "unknown-obligation", "key-twice"],
)
def test_a_fault_in_a_profile_is_named_with_file_and_line(
    place: Site, wrong: str, line_with: str, words: tuple[str, ...]
) -> None:
    file = place.path("mine.yaml")
    file.write_text(wrong, "utf-8")
    done = place.run("run", "-p", "mine.yaml", *JUNIT)
    refused(done, place.folder, "mine.yaml:", *words)
    lines = {f"mine.yaml:{number}" for number in (line_of(file, line_with), line_of(file, line_with) + 1)}
    assert any(where in done.stderr for where in lines), done.stderr


# Authority, secrets --------------------------------------------------------------------------


def test_above_s1_all_that_is_missing_from_the_authority_is_listed(place: Site, healthy: Served) -> None:
    before = healthy.requests
    file = place.path("supplier.toml")
    file.write_text(file.read_text("utf-8").replace(AUTHORITY, "").replace('"demonstration"', '"live"'), "utf-8")
    done = place.run("run", "--safety", "S2", *JUNIT)
    words = ("authorised-by", "hosts", "window-start", "contacts", "supplier.environment", "--safety S1")
    refused(done, place.folder, *words)
    assert healthy.requests == before


def test_class_s3_needs_permission_to_write_as_well(place: Site) -> None:
    refused(place.run("run", "--safety", "S3", *JUNIT), place.folder, "--allow-writes")


def test_a_window_that_is_over_allows_nothing_above_s1(place: Site) -> None:
    file = place.path("supplier.toml")
    file.write_text(file.read_text("utf-8").replace("2999-01-01", "2020-02-01"), "utf-8")
    refused(place.run("run", "--safety", "S2", *JUNIT), place.folder, "window", "2020-02-01")


def test_a_secret_of_fewer_than_eight_characters_is_refused(place: Site, healthy: Served) -> None:
    before = healthy.requests
    done = place.run("run", *JUNIT, env={SECRET: "short-1"})
    assert done.returncode == 2
    said_in_three_lines(done, "8 ")
    assert "short-1" not in done.stderr + place.path("out.xml").read_text("utf-8")
    assert is_red(place.path("out.xml"))
    assert healthy.requests == before


def test_a_secret_whose_variable_is_not_set_is_named(place: Site) -> None:
    done = run("run", *JUNIT, cwd=place.folder)
    assert done.returncode == 2
    said_in_three_lines(done, SECRET)
    assert is_red(place.path("out.xml"))


# Waivers and attestations --------------------------------------------------------------------

WAIVERS = """\
waivers:
  - id: W-1
    requirement: FHIR-READ-004
    scope: {supplier: Example Supplier}
    owner: A. Person
    reason: Mended in the next release.
    granted: 2026-01-01
    expires: 2026-02-01
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (WAIVERS.replace("owner:", "onwer:"), ("waivers.yaml:5", "owner")),
        (WAIVERS.replace("2026-02-01", "2026-02-31"), ("waivers.yaml:8", "2026-02-31")),
        (WAIVERS.replace("2026-02-01", "2025-02-01"), ("waivers.yaml:8",)),
        ("waivers: [", ("waivers.yaml:",)),
        ("[]", ("waivers.yaml",)),
    ],
    ids=["unknown-key", "no-date", "backwards", "broken", "no-mapping"],
)
def test_a_file_of_waivers_that_is_wrong_is_refused_before_anything_is_sent(
    place: Site, healthy: Served, text: str, words: tuple[str, ...]
) -> None:
    before = healthy.requests
    place.path("waivers.yaml").write_text(text, "utf-8")
    refused(place.run("run", "--waivers", "waivers.yaml", *JUNIT), place.folder, *words)
    assert healthy.requests == before


def test_files_of_people_that_are_missing_are_named(place: Site) -> None:
    for option in ("--waivers", "--attestations", "--trusted-keys"):
        refused(place.run("run", option, "absent.file", *JUNIT), place.folder, "absent.file")


# Outputs and recordings ----------------------------------------------------------------------


@pytest.mark.parametrize("path", ["absent/out.xml", "folder"])
def test_an_output_that_cannot_be_written_is_found_before_anything_is_sent(
    place: Site, healthy: Served, path: str
) -> None:
    before = healthy.requests
    place.path("folder").mkdir()
    done = place.run("run", "-o", f"junit:{path}", "-o", "json:report.json")
    assert done.returncode == 2
    assert done.stderr.startswith("checker: ")
    assert path in done.stderr
    assert healthy.requests == before
    assert not place.path("recording.zip").exists()


def test_a_recording_that_is_there_already_is_never_written_over(place: Site, healthy: Served) -> None:
    place.path("recording.zip").write_bytes(b"precious")
    before = healthy.requests
    done = place.run("run", *JUNIT)
    assert done.returncode == 2
    said_in_three_lines(done, "recording.zip", "--overwrite")
    assert is_red(place.path("out.xml"))
    assert place.path("recording.zip").read_bytes() == b"precious"
    assert healthy.requests == before


def test_a_recording_whose_folder_is_missing_or_is_a_folder_itself_is_not_lost(place: Site) -> None:
    done = place.run("run", "--recording", "export", *JUNIT)
    assert done.returncode == 2
    said_in_three_lines(done, "export")
    done = place.run("run", *FAST, "-q", "--recording", "new/folder/one.zip", *JUNIT)
    assert done.returncode == 0
    assert place.path("new/folder/one.zip").is_file()


def test_an_unfinished_collection_is_never_written_over(place: Site, healthy: Served) -> None:
    journal = place.path("recording.zip.journal")
    journal.mkdir()
    (journal / "run.json").write_text("{}", "utf-8")
    before = healthy.requests
    done = place.run("run", *JUNIT)
    assert done.returncode == 2
    said_in_three_lines(done, "unfinished", "--resume")
    assert (journal / "run.json").read_text("utf-8") == "{}"
    assert healthy.requests == before


def test_there_must_be_something_to_resume(place: Site) -> None:
    done = place.run("collect", "--resume")
    assert done.returncode == 2
    said_in_three_lines(done, "no collection to resume", "--recording")


def test_a_missing_recording_is_a_usage_fault(recorded: Site, tmp_path: Path) -> None:
    refused(run("judge", "absent.zip", *JUNIT, cwd=tmp_path), tmp_path, "absent.zip", "checker collect")


@pytest.mark.parametrize("content", [b"", b"hello"], ids=["empty", "text"])
def test_a_file_that_is_no_recording_is_a_usage_fault(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other.zip").write_bytes(content)
    refused(run("judge", "other.zip", *JUNIT, cwd=tmp_path), tmp_path, "not a recording", "other.zip")


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    (tmp_path / "other.zip").mkdir()
    refused(run("judge", "other.zip", *JUNIT, cwd=tmp_path), tmp_path, "other.zip")


def test_the_same_recording_twice_is_a_usage_fault(recorded: Site, tmp_path: Path) -> None:
    shutil.copy(recorded.path("recording.zip"), tmp_path / "one.zip")
    shutil.copy(recorded.path("recording.zip"), tmp_path / "two.zip")
    refused(run("judge", "one.zip", "two.zip", *JUNIT, cwd=tmp_path), tmp_path, "twice")


# Reports -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b'{"format": 99}', b"[" * 100_000],
    ids=["empty", "object", "newer", "deep"],
)
def test_a_json_file_that_is_no_report_is_a_usage_fault(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other.json").write_bytes(content)
    refused(run("report", "other.json", *JUNIT, cwd=tmp_path), tmp_path, "other.json")


def test_a_report_that_was_made_green_by_hand_is_not_rendered(recorded: Site, tmp_path: Path) -> None:
    text = recorded.path("report.json").read_text("utf-8").replace('"outcome":"pass"', '"outcome":"fail"', 3)
    (tmp_path / "report.json").write_text(text, "utf-8")
    done = run("report", "report.json", *JUNIT, cwd=tmp_path)
    assert done.returncode not in (0, 1, 3)
    said_in_three_lines(done)
    assert is_red(tmp_path / "out.xml")


def test_a_supplier_file_can_be_written_and_read_back(tmp_path: Path) -> None:
    done = run("init", "--name", 'Quo"te\\', "--base-url", "https://fhir.example/r4", cwd=tmp_path)
    assert done.returncode == 0
    again = run("init", cwd=tmp_path)
    assert again.returncode == 2
    said_in_three_lines(again, "supplier.toml", "--overwrite")
    assert run("plan", cwd=tmp_path).returncode == 0


def test_supplier_text_of_these_tests_is_what_the_command_reads(tmp_path: Path) -> None:
    (tmp_path / "supplier.toml").write_text(supplier_text("https://fhir.example/r4"), "utf-8")
    assert "at most" in run("plan", cwd=tmp_path).stdout
