"""The profiles of the faces beside plain FHIR, each against the reference supplier that shows them all."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from fixtures.supplier import openapi
from fixtures.supplier.clear_text import ClearText
from fixtures.supplier.face_switches import FaceSwitches
from fixtures.supplier.platform import ERROR_SYSTEM
from fixtures.supplier.scenario import Scenario, files, load
from fixtures.supplier.serve import Served
from fixtures.supplier.summary import summary
from tests.cli.in_process import here
from tests.cli.support import AUTHORITY, FAST, SECRET, identity_of, supplier_text

KEY, KEY_VARIABLE = "key-of-the-platform", "PLATFORM_KEY"
PLATFORM = "nhs-api-platform"
CALLER = """
[headers]
NHSD-Session-URID = "{role-id}"
NHSD-End-User-Organisation-ODS = "{ods-code}"
[caller]
role-id = "999000000001"
ods-code = "X99998"
"""
"""Who asks, as the platform wants to be told."""
REQUIRED = ("X-Request-ID", "NHSD-Session-URID", "NHSD-End-User-Organisation-ODS")
SECONDS = 4
"""So long an answer may take in these runs."""
SAFETY = dict.fromkeys(("bulk-data", "fhir-r4-write"), ("--safety", "S3", "--allow-writes"))
"""Profile → what it takes beyond S2."""
Report = dict[str, Any]


def scenarios(profile: str) -> list[Scenario]:
    """The faults, then the decoys of a profile."""
    return [load(path) for kind in ("fault", "decoy") for path in files(kind, profile)]


def report_of(
    profile: str, scenario: Scenario | None = None, *more: str, after: Callable[[Served], None] = lambda served: None
) -> Report:
    """The report on the supplier of a scenario; None is the healthy one. ``more``: options of the command.

    ``after`` is given the supplier when the run is over. Judging the recording again has to give the same bytes.
    """
    faces = scenario.faces if scenario else FaceSwitches()
    if profile == PLATFORM and faces.user_headers == "not-asked":
        faces = replace(faces, user_headers="asked")
    switches = scenario.supplier if scenario else None
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faces-")))
        served = stack.enter_context(Served(switches=switches, faces=faces, api_key=KEY))
        clear = stack.enter_context(ClearText(served.origin, faces))
        prepare(folder, served, profile, faces, clear.port)
        given = SAFETY.get(profile, ("--safety", "S2"))
        env = {SECRET: served.client_secret, KEY_VARIABLE: KEY}
        command = ("run", "-p", _profile(folder, profile, clear.port), *FAST, *given, *more, "-q", "--overwrite")
        done = here(*command, "-o", "json:report.json", cwd=folder, env=env)
        assert (folder / "report.json").exists(), done.stderr
        found: Report = json.loads((folder / "report.json").read_bytes())
        assert found["exit_code"] == done.returncode, done.stderr
        after(served)
        named = command[2]
        here("judge", "recording.zip", "-p", named, "-o", "json:again.json", cwd=folder)
        assert (folder / "again.json").read_bytes() == (folder / "report.json").read_bytes()
        return found


def prepare(folder: Path, served: Served, profile: str, faces: FaceSwitches, port: int) -> None:
    """The supplier file, and what is handed over."""
    artefacts: dict[str, Path | str] = {}
    if profile == PLATFORM:
        artefacts |= openapi.write(folder, faces)
    if profile == "ips":
        (folder / "summaries").mkdir()
        made = summary(served.base_url, served.supplier.store, "pat-003", FaceSwitches(summary="urn"))
        (folder / "summaries" / "one.json").write_text(json.dumps(made), "utf-8")
        artefacts["ips-document"] = "summaries"
    narrow = f'[identity.narrow]\n{identity_of(served)}\nscope = "system/Patient.read"\n'
    key = f'[identity.platform]\nkind = "api-key"\nheader = "apikey"\nsecret-env = "{KEY_VARIABLE}"\n'
    text = supplier_text(
        served.base_url,
        token_url=served.token_url,
        identity=identity_of(served),
        ca=served.ca,
        artefacts=artefacts,
        environment="demonstration",
        more="\n".join((AUTHORITY, narrow, key, CALLER if profile == PLATFORM else "")),
    )
    (folder / "supplier.toml").write_text(text, "utf-8")


def _profile(folder: Path, profile: str, port: int) -> str:
    """The profile as it is; that of the platform with the port, the time and the error system of these runs."""
    if profile != PLATFORM:
        return profile
    overlay = f"""
id: faced-platform
version: 0.1.0
title: The platform as the reference supplier shows it
include: [{{profile: nhs-api-platform}}]
settings: {{request-id: echo, required-headers: [{", ".join(REQUIRED)}], error-system: ["{ERROR_SYSTEM}"]}}
overlay:
  - {{requirement: GOVAPI-002, parameterise: {{port: {port or 9}}}, reason: it listens there}}
  - {{requirement: APIM-TIME-001, parameterise: {{seconds: {SECONDS}}}, reason: nobody waits for half a minute}}
"""
    (folder / "overlay.yaml").write_text(overlay, "utf-8")
    return "overlay.yaml"
