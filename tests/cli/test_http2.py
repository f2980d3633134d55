"""``--http2`` on the command line: where it is said, what it does, and where it cannot be had."""

from __future__ import annotations

import importlib.util
from importlib.machinery import ModuleSpec
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from checker.cli.run import doctor_line, resume_line
from fixtures.supplier.over_http2 import ServedOverHttp2
from fixtures.supplier.serve import Served
from tests.cli.in_process import here
from tests.cli.support import AUTHORITY, FAST, SECRET, identity_of, supplier_text

real = importlib.util.find_spec


def without_h2(name: str, package: str | None = None) -> ModuleSpec | None:
    return None if name == "h2" else real(name, package)


def described(folder: Path, served: Served, *, http2: bool = False, certificate: bool = True) -> None:
    """A ``supplier.toml`` there, for a supplier that wants a client certificate beside a token."""
    shown = served.client_certificate.as_posix()
    identity = identity_of(served)
    if certificate:
        identity += f'\ncertificate-file = "{shown}"\ncertificate-key-file = "{shown}"'
    text = supplier_text(served.base_url, token_url=served.token_url, identity=identity, ca=served.ca, more=AUTHORITY)
    if http2:
        text = text.replace("[network]\n", "[network]\nhttp2 = true\n")
    (folder / "supplier.toml").write_text(text, "utf-8")


def doctor(folder: Path, served: Served, *more: str) -> CompletedProcess[str]:
    return here("doctor", *more, *FAST, cwd=folder, env={SECRET: served.client_secret})


def test_the_doctor_says_what_was_spoken_and_a_client_certificate_is_shown(tmp_path: Path) -> None:
    with ServedOverHttp2(login="certificate") as served:
        described(tmp_path, served, http2=True)
        by_file = doctor(tmp_path, served)
        without = doctor(tmp_path, served, "--no-http2")
        described(tmp_path, served)
        by_option = doctor(tmp_path, served, "--http2")
    for done in (by_file, by_option):
        assert (done.returncode, done.stdout.count("over HTTP/2")) == (0, 3), done.stdout
    assert (without.returncode, "over HTTP/2" in without.stdout) == (0, False)


def test_without_the_client_certificate_nothing_is_got(tmp_path: Path) -> None:
    with ServedOverHttp2(login="certificate") as served:
        described(tmp_path, served, certificate=False)
        done = doctor(tmp_path, served, "--http2")
    assert done.returncode != 0
    assert "over HTTP/2" not in done.stdout


@pytest.mark.parametrize("command", ["run", "collect", "doctor"])
def test_where_it_is_not_installed_nothing_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", without_h2)
    done = here(command, "--http2", "--base-url", "https://127.0.0.1:1/fhir", cwd=tmp_path)
    said = done.stdout + done.stderr
    assert "the extra 'http2' is not installed" in said
    assert "nhs-standards-checker[http2]" in said
    assert not list(tmp_path.iterdir())
    assert done.returncode == 2


@pytest.mark.parametrize(("said", "word"), [(True, "--http2"), (False, "--no-http2"), (None, "")])
def test_a_command_that_goes_on_says_the_same(said: bool | None, word: str) -> None:
    options = {"http2": said, "recording": "recording.zip", "profile": "baseline", "base_url": "https://s.example"}
    for line in (resume_line(options), doctor_line(options)):
        assert [part for part in line.split() if "http2" in part] == ([word] if word else [])
