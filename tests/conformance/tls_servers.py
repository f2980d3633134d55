"""The profiles of TLS, each against a TLS server on loopback that a scenario describes."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

from checker.probes.live import Live
from fixtures.supplier.clock import wall_clock
from fixtures.supplier.scenario import Scenario, files, load
from fixtures.supplier.tls_switches import CertificateSwitches, TlsSwitches
from fixtures.tls.scans import scan
from fixtures.tls.serve import SECOND, TlsServed
from tests.cli.in_process import here
from tests.cli.support import AUTHORITY, supplier_text

PROFILE, SPINE = "tls-ncsc", "tls-spine"
RATE = ("--rate", "200")
HEALTHY = {
    PROFILE: TlsSwitches(),
    SPINE: TlsSwitches(
        ciphers="ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256",
        certificate=CertificateSwitches(key="rsa-2048", public=False, days=1095),
    ),
}
Report = dict[str, Any]


@contextmanager
def leading_to(*addresses: str) -> Iterator[None]:
    """Every name leads to these addresses."""

    async def found(host: str, port: int) -> tuple[str, ...]:
        return addresses

    with patch.dict(Live.__init__.__kwdefaults__ or {}, {"resolve": found}):
        yield


def scenarios(profile: str) -> list[Scenario]:
    """The faults, then the decoys of a profile."""
    return [load(path) for kind in ("fault", "decoy") for path in files(kind, profile)]


def switches_of(profile: str, scenario: Scenario | None) -> TlsSwitches:
    """The server of a scenario; None is the healthy one of the profile."""
    return scenario.tls or HEALTHY[profile] if scenario else HEALTHY[profile]


def report_of(profile: str, scenario: Scenario | None = None, *more: str) -> Report:
    """The report on the server of a scenario. ``more``: options of the command.

    Judging the recording again has to give the same bytes.
    """
    with (
        tempfile.TemporaryDirectory(prefix="tls-run-") as place,
        TlsServed(switches_of(profile, scenario), wall_clock()) as served,
    ):
        folder = Path(place)
        (folder / "ca.pem").write_bytes(served.trust)
        scanned = served.switches.scan
        if scanned != "none":
            (folder / "scan.json").write_bytes(scan(scanned, served.port, wall_clock()))
        several = served.switches.second != "none"
        text = supplier_text(
            f"https://{'localhost' if several else '127.0.0.1'}:{served.port}/fhir",
            ca=Path("ca.pem"),
            artefacts={} if scanned == "none" else {"tls-scan": "scan.json"},
            more=AUTHORITY,
        )
        (folder / "supplier.toml").write_text(text, "utf-8")
        with leading_to("127.0.0.1", SECOND) if several else nullcontext():
            done = here("run", "-p", profile, *RATE, *more, "-q", "-o", "json:report.json", cwd=folder)
        assert (folder / "report.json").exists(), done.stderr
        found: Report = json.loads((folder / "report.json").read_bytes())
        assert found["exit_code"] == done.returncode, done.stderr
        if "--only" not in more:
            here("judge", "recording.zip", "-p", profile, "-o", "json:again.json", cwd=folder)
            assert (folder / "again.json").read_bytes() == (folder / "report.json").read_bytes()
        return found
