"""The profile `nhs-api-platform-auth` over what a client of the NHS sent to the stand-in, which was real HTTP."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from fixtures.supplier.audit_requests import ORGANISATION
from fixtures.supplier.client_evidence import REAL, Lines, lines_of, written
from fixtures.supplier.client_switches import ClientSwitches
from fixtures.supplier.key_host import KeyHost
from fixtures.supplier.nhs_client import key_sets
from fixtures.supplier.scenario import CLIENT, Scenario
from tests.cli.in_process import here
from tests.cli.support import AUTHORITY, FAST
from tests.conformance import folders

PROFILE = CLIENT

scenarios = partial(folders.scenarios, PROFILE)


def report_of(
    scenario: Scenario | None = None,
    *only: str,
    without: tuple[str, ...] = (),
    told: Callable[[Lines], bytes] = lines_of,
    known: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The report on a scenario; None is the healthy client.

    ``without``: kinds that are not submitted. ``told``: the lines as another file has them. ``known``: more of it.
    """
    switches = scenario.client if scenario else ClientSwitches()
    _, now = key_sets(switches)
    files = written(switches, told)
    said = {"requesting-organisations": ORGANISATION, **(known or {})}
    said |= {"nhs-token-url": REAL} if switches.environment == "other" else {}
    with tempfile.TemporaryDirectory(prefix="client-") as place, KeyHost(now, switches.key_host, Path(place)) as host:
        said = {"client-keys": host.url, **said}
        return report_on({name: text for name, text in files.items() if name not in without}, Path(place), said, only)


def report_on(
    files: Mapping[str, bytes], folder: Path, known: Mapping[str, str], only: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The report on files by kind of artefact, with what ``[known]`` says; judged again, the report is the same."""
    parts = ['[supplier]\nname = "Example Supplier"\nproduct = "Rowan Record"\nversion = "4.2.0"\nenvironment = "test"']
    for name, text in files.items():
        (folder / name).write_bytes(text)
        parts.append(f'[[artefact]]\nid = "{name}"\nkind = "{name}"\npath = "{name}"')
    if (folder / "key-host-ca.pem").exists():
        parts.append('[network]\nca-bundle = "key-host-ca.pem"')
    parts.append("[known]\n" + "\n".join(f'{name} = "{value}"' for name, value in known.items() if value))
    (folder / "supplier.toml").write_text("\n\n".join([*parts, AUTHORITY]) + "\n", "utf-8")
    picked = [part for name in only for part in ("--only", name)]
    done = here("run", "-p", PROFILE, *FAST, *picked, "-q", "-o", "json:report.json", cwd=folder)
    assert (folder / "report.json").exists(), done.stderr
    found: dict[str, Any] = json.loads((folder / "report.json").read_bytes())
    return found
