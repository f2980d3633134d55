"""What a new supplier meets first: no command, no file, a URL that is nearly right, a token in the wrong place."""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from fixtures.supplier.serve import Served
from tests.cli.support import FAST, Completed, Site, closed_port, odd_server, run, said_in_three_lines, send

DOCTOR = "checker doctor "


def last_lines(done: Completed) -> str:
    """What stands at the end of stderr, after the report."""
    return done.stderr.rpartition("checker: not all could be collected")[2]


def test_the_command_alone_shows_its_help_and_is_not_green(tmp_path: Path) -> None:
    done = run(cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("Usage: checker ")
    assert "\n  doctor " in done.stderr
    assert "\\x0a" not in done.stderr


def test_a_missing_word_is_asked_for_on_one_line(tmp_path: Path) -> None:
    done = run("list", cwd=tmp_path)
    assert done.returncode == 2
    said_in_three_lines(done, "profiles, requirements, checks")
    assert "\\x0" not in done.stderr


def test_nothing_to_test_leads_to_init(tmp_path: Path) -> None:
    done = run("run", cwd=tmp_path)
    assert done.returncode == 2
    said_in_three_lines(done, "nothing to test", "checker init", "--base-url")


def test_init_leads_to_doctor_and_plan(tmp_path: Path) -> None:
    usual = run("init", cwd=tmp_path).stdout.splitlines()
    assert [line.strip() for line in usual[1:]] == ["checker doctor", "checker plan"]
    other = run("init", "my supplier.toml", cwd=tmp_path).stdout
    assert "checker doctor --supplier 'my supplier.toml'" in other


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("fhir.example/r4", ("https:// (or http://)", "https://fhir.example/r4")),
        ("localhost:8080/fhir", ("https://localhost:8080/fhir",)),
        ("https://fhir.example/r4/metadata", ("/metadata", "Write https://fhir.example/r4")),
        ("https://fhir.example/r4/metadata/", ("/metadata", "Write https://fhir.example/r4")),
        ("https://fhir.example/r4/metadata?_format=json", ("query", "'?'")),
        ("https://[::1/fhir", ("--base-url",)),
        ("https:/fhir.example", ("names no host",)),
    ],
)
def test_a_url_that_is_nearly_right_is_answered_with_the_right_one(
    tmp_path: Path, url: str, words: tuple[str, ...]
) -> None:
    done = run("plan", "--base-url", url, cwd=tmp_path)
    assert done.returncode == 2
    said_in_three_lines(done, "--base-url", *words)


def test_a_user_name_in_a_url_is_not_repeated(tmp_path: Path) -> None:
    for url in ("https://me:hunter2@fhir.example/r4", "me:hunter2@fhir.example/r4"):
        done = run("plan", "--base-url", url, cwd=tmp_path)
        assert done.returncode == 2
        assert "hunter2" not in done.stderr


def test_a_url_of_a_resource_type_is_remarked_on(tmp_path: Path) -> None:
    done = run("plan", "--base-url", "https://fhir.example/r4/Patient", cwd=tmp_path)
    assert done.returncode == 0
    assert "in front of /metadata" in done.stderr
    assert run("plan", "--base-url", "https://fhir.example/r4/", cwd=tmp_path).stderr == ""


@pytest.mark.parametrize("command", ["run", "collect", "plan", "doctor"])
def test_a_token_given_in_place_of_a_name_is_refused_and_not_repeated(tmp_path: Path, command: str) -> None:
    done = run(command, "--base-url", "https://fhir.example/r4", "--token-env", "eyJh.hunter2.x", cwd=tmp_path)
    assert done.returncode == 2
    said_in_three_lines(done, "--token-env")
    assert "hunter2" not in done.stderr


def test_a_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    done = run("run", "--base-url", "https://fhir.example/r4", "--token-env", "NO_SUCH_TOKEN", cwd=tmp_path)
    assert done.returncode == 2
    said_in_three_lines(done, "NO_SUCH_TOKEN", "shell or build job")


def test_a_proxy_that_is_no_url_is_found_before_anything_is_sent(place: Site, healthy: Served) -> None:
    before = healthy.requests
    done = place.run("run", "--proxy", "proxy.example:3128")
    assert done.returncode == 2
    said_in_three_lines(done, "--proxy", "http://host:port")
    assert healthy.requests == before


