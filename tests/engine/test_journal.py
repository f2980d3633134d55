"""The journal survives kill -9, and says so when it was changed from outside."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from checker.engine.journal import Journal, JournalState
from checker.errors import IntegrityFault, OutputFault, RecordingFault
from tests.engine.scripted import BEGIN, Killed, Scripted, baseline, collect, profile_of, requirement

SMALL = profile_of(requirement(check="read.unknown-id-is-404", params={"type": "Patient"}))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """A small collection that was killed while its last exchange was under way."""
    with pytest.raises(Killed):
        collect(tmp_path, Scripted(dies_after=5, how="killed"), SMALL)
    return Journal(tmp_path / "run.zip.journal")


def lines(journal: Journal) -> list[bytes]:
    return journal.lines_path.read_bytes().splitlines(keepends=True)


def test_what_was_written_before_the_kill_is_there(journal: Journal) -> None:
    state = journal.read()
    assert [item.id for item in state.evidence] == [f"e{n:06d}" for n in range(1, 6)]
    assert all(journal.blob(sha) is not None for item in state.evidence for sha in item.blobs)
    assert journal.blob("no such") is None


def test_what_came_from_outside_is_on_the_disk_at_once(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found in a file can be looked at again, and waits for the next that did."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    (answer, *_) = journal.resume(BEGIN).evidence
    before = len(synced)
    journal.append(answer, {})
    assert len(synced) == before + 1
    journal.append(msgspec.structs.replace(answer, kind="artefact"), {})
    assert len(synced) == before + 1
    journal.close()


def test_a_torn_last_line_is_dropped_wherever_it_is_torn(journal: Journal) -> None:
    whole = lines(journal)
    before = b"".join(whole[:-1])
    for length in range(0, len(whole[-1]), 11):
        journal.lines_path.write_bytes(before + whole[-1][:length])
        state = journal.read()
        assert len(state.evidence) + len(state.records) == len(whole) - 1
        journal.resume(BEGIN)
        journal.close()
        assert journal.lines_path.read_bytes().startswith(before)
        assert len(lines(journal)) == len(whole), "the torn line is cut off, and the resume noted"
        journal.read()


def test_a_damaged_line_in_the_middle_is_an_integrity_fault(journal: Journal) -> None:
    whole = lines(journal)
    for number in range(len(whole)):
        journal.lines_path.write_bytes(b"".join([*whole[:number], b"{]\n", *whole[number + 1 :]]))
        with pytest.raises(IntegrityFault, match=f"Line {number + 1} "):
            journal.read()


def test_an_evidence_line_taken_out_or_moved_breaks_the_chain(journal: Journal) -> None:
    whole = [line for line in lines(journal) if b'"evidence":{' in line]
    journal.lines_path.write_bytes(b"".join(whole[:1] + whole[2:]))
    with pytest.raises(IntegrityFault, match="does not follow"):
        journal.read()
    journal.lines_path.write_bytes(b"".join([whole[1], whole[0], *whole[2:]]))
    with pytest.raises(IntegrityFault, match="does not follow"):
        journal.read()


def test_a_byte_that_is_not_utf_8_is_an_integrity_fault(journal: Journal) -> None:
    data = journal.lines_path.read_bytes()
    place = data.index(b'"role":"search"') + 8
    journal.lines_path.write_bytes(data[:place] + b"\xff" + data[place + 1 :])
    with pytest.raises(IntegrityFault):
        journal.read()


def test_a_header_that_is_not_utf_8_is_a_recording_fault(journal: Journal) -> None:
    data = journal.header_path.read_bytes()
    journal.header_path.write_bytes(data.replace(b"Acme", b"Acm\xff"))
    with pytest.raises(RecordingFault):
        journal.read()


def _changed(journal: Journal, old: bytes, new: bytes) -> JournalState:
    data = journal.lines_path.read_bytes()
    assert old in data
    journal.lines_path.write_bytes(data.replace(old, new))
    return journal.read()


def test_a_changed_record_is_an_integrity_fault(journal: Journal) -> None:
    with pytest.raises(IntegrityFault):
        _changed(journal, b'"role":"search"', b'"role":"sharch"')


def test_a_body_without_its_line_is_not_missed(tmp_path: Path, journal: Journal) -> None:
    """Killed between the body and the line that names it: the body is written again or lies unused."""
    (journal.folder / "blobs" / ("0" * 64)).write_bytes(b"nobody names me")
    collected = collect(tmp_path, Scripted(), SMALL, resume=True)
    assert collected.complete
    assert b"nobody names me" not in collected.path.read_bytes()


def test_a_half_written_body_is_not_taken_for_the_body(tmp_path: Path, journal: Journal) -> None:
    last = journal.read().evidence[-1].blobs[0]
    (journal.folder / "blobs" / f"{last}.part").write_bytes(b"half")
    assert collect(tmp_path, Scripted(), SMALL, resume=True).complete


def test_there_is_one_journal_in_a_folder(tmp_path: Path, journal: Journal) -> None:
    with pytest.raises(OutputFault, match="already"):
        collect(tmp_path, Scripted(), SMALL)


def test_without_a_journal_there_is_nothing_to_resume(tmp_path: Path) -> None:
    with pytest.raises(RecordingFault, match="no collection"):
        collect(tmp_path, Scripted(), baseline(), resume=True)


def test_a_header_that_cannot_be_read_is_a_recording_fault(journal: Journal) -> None:
    journal.header_path.write_bytes(b"{}")
    with pytest.raises(RecordingFault, match="header"):
        journal.read()


def test_a_place_that_cannot_be_written_is_an_output_fault(tmp_path: Path) -> None:
    (tmp_path / "run.zip.journal").write_bytes(b"in the way")
    with pytest.raises(OutputFault):
        collect(tmp_path, Scripted(), SMALL)
