"""A recording opens as it was sealed, or says that it is not what was sealed."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from checker.engine.collect import make_manifest
from checker.engine.journal import JournalState
from checker.engine.plan import make_plan
from checker.engine.recording import Recording, open_recording, seal
from checker.errors import CheckerFault, IntegrityFault, OutputFault, RecordingFault
from checker.model.value import canonical
from tests.engine.scripted import (
    LIMITS,
    SUPPLIER,
    Scripted,
    baseline,
    collect,
    header_of,
    profile_of,
    recorded,
    registry,
    requirement,
)

SMALL = profile_of(requirement(check="capability.r4-instance"))


def sealed(path: Path) -> Recording:
    """A small recording: one request."""
    made = recorded(Scripted(), SMALL)
    plan = make_plan(SMALL, SUPPLIER, registry(), LIMITS)
    state = JournalState(
        header=header_of(plan, SUPPLIER, LIMITS), evidence=tuple(made.evidence.values()), records=made.records
    )
    manifest = make_manifest(state, ended=state.header.started, complete=True, interrupted=False)
    seal(path, manifest, made.evidence.values(), made.records.values(), made.blobs)
    return open_recording(path)


def test_what_was_sealed_is_opened(tmp_path: Path) -> None:
    made, opened = recorded(Scripted(), SMALL), sealed(tmp_path / "r.zip")
    assert opened.evidence == made.evidence
    assert opened.records == made.records
    assert {name: opened.blobs[name] for name in opened.blobs} == dict(made.blobs)
    assert opened.blob("no such") is None


def test_sealing_twice_gives_the_same_bytes_and_digest(tmp_path: Path) -> None:
    one, other = sealed(tmp_path / "a.zip"), sealed(tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert one.digest == other.digest
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("mask", [0x01, 0x08, 0x80, 0xFF])
def test_every_changed_byte_is_noticed(tmp_path: Path, mask: int) -> None:
    """0x08 also turns "stored" into "deflated", 0x01 sets the bit that says "encrypted"."""
    path = tmp_path / "r.zip"
    sealed(path)
    good = path.read_bytes()
    unnoticed = []
    for place in range(len(good)):
        path.write_bytes(good[:place] + bytes([good[place] ^ mask]) + good[place + 1 :])
        try:
            open_recording(path)
        except (RecordingFault, IntegrityFault):
            continue
        except Exception as error:  # any other exception would end as a fault of the checker
            unnoticed.append((place, type(error).__name__))
        else:
            unnoticed.append((place, "opened"))
    assert unnoticed == []


@pytest.mark.parametrize("method", [8, 12, 14])
def test_another_compression_method_is_noticed(tmp_path: Path, method: int) -> None:
    path = tmp_path / "r.zip"
    sealed(path)
    good = path.read_bytes()
    start = good.index(b"PK\x01\x02") + 10
    path.write_bytes(good[:start] + bytes([method]) + good[start + 1 :])
    with pytest.raises((IntegrityFault, RecordingFault)):
        open_recording(path)


def test_every_cut_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "r.zip"
    sealed(path)
    good = path.read_bytes()
    for length in range(0, len(good), 7):
        path.write_bytes(good[:length])
        with pytest.raises((RecordingFault, IntegrityFault)):
            open_recording(path)


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """The zip with its members changed, and nothing else made to fit."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)


def _blob(members: dict[str, bytes]) -> str:
    return next(name for name in members if name.startswith("blobs/"))


@pytest.mark.parametrize(
    "change",
    [
        lambda members: members.pop("evidence.ndjson"),
        lambda members: members.pop("records.ndjson"),
        lambda members: members.pop(_blob(members)),
        lambda members: members.update({"note.txt": b"hello"}),
        lambda members: members.update({_blob(members): b"{}"}),
        lambda members: members.update({"records.ndjson": b""}),
        lambda members: members.update({"manifest.json": b"\xff"}),
        lambda members: members.update({"manifest.json": b"[]"}),
        lambda members: members.update({"manifest.json": members["manifest.json"].replace(b"Acme", b"Acne")}),
        lambda members: members.update({"manifest.json": members["manifest.json"] + b" "}),
    ],
)
def test_a_member_missing_added_or_changed_is_an_integrity_fault(
    tmp_path: Path, change: Callable[[dict[str, bytes]], None]
) -> None:
    path = tmp_path / "r.zip"
    sealed(path)
    rewritten(path, change)
    with pytest.raises(IntegrityFault) as caught:
        open_recording(path)
    assert caught.value.exit_code == 5


