"""The profile access-control against a supplier whose tokens are bound, whole and with one thing changed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fixtures.supplier.guarded_tokens import GuardedAuthority
from fixtures.supplier.guarded_ways import FOR_USERS, KEY
from fixtures.supplier.guards import GuardSwitches
from fixtures.supplier.scenario import GUARDED, Scenario, files, load
from fixtures.supplier.serve import Served
from tests.cli.in_process import here
from tests.cli.support import AUTHORITY, FAST, SECRET, identity_of, supplier_text

PROFILE = GUARDED
PATIENTS = {"patient-a": "pat-001", "patient-b": "pat-003"}
TENANTS = {"tenant-a": ("pat-001", "org-002"), "tenant-b": ("pat-004", "org-001")}
GIVEN = ("--safety", "S3", "--allow-writes")
Report = dict[str, Any]
Handed = Mapping[str, Callable[[Served], str]]
"""What is wrong with a token → how it is made."""


def scenarios() -> list[Scenario]:
    """The faults, then the decoys."""
    return [load(path) for kind in ("fault", "decoy") for path in files(kind, GUARDED)]


def near(scenario: Scenario) -> tuple[str, ...]:
    """The rows that a scenario is tried with: its own, and those that it says may change."""
    return (*scenario.requirements, *(row for row in scenario.also if row not in scenario.requirements))


def measure(
    scenario: Scenario | None = None,
    *only: str,
    issuer: bool = True,
    handed: Handed | None = None,
    given: tuple[str, ...] = GIVEN,
) -> Report:
    """The report of a run; ``only`` some rows, or all. ``issuer``: the key of the token issuer is handed over.

    ``handed``: tokens that are there to be refused, by what is wrong with them. Judging the
    recording again has to give the same bytes.
    """
    guards = (scenario.guard if scenario else None) or GuardSwitches()
    switches = scenario.supplier if scenario else None
    with tempfile.TemporaryDirectory(prefix="guarded-") as folder, Served(switches=switches, guards=guards) as served:
        place = Path(folder)
        env = written(place, served, issuer=issuer, handed=handed or {})
        picked = [part for name in only for part in ("--only", name)]
        done = here("run", "-p", PROFILE, *given, *FAST, "-q", *picked, "-o", "json:report.json", cwd=place, env=env)
        assert (place / "report.json").exists(), done.stderr
        found: Report = json.loads((place / "report.json").read_bytes())
        here("judge", "recording.zip", "-p", PROFILE, *picked, "-o", "json:again.json", cwd=place)
        assert (place / "again.json").read_bytes() == (place / "report.json").read_bytes()
        return found


def written(place: Path, served: Served, *, issuer: bool, handed: Handed) -> dict[str, str]:
    """The supplier file with all its identities, and the environment that holds their tokens."""
    env = {SECRET: served.client_secret}
    tables = [AUTHORITY, f'[identity.narrow]\n{identity_of(served)}\nscope = "system/Patient.read"\n']

    def bearer(name: str, token: str, patient: str = "") -> str:
        variable = f"TOKEN_{name.upper().replace('-', '_')}"
        env[variable] = token
        bound = f'\npatient = "{patient}"' if patient else ""
        return f'kind = "bearer"\nsecret-env = "{variable}"{bound}\n'

    default = f'{identity_of(served)}\nscope = "system/*.read system/*.write"'
    tables.append(f"[identity.read-only]\n{bearer('read-only', served.token('system/*.read'))}")
    for name, patient in PATIENTS.items():
        token = served.token("patient/*.read", patient=patient)
        tables.append(f"[identity.{name}]\n{bearer(name, token, patient)}")
    for name, (patient, organisation) in TENANTS.items():
        token = served.token("user/*.read", organisation=organisation)
        tables.append(f"[identity.{name}]\n{bearer(name, token, patient)}")
    if issuer and isinstance(served.authority, GuardedAuthority):
        (place / "issuer.key").write_bytes(served.authority.pem())
        key = 'kind = "token-issuer"\nkey-file = "issuer.key"\nkey-id = "access-1"\nalgorithm = "ES256"\n'
        tables.append(f"[identity.issued]\n{key}")
    env["APP_KEY"] = KEY
    tables.append('[identity.api-key]\nkind = "api-key"\nheader = "apikey"\nsecret-env = "APP_KEY"\n')
    tables.append(f"[identity.application]\n{bearer('application', served.token('system/*.read application'))}")
    tables.append(f'[known]\nuser-restricted = "Patient/{FOR_USERS}"\n')
    for name, make in handed.items():
        tables.append(f"[identity.{name}]\n{bearer(name, make(served))}")
    text = supplier_text(
        served.base_url,
        token_url=served.token_url,
        identity=default,
        ca=served.ca,
        environment="demonstration",
        more="\n".join(tables),
    )
    (place / "supplier.toml").write_text(text, "utf-8")
    return env
