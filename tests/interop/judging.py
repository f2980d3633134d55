"""The checker against a server that runs: ``supplier.toml``, a run for each profile, the reports beside."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.interop.running import InteropError, say

ROOT = Path(__file__).resolve().parents[2]
PROFILES = ("fhir-r4-rest", "fhir-r4-search", "capability-honesty", "baseline")
_CODES = {0: "compliant", 1: "not compliant", 3: "inconclusive"}
_SUPPLIER = """[supplier]
name = "{name}"
product = "{product}"
version = "{version}"
environment = "test"

[endpoint]
base-url = "{base_url}"

[identity.default]
kind = "none"

[network]
ca-bundle = "{ca}"

[authority]
authorised-by = "Whoever started it"
hosts = ["localhost"]
window-start = 2026-01-01T00:00:00Z
window-end = 2099-01-01T00:00:00Z
contacts = ["none@example.org"]

[limits]
requests-per-s = 50
"""


@dataclass(frozen=True)
class Subject:
    """A server to be judged."""

    key: str
    """Name of its script, and of its reports: ``hapi`` writes ``hapi-baseline.json``."""
    product: str
    version: str
    base_url: str
    ca: Path


def judge(subject: Subject, profiles: tuple[str, ...], out: Path, more: tuple[str, ...] = ()) -> None:
    """Run each profile; write JSON, text and HTML reports to ``out``. ``more``: options of ``checker run``.

    A report that is not compliant is a result. Raises ``InteropError`` if the checker did not come to a conclusion.
    """
    out.mkdir(parents=True, exist_ok=True)
    supplier = out / f"{subject.key}.supplier.toml"
    text = _SUPPLIER.format(
        name=subject.product,
        product=subject.product,
        version=subject.version,
        base_url=subject.base_url,
        ca=subject.ca.absolute(),
    )
    supplier.write_text(text, "utf-8")
    for profile in profiles:
        stem = out / f"{subject.key}-{Path(profile).parent.name if profile.endswith('.yaml') else profile}"
        command = [sys.executable, "-m", "checker", "run", "--profile", profile, "--supplier", str(supplier)]
        command += ["--safety", "S2", "--rate", "50", "--max-requests", "2000", "--quiet"]
        command += ["--recording", f"{stem}.recording.zip", "--overwrite"]
        for form, ending in (("json", "json"), ("html", "html"), ("console", "txt")):
            command += ["-o", f"{form}:{stem}.{ending}"]
        ran = subprocess.run([*command, *more], cwd=ROOT, capture_output=True, text=True, timeout=1800, check=False)
        say(f"  {profile}: {_CODES.get(ran.returncode, f'exit code {ran.returncode}')} -> {stem}.html")
        if ran.returncode not in _CODES:
            raise InteropError(f"checker ended with {ran.returncode}:\n{ran.stderr[-3000:]}")
