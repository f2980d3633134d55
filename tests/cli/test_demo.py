"""``checker demo``: the first command of a new user."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.support import closed_port, is_red, run

README = Path(__file__).parents[2] / "README.md"
FILES = ("recording.zip", "report.csv", "report.html", "report.json", "report.xml")


def test_a_healthy_and_a_broken_supplier_are_told_apart_also_when_a_proxy_is_set(tmp_path: Path) -> None:
    dead = f"http://127.0.0.1:{closed_port()}"
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"), dead)
    done = run("demo", "--out", "shown", cwd=tmp_path, env=proxies, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("healthy", "broken"):
        assert tuple(sorted(path.name for path in (tmp_path / "shown" / name).iterdir())) == FILES
        assert f"shown/{name}/report.html" in done.stdout
        assert run("verify", f"shown/{name}/recording.zip", cwd=tmp_path).returncode == 0
    healthy, broken = (json.loads((tmp_path / "shown" / name / "report.json").read_bytes()) for name in FOLDERS)
    assert (healthy["conclusion"], healthy["exit_code"]) == ("compliant", 0)
    assert (broken["conclusion"], broken["exit_code"]) == ("not compliant", 1)
    assert healthy["warnings"][0].startswith("DEMONSTRATION")
    assert broken["warnings"][0].startswith("DEMONSTRATION")
    assert not is_red(tmp_path / "shown" / "healthy" / "report.xml")
    assert is_red(tmp_path / "shown" / "broken" / "report.xml")
    failed = [row for row in broken["rows"] if row["verdict"]["outcome"] == "fail"]
    assert len(failed) >= 5
    for row in failed:
        if row["in_scope"] and row["confirmed"]:
            assert row["id"] in done.stdout
            assert row["fix"] in done.stdout
    shown = README.read_text("utf-8").split("```text\n")[1].partition("```")[0]
    assert [line for line in shown.splitlines() if line not in done.stdout] == []


FOLDERS = ("healthy", "broken")


def test_the_demonstration_can_be_judged_again_offline_to_the_same_end(tmp_path: Path) -> None:
    assert run("demo", "--out", ".", cwd=tmp_path, timeout=120).returncode == 0
    done = run("judge", "healthy/recording.zip", "-o", "json:again.json", "--scope", "machine@S2", cwd=tmp_path)
    assert done.returncode == 0
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "healthy" / "report.json").read_bytes()


def test_a_place_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    done = run("demo", "--out", "file", cwd=tmp_path)
    assert done.returncode == 2
    assert "--out" in done.stderr


def test_a_report_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "healthy" / "report.html").mkdir(parents=True)
    done = run("demo", "--out", ".", cwd=tmp_path, timeout=120)
    assert done.returncode == 2
    assert "report.html" in done.stderr
    assert "--out" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there is no signal for one process alone")
def test_interrupted_it_says_so_and_leaves_no_key_behind(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    demo = subprocess.Popen(
        [sys.executable, "-m", "checker", "demo", "--out", str(tmp_path / "shown")],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    journal = tmp_path / "shown" / "healthy" / "recording.zip.journal" / "journal.ndjson"
    until = time.monotonic() + 60
    while not journal.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert list(temporary.rglob("*.key"))
    demo.send_signal(signal.SIGINT)
    said, wrong = demo.communicate(timeout=60)
    assert demo.returncode == 130
    assert "interrupted" in wrong
    assert "broken" not in said
    assert list(temporary.iterdir()) == []


def test_what_python_prints_by_itself_is_not_taken_for_the_supplier(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('hello')", "utf-8")
    done = run("demo", "--out", "shown", cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 4
    assert "'hello" in done.stderr
    assert "sitecustomize" in done.stderr
