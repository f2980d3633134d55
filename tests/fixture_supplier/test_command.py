"""``python -m fixtures.supplier`` as a process of its own."""

from __future__ import annotations

import json
import shlex
import signal
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checker.engine.supplier_file import load_supplier
from fixtures.supplier.handover import hand_over, handed_over
from fixtures.supplier.scenario import FIXTURES
from fixtures.supplier.serve import Served
from tests.cli.in_process import here
from tests.cli.support import FAST, outcomes

COMMAND = [sys.executable, "-m", "fixtures.supplier"]
ROOT = FIXTURES.parent


@contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """The process, which does not outlive the test, whatever the test comes to."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_until_it_is_stopped_and_leaves_nothing(tmp_path: Path, ending: signal.Signals) -> None:
    arguments = [*COMMAND, "--out", str(tmp_path), "--fault", "FHIR-CAP-002"]
    with running(arguments) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        context = ssl.create_default_context(cafile=said["ca"])
        with urllib.request.urlopen(said["base_url"] + "/metadata", context=context, timeout=10) as answer:
            assert json.load(answer)["fhirVersion"] == "4.3.0"
        given = {"ca.pem", "client.key", "audit.ndjson", "supplier.toml", "export", "logs", "release"}
        assert given <= {path.name for path in tmp_path.iterdir()}
        process.send_signal(ending)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "")
    assert said["base_url"] in err
    assert "fhirVersion 4.3.0" in err  # what is wrong with it
    assert f"checker run --supplier {tmp_path} --profile baseline --safety S2" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("arguments", "exit_code"), [([], 0), (["--fault", "DH-NHSNO-01"], 1)])
def test_the_command_that_it_says_judges_it(tmp_path: Path, arguments: list[str], exit_code: int) -> None:
    """Word for word, in another folder. A fault of the export alone shows that its own export was handed over."""
    given, mine = tmp_path / "handed over", tmp_path / "mine"
    mine.mkdir()
    started = [*COMMAND, "--out", str(given), *arguments]
    with running(started) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        line = next(line for line in process.stderr if line.startswith("  checker run"))
        command = [sys.executable, "-m", "checker", *shlex.split(line)[1:]]
        done = subprocess.run(command, cwd=mine, capture_output=True, text=True, timeout=120)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert done.returncode == exit_code, done.stdout + done.stderr
    assert {f"out.{ending}" for ending in ("xml", "html", "json", "csv")} <= {path.name for path in mine.iterdir()}
    assert not given.exists()


@pytest.mark.parametrize(
    ("profile", "besides"),
    [
        ("exit-rehearsal", {}),
        ("data-handling", {"DH-AUD-06": "inconclusive(no-data)"}),  # nobody read a restricted record
        ("data-quality", {"DH-DQ-04": "fail", "DH-DQ-07": "inconclusive(no-data)"}),  # a gender that is unknown
        ("data-protection", {}),
    ],
)
def test_what_it_hands_over_is_enough_for_each_profile(handed: Path, profile: str, besides: dict[str, str]) -> None:
    """From the folder above, and by a name relative to it. ``besides``: what does not pass, and does not count."""
    given = ("run", "--supplier", handed.name, "-p", profile, "--safety", "S2", *FAST, "-q", "--overwrite")
    done = here(*given, "-o", "json:report.json", cwd=handed.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    found = outcomes(json.loads((handed.parent / "report.json").read_bytes()))
    others = {name: said for name, said in found.items() if said not in ("pass", "inconclusive(human)")}
    assert {name: said for name, said in others.items() if not said.startswith("not-applicable")} == besides


def test_of_a_release_every_row_that_a_tool_decides_passes(handed: Path) -> None:
    given = ("run", "--supplier", handed.name, "-p", "anonymised-release", "--safety", "S2", *FAST, "-q", "--overwrite")
    done = here(*given, "-o", "json:report.json", cwd=handed.parent)
    assert done.returncode == 0
    found = outcomes(json.loads((handed.parent / "report.json").read_bytes()))
    assert set(found.values()) == {"pass", "not-applicable", "inconclusive(human)"}


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with Served() as served, handed_over(served, tmp_path_factory.mktemp("handed") / "place") as path:
        yield path.parent


def test_a_way_to_log_in_is_handed_over_with_what_it_takes(tmp_path: Path) -> None:
    with running([*COMMAND, "--out", str(tmp_path), "--login", "encrypted-key"]) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        (identity,) = load_supplier(tmp_path).identities
        assert b"ENCRYPTED PRIVATE KEY" in (tmp_path / "client.key").read_bytes()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert identity.key_passphrase is not None
    assert list(said["environment"]) == [identity.key_passphrase.env]
    assert f"export {identity.key_passphrase.env}=" in err
    assert list(tmp_path.iterdir()) == []


def test_the_files_of_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "supplier.toml").write_text('[supplier]\nname = "Mine"\n', encoding="utf-8")
    done = subprocess.run([*COMMAND, "--out", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "describes another supplier" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["supplier.toml"]
    with Served() as served:
        other = tmp_path / "other"
        with handed_over(served, other) as path:
            assert load_supplier(path).supplier.base_url == served.base_url
            assert Path(load_supplier(path).network.ca_bundle).resolve() == served.ca.resolve()
            (other / "export" / "mine.txt").write_text("mine", encoding="utf-8")
            hand_over(served, other)  # again, over its own
        assert [path.name for path in other.rglob("*")] == ["export", "mine.txt"]


def test_an_unknown_name_is_said_with_the_known_ones() -> None:
    done = subprocess.run([*COMMAND, "--decoy", "nonsense"], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "metadata-open" in done.stderr
    assert done.stdout == ""
