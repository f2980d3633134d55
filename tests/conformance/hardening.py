"""The profile `api-hardening` against the reference supplier, with something before it that keeps the rules or not."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from fixtures.supplier.app import BASE_PATH
from fixtures.supplier.clear_text import ClearText
from fixtures.supplier.face_switches import FaceSwitches
from fixtures.supplier.hardening import Hardened
from fixtures.supplier.hardening_switches import HardeningSwitches
from fixtures.supplier.scenario import HARDENING, Scenario, files, load
from fixtures.supplier.serve import Served
from fixtures.supplier.switches import SupplierSwitches
from tests.cli.in_process import here
from tests.cli.support import AUTHORITY, FAST, SECRET, identity_of, supplier_text

PROFILE = HARDENING
VISIBLE = "3"
"""So many patients the identity of these runs may see."""
BY_PORT = ("HSTS-002", "HTTP-001", "HTTP-002")


def scenarios() -> list[Scenario]:
    """The faults, then the decoys."""
    return [load(path) for kind in ("fault", "decoy") for path in files(kind, HARDENING)]


def report_of(
    scenario: Scenario | None = None, *more: str, visible: str = VISIBLE, closed: str | None = None
) -> dict[str, Any]:
    """The report on a scenario; None is the healthy one. Judging the recording again has to give the same bytes.

    ``visible``, ``closed``: what the supplier file says of patients that may be seen, and of ports that are closed
    (None: of that one).
    """
    hardening = scenario.hardening if scenario else HardeningSwitches()
    switches = replace(scenario.supplier if scenario else SupplierSwitches(), cors="registered")
    faces = FaceSwitches(clear_text=hardening.clear_text)
    with (
        tempfile.TemporaryDirectory(prefix="hardening-") as place,
        Served(switches=switches, around=lambda app: Hardened(app, hardening, BASE_PATH)) as served,
        ClearText(served.origin, faces) as clear,
    ):
        folder = Path(place)
        said = {"visible-patients": visible, "closed-ports": str(clear.port) if closed is None else closed}
        known = "[known]\n" + "".join(f'{name} = "{value}"\n' for name, value in said.items() if value)
        text = supplier_text(
            served.base_url,
            token_url=served.token_url,
            identity=identity_of(served),
            ca=served.ca,
            artefacts={},
            environment="demonstration",
            more=f"{AUTHORITY}\n{known}",
        )
        (folder / "supplier.toml").write_text(text, "utf-8")
        (folder / "overlay.yaml").write_text(_overlay(clear.port), "utf-8")
        env = {SECRET: served.client_secret}
        command = ("run", "-p", "overlay.yaml", *FAST, "--safety", "S2", *more, "-q", "-o", "json:report.json")
        done = here(*command, cwd=folder, env=env)
        assert (folder / "report.json").exists(), done.stderr
        again = more if "--only" in more else ()
        here("judge", "recording.zip", "-p", "overlay.yaml", *again, "-o", "json:again.json", cwd=folder)
        written = (folder / "report.json").read_bytes()
        assert (folder / "again.json").read_bytes() == written
        found: dict[str, Any] = json.loads(written)
        return found


def _overlay(port: int) -> str:
    changed = "".join(
        f"  - {{requirement: {row}, parameterise: {{port: {port}}}, reason: it listens there}}\n" for row in BY_PORT
    )
    return f"""
id: hardened
version: 0.1.0
title: The interface as the reference supplier shows it
include: [{{profile: {HARDENING}}}]
overlay:
{changed}"""
