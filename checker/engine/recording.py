"""The recording: the sealed file of records and evidence, and the check that nobody altered it.

A zip whose every byte is determined by its content (members stored, sorted, dated 1980), with a
manifest that names each member's digest. The digest of a recording is that of its manifest.
Hashes show accident, not fraud: who vouches is said in the manifest, not proved by it.
"""

from __future__ import annotations

import contextlib
import lzma
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from checker.errors import IntegrityFault, OutputFault, RecordingFault
from checker.model.definitions import PackageSeal
from checker.model.evidence import Evidence
from checker.model.record import Record
from checker.model.supplier import Limits, Supplier
from checker.model.terms import Vouching
from checker.model.value import Value, canonical, decode, sha256

RECORDING_FORMAT = 1
KIND = "nhs-standards-checker/recording"
_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, NotImplementedError, EOFError, UnicodeError)
"""What zipfile raises for a damaged file, depending on which byte it is."""
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)
_CHANGED = "The recording was changed or damaged after it was sealed: ask its maker for the original."


class Manifest(Value, frozen=True, kw_only=True):
    """What a recording says of itself. ``members``: name → SHA-256 of every other member."""

    kind: str = KIND
    format: int = RECORDING_FORMAT
    tool_version: str
    run_id: str
    vouching: Vouching
    challenge: str
    seed: str
    profile: str
    profile_digest: str
    supplier: Supplier
    limits: Limits
    roots: tuple[str, ...]
    """Keys of the needs that the collection's plan began from."""
    definitions: tuple[PackageSeal, ...] = ()
    """What resources are judged by, where packages were given; () for what ships with the checker."""
    started: datetime
    ended: datetime
    complete: bool
    """Is every planned record there and complete?"""
    interrupted: bool = False
    evidence: tuple[str, ...]
    """Ids of all evidence, in order: the ledger. What it names and is not there is missing."""
    chain: str
    """Link of the last evidence."""
    requests: int
    planned: int = 0
    """Requests that the plan held at most, without retries, redirects and further tokens; 0 where nobody said."""
    most: int = 0
    """Requests and connections that would have been let through, with all of these."""
    software_start: str = ""
    software_end: str = ""
    key_start: str = ""
    """SHA-256 of the server's certificate at the start; at the end in ``key_end``."""
    key_end: str = ""
    members: dict[str, str]
    addendum_to: str = ""
    """Digest of the recording to which this one adds files; "" for one that stands by itself."""

    def __hash__(self) -> int:
        """Over the canonical bytes."""
        return hash(canonical(self))


class Recording:
    """An opened recording: manifest, evidence, records, and bodies on demand."""

    def __init__(
        self,
        manifest: Manifest,
        evidence: Iterable[Evidence],
        records: Iterable[Record],
        blobs: Mapping[str, bytes],
        digest: str,
    ) -> None:
        self.manifest = manifest
        self.evidence: dict[str, Evidence] = {item.id: item for item in evidence}
        self.records: dict[str, Record] = {}
        self.earlier: dict[int, dict[str, Record]] = {}
        """Number of a resume → the records as they stood before it, where they were gathered again."""
        for record in records:
            kept = self.earlier.setdefault(record.superseded, {}) if record.superseded else self.records
            kept[record.key] = record
        self.blobs = blobs
        self.digest = digest

    def blob(self, sha: str) -> bytes | None:
        """A stored body, or None."""
        return self.blobs.get(sha)


_KEPT_BYTES = 32 * 1024 * 1024
"""Bodies of a recording that are kept in memory while it is judged."""


class _ZipBlobs(Mapping[str, bytes]):
    """The bodies of a recording, read when asked for and checked against their name."""

    def __init__(self, path: Path, names: frozenset[str]) -> None:
        self._path = path
        self._names = names
        self._archive: zipfile.ZipFile | None = None
        self._kept: dict[str, bytes] = {}
        self._kept_bytes = 0

    def __getitem__(self, sha: str) -> bytes:
        """The body of that digest."""
        if sha not in self._names:
            raise KeyError(sha)
        data = self._kept.get(sha)
        if data is None:
            if self._archive is None:  # opened once: its directory names every body, and takes long to read
                self._archive = zipfile.ZipFile(self._path)
            data = self._archive.read(f"blobs/{sha}")
            self._keep(sha, data)
        return data

    def _keep(self, sha: str, data: bytes) -> None:
        """Every check looks at the same few bodies: those read first stay at hand, as far as they fit."""
        if self._kept_bytes + len(data) <= _KEPT_BYTES:
            self._kept[sha] = data
            self._kept_bytes += len(data)

    def __contains__(self, sha: object) -> bool:
        """Whether it is there, without reading it."""
        return sha in self._names

    def __iter__(self) -> Any:
        """The digests, sorted."""
        return iter(sorted(self._names))

    def __len__(self) -> int:
        """How many there are."""
        return len(self._names)


