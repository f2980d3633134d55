"""The wheel, built from this tree, in an empty environment, used from an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from fixtures.supplier.export import write_export
from fixtures.supplier.handed import write_logs
from fixtures.supplier.serve import Served
from fixtures.supplier.switches import ExportSwitches

pytestmark = pytest.mark.packaging
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--outdir", str(out), str(ROOT)], check=True)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the environment's commands."""
    home = tmp_path_factory.mktemp("empty-environment")
    venv.create(home, with_pip=True)
    commands = home / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run([str(commands / "python"), "-m", "pip", "install", "--quiet", str(wheel)], check=True)
    return commands


def run(installed: Path, folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CHECKER", "PYTHON"))}
    command = [str(installed / "checker"), *arguments]
    done = subprocess.run(
        command, cwd=folder, env={**clean, **environment}, capture_output=True, text=True, check=False, timeout=120
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done


def test_the_wheel_holds_the_data_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "checker/_data/profiles/index.json" in names
    assert "checker/_data/profiles/baseline/profile.yaml" in names
    assert "checker/_data/reports/schemas/report.schema.json" in names
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"checker"}


def test_it_knows_itself(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "--version")
    assert done.returncode == 0
    assert "Not an NHS product" in done.stdout


def test_it_lists_and_explains(installed: Path, tmp_path: Path) -> None:
    assert "baseline" in run(installed, tmp_path, "list", "profiles").stdout
    assert "How to mend" in run(installed, tmp_path, "explain", "TLS-002").stdout


def test_it_reads_profiles_from_the_index(installed: Path, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom checker.cli.compose import profile, registry\nprofile('baseline', registry())\n"
        "print('yaml' in sys.modules, 'jsonschema' in sys.modules)"
    )
    done = subprocess.run(
        [str(installed / "python"), "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[1] == "False", "the schema was checked although the index has the result"


def test_it_does_the_main_job(installed: Path, tmp_path: Path) -> None:
    write_export(tmp_path / "export", "ndjson", ExportSwitches())
    write_logs(tmp_path / "logs")
    with Served() as served:
        done = run(
            installed,
            tmp_path,
            "run",
            "--base-url",
            served.base_url,
            "--ca-bundle",
            str(served.ca),
            "--token-env",
            "TOKEN",
            "--artefact",
            "export=export",
            "--artefact",
            f"audit-log={served.audit_log}",
            "--artefact",
            "server-log=logs",
            "--environment",
            "demonstration",
            "--rate",
            "100",
            "-o",
            "html:report.html",
            "-o",
            "junit:report.xml",
            TOKEN=served.token(),
        )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "report.html").stat().st_size > 1000
    assert run(installed, tmp_path, "verify", "recording.zip").returncode == 0
    assert run(installed, tmp_path, "judge", "recording.zip", "-p", "api-security").returncode == 0


def test_the_demonstration_says_what_it_needs_and_runs_when_it_has_it(
    installed: Path, wheel: Path, tmp_path: Path
) -> None:
    done = run(installed, tmp_path, "demo")
    assert done.returncode == 2
    assert "nhs-standards-checker[demo]" in done.stderr
    extra = [
        str(installed / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        f"nhs-standards-checker[demo] @ {wheel.as_uri()}",
    ]
    subprocess.run(extra, check=True)
    done = run(installed, tmp_path, "demo", "--out", "shown")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "shown" / "broken" / "report.html").stat().st_size > 10_000
