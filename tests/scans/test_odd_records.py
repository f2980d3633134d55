"""Whatever stands in an export, a scan counts it or passes over it, and never breaks: odd values at every place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fixtures.supplier.export import write_export
from fixtures.supplier.switches import ExportSwitches
from tests.cli.in_process import here
from tests.conformance.odd_values import places, put

ODD: tuple[Any, ...] = ([], {}, 7, None, [None], "", "http://[::1", "\ud800")
NOT_LOOKED_AT = ("resourceType", "text")


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of each place in each type of resource one record for each odd value that stands there."""
    folder, whole = tmp_path_factory.mktemp("odd"), tmp_path_factory.mktemp("whole")
    known: set[tuple[Any, ...]] = set()
    count = 0
    for path in write_export(whole, switches=ExportSwitches(rehearsal=True)):
        if path.suffix != ".ndjson":
            continue
        made = []
        for line in path.read_text("utf-8").splitlines():
            record = json.loads(line)
            for place in places(record):
                key = (record["resourceType"], *(part for part in place if not isinstance(part, int)), type(place[-1]))
                if place[0] not in NOT_LOOKED_AT and key not in known:
                    known.add(key)
                    made += [json.dumps(put(record, place, odd)) for odd in ODD]
        (folder / path.name).write_text("".join(f"{one}\n" for one in made), "utf-8")
        count += len(made)
    assert count > 1000
    return folder


@pytest.mark.parametrize(
    "profile", ["data-handling", "data-quality", "anonymised-release", "exit-rehearsal", "uk-core-stu3-draft"]
)
def test_no_record_breaks_a_scan(profile: str, export: Path, tmp_path: Path) -> None:
    given = ("--artefact", f"export={export}", "--name", "Odd", "--environment", "test", "-q", "-o", "json:report.json")
    here("run", "-p", profile, *given, cwd=tmp_path)
    rows = json.loads((tmp_path / "report.json").read_bytes())["rows"]
    assert [row["id"] for row in rows if row["verdict"]["outcome"] == "error"] == []
    assert any(row["verdict"]["outcome"] == "fail" for row in rows)