def seal(
    path: Path,
    manifest: Manifest,
    evidence: Iterable[Evidence],
    records: Iterable[Record],
    blobs: Mapping[str, bytes] | Any,
) -> str:
    """Write the sealed file, whole or not at all, and return its digest.

    ``manifest.members`` is filled in here. ``blobs`` is read one body at a time. Raises
    ``OutputFault`` if it cannot be written.
    """
    evidence_lines = b"".join(canonical(item) + b"\n" for item in evidence)
    record_lines = b"".join(canonical(item) + b"\n" for item in sorted(records, key=_record_order))
    names = sorted(blobs)
    members = {"evidence.ndjson": sha256(evidence_lines), "records.ndjson": sha256(record_lines)}
    members |= {f"blobs/{name}": name for name in names}
    text = canonical(msgspec.structs.replace(manifest, members=members))
    beside = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            _write_zip(_Stream(file.write), text, evidence_lines, record_lines, ((name, blobs[name]) for name in names))
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise OutputFault(
            f"The recording cannot be written: {error.strerror or error}.",
            where=str(path),
            next_step="Nothing is lost: mend the place, then seal with 'checker collect --resume'.",
        ) from error
    return sha256(text)


def _record_order(record: Record) -> tuple[str, int]:
    return record.key, record.superseded


def _write_zip(
    out: _Stream, manifest: bytes, evidence: bytes, records: bytes, blobs: Iterable[tuple[str, bytes]]
) -> None:
    with zipfile.ZipFile(cast(IO[bytes], out), "w", zipfile.ZIP_STORED) as archive:
        _member(archive, "manifest.json", manifest)
        _member(archive, "evidence.ndjson", evidence)
        _member(archive, "records.ndjson", records)
        for name, data in blobs:
            _member(archive, f"blobs/{name}", data)


def _member(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _FIXED_DATE)
    info.create_system = 3  # the same bytes on every platform
    info.external_attr = 0o600 << 16
    archive.writestr(info, data)


def open_recording(path: Path) -> Recording:
    """Open and verify. Raises ``RecordingFault`` (not ours, newer) or ``IntegrityFault`` (altered)."""
    where = str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            _verify_sizes(archive, path.stat().st_size, where)
            manifest_text = _read(archive, "manifest.json", where)
            manifest = _manifest(manifest_text, where)
            _verify_members(archive, manifest, where)
            evidence_text = _read(archive, "evidence.ndjson", where)
            record_text = _read(archive, "records.ndjson", where)
    except FileNotFoundError:
        raise RecordingFault(
            "The recording does not exist.", where=where, next_step="Make one with 'checker collect'."
        ) from None
    except _DAMAGE as error:
        raise _not_a_zip(path, error) from None
    except OSError as error:
        raise RecordingFault(
            f"The recording cannot be read: {error.strerror or error}.",
            where=where,
            next_step="Give the file that 'checker collect' or 'checker run' wrote.",
        ) from error
    evidence = [_decode(line, Evidence, where) for line in evidence_text.splitlines()]
    records = [_decode(line, Record, where) for line in record_text.splitlines()]
    _verify_chain(manifest, evidence, where)
    blobs = frozenset(name.removeprefix("blobs/") for name in manifest.members if name.startswith("blobs/"))
    named = {sha for item in evidence for sha in item.blobs}
    if named - blobs:
        raise IntegrityFault("A stored body is missing from the recording.", where=where, next_step=_CHANGED)
    _verify_bytes(path, manifest_text, evidence_text, record_text, blobs, where)
    return Recording(manifest, evidence, records, _ZipBlobs(path, blobs), sha256(manifest_text))


def _not_a_zip(path: Path, error: Exception) -> RecordingFault | IntegrityFault:
    with path.open("rb") as file:
        start = file.read(2)
    if start == b"PK":
        return IntegrityFault(f"The recording is damaged: {error}.", where=str(path), next_step=_CHANGED)
    return RecordingFault(
        "This file is not a recording.",
        where=str(path),
        next_step="Give the file that 'checker collect' or 'checker run' wrote.",
    )


