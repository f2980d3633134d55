"""The members of a zip archive: which are read, and which are not and why."""

from __future__ import annotations

import lzma
import os
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from checker.model.table import Table
from checker.probes.source.blocks import BLOCK_BYTES, GZIP_MAGIC, ZIP_MAGICS, Cut, gunzip, why_not_read
from checker.probes.source.names import why_skipped

_ENCRYPTED = 0x1
_END_BYTES = 22
_ZIP64 = 0xFFFF
"""In place of a count: the count is elsewhere."""

_DAMAGED = (zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError, ValueError)
_UNKNOWN = (NotImplementedError, RuntimeError)


class Member:
    """One file in an archive."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, *, repeated: bool) -> None:
        self._archive = archive
        self._info = info
        self._repeated = repeated
        self.name = info.filename
        self.size_bytes = info.file_size
        self._escapes = _escapes(info.filename) or _escapes(info.orig_filename)

    def why_unreadable(self) -> str:
        """Why it is not even opened; "" if it can be."""
        if self._repeated:
            return "a second member of the same name"
        if self._escapes:
            return "the member's name leads out of the archive"
        if self._info.flag_bits & _ENCRYPTED:
            return "the member is encrypted"
        if self.name.lower().endswith(".zip"):
            return "a zip inside a zip is not read"
        if self.name.lower().endswith(".parquet"):
            return "a Parquet file inside a zip is not read"
        return ""

    def why_skipped(self, tables: Iterable[Table] = (), *, attachments: bool = False) -> str:
        """Why it is left out on purpose; "" if it is not. A name that escapes is never just left out."""
        if self._escapes:
            return ""
        if stat.S_ISLNK(self._info.external_attr >> 16):
            return "a symbolic link"
        return why_skipped(self.name, tables, attachments=attachments)

    def is_gzip(self) -> bool:
        """Is what is stored gzip? (What cannot be read is not.)"""
        return self._head().startswith(GZIP_MAGIC)

    def blocks(self) -> Iterator[bytes]:
        """Its text, out of the archive and out of gzip if it is that."""
        head = self._head()
        if head.startswith(ZIP_MAGICS):
            raise Cut("a zip inside a zip is not read")
        return gunzip(self.stored()) if head.startswith(GZIP_MAGIC) else self.stored()

    def _head(self) -> bytes:
        """The first four bytes, or fewer: the reading proper says why."""
        try:
            with self._archive.open(self._info) as handle:
                return handle.read(4)
        except (*_DAMAGED, *_UNKNOWN, OSError):
            return b""

    def stored(self) -> Iterator[bytes]:
        """What is stored, as it is. Raises :class:`Cut`."""
        try:
            with self._archive.open(self._info) as handle:
                while block := handle.read(BLOCK_BYTES):
                    yield block
        except _DAMAGED as error:
            raise Cut("the zip member is damaged or ends too early") from error
        except _UNKNOWN as error:
            raise Cut("the zip member uses a compression that cannot be read here") from error
        except OSError as error:
            raise Cut(why_not_read(error)) from error


def open_archive(path: Path | IO[bytes]) -> zipfile.ZipFile:
    """The archive; raises :class:`Cut` when it is none."""
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise Cut("the zip archive is damaged") from error
    except OSError as error:
        raise Cut(why_not_read(error)) from error


def lists_all(archive: zipfile.ZipFile, path: Path | IO[bytes]) -> bool:
    """Does the directory hold as many members as the archive's end says?

    A wrong length in the directory can swallow the next member, which the library does not notice.
    """
    with path.open("rb") if isinstance(path, Path) else nullcontext(path) as handle:
        handle.seek(-(_END_BYTES + len(archive.comment)), os.SEEK_END)
        end = handle.read(_END_BYTES)
    told = int.from_bytes(end[10:12], "little")
    return told in (_ZIP64, len(archive.infolist()) & _ZIP64)


def members(archive: zipfile.ZipFile) -> Iterator[Member]:
    """The files in an archive by name; folders are left out."""
    before = None
    for info in sorted(archive.infolist(), key=lambda info: (info.filename, info.header_offset)):
        if not info.filename.endswith("/"):  # ZipInfo.is_dir() breaks on a member without a name
            yield Member(archive, info, repeated=info.filename == before)
        before = info.filename


def _escapes(name: str) -> bool:
    """Could extracting that name write outside the folder? Backslashes count, on any system."""
    windows = PureWindowsPath(name)
    if PurePosixPath(name).is_absolute() or windows.drive or windows.root:
        return True
    return ".." in windows.parts
