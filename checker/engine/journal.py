"""The journal of a collection: a folder that survives ``kill -9`` and can be resumed.

One JSON line for each piece of evidence, record and scan state, in the order of the plan; bodies as files by digest,
written before the line that names them. What was asked is on the disk before its probe asks again; a record, which
can be made again from that, goes there with what comes next. A torn last line is dropped when reading.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from checker.errors import IntegrityFault, OutputFault, RecordingFault
from checker.model.definitions import PackageSeal
from checker.model.evidence import ARTEFACT, Evidence
from checker.model.record import Record
from checker.model.supplier import Limits, Supplier
from checker.model.terms import Vouching
from checker.model.value import Value, canonical, decode, sha256

JOURNAL_FORMAT = 1


class Header(Value, frozen=True, kw_only=True):
    """What a collection is: fixed when it starts, the same after every resume."""

    format: int = JOURNAL_FORMAT
    run_id: str
    seed: str
    """Hexadecimal. X-Request-IDs and choices of the plan derive from it."""
    vouching: Vouching
    challenge: str = ""
    """Id of the assessor's challenge; "" if the seed is our own."""
    tool_version: str
    profile: str
    """``id@version``."""
    profile_digest: str
    supplier: Supplier
    limits: Limits
    roots: tuple[str, ...]
    """Keys of the needs that the plan began from."""
    definitions: tuple[PackageSeal, ...] = ()
    """What resources are judged by, where packages were given; () for what ships with the checker."""
    started: datetime
    planned: int = 0
    """Requests that the plan holds at most, without retries, redirects and further tokens."""
    most: int = 0
    """Requests and connections that are let through, with all of these."""


class _Line(Value, frozen=True, kw_only=True):
    previous: str
    """SHA-256 of the line before it: evidence has a chain of its own, records have this one."""
    evidence: Evidence | None = None
    record: Record | None = None
    resumed: datetime | None = None


class JournalState(Value, frozen=True, kw_only=True):
    """What a journal holds."""

    header: Header
    evidence: tuple[Evidence, ...]
    records: dict[str, Record]
    earlier: tuple[Record, ...] = ()
    """Records as they stood before a resume, where the collection since gathered them again."""

    def __hash__(self) -> int:
        """By header."""
        return hash(canonical(self.header))


