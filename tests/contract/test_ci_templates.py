"""What we tell people to copy works: the YAML is whole, every command exists, and the gate holds."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from checker.cli.app import COMMANDS, app
from checker.render import FORMATS
from checker.render.words import EXIT_WORDS
from fixtures.supplier.scenario import named
from fixtures.supplier.serve import Served
from tests.cli.support import environment, site

ROOT = Path(__file__).resolve().parents[2]
CI = ROOT / "docs" / "ci"
SHELL = shutil.which("sh")


def template(name: str) -> dict[Any, Any]:
    """A template as YAML reads it."""
    found = yaml.safe_load((CI / name).read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def github_steps() -> dict[str, dict[str, Any]]:
    """The steps of the GitHub template by name, or by action."""
    steps = template("github.yml")["jobs"]["check"]["steps"]
    return {step.get("name") or step["uses"].partition("@")[0]: step for step in steps}


def documents() -> list[Path]:
    """Everything in which we tell people what to type."""
    return [
        ROOT / "README.md",
        ROOT / "SECURITY.md",
        ROOT / "reports/gallery/README.md",
        *sorted((ROOT / "docs").rglob("*.md")),
        *sorted(CI.glob("*.yml")),
    ]


def commands(text: str) -> Iterator[list[str]]:
    """The ``checker`` commands at the beginning of lines, or between backticks, as the shell would split them."""
    joined = re.sub(r"\\\n\s*", " ", text)
    joined = re.sub(r"(- >-\n\s*)(checker .*)\n\s*(-o .*)", r"\2 \3", joined)
    inline = re.findall(r"`(checker [a-z][^`]*)`", joined)
    for line in [*inline, *(line.strip().removeprefix("- ").removeprefix("run: ") for line in joined.splitlines())]:
        if not line.startswith(("checker ", ".venv/bin/checker ")):
            continue
        words = shlex.split(line, comments=True)
        end = next((place for place, word in enumerate(words) if word in ("||", "&&", "|", ">")), len(words))
        if len(words) > 1 and (words[1] in COMMANDS or words[1].startswith("-")):
            yield words[1:end]
        else:
            assert not re.match(r"checker [a-z]+ -", line), f"no such command: {line}"


def demand_understood(words: list[str]) -> None:
    """Click must know the command, its options and their values. Nothing is run."""
    if words[0] == "--version":
        return
    with click.Context(app) as parent:
        command = app.get_command(parent, words[0])
        assert command is not None, words
        try:
            made = command.make_context(words[0], list(words[1:]), parent=parent)
        except click.MissingParameter:
            return  # a command that is only mentioned
    for output in made.params.get("output") or ():
        assert output.partition(":")[0] in FORMATS, words


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_is_shown_exists(path: Path) -> None:
    for words in commands(path.read_text("utf-8")):
        demand_understood(words)


def test_commands_are_found_and_wrong_ones_noticed() -> None:
    for name in ("github.yml", "gitlab-ci.yml"):
        found = list(commands((CI / name).read_text("utf-8")))
        assert [words[0] for words in found] == ["init", "plan", "run"]
        assert sum(word == "-o" for word in found[-1]) == 3
    for wrong in ("checker run --suplier x", "checker run --safety S9", "checker judge x.zip --fail-on 1"):
        with pytest.raises(click.ClickException):
            demand_understood(shlex.split(wrong)[1:])
    with pytest.raises(AssertionError):
        demand_understood(["run", "-o", "pdf:x"])
    with pytest.raises(AssertionError, match="no such command"):
        list(commands("checker rnu --supplier x"))


def test_what_was_written_is_kept_whatever_happens() -> None:
    steps = github_steps()
    for name in ("Keep reports and recording", "Show the requirements", "Gate"):
        assert steps[name]["if"] == "always()"
    assert list(steps)[-1] == "Gate"
    assert "continue-on-error" not in steps["Gate"]
    job = template("gitlab-ci.yml")["standards"]
    assert job["artifacts"]["when"] == "always"
    assert job["artifacts"]["reports"]["junit"] == "out/checker.xml"
    assert "allow_failure" not in job
    assert template("gitlab-ci.yml")[".inconclusive-may-warn"] == {"allow_failure": {"exit_codes": [3]}}


@pytest.mark.parametrize("name", ["github.yml", "gitlab-ci.yml"])
def test_versions_are_pinned_and_secrets_stay_where_they_are(name: str) -> None:
    text = (CI / name).read_text("utf-8")
    for used in re.findall(r"uses: (\S+)", text):
        assert re.search(r"@v\d", used), used
    assert "nhs_standards_checker-0.1.0-" in text
    assert ":latest" not in text
    for line in text.splitlines():
        assert not (re.search(r"\becho\b|set -x|printenv", line) and "TOKEN" in line), line
    holders = [step for step in github_steps().values() if "secrets." in str(step)]
    assert [step["id"] for step in holders] == ["check"]


def test_the_table_of_exit_codes_is_whole() -> None:
    text = (CI / "README.md").read_text("utf-8")
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)} == set(EXIT_WORDS)


@pytest.mark.skipif(SHELL is None, reason="no sh on the PATH")
@pytest.mark.parametrize(
    ("code", "may_warn", "ends"),
    [
        *(("0", flag, 0) for flag in ("true", "false")),
        *(("1", flag, 1) for flag in ("true", "false")),
        ("3", "true", 0),
        ("3", "false", 1),
        ("2", "true", 2),
        ("4", "true", 4),
        ("5", "true", 5),
        ("130", "true", 130),
        ("", "true", 1),
        ("", "false", 1),
    ],
)
def test_the_gate_lets_through_only_what_it_says(code: str, may_warn: str, ends: int) -> None:
    script = github_steps()["Gate"]["run"]
    env = {**os.environ, "CODE": code, "INCONCLUSIVE_MAY_WARN": may_warn}
    assert SHELL is not None
    done = subprocess.run([SHELL, "-e", "-c", script], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == ends, done.stdout


@pytest.mark.skipif(SHELL is None, reason="no sh on the PATH")
@pytest.mark.parametrize(("fault", "ends"), [(None, 0), ("FHIR-READ-004", 1)])
def test_the_check_step_does_what_it_says(fault: str | None, ends: int, tmp_path: Path) -> None:
    """The very lines of the template, against the reference supplier."""
    assert SHELL is not None
    script = github_steps()["Check"]["run"]
    with Served(named("fault", fault) if fault else None) as served:
        place = site(tmp_path, served)
        outputs = tmp_path / "github-output"
        bin_folder = tmp_path / "bin"
        bin_folder.mkdir()
        command = bin_folder / "checker"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m checker "$@"\n', "utf-8")
        command.chmod(0o755)
        base = environment({**place.env, "GITHUB_OUTPUT": str(outputs), "CHECKER_RUN_RATE": "200"})
        base["PATH"] = os.pathsep.join([str(bin_folder), base.get("PATH", "")])
        base["PYTHONPATH"] = str(ROOT)
        done = subprocess.run(
            [SHELL, "-e", "-c", script],
            cwd=tmp_path,
            env=base,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode == ends, done.stderr
    assert outputs.read_text() == f"code={ends}\n"
    made = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"checker.xml", "report.html", "report.json", "evidence.zip"} <= made
    assert served.client_secret not in done.stdout + done.stderr
