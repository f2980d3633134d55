"""The profile mutual-tls against a supplier that wants client certificates, whole and with one thing changed."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from fixtures.supplier import tls
from fixtures.supplier.mutual import MutualServed
from fixtures.supplier.mutual_switches import MutualSwitches
from fixtures.supplier.scenario import MUTUAL, Scenario, files, load
from fixtures.supplier.switches import SupplierSwitches
from tests.cli.in_process import here
from tests.cli.support import AUTHORITY, FAST, SECRET, identity_of, supplier_text

PROFILE = MUTUAL
HANDED = ("certificate-expired", "certificate-revoked", "certificate-other-name", "certificate-second")
"""The identities that hold certificates which only their issuer can make."""
ISSUER = "issuer"
"""Instead of them: the authority itself."""
Report = dict[str, Any]


def scenarios() -> list[Scenario]:
    """The faults, then the decoys."""
    return [load(path) for kind in ("fault", "decoy") for path in files(kind, MUTUAL)]


def measure(
    scenario: Scenario | None = None,
    *only: str,
    handed: tuple[str, ...] = HANDED,
    shows: bool = True,
    mutual: MutualSwitches | None = None,
    known: str = '[known]\nfaces-the-spine = "yes"\n',
) -> Report:
    """The report of a run; ``only`` some rows, or all. Judging the recording again has to give the same bytes.

    ``handed``: the identities that are in the supplier file beside the default one, each with the certificate that
    its name says, or that stands behind a ``=``. ``shows``: has the default one a certificate?
    """
    asked = mutual or (scenario.mutual if scenario else None) or MutualSwitches()
    switches = scenario.supplier if scenario else SupplierSwitches()
    with tempfile.TemporaryDirectory(prefix="mutual-") as folder, MutualServed(asked, switches=switches) as served:
        place = Path(folder)
        write(place, served, handed=handed, shows=shows, known=known)
        picked = [part for name in only for part in ("--only", name)]
        env = {SECRET: served.client_secret}
        command = ("run", "-p", PROFILE, "--safety", "S2", *FAST, "-q", *picked, "-o", "json:report.json")
        done = here(*command, cwd=place, env=env)
        assert (place / "report.json").exists(), done.stderr
        found: Report = json.loads((place / "report.json").read_bytes())
        here("judge", "recording.zip", "-p", PROFILE, *picked, "-o", "json:again.json", cwd=place)
        assert (place / "again.json").read_bytes() == (place / "report.json").read_bytes()
        return found


def write(place: Path, served: MutualServed, *, handed: tuple[str, ...], shows: bool, known: str = "") -> None:
    """The supplier file with its identities, and the files that these name."""
    tables = [AUTHORITY, known]
    for one in handed:
        name, _, of = one.partition("=")
        if name == ISSUER:
            pem = served.issued.authority_pem + served.issued.authority_key
            tables.append(_table(place, name, "certificate-issuer", pem))
        else:
            pem = served.issued.by_name[of or name.removeprefix("certificate-")]
            tables.append(_table(place, name, "client-certificate", pem))
    good = _certificate(place, "default", served.issued.by_name["good"]) if shows else ""
    text = supplier_text(
        served.base_url,
        token_url=served.token_url,
        identity=f"{identity_of(served)}\n{good}",
        ca=served.ca,
        environment="demonstration",
        more="\n".join(tables),
    )
    (place / "supplier.toml").write_text(text, "utf-8")


def _table(place: Path, name: str, kind: str, pem: bytes) -> str:
    return f'[identity.{name}]\nkind = "{kind}"\n{_certificate(place, name, pem)}'


def _certificate(place: Path, name: str, pem: bytes) -> str:
    tls.write_private(place / f"{name}.pem", pem)
    return f'certificate-file = "{name}.pem"\ncertificate-key-file = "{name}.pem"\n'