def test_a_member_twice_is_an_integrity_fault(tmp_path: Path) -> None:
    path = tmp_path / "r.zip"
    sealed(path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("records.ndjson", b"")
    with pytest.raises(IntegrityFault, match="twice"):
        open_recording(path)


@pytest.mark.parametrize("place", ["front", "end"])
def test_bytes_around_the_zip_are_noticed(tmp_path: Path, place: str) -> None:
    path = tmp_path / "r.zip"
    sealed(path)
    good = path.read_bytes()
    path.write_bytes(b"more" + good if place == "front" else good + b"more")
    with pytest.raises((IntegrityFault, RecordingFault)):
        open_recording(path)


def test_a_newer_format_says_to_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "r.zip"
    sealed(path)
    rewritten(path, lambda m: m.update({"manifest.json": m["manifest.json"].replace(b'"format":1', b'"format":2')}))
    with pytest.raises(RecordingFault) as caught:
        open_recording(path)
    assert caught.value.exit_code == 2
    assert "upgrade" in caught.value.next_step.lower()


@pytest.mark.parametrize("data", [b"", b"hello", b"<html>", b"\x00" * 100])
def test_what_is_no_zip_is_no_recording(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "r.zip"
    path.write_bytes(data)
    with pytest.raises(RecordingFault) as caught:
        open_recording(path)
    assert caught.value.exit_code == 2


def test_another_zip_is_no_recording(tmp_path: Path) -> None:
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("export.ndjson", b"{}")
    with pytest.raises(RecordingFault, match="manifest"):
        open_recording(path)


def test_a_missing_file_and_a_folder_are_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(RecordingFault, match="does not exist"):
        open_recording(tmp_path / "none.zip")
    with pytest.raises(RecordingFault, match="cannot be read"):
        open_recording(tmp_path)


def test_a_place_that_cannot_be_written_is_an_output_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    made = recorded(Scripted(), SMALL)
    with pytest.raises(OutputFault):
        seal(tmp_path / "file" / "r.zip", made.manifest, (), (), {})


def test_a_broken_chain_is_an_integrity_fault(tmp_path: Path) -> None:
    path = tmp_path / "r.zip"
    made = sealed(path)
    moved = [msgspec.structs.replace(item, previous="0" * 64) for item in made.evidence.values()]
    seal(path, made.manifest, moved, made.records.values(), made.blobs)
    with pytest.raises(IntegrityFault, match="chain"):
        open_recording(path)


def test_a_ledger_that_names_more_than_there_is_is_an_integrity_fault(tmp_path: Path) -> None:
    made = sealed(tmp_path / "r.zip")
    more = msgspec.structs.replace(made.manifest, evidence=(*made.manifest.evidence, "e000099"))
    seal(tmp_path / "more.zip", more, made.evidence.values(), made.records.values(), made.blobs)
    with pytest.raises(IntegrityFault, match="ledger"):
        open_recording(tmp_path / "more.zip")


def test_a_secret_of_the_run_is_never_sealed(tmp_path: Path) -> None:
    """The fake supplier says back what was in the token; a redactor that missed it must not cost a secret."""
    outside = Scripted(secrets=(b"active",))  # a word that its CapabilityStatement says
    with pytest.raises(CheckerFault, match="secret"):
        collect(tmp_path, outside)
    assert not (tmp_path / "run.zip").exists()


def test_a_secret_in_a_record_or_header_is_found_too(tmp_path: Path) -> None:
    for number, secret in enumerate((b"Acme 1.0", SUPPLIER.name.encode(), canonical(baseline().id))):
        outside = Scripted(secrets=(secret,))
        if number < 2:
            with pytest.raises(CheckerFault, match="secret"):
                collect(tmp_path / str(number), outside)
        else:
            assert collect(tmp_path / str(number), outside).path.exists(), "the profile id stands with its version"
