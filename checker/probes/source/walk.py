"""The walk over an artefact: a file, an archive or a folder."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from checker.model.evidence import SourceFile
from checker.model.scan import Locator
from checker.model.supplier import Limits
from checker.probes.source.archive import Member, lists_all, members, open_archive
from checker.probes.source.blocks import (
    GZIP_MAGIC,
    ZIP_MAGICS,
    Cut,
    DiskFile,
    Meter,
    gunzip,
    head_of,
    plain_blocks,
    why_not_read,
)
from checker.probes.source.chunk import Chunk, Part, Skipped, Unreadable, Unreadables
from checker.probes.source.document import outer_type
from checker.probes.source.names import why_skipped, written
from checker.probes.source.text import Opener, split_text

_MANIFEST = "manifest.json"
"""What a bulk export calls the list of its files (FHIR Bulk Data Access): not a resource itself."""


_A_MANIFEST = "the manifest of an export, not a resource"
_HARMLESS = frozenset({"hidden", _A_MANIFEST})


def walk_source(path: Path, limits: Limits, *, prefix: str = "") -> Source:
    """The artefact at ``path``, to be iterated once. ``prefix`` goes before every path told."""
    return Source(path, limits, prefix=prefix)


class Source:
    """An artefact as a stream of chunks. What it found besides is complete once it is read.

    ``files``: digests of what was read. ``unreadable``: places that could not be. ``skipped``:
    files left out on purpose. ``noted``: wrong in form, but read. ``problem``: why there is
    nothing at all, in a few words, or "".
    """

    def __init__(self, path: Path, limits: Limits, *, prefix: str = "") -> None:
        self._path = path
        self._limits = limits
        self._prefix = prefix
        self._texts = 0
        self.files: list[SourceFile] = []
        self.unreadable = Unreadables()
        self.skipped: list[Skipped] = []
        self.noted = Unreadables()
        self.problem = ""

    def __iter__(self) -> Iterator[Chunk]:
        """The chunks, file by file in the order of their paths."""
        for part in self._parts():
            if isinstance(part, Chunk):
                yield part
            else:
                self.unreadable.add(part)

    def _parts(self) -> Iterator[Part]:
        try:
            if self._path.is_dir():
                yield from self._folder()
            elif self._path.is_file():
                yield from self._file(self._path, written(self._path.name))
            else:
                found = self._path.exists()
                self.problem = "neither a file nor a folder" if found else "there is no such file or folder"
        except OSError as error:
            self.problem = why_not_read(error)
        if not self.problem and not (self._texts and self.files):
            self.problem = self._why_nothing()

    def _why_nothing(self) -> str:
        if self.unreadable.count:
            return "nothing in it could be read"
        return f"no FHIR file in it ({len(self.skipped)} skipped)" if self.skipped else "it is empty"

    def _folder(self) -> Iterator[Part]:
        found: list[tuple[str, Path]] = []
        waiting = [("", self._path)]
        while waiting:
            below, folder = waiting.pop()
            try:
                with os.scandir(folder) as entries:
                    listed = list(entries)
            except OSError as error:
                yield self._unreadable(below or ".", why_not_read(error))
                continue
            for entry in listed:
                name = below + written(entry.name)
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                    waiting.append((f"{name}/", Path(entry.path)))
                elif reason := _why_left_out(entry, name):
                    self._skip(name, reason)
                else:
                    found.append((name, Path(entry.path)))
        self.skipped.sort(key=lambda skipped: skipped.path)
        for name, path in sorted(found):
            yield from self._file(path, name)

    def _file(self, path: Path, name: str) -> Iterator[Part]:
        head = head_of(plain_blocks(path), 4)
        disk = DiskFile(path)
        raw = disk.blocks()
        if head.startswith(ZIP_MAGICS) or name.lower().endswith(".zip"):
            yield from self._archive(path, name)
        else:
            size = path.stat().st_size

            def again() -> Iterator[bytes]:
                return self._text(plain_blocks(path), head, size)

            yield from self._split(name, self._text(raw, head, size), again)
            if self.skipped and self.skipped[-1].path == self._prefix + name:
                return
        try:
            for _ in raw:  # to the end, for the digest
                pass
        except Cut as cut:
            yield self._unreadable(name, cut.reason)
        if digest := disk.source_file(self._prefix + name):
            self.files.append(digest)

    def _text(self, raw: Iterable[bytes], head: bytes, size: int) -> Iterator[bytes]:
        return Meter(size, self._limits).capped(gunzip(raw) if head.startswith(GZIP_MAGIC) else raw)

    def _archive(self, path: Path, name: str) -> Iterator[Part]:
        try:
            archive = open_archive(path)
        except Cut as cut:
            yield self._unreadable(name, cut.reason)
            return
        size = path.stat().st_size
        meter = Meter(size, self._limits)
        with archive:
            if not lists_all(archive, path):
                yield self._unreadable(name, "the zip archive's directory does not list all members")
            for member in members(archive):
                told = f"{name}!/{written(member.name)}"
                if reason := member.why_skipped():
                    self._skip(told, reason)
                elif reason := member.why_unreadable():
                    yield self._unreadable(told, reason)
                else:
                    yield from self._member(member, told, meter, size)

    def _member(self, member: Member, told: str, meter: Meter, size: int) -> Iterator[Part]:
        def again() -> Iterator[bytes]:
            return Meter(size, self._limits).capped(member.blocks())

        try:
            yield from self._split(told, meter.capped(member.blocks()), again)
        except Cut as cut:
            yield self._unreadable(told, cut.reason)

    def _split(self, name: str, blocks: Iterator[bytes], again: Opener) -> Iterator[Part]:
        if name.rpartition("/")[2] == _MANIFEST and not outer_type(again(), self._limits.max_resource_bytes):
            self._skip(name, _A_MANIFEST)
            return
        self._texts += 1
        yield from split_text(
            self._prefix + name, blocks, again, max_bytes=self._limits.max_resource_bytes, noted=self._note
        )

    def _note(self, locator: Locator, reason: str) -> None:
        self.noted.add(Unreadable(locator=locator, reason=reason))

    def _skip(self, name: str, reason: str) -> None:
        self.skipped.append(Skipped(path=self._prefix + name, reason=reason))
        if reason not in _HARMLESS:  # it may hold records that nobody looked at
            self.unreadable.add(self._unreadable(name, reason))

    def _unreadable(self, name: str, reason: str) -> Unreadable:
        return Unreadable(locator=Locator(path=self._prefix + name, offset=0), reason=reason)


def _why_left_out(entry: os.DirEntry[str], name: str) -> str:
    if entry.is_symlink():
        return "a symbolic link"
    if entry.is_dir(follow_symlinks=False):
        return "hidden"
    if not entry.is_file(follow_symlinks=False):
        return "not a regular file"
    return why_skipped(name)
