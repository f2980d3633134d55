"""What ``validate`` reads: each document whole, each line of NDJSON, with where it came from.

Unlike a scan's source, a FHIR Bundle is one input here and FHIR XML is read too. Paths are told as they
were given. Nothing that cannot be read is passed over in silence.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from checker.model.scan import Locator
from checker.model.supplier import Limits
from checker.probes.source.blocks import (
    GZIP_MAGIC,
    ZIP_MAGICS,
    Cut,
    Meter,
    gunzip,
    head_of,
    plain_blocks,
    why_not_read,
)
from checker.probes.source.chunk import Skipped, Unreadable
from checker.probes.source.names import written

STDIN = "-"
_READ = (".json", ".ndjson", ".jsonl", ".xml")
_LINES = (".ndjson", ".jsonl")
_DEEPEST = 200
"""Folders in folders that are gone into."""
_MANIFESTS = {
    "manifest.json": "the manifest of an export, not a resource",
    "package.json": "the manifest of a package, not a resource",
}
_MANIFEST_BYTES = 1 << 20
_EXPANDED_BYTES = 64 << 20
"""What a compressed file may always expand to, however small it is."""


class Input(msgspec.Struct, frozen=True):
    """One document. ``line`` is 1-based: where it begins in its file."""

    source: str
    line: int
    data: bytes


class Inputs:
    """All documents of the paths, in the order given, folders by name. To be iterated once.

    ``stdin`` is read for the path ``-``. Afterwards ``unreadable`` and ``skipped`` are complete.
    """

    def __init__(self, paths: Sequence[str], limits: Limits, stdin: Iterable[bytes] = ()) -> None:
        self._paths = paths
        self._limits = limits
        self._expanding = Limits(max_resource_bytes=min(limits.max_resource_bytes, _EXPANDED_BYTES))
        self._stdin = stdin
        self.unreadable: list[Unreadable] = []
        self.skipped: list[Skipped] = []

    def __iter__(self) -> Iterator[Input]:
        for path in self._paths:
            if path == STDIN:
                yield from self._stream(path, self._stdin)
            elif _is_pipe(path):
                yield from self._stream(path, plain_blocks(Path(path)))
            elif os.path.isdir(path):
                yield from self._folder(path)
            else:
                yield from self._file(path)

    def _folder(self, folder: str, depth: int = 1) -> Iterator[Input]:
        if depth > _DEEPEST:
            self._unread(folder, f"more than {_DEEPEST} folders lie in one another")
            return
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self._unread(folder, why_not_read(error))
            return
        for entry in listed:
            if entry.name.startswith("."):
                self._skip(entry.path, "hidden")
            elif entry.is_symlink():
                self._skip(entry.path, "a symbolic link")
            elif entry.is_dir():
                yield from self._folder(entry.path, depth + 1)
            elif reason := _why_left_out(entry.name) or _list_of_files(entry.name, Path(entry.path)):
                self._skip(entry.path, reason)
            else:
                yield from self._file(entry.path)

    def _file(self, path: str) -> Iterator[Input]:
        try:
            status = os.stat(path)
        except OSError as error:
            self._unread(path, "there is no such file or folder" if not os.path.exists(path) else why_not_read(error))
            return
        if not stat.S_ISREG(status.st_mode):
            self._unread(path, "not a regular file")
            return
        file = Path(path)
        head = head_of(plain_blocks(file), 4)
        if head.startswith(ZIP_MAGICS):
            yield from self._archive(file, path, status.st_size)
            return
        blocks = plain_blocks(file)
        if head.startswith(GZIP_MAGIC):
            blocks = Meter(status.st_size, self._expanding).capped(gunzip(blocks))
        yield from self._guarded(path, blocks)

    def _stream(self, source: str, blocks: Iterable[bytes]) -> Iterator[Input]:
        """What can be read only once, unpacked as a file is. A zip is kept on disk: its directory stands at its end."""
        stream, head = iter(blocks), b""
        try:
            while len(head) < 4 and (block := next(stream, b"")):
                head += block
        except Cut as cut:
            self._unread(source, cut.reason)
            return
        whole = _chained(head, stream)
        if head.startswith(ZIP_MAGICS):
            yield from self._spooled(source, whole)
        elif head.startswith(GZIP_MAGIC):
            meter = Meter(0, self._expanding)
            yield from self._guarded(source, meter.capped(gunzip(meter.fed(whole))))
        else:
            yield from self._guarded(source, whole)

    def _spooled(self, source: str, blocks: Iterable[bytes]) -> Iterator[Input]:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "archive.zip"
            try:
                size_bytes = _written_to(file, blocks, self._limits.max_resource_bytes)
            except OSError as error:
                self._unread(source, f"could not be kept on disk to be unpacked: it {why_not_read(error)}")
            except Cut as cut:
                self._unread(source, cut.reason)
            else:
                yield from self._archive(file, source, size_bytes)

    def _archive(self, file: Path, path: str, size_bytes: int) -> Iterator[Input]:
        from checker.probes.source.archive import lists_all, members, open_archive

        try:
            archive = open_archive(file)
        except Cut as cut:
            self._unread(path, cut.reason)
            return
        meter = Meter(size_bytes, self._expanding)
        with archive:
            if not lists_all(archive, file):
                self._unread(path, "the zip archive's directory does not list all members")
            for member in members(archive):
                told = f"{path}!/{written(member.name)}"
                reason = _why_left_out(member.name) if not member.why_unreadable() else ""
                if reason:
                    self._skip(told, reason)
                elif reason := member.why_unreadable():
                    self._unread(told, reason)
                else:
                    try:
                        yield from self._guarded(told, meter.capped(member.blocks()))
                    except Cut as cut:
                        self._unread(told, cut.reason)

    def _guarded(self, source: str, blocks: Iterable[bytes]) -> Iterator[Input]:
        try:
            yield from self._split(source, blocks)
        except Cut as cut:
            self._unread(source, cut.reason)

    def _split(self, source: str, blocks: Iterable[bytes]) -> Iterator[Input]:
        name = source.lower().removesuffix(".gz")
        stream = iter(blocks)
        if name.endswith(_LINES):
            yield from self._lines(source, b"", stream)
            return
        first, ended = bytearray(), False
        for block in stream:
            first += block
            if (ended and not block.isspace()) or len(first) > self._limits.max_resource_bytes:
                break  # a line has ended, and something follows it
            ended = ended or b"\n" in block.lstrip()
        head = bytes(first)
        if _is_lines(head):
            yield from self._lines(source, head, stream)
            return
        pieces, size_bytes = [head], len(head)
        for block in stream:
            size_bytes += len(block)
            if size_bytes > self._limits.max_resource_bytes:
                break
            pieces.append(block)
        if size_bytes > self._limits.max_resource_bytes:
            self._unread(source, f"larger than {self._limits.max_resource_bytes} bytes")
            return
        if size_bytes or source != STDIN:  # an empty file is malformed; an empty pipe brought nothing
            yield Input(written(source), 1, b"".join(pieces))

    def _lines(self, source: str, head: bytes, stream: Iterator[bytes]) -> Iterator[Input]:
        held, number, too_long = bytearray(), 1, False
        for block in _chained(head, stream):
            start = 0
            while (end := block.find(b"\n", start)) >= 0:
                held += block[start:end]
                yield from self._line(source, number, held, too_long)
                held, too_long = bytearray(), False
                number += 1
                start = end + 1
            held += block[start:]
            if len(held) > self._limits.max_resource_bytes:
                held, too_long = bytearray(), True
        yield from self._line(source, number, held, too_long)

    def _line(self, source: str, number: int, held: bytearray, too_long: bool) -> Iterator[Input]:
        if too_long:
            self._unread(f"{source}:{number}", f"a line longer than {self._limits.max_resource_bytes} bytes")
        elif held and not held.isspace():
            yield Input(written(source), number, bytes(held))

    def _skip(self, path: str, reason: str) -> None:
        self.skipped.append(Skipped(path=written(path), reason=reason))

    def _unread(self, path: str, reason: str) -> None:
        self.unreadable.append(Unreadable(locator=Locator(path=written(path), offset=0), reason=reason))


def _is_pipe(path: str) -> bool:
    """A named pipe, such as a shell makes of ``<(command)``. One in a folder is never opened."""
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except OSError:
        return False


def _written_to(file: Path, blocks: Iterable[bytes], max_bytes: int) -> int:
    """Write the blocks; how many bytes they are. Raises :class:`Cut` when they are too many."""
    size_bytes = 0
    with file.open("wb") as handle:
        for block in blocks:
            size_bytes += len(block)
            if size_bytes > max_bytes:
                raise Cut(f"larger than {max_bytes} bytes")
            handle.write(block)
    return size_bytes


def _chained(head: bytes, stream: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from stream


def _is_lines(head: bytes) -> bool:
    """NDJSON by its content: the first line is a whole object, and more follows it."""
    first, _, rest = head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    if not rest.strip() or not first.lstrip().startswith(b"{"):
        return False
    try:
        return isinstance(msgspec.json.decode(first), dict)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False


def _list_of_files(name: str, file: Path) -> str:
    """Why it is left out when it is the manifest of an export or of a package and no resource; "" if it is read."""
    if name not in _MANIFESTS:
        return ""
    found = head_of(plain_blocks(file), _MANIFEST_BYTES)
    return "" if b'"resourceType"' in found else _MANIFESTS[name]


def _why_left_out(name: str) -> str:
    """Why a file of that name in a folder or archive is left out; "" if it is read."""
    parts = name.split("/")
    if any(part.startswith(".") or part == "__MACOSX" for part in parts):
        return "hidden"
    lower = parts[-1].lower().removesuffix(".gz")
    return "" if lower.endswith((*_READ, ".zip")) else f"not named as FHIR ({', '.join(_READ)}, also .gz; .zip)"
