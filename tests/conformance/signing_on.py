"""The profile maturity over the good evidence pack, beside a supplier that says how one signs in."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

from checker.cli.clock import SystemClock
from fixtures.packs.build import build
from fixtures.supplier.face_switches import FaceSwitches
from fixtures.supplier.scenario import SIGN_ON, Scenario
from fixtures.supplier.serve import Served
from tests.cli.in_process import here
from tests.cli.support import FAST, SECRET, identity_of, supplier_text
from tests.conformance import folders
from tests.conformance.packs import ENDPOINT, NOW

PROFILE, FOLDER = "maturity", SIGN_ON
ROWS = ("CV-SSO-02", "CV-SSO-03")
"""The rows that read what an authorisation server says of itself."""
LAUNCHES = FaceSwitches(smart="launch")
Report = dict[str, Any]


def scenarios() -> list[Scenario]:
    """The faults, then the decoys."""
    return folders.scenarios(FOLDER)


def report_of(scenario: Scenario | None = None) -> Report:
    """The report on the pack and the supplier of a scenario, as at the day for which the packs are made."""
    changed = scenario is not None and scenario.faces != FaceSwitches()
    faces = scenario.faces if scenario and changed else LAUNCHES
    with tempfile.TemporaryDirectory(prefix="signing-on-") as place, Served(faces=faces) as served:
        folder = Path(place)
        edits = (scenario.pack, scenario.pack_after) if scenario else ((), ())
        texts = {f"issuer: {ENDPOINT}": f"issuer: {served.origin}", ENDPOINT: served.base_url}
        build(folder / "pack", *edits, texts=texts)
        text = supplier_text(
            served.base_url,
            token_url=served.token_url,
            identity=identity_of(served),
            ca=served.ca,
            artefacts={"evidence-pack": "pack"},
            environment="demonstration",
        )
        (folder / "supplier.toml").write_text(text, "utf-8")
        with patch.object(SystemClock, "now", lambda self: NOW):
            asked = ("run", "-p", PROFILE, *FAST, "-q", "-o", "json:report.json")
            done = here(*asked, cwd=folder, env={SECRET: served.client_secret})
        assert (folder / "report.json").exists(), done.stderr
        found: Report = json.loads((folder / "report.json").read_bytes())
        return found
