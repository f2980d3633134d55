"""A profile against an export that lies in a folder, and against that export with something changed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fixtures.supplier import edits
from fixtures.supplier.scenario import Scenario, files, load
from tests.cli.in_process import here
from tests.cli.support import outcomes

Report = dict[str, Any]


def scenarios(folder: str) -> list[Scenario]:
    """The faults, then the decoys of a folder."""
    return [load(path) for kind in ("fault", "decoy") for path in files(kind, folder)]


def report_of(profile: str, scenario: Scenario | None = None, *, folder: str = "", as_of: str = "") -> Report:
    """The report on the export of a folder, with a scenario's edits made."""
    name = folder or profile
    asked = scenario.edits.get(name, ()) if scenario else ()
    source = edits.EXPORTS / name
    with tempfile.TemporaryDirectory(prefix="folder-") as place:
        here_is = Path(place)
        edits.write(here_is / "export", edits.edited(asked, source))
        given = ["--artefact", "export=export"]
        if (source / edits.REGISTER).exists():
            (here_is / edits.REGISTER).write_bytes(edits.register(asked, source))
            given += ["--artefact", f"register={edits.REGISTER}"]
        if (source / edits.DISPOSALS).exists():
            (here_is / edits.DISPOSALS).write_bytes(edits.disposals(asked, source))
            given += ["--artefact", f"disposal-log={edits.DISPOSALS}"]
        dated = ["--as-of", as_of] if as_of else []
        done = here("run", "-p", profile, *given, *dated, "-q", "-o", "json:report.json", cwd=here_is)
        assert (here_is / "report.json").exists(), done.stderr
        found: Report = json.loads((here_is / "report.json").read_bytes())
        assert found["exit_code"] == done.returncode
        return found


def outcomes_over(profile: str, resources: list[dict[str, Any]]) -> dict[str, str]:
    """What the rows of a profile say of an export that holds these resources."""
    with tempfile.TemporaryDirectory(prefix="folder-") as place:
        edits.write(Path(place) / "export", {"records.ndjson": resources})
        here("run", "-p", profile, "--artefact", "export=export", "-q", "-o", "json:report.json", cwd=Path(place))
        return outcomes(json.loads((Path(place) / "report.json").read_bytes()))


def problems(scenario: Scenario, found: Mapping[str, str], before: Mapping[str, str]) -> list[str]:
    """What is not as the file of the scenario says, from outcomes by requirement. Empty: all is explained."""
    changed = {name for name, said in found.items() if said != before[name]}
    explained = set(changed) if "*" in scenario.also else set(scenario.also)
    said = [f"{name} is an error" for name, one in found.items() if one.startswith("error")]
    if scenario.kind == "fault":
        (caught_by,) = scenario.requirements
        explained.add(caught_by)
        if found[caught_by] != "fail":
            said.append(f"{caught_by} does not catch it: {found[caught_by]}")
    else:
        said += [f"{name} fails" for name in changed if found[name] == "fail"]
        said += [f"{name} is no row" for name in scenario.requirements if name not in found]
    said += [f"{name} became {found[name]}" for name in sorted(changed - explained)]
    return said


def outcomes_of(report: Report) -> dict[str, str]:
    """Requirement → outcome, the reason of an inconclusive one in brackets."""
    return outcomes(report)
