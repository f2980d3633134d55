"""``python -m fixtures.supplier`` as a process of its own."""

from __future__ import annotations

import json
import signal
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from fixtures.supplier.scenario import FIXTURES

COMMAND = [sys.executable, "-m", "fixtures.supplier"]
ROOT = FIXTURES.parent


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_until_it_is_stopped_and_leaves_nothing(tmp_path: Path, ending: signal.Signals) -> None:
    arguments = [*COMMAND, "--out", str(tmp_path), "--fault", "FHIR-CAP-002"]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        context = ssl.create_default_context(cafile=said["ca"])
        with urllib.request.urlopen(said["base_url"] + "/metadata", context=context, timeout=10) as answer:
            assert json.load(answer)["fhirVersion"] == "4.3.0"
        assert {path.name for path in tmp_path.iterdir()} == {"ca.pem", "client.key", "audit.ndjson"}
        process.send_signal(ending)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_name_is_said_with_the_known_ones() -> None:
    done = subprocess.run([*COMMAND, "--decoy", "nonsense"], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "metadata-open" in done.stderr
    assert done.stdout == ""
