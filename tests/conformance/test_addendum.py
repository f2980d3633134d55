"""An audit log that was exported after the reads, added to the recording of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fixtures.supplier.serve import Served
from tests.cli.in_process import here
from tests.cli.support import FAST, Site, outcomes, report, site, verdict

ROWS = ("DH-AUD-01", "DH-AUD-02", "DH-AUD-03", "DH-AUD-05", "DH-EXIT-02", "FHIR-READ-001")
PICKED = ("-p", "baseline", *(part for row in ROWS for part in ("--only", row)))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, Path]:
    """A recording without an audit log, and the log as it was after the reads."""
    folder = tmp_path_factory.mktemp("first")
    with Served(None) as served:
        place = site(folder, served, artefacts={"export": "export"})
        done = here("collect", *PICKED, *FAST, "-q", "--recording", "a.zip", cwd=folder, env=place.env)
        assert done.returncode == 3, done.stderr
        log = folder / "audit.ndjson"
        log.write_bytes(served.audit_log.read_bytes())
    return place, log


def added(place: Site, log: Path, name: str) -> int:
    given = ("--addendum", "a.zip", "--artefact", f"audit-log={log.name}", "--recording", name, "--overwrite", "-q")
    return here("collect", *PICKED, *given, cwd=place.folder).returncode


def judged(place: Site, *recordings: str) -> dict[str, object]:
    here("judge", *recordings, *PICKED, "-o", "json:report.json", cwd=place.folder)
    return report(place.path("report.json"))


def test_every_read_is_found_in_a_log_that_came_later(first: tuple[Site, Path]) -> None:
    place, log = first
    assert outcomes(judged(place, "a.zip"))["DH-AUD-01"] == "inconclusive(no-data)"
    assert added(place, log, "b.zip") == 0
    both = judged(place, "a.zip", "b.zip")
    assert outcomes(both) == dict.fromkeys(outcomes(both), "pass")
    text = place.path("report.json").read_bytes()
    judged(place, "b.zip", "a.zip")
    assert place.path("report.json").read_bytes() == text


def test_one_read_that_is_not_in_the_log_is_found(first: tuple[Site, Path]) -> None:
    place, log = first
    events = log.read_text("utf-8").splitlines()
    reads = [line for line in events if json.loads(line)["subtype"][0]["code"] == "read"]
    short = place.path("short.ndjson")
    short.write_text("".join(f"{line}\n" for line in events if line != reads[-1]), "utf-8")
    assert added(place, short, "c.zip") == 0
    found = judged(place, "a.zip", "c.zip")
    assert outcomes(found)["DH-AUD-01"] == "fail"
    assert any("of this run have no AuditEvent" in one["message"] for one in verdict(found, "DH-AUD-01")["findings"])


def test_an_addendum_alone_or_to_another_recording_is_refused(first: tuple[Site, Path]) -> None:
    place, log = first
    added(place, log, "d.zip")
    done = here("judge", "d.zip", *PICKED, cwd=place.folder)
    assert "addendum" in done.stderr
    again = here("collect", *PICKED, "--addendum", "d.zip", "--artefact", "audit-log=audit.ndjson", cwd=place.folder)
    assert "an addendum itself" in again.stderr


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--artefact", "export=export"), "has an artefact 'export' already"),
        (("--artefact", "audit-log=none.ndjson"), "none.ndjson"),
        (("--artefact", "audit-log=audit.ndjson", "--resume"), "--resume"),
        (("--artefact", "audit-log=audit.ndjson", "--recording", "a.zip", "--overwrite"), "would replace"),
    ],
)
def test_what_an_addendum_cannot_be(first: tuple[Site, Path], given: tuple[str, ...], said: str) -> None:
    place, _ = first
    before = place.path("a.zip").read_bytes()
    asked = given if "--recording" in given else (*given, "--recording", "z.zip")
    done = here("collect", *PICKED, "--addendum", "a.zip", *asked, cwd=place.folder)
    assert done.returncode != 0
    assert said in done.stderr
    assert place.path("a.zip").read_bytes() == before
