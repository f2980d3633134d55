"""``python -m tests.render.gallery``: write the samples of every format in ``reports/gallery``.

The JSON reports there are the input: what three runs against the reference supplier gave. All other
files are rendered from them, so that the same input gives the same bytes. ``--record`` runs the
three anew (the profile may be named behind it); ports and times are then other ones.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from checker.model.report import Report
from checker.render import render
from fixtures.supplier.scenario import Scenario
from fixtures.supplier.serve import Served
from fixtures.supplier.switches import ExportSwitches, SupplierSwitches
from tests.cli.support import FAST, SECRET, site

FOLDER = Path(__file__).resolve().parents[2] / "reports" / "gallery"
PROFILE = "baseline"

ENDINGS = {"json": "json", "html": "html", "junit": "junit.xml", "csv": "csv", "console": "txt"}
"""Format → how the name of its file ends."""

EXIT_CODES = {"healthy": 0, "broken": 1, "inconclusive": 3}
"""Name of a sample → what its run ended with."""

BROKEN = Scenario(
    name="gallery",
    kind="fault",
    requirements=("AUTH-001",),
    title="Open records, wrong errors, an export with a doubled patient, and a log with holes",
    supplier=SupplierSwitches(unauthenticated="read-open", not_found="html", paging="loops", audit="skips-third"),
    export=ExportSwitches(duplicate_identifier=True),
)
"""What is wrong with the broken supplier."""


def files(name: str) -> dict[str, bytes]:
    """File name → bytes, for one sample, rendered from its JSON report."""
    report = Report.from_json((FOLDER / f"{name}.json").read_bytes())
    return {f"{name}.{ending}": render(report, format) for format, ending in ENDINGS.items()}


def write() -> None:
    """Write every sample."""
    for name in EXIT_CODES:
        for file, data in files(name).items():
            (FOLDER / file).write_bytes(data)


def record(profile: str) -> None:
    """Run against the reference supplier: healthy, broken, and with a secret that it does not know."""
    _run("healthy", profile, None, {})
    _run("broken", profile, BROKEN, {})
    _run("inconclusive", profile, None, {SECRET: "not-the-secret-of-this-client"}, environment="test")


def _run(
    name: str, profile: str, scenario: Scenario | None, env: Mapping[str, str], *, environment: str = "demonstration"
) -> None:
    export = scenario.export if scenario else None
    with tempfile.TemporaryDirectory(prefix="gallery-") as folder, Served(scenario) as served:
        place = site(Path(folder), served, export=export, environment=environment)
        done = place.run("run", "-p", profile, "--safety", "S2", *FAST, "-o", "json:report.json", env=env)
        if done.returncode != EXIT_CODES[name]:
            raise SystemExit(f"{name}: exit code {done.returncode}\n{done.stderr}")
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / f"{name}.json").write_bytes(place.path("report.json").read_bytes())


if __name__ == "__main__":
    if "--record" in sys.argv:
        record(next((text for text in sys.argv[1:] if not text.startswith("-")), PROFILE))
    write()
