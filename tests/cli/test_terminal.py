"""Terminals, pipes and encodings: what is printed reaches whoever reads it, and never a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from checker.cli.app import COMMANDS
from tests.cli.support import COMMAND, Site, environment, run

HEAVY = ["httpx", "httpcore", "rich", "jinja2", "junit_xml", "cryptography", "jwt", "uvicorn", "starlette"]
ESCAPE = "\x1b["


@pytest.mark.parametrize(
    "arguments",
    [("judge", "recording.zip"), ("list", "requirements"), ("judge", "recording.zip", "-o", "html:-")],
    ids=" ".join,
)
def test_a_reader_that_goes_away_early_is_no_traceback(recorded: Site, arguments: tuple[str, ...]) -> None:
    with subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=recorded.folder,
        env=environment(recorded.env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        stderr = process.stderr.read().decode()
    assert "Traceback" not in stderr
    assert "Exception ignored" not in stderr


def test_no_color_wins_over_force_color(recorded: Site) -> None:
    forced = recorded.run("judge", "recording.zip", env={"FORCE_COLOR": "1"})
    assert ESCAPE in forced.stdout
    for wanted in ({}, {"NO_COLOR": "1"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}):
        assert ESCAPE not in recorded.run("judge", "recording.zip", env=wanted).stdout


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-16"])
def test_a_terminal_of_another_encoding_gets_the_whole_report(recorded: Site, encoding: str) -> None:
    done = subprocess.run(
        [*COMMAND, "judge", "recording.zip"],
        cwd=recorded.folder,
        env=environment({"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode(encoding)
    assert "DH-DQ-08" in text
    assert "Exit code 0" in text


def test_data_on_stdout_is_data_and_nothing_else(recorded: Site) -> None:
    done = recorded.run("judge", "recording.zip", "--scope", "machine@S2", "-o", "json:-")
    assert done.stdout.encode() == recorded.path("report.json").read_bytes()
    assert done.stderr == ""


@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), ("run", "--help"), ("explain", "AUTH-001")], ids=" ".join
)
def test_looking_something_up_imports_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    text = (
        "import sys, atexit\n"
        f"atexit.register(lambda: print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr))\n"
        f"from checker.cli import main\nmain({list(arguments)!r})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", text],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr.strip()) == (0, "[]")
    assert done.stdout


def test_version_says_that_this_is_no_approval(tmp_path: Path) -> None:
    done = run("--version", cwd=tmp_path)
    assert done.stdout.startswith("nhs-standards-checker ")
    assert "Not an NHS product" in done.stdout


def test_every_command_has_an_example_in_its_help(tmp_path: Path) -> None:
    said = run("--help", cwd=tmp_path).stdout.partition("Commands:")[2].partition("Example:")[0]
    names = [line.split()[0] for line in said.splitlines() if line.startswith("  ") and line[2:3].isalpha()]
    assert {*COMMANDS} == set(names)
    for name in names:
        assert "Example: checker " in run(name, "--help", cwd=tmp_path).stdout


def test_explain_names_the_exit_codes(tmp_path: Path) -> None:
    said = run("explain", "exit-codes", cwd=tmp_path).stdout
    for code in ("0", "1", "2", "3", "4", "5", "130"):
        assert any(line.split()[:1] == [code] for line in said.splitlines())
