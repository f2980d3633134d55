"""The exit rehearsal against the reference supplier, whole and with one thing changed in what it hands over."""

from __future__ import annotations

from pathlib import Path

from fixtures.supplier import rehearsal
from fixtures.supplier.export import rows
from fixtures.supplier.scenario import EXIT, Scenario, files, load
from fixtures.supplier.serve import Served
from fixtures.supplier.switches import ExportSwitches
from tests.cli.in_process import here
from tests.cli.support import FAST, Site, site

PROFILE = "exit-rehearsal"
WHOLE = ExportSwitches(rehearsal=True)


def scenarios() -> list[Scenario]:
    """All faults, then all decoys."""
    return [load(path) for kind in ("fault", "decoy") for path in files(kind, EXIT)]


def handed_over(folder: Path, served: Served, asked: ExportSwitches = WHOLE) -> Site:
    """A folder with an export to leave with, and its dictionary."""
    place = site(
        folder,
        served,
        export=asked,
        artefacts={"export": "export", "audit-log": served.audit_log, "dictionary": "dictionary"},
    )
    for name, text in rehearsal.dictionary(rows(asked), asked).items():
        path = folder / "dictionary" / Path(name).name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return place


def rehearsed(place: Site, *more: str) -> dict[str, object]:
    """The report of a run."""
    given = ("run", "-p", PROFILE, *FAST, "-q", "--overwrite", *more, "-o", "json:report.json")
    done = here(*given, cwd=place.folder, env=place.env)
    assert place.path("report.json").exists(), done.stderr
    return place.report()