def test_a_supplier_file_that_is_not_read_is_remarked_on(tmp_path: Path) -> None:
    assert run("init", cwd=tmp_path).returncode == 0
    done = run("plan", "--base-url", "https://fhir.example/r4", cwd=tmp_path)
    assert done.returncode == 0
    assert "supplier.toml is not read" in done.stderr
    assert run("plan", "--base-url", "https://fhir.example/r4", "--supplier", ".", cwd=tmp_path).stderr == ""


def test_an_empty_export_is_remarked_on(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    done = run("plan", "--base-url", "https://fhir.example/r4", "--artefact", "export=export", cwd=tmp_path)
    assert done.returncode == 0
    assert "'export' holds no file" in done.stderr
    (tmp_path / "export/Patient.ndjson").write_text("{}\n", "utf-8")
    assert run("plan", "--artefact", "export=export", cwd=tmp_path).stderr == ""


@pytest.mark.parametrize(
    ("given", "words"),
    [("out", ("'out'", "export=out")), ("=out", ("export=out",)), ("audit-log=", ("audit-log=FOLDER",))],
)
def test_an_artefact_without_its_kind_is_answered_with_how_to_write_it(
    tmp_path: Path, given: str, words: tuple[str, ...]
) -> None:
    done = run("plan", "--artefact", given, cwd=tmp_path)
    assert done.returncode == 2
    said_in_three_lines(done, "--artefact", *words)


def test_a_kind_of_artefact_that_is_nearly_right_is_remarked_on(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/Patient.ndjson").write_text("{}\n", "utf-8")
    assert "Did you mean 'export'?" in run("plan", "--artefact", "exports=out", cwd=tmp_path).stderr
    assert run("plan", "--artefact", "letters=out", cwd=tmp_path).stderr == ""


# From "inconclusive" to the doctor --------------------------------------------------------------


def test_a_closed_port_leads_to_the_doctor_with_the_same_options(tmp_path: Path) -> None:
    url = f"https://127.0.0.1:{closed_port()}/fhir"
    done = run("run", *FAST, "-q", "--base-url", url, "--timeout", "5", "--trust", "system", cwd=tmp_path)
    assert done.returncode == 3
    (line,) = [line.strip() for line in last_lines(done).splitlines() if DOCTOR in line]
    assert line == f"checker doctor --base-url {url} --trust system --timeout 5.0"
    assert run(*line.split()[1:], cwd=tmp_path).returncode == 3


def test_a_certificate_that_is_not_trusted_leads_to_the_doctor(healthy: Served, tmp_path: Path) -> None:
    done = run("run", *FAST, "-q", "--base-url", healthy.base_url, cwd=tmp_path)
    assert done.returncode == 3
    assert f"{DOCTOR}--base-url {healthy.base_url}" in last_lines(done)


def test_a_wrong_secret_leads_to_the_doctor(place: Site) -> None:
    done = place.run("run", *FAST, "-q", env={"SUPPLIER_SECRET": "not-the-secret-at-all"})
    assert done.returncode == 3
    assert "checker doctor\n" in last_lines(done)
    assert "not-the-secret" not in done.stdout + done.stderr


def welcome(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"<!doctype html><title>Welcome</title>", "text/html")


def nothing_here(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"<h1>404</h1>", "text/html", status=404)


@pytest.mark.parametrize("answer", [welcome, nothing_here])
def test_a_web_server_that_is_no_fhir_server_leads_to_the_doctor(
    tmp_path: Path, answer: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    with odd_server(tmp_path, answer) as odd:
        options = ("--base-url", odd.base_url, "--ca-bundle", str(odd.ca))
        done = run("run", *FAST, "-q", *options, cwd=tmp_path)
        assert done.returncode in (1, 3)
        assert DOCTOR in last_lines(done)
        told = run("doctor", *FAST, *options, cwd=tmp_path)
    assert told.returncode == 3
    assert "step 11, metadata" in told.stdout.splitlines()[-1]


def test_the_password_of_a_proxy_is_not_in_the_next_command(tmp_path: Path) -> None:
    url = f"https://127.0.0.1:{closed_port()}/fhir"
    done = run("run", *FAST, "-q", "--base-url", url, "--proxy", "http://me:hunter2hunter2@127.0.0.1:1", cwd=tmp_path)
    assert done.returncode == 3
    assert "hunter2" not in done.stdout + done.stderr
    assert "--proxy http://USER:PASSWORD@127.0.0.1:1" in last_lines(done)


def test_files_alone_do_not_lead_to_the_doctor(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    done = run("run", "-q", "--artefact", "export=export", cwd=tmp_path)
    assert done.returncode == 3
    assert DOCTOR not in done.stderr
