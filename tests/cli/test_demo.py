"""``checker demo``: the first command of a new user."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.support import closed_port, is_red, run

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
