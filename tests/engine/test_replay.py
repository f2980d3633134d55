"""The same evidence gives the same verdicts and bytes: elsewhere, later, by newer code, by another profile."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from checker.engine.recording import Recording, open_recording
from checker.model.registry import Registry, Shelf
from checker.model.terms import Outcome, Reason
from tests.engine.scripted import (
    Scripted,
    collect,
    decisions,
    judged,
    profile_of,
    recorded,
    registry,
    requirement,
    without,
)
from tests.engine.suppliers import ALL, supplier


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Recording]:
    folder: Path = tmp_path_factory.mktemp("replay")
    return {name: open_recording(collect(folder / name, supplier(name)).path) for name in ALL}


@pytest.mark.parametrize("name", ALL)
def test_evidence_without_records_is_judged_the_same(recordings: dict[str, Recording], name: str) -> None:
    whole = recordings[name]
    assert decisions(judged(without(whole, records=whole.records))[0]) == decisions(judged(whole)[0])


@pytest.mark.parametrize("name", ["healthy", "loses_a_row"])
def test_two_judgements_give_the_same_bytes(recordings: dict[str, Recording], name: str) -> None:
    one, other = judged(recordings[name])[1], judged(recordings[name])[1]
    assert one.to_json() == other.to_json()


def test_a_copy_in_another_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    first = collect(tmp_path / "here", Scripted()).path
    (tmp_path / "there").mkdir()
    copy = Path(shutil.copy(first, tmp_path / "there" / "other-name.zip"))
    assert judged(open_recording(first))[1].to_json() == judged(open_recording(copy))[1].to_json()


def test_two_collections_of_the_same_answers_give_the_same_file(tmp_path: Path) -> None:
    one, other = collect(tmp_path / "a", Scripted()).path, collect(tmp_path / "b", Scripted()).path
    assert one.read_bytes() == other.read_bytes()


def test_no_path_or_location_of_this_machine_is_in_a_recording(tmp_path: Path) -> None:
    data = collect(tmp_path, Scripted()).path.read_bytes()
    assert str(tmp_path).encode() not in data
    assert b"audit.ndjson" not in data


def test_a_second_profile_is_answered_from_what_was_asked() -> None:
    """Search and reads were recorded for the sample, so a probe that needs no more can be replayed."""
    asked = profile_of(requirement(check="read.id-is-the-id-asked", params={"type": "Patient"}))
    later = profile_of(
        requirement("R-1", check="read.id-is-the-id-asked", params={"type": "Patient"}),
        requirement("R-2", check="media-type.fhir"),
        requirement("R-3", check="search.pages-reach-the-end", params={"type": "Patient"}),
        requirement("R-4", check="capability.r4-instance"),
        requirement("R-5", check="tls.old-versions-refused"),
        requirement("R-6", check="access.refused-without-token", params={"type": "Patient"}),
    )
    verdicts, _ = judged(recorded(Scripted(), asked), profile=later)
    never = {name for name, found in decisions(verdicts).items() if found == (Outcome.INCONCLUSIVE, Reason.NO_DATA)}
    assert verdicts["R-1"].outcome is Outcome.PASS
    assert never == {"R-2", "R-3", "R-4", "R-5", "R-6"}


def test_a_new_row_whose_asks_were_all_made_is_decided() -> None:
    ten = profile_of(requirement(check="search.pages-reach-the-end", params={"type": "Patient", "count": 5}))
    four = {"type": "Patient", "count": 5, "pages": 4}
    fewer = profile_of(requirement("R-2", check="search.pages-reach-the-end", params=four))
    verdicts, _ = judged(recorded(Scripted(), ten), profile=fewer)
    assert verdicts["R-2"].outcome is Outcome.PASS


def test_a_new_row_of_which_one_ask_was_never_made_is_not_decided() -> None:
    sampled = profile_of(requirement(check="read.id-is-the-id-asked", params={"type": "Patient"}))
    five = {"type": "Patient", "count": 5}
    paged = profile_of(requirement("R-2", check="search.pages-reach-the-end", params=five))
    recording = recorded(Scripted(), sampled)
    assert any("Patient?_count=5" in str(bytes(item.payload)) for item in recording.evidence.values())
    verdicts, _ = judged(recording, profile=paged)
    assert decisions(verdicts)["R-2"] == (Outcome.INCONCLUSIVE, Reason.NO_DATA)


def _with_newer_probe(name: str) -> Registry:
    known = registry()
    specs = [(one, known.probes[one]) for one in known.probes]
    newer = [(one, dataclasses.replace(spec, version="2") if one == name else spec) for one, spec in specs]
    return dataclasses.replace(known, probes=Shelf("probe", newer))


@pytest.mark.parametrize("probe", list(registry().probes))
def test_a_newer_probe_that_asks_the_same_is_answered_the_same(recordings: dict[str, Recording], probe: str) -> None:
    newer = _with_newer_probe(probe)
    assert decisions(judged(recordings["healthy"], known=newer)[0]) == decisions(judged(recordings["healthy"])[0])
