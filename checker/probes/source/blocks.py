"""Bytes in blocks: from disk, and out of gzip, under a cap.

Everything here is a generator of blocks. When the bytes end before they should, the generator
raises :class:`Cut`; whoever splits the text then says which line or entry is lost.
"""

from __future__ import annotations

import errno
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from checker.model.supplier import Limits

BLOCK_BYTES = 1 << 20
MAX_RATIO = 200
"""Text that expands more than this is taken for a bomb: FHIR JSON stays below 50."""
GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")


class Cut(Exception):
    """The text ends here although it should go on; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def why_not_read(error: OSError) -> str:
    """The reason without the path, which is the reader's own business."""
    return f"cannot be read ({errno.errorcode.get(error.errno or 0, 'input/output error')})"


def plain_blocks(path: Path) -> Iterator[bytes]:
    """The bytes on disk."""
    try:
        with path.open("rb") as handle:
            while block := handle.read(BLOCK_BYTES):
                yield block
    except OSError as error:
        raise Cut(why_not_read(error)) from error


def gunzip(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress gzip of one or many members; zero padding between and after them is allowed."""
    engine = None
    for block in blocks:
        data = block
        while True:
            if engine is None:
                data = data.lstrip(b"\0")
                if not data:
                    break
                engine = zlib.decompressobj(wbits=31)
            try:
                out = engine.decompress(data, BLOCK_BYTES)
            except zlib.error as error:
                raise Cut("the gzip data is damaged") from error
            if out:
                yield out
            if engine.eof:
                data, engine = engine.unused_data, None
                continue
            data = engine.unconsumed_tail
            if not data and len(out) < BLOCK_BYTES:
                break
    if engine is not None:
        raise Cut("the gzip data ends too early")


class Meter:
    """How much text may still come out of one file on disk, or of a stream whose size is known at its end only.

    ``left`` is given if some has come out of the file already.
    """

    def __init__(self, compressed_bytes: int, limits: Limits, left: int | None = None) -> None:
        self._compressed = compressed_bytes
        self._least = limits.max_resource_bytes
        self._given = 0
        if left is not None:
            self._given = self.left - left

    @property
    def left(self) -> int:
        """So many bytes may still come; below zero when too many came."""
        return max(self._least, MAX_RATIO * self._compressed) - self._given

    def fed(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The compressed blocks of a stream as they come; each adds to what may come out."""
        for block in blocks:
            self._compressed += len(block)
            yield block

    def capped(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The blocks, until the allowance is used up."""
        for block in blocks:
            self._given += len(block)
            if self.left < 0:
                raise Cut(f"expands to more than {MAX_RATIO} times its size")
            yield block


def without_first(blocks: Iterable[bytes], count: int) -> Iterator[bytes]:
    """The blocks without their first ``count`` bytes."""
    for block in blocks:
        rest = block[count:]
        count = max(0, count - len(block))
        if rest:
            yield rest


def head_of(blocks: Iterable[bytes], size_bytes: int = BLOCK_BYTES) -> bytes:
    """The first bytes; what comes before a cut is a head too."""
    head = bytearray()
    try:
        for block in blocks:
            head += block
            if len(head) >= size_bytes:
                break
    except Cut:
        pass  # the reading proper meets the same cut, and reports it
    return bytes(head)
