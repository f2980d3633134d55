"""Artefacts: what a supplier submits as files, by digest, and the facts that a named reader takes from them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

from checker.errors import CheckerFault
from checker.model.ask import ArtefactAsk
from checker.model.evidence import Artefact, SourceFile
from checker.model.supplier import ArtefactRef, Supplier
from checker.probes.audit_events import AuditEvents

_CHUNK_BYTES = 1 << 20


class Reader(Protocol):
    """Takes facts from the bytes of an artefact in bounded memory, file after file."""

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the file."""

    def end(self) -> None:
        """The file ends."""

    def facts(self) -> dict[str, Any]:
        """What was found in all files."""


class Digest:
    """Nothing but the digests, which every reader gives."""

    def feed(self, chunk: bytes) -> None:
        """Nothing to do."""

    def end(self) -> None:
        """Nothing to do."""

    def facts(self) -> dict[str, Any]:
        """No facts."""
        return {}


class RequestIds:
    """Which of the wanted ids occur in the files, in either letter case (RFC 9562 §4), and how many lines there are."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self._missing = {one.lower().encode(): one for one in wanted if one}
        self._found: set[str] = set()
        self._lines = 0
        self._overlap = max(map(len, self._missing), default=1) - 1
        self._tail = b""
        self._open_line = False

    def feed(self, chunk: bytes) -> None:
        """Search the chunk together with the end of the one before it."""
        if not chunk:
            return
        self._lines += chunk.count(b"\n")
        self._open_line = not chunk.endswith(b"\n")
        text = self._tail + chunk.lower()
        for one in [one for one in self._missing if one in text]:
            self._found.add(self._missing.pop(one))
        self._tail = text[-self._overlap :] if self._overlap else b""

    def end(self) -> None:
        """An id does not reach from one file into the next; a last line may lack its end."""
        self._lines += self._open_line
        self._open_line = False
        self._tail = b""

    def facts(self) -> dict[str, Any]:
        """``found`` and ``absent`` ids, sorted, and the number of ``lines``."""
        return {"found": sorted(self._found), "absent": sorted(self._missing.values()), "lines": self._lines}


READERS: dict[str, Callable[[tuple[str, ...]], Reader]] = {
    "digest": lambda wanted: Digest(),
    "request-ids": RequestIds,
    "audit-events": lambda wanted: AuditEvents(),
}
"""What ``ArtefactAsk.extract`` may name."""


def named_artefact(ask: ArtefactAsk, supplier: Supplier) -> ArtefactRef:
    """The artefact that the ask is about. Raises ``CheckerFault`` for one that the supplier did not name."""
    if ask.extract not in READERS:
        raise CheckerFault(f"There is no reader called {ask.extract!r}.", next_step=f"Use one of {sorted(READERS)}.")
    for ref in supplier.artefacts:
        if ref.id == ask.artefact:
            return ref
    raise CheckerFault(f"The supplier has no artefact {ask.artefact!r}.")


def problem_with(ref: ArtefactRef, problem: str) -> Artefact:
    """The artefact when it cannot be read: no files, and why."""
    return Artefact(artefact=ref.id, role=ref.kind, files=(), facts={"problem": problem})


def read_files(ask: ArtefactAsk, ref: ArtefactRef, root: Path) -> Artefact:
    """Read a file, or every file of a folder in the order of their paths. Blocks; memory is bounded.

    What the supplier named is read, wherever it leads; inside a folder no symbolic link is followed.
    """
    top = root / ref.location
    if not ref.location or not top.exists():
        return problem_with(ref, "there is no file or folder at its path")
    reader = READERS[ask.extract](ask.wanted)
    files: list[SourceFile] = []
    for path, name in _files(top):
        try:
            with path.open("rb") as stream:
                files.append(_source(name, iter(lambda stream=stream: stream.read(_CHUNK_BYTES), b""), reader))  # type: ignore[misc]
        except OSError as fault:
            return problem_with(ref, f"{name} cannot be read: {fault.strerror or type(fault).__name__}")
    if not files:
        return problem_with(ref, "the folder holds no file")
    return Artefact(artefact=ref.id, role=ref.kind, files=tuple(files), facts=reader.facts())


def look_at(ref: ArtefactRef, root: Path) -> tuple[int, str]:
    """How many files there are, and what is in the way of reading them ("" for nothing). Reads one byte of each."""
    top = root / ref.location
    if not ref.location or not top.exists():
        return 0, "there is no file or folder at its path"
    files = _files(top)
    for path, name in files:
        try:
            with path.open("rb") as stream:
                stream.read(1)
        except OSError as fault:
            return len(files), f"{name} cannot be read: {fault.strerror or type(fault).__name__}"
    return len(files), "" if files else "the folder holds no file"


def read_bytes(ask: ArtefactAsk, ref: ArtefactRef, name: str, data: bytes) -> Artefact:
    """Read an artefact that was fetched."""
    reader = READERS[ask.extract](ask.wanted)
    source = _source(name, iter([data]), reader)
    return Artefact(artefact=ref.id, role=ref.kind, files=(source,), facts=reader.facts())


def _files(top: Path) -> list[tuple[Path, str]]:
    if not top.is_dir():
        return [(top, top.name)]
    found: list[tuple[Path, str]] = []
    for folder, _, names in os.walk(top, followlinks=False):
        paths = [Path(folder, name) for name in names]
        found += [
            (path, path.relative_to(top).as_posix()) for path in paths if path.is_file() and not path.is_symlink()
        ]
    return sorted(found, key=lambda pair: pair[1])


def _source(name: str, chunks: Iterator[bytes], reader: Reader) -> SourceFile:
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
        reader.feed(chunk)
    reader.end()
    return SourceFile(path=name, size_bytes=size, sha256=digest.hexdigest())
