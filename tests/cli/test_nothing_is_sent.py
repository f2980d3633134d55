"""Safety class S0: what was submitted is judged, and nothing is sent."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.cli.support import run, start


def test_not_even_for_an_artefact_behind_a_url(tmp_path: Path) -> None:
    """At S1 the same command connects, so that the silence at S0 means something."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        place = f"https://127.0.0.1:{listening.getsockname()[1]}"
        given = ("--name", "Acme", "--base-url", f"{place}/fhir", "--artefact", f"openapi={place}/openapi.json")
        done = run("run", "-p", "baseline", *given, "--safety", "S0", "-q", "-o", "json:report.json", cwd=tmp_path)
        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.accept()
        report = json.loads((tmp_path / "report.json").read_bytes())
        assert report["recordings"][0]["requests"] == 0
        assert done.returncode == 3
        listening.settimeout(30)
        process = start("run", "-p", "baseline", *given, "--safety", "S1", "-q", "--overwrite", cwd=tmp_path)
        try:
            listening.accept()[0].close()
        finally:
            process.kill()
            process.communicate()
