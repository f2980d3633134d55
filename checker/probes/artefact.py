"""Artefacts: what a supplier submits as files, by digest, and the facts that a named reader takes from them."""

from __future__ import annotations

import codecs
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, NoReturn, Protocol

from checker.errors import CheckerFault
from checker.model.ask import SCAN, ArtefactAsk
from checker.model.evidence import Artefact, SourceFile
from checker.model.pack import KIND as PACK
from checker.model.pack import SECTION
from checker.model.supplier import ArtefactRef, Limits, Supplier
from checker.probes.assurance import ASSURANCE, IDENTITY, REPORT, Declaration
from checker.probes.audit_events import AuditEvents
from checker.probes.audit_trail import AuditTrail
from checker.probes.client import KEYS, REQUESTS, ClientRequests, KeySet
from checker.probes.dictionary import Dictionary
from checker.probes.disposal_log import DisposalLog
from checker.probes.export_manifest import manifest_facts
from checker.probes.file_formats import format_facts
from checker.probes.ips_document import IpsDocument
from checker.probes.number_report import NumberReport
from checker.probes.openapi import OpenApi
from checker.probes.opt_out_file import OptOutFile
from checker.probes.pack.accessibility_statement import AccessibilityStatement
from checker.probes.pack.axe import AxeResults
from checker.probes.pack.checker_report import KIND as CHECKER_REPORT
from checker.probes.pack.checker_report import CheckerReport
from checker.probes.pack.document import Document
from checker.probes.pack.inventory import pack_facts
from checker.probes.pack.junit import JUnitReport
from checker.probes.pack.personal import PERSONAL, personal_facts
from checker.probes.pack.plain_text import PlainText
from checker.probes.pack.schemas import SECTIONS
from checker.probes.pack.section import Section
from checker.probes.pack.table import PackTable
from checker.probes.pack.web_page import WebPage
from checker.probes.personal_data import PersonalData
from checker.probes.private_keys import PrivateKeys
from checker.probes.published_tables import PublishedTables
from checker.probes.register import Register
from checker.probes.sbom import Sbom
from checker.probes.source.storage import is_in_store
from checker.probes.tls_scan import KIND as TLS_SCAN
from checker.probes.tls_scan import TlsScan
from checker.probes.unpacked import Unpacked