def _read(archive: zipfile.ZipFile, name: str, where: str) -> bytes:
    try:
        return archive.read(name)
    except KeyError:
        if name == "manifest.json":
            raise RecordingFault(
                "This zip is not a recording: it has no manifest.json.",
                where=where,
                next_step="Give the file that 'checker collect' or 'checker run' wrote.",
            ) from None
        raise IntegrityFault(f"{name} is missing from the recording.", where=where, next_step=_CHANGED) from None


def _manifest(text: bytes, where: str) -> Manifest:
    try:
        head: Any = msgspec.json.decode(text)
        found = (head.get("kind"), head.get("format")) if isinstance(head, dict) else (None, None)
        if found[0] == KIND and isinstance(found[1], int) and found[1] > RECORDING_FORMAT:
            raise RecordingFault(
                f"The recording has format {found[1]}; this version reads up to {RECORDING_FORMAT}.",
                where=where,
                next_step="Upgrade the checker: pip install --upgrade nhs-standards-checker.",
            )
        return decode(text, Manifest)
    except msgspec.MsgspecError as error:
        raise IntegrityFault(
            f"The manifest of the recording cannot be read: {error}.", where=where, next_step=_CHANGED
        ) from None


def _verify_sizes(archive: zipfile.ZipFile, size: int, where: str) -> None:
    """Members are stored as they are: what says that it unfolds to more is not read (a stranger may have made it)."""
    for info in archive.infolist():
        if info.compress_type != zipfile.ZIP_STORED or not info.file_size == info.compress_size <= size:
            raise IntegrityFault(
                "A member of this zip is compressed, and those of a recording never are.",
                where=where,
                next_step=_CHANGED,
            )


def _verify_members(archive: zipfile.ZipFile, manifest: Manifest, where: str) -> None:
    present = [info.filename for info in archive.infolist() if info.filename != "manifest.json"]
    if len(present) != len(set(present)):
        raise IntegrityFault("The recording holds a member twice.", where=where, next_step=_CHANGED)
    missing = sorted(manifest.members.keys() - set(present))
    added = sorted(set(present) - manifest.members.keys())
    if missing:
        raise IntegrityFault(f"{missing[0]} is missing from the recording.", where=where, next_step=_CHANGED)
    if added:
        raise IntegrityFault(f"{added[0]} was added to the recording.", where=where, next_step=_CHANGED)
    for name, expected in manifest.members.items():
        if sha256(archive.read(name)) != expected:
            raise IntegrityFault(f"{name} is not what was sealed.", where=where, next_step=_CHANGED)


def _decode(line: bytes, sort: Any, where: str) -> Any:
    try:
        return decode(line, sort)
    except msgspec.MsgspecError as error:
        raise IntegrityFault(
            f"A line of the recording cannot be read: {error}.", where=where, next_step=_CHANGED
        ) from None


def _verify_chain(manifest: Manifest, evidence: list[Evidence], where: str) -> None:
    if tuple(item.id for item in evidence) != manifest.evidence:
        raise IntegrityFault("The ledger and the evidence do not agree.", where=where, next_step=_CHANGED)
    previous = ""
    for item in evidence:
        if item.previous != previous or sha256(bytes(item.payload)) != item.sha256:
            raise IntegrityFault(f"The chain breaks at evidence {item.id}.", where=where, next_step=_CHANGED)
        previous = item.link
    if previous != manifest.chain:
        raise IntegrityFault("The chain does not end where it was sealed.", where=where, next_step=_CHANGED)


class _Stream:
    """An output that cannot seek, so that every byte of the zip is written once, in order."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self.size = 0

    def write(self, data: Any) -> int:
        """The next bytes."""
        chunk = bytes(data)
        self._write(chunk)
        self.size += len(chunk)
        return len(chunk)

    def flush(self) -> None:
        """Nothing is held back."""


def _verify_bytes(
    path: Path, manifest: bytes, evidence: bytes, records: bytes, blobs: frozenset[str], where: str
) -> None:
    """Every byte, also those that a zip reader skips: write the same file again and compare."""
    bodies = _ZipBlobs(path, blobs)
    with path.open("rb") as file:
        sames: list[bool] = []
        stream = _Stream(lambda chunk: sames.append(file.read(len(chunk)) == chunk))
        _write_zip(stream, manifest, evidence, records, ((name, bodies[name]) for name in sorted(blobs)))
        same = all(sames) and stream.size == path.stat().st_size
    if not same:
        raise IntegrityFault("The recording holds bytes that were not sealed.", where=where, next_step=_CHANGED)
