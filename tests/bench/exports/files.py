"""The files of an export: one for each type, written side by side."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tests.bench.exports.household import Damage
from tests.bench.exports.options import Form

_BUFFER_BYTES = 1 << 19
_LEVEL = 1
"""Of compression. Fast; which bytes it gives depends on the zlib that Python was built with."""
_ZIP_TIME = (2026, 3, 3, 6, 0, 0)
ZIP = "export.zip"


class Place(NamedTuple):
    """Where a resource stands: ``line`` from 1, ``offset`` in bytes of the text before compression."""

    path: str
    line: int
    offset: int


class NdjsonFile:
    """One file, its count and its digest. The digest is of the bytes as they are on the disk."""

    def __init__(self, path: Path, *, packed: bool) -> None:
        self.path = path
        self.count = 0
        self.size = 0
        self._digest = hashlib.sha256()
        self._buffer: list[bytes] = []
        self._held = 0
        self._pack = zlib.compressobj(_LEVEL, wbits=31) if packed else None  # a gzip header without name and time
        self._stream: BinaryIO = path.open("wb")

    def add(self, text: str) -> None:
        """One resource."""
        self._put(text.encode() + b"\n")

    def add_damaged(self, text: str, damage: Damage) -> None:
        """One resource whose line has a fault, or is odd."""
        if damage == "cut":
            data = text[: len(text) // 2].encode() + b"\n"
        elif damage == "latin-1":
            data = text.encode("iso-8859-1", "replace") + b"\n"
        else:
            data = text.encode() + (b"\r\n" if damage == "crlf" else b"\n")
        self._put(data)

    def place(self) -> Place:
        """Where the next resource will stand."""
        return Place(self.path.name, self.count + 1, self.size)

    def _put(self, data: bytes) -> None:
        self.count += 1
        self.size += len(data)
        self._held += len(data)
        self._buffer.append(data)
        if self._held > _BUFFER_BYTES:
            self._flush()

    def _flush(self, but_last: int = 0) -> None:
        data = b"".join(self._buffer)
        if but_last:
            data = data[:-but_last]
            self.size -= but_last
        self._buffer.clear()
        self._held = 0
        self._write(self._pack.compress(data) if self._pack else data)

    def _write(self, data: bytes) -> None:
        self._digest.update(data)
        self._stream.write(data)

    def close(self, *, cut: bool = False) -> Place:
        """Write what is left. With ``cut`` the last line loses its second half. Where the last resource stands."""
        last = len(self._buffer[-1]) if self._buffer else 0
        place = Place(self.path.name, self.count, self.size - last)
        self._flush(but_last=last - last // 2 if cut else 0)
        if self._pack:
            self._write(self._pack.flush())
        self._stream.close()
        return place

    @property
    def sha256(self) -> str:
        """In hexadecimal, when all is written."""
        return self._digest.hexdigest()


class Files:
    """The files of an export, opened when their first resource comes."""

    def __init__(self, folder: Path, form: Form, names: dict[str, str]) -> None:
        """``names``: what files are called that are not called as their type."""
        self._folder = folder
        self._form = form
        self._names = names
        self._parts = folder / "parts" if form == "zip" else folder
        self._parts.mkdir(parents=True, exist_ok=True)
        self.by_type: dict[str, NdjsonFile] = {}

    def of(self, kind: str) -> NdjsonFile:
        """The file of a type."""
        file = self.by_type.get(kind)
        if file is None:
            name = f"{self._names.get(kind, kind)}.ndjson{'.gz' if self._form == 'gzip' else ''}"
            file = self.by_type[kind] = NdjsonFile(self._parts / name, packed=self._form == "gzip")
        return file

    def finish(self, manifest: str, name: str) -> list[Path]:
        """Add the manifest, put all in a zip where that is asked for, and say which files there are."""
        paths = [file.path for file in self.by_type.values()]
        told = self._parts / name
        told.write_text(manifest, "utf-8")
        paths.append(told)
        if self._form != "zip":
            return paths
        archive = self._folder / ZIP
        with zipfile.ZipFile(archive, "w") as packed:
            for path in paths:
                _add(packed, path)
                path.unlink()
        self._parts.rmdir()
        return [archive]


def _add(archive: zipfile.ZipFile, path: Path) -> None:
    member = zipfile.ZipInfo(path.name, date_time=_ZIP_TIME)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.create_system = 3  # else it depends on where it was written
    member.external_attr = 0o644 << 16
    member._compresslevel = _LEVEL  # type: ignore[attr-defined]
    with path.open("rb") as source, archive.open(member, "w", force_zip64=True) as target:
        while data := source.read(1 << 20):
            target.write(data)