class Journal:
    """The open journal of one collection. A ledger (see ``source.py``)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: Any = None
        self._last = ""

    @property
    def header_path(self) -> Path:
        """Where the header is."""
        return self.folder / "run.json"

    @property
    def lines_path(self) -> Path:
        """Where the lines are."""
        return self.folder / "journal.ndjson"

    def create(self, header: Header) -> None:
        """Begin. Raises ``OutputFault`` if the folder cannot be written or holds a run already."""
        try:
            (self.folder / "blobs").mkdir(parents=True, exist_ok=False)
            _write_whole(self.header_path, canonical(header))
            self._open()
        except FileExistsError:
            raise OutputFault(
                "There is already a collection here.",
                where=str(self.folder),
                next_step="Finish it with 'checker collect --resume', or give another --recording.",
            ) from None
        except OSError as error:
            raise OutputFault(
                f"The journal cannot be written: {error.strerror or error}.",
                where=str(self.folder),
                next_step="Choose a folder that you can write to with --recording.",
            ) from error

    def resume(self, moment: datetime) -> JournalState:
        """Open an old journal for more. Cuts a torn last line off."""
        state, sound = self._read()
        try:
            with self.lines_path.open("r+b") as file:
                file.truncate(sound)
            self._open()
        except OSError as error:
            raise OutputFault(
                f"The journal cannot be written: {error.strerror or error}.", where=str(self.folder)
            ) from error
        self._write(resumed=moment)
        return state

    def read(self) -> JournalState:
        """What it holds, without changing it."""
        return self._read()[0]

    def append(self, evidence: Evidence, blobs: dict[str, bytes]) -> None:
        """Write bodies, then the line: to the disk before this returns, but for what was found in a file.

        A file is there to be looked at again after a crash, and the next answer from outside takes its line along.
        """
        for name, data in blobs.items():
            path = self.folder / "blobs" / name
            if not path.exists():
                _write_whole(path, data)
        self._write(evidence=evidence, at_once=evidence.kind != ARTEFACT)

    def add_record(self, record: Record) -> None:
        """Write a finished record."""
        self._write(record=record, at_once=False)

    def blob(self, sha: str) -> bytes | None:
        """A stored body."""
        try:
            return (self.folder / "blobs" / sha).read_bytes()
        except OSError:
            return None

    def close(self) -> None:
        """Close the file; nothing is lost without it."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> None:
        self._file = self.lines_path.open("ab")

    def _write(
        self,
        *,
        evidence: Evidence | None = None,
        record: Record | None = None,
        resumed: datetime | None = None,
        at_once: bool = True,
    ) -> None:
        line = canonical(_Line(previous=self._last, evidence=evidence, record=record, resumed=resumed))
        try:
            self._file.write(line + b"\n")
            self._file.flush()
            if at_once:
                os.fsync(self._file.fileno())
            self._last = sha256(line)
        except OSError as error:
            raise OutputFault(
                f"The journal cannot be written: {error.strerror or error}.",
                where=str(self.lines_path),
                next_step="Free the disk, then go on with 'checker collect --resume'.",
            ) from error

    def _read(self) -> tuple[JournalState, int]:
        try:
            header = decode(self.header_path.read_bytes(), Header)
            data = self.lines_path.read_bytes()
        except FileNotFoundError:
            raise RecordingFault(
                "There is no collection to resume here.",
                where=str(self.folder),
                next_step="Give the --recording of the run that was interrupted.",
            ) from None
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise RecordingFault(
                f"The journal's header cannot be read: {error}.", where=str(self.header_path)
            ) from None
        evidence: list[Evidence] = []
        records: dict[str, Record] = {}
        before_resumes: list[dict[str, Record]] = []
        sound = 0
        last = ""
        for number, text in enumerate(data.split(b"\n"), 1):
            end = sound + len(text) + 1
            if end > len(data):
                break  # no newline behind it: torn by a kill
            line = self._line(text, number)
            if line.previous != last:
                raise self._broken(f"Line {number} of the journal does not follow from the line before it.")
            last = sha256(text)
            if line.resumed is not None:
                before_resumes.append(dict(records))
            if line.evidence is not None:
                evidence.append(line.evidence)
            if line.record is not None:
                records[line.record.key] = line.record
            sound = end
        self._last = last
        self._check_chain(evidence)
        return JournalState(
            header=header,
            evidence=tuple(evidence),
            records=records,
            earlier=_superseded(before_resumes, records),
        ), sound

    def _line(self, text: bytes, number: int) -> _Line:
        try:
            return decode(text, _Line)
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise self._broken(f"Line {number} of the journal is damaged: {error}.") from None

    def _broken(self, what: str) -> IntegrityFault:
        return IntegrityFault(
            what, where=str(self.lines_path), next_step="The journal was changed from outside: collect again."
        )

    def _check_chain(self, evidence: list[Evidence]) -> None:
        previous = ""
        for item in evidence:
            if item.previous != previous or sha256(bytes(item.payload)) != item.sha256:
                raise self._broken(f"Evidence {item.id} does not follow from what stands before it.")
            previous = item.link


def _superseded(before_resumes: list[dict[str, Record]], final: dict[str, Record]) -> tuple[Record, ...]:
    return tuple(
        msgspec.structs.replace(record, superseded=number)
        for number, records in enumerate(before_resumes, 1)
        for key, record in records.items()
        if record.items and record != final.get(key)
    )


def _write_whole(path: Path, data: bytes) -> None:
    """Write beside, flush, then put in place: a reader sees all of it or nothing."""
    beside = path.with_name(path.name + ".part")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