_CHUNK_BYTES = 1 << 20
_CLOSED = (
    *(b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ\x00", b"(\xb5/\xfd", b"7z\xbc\xaf", b"\x04\x22M\x18"),
    *(b"PAR1", b"ORC", b"Obj\x01", b"ElfFile\x00"),
)
"""How files begin whose text cannot be searched as it stands: compressed ones, and those of columns and events."""
_GZIP = b"\x1f\x8b"
_NO_TEXT = re.compile(rb"[\x00-\x08\x80-\xff]")
_HEAD_BYTES = 512
"""So much of such a file is looked at: a log may begin with the word ORCHESTRATION."""
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


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


class FileHashes:
    """The SHA-1 of each file, in the order of the files: what ``Attachment.hash`` holds, in hexadecimal."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._hash = hashlib.sha1(usedforsecurity=False)

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the file, as they stand on disk."""
        self._hash.update(chunk)

    def end(self) -> None:
        """The file ends."""
        self._found.append(self._hash.hexdigest())
        self._hash = hashlib.sha1(usedforsecurity=False)

    def facts(self) -> dict[str, Any]:
        """``sha1``: one for each file."""
        return {"sha1": self._found}


def _section(name: str, wanted: tuple[str, ...]) -> Section:
    return Section(name)


READERS: dict[str, Callable[[tuple[str, ...]], Reader]] = {
    "digest": lambda wanted: Digest(),
    "request-ids": RequestIds,
    "audit-events": lambda wanted: AuditEvents(),
    "nhs-number-report": lambda wanted: NumberReport(),
    "opt-out-file": lambda wanted: OptOutFile(),
    "published-tables": lambda wanted: PublishedTables(),
    "personal-data": lambda wanted: PersonalData(),
    "audit-trail": AuditTrail,
    "dictionary": lambda wanted: Dictionary(),
    "file-hashes": lambda wanted: FileHashes(),
    "register": lambda wanted: Register(),
    "disposal-log": lambda wanted: DisposalLog(),
    "openapi": lambda wanted: OpenApi(),
    "ips-document": lambda wanted: IpsDocument(),
    "sbom": lambda wanted: Sbom(),
    ASSURANCE: lambda wanted: Declaration(ASSURANCE),
    REPORT: lambda wanted: Declaration(REPORT),
    "private-keys": lambda wanted: PrivateKeys(),
    REQUESTS: lambda wanted: ClientRequests(),
    KEYS: lambda wanted: KeySet(),
    IDENTITY: lambda wanted: Declaration(IDENTITY),
    TLS_SCAN: lambda wanted: TlsScan(),
    "pack-table": PackTable,
    "plain-text": lambda wanted: PlainText(),
    **{SECTION + name: partial(_section, name) for name in SECTIONS},
    "pack-junit": lambda wanted: JUnitReport(),
    "pack-document": lambda wanted: Document(),
    CHECKER_REPORT: lambda wanted: CheckerReport(),
    "axe-results": lambda wanted: AxeResults(),
    "accessibility-statement": lambda wanted: AccessibilityStatement(),
    "web-page": lambda wanted: WebPage(),
}
"""What ``ArtefactAsk.extract`` may name: readers of bytes."""

WHOLE_READERS: dict[str, Callable[[str, Path | str, Limits], dict[str, Any]]] = {
    "manifest": manifest_facts,
    "formats": format_facts,
    PACK: pack_facts,
    PERSONAL: personal_facts,
}
"""The same: readers that go through the files of the artefact themselves, and take no digests."""


def named_artefact(ask: ArtefactAsk, supplier: Supplier) -> ArtefactRef:
    """The artefact that the ask is about. Raises ``CheckerFault`` for one that the supplier did not name."""
    if ask.extract not in READERS and ask.extract not in WHOLE_READERS and not ask.extract.startswith(SCAN):
        known = sorted([*READERS, *WHOLE_READERS])
        raise CheckerFault(f"There is no reader called {ask.extract!r}.", next_step=f"Use one of {known}.")
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
    The fact ``not_read`` names what holds text that was not looked at.
    """
    found = _listed(ref, root)
    if isinstance(found, str):
        return problem_with(ref, found)
    reader = READERS[ask.extract](ask.wanted)
    files: list[SourceFile] = []
    not_read = [f"{name} is a symbolic link" for name in found.links]
    for path, name in found.files:
        try:
            with path.open("rb") as stream:
                files.append(_source(name, _chunks(stream), reader, not_read))
        except OSError as fault:
            return problem_with(ref, f"{name} cannot be read: {_why(fault)}")
    if not files:
        return problem_with(ref, "the folder holds no file")
    return _artefact(ref, files, reader, not_read)


def read_whole(ask: ArtefactAsk, ref: ArtefactRef, root: Path, limits: Limits) -> Artefact:
    """What a reader of whole artefacts finds. Blocks."""
    place: Path | str = ref.location if is_in_store(ref.location) else root / ref.location
    try:
        if isinstance(place, Path) and not place.exists():
            return problem_with(ref, "there is no file or folder at its path")
        return Artefact(
            artefact=ref.id, role=ref.kind, files=(), facts=WHOLE_READERS[ask.extract](ref.id, place, limits)
        )
    except OSError as fault:
        return problem_with(ref, f"it cannot be read: {_why(fault)}")


def look_at(ref: ArtefactRef, root: Path) -> tuple[int, str]:
    """How many files there are, and what is in the way of reading them ("" for nothing). Reads one byte of each."""
    found = _listed(ref, root)
    if isinstance(found, str):
        return 0, found
    for path, name in found.files:
        try:
            with path.open("rb") as stream:
                stream.read(1)
        except OSError as fault:
            return len(found.files), f"{name} cannot be read: {_why(fault)}"
    return len(found.files), "" if found.files else "the folder holds no file"


def read_bytes(ask: ArtefactAsk, ref: ArtefactRef, name: str, data: bytes) -> Artefact:
    """Read an artefact that was fetched."""
    reader = READERS[ask.extract](ask.wanted)
    not_read: list[str] = []
    source = _source(name, iter([data]), reader, not_read)
    return _artefact(ref, [source], reader, not_read)


def _artefact(ref: ArtefactRef, files: list[SourceFile], reader: Reader, not_read: list[str]) -> Artefact:
    facts = reader.facts()
    if facts and not_read:
        facts = {**facts, "not_read": sorted(not_read)}
    return Artefact(artefact=ref.id, role=ref.kind, files=tuple(files), facts=facts)


class _Listed(NamedTuple):
    """What is at the place of an artefact: files with their names, and the names of links among them."""

    files: list[tuple[Path, str]]
    links: list[str]


def _listed(ref: ArtefactRef, root: Path) -> _Listed | str:
    """The files of an artefact in the order of their names, or what is in the way."""
    top = root / ref.location
    try:
        if not ref.location or not top.exists():
            return "there is no file or folder at its path"
        if top.is_file():
            return _Listed([(top, top.name)], [])
        if not top.is_dir():
            return "neither a file nor a folder is at its path"
        files: list[tuple[Path, str]] = []
        links: list[str] = []
        for folder, folders, names in os.walk(top, followlinks=False, onerror=_give_up):
            for path in (Path(folder, name) for name in (*folders, *names)):
                name = path.relative_to(top).as_posix()
                if path.is_symlink():
                    links.append(name)
                elif path.is_file():
                    files.append((path, name))
    except OSError as fault:
        return f"it cannot be read: {_why(fault)}"
    return _Listed(sorted(files, key=lambda pair: pair[1]), links)


def _give_up(fault: OSError) -> NoReturn:
    """A folder that cannot be listed may hold what is looked for."""
    raise fault


def _why(fault: OSError) -> str:
    return fault.strerror or type(fault).__name__


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: stream.read(_CHUNK_BYTES), b"")


def _source(name: str, chunks: Iterator[bytes], reader: Reader, not_read: list[str]) -> SourceFile:
    digest, size = hashlib.sha256(), 0
    decoder: codecs.IncrementalDecoder | None = None
    unpacked: Unpacked | None = None
    for chunk in chunks:
        text = chunk
        if not size:
            if chunk.startswith(_GZIP) and getattr(reader, "reads_gzip", False):
                unpacked = Unpacked()
            elif chunk.startswith(_CLOSED) and _NO_TEXT.search(chunk, 0, _HEAD_BYTES):
                not_read.append(f"{name} is compressed, or not text")
            decoder = codecs.getincrementaldecoder("utf-16")("replace") if chunk.startswith(_UTF_16) else None
            text = chunk.removeprefix(codecs.BOM_UTF8)
        digest.update(chunk)
        size += len(chunk)
        if isinstance(reader, FileHashes):  # of the bytes themselves
            reader.feed(chunk)
            continue
        if unpacked is not None:
            for part in unpacked.parts(chunk):
                reader.feed(part)
            continue
        reader.feed(decoder.decode(text).encode("utf-8", "replace") if decoder else text)
    reader.end()
    if unpacked is not None and (problem := unpacked.problem()):
        not_read.append(f"{name} {problem}")
    return SourceFile(path=name, size_bytes=size, sha256=digest.hexdigest())
