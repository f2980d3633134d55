"""The profile smart-fapi against a supplier with an authorisation server, whole and with one thing changed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from fixtures.supplier.authorisation_clients import APP, REDIRECT_URI, AuthorisingAuthority
from fixtures.supplier.authorisation_switches import AuthorisationSwitches
from fixtures.supplier.scenario import AUTHORISATION, Scenario, files, load
from fixtures.supplier.serve import Served
from tests.cli.in_process import here
from tests.cli.support import AUTHORITY, FAST, SECRET, identity_of, supplier_text

PROFILE = AUTHORISATION
GIVEN = ("--safety", "S3", "--allow-writes")
REFRESH = "REFRESH_TOKEN"
Report = dict[str, Any]


def scenarios() -> list[Scenario]:
    """The faults, then the decoys."""
    return [load(path) for kind in ("fault", "decoy") for path in files(kind, AUTHORISATION)]


def near(scenario: Scenario) -> tuple[str, ...]:
    """The rows that a scenario is tried with: its own, and those that it says may change."""
    return (*scenario.requirements, *(row for row in scenario.also if row not in scenario.requirements))


def measure(
    scenario: Scenario | None = None,
    *only: str,
    says: AuthorisationSwitches | None = None,
    known: str | None = None,
    given: tuple[str, ...] = GIVEN,
    keep: Path | None = None,
    secret: list[bytes] | None = None,
) -> Report:
    """The report of a run; ``only`` some rows, or all. ``known``: what stands under ``[known]``.

    ``keep``: where all that was written is left; ``secret``: gets what must be nowhere in it. Judging the recording
    again has to give the same bytes.
    """
    switches = scenario.supplier if scenario else None
    says = says or (scenario.authorisation if scenario else None) or AuthorisationSwitches()
    with (
        tempfile.TemporaryDirectory(prefix="authorising-") as folder,
        Served(switches=switches, authorisation=says) as served,
    ):
        place = keep or Path(folder)
        env = written(place, served, known=known)
        picked = [part for name in only for part in ("--only", name)]
        done = here("run", "-p", PROFILE, *given, *FAST, "-q", *picked, "-o", "json:report.json", cwd=place, env=env)
        assert (place / "report.json").exists(), done.stderr
        found: Report = json.loads((place / "report.json").read_bytes())
        if secret is not None:
            secret += secrets_of(served, env)
        here("judge", "recording.zip", "-p", PROFILE, *picked, "-o", "json:again.json", cwd=place)
        assert (place / "again.json").read_bytes() == (place / "report.json").read_bytes()
        return found


def written(place: Path, served: Served, *, known: str | None = None) -> dict[str, str]:
    """The supplier file, and the environment that holds its secrets."""
    assert served.authorisation is not None
    assert isinstance(served.authority, AuthorisingAuthority)
    env = {SECRET: served.client_secret, REFRESH: served.authority.new_refresh()}
    by_secret = identity_of(served)
    default = by_secret if served.authorisation.client == "secret" else _by_key(served)
    fapi = 'fapi = "2.0"\n' if served.authorisation.fapi not in ("not-declared", "rs256") else ""
    said = f'authorisation-client = "{APP}"\nredirect-uri = "{REDIRECT_URI}"\n{fapi}' if known is None else known
    tables = (
        AUTHORITY,
        f'[identity.narrow]\n{by_secret}\nscope = "system/Patient.read"\n',
        f'[identity.refresh]\nkind = "bearer"\nsecret-env = "{REFRESH}"\n',
        f"[known]\n{said}",
    )
    text = supplier_text(
        served.base_url,
        token_url=served.token_url,
        identity=f'{default}\nscope = "system/*.read"',
        ca=served.ca,
        environment="demonstration",
        more="\n".join(tables),
    )
    (place / "supplier.toml").write_text(text, "utf-8")
    return env


def _by_key(served: Served) -> str:
    key = f'key-file = "{served.client_key.as_posix()}"\nkey-id = "{served.key_id}"\nalgorithm = "RS384"'
    return f'kind = "private-key-jwt"\nclient-id = "{served.client_id}"\n{key}'


def secrets_of(served: Served, env: dict[str, str]) -> list[bytes]:
    """What the run knew: the secrets of its client, its refresh tokens, and the tokens that it was given."""
    assert isinstance(served.authority, AuthorisingAuthority)
    key = served.client_key.read_bytes().splitlines()[1]
    given = (*env.values(), *served.authority._refreshes, *served.authority._opaque)
    return [key, *(value.encode() for value in given)]


def every_byte(folder: Path) -> Iterator[tuple[str, bytes]]:
    """All that a run wrote, the members of archives one by one; the supplier file is its user's."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".zip":
            with ZipFile(path) as archive:
                yield from ((f"{path.name}/{name}", archive.read(name)) for name in archive.namelist())
        elif path.is_file() and path.name != "supplier.toml":
            yield path.name, path.read_bytes()
